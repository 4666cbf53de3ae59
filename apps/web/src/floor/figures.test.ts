import { describe, expect, it } from "vitest";
import {
  type FloorOperator,
  type FloorQueue,
  figuresOf,
  filterOperators,
  levelTone,
  needsHelp,
  noFilter,
  serviceLevel,
  sortOperators,
  sortQueues,
} from "./figures.ts";

const queue = (over: Partial<FloorQueue>): FloorQueue => ({
  id: "q",
  name: "Orders",
  clientName: "A",
  waiting: 0,
  longestSince: null,
  free: 1,
  onDuty: 2,
  offered: 0,
  answered: 0,
  abandoned: 0,
  voicemail: 0,
  other: 0,
  answeredWithin: 0,
  target: { percent: 80, withinMs: 20_000 },
  ...over,
});
const operator = (id: string, over: Partial<FloorOperator>): FloorOperator => ({
  id,
  name: id,
  state: "available",
  since: 0,
  detail: null,
  contactId: null,
  queueName: null,
  clientName: null,
  device: "headset",
  held: false,
  ...over,
});

describe("figures of the floor", () => {
  it("count the service level over answered and abandoned, and have none before the first call", () => {
    expect(serviceLevel(queue({}))).toBeNull();
    expect(serviceLevel(queue({ answered: 8, abandoned: 2, answeredWithin: 7 }))).toBe(70);
    expect([80, 70, 69].map((level) => levelTone(level, 80))).toEqual(["available", "offered", "trouble"]);
  });

  it("add up over what is shown", () => {
    const queues = [
      queue({
        id: "a",
        waiting: 2,
        longestSince: 50,
        offered: 13,
        answered: 8,
        abandoned: 2,
        voicemail: 1,
        other: 2,
        answeredWithin: 8,
      }),
      queue({ id: "b", waiting: 1, longestSince: 20, offered: 4, answered: 1, abandoned: 3, answeredWithin: 1 }),
    ];
    const operators = [operator("1", {}), operator("2", { state: "talking" }), operator("3", { state: "offline" })];
    operators.push(operator("4", { device: "none" }));
    expect(figuresOf(queues, operators)).toEqual({
      waiting: 3,
      longestSince: 20,
      kept: 1,
      queues: 2,
      offered: 17,
      answered: 9,
      abandoned: 5,
      voicemail: 1,
      other: 2,
      states: { offline: 1, available: 2, offered: 0, talking: 1, "wrap-up": 0, break: 0 },
      onDuty: 3,
      free: 1,
    });
  });

  it("call for help only when somebody waits beyond the target and nobody is free", () => {
    const waiting = { waiting: 1, longestSince: 0, free: 0 };
    expect(needsHelp(queue(waiting), 20_001)).toBe(true);
    expect(needsHelp(queue(waiting), 20_000)).toBe(false);
    expect(needsHelp(queue({ ...waiting, free: 1 }), 60_000)).toBe(false);
  });

  it("put queues in trouble first, then the longest wait", () => {
    const queues = [
      queue({ id: "calm", name: "A" }),
      queue({ id: "short", waiting: 1, longestSince: 90_000 }),
      queue({ id: "trouble", waiting: 1, longestSince: 95_000, free: 0, target: { percent: 80, withinMs: 1_000 } }),
    ];
    expect(sortQueues(queues, 100_000).map((each) => each.id)).toEqual(["trouble", "short", "calm"]);
  });

  it("put operators who need somebody first, the longest in a state before the others", () => {
    const operators = [
      operator("free", {}),
      operator("talks-long", { state: "talking", since: 1 }),
      operator("talks", { state: "talking", since: 5 }),
      operator("stranded", { device: "none", since: 9 }),
      operator("rings", { state: "offered", since: 9 }),
    ];
    expect(sortOperators(operators).map((each) => each.id)).toEqual([
      "stranded",
      "rings",
      "talks-long",
      "talks",
      "free",
    ]);
  });

  it("hide who is offline until asked for by state or name", () => {
    const operators = [operator("Ana", {}), operator("Boris", { state: "offline" })];
    const shown = (filter: Partial<typeof noFilter>, members: ReadonlySet<string> | null = null) =>
      filterOperators(operators, { ...noFilter, ...filter }, members).map((each) => each.id);
    expect(shown({})).toEqual(["Ana"]);
    expect(shown({ state: "offline" })).toEqual(["Boris"]);
    expect(shown({ text: "bor" })).toEqual(["Boris"]);
    expect(shown({}, new Set(["Boris"]))).toEqual([]);
  });
});
