import type { CoreConfig } from "@centrala/contract";
import { describe, expect, it } from "vitest";
import { testConfig, testQueue, testScenario } from "../testing/config.ts";
import { TestCentre } from "../testing/harness.ts";
import { changedConfig, changeOfConfig, isEmptyChange } from "./change.ts";

const before = testConfig();
const dora = { id: "dora", extension: "10", skills: [], deviceIds: [] };
const inOrder = (operators: CoreConfig["operators"]) => [...operators].sort((a, b) => (a.id < b.id ? -1 : 1));

function changeTo(after: CoreConfig) {
  const change = changeOfConfig(before, after);
  if (change === null) throw new Error("it can be told by differences");
  // As the journal gives it back.
  expect(changedConfig(before, JSON.parse(JSON.stringify(change)))).toEqual(after);
  return change;
}

describe("a change of the configuration", () => {
  it("[CFG1] holds what is different and nothing else, whatever it is", () => {
    const [anna, boris, vera] = before.operators;
    if (anna === undefined || boris === undefined || vera === undefined) throw new Error("three operators");
    const after = testConfig({
      version: 2,
      recordCalls: true,
      operators: inOrder([{ ...anna, extension: "21" }, boris, dora]),
      numbers: [],
      scenarios: [...before.scenarios, testScenario({ end: { kind: "hang-up" } }, "night")],
    });
    expect(changeTo(after)).toEqual({
      from: 1,
      version: 2,
      settings: { recordCalls: true },
      lists: {
        operators: { put: [{ ...anna, extension: "21" }, dora], gone: ["vera"] },
        numbers: { put: [], gone: ["hotline"] },
        scenarios: { put: [testScenario({ end: { kind: "hang-up" } }, "night")], gone: [] },
      },
      members: [],
    });
    const same = changeTo(testConfig({ version: 3 }));
    expect([same, isEmptyChange(same)]).toEqual([{ from: 1, version: 3, settings: {}, lists: {}, members: [] }, true]);
    expect(() => changedConfig(after, same)).toThrow("for the version it was made of");
  });

  it("[CFG2] names the member of a queue, not the queue", () => {
    const operators = [
      { userId: "anna", tier: 2 },
      { userId: "boris", tier: 1 },
      { userId: "dora", tier: 1 },
    ];
    const { lists, members } = changeTo(testConfig({ version: 2, queues: [testQueue({ operators })] }));
    expect(lists).toEqual({});
    expect(members).toEqual([
      {
        queueId: "sales",
        put: [
          { userId: "anna", tier: 2 },
          { userId: "dora", tier: 1 },
        ],
        gone: ["vera"],
      },
    ]);
  });

  it("[CFG3] can't be told by differences when the order is another one", () => {
    expect(changeOfConfig(before, testConfig({ version: 2, operators: before.operators.toReversed() }))).toBe(null);
    const queue = testQueue({ operators: testQueue().operators.toReversed() });
    expect(changeOfConfig(before, testConfig({ version: 2, queues: [queue] }))?.lists.queues?.put).toEqual([queue]);
    const { outgoing: _none, ...without } = testConfig({ version: 2 });
    const limited = { ...before, outgoing: { offDuty: true } } as unknown as CoreConfig;
    expect(changeOfConfig(limited, without)).toBe(null);
  });

  it("[CFG4] counts from now on, as a whole configuration does", () => {
    const after = testConfig({ version: 2, operators: before.operators.slice(1), queues: [] });
    const outcomes = (
      [
        { kind: "configured", config: after },
        { kind: "configChanged", change: changeTo(after) },
      ] as const
    ).map((input) => {
      const centre = new TestCentre();
      centre.online("anna");
      centre.send(input);
      const facts = centre.last.facts.filter(({ kind }) => kind !== "configured" && kind !== "configChanged");
      return { facts, config: centre.state.config, queues: centre.state.queues };
    });
    expect(outcomes[0]?.facts).toEqual([
      {
        kind: "operatorChanged",
        operatorId: "anna",
        reasonId: null,
        byUserId: null,
        state: "offline",
        cause: "supervisor",
      },
    ]);
    expect(outcomes[1]).toEqual(outcomes[0]);
  });
});
