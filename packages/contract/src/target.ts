import type { Destination } from "./outgoing.ts";

/**
 * Where a contact can be sent; the number outside is an address id. `emergency` is judged by the shell from the centre's
 * country, and so is `destination`: where it is absent and the centre has limits, the number is not dialled.
 */
export type Target =
  | { readonly kind: "operator"; readonly operatorId: string }
  | { readonly kind: "queue"; readonly queueId: string }
  | {
      readonly kind: "outside";
      readonly addressId: string;
      readonly emergency: boolean;
      readonly destination?: Destination;
    };
