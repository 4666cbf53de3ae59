import type { Binding } from "@centrala/sip";
import { describe, expect, it } from "vitest";
import { grantMaxS, PhoneWatch } from "./phone-watch.ts";
import { sdp } from "./raw-phone.ts";
import { whyNotAcceptable } from "./refused-sound.ts";

const binding = (contact: string, port = 34_152, transport: "UDP" | "TCP" = "UDP"): Binding => ({
  contact,
  callId: "a",
  cseq: 1,
  expiresAt: 1e9,
  q: 1,
  peer: { transport, address: "203.0.113.5", port },
  userAgent: "phone",
});
const natted = binding("sip:1@192.168.77.2:5060");

function newWatch() {
  const asked: [number, string][] = [];
  const changed: string[] = [];
  const watch = new PhoneWatch({
    ask: (now, id) => asked.push([now, id]),
    changed: (user) => changed.push(user),
  });
  return { watch, asked, changed };
}

describe("telephones behind routers", () => {
  it("are asked before a router forgets them, those seen where they say they are never", () => {
    const { watch, asked } = newWatch();
    watch.set(0, "d1", [natted]);
    watch.set(0, "d2", [binding("sip:2@203.0.113.5:34152")]);
    watch.set(0, "d3", [binding("sip:3@192.168.77.3", 41_000, "TCP")]);
    for (let now = 0; now <= 120_000; now += 1_000) watch.tick(now);
    const moments = asked.map(([now]) => now);
    const gaps = moments.map((now, index) => now - (moments[index - 1] ?? 0));
    expect(new Set(asked.map(([, id]) => id))).toEqual(new Set(["phone d1 sip:1@192.168.77.2:5060"]));
    expect([Math.max(...gaps) < 30_000, moments.length >= 4]).toEqual([true, true]);
  });

  it("that used to answer and are silent twice are not there, until they answer or register again", () => {
    const { watch, changed } = newWatch();
    const id = "phone d1 sip:1@192.168.77.2:5060";
    const pinged = (status: number | null) => watch.pinged({ kind: "pinged", id, status, roundTripMs: 1 });
    const there = () => watch.isThere("d1", natted.contact);
    watch.set(0, "d1", [natted]);
    // One that never answers OPTIONS is not lost by that.
    for (const status of [null, null, null]) pinged(status);
    expect(there()).toBe(true);
    pinged(404);
    pinged(null);
    expect(there()).toBe(true);
    pinged(408);
    expect([there(), changed]).toEqual([false, ["d1"]]);
    pinged(200);
    expect([there(), changed]).toEqual([true, ["d1", "d1"]]);
    for (const status of [null, null]) pinged(status);
    watch.set(1, "d1", [natted]);
    expect(there()).toBe(true);
    expect(watch.pinged({ kind: "pinged", id: "a-line", status: 200, roundTripMs: 1 })).toBe(false);
  });

  it("[LIMIT] are spread, and asked 500 a second at most", () => {
    const { watch, asked } = newWatch();
    for (let index = 0; index < 2_000; index += 1) watch.set(0, `d${index}`, [binding(`sip:${index}@10.0.0.1`)]);
    watch.tick(100_000);
    expect(asked.length).toBe(500);
    for (let now = 101_000; now < 104_000; now += 1_000) watch.tick(now);
    expect(new Set(asked.map(([, id]) => id)).size).toBe(2_000);
  });

  it("get a short grant, spread; others the usual one", () => {
    const peer = { transport: "UDP", address: "203.0.113.5", port: 34_152 } as const;
    const uri = (host: string, port?: number) => ({
      scheme: "sip" as const,
      host,
      port,
      params: new Map(),
      headers: new Map(),
    });
    const grants = Array.from({ length: 100 }, (_, index) =>
      grantMaxS(uri("192.168.1.2", 5060), { ...peer, port: index }, 3_600),
    );
    expect([Math.min(...grants) >= 60, Math.max(...grants) <= 130, new Set(grants).size > 10]).toEqual(
      Array(3).fill(true),
    );
    expect(grantMaxS(uri("203.0.113.5", 34_152), peer, 3_600)).toBe(3_600);
  });
});

describe("why an offer of sound got 488", () => {
  const why = (text: string) => whyNotAcceptable(new TextEncoder().encode(text));

  it("names the codecs that were offered, or what else was demanded", () => {
    const g729 = sdp(4_000, "sendrecv", "18 96 101").replace(
      "a=rtpmap:101",
      "a=rtpmap:96 opus/48000/2\r\na=rtpmap:101",
    );
    const nowhere = sdp(4_000).replace(/c=.*\r\n/, "");
    const demands = sdp(4_000).replace("RTP/AVP", "RTP/SAVP");
    expect([why(g729), why(demands), why(sdp(0)), why("nonsense"), why(nowhere)]).toEqual([
      { reason: "noCommonCodec", detail: "G729, opus" },
      { reason: "encryptionDemanded", detail: "RTP/SAVP" },
      { reason: "noCommonCodec", detail: "audio" },
      { reason: "soundUnreadable", detail: "" },
      { reason: "soundUnreadable", detail: "c=" },
    ]);
  });
});
