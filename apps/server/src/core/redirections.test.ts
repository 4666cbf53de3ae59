import { centreSchema, type Destination, type OutgoingCharge } from "@centrala/contract";
import { defaultConfig, outgoingRule } from "@centrala/domain";
import { describe, expect, it } from "vitest";
import type { OpenCentre } from "./open-centre.ts";
import { mayFollow } from "./redirections.ts";

const mobile: Destination = { country: "BG", class: "mobile", pricePerMinute: 100_000, listed: null };

function centre(charge: OutgoingCharge | undefined): OpenCentre {
  const given = { kind: "in-house", country: "BG", language: "bg", timeZone: "Europe/Sofia", name: "Зора" } as const;
  const current = {
    ...defaultConfig(given),
    centre: centreSchema.parse({ ...given, outgoing: { countries: ["DE"] } }),
  };
  const legs = new Map(charge === undefined ? [] : [["leg", { charge }]]);
  const state = { config: { core: { outgoing: outgoingRule(current) } }, outgoing: { legs } };
  return { config: { current }, core: { state } } as unknown as OpenCentre;
}

describe("a carrier's redirection", () => {
  const called = centre({ operatorId: "anna", deviceId: null, trunkId: "carrier", destination: mobile });
  it.each([
    ["+359888123456", true],
    ["0888123456", true],
    ["029876543", true],
    ["gateway-7", true],
    ["+881612345678", false],
    ["+2348012345678", false],
    ["0900 12345", false],
    ["+493012345678", false],
  ])("to %s is followed: %s", (number, followed) => {
    expect(mayFollow(called, "leg", number)).toBe(followed);
  });

  it("of an emergency call is followed wherever it leads", () => {
    expect(mayFollow(centre(undefined), "leg", "+2348012345678")).toBe(true);
  });
});
