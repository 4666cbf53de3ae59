import type { Headers } from "./headers.ts";

/** A request (RFC 3261 section 7.1). `method` is case-sensitive, `uri` is the Request-URI as written. */
export type SipRequest = {
  readonly kind: "request";
  method: string;
  uri: string;
  headers: Headers;
  body: Uint8Array;
};

/** A response (RFC 3261 section 7.2). `status` is 100 to 699, `reason` may be empty. */
export type SipResponse = {
  readonly kind: "response";
  status: number;
  reason: string;
  headers: Headers;
  body: Uint8Array;
};

export type SipMessage = SipRequest | SipResponse;

export const emptyBody: Uint8Array = new Uint8Array(0);
