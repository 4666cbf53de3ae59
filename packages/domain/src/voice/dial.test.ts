import { describe, expect, it } from "vitest";
import { testConfig } from "../testing/config.ts";
import { TestCentre } from "../testing/harness.ts";

const outside = { kind: "outside", addressId: "out", emergency: false } as const;
const help = { kind: "outside", addressId: "help", emergency: true } as const;

describe("calling out", () => {
  it("[C30] from a headset: ringback, early media, answer", () => {
    const centre = new TestCentre(testConfig({ recordCalls: true }));
    centre.online("anna");
    const headset = centre.headsetOf("anna");
    const contactId = centre.dial("anna", outside);
    const far = centre.asked("dialTrunk")[0]?.legId ?? "";
    expect(centre.stateOf("anna")).toBe("talking");
    centre.send({ kind: "legRinging", legId: far });
    expect(centre.telephony.playingTo(headset)).toBeDefined();
    centre.send({ kind: "legEarlyMedia", legId: far });
    expect(centre.telephony.playingTo(headset)).toBe(undefined);
    expect(centre.telephony.heardBy(far)).toEqual([headset]);
    expect(centre.telephony.heardBy(headset)).toEqual([]);
    centre.legAnswers(far);
    expect(centre.telephony.heardBy(headset)).toEqual([far]);
    expect(centre.facts("talkStarted").length).toBe(1);
    expect(centre.asked("record")[0]).toMatchObject({ customerLegId: far, operatorLegIds: [headset] });
    centre.legEnds(far);
    expect(centre.endOf(contactId)).toBe("CUSTOMER_HUNG_UP");
  });

  it("[C31] by way of a SIP phone: the phone answers first, then the far end is dialled", () => {
    const centre = new TestCentre();
    centre.send({ kind: "deviceReachable", deviceId: "boris-phone", reachable: true });
    centre.go("boris", "available");
    centre.dial("boris", outside);
    const phone = centre.asked("dialDevice")[0];
    expect(phone?.autoAnswer).toBe(true);
    expect(centre.asked("dialTrunk")).toEqual([]);
    centre.legAnswers(phone?.legId ?? "");
    const far = centre.asked("dialTrunk")[0]?.legId ?? "";
    centre.legAnswers(far);
    expect(centre.telephony.heardBy(far)).toEqual([phone?.legId]);
    centre.legEnds(phone?.legId ?? "");
    expect(centre.telephony.legs.size).toBe(0);
  });

  it("[C31] from a SIP phone: 180, 183 and the answer follow the far end", () => {
    const centre = new TestCentre();
    const contactId = centre.dial("boris", outside, "phone-leg");
    const far = centre.asked("dialTrunk")[0]?.legId ?? "";
    centre.send({ kind: "legRinging", legId: far });
    centre.send({ kind: "legEarlyMedia", legId: far });
    expect(centre.telephony.heardBy(far)).toEqual(["phone-leg"]);
    centre.legAnswers(far);
    const kinds = centre.effects.map((effect) => effect.kind);
    expect(kinds).toEqual(["dialTrunk", "ringLeg", "progressLeg", "setRoom", "answerLeg", "setRoom"]);
    centre.legEnds("phone-leg");
    expect(centre.endOf(contactId)).toBe("OPERATOR_HUNG_UP");
  });

  it("[C32] a busy number: code, a short tone, wrap-up", () => {
    const centre = new TestCentre();
    centre.online("anna");
    const contactId = centre.dial("anna", outside);
    centre.legEnds(centre.asked("dialTrunk")[0]?.legId ?? "", "BUSY");
    expect(centre.endOf(contactId)).toBe("BUSY");
    expect(centre.last.effects.at(-1)).toMatchObject({ kind: "play", legId: centre.headsetOf("anna"), loop: false });
    expect(centre.stateOf("anna")).toBe("wrap-up");
    centre.advance(60_000);
    expect(centre.stateOf("anna")).toBe("available");
  });

  it("[C32] a SIP phone that dialled hears of it by the code", () => {
    const centre = new TestCentre();
    centre.dial("boris", outside, "phone-leg");
    centre.legEnds(centre.asked("dialTrunk")[0]?.legId ?? "", "NUMBER_UNKNOWN");
    expect(centre.last.effects).toEqual([{ kind: "dropLeg", legId: "phone-leg", code: "NUMBER_UNKNOWN" }]);
  });

  it("[C32] what can't be dialled is refused", () => {
    const centre = new TestCentre(testConfig({ trunks: [] }));
    centre.dial("anna", outside);
    centre.headset("anna");
    centre.dial("anna", outside);
    centre.go("anna", "available");
    centre.dial("anna", outside);
    centre.dial("nobody", outside, "some-leg");
    expect(centre.facts("refused").map((fact) => fact.code)).toEqual([
      "NO_DEVICE",
      "OPERATOR_OFFLINE",
      "NO_TRUNK",
      "OPERATOR_UNKNOWN",
    ]);
    expect(centre.asked("rejectLeg")).toEqual([{ kind: "rejectLeg", legId: "some-leg", status: 403 }]);
  });

  it("[C33] an emergency call is placed offline, on a break, and in wrap-up", () => {
    for (const state of ["offline", "break", "wrap-up"] as const) {
      const centre = new TestCentre();
      if (state === "wrap-up") centre.hangUp(centre.talk("anna"), "anna");
      else centre.headset("anna");
      if (state === "break") centre.go("anna", "break");
      expect(centre.stateOf("anna")).toBe(state);
      centre.dial("anna", help);
      expect(centre.asked("dialTrunk")).toMatchObject([{ addressId: "help", emergency: true }]);
    }
  });

  it("[C33] whoever is talked with goes back to the queue, and a ringing offer to somebody else", () => {
    const centre = new TestCentre();
    const contactId = centre.talk("anna");
    centre.dial("anna", help);
    expect(centre.asked("dialTrunk")).toMatchObject([{ emergency: true }]);
    expect(centre.contact(contactId).phase).toMatchObject({ kind: "waiting", queueId: "sales" });
    centre.online("vera");
    expect(centre.stateOf("vera")).toBe("offered");
    centre.dial("vera", help);
    expect(centre.facts("offerEnded").at(-1)).toMatchObject({ operatorId: "vera", outcome: "declined" });
    expect(centre.asked("dialTrunk").length).toBe(2);
  });

  it("[C34] a colleague is rung and talked with, without recording and wrap-up", () => {
    const centre = new TestCentre(testConfig({ recordCalls: true }));
    centre.online("anna", "vera");
    const contactId = centre.dial("anna", { kind: "operator", operatorId: "vera" });
    expect(centre.telephony.playingTo(centre.headsetOf("anna"))).toBeDefined();
    centre.accept("vera");
    expect(centre.telephony.heardBy(centre.headsetOf("anna"))).toEqual([centre.headsetOf("vera")]);
    expect(centre.asked("record")).toEqual([]);
    centre.hangUp(contactId, "vera");
    expect([centre.stateOf("anna"), centre.stateOf("vera")]).toEqual(["available", "available"]);
  });

  it("[C34] a colleague who declines or does not answer ends the call", () => {
    const centre = new TestCentre();
    centre.online("anna", "vera");
    const first = centre.dial("anna", { kind: "operator", operatorId: "vera" });
    centre.decline("vera");
    const second = centre.dial("anna", { kind: "operator", operatorId: "vera" });
    centre.advance(30_000);
    expect([centre.endOf(first), centre.endOf(second)]).toEqual(["DECLINED", "NO_ANSWER"]);
  });

  it("[C35] the number asked for is shown and its trunk is tried first", () => {
    const trunks = [
      { id: "cheap", priority: 1 },
      { id: "carrier", priority: 2 },
    ];
    const centre = new TestCentre(testConfig({ trunks }));
    centre.online("anna");
    centre.dial("anna", outside);
    expect(centre.asked("dialTrunk")).toMatchObject([{ callerNumberId: "hotline", trunkIds: ["carrier", "cheap"] }]);
  });
});

describe("after a restart", () => {
  it("[C40] lost legs are dropped, contacts end, operators are in wrap-up and waited for", () => {
    const centre = new TestCentre(testConfig({ recordCalls: true, recordingNotice: false }));
    const talked = centre.talk("anna");
    const waits = centre.call();
    centre.send({ kind: "recovered", legsAlive: [], aliveUntil: null });
    expect([centre.endOf(talked), centre.endOf(waits)]).toEqual(["SERVER_RESTARTED", "SERVER_RESTARTED"]);
    expect(centre.asked("dropLeg").map((effect) => [effect.legId, effect.code])).toEqual([
      [`${talked}-leg`, "SERVER_RESTARTED"],
      [`${waits}-leg`, "SERVER_RESTARTED"],
    ]);
    expect(centre.stateOf("anna")).toBe("wrap-up");
    centre.advance(60_000);
    expect(centre.stateOf("anna")).toBe("offline");
    expect(centre.facts("operatorChanged").at(-1)).toMatchObject({ state: "offline", cause: "restart" });
  });

  it("[C41] what a crash cut off lasted until the crash, not until the server was back", () => {
    const centre = new TestCentre();
    centre.talk("anna");
    const waiting = centre.call();
    centre.advance(8_000);
    const aliveUntil = centre.at;
    centre.advance(60_000);
    centre.send({ kind: "recovered", legsAlive: [], aliveUntil });
    expect(centre.facts("talkEnded").map((fact) => fact.talkMs)).toEqual([8_000]);
    expect(centre.facts("queueLeft").find((fact) => fact.contactId === waiting)?.waitedMs).toBe(8_000);
  });

  it("[C40] a desk that is back in time goes on being available", () => {
    const centre = new TestCentre();
    centre.online("anna");
    centre.send({ kind: "recovered", legsAlive: [], aliveUntil: null });
    centre.advance(59_000);
    centre.headset("anna");
    centre.call();
    expect(centre.stateOf("anna")).toBe("offered");
  });

  it("[C40] with a media engine that survived, waiting callers wait on", () => {
    const centre = new TestCentre();
    const contactId = centre.call();
    centre.send({ kind: "recovered", legsAlive: [`${contactId}-leg`], aliveUntil: null });
    centre.online("anna");
    centre.accept("anna");
    expect(centre.telephony.heardBy(`${contactId}-leg`)).toEqual([centre.headsetOf("anna")]);
  });
});
