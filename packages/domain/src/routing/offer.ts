import type { OperatorDevice } from "@centrala/contract";
import type { Instant } from "@centrala/kit";

/** Why somebody is rung: out of a queue, as the target of a transfer, to be consulted, or called by a colleague. */
export type OfferPurpose = "queue" | "transfer" | "consult" | "internal";

export type Offer = {
  readonly id: string;
  readonly contactId: string;
  readonly operatorId: string;
  readonly queueId: string | null;
  /** A consultation that is handed over while it rings becomes a transfer. */
  purpose: OfferPurpose;
  readonly device: OperatorDevice;
  /** The leg dialled for it; null when the headset stands already. */
  readonly legId: string | null;
  readonly since: Instant;
  readonly until: Instant;
};
