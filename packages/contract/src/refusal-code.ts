import type { OutgoingRefusal } from "./outgoing.ts";

/** Why the core did not do what was asked; goes back to whoever asked. */
export type RefusalCode =
  | "CONTACT_UNKNOWN"
  | "CONTACT_ENDED"
  | "OFFER_OVER"
  | "NOT_YOURS"
  | "NOT_TALKING"
  | "NOT_IN_WRAP_UP"
  | "OPERATOR_UNKNOWN"
  | "OPERATOR_BUSY"
  | "OPERATOR_OFFLINE"
  | "NO_DEVICE"
  | "QUEUE_UNKNOWN"
  | "NO_TRUNK"
  | "ALREADY_CONSULTING"
  | "NOT_CONSULTING"
  | "SAME_OPERATOR"
  | "LIMIT_REACHED"
  | "DISPOSITION_UNKNOWN"
  | "BREAK_REASON_UNKNOWN"
  | "NOT_RECORDING"
  | "NUMBER_UNKNOWN"
  | "TARGET_UNKNOWN"
  | "IN_CONFERENCE"
  | "NOT_IN_INTERNAL_CALL"
  | OutgoingRefusal;
