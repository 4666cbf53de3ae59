import { checkInvariants, TestCentre } from "@centrala/domain/testing";
import { describe, expect, it } from "vitest";

describe("a caller who gives up", () => {
  it("while a desk phone rings: the phone stops ringing and nobody has missed anything", () => {
    const centre = new TestCentre();
    centre.send({ kind: "deviceReachable", deviceId: "boris-phone", reachable: true });
    centre.go("boris", "available");
    const contactId = centre.call();
    const phone = centre.asked("dialDevice")[0]?.legId ?? "";
    centre.send({ kind: "legRinging", legId: phone });
    centre.advance(7_000);
    centre.legEnds(`${contactId}-leg`);
    checkInvariants(centre);
    expect(centre.last.effects).toEqual([{ kind: "dropLeg", legId: phone, code: "CANCELLED" }]);
    expect(centre.facts("queueLeft")).toEqual([
      { kind: "queueLeft", contactId, queueId: "sales", reason: "abandoned", waitedMs: 7_000 },
    ]);
    expect([centre.stateOf("boris"), centre.state.operators.get("boris")?.missesInRow]).toEqual(["available", 0]);
  });

  it("lets the next caller be offered in the same instant", () => {
    const centre = new TestCentre();
    centre.online("anna");
    const first = centre.call();
    const second = centre.call();
    centre.legEnds(`${first}-leg`);
    checkInvariants(centre);
    expect(centre.facts("offerMade").map((fact) => fact.contactId)).toEqual([first, second]);
  });
});
