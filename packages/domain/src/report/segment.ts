import type { Direction, OfferOutcome, QueueLeaveReason } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import type { OperatorState } from "../operator/operator.ts";

/**
 * What a stretch of a contact is. `flow`, `wait`, `ring`, `dial` and `service` are its life: one after another (services
 * of a conference side by side), without a gap. `offer`, `hold`, `consult` and `consulted` lie inside it, `wrap-up` after a service.
 */
export type SegmentKind =
  | "flow"
  | "wait"
  /** One target is rung for a caller who stands in no queue. */
  | "ring"
  /** An operator calls somebody, until they talk. */
  | "dial"
  /** One who talks with the customer: an operator, or (without an operator) somebody outside. */
  | "service"
  | "offer"
  | "hold"
  /** An operator asks somebody, and the time of the operator who is asked. */
  | "consult"
  | "consulted"
  | "wrap-up";

/** How a segment ended; each kind uses a few of these. Null where there is nothing to tell. */
export type SegmentOutcome =
  | QueueLeaveReason
  | OfferOutcome
  | "voicemail"
  | "failed"
  | "transfer"
  | "return"
  | "conference"
  | "finished"
  | "limit"
  | "went"
  | "restart";

export type Medium = "voice";

/** A stretch of a contact. `to` is null only while it runs. */
export type Segment = {
  readonly contactId: string;
  /** Counts up in the contact in order of beginning, from 1; numbers may be missing. */
  readonly n: number;
  readonly kind: SegmentKind;
  readonly medium: Medium;
  readonly direction: Direction;
  readonly clientId: string;
  readonly queueId: string | null;
  readonly operatorId: string | null;
  readonly from: Instant;
  readonly to: Instant | null;
  readonly outcome: SegmentOutcome | null;
};

/** A stretch of an operator's shift: all of them add up to it. Nobody who is offline has one. */
export type OperatorSpan = {
  readonly operatorId: string;
  readonly from: Instant;
  readonly to: Instant | null;
  readonly state: Exclude<OperatorState, "offline">;
  /** What stands behind the state: on duty, on a break (with its reason), or off duty while a last contact goes on. */
  readonly duty: "available" | "break" | "offline";
  readonly reasonId: string | null;
  readonly contactId: string | null;
  /** Units of the operator's 100 that are used. */
  readonly load: number;
};

/**
 * What an entry changed. Only what has closed is kept and added up; what is open is asked of the book. A `settled` segment
 * closed before, and only now it shows how it ended. `again`: the operator had served this contact before.
 */
export type SegmentChange =
  | { readonly kind: "opened"; readonly segment: Segment }
  | { readonly kind: "closed"; readonly segment: ClosedSegment; readonly again: boolean }
  | { readonly kind: "settled"; readonly segment: ClosedSegment; readonly before: SegmentOutcome | null }
  | { readonly kind: "span-opened"; readonly span: OperatorSpan }
  | { readonly kind: "span-closed"; readonly span: ClosedSpan }
  /** `missed`: a caller who wanted a person and in the end was with none. */
  | { readonly kind: "contact-closed"; readonly contactId: string; readonly at: Instant; readonly missed: boolean };

export type ClosedSegment = Segment & { readonly to: Instant };
export type ClosedSpan = OperatorSpan & { readonly to: Instant };

/** How long it took. */
export function lengthOf({ from, to }: { readonly from: Instant; readonly to: Instant }): number {
  return to - from;
}
