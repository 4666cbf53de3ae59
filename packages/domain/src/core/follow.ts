import type { LegEndCode } from "@centrala/contract";
import type { OfferPurpose } from "../routing/offer.ts";

/**
 * What follows of something decided and is decided by a folder above: a folder never calls upwards, it says what has come
 * about and leaves the rest to {@link ../settle.ts}. Each is about one contact and is looked at anew when its turn comes:
 * what was taken back in between no longer follows.
 */
export type FollowUp =
  /** An operator took an offer on this leg. */
  | {
      readonly kind: "offerTaken";
      readonly contactId: string;
      readonly operatorId: string;
      readonly queueId: string | null;
      readonly purpose: OfferPurpose;
      readonly legId: string;
    }
  /** An offer came to nothing by the operator, or their telephone. */
  | {
      readonly kind: "offerMissed";
      readonly contactId: string;
      readonly purpose: OfferPurpose;
      readonly code: LegEndCode;
    }
  /** An operator leaves duty while an offer rings. */
  | { readonly kind: "offerLeft"; readonly contactId: string; readonly offerId: string }
  /** Whom a contact was to be handed to does not answer, or can't be rung at all. */
  | { readonly kind: "targetFailed"; readonly contactId: string; readonly code: LegEndCode }
  /** A contact left its queue unserved; `stepId` is the step that had sent it there, null when none had. */
  | { readonly kind: "waitOver"; readonly contactId: string; readonly stepId: string | null }
  /** A contact goes on at this step of its scenario; with null the call is over. */
  | { readonly kind: "stepReached"; readonly contactId: string; readonly stepId: string | null }
  /** A contact enters a scenario. */
  | { readonly kind: "scenarioReached"; readonly contactId: string; readonly scenarioId: string }
  /** A caller's scenario has come to its first stop: whoever was not answered by then hears ringing. */
  | { readonly kind: "callStarted"; readonly contactId: string; readonly legId: string };
