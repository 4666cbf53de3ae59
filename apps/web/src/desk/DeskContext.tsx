import type { DeskView, LiveContact } from "@centrala/contract";
import { createContext, useContext } from "react";
import { partyNumber } from "../history/party.tsx";

/** Which extra panel stands open above the contact's note. */
export type DeskPanel = "none" | "transfer" | "consult" | "keypad";
export type DeskPlace = "work" | "customer" | "calls";

export type Desk = {
  readonly view: DeskView;
  readonly panel: DeskPanel;
  readonly openPanel: (panel: DeskPanel) => void;
  /** On a telephone one place is shown at a time. */
  readonly place: DeskPlace;
  readonly show: (place: DeskPlace) => void;
  /** A card opened by hand beside the call's own. */
  readonly opened: string | null;
  readonly openCustomer: (customerId: string | null) => void;
  readonly goAvailable: () => Promise<void>;
  readonly goOnBreak: () => void;
  readonly openDialog: (dialog: DeskDialog) => void;
};
/** "duty" is the headset's dialog on the way to being available. */
export type DeskDialog = "none" | "keys" | "headset" | "duty" | "break";

export const DeskContext = createContext<Desk | null>(null);
export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error("useDesk outside the desk");
  return desk;
}

/** What the call bar is about: an offer first, then the contact in hand, then the operator alone. */
export type Scene =
  | ({ readonly kind: "offer" } & NonNullable<DeskView["offer"]>)
  | { readonly kind: "dialling" | "talking" | "wrap-up"; readonly contact: LiveContact }
  | { readonly kind: "idle" };

export function sceneOf(view: DeskView): Scene {
  if (view.offer) return { kind: "offer", ...view.offer };
  const contact = view.contact;
  if (!contact) return { kind: "idle" };
  if (contact.phase === "dialling" || contact.phase === "ringing") return { kind: "dialling", contact };
  if (contact.phase === "talking") return { kind: "talking", contact };
  return { kind: "wrap-up", contact };
}

/** What an operator without a call is told: why the state is as it is, when somebody or something else changed it. */
export function idleText(view: Pick<DeskView, "state" | "stateCause">): string {
  const forced = view.stateCause !== "self" && (view.state === "break" || view.state === "offline");
  return forced ? `desk:because.${view.stateCause}` : `desk:idle.${view.state}`;
}

/** A caller's best name: the card's, the name that came with the call, the number. */
export function partyName(contact: LiveContact, hidden: string): string {
  return contact.customer?.name ?? contact.party.name ?? (partyNumber(contact.party) || hidden);
}
