import type { JournalEntry } from "@centrala/contract";
import {
  emptyBook,
  foldSegments,
  loadBook,
  type RollupDelta,
  rollupDeltas,
  type Sums,
  saveBook,
} from "@centrala/domain";
import { type Move, movesConfig, playMoves, TestCentre, testConfig, testQueue } from "@centrala/domain/testing";
import { SeededRandom } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { DayFigures, LiveFigures, startOfDay } from "./figures.ts";

const sofia = () => "Europe/Sofia";
/** 2026-03-28, 12:00 in Sofia; the next day clocks are put forward. */
const noon = Date.UTC(2026, 2, 28, 10);
const hour = 3_600_000;
const delta = (at: number, sums: Sums): RollupDelta => ({
  key: { clientId: "shop", queueId: "q", operatorId: null, medium: "voice", slot: at },
  sums,
});

describe("the day's figures", () => {
  it("begin anew at midnight where the centre is, also when clocks change", () => {
    const day = new DayFigures(sofia);
    day.add(delta(noon, { offered: 1 }));
    const midnight = Date.UTC(2026, 2, 28, 22);
    expect(startOfDay(midnight + 23 * hour, "Europe/Sofia")).toBe(midnight + 23 * hour);
    expect([day.queue("q", midnight - 1), day.queue("q", midnight)]).toEqual([{ offered: 1 }, {}]);
    day.add(delta(midnight + 22 * hour, { offered: 1 }));
    expect([day.queue("q", midnight + 23 * hour - 1), day.queue("q", midnight + 23 * hour)]).toEqual([
      { offered: 1 },
      {},
    ]);
  });

  it("are not turned back by what comes late from the day before", () => {
    const day = new DayFigures(sofia);
    const midnight = Date.UTC(2026, 2, 28, 22);
    day.add(delta(midnight, { offered: 2 }));
    day.add(delta(midnight - 1, { offered: 1 }));
    expect(day.queue("q", midnight - 1)).toEqual({ offered: 2 });
  });

  it("count a contact that is handed on, and a caller who gives up in the second queue, alike before and after a restart", () => {
    const queues = [
      testQueue({ operators: [{ userId: "anna", tier: 1 }] }),
      testQueue({ id: "support", operators: [{ userId: "vera", tier: 1 }] }),
    ];
    const centre = new TestCentre(testConfig({ queues }));
    const one = centre.talk("anna");
    centre.advance(60_000);
    centre.transfer(one, "anna", { kind: "queue", queueId: "support" });
    centre.advance(30_000);
    centre.online("vera");
    centre.accept("vera");
    centre.advance(60_000);
    centre.hangUp(one, "vera");
    centre.go("vera", "offline");
    centre.send({ kind: "wrapUpFinished", contactId: one, operatorId: "anna" });
    const two = centre.call();
    centre.accept("anna");
    centre.advance(60_000);
    centre.transfer(two, "anna", { kind: "queue", queueId: "support" });
    centre.advance(30_000);
    centre.legEnds(`${two}-leg`);
    for (const at of [0, 5, centre.entries.length]) {
      const { day } = restartedAt(centre.entries, at);
      expect(day.queue("sales", centre.at)).toMatchObject({ offered: 2, answered: 2 });
      expect(day.queue("support", centre.at)).toMatchObject({ offered: 2, answered: 1, abandoned: 1 });
      expect(day.operator("anna", centre.at)).toMatchObject({ contacts: 2, serviceMs: 120_000 });
      expect(day.operator("vera", centre.at)).toMatchObject({ contacts: 1, serviceMs: 60_000 });
    }
  });
});

/** The figures of a server that started at this place of the journal: from roll-ups and the saved book, and the entries after. */
function restartedAt(entries: readonly JournalEntry[], place: number): LiveFigures {
  const book = emptyBook();
  const rollups = entries.slice(0, place).flatMap((entry) => foldSegments(book, entry).flatMap(rollupDeltas));
  const figures = new LiveFigures(sofia);
  const seq = entries[place - 1]?.seq ?? 0;
  figures.begin({ seq, book: loadBook(saveBook(book)) ?? emptyBook(), rollups });
  figures.catchUp();
  for (const entry of entries.slice(place)) figures.committed(entry);
  return figures;
}

function randomCentre(seed: number): TestCentre {
  const random = new SeededRandom(seed);
  const number = () => random.below(1_000_001);
  return playMoves(Array.from({ length: 60 + random.below(240) }, (): Move => [number(), number(), number()]));
}

const queueIds = movesConfig.queues.map((queue) => queue.id);
const shown = ["offered", "answered", "abandoned", "voicemail", "other"] as const;

/** Counted of the facts by hand, and by nothing else: how often a queue was left each way. */
function leftBy(entries: readonly JournalEntry[], queueId: string): Record<string, number> {
  const counts: Record<string, number> = { offered: 0, answered: 0, abandoned: 0, rest: 0 };
  for (const { facts } of entries) {
    for (const fact of facts) {
      if (fact.kind !== "queueLeft" || fact.queueId !== queueId) continue;
      const way = fact.reason === "answered" || fact.reason === "abandoned" ? fact.reason : "rest";
      counts["offered"] = (counts["offered"] ?? 0) + 1;
      counts[way] = (counts[way] ?? 0) + 1;
    }
  }
  return counts;
}

describe("what the floor shows", () => {
  it("equals the recomputation of the journal, at any instant and after any restart", () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const { entries, at } = randomCentre(seed);
      const random = new SeededRandom(seed);
      const upTo = entries.slice(0, 1 + random.below(entries.length));
      const whole = restartedAt(upTo, 0).day;
      const started = restartedAt(upTo, random.below(upTo.length)).day;
      for (const queueId of queueIds) {
        const sums = whole.queue(queueId, at);
        expect(started.queue(queueId, at)).toEqual(sums);
        const [offered = 0, answered = 0, abandoned = 0, voicemail = 0, other = 0] = shown.map(
          (name) => sums[name] ?? 0,
        );
        expect(answered + abandoned + voicemail + other).toBe(offered);
        const facts = { offered, answered, abandoned, rest: voicemail + other };
        expect(facts).toEqual(leftBy(upTo, queueId));
      }
      for (const { id } of movesConfig.operators) expect(started.operator(id, at)).toEqual(whole.operator(id, at));
    }
  });

  it("counts what is committed while the journal is still read, once", () => {
    const { entries, at } = randomCentre(7);
    const place = Math.floor(entries.length / 2);
    const figures = new LiveFigures(sofia);
    for (const entry of entries.slice(place - 3)) figures.committed(entry);
    figures.begin({ seq: 0, book: emptyBook(), rollups: [] });
    for (const entry of entries.slice(0, place - 5)) figures.count(entry);
    expect(figures.catchUp()).toBe(undefined);
    for (const entry of entries.slice(0, place)) figures.count(entry);
    expect(figures.catchUp()).not.toBe(undefined);
    for (const queueId of queueIds)
      expect(figures.day.queue(queueId, at)).toEqual(restartedAt(entries, 0).day.queue(queueId, at));
  });
});
