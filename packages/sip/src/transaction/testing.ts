import { utf8Decode } from "@centrala/kit";
import { parseMessage, type SipMessage, type SipRequest, type SipResponse } from "../message/index.ts";
import type { OutgoingPacket } from "./peer.ts";

/** Message text with the line ends SIP wants, from the lines of a test. */
export function sipText(lines: readonly string[], body = ""): Uint8Array {
  return new Uint8Array([...`${lines.join("\r\n")}\r\n\r\n${body}`].map((char) => char.charCodeAt(0)));
}

export function parsed(bytes: Uint8Array): SipMessage {
  const result = parseMessage(bytes);
  if (!result.ok) throw new Error(`${result.reason}: ${utf8Decode(bytes)}`);
  return result.message;
}

export function parsedRequest(bytes: Uint8Array): SipRequest {
  const message = parsed(bytes);
  if (message.kind !== "request") throw new Error("a response came instead of a request");
  return message;
}

export function parsedResponse(bytes: Uint8Array): SipResponse {
  const message = parsed(bytes);
  if (message.kind !== "response") throw new Error("a request came instead of a response");
  return message;
}

/** "INVITE" or "200 INVITE": what a packet is, in one word for whole-value comparison. */
export function nameOf(packet: OutgoingPacket): string {
  const message = parsed(packet.bytes);
  if (message.kind === "request") return message.method;
  return `${message.status} ${(message.headers.get("cseq") ?? "").split(" ")[1] ?? ""}`;
}

/** A request as a phone would send it. */
export function phoneRequest(method: string, branch: string, extra: readonly string[] = [], via = "UDP"): SipRequest {
  const lines = [
    `${method} sip:service@198.51.100.1 SIP/2.0`,
    `Via: SIP/2.0/${via} 192.0.2.7:5060;branch=${branch}`,
    "Max-Forwards: 70",
    "From: <sip:phone@192.0.2.7>;tag=from1",
    "To: <sip:service@198.51.100.1>",
    "Call-ID: call-1@192.0.2.7",
    `CSeq: 1 ${method}`,
    ...(method === "INVITE" ? ["Contact: <sip:phone@192.0.2.7:5060>"] : []),
    ...extra,
    "Content-Length: 0",
  ];
  return parsedRequest(sipText(lines));
}
