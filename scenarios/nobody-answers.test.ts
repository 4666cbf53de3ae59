import { checkInvariants, TestCentre } from "@centrala/domain/testing";
import { describe, expect, it } from "vitest";

describe("a call that nobody answers at first", () => {
  it("goes from operator to operator with its place, and whoever is not there goes on a break", () => {
    const centre = new TestCentre();
    centre.online("anna", "vera");
    const contactId = centre.call();
    centre.advance(20_000); // anna
    centre.advance(20_000); // vera
    expect(centre.facts("offerEnded").map((fact) => [fact.operatorId, fact.outcome])).toEqual([
      ["anna", "rung-out"],
      ["vera", "rung-out"],
    ]);
    centre.advance(10_000); // 30 s after anna's miss: she is rung once more
    expect(centre.stateOf("anna")).toBe("offered");
    centre.advance(20_000);
    expect(centre.stateOf("anna")).toBe("break");
    centre.advance(10_000);
    checkInvariants(centre);
    centre.accept("vera");
    expect(centre.facts("queueLeft")).toMatchObject([{ contactId, reason: "answered", waitedMs: 80_000 }]);
  });
});
