import { utf8Decode, utf8Encode } from "@centrala/kit";
import { afterEach, describe, expect, it } from "vitest";
import { AudioSession } from "./audio-session.ts";
import { RawPhone, sdp, status } from "./raw-phone.ts";
import { dial, startService, type TestService, testTls, trunkTo } from "./testing.ts";

const started: TestService[] = [];
const phones: RawPhone[] = [];

afterEach(async () => {
  for (const phone of phones.splice(0)) phone.close();
  await Promise.all(started.splice(0).map(({ service }) => service.close()));
});

/** Us with a trunk to a carrier that is written by hand. */
async function usAndRaw() {
  const us = await startService({}, started);
  const raw = await RawPhone.open(us.service.sipPort);
  phones.push(raw);
  us.service.setTrunks([trunkTo(raw.port)]);
  await us.next("trunkState");
  return { us, raw };
}

async function standing() {
  const { us, raw } = await usAndRaw();
  raw.send("INVITE", 1, { body: sdp(40_000) });
  const { leg } = await us.next("incoming");
  us.service.answer(leg.legId, 30_000);
  const ok = await raw.next(status(200));
  const toTag = /tag=([^;]+)/.exec(ok.headers.get("to") ?? "")?.[1] ?? "";
  raw.send("ACK", 1, { toTag });
  await us.next("answered");
  return { us, raw, toTag, legId: leg.legId };
}

/** The NOTIFY with this status of a transfer: its words and whether more follow. NOTIFYs may come twice. */
async function told(raw: RawPhone, code: number): Promise<readonly [string, string | undefined]> {
  const notify = await raw.next(({ body }) => utf8Decode(body).startsWith(`SIP/2.0 ${code} `));
  return [utf8Decode(notify.body), notify.headers.get("subscription-state")];
}

describe("a standing leg", () => {
  it("[RFC3264-8.4] is held and resumed by the far end", async () => {
    const { us, raw, toTag, legId } = await standing();
    raw.send("INVITE", 2, { toTag, body: sdp(40_000, "sendonly") });
    const held = await us.next("remoteAudio", ({ remote }) => !remote.receives);
    expect(held).toEqual({
      kind: "remoteAudio",
      legId,
      remote: {
        address: "127.0.0.1",
        port: 40_000,
        codec: "pcma",
        payloadType: 8,
        telephoneEventPayloadType: 101,
        receiveTelephoneEventPayloadType: 101,
        signallingAddress: "127.0.0.1",
        ptimeMs: 20,
        sends: true,
        receives: false,
      },
    });
    const answer = await raw.next(status(200));
    expect(utf8Decode(answer.body)).toContain("a=recvonly");
    raw.send("ACK", 2, { toTag });
    raw.send("INVITE", 3, { toTag, body: sdp(40_002) });
    const resumed = await us.next("remoteAudio", ({ remote }) => remote.receives);
    expect([resumed.remote.port, resumed.remote.sends]).toEqual([40_002, true]);
    raw.send("ACK", 3, { toTag });
  });

  it("[RFC3264-6] refuses a new offer that has nothing in common, and stays", async () => {
    const { us, raw, toTag } = await standing();
    raw.send("INVITE", 2, { toTag, body: sdp(40_000, "sendrecv", "97") });
    await raw.next(status(488));
    expect(us.service.calls()).toBe(1);
  });

  it("brings keys by INFO and the transfer key by REFER", async () => {
    const { us, raw, toTag, legId } = await standing();
    const contentType = "application/dtmf-relay";
    raw.send("INFO", 2, { toTag, contentType, body: "Signal=7\r\nDuration=100\r\n" });
    expect(await us.next("key")).toEqual({ kind: "key", legId, key: "7" });
    raw.send("REFER", 3, { toTag, extra: ["Refer-To: <sip:205@127.0.0.1>"] });
    const asked = await us.next("transferAsked");
    expect(asked).toEqual({ kind: "transferAsked", legId, target: "205" });
    expect(await told(raw, 100)).toEqual(["SIP/2.0 100 Trying\r\n", "active;expires=180"]);
    us.service.reportTransfer(legId, 486);
    expect(await told(raw, 486)).toEqual(["SIP/2.0 486 Busy Here\r\n", "terminated;reason=noresource"]);
  });

  it("asks the far end whether it is there, and knows from its Allow that it takes keys by INFO", async () => {
    const { us, raw, legId } = await standing();
    expect([us.service.takesInfo(legId), us.service.takesInfo("none"), us.service.ask("none")]).toEqual([
      false,
      false,
      false,
    ]);
    expect(us.service.ask(legId)).toBe(true);
    const question = await raw.next((message) => message.kind === "request" && message.method === "OPTIONS");
    raw.answer(question, 405);
    expect(await us.next("asked")).toEqual({ kind: "asked", legId, alive: true });
  });

  it("[RFC3515-2.4.2] [RFC3891-3] a REFER that leads nowhere is told so, one without Refer-To is 400", async () => {
    const { us, raw, toTag } = await standing();
    raw.send("REFER", 2, { toTag });
    await raw.next(status(400));
    const gone = "none%40127.0.0.1%3Bto-tag%3Da%3Bfrom-tag%3Db";
    raw.send("REFER", 3, { toTag, extra: [`Refer-To: <sip:205@127.0.0.1?Replaces=${gone}>`] });
    await raw.next(status(202));
    const missing = "SIP/2.0 481 Call/Transaction Does Not Exist\r\n";
    expect(await told(raw, 481)).toEqual([missing, "terminated;reason=noresource"]);
    raw.send("REFER", 4, { toTag, extra: ["Refer-To: <https://127.0.0.1/205>"] });
    expect(await told(raw, 404)).toEqual(["SIP/2.0 404 Not Found\r\n", "terminated;reason=noresource"]);
    expect(us.events.some(({ kind }) => kind === "transferAsked" || kind === "joinAsked")).toBe(false);
  });

  it("[RFC5589-7.3] names the other leg when the phone asks to join its two calls", async () => {
    const { us, raw, toTag, legId } = await standing();
    raw.send("INVITE", 1, { callId: "second-call", body: sdp(40_004) });
    const { leg } = await us.next("incoming", (event) => event.leg.legId !== legId);
    us.service.ring(leg.legId);
    const ringing = await raw.next(status(180));
    const tag = /tag=([^;]+)/.exec(ringing.headers.get("to") ?? "")?.[1] ?? "";
    const replaces = `second-call%3Bto-tag%3D${tag}%3Bfrom-tag%3Draw`;
    raw.send("REFER", 2, { toTag, extra: [`Refer-To: <sip:205@127.0.0.1?Replaces=${replaces}>`] });
    expect(await us.next("joinAsked")).toEqual({ kind: "joinAsked", legId, otherLegId: leg.legId });
    us.service.reportTransfer(legId, 200);
    expect(await told(raw, 200)).toEqual(["SIP/2.0 200 OK\r\n", "terminated;reason=noresource"]);
  });

  it("ends with BYE of the far end", async () => {
    const { us, raw, toTag, legId } = await standing();
    raw.send("BYE", 2, { toTag, extra: ['Reason: Q.850;cause=16;text="Normal"'] });
    expect(await us.next("ended")).toEqual({ kind: "ended", legId, code: "HUNG_UP", sipStatus: null });
  });
});

describe("an incoming call", () => {
  it("[RFC3264-6] is answered in the family of its offer, whatever its signalling came by", () => {
    const offerOf = (family: string, address: string) =>
      utf8Encode(
        `v=0\r\no=- 1 1 IN ${family} ${address}\r\ns=-\r\nc=IN ${family} ${address}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n`,
      );
    const session = (address: string, other: string) =>
      new AudioSession({
        address,
        addressToward: () => other,
        signallingAddress: "",
        codecs: ["pcma"],
        sessionId: "1",
      });
    const answered = (audio: AudioSession, offer: Uint8Array) =>
      /^c=(.*)$/m.exec(utf8Decode(audio.answer(offer)?.body ?? new Uint8Array(0)))?.[1]?.trim();
    const four = offerOf("IP4", "192.0.2.2");
    const six = offerOf("IP6", "2001:db8::2");
    expect([
      answered(session("::1", "192.0.2.9"), four),
      answered(session("::1", "192.0.2.9"), six),
      answered(session("192.0.2.9", "2001:db8::9"), six),
      answered(session("192.0.2.9", "192.0.2.9"), six),
      answered(session("::1", "192.0.2.9"), offerOf("IP4", "0.0.0.0")),
    ]).toEqual(["IN IP4 192.0.2.9", "IN IP6 ::1", "IN IP6 2001:db8::9", "IN IP4 192.0.2.9", "IN IP6 ::1"]);
  });

  it("[RFC3264-5] without an offer gets ours in 200, and its ACK tells the rest", async () => {
    const { us, raw } = await usAndRaw();
    raw.send("INVITE", 1);
    const { leg, remote } = await us.next("incoming");
    expect(remote).toBe(null);
    us.service.answer(leg.legId, 30_000);
    const ok = await raw.next(status(200));
    expect(utf8Decode(ok.body)).toContain("m=audio 30000 RTP/AVP 8 0 101");
    const toTag = /tag=([^;]+)/.exec(ok.headers.get("to") ?? "")?.[1] ?? "";
    raw.send("ACK", 1, { toTag, body: sdp(40_000) });
    expect((await us.next("remoteAudio")).remote.port).toBe(40_000);
    await us.next("answered");
  });

  it("[RFC3264-6] with nothing in common is 488 and never told", async () => {
    const { us, raw } = await usAndRaw();
    raw.send("INVITE", 1, { body: sdp(40_000, "sendrecv", "97") });
    await raw.next(status(488));
    expect(us.events.some((event) => event.kind === "incoming")).toBe(false);
  });

  it("with hidden identity has no caller", async () => {
    const { us, raw } = await usAndRaw();
    raw.send("INVITE", 1, { body: sdp(40_000), extra: ["Privacy: id", "P-Asserted-Identity: <tel:+359888>"] });
    const { leg } = await us.next("incoming");
    expect([leg.caller, leg.callerName, leg.asserted]).toEqual([null, null, null]);
  });

  it("that demands what is not spoken here is refused with a word why", async () => {
    const { raw } = await usAndRaw();
    const why = async (code: number, seq: number, body: string, extra: readonly string[] = []) => {
      raw.send("INVITE", seq, { body, extra, callId: `demands-${seq}` });
      const { headers } = await raw.next(status(code));
      return headers.get("warning") ?? "";
    };
    expect([
      await why(488, 1, sdp(40_000).replace("RTP/AVP", "RTP/SAVP")),
      await why(488, 2, sdp(40_000, "sendrecv", "18")),
      await why(488, 3, "rubbish"),
      await why(420, 4, sdp(40_000), ["Require: 100rel, precondition"]),
    ]).toEqual([
      '303 centrala "encrypted sound (SRTP) is not spoken here: RTP/SAVP"',
      '305 centrala "no common codec, only PCMA and PCMU are spoken here: G729"',
      '399 centrala "the session description can not be read"',
      '399 centrala "not supported here: 100rel, precondition"',
    ]);
  });

  it("over the trunk's limit is 503 with Retry-After", async () => {
    const { us, raw } = await usAndRaw();
    us.service.setTrunks([trunkTo(raw.port, { maxCalls: 1 })]);
    raw.send("INVITE", 1, { body: sdp(40_000) });
    await us.next("incoming");
    const second = await RawPhone.open(us.service.sipPort);
    phones.push(second);
    second.send("OPTIONS", 1);
    await second.next(status(200));
    second.send("INVITE", 7, { body: sdp(40_000) });
    const refusal = await second.next(status(503));
    expect(refusal.headers.get("retry-after")).toBe("10");
  });
});

describe("TLS", () => {
  it("carries calls between servers that are set by address and vouched for by the line's own authority", async () => {
    const carrier = await startService({ sipsPort: 0, tls: testTls }, started);
    const us = await startService({ sipsPort: 0, tls: testTls }, started);
    const tls = { transport: "tls", tlsCa: testTls.certPem } as const;
    carrier.service.setTrunks([trunkTo(us.service.sipsPort ?? 0, tls)]);
    us.service.setTrunks([trunkTo(carrier.service.sipsPort ?? 0, tls)]);
    await us.next("trunkState");
    await new Promise((resolve) => setImmediate(resolve));
    us.service.dialTrunk(dial());
    const { leg } = await carrier.next("incoming");
    carrier.service.answer(leg.legId, 30_000);
    await us.next("answered");
    expect(us.service.trace("out-1")[0]?.peer).toBe(`tls 127.0.0.1:${carrier.service.sipsPort}`);
  });

  it.each(["127.0.0.1", "test.centrala.example"])(
    "does not call a carrier %s whose certificate nobody vouches for",
    async (host) => {
      const carrier = await startService({ sipsPort: 0, tls: testTls }, started);
      const warnings: string[] = [];
      const resolver = { addresses: async () => ["127.0.0.1"], services: async () => [] };
      const us = await startService(
        { sipsPort: 0, tls: testTls, resolver, log: (_level, message) => void warnings.push(message) },
        started,
      );
      us.service.setTrunks([trunkTo(carrier.service.sipsPort ?? 0, { transport: "tls", host })]);
      await us.next("trunkState");
      await new Promise((resolve) => setImmediate(resolve));
      us.service.dialTrunk(dial());
      expect((await us.next("ended")).code).toBe("UNREACHABLE");
      expect(warnings).toEqual(["SIP over TLS could not connect"]);
    },
  );
});
