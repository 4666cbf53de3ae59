import { describe, expect, it } from "vitest";
import { testConfig, testQueue, testScenario } from "../testing/config.ts";
import { promptMs, TestCentre } from "../testing/harness.ts";
import { callerTests } from "./caller-tests.ts";

const sound = (name: string) => ({ kind: "sound", name });
const menu = {
  menu: {
    kind: "menu",
    prompts: [sound("menu-main")],
    choices: [
      { key: "1", next: "orders", label: "Orders" },
      { key: "2", next: "support" },
    ],
    attempts: 2,
    otherwise: "bye",
  },
  orders: { kind: "wait", durationMs: 60_000, next: null },
  support: { kind: "wait", durationMs: 60_000, next: null },
  bye: { kind: "hang-up", prompts: [sound("goodbye")] },
};

function stepsOf(centre: TestCentre): string[] {
  return centre.facts("stepEntered").map((fact) => fact.stepId);
}

describe("scenario", () => {
  it("[S1] the first playing step answers; before it the caller hears ringing", () => {
    const centre = new TestCentre(
      testConfig(
        {},
        {
          wait: { kind: "wait", durationMs: 1_000, next: "say" },
          say: { kind: "play", prompts: [sound("greeting")], next: null },
        },
      ),
    );
    const contactId = centre.call();
    expect(centre.effects).toEqual([{ kind: "ringLeg", legId: `${contactId}-leg` }]);
    centre.advance(1_000);
    expect(centre.last.effects).toEqual([
      { kind: "answerLeg", legId: `${contactId}-leg` },
      {
        kind: "play",
        playId: "play3-1",
        legId: `${contactId}-leg`,
        items: [{ kind: "sound", name: "greeting", language: "en" }],
        loop: false,
      },
    ]);
    centre.advance(promptMs);
    expect(centre.endOf(contactId)).toBe("SCENARIO_ENDED");
  });

  it("[S2] a key leads on, and what was chosen is kept", () => {
    const centre = new TestCentre(testConfig({}, menu));
    const contactId = centre.call();
    expect(centre.asked("collectKeys")).toEqual([
      {
        kind: "collectKeys",
        collectId: "collect2-2",
        legId: `${contactId}-leg`,
        keysMax: 1,
        terminator: null,
        firstKeyTimeoutMs: 6_000,
        nextKeyTimeoutMs: 6_000,
        bargeIn: true,
        sensitive: false,
        afterPlayId: "play2-1",
      },
    ]);
    centre.press(contactId, "1");
    expect(stepsOf(centre)).toEqual(["menu", "orders"]);
    expect(centre.contact(contactId).choices).toEqual(["Orders"]);
  });

  it("[S3] wrong keys and silence are said and asked again, then otherwise", () => {
    const centre = new TestCentre(testConfig({}, menu));
    const contactId = centre.call();
    centre.press(contactId, "9");
    expect(
      centre
        .asked("play")
        .at(-1)
        ?.items.map((item) => (item.kind === "sound" ? item.name : "")),
    ).toEqual(["menu-invalid", "menu-main"]);
    expect(centre.facts("stepEntered").at(-1)?.attempt).toBe(2);
    centre.pressNothing(contactId);
    expect(stepsOf(centre)).toEqual(["menu", "menu", "bye"]);
    centre.advance(promptMs);
    expect(centre.endOf(contactId)).toBe("SCENARIO_ENDED");
  });

  it("[S4] keys go into a variable, too few of them are asked for again", () => {
    const ask = {
      kind: "collect",
      prompts: [sound("enter-number")],
      into: "order",
      keysMin: 3,
      keysMax: 6,
      next: "test",
      otherwise: null,
    };
    const test = {
      kind: "test",
      variable: "order",
      operator: "starts-with",
      value: "77",
      then: "good",
      otherwise: null,
    };
    const centre = new TestCentre(testConfig({}, { ask, test, good: { kind: "wait", durationMs: 1_000, next: null } }));
    const contactId = centre.call();
    centre.press(contactId, "77");
    centre.press(contactId, "7712");
    expect(stepsOf(centre)).toEqual(["ask", "ask", "test", "good"]);
    expect(centre.contact(contactId).variables).toEqual({ order: "7712" });
  });

  it("[S5] sensitive keys never stand in facts, variables or choices", () => {
    const ask = {
      kind: "collect",
      prompts: [],
      into: "pin",
      keysMax: 4,
      sensitive: true,
      next: "hold",
      otherwise: null,
    };
    const centre = new TestCentre(testConfig({}, { ask, hold: { kind: "wait", durationMs: 1_000, next: null } }));
    const contactId = centre.call();
    expect(centre.asked("collectKeys")[0]?.sensitive).toBe(true);
    const collectId = centre.collectOf(contactId);
    // Even if the shell should hand them over by mistake.
    centre.send({ kind: "keysCollected", collectId, outcome: "keys", keys: "4711", reference: "secret-1", length: 4 });
    expect(JSON.stringify(centre.facts("keysEntered", "variableSet"))).not.toContain("4711");
    expect(centre.contact(contactId).variables).toEqual({ pin: "secret-1" });
    expect(centre.contact(contactId).choices).toEqual([]);
  });

  it("[S7] variables are set and tested, and the language changes what is spoken", () => {
    const steps = {
      set: { kind: "set", variable: "vip", value: "yes", next: "test" },
      test: { kind: "test", variable: "vip", operator: "equals", value: "yes", then: "empty", otherwise: null },
      empty: { kind: "test", variable: "other", operator: "is-empty", then: "language", otherwise: null },
      language: { kind: "language", language: "bg", next: "check" },
      check: { kind: "test", variable: "language", operator: "equals", value: "bg", then: "say", otherwise: null },
      say: { kind: "play", prompts: [sound("greeting")], next: null },
    };
    const centre = new TestCentre(testConfig({}, steps));
    centre.call();
    expect(stepsOf(centre)).toEqual(Object.keys(steps));
    expect(centre.asked("play")[0]?.items).toEqual([{ kind: "sound", name: "greeting", language: "bg" }]);
  });

  it("[S8] a wait goes on when its time is over", () => {
    const centre = new TestCentre(
      testConfig(
        {},
        { one: { kind: "wait", durationMs: 500, next: "two" }, two: { kind: "wait", durationMs: 500, next: null } },
      ),
    );
    const contactId = centre.call();
    centre.advance(499);
    expect(stepsOf(centre)).toEqual(["one"]);
    centre.advance(1);
    expect(stepsOf(centre)).toEqual(["one", "two"]);
    centre.advance(500);
    expect(centre.endOf(contactId)).toBe("SCENARIO_ENDED");
  });

  it("[S9] the recording is told once before the queue, and operators ring after it", () => {
    const centre = new TestCentre(testConfig({ recordCalls: true }));
    centre.online("anna");
    const contactId = centre.call();
    expect(centre.asked("play").map((effect) => effect.items)).toEqual([
      [{ kind: "sound", name: "recording-notice", language: "en" }],
    ]);
    expect(centre.stateOf("anna")).toBe("available");
    centre.advance(promptMs);
    expect(centre.stateOf("anna")).toBe("offered");
    expect(centre.contact(contactId).noticeHeard).toBe(true);
  });

  it("[S9] a scenario that tells it itself is not told twice", () => {
    const say = { kind: "play", prompts: [sound("greeting"), sound("recording-notice")], next: "queue" };
    const queue = { kind: "queue", queueId: "sales", otherwise: null };
    const centre = new TestCentre(testConfig({ recordCalls: true }, { say, queue }));
    centre.online("anna");
    centre.call();
    centre.advance(2 * promptMs);
    expect(centre.stateOf("anna")).toBe("offered");
  });

  it("[S10] a message is recorded after the beep, until hang-up", () => {
    const centre = new TestCentre(
      testConfig({}, { vm: { kind: "voicemail", prompts: [sound("leave-message")], next: null } }),
    );
    const contactId = centre.call();
    expect(centre.asked("play")[0]?.items.at(-1)).toEqual({ kind: "tone", tone: "beep", country: "BG" });
    centre.advance(2 * promptMs);
    expect(centre.asked("record")).toEqual([
      {
        kind: "record",
        recordingId: "rec3-1",
        contactId,
        customerLegId: `${contactId}-leg`,
        operatorLegIds: [],
        longestMs: 120_000,
      },
    ]);
    centre.advance(5_000);
    centre.legEnds(`${contactId}-leg`);
    expect(centre.facts("recordingStarted")).toMatchObject([{ voicemail: true }]);
    expect(centre.endOf(contactId)).toBe("VOICEMAIL_LEFT");
  });

  it("[S10] the message says in which queue it stands, where the step names one", () => {
    const leave = (queueId: string | null) => {
      const centre = new TestCentre(testConfig({}, { vm: { kind: "voicemail", prompts: [], queueId, next: null } }));
      centre.call();
      centre.advance(promptMs);
      return centre.facts("recordingStarted");
    };
    const fact = { kind: "recordingStarted", contactId: "call-1", recordingId: "rec3-1", voicemail: true };
    expect(leave("sales")).toEqual([{ ...fact, queueId: "sales" }]);
    expect(leave(null)).toEqual([{ ...fact, queueId: null }]);
  });

  it("[S10] or until its longest time, after which the scenario goes on", () => {
    const steps = {
      vm: { kind: "voicemail", prompts: [], durationMsMax: 5_000, next: "bye" },
      bye: { kind: "hang-up", prompts: [sound("goodbye")] },
    };
    const centre = new TestCentre(testConfig({}, steps));
    const contactId = centre.call();
    centre.advance(promptMs + 5_000);
    expect(stepsOf(centre)).toEqual(["vm", "vm", "bye"]);
    expect(centre.facts("recordingStopped").length).toBe(1);
    centre.advance(promptMs);
    expect(centre.endOf(contactId)).toBe("VOICEMAIL_LEFT");
  });

  it("[S31] or until the disk is full: nobody speaks into nothing", () => {
    const steps = {
      vm: { kind: "voicemail", prompts: [], next: "bye" },
      bye: { kind: "hang-up", prompts: [sound("goodbye")] },
    };
    for (const end of [
      { kind: "recordingClosed", durationMs: 900, bytes: 14_444, sha256: "00" },
      { kind: "recordingFailed", code: "RECORDING_DISK_FULL" },
    ] as const) {
      const centre = new TestCentre(testConfig({}, steps));
      const contactId = centre.call();
      centre.advance(promptMs);
      centre.send({ ...end, recordingId: centre.contact(contactId).recordingId ?? "" });
      expect(stepsOf(centre)).toEqual(["vm", "vm", "bye"]);
      centre.advance(promptMs);
      expect(centre.endOf(contactId)).toBe("VOICEMAIL_LEFT");
    }
  });

  it("[S11] a transfer step rings its operator, and goes on when nobody answers", () => {
    const steps = {
      direct: {
        kind: "transfer",
        target: { kind: "operator", operatorId: "anna" },
        ringTimeoutMs: 10_000,
        otherwise: "outside",
      },
      outside: { kind: "transfer", target: { kind: "number", number: "0888" }, otherwise: "bye" },
      bye: { kind: "hang-up", prompts: [sound("goodbye")] },
    };
    const centre = new TestCentre(testConfig({}, steps));
    centre.online("anna");
    const contactId = centre.call({ outsideAddressIds: { "0888": "address-0888" } });
    expect(centre.stateOf("anna")).toBe("offered");
    expect(centre.asked("ringLeg").length).toBe(1);
    centre.advance(10_000);
    expect(centre.asked("dialTrunk")).toMatchObject([{ addressId: "address-0888", ringTimeoutMs: 30_000 }]);
    centre.legEnds(centre.asked("dialTrunk")[0]?.legId ?? "", "NO_ANSWER");
    expect(stepsOf(centre)).toEqual(["direct", "outside", "bye"]);
    centre.advance(promptMs);
    expect(centre.endOf(contactId)).toBe("SCENARIO_ENDED");
  });

  it("[S11] an operator who answers a transfer step is connected with a call answered then", () => {
    const direct = { kind: "transfer", target: { kind: "operator", operatorId: "anna" }, otherwise: null };
    const centre = new TestCentre(testConfig({}, { direct }));
    centre.online("anna");
    const contactId = centre.call();
    const { effects } = centre.accept("anna");
    expect(effects.map((effect) => effect.kind)).toEqual(["answerLeg", "setRoom"]);
    expect(centre.telephony.heardBy(`${contactId}-leg`)).toEqual([centre.headsetOf("anna")]);
  });

  it("[S11] a transfer step to a queue goes on when the wait was too long", () => {
    const steps = {
      direct: { kind: "transfer", target: { kind: "queue", queueId: "sales" }, otherwise: "bye" },
      bye: { kind: "hang-up", prompts: [sound("goodbye")] },
    };
    const centre = new TestCentre(testConfig({ queues: [testQueue({ waitMsMax: 60_000 })] }, steps));
    const contactId = centre.call();
    centre.advance(59_999);
    expect(stepsOf(centre)).toEqual(["direct"]);
    centre.advance(1);
    expect(centre.facts("queueLeft")).toMatchObject([{ contactId, queueId: "sales", reason: "timeout" }]);
    expect(stepsOf(centre)).toEqual(["direct", "bye"]);
    centre.advance(promptMs);
    expect(centre.endOf(contactId)).toBe("SCENARIO_ENDED");
  });

  it("[S12] hanging up without a word refuses a call that was never answered", () => {
    const centre = new TestCentre(testConfig({}, { bye: { kind: "hang-up" } }));
    const contactId = centre.call();
    expect(centre.effects).toEqual([{ kind: "dropLeg", legId: `${contactId}-leg`, code: "DROPPED" }]);
    expect(centre.endOf(contactId)).toBe("SCENARIO_ENDED");
  });

  it("[S13] a circle without waiting and a missing step end as SCENARIO_FAILED", () => {
    const circle = {
      a: { kind: "set", variable: "x", value: "1", next: "b" },
      b: { kind: "set", variable: "x", value: "2", next: "a" },
    };
    const centre = new TestCentre(testConfig({}, circle));
    const contactId = centre.call();
    expect(centre.facts("stepEntered").length).toBe(100);
    expect(centre.endOf(contactId)).toBe("SCENARIO_FAILED");
    const missing = new TestCentre(testConfig({}, { a: { kind: "set", variable: "x", value: "1", next: "none" } }));
    expect(missing.endOf(missing.call())).toBe("SCENARIO_FAILED");
  });

  it("[S14] a running contact keeps its version of the scenario", () => {
    const centre = new TestCentre(testConfig({}, menu));
    const contactId = centre.call();
    const other = { menu: { kind: "hang-up" } };
    centre.send({ kind: "configured", config: testConfig({ version: 2, scenarios: [testScenario(other)] }) });
    centre.press(contactId, "2");
    expect(centre.contact(contactId).phase).toMatchObject({ kind: "scenario", stepId: "support" });
    expect([...centre.state.scenarioVersions.keys()]).toEqual(["main@1"]);
    centre.legEnds(`${contactId}-leg`);
    expect([...centre.state.scenarioVersions.keys()]).toEqual([]);
  });

  it("[S15] a prompt or collection that never ends is given up after ten minutes", () => {
    const centre = new TestCentre(testConfig({}, menu));
    const contactId = centre.call();
    centre.advance(600_000);
    expect(stepsOf(centre)).toEqual(["menu", "bye"]);
    expect(centre.asked("stopCollect").length).toBe(1);
    centre.advance(promptMs);
    expect(centre.endOf(contactId)).toBe("SCENARIO_ENDED");
  });

  it("[S16] the caller's number is tested without standing in the journal", () => {
    const steps = {
      abroad: {
        kind: "test",
        variable: "caller",
        operator: "starts-with",
        value: "+359",
        then: "home",
        otherwise: "away",
      },
      home: { kind: "wait", durationMs: 1_000, next: null },
      away: { kind: "wait", durationMs: 1_000, next: null },
    };
    const scenario = testScenario(steps);
    const tests = (caller: string | null) => callerTests(scenario, { caller, called: null });
    const centre = new TestCentre(testConfig({ scenarios: [scenario] }));
    centre.call({ callerTests: tests("+35921234567") });
    centre.call({ callerTests: tests("+49301234567") });
    centre.call({ callerTests: tests(null) });
    centre.call();
    expect(stepsOf(centre).filter((stepId) => stepId !== "abroad")).toEqual(["home", "away", "away", "away"]);
    expect(JSON.stringify(centre.entries.slice(1))).not.toContain("+359");
  });
});
