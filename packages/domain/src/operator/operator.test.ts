import { describe, expect, it } from "vitest";
import { testConfig, testQueue } from "../testing/config.ts";
import { TestCentre } from "../testing/harness.ts";
import { contactViews, operatorView } from "../views.ts";

const changes = (centre: TestCentre) =>
  centre.facts("operatorChanged").map((fact) => [fact.operatorId, fact.state, fact.cause]);

describe("operators", () => {
  it("[O1] a break taken in a talk begins after its wrap-up", () => {
    const centre = new TestCentre();
    const contactId = centre.talk();
    centre.go("anna", "break", "lunch");
    expect(centre.stateOf("anna")).toBe("talking");
    centre.hangUp(contactId, "anna");
    expect(centre.stateOf("anna")).toBe("wrap-up");
    centre.advance(30_000);
    expect(centre.stateOf("anna")).toBe("break");
    const view = operatorView(centre.state, "anna");
    expect([view?.since, view?.breakReasonId]).toEqual([centre.at, "lunch"]);
  });

  it("[O2] whoever leaves while being rung is rung no longer", () => {
    const centre = new TestCentre();
    centre.online("anna", "vera");
    const contactId = centre.call();
    centre.go("anna", "offline");
    expect(centre.facts("offerEnded")).toMatchObject([{ contactId, operatorId: "anna", outcome: "declined" }]);
    expect([centre.stateOf("anna"), centre.stateOf("vera")]).toEqual(["offline", "offered"]);
  });

  it("[O3] wrap-up ends at its limit and the operator is available again", () => {
    const centre = new TestCentre();
    const contactId = centre.talk();
    centre.hangUp(contactId, "anna");
    centre.advance(29_999);
    expect(centre.stateOf("anna")).toBe("wrap-up");
    centre.advance(1);
    expect(centre.facts("wrapUpEnded")).toEqual([
      { kind: "wrapUpEnded", contactId, operatorId: "anna", reason: "limit" },
    ]);
    expect(centre.stateOf("anna")).toBe("available");
  });

  it("[O3] or when it is said to be finished, or the operator goes elsewhere", () => {
    const centre = new TestCentre();
    const first = centre.talk();
    centre.hangUp(first, "anna");
    centre.send({ kind: "wrapUpFinished", contactId: first, operatorId: "anna" });
    centre.send({ kind: "wrapUpFinished", contactId: first, operatorId: "anna" });
    const second = centre.call();
    centre.accept("anna");
    centre.hangUp(second, "anna");
    centre.go("anna", "break");
    expect(centre.facts("wrapUpEnded").map((fact) => fact.reason)).toEqual(["finished", "went"]);
    expect(centre.facts("refused").map((fact) => fact.code)).toEqual(["NOT_IN_WRAP_UP"]);
    expect(centre.stateOf("anna")).toBe("break");
  });

  it("[O3] a queue may set none", () => {
    const centre = new TestCentre(testConfig({ queues: [testQueue({ wrapUpMsMax: 0 })] }));
    centre.hangUp(centre.talk(), "anna");
    expect(centre.stateOf("anna")).toBe("available");
  });

  it("[O4] the result is set in the talk, in wrap-up and later, by whoever served the contact", () => {
    const centre = new TestCentre();
    centre.online("vera");
    const contactId = centre.call();
    centre.accept("vera");
    const set = (operatorId: string) =>
      centre.send({ kind: "dispositionSet", contactId, operatorId, dispositionId: "solved" });
    set("vera");
    centre.hangUp(contactId, "vera");
    set("vera");
    centre.advance(60_000);
    set("vera");
    set("anna");
    expect(centre.facts("dispositionSet").length).toBe(3);
    expect(centre.facts("refused")).toMatchObject([{ code: "NOT_YOURS", operatorId: "anna" }]);
  });

  it("[O5] the chosen device is rung when it is there, otherwise whatever is", () => {
    const centre = new TestCentre();
    centre.headset("boris");
    centre.send({ kind: "deviceReachable", deviceId: "boris-phone", reachable: true });
    const device = () => operatorView(centre.state, "boris")?.device?.kind ?? null;
    const seen = [device()];
    centre.send({ kind: "deviceChosen", operatorId: "boris", device: "phone" });
    seen.push(device());
    centre.send({ kind: "deviceReachable", deviceId: "boris-phone", reachable: false });
    seen.push(device());
    centre.send({ kind: "headsetLost", operatorId: "boris", legId: centre.headsetOf("boris") });
    seen.push(device());
    expect(seen).toEqual(["headset", "phone", "headset", null]);
  });

  it("[O5] without a device an operator is not rung, until one is there", () => {
    const centre = new TestCentre();
    centre.go("anna", "available");
    centre.call();
    expect(centre.facts("offerMade")).toEqual([]);
    centre.headset("anna");
    expect(centre.stateOf("anna")).toBe("offered");
  });

  it("[O5] an offer that rings on the phone can be taken over to the headset", () => {
    const centre = new TestCentre();
    centre.online("boris");
    centre.send({ kind: "deviceReachable", deviceId: "boris-phone", reachable: true });
    centre.send({ kind: "deviceChosen", operatorId: "boris", device: "phone" });
    const contactId = centre.call();
    const phone = centre.asked("dialDevice")[0]?.legId ?? "";
    centre.accept("boris");
    expect(centre.telephony.legs.has(phone)).toBe(false);
    expect(centre.telephony.heardBy(`${contactId}-leg`)).toEqual([centre.headsetOf("boris")]);
  });

  it("[O6] on duty without any device for 60 s means offline", () => {
    const centre = new TestCentre();
    centre.online("anna");
    centre.send({ kind: "headsetLost", operatorId: "anna", legId: centre.headsetOf("anna") });
    centre.advance(59_999);
    expect(centre.stateOf("anna")).toBe("available");
    centre.advance(1);
    expect(changes(centre).at(-1)).toEqual(["anna", "offline", "headset-lost"]);
  });

  it("[O7] a headset that is lost while it rings sends the offer on", () => {
    const centre = new TestCentre();
    centre.online("anna", "vera");
    centre.call();
    centre.send({ kind: "headsetLost", operatorId: "anna", legId: centre.headsetOf("anna") });
    expect(centre.facts("offerEnded")).toMatchObject([{ operatorId: "anna", outcome: "unreachable" }]);
    expect(centre.stateOf("vera")).toBe("offered");
  });

  it("[O8] a supervisor's change is kept with the supervisor; what is unknown is refused", () => {
    const centre = new TestCentre();
    centre.online("anna");
    centre.send({ kind: "operatorWent", operatorId: "anna", to: "break", reasonId: "lunch", byUserId: "boss" });
    centre.go("anna", "break", "party");
    centre.go("nobody", "available");
    expect(centre.facts("operatorChanged").at(-1)).toMatchObject({ cause: "supervisor", byUserId: "boss" });
    expect(centre.facts("refused").map((fact) => fact.code)).toEqual(["BREAK_REASON_UNKNOWN", "OPERATOR_UNKNOWN"]);
  });

  it("[O9] whoever is no operator any more finishes the talk and gets no further contact", () => {
    const centre = new TestCentre();
    const contactId = centre.talk("anna");
    const config = testConfig({ version: 2 });
    const operators = config.operators.filter((operator) => operator.id !== "anna");
    centre.send({ kind: "configured", config: { ...config, operators } });
    expect(centre.stateOf("anna")).toBe("talking");
    centre.hangUp(contactId, "anna");
    centre.advance(60_000);
    centre.call();
    expect([centre.stateOf("anna"), centre.facts("offerMade").length]).toEqual(["offline", 1]);
  });

  it("[O10] going where one is already changes nothing", () => {
    const centre = new TestCentre();
    centre.online("anna");
    expect(centre.go("anna", "available")).toEqual({ facts: [], effects: [], fault: null });
  });

  it("[O11] the desk sees offer and talk with the contact in them", () => {
    const centre = new TestCentre();
    centre.online("anna", "vera");
    const contactId = centre.call();
    const contact = contactViews(centre.state).find((view) => view.contactId === contactId);
    expect(operatorView(centre.state, "anna")?.offer).toEqual({
      offerId: centre.offerOf("anna"),
      queueId: "sales",
      purpose: "queue",
      fromOperatorId: null,
      device: { kind: "headset", legId: centre.headsetOf("anna") },
      since: centre.at,
      until: centre.at + 20_000,
      contact,
    });
    centre.accept("anna");
    centre.send({ kind: "muted", contactId, operatorId: "anna", on: true });
    centre.consult(contactId, "anna", { kind: "operator", operatorId: "vera" });
    expect(operatorView(centre.state, "vera")?.offer).toMatchObject({ purpose: "consult", fromOperatorId: "anna" });
    centre.accept("vera");
    expect(operatorView(centre.state, "anna")?.talk).toMatchObject({
      as: "operator",
      muted: true,
      heldSince: centre.at,
      conference: false,
      consult: { by: "anna", operatorId: "vera", state: "talking" },
    });
    expect(operatorView(centre.state, "vera")?.talk).toMatchObject({ as: "consulted", contact: { contactId } });
  });
});
