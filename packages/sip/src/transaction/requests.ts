import { type Entropy, randomHex } from "@centrala/kit";
import { emptyBody, Headers, parseCSeq, type SipRequest, type SipResponse } from "../message/index.ts";

/** A new branch: the magic cookie of RFC 3261 8.1.1.7 and 72 random bits. */
export function newBranch(entropy: Entropy): string {
  return `z9hG4bK${randomHex(entropy, 9)}`;
}

/** A new tag: 64 random bits (RFC 3261 19.3 wants 32 at least). */
export function newTag(entropy: Entropy): string {
  return randomHex(entropy, 8);
}

/** The ACK of a refusal, on the INVITE's own branch (RFC 3261 17.1.1.3). */
export function createAck(invite: SipRequest, response: SipResponse): SipRequest {
  return onSameBranch(invite, "ACK", response.headers.get("to") ?? invite.headers.get("to") ?? "");
}

/** The CANCEL of an INVITE (RFC 3261 9.1). */
export function createCancel(invite: SipRequest): SipRequest {
  return onSameBranch(invite, "CANCEL", invite.headers.get("to") ?? "");
}

function onSameBranch(invite: SipRequest, method: string, to: string): SipRequest {
  const headers = new Headers();
  headers.append("via", invite.headers.get("via") ?? "");
  headers.append("max-forwards", "70");
  for (const route of invite.headers.getAll("route")) headers.append("route", route);
  headers.append("from", invite.headers.get("from") ?? "");
  headers.append("to", to);
  headers.append("call-id", invite.headers.get("call-id") ?? "");
  headers.append("cseq", `${parseCSeq(invite.headers.get("cseq") ?? "")?.seq ?? 1} ${method}`);
  return { kind: "request", method, uri: invite.uri, headers, body: emptyBody };
}
