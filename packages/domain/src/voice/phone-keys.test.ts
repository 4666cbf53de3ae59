import { describe, expect, it } from "vitest";
import { testConfig, testQueue } from "../testing/config.ts";
import { TestCentre } from "../testing/harness.ts";

const vera = { kind: "operator", operatorId: "vera" } as const;
const outside = { kind: "outside", addressId: "out", emergency: false } as const;
const second = "second-leg";

/** Boris talks with a caller on his SIP phone, and vera is available. */
function ready(config = testConfig()) {
  const centre = new TestCentre(config);
  centre.send({ kind: "deviceReachable", deviceId: "boris-phone", reachable: true });
  centre.go("boris", "available");
  const contactId = centre.call();
  const phone = centre.asked("dialDevice").at(-1)?.legId ?? "";
  centre.legAnswers(phone);
  centre.online("vera");
  return { centre, contactId, leg: `${contactId}-leg`, phone };
}

/** Boris has put the caller on hold with the phone's key and calls somebody from it. */
function asking(target: Parameters<TestCentre["dial"]>[1] = vera) {
  const all = ready();
  all.centre.send({ kind: "legHeld", legId: all.phone, on: true });
  all.centre.dial("boris", target, second);
  return all;
}

describe("a phone's second call", () => {
  it("[C50] asks somebody first while the customer hears music", () => {
    const { centre, contactId, leg, phone } = asking();
    expect(centre.kinds).toEqual(["legStarted", "consultStarted", "offerMade", "legRinging"]);
    expect(centre.asked("ringLeg").at(-1)).toEqual({ kind: "ringLeg", legId: second });
    expect([centre.state.contacts.size, centre.contact(contactId).legIds]).toEqual([1, [leg, phone, second]]);
    centre.accept("vera");
    expect(centre.asked("answerLeg").at(-1)).toEqual({ kind: "answerLeg", legId: second });
    expect(centre.telephony.rooms.get(`room-${contactId}`)).toEqual({
      [second]: [centre.headsetOf("vera")],
      [centre.headsetOf("vera")]: [second],
    });
    expect(centre.telephony.playingTo(leg)).toBeDefined();
  });

  it("[C50] to a number outside rings, speaks early and is answered when the far end is", () => {
    const { centre, contactId } = asking(outside);
    const far = centre.asked("dialTrunk").at(-1)?.legId ?? "";
    expect(centre.state.legs.get(second)?.state).toBe("started");
    centre.send({ kind: "legRinging", legId: far });
    expect(centre.state.legs.get(second)?.state).toBe("ringing");
    centre.send({ kind: "legEarlyMedia", legId: far });
    expect(centre.telephony.rooms.get(`room-${contactId}`)).toEqual({ [second]: [far], [far]: [] });
    centre.legAnswers(far);
    expect(centre.telephony.rooms.get(`room-${contactId}`)).toEqual({ [second]: [far], [far]: [second] });
    expect(centre.telephony.legs.get(second)).toBe("answered");
  });

  it("[C50] is refused with the reason when nobody can be asked, and the talk goes on", () => {
    const { centre, contactId, leg, phone } = ready();
    centre.go("vera", "break");
    centre.dial("boris", vera, second);
    centre.go("vera", "offline");
    centre.dial("boris", vera, "third-leg");
    centre.dial("boris", { kind: "operator", operatorId: "nobody" }, "fourth-leg");
    centre.dial("boris", outside, "fifth-leg");
    centre.dial("boris", outside, "sixth-leg");
    expect(centre.asked("rejectLeg")).toEqual([
      { kind: "rejectLeg", legId: second, status: 486 },
      { kind: "rejectLeg", legId: "third-leg", status: 480 },
      { kind: "rejectLeg", legId: "fourth-leg", status: 404 },
      { kind: "rejectLeg", legId: "sixth-leg", status: 486 },
    ]);
    centre.legEnds("fifth-leg", "CANCELLED");
    expect(centre.telephony.heardBy(leg)).toEqual([phone]);
    expect(centre.contact(contactId).legIds).toEqual([leg, phone]);
  });

  it("[C50] may come from the phone of somebody who talks with the headset, and gives the talk back there", () => {
    const centre = new TestCentre();
    const contactId = centre.talk("boris");
    centre.dial("boris", outside, second);
    const far = centre.asked("dialTrunk").at(-1)?.legId ?? "";
    centre.legAnswers(far);
    expect(centre.telephony.heardBy(far)).toEqual([second]);
    expect(centre.telephony.heardBy(`${contactId}-leg`)).toEqual([]);
    centre.legEnds(far);
    expect(centre.telephony.heardBy(`${contactId}-leg`)).toEqual([centre.headsetOf("boris")]);
    expect(centre.telephony.legs.has(second)).toBe(false);
  });

  it("[C50] an emergency number is no question: it is dialled at once", () => {
    const { centre } = ready();
    const emergency = centre.dial("boris", { ...outside, emergency: true }, second);
    expect(centre.contact(emergency).phase.kind).toBe("dialling");
  });
});

describe("the phone's transfer key with two calls", () => {
  it("[C51] joins customer and consulted, either way round, and both calls of the phone end", () => {
    for (const way of ["first", "second"]) {
      const { centre, contactId, leg, phone } = asking();
      centre.accept("vera");
      const [legId, otherLegId] = way === "first" ? [phone, second] : [second, phone];
      const { effects } = centre.send({ kind: "phoneJoin", legId, otherLegId });
      expect(effects.filter((effect) => effect.kind === "reportTransfer" || effect.kind === "dropLeg")).toEqual([
        { kind: "reportTransfer", legId, status: 200 },
        { kind: "dropLeg", legId: second, code: "DROPPED" },
        { kind: "dropLeg", legId: phone, code: "DROPPED" },
      ]);
      expect(centre.telephony.heardBy(leg)).toEqual([centre.headsetOf("vera")]);
      expect([centre.stateOf("boris"), centre.stateOf("vera")]).toEqual(["wrap-up", "talking"]);
      expect(centre.contact(contactId).operatorIds).toEqual(["boris", "vera"]);
      expect(centre.telephony.playingTo(leg)).toBe(undefined);
    }
  });

  it("[C51] goes on recording, the consulted on the right", () => {
    const { centre, phone } = ready(testConfig({ recordCalls: true, recordingNotice: false }));
    const right = () => centre.asked("record").at(-1)?.operatorLegIds;
    expect(right()).toEqual([phone]);
    centre.dial("boris", vera, second);
    expect(right()).toEqual([]);
    centre.accept("vera");
    centre.send({ kind: "phoneJoin", legId: phone, otherLegId: second });
    expect(right()).toEqual([centre.headsetOf("vera")]);
    expect([centre.facts("recordingStarted").length, centre.facts("recordingStopped").length]).toEqual([1, 0]);
  });

  it("[C51] while it still rings, hands over at once", () => {
    const { centre, leg, phone } = asking();
    centre.send({ kind: "phoneJoin", legId: phone, otherLegId: second });
    expect([centre.stateOf("boris"), centre.stateOf("vera")]).toEqual(["wrap-up", "offered"]);
    expect([centre.telephony.legs.has(phone), centre.telephony.legs.has(second)]).toEqual([false, false]);
    expect(centre.telephony.playingTo(leg)).toBeDefined();
    centre.accept("vera");
    expect(centre.telephony.heardBy(leg)).toEqual([centre.headsetOf("vera")]);
  });

  it("[C51] asked for as a transfer to whom the second call rings is the same", () => {
    const { centre, leg, phone } = asking(outside);
    const far = centre.asked("dialTrunk").at(-1)?.legId ?? "";
    centre.send({ kind: "phoneTransferTo", legId: phone, target: outside });
    centre.legAnswers(far);
    expect(centre.telephony.heardBy(leg)).toEqual([far]);
    expect(centre.asked("dialTrunk").length).toBe(1);
  });

  it("[C51] hanging the first call up hands over, too", () => {
    const { centre, leg, phone } = asking();
    centre.accept("vera");
    centre.legEnds(phone);
    expect(centre.telephony.heardBy(leg)).toEqual([centre.headsetOf("vera")]);
    expect([centre.telephony.legs.has(second), centre.stateOf("boris")]).toEqual([false, "wrap-up"]);
  });
});

describe("the second call's end", () => {
  it("[C52] by the phone: the consulted is free, the customer stays on hold until the phone resumes", () => {
    const { centre, leg, phone } = asking();
    centre.accept("vera");
    centre.legEnds(second);
    expect([centre.stateOf("vera"), centre.telephony.playingTo(leg) === undefined]).toEqual(["available", false]);
    centre.send({ kind: "legHeld", legId: phone, on: false });
    expect([centre.telephony.heardBy(leg), centre.telephony.playingTo(leg)]).toEqual([[phone], undefined]);
  });

  it("[C52] by the far end: the phone hears why, and a talk it had not held goes on", () => {
    const { centre, leg, phone } = ready();
    centre.dial("boris", outside, second);
    centre.legEnds(centre.asked("dialTrunk").at(-1)?.legId ?? "", "BUSY");
    expect(centre.asked("dropLeg").at(-1)).toEqual({ kind: "dropLeg", legId: second, code: "BUSY" });
    expect(centre.telephony.heardBy(leg)).toEqual([phone]);
  });

  it("[C52] with the customer's: everything of the contact ends", () => {
    const { centre, contactId, leg } = asking();
    centre.accept("vera");
    centre.legEnds(leg);
    expect(centre.endOf(contactId)).toBe("CUSTOMER_HUNG_UP");
    expect([...centre.telephony.legs.keys()]).toEqual([centre.headsetOf("vera")]);
  });
});

describe("the phone's hold key", () => {
  it("[C53] holds and resumes", () => {
    const { centre, leg, phone } = ready();
    centre.send({ kind: "legHeld", legId: phone, on: true });
    expect(centre.kinds).toEqual(["heldChanged"]);
    expect([centre.telephony.heardBy(leg), centre.telephony.playingTo(leg) === undefined]).toEqual([[], false]);
    centre.send({ kind: "legHeld", legId: phone, on: false });
    expect([centre.telephony.heardBy(leg), centre.telephony.playingTo(leg)]).toEqual([[phone], undefined]);
  });

  it("[C53] of a customer's far end changes nothing", () => {
    const { centre, leg } = ready();
    expect(centre.send({ kind: "legHeld", legId: leg, on: true }).facts).toEqual([]);
  });

  it("[C53] goes to and fro between the two calls", () => {
    const { centre, contactId, leg, phone } = asking();
    centre.accept("vera");
    centre.send({ kind: "legHeld", legId: second, on: true });
    centre.send({ kind: "legHeld", legId: phone, on: false });
    expect(centre.telephony.rooms.get(`room-${contactId}`)).toEqual({
      [leg]: [phone],
      [phone]: [leg],
      [second]: [centre.headsetOf("vera")],
      [centre.headsetOf("vera")]: [second],
    });
    centre.send({ kind: "phoneJoin", legId: second, otherLegId: phone });
    expect(centre.telephony.heardBy(leg)).toEqual([centre.headsetOf("vera")]);
  });
});

describe("the phone's transfer key with one call", () => {
  it("[C54] transfers at once to an extension, a queue and a number outside, and says so before the call ends", () => {
    const queues = [testQueue(), testQueue({ id: "support", operators: [] })];
    const target = { kind: "queue", queueId: "support" } as const;
    const asks = [
      { input: { kind: "phoneTransfer", target: "13" }, phase: "ringing" },
      { input: { kind: "phoneTransferTo", target: outside }, phase: "ringing" },
      { input: { kind: "phoneTransferTo", target }, phase: "waiting" },
    ] as const;
    for (const { input, phase } of asks) {
      const { centre, contactId, phone } = ready(testConfig({ queues }));
      const { effects } = centre.send({ ...input, legId: phone });
      expect(effects.slice(0, 2)).toEqual([
        { kind: "reportTransfer", legId: phone, status: 200 },
        { kind: "dropLeg", legId: phone, code: "DROPPED" },
      ]);
      expect([centre.contact(contactId).phase.kind, centre.stateOf("boris")]).toEqual([phase, "wrap-up"]);
    }
  });

  it("[C55] is told why not, and the talk goes on", () => {
    const { centre, leg, phone } = ready();
    centre.send({ kind: "phoneTransfer", legId: phone, target: "11" });
    centre.send({ kind: "phoneTransfer", legId: phone, target: "12" });
    centre.send({ kind: "phoneTransferTo", legId: phone, target: { kind: "operator", operatorId: "nobody" } });
    centre.send({ kind: "phoneJoin", legId: phone, otherLegId: leg });
    centre.send({ kind: "phoneTransferTo", legId: leg, target: outside });
    expect(centre.asked("reportTransfer").map(({ legId, status }) => [legId, status])).toEqual([
      [phone, 480],
      [phone, 603],
      [phone, 404],
      [phone, 603],
      [leg, 603],
    ]);
    expect(centre.facts("refused").map((fact) => fact.code)).toEqual([
      "OPERATOR_OFFLINE",
      "SAME_OPERATOR",
      "OPERATOR_UNKNOWN",
      "NOT_CONSULTING",
      "NOT_TALKING",
    ]);
    expect(centre.telephony.heardBy(leg)).toEqual([phone]);
  });

  it("[C55] to whom the shell has to look up is answered only then", () => {
    const { centre, phone } = ready();
    const { facts, effects } = centre.send({ kind: "phoneTransfer", legId: phone, target: "0888" });
    expect([facts.map((fact) => fact.kind === "refused" && fact.code), effects]).toEqual([["TARGET_UNKNOWN"], []]);
  });
});

describe("a conference begun with a phone's second call", () => {
  it("[C56] goes on on that call; the first one ends", () => {
    const { centre, contactId, leg, phone } = asking();
    centre.accept("vera");
    centre.send({ kind: "muted", contactId, operatorId: "boris", on: true });
    centre.endConsult(contactId, "boris", "conference");
    expect(centre.telephony.heardBy(leg)).toEqual([second, centre.headsetOf("vera")].sort());
    expect([centre.telephony.legs.has(phone), centre.telephony.muted.has(second)]).toEqual([false, true]);
    centre.legEnds(second);
    expect([centre.telephony.heardBy(leg), centre.stateOf("boris")]).toEqual([[centre.headsetOf("vera")], "wrap-up"]);
  });
});
