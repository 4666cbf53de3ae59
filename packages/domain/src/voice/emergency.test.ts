import { describe, expect, it } from "vitest";
import { TestCentre } from "../testing/harness.ts";
import { checkInvariants } from "../testing/invariants.ts";

const help = { kind: "outside", addressId: "help", emergency: true } as const;
const outside = { kind: "outside", addressId: "out", emergency: false } as const;
const vera = { kind: "operator", operatorId: "vera" } as const;

/** Anna talks with a customer and asks vera, who has answered when `answered`. */
function consulting(answered: boolean): { centre: TestCentre; contactId: string } {
  const centre = new TestCentre();
  const contactId = centre.talk("anna");
  centre.online("vera");
  centre.consult(contactId, "anna", vera);
  if (answered) centre.accept("vera");
  return { centre, contactId };
}

/** The operator calls for help: it is dialled at once, and whatever else was going on holds together. */
function callsForHelp(centre: TestCentre, operatorId: string, legId: string | null = null): void {
  const before = centre.asked("dialTrunk").length;
  const contactId = centre.dial(operatorId, help, legId);
  expect(centre.asked("dialTrunk").slice(before)).toMatchObject([{ contactId, addressId: "help", emergency: true }]);
  expect(centre.contact(contactId).phase).toMatchObject({ kind: "dialling", operatorId });
  checkInvariants(centre);
}

describe("an emergency call is placed in any state, and no customer is lost to it", () => {
  it("[C33] by whoever is consulted: operator and customer talk again", () => {
    const { centre, contactId } = consulting(true);
    callsForHelp(centre, "vera");
    expect(centre.endOf(contactId)).toBe(undefined);
    expect(centre.contact(contactId).phase).toMatchObject({ kind: "talking", hold: null, consult: null });
    expect(centre.telephony.heardBy(`${contactId}-leg`)).toEqual([centre.headsetOf("anna")]);
  });

  it("[C33] by whoever consults: the consulted one gets the customer", () => {
    const { centre, contactId } = consulting(true);
    callsForHelp(centre, "anna");
    expect(centre.endOf(contactId)).toBe(undefined);
    expect(centre.telephony.heardBy(`${contactId}-leg`)).toEqual([centre.headsetOf("vera")]);
    expect(centre.stateOf("vera")).toBe("talking");
  });

  it("[C33] by whoever consults while it rings: it goes on ringing for the customer", () => {
    const { centre, contactId } = consulting(false);
    callsForHelp(centre, "anna");
    expect(centre.contact(contactId).phase).toMatchObject({ kind: "ringing", target: vera });
    centre.accept("vera");
    expect(centre.telephony.heardBy(`${contactId}-leg`)).toEqual([centre.headsetOf("vera")]);
  });

  it("[C33] by whoever is rung for a consultation: operator and customer talk again", () => {
    const { centre, contactId } = consulting(false);
    callsForHelp(centre, "vera");
    expect(centre.contact(contactId).phase).toMatchObject({ kind: "talking", consult: null });
    expect(centre.telephony.heardBy(`${contactId}-leg`)).toEqual([centre.headsetOf("anna")]);
  });

  it("[C33] by one of a conference: the others go on", () => {
    for (const [caller, stays] of [
      ["anna", "vera"],
      ["vera", "anna"],
    ] as const) {
      const { centre, contactId } = consulting(true);
      centre.endConsult(contactId, "anna", "conference");
      callsForHelp(centre, caller);
      expect(centre.endOf(contactId)).toBe(undefined);
      expect(centre.telephony.heardBy(`${contactId}-leg`)).toEqual([centre.headsetOf(stays)]);
      expect(centre.stateOf(stays)).toBe("talking");
    }
  });

  it("[C33] with the customer on hold: they hear the queue's music and are next", () => {
    const centre = new TestCentre();
    const contactId = centre.talk("anna");
    centre.hold(contactId, "anna", true);
    callsForHelp(centre, "anna");
    expect(centre.contact(contactId).phase).toMatchObject({ kind: "waiting", queueId: "sales", priority: 100 });
    expect(centre.telephony.playingTo(`${contactId}-leg`)).toBeDefined();
    centre.online("vera");
    centre.accept("vera");
    expect(centre.telephony.heardBy(`${contactId}-leg`)).toEqual([centre.headsetOf("vera")]);
  });

  it("[C33] while rung out of a queue or for a transfer: somebody else is looked for", () => {
    const queued = new TestCentre();
    queued.online("anna");
    const waiting = queued.call();
    callsForHelp(queued, "anna");
    expect(queued.contact(waiting).phase).toMatchObject({ kind: "waiting", offerId: null });

    const handed = new TestCentre();
    const contactId = handed.talk("anna");
    handed.online("vera");
    handed.transfer(contactId, "anna", vera);
    callsForHelp(handed, "vera");
    expect(handed.endOf(contactId)).toBe(undefined);
    expect(handed.stateOf("anna")).toBe("offered");
  });

  it("[C33] while a colleague is called, or calls: that call is over", () => {
    const calls = new TestCentre();
    calls.online("anna", "vera");
    const asked = calls.dial("anna", vera);
    callsForHelp(calls, "anna");
    expect([calls.endOf(asked), calls.stateOf("vera")]).toEqual(["CANCELLED", "available"]);

    const called = new TestCentre();
    called.online("anna", "vera");
    const rings = called.dial("anna", vera);
    callsForHelp(called, "vera");
    expect(called.endOf(rings)).toBe("DECLINED");

    const talks = new TestCentre();
    talks.online("anna", "vera");
    const internal = talks.dial("anna", vera);
    talks.accept("vera");
    callsForHelp(talks, "vera");
    expect([talks.endOf(internal), talks.stateOf("anna")]).toEqual(["OPERATOR_HUNG_UP", "available"]);
  });

  it("[C33] while another call goes out: it is cancelled", () => {
    const centre = new TestCentre();
    centre.online("anna");
    const first = centre.dial("anna", outside);
    callsForHelp(centre, "anna");
    expect(centre.endOf(first)).toBe("CANCELLED");
  });

  it("[C33] from a SIP phone with two calls: both end, and the consulted one gets the customer", () => {
    const centre = new TestCentre();
    centre.send({ kind: "deviceReachable", deviceId: "boris-phone", reachable: true });
    centre.go("boris", "available");
    const contactId = centre.call();
    centre.legAnswers(centre.asked("dialDevice")[0]?.legId ?? "");
    centre.online("vera");
    centre.dial("boris", vera, "second-leg");
    centre.accept("vera");
    callsForHelp(centre, "boris", "help-leg");
    expect(centre.endOf(contactId)).toBe(undefined);
    expect(centre.telephony.heardBy(`${contactId}-leg`)).toEqual([centre.headsetOf("vera")]);
    expect(centre.telephony.legs.has("second-leg")).toBe(false);
  });
});
