import { describe, expect, it } from "vitest";
import { evolve } from "../evolve.ts";
import { settle } from "../settle.ts";
import { step } from "../step.ts";
import { testConfig, testQueue } from "../testing/config.ts";
import { TestCentre } from "../testing/harness.ts";
import { abandonContact } from "../voice/arrive.ts";
import { follow, newDraft } from "./draft.ts";

const anna = { kind: "operator", operatorId: "anna" };

describe("what follows of a decision", () => {
  it("[F1] a caller is let ring only after all that the call's start led to", () => {
    const steps = {
      direct: { kind: "transfer", target: anna, otherwise: "bye" },
      bye: { kind: "play", prompts: [{ kind: "sound", name: "goodbye" }], next: null },
    };
    const centre = new TestCentre(testConfig({}, steps));
    centre.call();
    expect(centre.kinds.slice(2)).toEqual([
      "scenarioEntered",
      "stepEntered",
      "transferred",
      "legAnswered",
      "stepEntered",
    ]);
  });

  it("[F2] nothing follows of a contact that has ended", () => {
    const centre = new TestCentre();
    const contactId = centre.call();
    const draft = newDraft(centre.state, 9, centre.at, { kind: "tick" }, evolve);
    follow(draft, { kind: "stepReached", contactId, stepId: null });
    follow(draft, { kind: "targetFailed", contactId, code: "BUSY" });
    abandonContact(draft, contactId);
    const { length } = draft.facts;
    settle(draft);
    expect([draft.facts.slice(length), draft.fault]).toEqual([[], null]);
    expect(() => follow(draft, { kind: "stepReached", contactId, stepId: null })).toThrow("a contact that is there");
  });

  it("[F3] a bug in what follows ends its contact alone", () => {
    const centre = new TestCentre();
    const [broken, other] = [centre.call(), centre.call()];
    Object.defineProperty(centre.contact(broken), "messageLeft", {
      get: () => {
        throw new Error("broken");
      },
    });
    const seq = centre.entries.length + 1;
    const config = testConfig({ version: 2, queues: [] });
    const { facts, fault } = step(centre.state, seq, centre.at, { kind: "configured", config });
    expect(fault).toBe("broken");
    const ends = facts.flatMap((fact) => (fact.kind === "contactEnded" ? [[fact.contactId, fact.code]] : []));
    expect(ends).toEqual([
      [broken, "SCENARIO_FAILED"],
      [other, "SCENARIO_ENDED"],
    ]);
  });

  it("[F4] [S13] a circle of targets that can't be rung ends after 100 steps", () => {
    const centre = new TestCentre(testConfig({}, { direct: { kind: "transfer", target: anna, otherwise: "direct" } }));
    const contactId = centre.call();
    expect(centre.facts("stepEntered").length).toBe(100);
    expect(centre.last.facts.length).toBeLessThan(300);
    expect(centre.endOf(contactId)).toBe("SCENARIO_FAILED");
  });

  it("[F4] [S13] nor does one of queues that take nobody and targets that can't be rung", () => {
    const steps = {
      queue: { kind: "queue", queueId: "sales", otherwise: "direct" },
      direct: { kind: "transfer", target: { kind: "queue", queueId: "sales" }, otherwise: "queue" },
    };
    const queues = [testQueue({ leaveWhenNobody: true })];
    const centre = new TestCentre(testConfig({ queues }, steps));
    const contactId = centre.call();
    expect(centre.facts("stepEntered").length).toBe(100);
    expect(centre.endOf(contactId)).toBe("SCENARIO_FAILED");
  });
});
