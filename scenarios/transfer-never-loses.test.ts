import { checkInvariants, TestCentre } from "@centrala/domain/testing";
import { describe, expect, it } from "vitest";

describe("a transfer that fails", () => {
  it("rings at the operator again, then waits in the queue at its old place until somebody is there", () => {
    const centre = new TestCentre();
    const contactId = centre.talk("anna");
    const since = centre.contact(contactId).queueSince;
    centre.advance(30_000);
    const younger = centre.call();
    centre.transfer(contactId, "anna", { kind: "outside", addressId: "workshop", emergency: false });
    centre.legEnds(centre.asked("dialTrunk")[0]?.legId ?? "", "BUSY");
    expect(centre.stateOf("anna")).toBe("offered");
    centre.advance(3_000);
    centre.go("anna", "break");
    checkInvariants(centre);
    expect(centre.contact(contactId).phase).toMatchObject({ kind: "waiting", since });
    centre.online("vera");
    expect(centre.facts("offerMade").at(-1)).toMatchObject({ contactId, operatorId: "vera" });
    expect(centre.state.contacts.has(younger)).toBe(true);
  });
});
