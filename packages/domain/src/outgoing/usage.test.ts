import type { Destination, Fact } from "@centrala/contract";
import { type Instant, required, SeededRandom } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { fromSnapshot, toSnapshot } from "../snapshot.ts";
import { emptyState, indexConfig } from "../state.ts";
import { monday } from "../testing/harness.ts";
import { outgoingConfig, testRule } from "../testing/outgoing.ts";
import { foldOutgoingAnswered, foldOutgoingEnded, foldOutgoingStarted, turnDay } from "./fold-outgoing.ts";
import { usedBy } from "./usage.ts";

const hour = 3_600_000;

type Call = { readonly trunkId: string; readonly price: number; answeredAt: Instant | null; endedAt: Instant | null };

function centre() {
  const state = emptyState();
  state.config = indexConfig(outgoingConfig(testRule()));
  return state;
}

function started(legId: string, trunkId: string, price: number): Extract<Fact, { kind: "legStarted" }> {
  const destination: Destination = { country: "BG", class: "mobile", pricePerMinute: price, listed: null };
  const charge = { operatorId: "anna", deviceId: null, trunkId, destination };
  const fixed = { contactId: "c", role: "customer", operatorId: null, deviceId: null, addressId: null } as const;
  return { kind: "legStarted", legId, ...fixed, standing: false, phoneId: null, charge };
}

describe("what calls out use", () => {
  it("[O30] [O35] figures are those of the calls' own times, in whatever order they begin and end", () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const random = new SeededRandom(seed);
      const state = centre();
      const calls = new Map<string, Call>();
      let at = monday;
      for (let turn = 0; turn < 120; turn += 1) {
        at += random.below(90_000);
        const legId = `leg-${random.below(30)}`;
        const call = calls.get(legId);
        if (call === undefined) {
          const price = random.below(3) * 50_000;
          calls.set(legId, { trunkId: "carrier", price, answeredAt: null, endedAt: null });
          foldOutgoingStarted(state, started(legId, "carrier", price), at);
        } else if (call.endedAt !== null) continue;
        else if (call.answeredAt === null && random.below(4) > 0) {
          const trunkId = random.below(2) === 0 ? "carrier" : "other";
          calls.set(legId, { ...call, trunkId, answeredAt: at });
          foldOutgoingAnswered(state, { kind: "legAnswered", legId, contactId: "c", trunkId }, at);
        } else {
          call.endedAt = at;
          foldOutgoingEnded(state, legId, at);
        }
        expectUsed(state, calls, at);
      }
      const again = required(fromSnapshot(toSnapshot(state)), "the snapshot");
      expect(again.outgoing).toEqual(state.outgoing);
      expectUsed(again, calls, at + hour);
    }
  });

  function expectUsed(state: ReturnType<typeof centre>, calls: ReadonlyMap<string, Call>, at: Instant): void {
    for (const [scope, id] of [
      ["centre", null],
      ["person", "anna"],
      ["trunk", "carrier"],
      ["trunk", "other"],
    ] as const) {
      const mine = [...calls.values()].filter((call) => scope !== "trunk" || call.trunkId === id);
      const msOf = (call: Call) => (call.answeredAt === null ? 0 : (call.endedAt ?? at) - call.answeredAt);
      const used = usedBy(state.outgoing, scope, id, at);
      expect(used.calls).toBe(mine.length);
      expect(used.atOnce).toBe(mine.filter((call) => call.endedAt === null).length);
      expect(used.ms).toBe(mine.reduce((sum, call) => sum + msOf(call), 0));
      const spent = mine.reduce((sum, call) => sum + (msOf(call) * call.price) / 60_000, 0);
      expect(used.spent).toBeCloseTo(spent, 3);
    }
  }

  it("[O31] the day ends at the centre's midnight, told or not; what goes on counts from there", () => {
    const state = centre();
    const evening = monday + 13 * hour; // 23:00 in Sofia
    foldOutgoingStarted(state, started("leg", "carrier", 60_000), evening);
    foldOutgoingAnswered(state, { kind: "legAnswered", legId: "leg", contactId: "c", trunkId: null }, evening);
    const night = evening + 2 * hour;
    const used = { atOnce: 1, calls: 0, ms: hour, spent: 60 * 60_000 };
    expect(usedBy(state.outgoing, "centre", null, night)).toEqual(used);
    turnDay(state, night);
    expect(usedBy(state.outgoing, "centre", null, night)).toEqual(used);
    foldOutgoingEnded(state, "leg", night + hour);
    expect(usedBy(state.outgoing, "person", "anna", night + hour)).toEqual({
      atOnce: 0,
      calls: 0,
      ms: 2 * hour,
      spent: 120 * 60_000,
    });
    expect(state.deadlines.get("outgoing-day:")).toBe(undefined);
  });
});
