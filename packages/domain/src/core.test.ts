import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fold, replay } from "./replay.ts";
import { fromSnapshot, toSnapshot } from "./snapshot.ts";
import { nextDeadline, step } from "./step.ts";
import { checkInvariants } from "./testing/invariants.ts";
import { playMoves } from "./testing/moves.ts";

const number = fc.integer({ min: 0, max: 1_000_000 });
const moves = fc.array(fc.tuple(fc.noBias(number), fc.noBias(number), fc.noBias(number)), {
  minLength: 30,
  maxLength: 300,
  size: "max",
});
const seed = 4711;

describe("the core, whatever is put in", () => {
  it("keeps its invariants: one contact an operator, one queue a waiting contact, no command about a leg that is over", () => {
    fc.assert(
      fc.property(moves, (list) => void playMoves(list)),
      { seed, numRuns: 300 },
    );
  });

  it("is recovered by folding facts alone, and goes on from a snapshot as if nothing had been", () => {
    fc.assert(
      fc.property(moves, (list) => {
        const centre = playMoves(list);
        const live = toSnapshot(centre.state);
        expect(toSnapshot(fold(centre.entries))).toEqual(live);
        const again = fromSnapshot(live);
        if (again === undefined) throw new Error("the snapshot is refused");
        expect(nextDeadline(again)).toEqual(nextDeadline(centre.state));
        const at = (nextDeadline(again) ?? centre.at) + 1;
        const seq = centre.entries.length + 1;
        expect(step(again, seq, at, { kind: "tick" })).toEqual(step(centre.state, seq, at, { kind: "tick" }));
        expect(toSnapshot(again)).toEqual(toSnapshot(centre.state));
      }),
      { seed, numRuns: 60 },
    );
  });

  it("decides the same again when its journal is replayed", () => {
    fc.assert(
      fc.property(moves, (list) => {
        expect(replay(playMoves(list).entries)).toEqual([]);
      }),
      { seed, numRuns: 60 },
    );
  });

  it("ends every contact when all legs end, and leaves nobody offered or talking", () => {
    fc.assert(
      fc.property(moves, (list) => {
        const centre = playMoves(list);
        for (let round = 0; round < 20 && centre.telephony.legs.size > 0; round += 1) {
          for (const legId of [...centre.telephony.legs.keys()]) {
            if (centre.telephony.legs.has(legId)) centre.legEnds(legId);
          }
        }
        centre.advance(120_000);
        checkInvariants(centre);
        expect([...centre.state.contacts.keys()]).toEqual([]);
        expect([...centre.state.offers.keys()]).toEqual([]);
        for (const operatorId of centre.state.operators.keys()) {
          expect(["offline", "available", "break"]).toContain(centre.stateOf(operatorId));
        }
      }),
      { seed, numRuns: 100 },
    );
  });
});
