import { utf8Decode, utf8Encode } from "@centrala/kit";
import type { SipRequest, SipResponse } from "./message.ts";
import { type ParseFailure, parseMessage } from "./parse.ts";
import type { Capabilities } from "./validate.ts";

/** What the user agent under torture can do; the registrar takes the same. */
export const agent: Capabilities = {
  role: "agent",
  methods: new Set(["INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "MESSAGE"]),
  extensions: new Set(["timer"]),
  contentTypes: new Set(["application/sdp", "multipart/mixed"]),
  answerTypes: new Set(["application/sdp"]),
  uriSchemes: new Set(["sip", "sips", "tel"]),
};

export const proxy: Capabilities = { ...agent, role: "proxy" };

/** The request in `bytes`; throws when there is none, which fails the test. */
export function requestOf(bytes: Uint8Array): SipRequest {
  const result = parseMessage(bytes);
  if (!result.ok) throw new Error(result.reason);
  if (result.message.kind !== "request") throw new Error("a response");
  return result.message;
}

/** The response in `bytes`; throws when there is none, which fails the test. */
export function responseOf(bytes: Uint8Array): SipResponse {
  const result = parseMessage(bytes);
  if (!result.ok) throw new Error(result.reason);
  if (result.message.kind !== "response") throw new Error("a request");
  return result.message;
}

/** The failure that `bytes` give; throws when they parse, which fails the test. */
export function failureOf(bytes: Uint8Array): ParseFailure {
  const result = parseMessage(bytes);
  if (result.ok) throw new Error("parsed");
  return result;
}

/** Text as bytes of a message, LF standing for CRLF. */
export function wire(text: string): Uint8Array {
  return utf8Encode(text.replaceAll("\n", "\r\n"));
}

export function textOf(bytes: Uint8Array): string {
  return utf8Decode(bytes);
}
