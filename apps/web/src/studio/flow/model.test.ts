import type { Scenario } from "@centrala/contract";
import { validateScenario } from "@centrala/domain";
import { describe, expect, it } from "vitest";
import { insertStep, keysAskedFor, lostSteps, newFlow, outlineOf, removeStep, stepKinds, withExit } from "./model.ts";

const refs = { hoursId: "main", queueId: "main", language: "en" as const };
const flow = newFlow("Main", "own", refs);
const lines = (of: Scenario) =>
  outlineOf(of).map(
    (row) => `${" ".repeat(row.depth)}${row.to.kind === "end" ? "end" : `${row.to.kind} ${row.to.stepId}`}`,
  );
const problems = (of: Scenario) =>
  validateScenario(of, {
    queues: new Set(["main"]),
    hours: new Set(["main"]),
    prompts: new Set(),
    operators: new Set(),
    sounds: null,
  });

describe("the outline of a call flow", () => {
  it("continues at one depth, and goes deeper where the ways part", () => {
    expect(lines(flow)).toEqual(["step greeting", "step queue", " step goodbye"]);
  });

  it("names a step that was met already instead of drawing it again", () => {
    const circle = withExit(flow, { from: "queue", field: "otherwise" }, "greeting");
    expect(lines(circle)).toEqual(["step greeting", "step queue", " goto greeting"]);
    expect(lostSteps(circle)).toEqual(["goodbye"]);
  });
});

describe("changing a call flow", () => {
  it("puts a new step before what was there, at the start, too", () => {
    const { flow: next, stepId } = insertStep(flow, "start", "hours", refs);
    expect(stepId).toBe("hours");
    expect(lines(next)).toEqual(["step hours", " step greeting", " step queue", "  step goodbye", " end"]);
  });

  it("joins both ends when a step is taken out", () => {
    expect(lines(removeStep(flow, "greeting"))).toEqual(["step queue", " step goodbye"]);
    expect(lines(removeStep(flow, "goodbye"))).toEqual(["step greeting", "step queue", " end"]);
  });

  it("ends the call where a menu's key would lead to nothing", () => {
    const { flow: withMenu } = insertStep(flow, { from: "queue", field: "otherwise" }, "menu", refs);
    const removed = removeStep(withMenu, "goodbye");
    expect(problems(removed)).toEqual([]);
    expect(lines(removed)).toEqual(["step greeting", "step queue", " step menu", "  step hang-up", "  goto hang-up"]);
  });

  it("never removes the last step", () => {
    const one: Scenario = {
      ...flow,
      start: "goodbye",
      steps: { goodbye: { kind: "hang-up", label: "", prompts: [] } },
    };
    expect(removeStep(one, "goodbye")).toEqual(one);
  });

  it.each(stepKinds)("keeps the flow without mistakes when a step of kind %s is put in", (kind) => {
    const { flow: next } = insertStep(flow, { from: "queue", field: "otherwise" }, kind, refs);
    const left =
      kind === "hang-up" || kind === "menu"
        ? problems(next).filter((each) => !each.message.includes("leads"))
        : problems(next);
    expect(left).toEqual([]);
  });
});

describe("keys that a menu's prompt asks for", () => {
  it.each([
    ["For orders, press 1. For support, press 2. To wait, press 0.", ["1", "2", "0"]],
    ["Чтобы сделать заказ, нажмите 1. Нажмите # в конце.", ["1", "#"]],
    ["За поръчки натиснете 1. Обадете се на 0700 11 122.", ["1"]],
    ["Please press 10 times", []],
  ])("%s", (text, keys) => {
    expect(keysAskedFor(text)).toEqual(keys);
  });
});
