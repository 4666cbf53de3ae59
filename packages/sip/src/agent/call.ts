import type { Instant } from "@centrala/kit";
import type { Credentials } from "../auth/index.ts";
import type { Dialog } from "../dialog/index.ts";
import type { SipRequest } from "../message/index.ts";
import type { Peer, Scheduled, Transaction } from "../transaction/index.ts";
import type { CallId } from "./events.ts";

/** Whom a transaction belongs to. */
export type Owner =
  /** Answered at once, nothing follows. */
  | { readonly kind: "served" }
  | { readonly kind: "incoming"; readonly call: Call }
  | { readonly kind: "reoffered"; readonly call: Call }
  | { readonly kind: "calling"; readonly call: Call }
  | { readonly kind: "reoffering"; readonly call: Call; readonly ours: OurRequest; readonly refresh: boolean }
  | { readonly kind: "ending"; readonly call: Call; readonly ours: OurRequest }
  | { readonly kind: "cancelling"; readonly call: Call }
  /** INFO, NOTIFY: a failure changes nothing. */
  | { readonly kind: "informing"; readonly call: Call; readonly ours: OurRequest }
  /** OPTIONS that asks whether the far end is still there. */
  | { readonly kind: "asking"; readonly call: Call; readonly ours: OurRequest }
  /** INFO with a key; the next one waits for its answer. */
  | { readonly kind: "keying"; readonly call: Call; readonly ours: OurRequest }
  | { readonly kind: "pinging"; readonly id: string; readonly sentAt: Instant }
  | { readonly kind: "registering"; readonly id: string; readonly ours: OurRequest };

export type AgentTransaction = Transaction<Owner>;

/** A request of ours that may have to be sent again with credentials. */
export interface OurRequest {
  readonly request: SipRequest;
  readonly attempt: number;
}

export type CallState =
  /** Incoming, no final response yet. */
  | {
      readonly kind: "received";
      readonly transaction: AgentTransaction;
      readonly request: SipRequest;
      /** The last 18x and its body, repeated once a minute so that proxies do not give up (RFC 3261 13.3.1.1). */
      ringing: { readonly status: number; readonly body: Uint8Array; repeatAt: Instant } | undefined;
    }
  /** Outgoing, no final response yet. */
  | {
      readonly kind: "calling";
      transaction: AgentTransaction;
      ours: OurRequest;
      provisional: boolean;
      /** Far ends that ring, by To tag. */
      readonly early: Map<string, Dialog>;
    }
  /** Outgoing and given up: CANCEL waits for a provisional response, or is sent and waits for the end. */
  | {
      readonly kind: "cancelling";
      transaction: AgentTransaction;
      readonly request: SipRequest;
      readonly headers: ReadonlyArray<readonly [string, string]>;
      sent: boolean;
    }
  | { readonly kind: "talking" }
  /** Ended for the shell; BYE waits for the ACK of our 2xx (RFC 3261 section 15), or for its own answer. */
  | { readonly kind: "ending"; readonly byeAfterAck: ReadonlyArray<readonly [string, string]> | undefined }
  | { readonly kind: "gone" };

/** An offer that is on its way: at most one per call at a time (RFC 3264 section 4). */
export type PendingOffer =
  | { readonly by: "us"; readonly body: Uint8Array; readonly refresh: boolean }
  | { readonly by: "them"; readonly transaction: AgentTransaction; readonly request: SipRequest };

/** The session timer (RFC 4028): whoever refreshes, silence ends the call. */
export interface SessionTimer {
  readonly expiresS: number;
  readonly refresher: "us" | "them";
  readonly refreshAt: Instant;
  readonly endsAt: Instant;
}

/** One call as the agent sees it. Everything the shell knows of it goes by `id`. */
export interface Call extends Scheduled {
  readonly id: CallId;
  readonly principal: string;
  readonly peer: Peer;
  readonly localTag: string;
  /** Our Contact value. */
  readonly contact: string;
  readonly credentials: Credentials | undefined;
  state: CallState;
  /** The confirmed dialog, or of an incoming call the early one. */
  dialog: Dialog | undefined;
  /** Keys under which dialogs of this call are found. */
  readonly dialogKeys: Set<string>;
  pending: PendingOffer | undefined;
  /** Our offer that met one of theirs and waits to be sent again (RFC 3261 14.1). */
  glared: { readonly body: Uint8Array; readonly refresh: boolean; readonly retryAt: Instant } | undefined;
  /** Our 2xx that waits for its ACK. */
  unacknowledged:
    | {
        readonly seq: number;
        readonly transaction: AgentTransaction;
        /** It carried our offer, so the ACK carries the answer. */
        readonly awaitsAnswer: boolean;
      }
    | undefined;
  /** The last session description of ours, repeated to refresh the session. */
  localBody: Uint8Array;
  session: SessionTimer | undefined;
  /** The last moment for a call that is being set up or cancelled. */
  setupEndsAt: Instant;
  /** The number of the REFER whose progress is told. */
  referSeq: number | undefined;
  /** The far end said in its INVITE or answer that it takes INFO. */
  takesInfo?: boolean;
  /** Keys that go by INFO after the one that is on its way; undefined when none is. */
  keysToSend?: string | undefined;
  answered: boolean;
}
