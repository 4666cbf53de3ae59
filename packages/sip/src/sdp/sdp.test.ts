import { SeededRandom } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { readAudio } from "./audio.ts";
import { formatSdp, parseSdp, sdpFormatsMax, sdpLinesMax, sdpMediaMax } from "./sdp.ts";

const text = [
  "v=0",
  "o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1",
  "s=Call to John Smith",
  "i=SDP Offer #1",
  "u=http://www.jdoe.example.com/home.html",
  "e=Jane Doe <jane@jdoe.example.com>",
  "c=IN IP4 198.51.100.1",
  "b=AS:128",
  "t=0 0",
  "a=tool:x:y",
  "m=audio 49170 RTP/AVP 0",
  "m=audio 49180/2 RTP/AVP 0",
  "m=video 51372 RTP/AVP 99",
  "c=IN IP6 2001:db8::2",
  "b=TIAS:5000",
  "a=rtpmap:99 h263-1998/90000",
  "a=sendonly",
  "",
].join("\r\n");

const parsed = {
  origin: {
    username: "jdoe",
    sessionId: "3724394400",
    sessionVersion: "3724394405",
    family: "IP4",
    address: "198.51.100.1",
  },
  name: "Call to John Smith",
  connection: { family: "IP4", address: "198.51.100.1" },
  bandwidths: ["AS:128"],
  timing: "0 0",
  attributes: [{ name: "tool", value: "x:y" }],
  media: [
    { kind: "audio", port: 49170, protocol: "RTP/AVP", formats: ["0"], bandwidths: [], attributes: [] },
    { kind: "audio", port: 49180, protocol: "RTP/AVP", formats: ["0"], bandwidths: [], attributes: [] },
    {
      kind: "video",
      port: 51372,
      protocol: "RTP/AVP",
      formats: ["99"],
      connection: { family: "IP6", address: "2001:db8::2" },
      bandwidths: ["TIAS:5000"],
      attributes: [{ name: "rtpmap", value: "99 h263-1998/90000" }, { name: "sendonly" }],
    },
  ],
};

describe("parseSdp", () => {
  it("[RFC8866-5] reads session and media sections", () => {
    expect(parseSdp(text)).toEqual(parsed);
  });

  it("lines may end in LF and a description may lack s=, t= and its last line break", () => {
    expect(parseSdp(text.replaceAll("\r\n", "\n"))).toEqual(parsed);
    expect(parseSdp("v=0\no=- 1 1 IN IP4 h")).toMatchObject({ name: "-", timing: "0 0", media: [] });
  });

  it("[RFC8866-9] what is written is read back", () => {
    const sdp = parseSdp(text);
    expect(sdp && parseSdp(formatSdp(sdp))).toEqual(parsed);
  });

  it.each([
    `${text}\0`,
    `${text}garbage\r\n`,
    `\r\n\r\n${text}`,
    text.replaceAll("\r\n", "\r"),
    text.replace("t=0 0", "t=0 0\r\n\r\nfoo bar"),
    text.replace("b=AS:128", "c=IN IP4\r\nb=AS:128"),
  ])("[LENIENT] the lines that can be read count: %j", (odd) => {
    expect(parseSdp(odd)).toEqual(parsed);
  });

  it("[LENIENT] small letters mean the same", () => {
    const text = "v=0\r\no=- 1 1 in ip4 192.0.2.1\r\nc=in ip4 192.0.2.1\r\nm=audio 4000 rtp/avp 8\r\n";
    const sdp = parseSdp(text);
    expect([sdp?.origin.family, sdp?.connection?.family, sdp?.media[0]?.protocol]).toEqual(["IP4", "IP4", "RTP/AVP"]);
  });

  it("[LENIENT] nothing depends on o=", () => {
    const audio = (origin: string) => parseSdp(text.replace(/o=.*\r\n/, origin))?.media;
    expect(["", "o=- 1 1 IN IP4\r\n", "o=a b 1 1 IN IP5 h\r\n"].map(audio)).toEqual(Array(3).fill(parsed.media));
  });

  it.each([
    "",
    "v=1",
    "o=- 1 1 IN IP4 h\nv=0",
    "v=0\no=- 1 1 IN IP4 h\nm=audio x RTP/AVP 0",
    "v=0\no=- 1 1 IN IP4 h\nm=audio 70000 RTP/AVP 0",
    "v=0\no=- 1 1 IN IP4 h\nm=audio 1 RTP/AVP",
  ])("[RFC8866-9] %j is no description", (bad) => {
    expect(parseSdp(bad)).toBeUndefined();
  });

  it("a description has at most 32 media sections, 128 formats in each, and 1000 lines", () => {
    const head = "v=0\no=- 1 1 IN IP4 h\n";
    expect(parseSdp(head + "m=audio 1 RTP/AVP 0\n".repeat(sdpMediaMax))?.media.length).toBe(sdpMediaMax);
    expect(parseSdp(head + "m=audio 1 RTP/AVP 0\n".repeat(sdpMediaMax + 1))).toBeUndefined();
    expect(parseSdp(`${head}m=audio 1 RTP/AVP${" 0".repeat(sdpFormatsMax)}`)).toBeDefined();
    expect(parseSdp(`${head}m=audio 1 RTP/AVP${" 0".repeat(sdpFormatsMax + 1)}`)).toBeUndefined();
    expect(parseSdp(head + "a=x\n".repeat(sdpLinesMax))).toBeUndefined();
  });

  it("5,000 mutations never throw (seed 4711)", () => {
    const random = new SeededRandom(4711);
    for (let round = 0; round < 5_000; round += 1) {
      const at = random.below(text.length);
      const junk = random.pick(["", "\n", "=", " ", "a=", "m=", "999999", "\0", "/"]);
      const sdp = parseSdp(text.slice(0, at) + junk + text.slice(at + random.below(6)));
      if (sdp !== undefined) {
        readAudio(sdp);
        expect(parseSdp(formatSdp(sdp))?.media.length).toBe(sdp.media.length);
      }
    }
  });
});
