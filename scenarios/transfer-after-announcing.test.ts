import { checkInvariants, TestCentre } from "@centrala/domain/testing";
import { describe, expect, it } from "vitest";

describe("a transfer after announcing the caller", () => {
  it("to a colleague, and from there outside, is one contact with everybody in it", () => {
    const centre = new TestCentre();
    const contactId = centre.talk("anna");
    centre.online("vera");
    centre.consult(contactId, "anna", { kind: "operator", operatorId: "vera" });
    centre.accept("vera");
    checkInvariants(centre);
    centre.endConsult(contactId, "anna", "transfer");
    centre.consult(contactId, "vera", { kind: "outside", addressId: "workshop", emergency: false });
    const far = centre.asked("dialTrunk")[0]?.legId ?? "";
    centre.send({ kind: "legEarlyMedia", legId: far });
    centre.legAnswers(far);
    checkInvariants(centre);
    centre.endConsult(contactId, "vera", "transfer");
    expect(centre.telephony.heardBy(`${contactId}-leg`)).toEqual([far]);
    centre.advance(30_000);
    centre.legEnds(`${contactId}-leg`);
    expect(centre.endOf(contactId)).toBe("TRANSFERRED_OUTSIDE");
    expect(centre.facts("contactStarted").length).toBe(1);
    expect(centre.facts("talkEnded").map((fact) => fact.operatorId)).toEqual(["anna", "vera"]);
    expect([centre.stateOf("anna"), centre.stateOf("vera")]).toEqual(["available", "wrap-up"]);
    expect([...centre.telephony.legs.keys()].sort()).toEqual(
      [centre.headsetOf("anna"), centre.headsetOf("vera")].sort(),
    );
  });
});
