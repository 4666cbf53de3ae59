import { describe, expect, it } from "vitest";
import { testConfig, testQueue } from "../testing/config.ts";
import { TestCentre } from "../testing/harness.ts";

const vera = { kind: "operator", operatorId: "vera" } as const;
const outside = { kind: "outside", addressId: "out", emergency: false } as const;

function ready(): { centre: TestCentre; contactId: string; leg: string } {
  const centre = new TestCentre();
  const contactId = centre.talk("anna");
  centre.online("vera");
  return { centre, contactId, leg: `${contactId}-leg` };
}

describe("transfers", () => {
  it("[C20] a transfer at once frees the operator while the customer hears ringback", () => {
    const { centre, contactId, leg } = ready();
    const { effects } = centre.transfer(contactId, "anna", vera);
    expect(centre.kinds).toEqual(["talkEnded", "wrapUpStarted", "transferred", "offerMade", "played"]);
    expect(effects.at(-1)).toEqual({
      kind: "play",
      playId: centre.telephony.playingTo(leg),
      legId: leg,
      items: [{ kind: "tone", tone: "ringback", country: "BG" }],
      loop: true,
    });
    expect([centre.stateOf("anna"), centre.stateOf("vera")]).toEqual(["wrap-up", "offered"]);
    centre.accept("vera");
    expect(centre.telephony.heardBy(leg)).toEqual([centre.headsetOf("vera")]);
  });

  it("[C21] a transfer that rings out comes back to the operator, out of wrap-up, too", () => {
    const { centre, contactId, leg } = ready();
    centre.transfer(contactId, "anna", vera);
    centre.advance(30_000);
    expect([centre.stateOf("anna"), centre.stateOf("vera")]).toEqual(["offered", "available"]);
    centre.accept("anna");
    expect(centre.telephony.heardBy(leg)).toEqual([centre.headsetOf("anna")]);
  });

  it("[C21] with the operator gone it goes to its queue with its old place", () => {
    const { centre, contactId } = ready();
    const since = centre.contact(contactId).queueSince;
    centre.transfer(contactId, "anna", vera);
    centre.go("anna", "break");
    centre.decline("vera");
    expect(centre.facts("enqueued").at(-1)).toMatchObject({ contactId, queueId: "sales", since, priority: 100 });
  });

  it("[C21] without any queue it goes into its number's scenario", () => {
    const steps = {
      direct: { kind: "transfer", target: { kind: "operator", operatorId: "anna" }, otherwise: "later" },
      later: { kind: "wait", durationMs: 60_000, next: null },
    };
    const centre = new TestCentre(testConfig({}, steps));
    centre.online("anna");
    const contactId = centre.call();
    centre.accept("anna");
    centre.transfer(contactId, "anna", outside);
    centre.go("anna", "offline");
    const [dialled] = centre.asked("dialTrunk");
    centre.legEnds(dialled?.legId ?? "", "BUSY");
    expect(centre.facts("scenarioEntered").length).toBe(2);
    expect(centre.contact(contactId).phase).toMatchObject({ kind: "scenario", stepId: "later" });
  });

  it("[C22] a transfer to a queue waits there until somebody of it is free", () => {
    const queues = [
      testQueue({ operators: [{ userId: "anna", tier: 1 }] }),
      testQueue({ id: "support", operators: [{ userId: "vera", tier: 1 }] }),
    ];
    const centre = new TestCentre(testConfig({ queues }));
    const contactId = centre.talk("anna");
    centre.transfer(contactId, "anna", { kind: "queue", queueId: "support" });
    expect(centre.contact(contactId).phase).toMatchObject({ kind: "waiting", queueId: "support" });
    expect(centre.telephony.playingTo(`${contactId}-leg`)).toBeDefined();
    centre.online("vera");
    centre.accept("vera");
    expect(centre.stateOf("vera")).toBe("talking");
  });

  it("[C22] a transfer outside connects when it is answered and ends as TRANSFERRED_OUTSIDE", () => {
    const { centre, contactId, leg } = ready();
    centre.transfer(contactId, "anna", outside);
    const [dialled] = centre.asked("dialTrunk");
    expect(dialled).toMatchObject({ addressId: "out", callerNumberId: "hotline", trunkIds: ["carrier"] });
    centre.legAnswers(dialled?.legId ?? "");
    expect(centre.telephony.heardBy(leg)).toEqual([dialled?.legId]);
    centre.legEnds(dialled?.legId ?? "");
    expect(centre.endOf(contactId)).toBe("TRANSFERRED_OUTSIDE");
    expect(centre.telephony.legs.has(leg)).toBe(false);
  });

  it("[C23] targets that can't be rung are refused, and the talk goes on", () => {
    const { centre, contactId } = ready();
    const targets = [
      { kind: "operator", operatorId: "anna" },
      { kind: "operator", operatorId: "boris" },
      { kind: "operator", operatorId: "nobody" },
      { kind: "queue", queueId: "none" },
    ] as const;
    for (const target of targets) centre.transfer(contactId, "anna", target);
    centre.go("vera", "break");
    centre.transfer(contactId, "anna", vera);
    expect(centre.facts("refused").map((fact) => fact.code)).toEqual([
      "SAME_OPERATOR",
      "OPERATOR_OFFLINE",
      "OPERATOR_UNKNOWN",
      "QUEUE_UNKNOWN",
      "OPERATOR_BUSY",
    ]);
    expect(centre.stateOf("anna")).toBe("talking");
  });

  it("[C23] a desk phone's transfer key knows extensions", () => {
    const { centre, contactId } = ready();
    centre.send({ kind: "deviceReachable", deviceId: "boris-phone", reachable: true });
    centre.go("boris", "available");
    centre.transfer(contactId, "anna", { kind: "operator", operatorId: "boris" });
    const [dialled] = centre.asked("dialDevice");
    centre.legAnswers(dialled?.legId ?? "");
    centre.send({ kind: "phoneTransfer", legId: dialled?.legId ?? "", target: "99" });
    centre.send({ kind: "phoneTransfer", legId: dialled?.legId ?? "", target: "13" });
    expect(centre.facts("refused").map((fact) => fact.code)).toEqual(["TARGET_UNKNOWN"]);
    expect(centre.stateOf("vera")).toBe("offered");
    expect(centre.telephony.legs.has(dialled?.legId ?? "")).toBe(false);
  });
});

describe("consultations", () => {
  it("[C24] operator and consulted hear each other only, while the customer hears music", () => {
    const { centre, contactId, leg } = ready();
    centre.consult(contactId, "anna", vera);
    expect(centre.kinds).toEqual(["heldChanged", "consultStarted", "offerMade"]);
    expect([centre.telephony.playingTo(leg), centre.telephony.playingTo(centre.headsetOf("anna"))]).not.toContain(
      undefined,
    );
    centre.accept("vera");
    expect(centre.telephony.heardBy(leg)).toEqual([]);
    expect(centre.telephony.heardBy(centre.headsetOf("anna"))).toEqual([centre.headsetOf("vera")]);
    expect(centre.telephony.playingTo(leg)).toBeDefined();
    expect(centre.telephony.playingTo(centre.headsetOf("anna"))).toBe(undefined);
  });

  it("[C25] return: the customer is back with the operator, the consulted is free at once", () => {
    const { centre, contactId, leg } = ready();
    centre.consult(contactId, "anna", vera);
    centre.accept("vera");
    centre.endConsult(contactId, "anna", "return");
    expect(centre.telephony.heardBy(leg)).toEqual([centre.headsetOf("anna")]);
    expect(centre.stateOf("vera")).toBe("available");
  });

  it("[C25] transfer: the customer talks with the consulted, the operator is in wrap-up", () => {
    const { centre, contactId, leg } = ready();
    centre.consult(contactId, "anna", vera);
    centre.accept("vera");
    centre.endConsult(contactId, "anna", "transfer");
    expect(centre.telephony.heardBy(leg)).toEqual([centre.headsetOf("vera")]);
    expect([centre.stateOf("anna"), centre.stateOf("vera")]).toEqual(["wrap-up", "talking"]);
    expect(centre.facts("talkStarted").map((fact) => fact.operatorId)).toEqual(["anna", "vera"]);
  });

  it("[C25] a consultation that nobody answers returns by itself", () => {
    const { centre, contactId, leg } = ready();
    centre.consult(contactId, "anna", vera);
    centre.advance(30_000);
    expect(centre.facts("consultEnded").map((fact) => fact.as)).toEqual(["failed"]);
    expect(centre.telephony.heardBy(leg)).toEqual([centre.headsetOf("anna")]);
  });

  it("[C26] hanging up while it rings turns the consultation into a transfer", () => {
    const { centre, contactId, leg } = ready();
    centre.consult(contactId, "anna", vera);
    centre.hangUp(contactId, "anna");
    expect([centre.stateOf("anna"), centre.stateOf("vera")]).toEqual(["wrap-up", "offered"]);
    centre.accept("vera");
    expect(centre.telephony.heardBy(leg)).toEqual([centre.headsetOf("vera")]);
    expect(centre.contact(contactId).phase.kind).toBe("talking");
  });

  it("[C26] hanging up after the answer hands the customer over", () => {
    const { centre, contactId } = ready();
    centre.consult(contactId, "anna", outside);
    const [dialled] = centre.asked("dialTrunk");
    centre.legAnswers(dialled?.legId ?? "");
    centre.hangUp(contactId, "anna");
    expect(centre.telephony.heardBy(`${contactId}-leg`)).toEqual([dialled?.legId]);
    expect(centre.facts("outsideJoined")).toEqual([
      { kind: "outsideJoined", contactId, legId: dialled?.legId, roomId: `room-${contactId}` },
    ]);
  });

  it("[C27] in a conference all hear each other, and whoever leaves leaves the others talking", () => {
    const { centre, contactId, leg } = ready();
    centre.consult(contactId, "anna", vera);
    centre.accept("vera");
    centre.endConsult(contactId, "anna", "conference");
    expect(centre.telephony.heardBy(leg)).toEqual([centre.headsetOf("anna"), centre.headsetOf("vera")].sort());
    expect(centre.telephony.heardBy(centre.headsetOf("anna"))).toEqual([leg, centre.headsetOf("vera")].sort());
    centre.hangUp(contactId, "anna");
    expect(centre.telephony.heardBy(leg)).toEqual([centre.headsetOf("vera")]);
    expect(centre.stateOf("anna")).toBe("wrap-up");
    centre.hangUp(contactId, "vera");
    expect(centre.endOf(contactId)).toBe("OPERATOR_HUNG_UP");
  });

  it("[C28] a colleague taken off a conference goes to wrap-up, and the others go on talking", () => {
    const { centre, contactId, leg } = ready();
    centre.consult(contactId, "anna", vera);
    centre.accept("vera");
    const drop = (operatorId: string, legId: string) =>
      centre.send({ kind: "partyDropped", contactId, operatorId, legId });
    // Before all three talk there is nobody to take off.
    drop("anna", centre.headsetOf("vera"));
    centre.endConsult(contactId, "anna", "conference");
    // Neither the customer nor oneself; and not by somebody who is not there.
    drop("anna", leg);
    drop("anna", centre.headsetOf("anna"));
    drop("boris", centre.headsetOf("vera"));
    expect(centre.facts("refused").map((fact) => fact.code)).toEqual([
      "NOT_TALKING",
      "NOT_TALKING",
      "NOT_TALKING",
      "NOT_YOURS",
    ]);
    drop("anna", centre.headsetOf("vera"));
    expect(centre.telephony.heardBy(leg)).toEqual([centre.headsetOf("anna")]);
    expect([centre.stateOf("anna"), centre.stateOf("vera")]).toEqual(["talking", "wrap-up"]);
    // Twice pressed: the second finds nobody, and the call goes on.
    drop("anna", centre.headsetOf("vera"));
    expect(centre.contact(contactId).phase.kind).toBe("talking");
  });

  it("[C28] an outside number taken off a conference is hung up, and the others go on talking", () => {
    const { centre, contactId, leg } = ready();
    centre.consult(contactId, "anna", outside);
    const legId = centre.asked("dialTrunk")[0]?.legId ?? "";
    centre.legAnswers(legId);
    centre.endConsult(contactId, "anna", "conference");
    expect(centre.telephony.heardBy(leg)).toEqual([legId, centre.headsetOf("anna")].sort());
    centre.send({ kind: "partyDropped", contactId, operatorId: "anna", legId });
    expect(centre.telephony.legs.has(legId)).toBe(false);
    expect(centre.telephony.heardBy(leg)).toEqual([centre.headsetOf("anna")]);
    expect(centre.stateOf("anna")).toBe("talking");
  });

  it("[C29] the consulted one mutes, stays muted when all three talk, and is not left muted afterwards", () => {
    const { centre, contactId } = ready();
    const mute = (on: boolean) => centre.send({ kind: "muted", contactId, operatorId: "vera", on });
    centre.consult(contactId, "anna", vera);
    centre.accept("vera");
    mute(true);
    mute(true);
    expect([...centre.telephony.muted]).toEqual([centre.headsetOf("vera")]);
    centre.endConsult(contactId, "anna", "return");
    expect([...centre.telephony.muted]).toEqual([]);
    centre.consult(contactId, "anna", vera);
    centre.accept("vera");
    mute(true);
    centre.endConsult(contactId, "anna", "conference");
    expect([...centre.telephony.muted]).toEqual([centre.headsetOf("vera")]);
    mute(false);
    expect([...centre.telephony.muted]).toEqual([]);
  });
});
