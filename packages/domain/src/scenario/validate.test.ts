import { say } from "@centrala/contract";
import { describe, expect, it } from "vitest";
import { type Steps, testScenario } from "../testing/config.ts";
import { validateScenario } from "./validate.ts";

const refs = {
  queues: new Set(["sales"]),
  hours: new Set(["office"]),
  prompts: new Set(["welcome"]),
  operators: new Set(["anna"]),
  sounds: new Set(["greeting"]),
};

function problems(steps: Steps): [string, string][] {
  return validateScenario(testScenario(steps), refs).map(({ field, message }) => [field, message]);
}

describe("checking a scenario", () => {
  it("[S20] finds nothing wrong with a sound one", () => {
    expect(
      problems({
        hours: { kind: "hours", hoursId: "office", open: "say", closed: null },
        say: { kind: "play", prompts: [{ kind: "prompt", promptId: "welcome" }], next: "queue" },
        queue: { kind: "queue", queueId: "sales", otherwise: "vm" },
        vm: { kind: "voicemail", prompts: [], next: "hours" },
      }),
    ).toEqual([]);
  });

  it("[S20] names what is not there", () => {
    expect(
      problems({
        hours: { kind: "hours", hoursId: "shop", open: "say", closed: "nowhere" },
        say: {
          kind: "play",
          prompts: [
            { kind: "sound", name: "x" },
            { kind: "prompt", promptId: "y" },
          ],
          next: "queue",
        },
        queue: { kind: "queue", queueId: "none", otherwise: "direct" },
        direct: { kind: "transfer", target: { kind: "operator", operatorId: "zoe" }, otherwise: null },
      }),
    ).toEqual([
      ["steps.hours.closed", 'there is no step "nowhere"'],
      ["steps.hours.hoursId", 'there are no hours "shop"'],
      ["steps.say.prompts.0", 'there is no sound "x"'],
      ["steps.say.prompts.1", 'there is no prompt "y"'],
      ["steps.queue.queueId", 'there is no queue "none"'],
      ["steps.direct.target.operatorId", 'there is no operator "zoe"'],
    ]);
  });

  it("[S20] names a start that is not there", () => {
    const scenario = { ...testScenario({ a: { kind: "hang-up" } }), start: "b" };
    expect(validateScenario(scenario, refs)).toEqual([
      { kind: "scenario", id: "main", field: "start", ...say("STEP_MISSING", { id: "b" }) },
      { kind: "scenario", id: "main", field: "steps.a", ...say("STEP_UNREACHED") },
    ]);
  });

  it("[S21] names steps that nothing leads to, keys twice, and circles without waiting", () => {
    expect(
      problems({
        menu: {
          kind: "menu",
          prompts: [],
          choices: [
            { key: "1", next: "one" },
            { key: "1", next: "two" },
          ],
          otherwise: null,
        },
        one: { kind: "play", prompts: [], next: "two" },
        two: { kind: "set", variable: "x", value: "", next: "one" },
        lonely: { kind: "hang-up" },
      }),
    ).toEqual([
      ["steps.menu.choices.1.key", "key 1 stands twice"],
      ["steps.lonely", "nothing leads to this step"],
      ["steps.one", "a call would run in a circle here without ever waiting or ending"],
    ]);
  });
});
