import { fold, replay, toSnapshot } from "@centrala/domain";
import { checkInvariants, TestCentre, testConfig, testQueue } from "@centrala/domain/testing";
import { SeededRandom } from "@centrala/kit";
import { describe, expect, it } from "vitest";

const operators = Array.from({ length: 8 }, (_, index) => `operator-${index}`);
const config = testConfig({
  operators: operators.map((id) => ({ id, extension: null, skills: [], deviceIds: [] })),
  queues: [testQueue({ operators: operators.map((userId, index) => ({ userId, tier: 1 + (index % 2) })) })],
});

/** An hour with a call every eight seconds on average; operators answer, decline or let it ring as dice say. */
function hour(seed: number): { centre: TestCentre; calls: string[] } {
  const centre = new TestCentre(config);
  const random = new SeededRandom(seed);
  const calls: string[] = [];
  centre.online(...operators);
  while (centre.at < centre.entries[0]!.at + 3_600_000) {
    if (random.below(8) === 0) calls.push(centre.call());
    for (const offer of [...centre.state.offers.values()]) {
      const dice = random.below(20);
      if (dice < 8) centre.accept(offer.operatorId);
      else if (dice === 8) centre.decline(offer.operatorId);
    }
    for (const contact of [...centre.state.contacts.values()]) {
      const waits = contact.phase.kind === "waiting";
      if (random.below(waits ? 300 : 60) === 0) centre.legEnds(`${contact.id}-leg`);
    }
    for (const id of operators)
      if (centre.stateOf(id) === "break" && random.below(30) === 0) centre.go(id, "available");
    centre.advance(1_000);
    checkInvariants(centre);
  }
  return { centre, calls };
}

describe("a busy hour", () => {
  it("loses nobody: every caller is answered, waits, or gave up, and the longest waiting is always next", () => {
    const { centre, calls } = hour(4711);
    const started = centre.facts("contactStarted").map((fact) => fact.contactId);
    const ended = centre.facts("contactEnded");
    expect(started).toEqual(calls);
    expect(calls.length).toBeGreaterThan(300);
    expect(ended.length + centre.state.contacts.size).toBe(calls.length);
    expect(new Set(ended.map((fact) => fact.code))).toEqual(new Set(["CUSTOMER_HUNG_UP", "ABANDONED_IN_QUEUE"]));
    expect(ended.filter((fact) => fact.answered).length).toBeGreaterThan(calls.length / 2);
  });

  it("is the same hour when folded or decided again", () => {
    const { centre } = hour(4712);
    expect(toSnapshot(fold(centre.entries))).toEqual(toSnapshot(centre.state));
    expect(replay(centre.entries)).toEqual([]);
  });
});
