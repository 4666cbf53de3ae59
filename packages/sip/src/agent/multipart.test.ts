import { SeededRandom, utf8Decode, utf8Encode } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { emptyBody } from "../message/index.ts";
import { parsed } from "../transaction/testing.ts";
import { SipAgent } from "./agent.ts";

const gateway = { transport: "UDP", address: "10.0.0.9", port: 5060 } as const;
const types = 'Content-Type: multipart/mixed;boundary="u-1"';

/** A session description behind another part, as SIP-I gateways and callers with a location send it. */
function among(description: string, handling = "optional"): string {
  const isup = `Content-Type: application/ISUP\r\nContent-Disposition: signal;handling=${handling}\r\n\r\n\u0001\r\n`;
  const sdp = description === "" ? "" : `--u-1\r\nContent-Type: application/sdp\r\n\r\n${description}\r\n`;
  return `--u-1\r\n${isup}${sdp}--u-1--\r\n`;
}

class Gateway {
  readonly agent = new SipAgent({
    entropy: new SeededRandom(7),
    userAgent: "test",
    addressFor: () => ({ host: "10.0.0.1", port: 5060 }),
    admit: () => ({ kind: "accept", principal: "trunk" }),
  });
  #toTag = "";

  /** Sends a request of the gateway's. @returns what was answered last */
  request(method: string, seq: number, body: string, type = types) {
    const lines = [
      `${method} sip:100@10.0.0.1 SIP/2.0`,
      `Via: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK${method}${seq}`,
      "From: <sip:gateway@10.0.0.9>;tag=gw",
      `To: <sip:100@10.0.0.1>${this.#toTag}`,
      "Call-ID: multipart-1",
      `CSeq: ${seq} ${method}`,
      "Contact: <sip:gateway@10.0.0.9>",
      ...(body === "" ? [] : [type]),
    ];
    this.#deliver(`${lines.join("\r\n")}\r\n\r\n${body}`);
    return this.#answered();
  }

  answer(call: number, body: Uint8Array): void {
    this.agent.answer(0, call, body);
    const to = this.#answered()?.headers.get("to") ?? "";
    this.#toTag = to.slice(to.indexOf(";tag="));
  }

  /** Answers our INVITE with this status and body. */
  respond(invite: string, status: string, body: string): void {
    const copied = invite.split("\r\n").filter((line) => /^(via|from|call-id|cseq):/i.test(line));
    const lines = [`SIP/2.0 ${status}`, ...copied, "To: <sip:1@10.0.0.9>;tag=gw", "Contact: <sip:1@10.0.0.9>", types];
    this.#deliver(`${lines.join("\r\n")}\r\n\r\n${body}`);
  }

  /** Kinds and bodies of what was told since the last call. */
  told(): (string | undefined)[][] {
    const events = this.agent.takeEvents();
    return events.map((event) => [event.kind, "body" in event ? utf8Decode(event.body) : undefined]);
  }

  #deliver(text: string): void {
    this.agent.handleBytes(0, utf8Encode(text), gateway);
    this.agent.poll(0);
  }

  #answered() {
    const last = this.agent.takePackets().at(-1);
    return last === undefined ? undefined : parsed(last.bytes);
  }
}

function talking(): Gateway {
  const far = new Gateway();
  far.request("INVITE", 1, among("v=0 offer"));
  far.answer(1, utf8Encode("v=0 answer"));
  far.request("ACK", 1, "");
  far.told();
  return far;
}

describe("session descriptions in multipart bodies", () => {
  it("[RFC5621-3] an offer among other parts is the offer of the call", () => {
    const far = new Gateway();
    expect(far.request("INVITE", 1, among("v=0 offer"))).toBeUndefined();
    expect(far.told()).toEqual([["incoming", "v=0 offer"]]);
  });

  it("[RFC5621-8] a part that must be understood and is not refuses the call with 415 and the types that are", () => {
    const far = new Gateway();
    const answered = far.request("INVITE", 1, among("v=0 offer", "required"));
    expect(answered).toMatchObject({ status: 415 });
    expect(answered?.headers.getAll("accept")).toEqual([
      "application/sdp",
      "multipart/mixed",
      "application/dtmf-relay",
      "application/dtmf",
      "application/vnd.nortelnetworks.digits",
      "message/sipfrag",
    ]);
    expect(far.told()).toEqual([]);
  });

  it("[RFC3261-13.2.1] other parts alone are no offer: the answer to ours comes in the ACK, among other parts too", () => {
    const far = new Gateway();
    far.request("INVITE", 1, among(""));
    expect(far.told()).toEqual([["incoming", ""]]);
    far.answer(1, utf8Encode("v=0 our offer"));
    far.request("ACK", 1, among("v=0 their answer"));
    expect(far.told()).toEqual([["acked", "v=0 their answer"]]);
  });

  it("[RFC3261-14.2] a re-INVITE and an UPDATE offer among other parts; an UPDATE without offer is answered at once", () => {
    const far = talking();
    far.request("INVITE", 2, among("v=0 hold"));
    expect(far.told()).toEqual([["reoffered", "v=0 hold"]]);
    far.agent.answerReoffer(0, 1, utf8Encode("v=0 held"));
    far.request("ACK", 2, "");
    far.told();
    expect(far.request("UPDATE", 3, among(""))).toMatchObject({ status: 200, body: emptyBody });
    expect(far.told()).toEqual([]);
    far.request("UPDATE", 4, among("v=0 resume"));
    expect(far.told()).toEqual([["reoffered", "v=0 resume"]]);
  });

  it("[RFC3261-13.2.2] early media and answers to our INVITE are taken from among other parts", () => {
    const far = new Gateway();
    far.agent.invite(0, {
      principal: "trunk",
      uri: "sip:1@10.0.0.9",
      peer: gateway,
      from: "<sip:us@10.0.0.1>",
      contactUser: "us",
      callId: "multipart-2",
      body: utf8Encode("v=0 our offer"),
    });
    const invite = utf8Decode(far.agent.takePackets()[0]?.bytes ?? emptyBody);
    far.respond(invite, "183 Session Progress", among("v=0 early"));
    far.respond(invite, "200 OK", among("v=0 answer", "required"));
    expect(far.told()).toEqual([
      ["provisional", "v=0 early"],
      ["answered", "v=0 answer"],
    ]);
  });

  it("[RFC3261-11.2] OPTIONS tells that multipart bodies are understood", () => {
    expect(new Gateway().request("OPTIONS", 1, "")?.headers.getAll("accept")).toEqual([
      "application/sdp",
      "multipart/mixed",
    ]);
  });
});
