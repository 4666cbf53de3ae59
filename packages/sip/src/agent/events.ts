import type { Instant } from "@centrala/kit";
import type { SipRequest } from "../message/index.ts";
import type { Peer } from "../transaction/index.ts";

/** A call's number inside one agent, never used twice. */
export type CallId = number;

/** Why a call ended and on whose side. */
export interface EndCause {
  /** "timeout": no answer to a request or no ACK; "session": the session timer ran out (RFC 4028). */
  readonly by: "local" | "remote" | "timeout" | "session" | "overload";
  /** The final status when the call was refused, else null. */
  readonly status: number | null;
  /** Q.850 cause and text from a Reason header (RFC 3326). */
  readonly q850: number | null;
  readonly text: string | null;
  /** Seconds from Retry-After of a 503 or 486. */
  readonly retryAfterS: number | null;
  /** Where a 3xx says the call should go: URIs, the preferred first. */
  readonly contacts: readonly string[];
  /** True when the call had been answered before. */
  readonly answered: boolean;
}

export type AgentEvent =
  /** A new call. `body` is its offer (empty: the caller wants ours). 100 Trying has been sent. */
  | {
      readonly kind: "incoming";
      readonly call: CallId;
      readonly principal: string;
      readonly request: SipRequest;
      readonly source: Peer;
      readonly body: Uint8Array;
    }
  /** 180, 183, ... of our call, per far end that rings (`toTag`). */
  | {
      readonly kind: "provisional";
      readonly call: CallId;
      readonly status: number;
      readonly toTag: string;
      readonly body: Uint8Array;
    }
  /** Our call was answered; the ACK is on its way. `body` is the answer of the far end that took it. */
  | { readonly kind: "answered"; readonly call: CallId; readonly toTag: string; readonly body: Uint8Array }
  /** The ACK of our 2xx came; `body` is the answer when the 2xx carried our offer, else empty. */
  | { readonly kind: "acked"; readonly call: CallId; readonly body: Uint8Array }
  /** The far end offers anew (hold, move of media); answer with `answerReoffer`. Empty: it wants our offer. */
  | { readonly kind: "reoffered"; readonly call: CallId; readonly body: Uint8Array }
  | { readonly kind: "reoffer-answered"; readonly call: CallId; readonly body: Uint8Array }
  /** Our new offer was refused; the session stays as it was. */
  | { readonly kind: "reoffer-failed"; readonly call: CallId; readonly status: number }
  /** Keys by SIP INFO. */
  | { readonly kind: "keys"; readonly call: CallId; readonly keys: string }
  /** The far end asks to be transferred (RFC 3515), 202 has been sent; say with `notifyRefer` what came of it. */
  | {
      readonly kind: "refer";
      readonly call: CallId;
      readonly target: string;
      /** Our call that this one is to be joined with (Replaces in Refer-To); null: a transfer to `target`. */
      readonly replaces: CallId | null;
    }
  /** Told exactly once per call. */
  | { readonly kind: "ended"; readonly call: CallId; readonly cause: EndCause }
  /** What became of `ask`. */
  | { readonly kind: "asked"; readonly call: CallId; readonly alive: boolean }
  /** The answer to `ping`; `status` null when none came. */
  | { readonly kind: "pinged"; readonly id: string; readonly status: number | null; readonly roundTripMs: number }
  | {
      readonly kind: "registration";
      readonly id: string;
      readonly state: "registered" | "refused" | "unreachable" | "removed";
      readonly status: number | null;
      readonly until: Instant | null;
      /** Where the registrar saw us come from. */
      readonly seenAs: { readonly host: string; readonly port: number } | null;
      /** Route values that requests outside of dialogs are to carry (RFC 3608); empty: none. */
      readonly serviceRoute: readonly string[];
    };

/** What the shell says about a request outside of any dialog, before any state is made for it. */
export type Admission =
  | { readonly kind: "accept"; readonly principal: string }
  | {
      readonly kind: "refuse";
      readonly status: number;
      readonly reason?: string;
      readonly headers?: ReadonlyArray<readonly [string, string]>;
    }
  /** No answer at all: floods. */
  | { readonly kind: "drop" };

/** A request that the rules of SIP refuse before it makes a call; what `admit` refuses is known to it. */
export interface RefusedRequest {
  readonly request: SipRequest;
  readonly source: Peer;
  /** Who sent it, as `admit` said; null for who was not let in. */
  readonly principal: string | null;
  readonly status: number;
  readonly reason: string;
}
