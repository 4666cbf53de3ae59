import type { Effect, Input } from "@centrala/contract";
import { testConfig } from "@centrala/domain/testing";
import { describe, expect, it, vi } from "vitest";
import { EarlyEffects } from "./reducing.ts";
import { arrival, type Bench, running, turn, useFakeTimers } from "./testing/loop-bench.ts";

useFakeTimers();

const drop: Effect = { kind: "dropLeg", legId: "a", code: "DROPPED" };
const report: Effect = { kind: "reportTransfer", legId: "a", status: 200 };
const mute = (muted: boolean): Effect => ({ kind: "muteLeg", legId: "a", muted });
const play: Effect = { kind: "play", playId: "p", legId: "a", items: [], loop: true };
const stop: Effect = { kind: "stopPlay", playId: "p" };
const pause = (paused: boolean): Effect => ({ kind: "pauseRecording", recordingId: "r", paused });
const ask: Effect = { kind: "identifyCaller", contactId: "c", legId: "a" };

describe("effects that only reduce", () => {
  it.each<[string, Effect, boolean]>([
    ["dropping a leg", drop, true],
    ["muting", mute(true), true],
    ["unmuting", mute(false), false],
    ["pausing a recording", pause(true), true],
    ["going on with it", pause(false), false],
    ["stopping a sound", stop, true],
    ["playing one", play, false],
    ["a question", ask, true],
    ["ringing", { kind: "ringLeg", legId: "a" }, false],
  ])("[T7] %s: %j goes first: %s", (_name, effect, first) => {
    expect(new EarlyEffects().split([effect])).toEqual({ early: first ? [effect] : [], late: first ? [] : [effect] });
  });

  it("[T7] keep their place behind what waits for the same, but for the end of a leg", () => {
    const effects = new EarlyEffects();
    const waiting = [mute(false), play, pause(false)];
    effects.split(waiting);
    expect(effects.split([mute(true), stop, pause(true)])).toEqual({
      early: [],
      late: [mute(true), stop, pause(true)],
    });
    expect(effects.split([drop])).toEqual({ early: [drop], late: [] });
    effects.done([...waiting, mute(true), stop, pause(true)]);
    expect(effects.split([mute(true), stop, pause(true)]).late).toEqual([]);
  });

  it("[T7] keep their place behind what the same decision asks of the leg", () => {
    expect(new EarlyEffects().split([report, drop])).toEqual({ early: [], late: [report, drop] });
  });
});

/** Anna talks with a caller, and the database stands still. */
async function away(): Promise<Bench> {
  const bench = await running();
  const config = testConfig({ recordCalls: true, recordingNotice: false });
  for (const input of [
    { kind: "configured", config },
    { kind: "headsetAttached", operatorId: "anna", legId: "headset" },
    { kind: "operatorWent", operatorId: "anna", to: "available", reasonId: null, byUserId: null },
    arrival("call"),
  ] satisfies Input[])
    bench.submit(input);
  await turn();
  const [offer] = bench.loop.state.offers.values();
  bench.submit({ kind: "offerAccepted", offerId: offer?.id ?? "", operatorId: "anna" });
  await turn();
  expect(bench.loop.state.contacts.get("call")?.phase.kind).toBe("talking");
  bench.free = false;
  bench.submit({ kind: "customerLinked", contactId: "call", operatorId: "anna", customerId: null });
  await vi.advanceTimersByTimeAsync(2_000);
  bench.now += 2_000;
  bench.events.length = 0;
  return bench;
}

describe("with the database away", () => {
  const own = { contactId: "call", operatorId: "anna" };

  it("[T8] whoever talks mutes, pauses the recording and hangs up, and it is journalled when the database is back", async () => {
    const bench = await away();
    vi.spyOn(bench.loop, "stuckMs", "get").mockReturnValue(2_000);
    bench.submit({ kind: "muted", ...own, on: true });
    bench.submit({ kind: "recordingPaused", ...own, on: true });
    await turn();
    expect(bench.events).toEqual(["effect muteLeg", "effect pauseRecording"]);
    bench.submit({ kind: "hungUp", ...own });
    await turn();
    expect(bench.events.slice(2)).toContain("effect dropLeg");
    expect(bench.loop.state.contacts.size).toBe(0);
    const before = bench.journal.length;
    bench.free = true;
    bench.held?.done();
    await turn();
    const kinds = bench.journal.slice(before).map(({ input }) => input.kind);
    expect(kinds).toEqual(["customerLinked", "muted", "recordingPaused", "hungUp"]);
    expect(bench.events.filter((event) => event === "effect dropLeg").length).toBe(1);
  });

  it("[T8] and what gives somebody something is refused", async () => {
    const bench = await away();
    vi.spyOn(bench.loop, "stuckMs", "get").mockReturnValue(2_000);
    for (const input of [
      { kind: "muted", ...own, on: false },
      { kind: "recordingPaused", ...own, on: false },
      { kind: "transferAsked", ...own, target: { kind: "operator", operatorId: "boris" } },
      arrival("another"),
    ] satisfies Input[])
      bench.submit(input);
    await turn();
    expect(bench.events).toEqual([
      "answer muted DATABASE_AWAY",
      "answer recordingPaused DATABASE_AWAY",
      "answer transferAsked DATABASE_AWAY",
      "answer callArrived DATABASE_AWAY",
    ]);
  });

  it("[T7] leaves no headset muted by an entry that can never be stored", async () => {
    const bench = await away();
    bench.held?.done();
    bench.free = true;
    bench.refuses = (input) => input.kind === "muted";
    await turn();
    bench.submit({ kind: "muted", ...own, on: true });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(bench.events.filter((event) => event === "effect muteLeg").length).toBe(2);
    expect(bench.events).toContain("answer muted NOT_STORED");
  });
});

describe("an inbox that is full to the last place", () => {
  it("[T9] has core and telephony compare their legs once it is empty", async () => {
    const bench = await running({ inboxMax: 1 });
    bench.submit(arrival("gone"));
    await turn();
    bench.alive = new Set();
    const report: Input = { kind: "legEnded", legId: "nobody", code: "HUNG_UP", sipStatus: null };
    for (let index = 0; index < 80_001; index += 1) void bench.loop.submit(report);
    const lost = bench.loop.submit({ ...report, legId: "gone-leg" });
    expect(await lost).toMatchObject({ ok: false, code: "OVERLOADED" });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(bench.loop.state.legs.size).toBe(0);
  });
});
