import type { PromptRef, Scenario } from "@centrala/contract";
import { SeededRandom } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { type Steps, testConfig, testQueue, testScenario } from "../testing/config.ts";
import { TestCentre } from "../testing/harness.ts";
import { callerTests } from "./caller-tests.ts";
import { moveTrial, startTrial, type Trial, type TrialGiven, type TrialMove } from "./trial.ts";

const sound = (name: string): PromptRef => ({ kind: "sound", name });
const given: TrialGiven = { caller: "+359888000001", called: "+35924000000", open: {}, notice: () => false };
const playing = (
  flow: Scenario | ReturnType<typeof testScenario>,
  change: Partial<TrialGiven>,
  ...moves: TrialMove[]
) => moves.reduce(moveTrial, startTrial(flow, { ...given, ...change }));
const on: TrialMove = { kind: "on" };
const keys = (text: string): TrialMove => ({ kind: "keys", keys: text });

const office: Steps = {
  welcome: { kind: "play", prompts: [sound("greeting")], next: "hours" },
  hours: { kind: "hours", hoursId: "office", open: "menu", closed: "message" },
  menu: {
    kind: "menu",
    prompts: [sound("menu-main")],
    choices: [{ key: "1", next: "orders", label: "Orders" }],
    attempts: 2,
    otherwise: "message",
  },
  orders: { kind: "queue", queueId: "sales", otherwise: "message" },
  message: { kind: "voicemail", prompts: [sound("leave-message")], durationMsMax: 60_000, next: "bye" },
  bye: { kind: "hang-up", prompts: [sound("goodbye")] },
};

describe("a trial of a flow", () => {
  it("[S30] says, asks and goes where a call would, and keeps the way", () => {
    const trial = playing(testScenario(office), { open: { office: true }, notice: () => true }, on, keys("1"));
    expect(trial.place).toEqual({
      kind: "speaking",
      stepId: "orders",
      says: [sound("recording-notice")],
      notice: true,
    });
    expect(moveTrial(trial, on).place).toEqual({ kind: "queue", stepId: "orders", queueId: "sales" });
    expect(trial.path).toEqual([
      { kind: "left", stepId: "welcome", field: "next" },
      { kind: "left", stepId: "hours", field: "open" },
      { kind: "left", stepId: "menu", field: "choices.0.next" },
    ]);
  });

  it("[S30] asks again, and goes the other way after the last attempt", () => {
    const again = playing(testScenario(office), { open: { office: true } }, on, keys("9"));
    expect(again.place).toMatchObject({ attempt: 2, says: [sound("menu-invalid"), sound("menu-main")] });
    const message = moveTrial(again, keys(""));
    expect([message.place, message.path.slice(-3)]).toEqual([
      { kind: "speaking", stepId: "message", says: [sound("leave-message")], notice: false },
      [
        { kind: "again", stepId: "menu", why: "menu-invalid" },
        { kind: "again", stepId: "menu", why: "menu-timeout" },
        { kind: "left", stepId: "menu", field: "otherwise" },
      ],
    ]);
  });

  it("[S30] is closed where the hours are not said to be open, and ends as a call does", () => {
    const recording = playing(testScenario(office), {}, on, on);
    expect(recording.place).toEqual({ kind: "recording", stepId: "message", durationMsMax: 60_000 });
    expect(moveTrial(recording, { kind: "hungUp" }).place).toEqual({ kind: "over", code: "VOICEMAIL_LEFT" });
    expect([on, on].reduce(moveTrial, recording).place).toEqual({ kind: "over", code: "VOICEMAIL_LEFT" });
  });

  it("[S30] takes no move that does not fit the place", () => {
    const menu = playing(testScenario(office), { open: { office: true } }, on);
    expect([on, { kind: "unanswered" } as const].map((move) => moveTrial(menu, move))).toEqual([menu, menu]);
    const over = moveTrial(menu, { kind: "hungUp" });
    expect(over.place).toEqual({ kind: "over", code: "ABANDONED_IN_SCENARIO" });
    expect(moveTrial(over, keys("1"))).toBe(over);
  });

  it("[S30] ends as failed in a circle without waiting, and where a step is not there", () => {
    const circle = { kind: "set", variable: "a", value: "1", next: "circle" };
    expect(playing(testScenario({ circle }), {}).place).toEqual({ kind: "over", code: "SCENARIO_FAILED" });
    const lost = { kind: "set", variable: "a", value: "1", next: "nowhere" };
    expect(playing(testScenario({ lost }), {}).place).toEqual({ kind: "over", code: "SCENARIO_FAILED" });
  });

  it("[S30] comes to what the core comes to, in whatever flow and whatever the caller does", () => {
    for (let seed = 0; seed < 600; seed += 1) expect(differences(seed)).toEqual([]);
  });
});

/** A flow of up to eight steps of every kind, each leading anywhere. */
function randomSteps(random: SeededRandom): Steps {
  const ids = ["a", "b", "c", "d", "e", "f", "g", "h"].slice(0, 2 + random.below(7));
  const to = () => (random.below(6) === 0 ? null : random.pick(ids));
  const prompts = () => {
    const names = ["greeting", "menu-main", "recording-notice"];
    return Array.from({ length: random.below(3) }, () => sound(random.pick(names)));
  };
  const tests = ["caller", "called", "language", "v"];
  const kinds: (() => Steps[string])[] = [
    () => ({ kind: "play", prompts: prompts(), next: to() }),
    () => ({
      kind: "menu",
      prompts: prompts(),
      choices: [
        { key: "1", next: random.pick(ids) },
        { key: "#", next: random.pick(ids) },
      ],
      attempts: 1 + random.below(3),
      otherwise: to(),
    }),
    () => ({
      kind: "collect",
      prompts: prompts(),
      into: "v",
      keysMin: 1 + random.below(2),
      keysMax: 3,
      attempts: 1 + random.below(3),
      next: to(),
      otherwise: to(),
    }),
    () => ({ kind: "hours", hoursId: random.pick(["office", "unknown"]), open: to(), closed: to() }),
    () => ({ kind: "set", variable: "v", value: random.pick(["1", "12", ""]), next: to() }),
    () => ({
      kind: "test",
      variable: random.pick(tests),
      operator: random.pick(["equals", "starts-with", "is-empty"]),
      value: random.pick(["1", "bg", "+359"]),
      // biome-ignore lint/suspicious/noThenProperty: a test step's exit has this name.
      then: to(),
      otherwise: to(),
    }),
    () => ({ kind: "wait", durationMs: 1_000, next: to() }),
    () => ({ kind: "language", language: random.pick(["en", "bg"]), next: to() }),
    () => ({ kind: "transfer", target: outside, ringTimeoutMs: 10_000, otherwise: to() }),
    () => ({ kind: "queue", queueId: "sales", otherwise: to() }),
    () => ({ kind: "voicemail", prompts: prompts(), durationMsMax: 5_000, next: to() }),
    () => ({ kind: "hang-up", prompts: prompts() }),
  ];
  return Object.fromEntries(ids.map((id) => [id, random.pick(kinds)()]));
}

const outside = { kind: "number", number: "+35924111111" };
const who = { caller: "+359888000001", called: null };

/** Plays one flow by the core and by the trial, and gives the first thing they disagree about. */
function differences(seed: number): unknown[] {
  const random = new SeededRandom(seed);
  const steps = randomSteps(random);
  const scenario = testScenario(steps);
  const recordCalls = random.below(2) === 0;
  const queues = [testQueue({ operators: [], waitMsMax: 10_000, leaveWhenNobody: false })];
  const centre = new TestCentre(testConfig({ recordCalls, queues }, steps));
  const outsideAddressIds = { [outside.number]: "address-outside" };
  const contactId = centre.call({ outsideAddressIds, callerTests: callerTests(scenario, who) });
  // The tests' Monday at ten: the office is open.
  let trial = startTrial(scenario, { ...who, open: { office: true }, notice: () => recordCalls });
  const said = saidBy(trial);
  for (let count = 0; count < 25; count += 1) {
    const core = { place: placeInCore(centre, contactId), said: heardFrom(centre) };
    const tried = { place: placeInTrial(trial), said };
    if (JSON.stringify(core) !== JSON.stringify(tried)) return [{ seed, steps, core, tried }];
    if (trial.place.kind === "over") break;
    const move = randomMove(random, trial);
    perform(centre, contactId, trial, move);
    trial = moveTrial(trial, move);
    said.push(...saidBy(trial));
  }
  return [];
}

function randomMove(random: SeededRandom, { place }: Trial): TrialMove {
  if (random.below(20) === 0) return { kind: "hungUp" };
  if (place.kind === "asking")
    return keys(random.pick(place.keysMax === 1 ? ["", "1", "5", "#"] : ["", "1", "12", "123"]));
  return place.kind === "queue" || place.kind === "transfer" ? { kind: "unanswered" } : on;
}

/** The same move in the centre in virtual time. */
function perform(centre: TestCentre, contactId: string, { place }: Trial, move: TrialMove): void {
  if (move.kind === "hungUp") return void centre.legEnds(`${contactId}-leg`);
  if (move.kind === "keys")
    return void (move.keys === "" ? centre.pressNothing(contactId) : centre.press(contactId, move.keys));
  if (place.kind === "speaking") {
    const playId = centre.asked("play").at(-1)?.playId ?? "";
    return void centre.send({ kind: "playEnded", playId, reason: "finished" });
  }
  if (place.kind === "transfer") return void centre.legEnds(centre.asked("dialTrunk").at(-1)?.legId ?? "", "NO_ANSWER");
  centre.advance(
    place.kind === "waiting" ? place.durationMs : place.kind === "recording" ? place.durationMsMax : 10_000,
  );
}

function placeInCore(centre: TestCentre, contactId: string): unknown {
  const code = centre.endOf(contactId);
  if (code !== undefined) return { kind: "over", code };
  const { phase, language, variables } = centre.contact(contactId);
  const common = { language, variables };
  if (phase.kind === "waiting") return { ...common, kind: "queue", stepId: phase.stepId };
  if (phase.kind === "ringing") return { ...common, kind: "transfer", stepId: phase.stepId };
  if (phase.kind !== "scenario") return phase;
  const { stepId, attempt } = phase;
  if (phase.recordingId !== null) return { ...common, kind: "recording", stepId };
  if (phase.collectId !== null) return { ...common, kind: "asking", stepId, attempt };
  return { ...common, kind: phase.playId === null ? "waiting" : "speaking", stepId };
}

function placeInTrial({ place, language, variables }: Trial): unknown {
  if (place.kind === "over") return place;
  const attempt = place.kind === "asking" ? { attempt: place.attempt } : {};
  return { language, variables, kind: place.kind, stepId: place.stepId, ...attempt };
}

function saidBy({ place, language }: Trial): unknown[] {
  if (place.kind !== "speaking" && place.kind !== "asking") return [];
  const items = place.says.map((prompt) => (prompt.kind === "sound" ? `${prompt.name} ${language}` : prompt.promptId));
  return items.length === 0 ? [] : [items];
}

/** What the caller was told; music, tones and ringing are not the flow's words. */
function heardFrom(centre: TestCentre): unknown[] {
  return centre
    .asked("play")
    .map(({ items }) => items.flatMap((item) => (item.kind === "sound" ? [`${item.name} ${item.language}`] : [])))
    .filter((items) => items.length > 0);
}
