import { describe, expect, it } from "vitest";
import { testConfig, testQueue, testScenario } from "../testing/config.ts";
import { promptMs, TestCentre } from "../testing/harness.ts";

const members = (...tiers: [string, number][]) => tiers.map(([userId, tier]) => ({ userId, tier }));
const withQueue = (change: Parameters<typeof testQueue>[0]) => testConfig({ queues: [testQueue(change)] });
const offered = (centre: TestCentre) => centre.facts("offerMade").map((fact) => [fact.contactId, fact.operatorId]);

describe("routing", () => {
  it("[R1] the longest idle operator is rung", () => {
    const centre = new TestCentre();
    centre.online("vera");
    centre.advance(1_000);
    centre.online("anna");
    centre.advance(1_000);
    const first = centre.call();
    centre.accept("vera");
    centre.hangUp(first, "vera");
    centre.send({ kind: "wrapUpFinished", contactId: first, operatorId: "vera" });
    const second = centre.call();
    const third = centre.call();
    expect(offered(centre)).toEqual([
      [first, "vera"],
      [second, "anna"],
      [third, "vera"],
    ]);
  });

  it("[R2] a free operator gets the highest priority of all queues, then the longest waiting", () => {
    const queues = [testQueue({}), testQueue({ id: "urgent" })];
    const numbers = ["hotline", "vip"].map((id) => ({ id, trunkId: "carrier", clientId: "shop", scenarioId: id }));
    const step = (queueId: string, priority: number) => ({
      queue: { kind: "queue", queueId, priority, otherwise: null },
    });
    const scenarios = [testScenario(step("sales", 50), "hotline"), testScenario(step("urgent", 80), "vip")];
    const centre = new TestCentre(testConfig({ queues, numbers, scenarios }));
    const first = centre.call();
    centre.advance(1);
    const second = centre.call();
    centre.advance(1);
    const vip = centre.call({ numberId: "vip" });
    centre.online("anna", "vera", "boris");
    centre.headset("boris");
    expect(offered(centre)).toEqual([
      [vip, "anna"],
      [first, "vera"],
      [second, "boris"],
    ]);
  });

  it("[R3] higher tiers are asked after tierWaitMs", () => {
    const centre = new TestCentre(withQueue({ tierWaitMs: 15_000, operators: members(["anna", 1], ["vera", 2]) }));
    centre.online("anna", "vera");
    centre.call({ contactId: "a" });
    const second = centre.call({ contactId: "b" });
    expect(offered(centre)).toEqual([["a", "anna"]]);
    centre.advance(15_000);
    expect(centre.facts("waitReviewed")).toEqual([
      { kind: "waitReviewed", contactId: second, queueId: "sales", tier: 2, nextAt: null },
    ]);
    expect(offered(centre)).toEqual([
      ["a", "anna"],
      ["b", "vera"],
    ]);
  });

  it("[R3] a tier with nobody on duty costs no waiting, and opens when the last of it leaves", () => {
    const centre = new TestCentre(withQueue({ tierWaitMs: 60_000, operators: members(["anna", 1], ["vera", 2]) }));
    centre.online("vera");
    centre.call({ contactId: "a" });
    expect(offered(centre)).toEqual([["a", "vera"]]);
    const other = new TestCentre(withQueue({ tierWaitMs: 60_000, operators: members(["anna", 1], ["vera", 2]) }));
    other.online("anna", "vera");
    other.go("anna", "break");
    other.call({ contactId: "b" });
    expect(offered(other)).toEqual([]);
    other.go("anna", "offline");
    expect(offered(other)).toEqual([["b", "vera"]]);
  });

  it("[R4] only operators with the skills are asked", () => {
    const centre = new TestCentre(withQueue({ requires: [{ skillId: "german", level: 5 }] }));
    centre.online("anna", "vera");
    const contactId = centre.call();
    expect(offered(centre)).toEqual([]);
    centre.online("boris");
    expect(offered(centre)).toEqual([[contactId, "boris"]]);
    expect(centre.facts("offerMade")[0]?.reasons?.excluded).toEqual({ skill: 2 });
    const harder = new TestCentre(withQueue({ requires: [{ skillId: "german", level: 6 }] }));
    harder.online("boris");
    harder.call();
    expect(offered(harder)).toEqual([]);
  });

  it("[R5] a declined offer goes to the next operator and the contact keeps its place", () => {
    const centre = new TestCentre();
    centre.online("anna", "vera");
    const contactId = centre.call();
    const { since } = centre.contact(contactId).phase as { since: number };
    centre.advance(4_000);
    centre.decline("anna");
    expect(centre.kinds).toEqual(["offerEnded", "offerMade"]);
    expect(offered(centre)).toEqual([
      [contactId, "anna"],
      [contactId, "vera"],
    ]);
    expect(centre.contact(contactId).phase).toMatchObject({ kind: "waiting", since });
    expect(centre.facts("offerMade")[1]?.reasons?.waitedMs).toBe(4_000);
  });

  it("[R5] an unanswered offer goes to the next when ring-out fires", () => {
    const centre = new TestCentre();
    centre.online("anna", "vera");
    const contactId = centre.call();
    centre.advance(20_000);
    expect(centre.facts("offerEnded")).toEqual([
      {
        kind: "offerEnded",
        offerId: "offer6-2",
        contactId,
        operatorId: "anna",
        outcome: "rung-out",
        missedUntil: centre.at + 30_000,
        reviewAt: centre.at + 30_000,
      },
    ]);
    expect(centre.stateOf("vera")).toBe("offered");
  });

  it("[R6] who missed it is not rung for it again for 30 s, but for others at once", () => {
    const centre = new TestCentre();
    centre.online("anna");
    const first = centre.call();
    centre.decline("anna");
    const second = centre.call();
    expect(offered(centre)).toEqual([
      [first, "anna"],
      [second, "anna"],
    ]);
    centre.legEnds(`${second}-leg`, "CANCELLED");
    expect(centre.stateOf("anna")).toBe("available");
    centre.advance(30_000);
    expect(offered(centre).at(-1)).toEqual([first, "anna"]);
  });

  it("[R6] who comes back from a break that misses brought is rung again at once", () => {
    const centre = new TestCentre(withQueue({ missesMax: 1 }));
    centre.online("anna");
    const contactId = centre.call();
    centre.advance(20_000);
    expect(centre.stateOf("anna")).toBe("break");
    centre.advance(1_000);
    centre.go("anna", "available");
    expect(offered(centre)).toEqual([
      [contactId, "anna"],
      [contactId, "anna"],
    ]);
    expect(centre.facts("offerMade").at(-1)?.reasons).toMatchObject({ candidates: 1, excluded: {} });
  });

  it("[R7] two misses in a row put an operator on a break", () => {
    const centre = new TestCentre();
    centre.online("anna");
    centre.call();
    centre.advance(20_000);
    centre.call();
    centre.advance(20_000);
    expect(centre.facts("operatorChanged").at(-1)).toEqual({
      kind: "operatorChanged",
      operatorId: "anna",
      state: "break",
      reasonId: null,
      cause: "missed",
      byUserId: null,
    });
  });

  it("[R7] an answered call in between starts the count anew", () => {
    const centre = new TestCentre(withQueue({ wrapUpMsMax: 0 }));
    centre.online("anna");
    const missed = centre.call();
    centre.advance(20_000);
    centre.legEnds(`${missed}-leg`);
    const contactId = centre.call();
    centre.accept("anna");
    centre.hangUp(contactId, "anna");
    centre.call();
    centre.advance(20_000);
    expect(centre.stateOf("anna")).toBe("available");
  });

  it("[R8] a phone is dialled, and lifting it accepts", () => {
    const centre = new TestCentre();
    centre.send({ kind: "deviceReachable", deviceId: "boris-phone", reachable: true });
    centre.go("boris", "available");
    const contactId = centre.call();
    const [dialled] = centre.asked("dialDevice");
    expect(dialled).toEqual({
      kind: "dialDevice",
      legId: dialled?.legId,
      contactId,
      deviceId: "boris-phone",
      ringTimeoutMs: 20_000,
      autoAnswer: false,
    });
    centre.send({ kind: "legRinging", legId: dialled?.legId ?? "" });
    centre.legAnswers(dialled?.legId ?? "");
    expect(centre.stateOf("boris")).toBe("talking");
    expect(centre.telephony.heardBy(`${contactId}-leg`)).toEqual([dialled?.legId]);
  });

  it("[R8] a busy phone declines, a dead one is a miss", () => {
    const outcomes = (["BUSY", "DECLINED", "NO_ANSWER", "UNREACHABLE"] as const).map((code) => {
      const centre = new TestCentre();
      centre.send({ kind: "deviceReachable", deviceId: "boris-phone", reachable: true });
      centre.go("boris", "available");
      centre.call();
      centre.legEnds(centre.asked("dialDevice")[0]?.legId ?? "", code);
      return [centre.facts("offerEnded")[0]?.outcome, centre.state.operators.get("boris")?.missesInRow];
    });
    expect(outcomes).toEqual([
      ["declined", 0],
      ["declined", 0],
      ["rung-out", 1],
      ["unreachable", 1],
    ]);
  });

  it("[R9] an offer carries its reasons", () => {
    const centre = new TestCentre(
      withQueue({ tierWaitMs: 60_000, operators: members(["anna", 1], ["boris", 2], ["vera", 1]) }),
    );
    centre.online("anna");
    centre.advance(3_000);
    centre.online("boris", "vera");
    centre.go("vera", "break");
    centre.call();
    expect(centre.facts("offerMade")[0]?.reasons).toEqual({
      strategy: "longest-idle",
      waitedMs: 0,
      tier: 1,
      chosenIdleMs: 3_000,
      candidates: 1,
      excluded: { break: 1, tier: 1 },
    });
  });

  it("[R10] late and foreign answers are refused", () => {
    const centre = new TestCentre();
    centre.online("anna", "vera");
    centre.call();
    const offerId = centre.offerOf("anna");
    centre.send({ kind: "offerAccepted", offerId, operatorId: "vera" });
    centre.decline("anna");
    centre.send({ kind: "offerAccepted", offerId, operatorId: "anna" });
    expect(centre.facts("refused").map((fact) => fact.code)).toEqual(["NOT_YOURS", "OFFER_OVER"]);
  });
});

describe("waiting", () => {
  const spoken = testQueue({
    welcome: [{ kind: "sound", name: "please-wait" }],
    announcements: [{ kind: "sound", name: "thank-you-waiting" }],
    announcePosition: true,
    announceEveryMs: 30_000,
  });
  const names = (centre: TestCentre, contactId: string) =>
    centre
      .asked("play")
      .filter((effect) => effect.legId === `${contactId}-leg`)
      .map((effect) =>
        effect.items.map((item) => (item.kind === "sound" || item.kind === "music" ? item.name : item.kind)),
      );

  it("[R20] welcome, music, announcements with position, music", () => {
    const centre = new TestCentre(testConfig({ queues: [spoken] }));
    const first = centre.call();
    const second = centre.call();
    centre.advance(promptMs + 30_000 + 3 * promptMs);
    expect(names(centre, second)).toEqual([
      ["please-wait"],
      ["calm"],
      ["thank-you-waiting", "queue-position-intro", "n-2"],
      ["calm"],
    ]);
    expect(names(centre, first)[2]).toEqual(["thank-you-waiting", "queue-next"]);
    expect(centre.facts("queueSpoke").map((fact) => fact.phase).length).toBe(8);
  });

  it("[R21] a full queue leads to otherwise", () => {
    const steps = {
      queue: { kind: "queue", queueId: "sales", otherwise: "bye" },
      bye: { kind: "wait", durationMs: 9_000, next: null },
    };
    const centre = new TestCentre(testConfig({ queues: [testQueue({ waitingMax: 1 })] }, steps));
    centre.call();
    const second = centre.call();
    expect(centre.contact(second).phase).toMatchObject({ kind: "scenario", stepId: "bye" });
  });

  it("[R21] too long a wait leads to otherwise", () => {
    const steps = {
      queue: { kind: "queue", queueId: "sales", otherwise: "bye" },
      bye: { kind: "wait", durationMs: 9_000, next: null },
    };
    const centre = new TestCentre(testConfig({ queues: [testQueue({ waitMsMax: 60_000 })] }, steps));
    const contactId = centre.call();
    centre.advance(60_000);
    expect(centre.facts("queueLeft")).toEqual([
      { kind: "queueLeft", contactId, queueId: "sales", reason: "timeout", waitedMs: 60_000 },
    ]);
    expect(centre.contact(contactId).phase).toMatchObject({ stepId: "bye" });
  });

  it("[R21] nobody on duty leads to otherwise, at once and when the last leaves", () => {
    const steps = {
      queue: { kind: "queue", queueId: "sales", otherwise: "bye" },
      bye: { kind: "wait", durationMs: 9_000, next: null },
    };
    const centre = new TestCentre(testConfig({ queues: [testQueue({ leaveWhenNobody: true })] }, steps));
    const early = centre.call();
    expect(centre.contact(early).phase).toMatchObject({ stepId: "bye" });
    centre.online("anna");
    centre.go("anna", "break");
    const late = centre.call();
    expect(centre.contact(late).phase.kind).toBe("waiting");
    centre.go("anna", "offline");
    expect(centre.contact(late).phase).toMatchObject({ stepId: "bye" });
    // Who is turned away at the door is said to have left, too: otherwise nobody knew whom they wanted.
    expect(centre.facts("queueLeft").map((fact) => fact.reason)).toEqual(["nobody", "nobody"]);
  });

  it("[R22] the limit waits for the ringing", () => {
    const steps = {
      queue: { kind: "queue", queueId: "sales", otherwise: "bye" },
      bye: { kind: "wait", durationMs: 9_000, next: null },
    };
    const centre = new TestCentre(testConfig({ queues: [testQueue({ waitMsMax: 10_000 })] }, steps));
    centre.online("anna");
    const contactId = centre.call();
    centre.advance(15_000);
    expect(centre.contact(contactId).phase.kind).toBe("waiting");
    centre.advance(5_000);
    expect(centre.contact(contactId).phase).toMatchObject({ stepId: "bye" });
  });

  it("[R23] a transferred caller waits on at the limit", () => {
    const queues = [
      testQueue({}),
      testQueue({ id: "support", waitMsMax: 10_000, leaveWhenNobody: true, operators: [] }),
    ];
    const centre = new TestCentre(testConfig({ queues }));
    const contactId = centre.talk();
    centre.transfer(contactId, "anna", { kind: "queue", queueId: "support" });
    centre.advance(60_000);
    expect(centre.contact(contactId).phase).toMatchObject({ kind: "waiting", queueId: "support" });
  });

  it("[R24] more than twenty are not counted aloud", () => {
    const centre = new TestCentre(testConfig({ queues: [spoken] }));
    for (let index = 0; index < 21; index += 1) centre.call();
    const last = centre.call();
    centre.advance(promptMs + 30_000);
    expect(names(centre, last).at(-1)).toEqual(["thank-you-waiting", "queue-position-intro", "more-than-20"]);
  });

  it("[R25] a removed queue sends its callers on", () => {
    const steps = {
      queue: { kind: "queue", queueId: "sales", otherwise: "bye" },
      bye: { kind: "wait", durationMs: 9_000, next: null },
    };
    const centre = new TestCentre(testConfig({}, steps));
    const contactId = centre.call();
    centre.send({ kind: "configured", config: testConfig({ version: 2, queues: [] }, steps) });
    expect(centre.facts("queueLeft")).toMatchObject([{ reason: "ended" }]);
    expect(centre.contact(contactId).phase).toMatchObject({ stepId: "bye" });
  });

  it("[R25] who came by transfer into a queue that is removed is not put out, but enters the number's scenario", () => {
    const queues = [testQueue(), testQueue({ id: "support", operators: [] })];
    const centre = new TestCentre(testConfig({ queues }));
    const contactId = centre.talk("anna");
    centre.transfer(contactId, "anna", { kind: "queue", queueId: "support" });
    expect(centre.contact(contactId).phase).toMatchObject({ kind: "waiting", queueId: "support", stepId: null });
    centre.send({ kind: "configured", config: testConfig({ version: 2 }) });
    expect(centre.facts("queueLeft").at(-1)).toMatchObject({ contactId, queueId: "support", reason: "ended" });
    expect(centre.endOf(contactId)).toBe(undefined);
    expect(centre.contact(contactId).phase).toMatchObject({ kind: "waiting", queueId: "sales", stepId: "queue" });
  });
});
