import { required, SeededRandom } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { writeAnswer } from "./answer.ts";
import { readOffer, type WebRtcOffer } from "./offer.ts";

const fingerprint = Array.from({ length: 32 }, (_, index) => index.toString(16).padStart(2, "0")).join(":");

/** What a browser offers for a microphone, a camera and a data channel. */
const browserOffer = [
  "v=0",
  "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "a=group:BUNDLE 0 1 2",
  "a=extmap-allow-mixed",
  "a=msid-semantic: WMS 5f0c",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 9 0 8 13 110 126",
  "c=IN IP4 0.0.0.0",
  "a=rtcp:9 IN IP4 0.0.0.0",
  "a=candidate:1 1 udp 2122260223 5b9c2d0e.local 51234 typ host generation 0",
  "a=ice-ufrag:Fr4g",
  "a=ice-pwd:aPasswordOfTwentyTwoOrMore",
  "a=ice-options:trickle",
  `a=fingerprint:sha-256 ${fingerprint.toUpperCase()}`,
  "a=setup:actpass",
  "a=mid:0",
  "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
  "a=sendrecv",
  "a=msid:5f0c 77aa",
  "a=rtcp-mux",
  "a=rtpmap:111 opus/48000/2",
  "a=rtpmap:9 G722/8000",
  "a=rtpmap:0 PCMU/8000",
  "a=rtpmap:8 PCMA/8000",
  "a=rtpmap:13 CN/8000",
  "a=rtpmap:110 telephone-event/48000",
  "a=rtpmap:126 telephone-event/8000",
  "a=ssrc:1234 cname:x",
  "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
  "c=IN IP4 0.0.0.0",
  "a=mid:1",
  "a=rtcp-mux",
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
  "c=IN IP4 0.0.0.0",
  "a=mid:2",
  "",
].join("\r\n");

function read(text: string): WebRtcOffer {
  const offer = readOffer(text);
  if (!offer.ok) throw new Error(offer.code);
  return offer.value;
}

function refusal(text: string): string | undefined {
  const offer = readOffer(text);
  return offer.ok ? undefined : offer.code;
}

describe("a browser's offer", () => {
  it("[RFC8829-5.2] is read whole", () => {
    expect(read(browserOffer)).toEqual({
      sessionId: "4611731400430051336",
      media: [
        {
          kind: "audio",
          profile: "UDP/TLS/RTP/SAVPF",
          formats: ["111", "9", "0", "8", "13", "110", "126"],
          mid: "0",
        },
        { kind: "video", profile: "UDP/TLS/RTP/SAVPF", formats: ["96", "97"], mid: "1" },
        { kind: "application", profile: "UDP/DTLS/SCTP", formats: ["webrtc-datachannel"], mid: "2" },
      ],
      audioIndex: 0,
      bundled: true,
      iceUfrag: "Fr4g",
      fingerprint: fingerprint.replaceAll(":", ""),
      codecs: ["pcmu", "pcma"],
      keysPayloadType: 126,
      direction: "sendrecv",
    });
  });

  it("[RFC8839-5.4] [RFC8122-5] may state credentials and fingerprint for the whole session", () => {
    const moved = ["a=ice-ufrag:Fr4g", "a=ice-pwd:aPasswordOfTwentyTwoOrMore", "a=setup:actpass"];
    let text = browserOffer;
    for (const line of moved) text = text.replace(`${line}\r\n`, "");
    text = text.replace("t=0 0\r\n", `t=0 0\r\n${moved.join("\r\n")}\r\n`);
    expect(read(text)).toEqual(read(browserOffer));
  });

  it("is refused with a code that says what is missing", () => {
    const without = (line: string) => browserOffer.replace(`${line}\r\n`, "");
    expect(refusal("")).toBe("SDP_MALFORMED");
    expect(refusal("hello")).toBe("SDP_MALFORMED");
    expect(refusal(`${browserOffer}x`.repeat(100))).toBe("SDP_TOO_LARGE");
    expect(refusal(browserOffer.replace("o=- 4611731400430051336 2", "o=- x 2"))).toBe("SDP_MALFORMED");
    expect(refusal(browserOffer.replace("m=audio 9", "m=audio 9 <b>"))).toBe("SDP_MALFORMED");
    expect(refusal(browserOffer.replace("m=audio 9", "m=text 9"))).toBe("SDP_NO_AUDIO");
    expect(refusal(browserOffer.replace("m=audio 9", "m=audio 0"))).toBe("SDP_NO_AUDIO");
    expect(refusal(browserOffer.replace("m=audio 9 UDP/TLS/RTP/SAVPF", "m=audio 9 RTP/AVP"))).toBe(
      "SDP_PROFILE_UNSUPPORTED",
    );
    expect(refusal(browserOffer.replace("SAVPF 111 9 0 8 13", "SAVPF 111 9"))).toBe("SDP_NO_G711");
    expect(refusal(without("a=rtcp-mux"))).toBe("SDP_NO_RTCP_MUX");
    expect(refusal(without("a=ice-pwd:aPasswordOfTwentyTwoOrMore"))).toBe("SDP_NO_ICE");
    expect(refusal(browserOffer.replace("t=0 0", "t=0 0\r\na=ice-lite"))).toBe("SDP_ICE_LITE");
    expect(refusal(browserOffer.replace("sha-256", "sha-1"))).toBe("SDP_NO_FINGERPRINT");
    expect(refusal(browserOffer.replace("setup:actpass", "setup:passive"))).toBe("SDP_SETUP_UNSUPPORTED");
  });

  it("never throws, whatever is cut out of it or put into it", () => {
    const random = new SeededRandom(8866);
    for (let step = 0; step < 3_000; step += 1) {
      const from = random.below(browserOffer.length);
      const noise = String.fromCharCode(random.below(256)).repeat(random.below(3));
      const text = browserOffer.slice(0, from) + noise + browserOffer.slice(from + random.below(40));
      const offer = readOffer(text);
      if (offer.ok) expect(offer.value.codecs.length).toBeGreaterThan(0);
    }
  });
});

describe("the answer", () => {
  const side = {
    sessionId: 7,
    version: 1,
    addresses: ["192.0.2.10", "127.0.0.1"],
    port: 40_000,
    ice: { ufrag: "ours", password: "ourPasswordOfTwentyTwo+" },
    fingerprint: "AA:BB",
    codecs: ["pcma", "pcmu"] as const,
    ssrc: 4_242,
    cname: "c1",
  };

  it("[RFC8829-5.3] takes the audio and rejects all other media by port 0", () => {
    expect(writeAnswer(read(browserOffer), side).split("\r\n")).toEqual([
      "v=0",
      "o=- 7 1 IN IP4 192.0.2.10",
      "s=-",
      "t=0 0",
      "a=group:BUNDLE 0",
      "a=ice-lite",
      "a=msid-semantic: WMS *",
      "m=audio 40000 UDP/TLS/RTP/SAVPF 8 0 126",
      "c=IN IP4 192.0.2.10",
      "a=mid:0",
      "a=rtcp-mux",
      "a=ice-ufrag:ours",
      "a=ice-pwd:ourPasswordOfTwentyTwo+",
      "a=fingerprint:sha-256 AA:BB",
      "a=setup:passive",
      "a=candidate:1 1 udp 2130706431 192.0.2.10 40000 typ host",
      "a=candidate:2 1 udp 2130706175 127.0.0.1 40000 typ host",
      "a=end-of-candidates",
      "a=rtpmap:8 PCMA/8000",
      "a=rtpmap:0 PCMU/8000",
      "a=rtpmap:126 telephone-event/8000",
      "a=fmtp:126 0-16",
      "a=ptime:20",
      "a=sendrecv",
      "a=ssrc:4242 cname:c1",
      "a=ssrc:4242 msid:c1 audio",
      "a=msid:c1 audio",
      "m=video 0 UDP/TLS/RTP/SAVPF 96 97",
      "c=IN IP4 0.0.0.0",
      "a=mid:1",
      "a=inactive",
      "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
      "c=IN IP4 0.0.0.0",
      "a=mid:2",
      "a=inactive",
      "",
    ]);
  });

  it("[RFC3264-6.1] mirrors the direction", () => {
    for (const [offered, answered] of [
      ["sendonly", "recvonly"],
      ["recvonly", "sendonly"],
      ["inactive", "inactive"],
    ]) {
      const offer = read(browserOffer.replace("a=sendrecv", `a=${required(offered, "direction")}`));
      expect(writeAnswer(offer, side)).toContain(`\r\na=${answered}\r\na=ssrc`);
    }
  });
});
