import { defaultConfig, toCoreConfig } from "@centrala/domain";
import { checkInvariants, promptMs, TestCentre } from "@centrala/domain/testing";
import { describe, expect, it } from "vitest";

/** A new centre as the guide leaves it, with one operator and one number. */
function newCentre(): TestCentre {
  const made = defaultConfig({
    kind: "in-house",
    country: "BG",
    language: "bg",
    timeZone: "Europe/Sofia",
    name: "Bakery",
  });
  const core = toCoreConfig(made);
  const operators = [{ id: "anna", extension: null, skills: [], deviceIds: [] }];
  const queues = core.queues.map((queue) => ({ ...queue, operators: [{ userId: "anna", tier: 1 }] }));
  const numbers = [{ id: "hotline", trunkId: "carrier", clientId: "main", scenarioId: "main" }];
  return new TestCentre({ ...core, operators, queues, numbers, trunks: [{ id: "carrier", priority: 1 }] });
}

describe("the first call of a new centre", () => {
  it("is greeted, told of the recording, answered, recorded and remembered", () => {
    const centre = newCentre();
    centre.online("anna");
    const contactId = centre.call();
    centre.advance(2 * promptMs);
    expect(centre.stateOf("anna")).toBe("offered");
    centre.advance(3_000);
    centre.accept("anna");
    checkInvariants(centre);
    centre.advance(60_000);
    centre.send({ kind: "dispositionSet", contactId, operatorId: "anna", dispositionId: "solved" });
    centre.legEnds(`${contactId}-leg`);
    centre.advance(1_000);
    const story = centre.entries
      .flatMap((entry) => entry.facts)
      .filter((fact) => "contactId" in fact && fact.contactId === contactId);
    expect(story.map((fact) => fact.kind)).toEqual([
      "contactStarted",
      "legStarted",
      "scenarioEntered",
      "legAnswered",
      "stepEntered", // greeting and notice
      "stepEntered", // hours
      "hoursTested",
      "stepEntered", // queue
      "enqueued",
      "queueSpoke", // please wait
      "offerMade",
      "queueSpoke", // music
      "offerEnded",
      "queueLeft",
      "talkStarted",
      "recordingStarted",
      "dispositionSet",
      "legEnded",
      "recordingStopped",
      "talkEnded",
      "contactEnded",
      "wrapUpStarted",
      "recordingClosed",
    ]);
    const prompts = centre
      .asked("play")
      .map((effect) => effect.items.map((item) => ("name" in item ? item.name : item.kind)));
    expect(prompts).toEqual([["greeting", "recording-notice"], ["please-wait"], ["calm"]]);
  });

  it("in the evening leaves a message instead", () => {
    const centre = newCentre();
    centre.online("anna");
    centre.advance(9 * 3_600_000);
    const contactId = centre.call();
    centre.advance(5 * promptMs + 20_000);
    expect(centre.facts("recordingStarted")).toMatchObject([{ contactId, voicemail: true }]);
    centre.legEnds(`${contactId}-leg`);
    expect(centre.endOf(contactId)).toBe("VOICEMAIL_LEFT");
    expect(centre.facts("offerMade")).toEqual([]);
  });
});
