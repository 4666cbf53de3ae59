import type { LegId } from "@centrala/contract";
import { SeededRandom } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { type LegPort, MediaLeg } from "./leg.ts";
import { Rooms } from "./rooms.ts";

const port: LegPort = { kind: "plain", sendRtp: () => {}, sendRtcp: () => {}, close: () => Promise.resolve() };

/** Rooms over some open legs, and what every leg hears. */
function setUp(...legIds: readonly LegId[]) {
  const legs = new Map<LegId, MediaLeg>();
  const rooms = new Rooms(legs);
  const open = (legId: LegId) => {
    legs.set(legId, new MediaLeg(legId, legs.size + 1, port, new SeededRandom(legs.size + 1), 0));
    rooms.legOpened(legId);
  };
  const close = (legId: LegId) => {
    const leg = legs.get(legId);
    legs.delete(legId);
    if (leg !== undefined) rooms.legClosed(leg);
  };
  for (const legId of legIds) open(legId);
  const heard = () =>
    Object.fromEntries([...legs.values()].map((leg) => [leg.legId, leg.sources.map((source) => source.legId).join()]));
  const modes = () => [...legs.values()].map((leg) => leg.mode);
  return { rooms, open, close, heard, modes, legs };
}

describe("rooms", () => {
  it("[ROOM-1] a matrix is replaced as a whole, and who is left out hears nobody", () => {
    const { rooms, heard, modes } = setUp("a", "b", "c");
    rooms.set("r", { a: ["b", "c"], b: ["a"], c: [] });
    expect([heard(), modes()]).toEqual([{ a: "b,c", b: "a", c: "" }, ["mix", "relay", "silence"]]);
    rooms.set("r", { a: ["b"], b: ["a"] });
    expect([heard(), modes()]).toEqual([{ a: "b", b: "a", c: "" }, ["relay", "relay", "silence"]]);
  });

  it("[ROOM-2] a leg is in one room at a time", () => {
    const { rooms, heard } = setUp("a", "b", "c");
    rooms.set("r1", { a: ["b"], b: ["a"] });
    rooms.set("r2", { b: ["c"], c: ["b"] });
    expect(heard()).toEqual({ a: "", b: "c", c: "b" });
    rooms.close("r1");
    expect(heard()).toEqual({ a: "", b: "c", c: "b" });
  });

  it("[ROOM-3] a leg that opens later takes its place, one that closes leaves it", () => {
    const { rooms, open, close, heard } = setUp("a");
    rooms.set("r", { a: ["b"], b: ["a"] });
    expect(heard()).toEqual({ a: "" });
    open("b");
    expect(heard()).toEqual({ a: "b", b: "a" });
    close("b");
    expect(heard()).toEqual({ a: "" });
  });

  it("[ROOM-4] nobody hears themselves or somebody of another room, and an empty room is gone", () => {
    const { rooms, close, heard } = setUp("a", "b");
    rooms.set("r", { a: ["a", "b"] });
    expect(heard()).toEqual({ a: "", b: "" });
    expect(rooms.size).toBe(1);
    close("a");
    expect([rooms.size, rooms.close("r"), rooms.set("r", {}), rooms.size]).toEqual([0, false, true, 0]);
  });

  it("[ROOM-5] only legs that somebody mixes are decoded", () => {
    const { rooms, legs } = setUp("a", "b", "c");
    rooms.set("r", { a: ["b", "c"], b: ["a"], c: ["a"] });
    const mixed = () => [...legs.values()].map((leg) => leg.isMixed);
    expect(mixed()).toEqual([false, true, true]);
    rooms.set("r", { a: ["b"], b: ["a"], c: [] });
    expect(mixed()).toEqual([false, false, false]);
  });
});
