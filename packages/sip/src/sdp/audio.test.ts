import { describe, expect, it } from "vitest";
import {
  answerAudio,
  answerDirection,
  createAudioOffer,
  type Direction,
  type LocalAudio,
  readAudio,
  readAudioAnswer,
} from "./audio.ts";
import { formatSdp, parseSdp, type Sdp } from "./sdp.ts";

const local: LocalAudio = {
  address: "192.0.2.10",
  port: 20_000,
  codecs: ["pcma", "pcmu"],
  telephoneEvent: 101,
  sessionId: "17",
  sessionVersion: 1,
};

function sdpOf(...lines: string[]): Sdp {
  const parsed = parseSdp(["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "t=0 0", ...lines].join("\r\n"));
  if (parsed === undefined) throw new Error("malformed SDP");
  return parsed;
}

function linesOf(sdp: Sdp): string[] {
  return formatSdp(sdp).trimEnd().split("\r\n");
}

const session = "c=IN IP4 192.0.2.1";

describe("createAudioOffer", () => {
  it("[RFC3264-5.1] offers our codecs in our order with DTMF and packet time", () => {
    expect(linesOf(createAudioOffer(local))).toEqual([
      "v=0",
      "o=- 17 1 IN IP4 192.0.2.10",
      "s=-",
      "c=IN IP4 192.0.2.10",
      "t=0 0",
      "m=audio 20000 RTP/AVP 8 0 101",
      "a=rtpmap:8 PCMA/8000",
      "a=rtpmap:0 PCMU/8000",
      "a=rtpmap:101 telephone-event/8000",
      "a=fmtp:101 0-16",
      "a=ptime:20",
      "a=sendrecv",
    ]);
  });

  it("[RFC4566-5.7] an IPv6 address is announced as one, hold as sendonly", () => {
    const offer = createAudioOffer({ ...local, address: "2001:db8::1", direction: "sendonly", telephoneEvent: false });
    expect(linesOf(offer).filter((line) => /^[ocm]=|send/.test(line))).toEqual([
      "o=- 17 1 IN IP6 2001:db8::1",
      "c=IN IP6 2001:db8::1",
      "m=audio 20000 RTP/AVP 8 0",
      "a=sendonly",
    ]);
  });
});

describe("readAudio", () => {
  it("[RFC3264-5.1] the section's address, dynamic payload types and attributes count before the session's", () => {
    const audio = readAudio(
      sdpOf(
        session,
        "a=recvonly",
        "m=audio 4000 RTP/AVP 96 97 9 98",
        "c=IN IP6 2001:db8::9",
        "a=rtpmap:96 pcma/8000/1",
        "a=rtpmap:97 PCMU/8000",
        "a=rtpmap:98 telephone-event/8000",
        "a=ptime:30",
        "a=rtcp:4010",
        "a=sendrecv",
      ),
    );
    expect(audio).toEqual({
      mediaIndex: 0,
      address: "2001:db8::9",
      port: 4000,
      protocol: "RTP/AVP",
      payloadTypes: { pcma: 96, pcmu: 97, telephoneEvent: 98 },
      codecs: ["pcma", "pcmu"],
      ptimeMs: 30,
      direction: "sendrecv",
      hold: false,
      rtcpMux: false,
      rtcpPort: 4010,
    });
  });

  it("[RFC3551-6] payload types 0 and 8 need no rtpmap, and one that says otherwise counts", () => {
    expect(readAudio(sdpOf(session, "m=audio 4000 RTP/AVP 8 0"))?.codecs).toEqual(["pcma", "pcmu"]);
    expect(readAudio(sdpOf(session, "m=audio 4000 RTP/AVP 8 0", "a=rtpmap:8 G722/8000"))?.codecs).toEqual(["pcmu"]);
    expect(readAudio(sdpOf(session, "m=audio 4000 RTP/AVP 96", "a=rtpmap:96 PCMA/16000"))?.codecs).toEqual([]);
  });

  it("[RFC3264-6] a section with port 0, another kind or no address is no audio", () => {
    expect(readAudio(sdpOf(session, "m=audio 0 RTP/AVP 0"))).toBeUndefined();
    expect(readAudio(sdpOf(session, "m=video 4000 RTP/AVP 31"))).toBeUndefined();
    expect(readAudio(sdpOf(session, "m=audio 4000 UDP/TLS/RTP/SAVPF 0"))).toBeUndefined();
    expect(readAudio(sdpOf("m=audio 4000 RTP/AVP 0"))).toBeUndefined();
    expect(readAudio(sdpOf(session, "m=audio 0 RTP/AVP 0", "m=audio 4002 RTP/AVP 8"))).toMatchObject({
      mediaIndex: 1,
      port: 4002,
    });
  });

  it.each([
    [session, "sendonly", "sendonly", true],
    [session, "inactive", "inactive", true],
    [session, "recvonly", "recvonly", false],
    ["c=IN IP4 0.0.0.0", "sendrecv", "sendonly", true],
    ["c=IN IP4 0.0.0.0", "recvonly", "inactive", true],
    ["c=IN IP6 ::", "sendrecv", "sendonly", true],
  ])("[RFC3264-8.4] %s with %s is %s, hold %s", (connection, written, direction, hold) => {
    const audio = readAudio(sdpOf(connection, "m=audio 4000 RTP/AVP 0", `a=${written}`));
    expect([audio?.direction, audio?.hold]).toEqual([direction, hold]);
  });

  it("a packet time that is none is 20 ms", () => {
    for (const value of ["0", "x", "-20", "", "5000"]) {
      expect(readAudio(sdpOf(session, "m=audio 4000 RTP/AVP 0", `a=ptime:${value}`))?.ptimeMs).toBe(20);
    }
  });
});

describe("answerAudio", () => {
  it("[RFC3264-6] answers one audio section, rejects the others in place and uses the offer's payload types", () => {
    const offer = sdpOf(
      session,
      "m=video 5000 RTP/AVP 31",
      "m=audio 4000 RTP/AVP 9 97 8 96",
      "a=rtpmap:97 PCMU/8000",
      "a=rtpmap:96 telephone-event/8000",
      "a=rtcp-mux",
      "m=audio 4002 RTP/AVP 0",
    );
    const result = answerAudio(offer, { ...local, rtcpMux: true });
    expect(result.ok && linesOf(result.answer)).toEqual([
      "v=0",
      "o=- 17 1 IN IP4 192.0.2.10",
      "s=-",
      "c=IN IP4 192.0.2.10",
      "t=0 0",
      "m=video 0 RTP/AVP 31",
      "m=audio 20000 RTP/AVP 97 96",
      "a=rtpmap:97 PCMU/8000",
      "a=rtpmap:96 telephone-event/8000",
      "a=fmtp:96 0-16",
      "a=ptime:20",
      "a=sendrecv",
      "a=rtcp-mux",
      "m=audio 0 RTP/AVP 0",
    ]);
    expect(result.ok && result.audio).toEqual({
      codec: "pcmu",
      payloadType: 97,
      receivePayloadType: 97,
      telephoneEventPayloadType: 96,
      receiveTelephoneEventPayloadType: 96,
      remoteAddress: "192.0.2.1",
      remotePort: 4000,
      remoteRtcpPort: 4000,
      ptimeMs: 20,
      direction: "sendrecv",
      heldByRemote: false,
      rtcpMux: true,
    });
  });

  it("[RFC3264-6] without common audio there is no answer", () => {
    expect(answerAudio(sdpOf(session, "m=video 5000 RTP/AVP 31"), local)).toEqual({
      ok: false,
      reason: "no usable audio in the offer",
    });
    expect(answerAudio(sdpOf(session, "m=audio 5000 RTP/AVP 9 18"), local)).toEqual({
      ok: false,
      reason: "no common codec",
    });
  });

  it("[RFC3264-8.4] a hold is answered with recvonly, the end of a hold with sendrecv", () => {
    const held = answerAudio(sdpOf(session, "m=audio 4000 RTP/AVP 0", "a=sendonly"), local);
    expect(held.ok && [held.audio.direction, held.audio.heldByRemote]).toEqual(["recvonly", true]);
    const resumed = answerAudio(sdpOf(session, "m=audio 4000 RTP/AVP 0", "a=sendrecv"), local);
    expect(resumed.ok && [resumed.audio.direction, resumed.audio.heldByRemote]).toEqual(["sendrecv", false]);
  });

  it("[RFC3264-6.1] every pair of offered and wanted direction has its answer", () => {
    const directions: Direction[] = ["sendrecv", "sendonly", "recvonly", "inactive"];
    expect(directions.map((offered) => directions.map((wanted) => answerDirection(offered, wanted)))).toEqual([
      ["sendrecv", "sendonly", "recvonly", "inactive"],
      ["recvonly", "inactive", "recvonly", "inactive"],
      ["sendonly", "sendonly", "inactive", "inactive"],
      ["inactive", "inactive", "inactive", "inactive"],
    ]);
  });

  it("[RFC4566-6] we send packets of the offerer's time, within 10 to 60 ms", () => {
    const times = ["10", "30", "25", "5", "200"].map((ptime) => {
      const result = answerAudio(sdpOf(session, "m=audio 4000 RTP/AVP 0", `a=ptime:${ptime}`), local);
      return result.ok && result.audio.ptimeMs;
    });
    expect(times).toEqual([10, 30, 20, 10, 60]);
  });
});

describe("readAudioAnswer", () => {
  it("[RFC3264-7] both sides of one negotiation agree", () => {
    const answerer: LocalAudio = { ...local, address: "198.51.100.7", port: 30_000, codecs: ["pcmu"] };
    const result = answerAudio(createAudioOffer(local), answerer);
    const ours = result.ok ? readAudioAnswer(local, result.answer) : undefined;
    expect(ours).toEqual({
      codec: "pcmu",
      payloadType: 0,
      receivePayloadType: 0,
      telephoneEventPayloadType: 101,
      receiveTelephoneEventPayloadType: 101,
      remoteAddress: "198.51.100.7",
      remotePort: 30_000,
      remoteRtcpPort: 30_001,
      ptimeMs: 20,
      direction: "sendrecv",
      heldByRemote: false,
      rtcpMux: false,
    });
  });

  it("[RFC3264-5.1] each side sends with the payload types of the other's description", () => {
    const audio = readAudioAnswer(
      local,
      sdpOf(session, "m=audio 4000 RTP/AVP 96 97", "a=rtpmap:96 PCMA/8000", "a=rtpmap:97 telephone-event/8000"),
    );
    expect(audio).toMatchObject({
      payloadType: 96,
      receivePayloadType: 8,
      telephoneEventPayloadType: 97,
      receiveTelephoneEventPayloadType: 101,
    });
  });

  it("[RFC3264-7] an answer without our codecs, or with port 0, agrees on nothing", () => {
    expect(readAudioAnswer(local, sdpOf(session, "m=audio 0 RTP/AVP 8"))).toBeUndefined();
    expect(readAudioAnswer(local, sdpOf(session, "m=audio 4000 RTP/AVP 18"))).toBeUndefined();
  });

  it("an answer without telephone-event leaves none", () => {
    const audio = readAudioAnswer(local, sdpOf(session, "m=audio 4000 RTP/AVP 8", "a=recvonly"));
    expect([audio?.telephoneEventPayloadType, audio?.receiveTelephoneEventPayloadType, audio?.direction]).toEqual([
      undefined,
      undefined,
      "sendonly",
    ]);
  });
});
