import type { Fact } from "@centrala/contract";
import { describe, expect, it } from "vitest";
import { startOfDay, Today } from "./today.ts";

/** 2026-03-28, 12:00 in Sofia; the next day clocks are put forward. */
const noon = Date.UTC(2026, 2, 28, 10);
const hour = 3_600_000;
const today = () =>
  new Today(
    () => "Europe/Sofia",
    () => 20_000,
  );
const enqueued = (contactId: string): Fact => ({
  kind: "enqueued",
  contactId,
  queueId: "q",
  priority: 50,
  stepId: null,
  since: noon,
});
const left = (contactId: string, reason: "answered" | "abandoned" | "overflow", waitedMs: number): Fact => ({
  kind: "queueLeft",
  contactId,
  queueId: "q",
  reason,
  waitedMs,
});
const talked = (contactId: string, talkMs: number): Fact => ({
  kind: "talkEnded",
  contactId,
  operatorId: "o",
  talkMs,
  holdMs: 0,
});

describe("the day's figures", () => {
  it("count offered, answered, answered in time and abandoned, each contact once", () => {
    const figures = today();
    const facts = [
      enqueued("a"),
      left("a", "answered", 20_000),
      enqueued("b"),
      left("b", "answered", 20_001),
      enqueued("c"),
      left("c", "abandoned", 5),
      enqueued("d"),
      left("d", "overflow", 5),
      talked("a", 1_000),
      talked("b", 500),
    ];
    for (const fact of [...facts, ...facts]) figures.fold(fact, noon);
    expect(figures.queue("q", noon)).toEqual({ offered: 4, answered: 2, abandoned: 1, answeredWithin: 1 });
    expect(figures.operator("o", noon)).toEqual({ contacts: 2, talkMs: 1_500 });
    expect(figures.queue("other", noon)).toEqual({ offered: 0, answered: 0, abandoned: 0, answeredWithin: 0 });
  });

  it("begin anew at midnight where the centre is, also when clocks change", () => {
    const figures = today();
    figures.fold(enqueued("a"), noon);
    const midnight = Date.UTC(2026, 2, 28, 22);
    expect(startOfDay(midnight, "Europe/Sofia")).toBe(midnight);
    expect(startOfDay(midnight + 23 * hour, "Europe/Sofia")).toBe(midnight + 23 * hour);
    expect(figures.queue("q", midnight - 1).offered).toBe(1);
    expect(figures.queue("q", midnight).offered).toBe(0);
    figures.fold(enqueued("b"), midnight + 22 * hour);
    expect([
      figures.queue("q", midnight + 23 * hour - 1).offered,
      figures.queue("q", midnight + 23 * hour).offered,
    ]).toEqual([1, 0]);
  });
});
