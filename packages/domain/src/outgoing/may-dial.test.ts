import type { Destination, OutgoingRule, OutgoingRuleLimits, OutgoingScope } from "@centrala/contract";
import { describe, expect, it } from "vitest";
import { mayDial, type OutgoingCall, type Used } from "./may-dial.ts";

const mobile: Destination = { country: "BG", class: "mobile", pricePerMinute: 100_000, listed: null };
const none: OutgoingRuleLimits = { atOnce: null, calls: null, ms: null, spent: null };
const rule: OutgoingRule = {
  timeZone: "Europe/Sofia",
  countries: ["BG"],
  classes: ["fixed", "mobile", "toll-free", "short"],
  callMsMax: 3_600_000,
  alarmPercent: 80,
  offDuty: false,
  limits: { person: none, device: none, trunk: none, centre: none },
};
const unused: Used = { atOnce: 0, calls: 0, ms: 0, spent: 0 };
const call: OutgoingCall = {
  destination: mobile,
  emergency: false,
  operatorId: "anna",
  onDuty: true,
  deviceId: "anna-phone",
  trunkIds: ["carrier", "other"],
};

function limited(scope: OutgoingScope, limits: Partial<OutgoingRuleLimits>): OutgoingRule {
  return { ...rule, limits: { ...rule.limits, [scope]: { ...none, ...limits } } };
}
/** Only the named one has used anything. */
function usedOnly(scope: OutgoingScope, id: string | null, used: Partial<Used>) {
  return (asked: OutgoingScope, askedId: string | null): Used =>
    asked === scope && askedId === id ? { ...unused, ...used } : unused;
}
const nobody = () => unused;

describe("whether a call may go out", () => {
  it("[O10] emergency always", () => {
    const off = { ...call, emergency: true, onDuty: false, destination: undefined };
    expect(mayDial(limited("centre", { atOnce: 0 }), nobody, off)).toEqual({
      allowed: true,
      trunkIds: ["carrier", "other"],
    });
  });

  it.each([
    [{ country: "SL" }, "COUNTRY_NOT_ALLOWED"],
    [{ class: "premium" }, "CLASS_NOT_ALLOWED"],
    [{ class: "service-code" }, "CLASS_NOT_ALLOWED"],
    [{ country: null, class: "satellite" }, "CLASS_NOT_ALLOWED"],
    [{ class: "unknown" }, "NUMBER_NOT_ALLOWED"],
    [{ listed: "denied" }, "NUMBER_NOT_ALLOWED"],
  ] as const)("[O11] %j: %s", (change, code) => {
    const verdict = mayDial(rule, nobody, { ...call, destination: { ...mobile, ...change } });
    expect(verdict).toEqual({ allowed: false, code, scope: null });
  });

  it("[O11] a listed prefix stands above country and class", () => {
    const listed: Destination = { ...mobile, country: "SL", class: "premium", listed: "allowed" };
    expect(mayDial(rule, nobody, { ...call, destination: listed }).allowed).toBe(true);
  });

  it("[O12] a number of which nobody looked where it leads", () => {
    expect(mayDial(rule, nobody, { ...call, destination: undefined })).toMatchObject({ code: "NUMBER_NOT_ALLOWED" });
  });

  it("[O13] off duty, unless the centre permits it; flows have no duty", () => {
    const off = { ...call, onDuty: false };
    expect(mayDial(rule, nobody, off)).toEqual({ allowed: false, code: "OFF_DUTY", scope: null });
    expect(mayDial({ ...rule, offDuty: true }, nobody, off).allowed).toBe(true);
    expect(mayDial(rule, nobody, { ...off, operatorId: null }).allowed).toBe(true);
  });

  it.each([
    ["atOnce", "CALLS_AT_ONCE"],
    ["calls", "CALLS_A_DAY"],
    ["ms", "MINUTES_A_DAY"],
    ["spent", "SPENDING_A_DAY"],
  ] as const)("[O14] %s of person, telephone, line and centre: %s", (measure, code) => {
    const whose = [
      ["person", "anna"],
      ["device", "anna-phone"],
      ["trunk", "carrier"],
      ["centre", null],
    ] as const;
    for (const [scope, id] of whose) {
      const one = { ...call, trunkIds: ["carrier"] };
      const verdict = (used: number) =>
        mayDial(limited(scope, { [measure]: 5 }), usedOnly(scope, id, { [measure]: used }), one);
      expect(verdict(4)).toEqual({ allowed: true, trunkIds: ["carrier"] });
      expect(verdict(5)).toEqual({ allowed: false, code, scope });
    }
  });

  it("[O15] what costs nothing goes on when the money is used up", () => {
    const free = { ...call, destination: { ...mobile, class: "toll-free", pricePerMinute: 0 } as const };
    const spent = usedOnly("centre", null, { spent: 10 });
    expect(mayDial(limited("centre", { spent: 10 }), spent, free).allowed).toBe(true);
  });

  it("[O16] a line that is used up is left out", () => {
    const verdict = mayDial(limited("trunk", { calls: 9 }), usedOnly("trunk", "carrier", { calls: 9 }), call);
    expect(verdict).toEqual({ allowed: true, trunkIds: ["other"] });
  });

  it("[O17] without a rule nothing is limited", () => {
    expect(mayDial(undefined, nobody, { ...call, destination: undefined, onDuty: false }).allowed).toBe(true);
  });
});
