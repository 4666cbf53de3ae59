import { describe, expect, it } from "vitest";
import { fold } from "../replay.ts";
import { fromSnapshot, toSnapshot } from "../snapshot.ts";
import { TestCentre } from "../testing/harness.ts";
import { mobileTarget, outgoingConfig, satelliteTarget, testRule, toMobile, toSatellite } from "../testing/outgoing.ts";
import { usedBy } from "./usage.ts";

const minute = 60_000;

function centreOf(rule = testRule(), steps?: Parameters<typeof outgoingConfig>[1]): TestCentre {
  return new TestCentre(outgoingConfig(rule, steps));
}
function refusal(centre: TestCentre) {
  return centre.last.facts.find((fact) => fact.kind === "refused");
}
function farLeg(centre: TestCentre): string {
  return centre.asked("dialTrunk").at(-1)?.legId ?? "";
}
const phoneDials = (centre: TestCentre, legId: string, target: typeof mobileTarget | typeof satelliteTarget) =>
  centre.send({
    kind: "operatorDialled",
    contactId: centre.name("dialled"),
    operatorId: "boris",
    legId,
    deviceId: "boris-phone",
    target,
    clientId: "shop",
    callerNumberId: null,
    customerId: null,
  });

describe("every way out", () => {
  it("[O20] the desk is told why, and nothing is dialled", () => {
    const centre = centreOf();
    centre.online("anna");
    centre.dial("anna", satelliteTarget);
    expect(refusal(centre)).toMatchObject({ code: "CLASS_NOT_ALLOWED", destination: toSatellite, operatorId: "anna" });
    expect(centre.asked("dialTrunk")).toEqual([]);
    expect(centre.stateOf("anna")).toBe("available");
  });

  it("[O20] a telephone hears 403", () => {
    const centre = centreOf();
    centre.go("boris", "available");
    phoneDials(centre, "phone-leg", satelliteTarget);
    expect(centre.last.effects).toEqual([{ kind: "rejectLeg", legId: "phone-leg", status: 403 }]);
  });

  it("[O13] [O20] a telephone of somebody off duty dials emergency numbers only", () => {
    const centre = centreOf();
    phoneDials(centre, "phone-leg", mobileTarget);
    expect(refusal(centre)?.code).toBe("OFF_DUTY");
    centre.dial("boris", { kind: "operator", operatorId: "anna" }, "phone-leg-2");
    expect(refusal(centre)?.code).toBe("OFF_DUTY");
    centre.dial("boris", { kind: "outside", addressId: "help", emergency: true }, "phone-leg-3");
    expect(centre.asked("dialTrunk").length).toBe(1);
  });

  it("[O20] a transfer, a consultation and a telephone's second call and transfer key", () => {
    const centre = centreOf();
    const contactId = centre.talk("anna");
    centre.transfer(contactId, "anna", satelliteTarget);
    expect(refusal(centre)?.code).toBe("CLASS_NOT_ALLOWED");
    centre.consult(contactId, "anna", satelliteTarget);
    expect(refusal(centre)?.code).toBe("CLASS_NOT_ALLOWED");
    centre.go("boris", "available");
    phoneDials(centre, "phone-leg", mobileTarget);
    centre.legAnswers(farLeg(centre));
    phoneDials(centre, "phone-leg-2", satelliteTarget);
    expect(centre.last.effects).toContainEqual({ kind: "rejectLeg", legId: "phone-leg-2", status: 403 });
    centre.send({ kind: "phoneTransferTo", legId: "phone-leg", target: satelliteTarget });
    expect(centre.last.effects).toEqual([{ kind: "reportTransfer", legId: "phone-leg", status: 403 }]);
  });

  it("[O20] a call flow goes on with otherwise", () => {
    const centre = centreOf(testRule(), {
      outside: { kind: "transfer", target: { kind: "number", number: "+8816" }, otherwise: "queue" },
      queue: { kind: "queue", queueId: "sales", otherwise: null },
    });
    const contactId = centre.call({
      outsideAddressIds: { "+8816": "far" },
      outsideDestinations: { "+8816": toSatellite },
    });
    expect(centre.facts("outgoingRefused")).toEqual([
      {
        kind: "outgoingRefused",
        contactId,
        operatorId: null,
        code: "CLASS_NOT_ALLOWED",
        scope: null,
        destination: toSatellite,
      },
    ]);
    expect(centre.contact(contactId).phase.kind).toBe("waiting");
    expect(centre.asked("dialTrunk")).toEqual([]);
  });

  it("[O21] a telephone that hands calls over outside and dials again has no more of them than it may", () => {
    const centre = centreOf(testRule({ person: { atOnce: 2 } }));
    centre.go("boris", "available");
    for (let round = 1; round <= 10; round += 1) {
      phoneDials(centre, `phone-${round}`, mobileTarget);
      if (refusal(centre) !== undefined) break;
      centre.legAnswers(farLeg(centre));
      centre.send({ kind: "phoneTransferTo", legId: `phone-${round}`, target: mobileTarget });
      centre.legAnswers(farLeg(centre));
    }
    expect(centre.state.outgoing.legs.size).toBeLessThanOrEqual(2);
    expect(usedBy(centre.state.outgoing, "person", "boris", centre.at).atOnce).toBe(2);
    expect(refusal(centre)).toMatchObject({ code: "CALLS_AT_ONCE", scope: "person" });
  });

  it("[O22] what was permitted when it was asked for is asked again when the phone is picked up", () => {
    const centre = centreOf(testRule({ centre: { atOnce: 1 } }));
    centre.online("anna");
    centre.send({ kind: "deviceReachable", deviceId: "boris-phone", reachable: true });
    centre.go("boris", "available");
    const second = centre.dial("boris", mobileTarget);
    centre.dial("anna", mobileTarget);
    centre.legAnswers(centre.asked("dialDevice")[0]?.legId ?? "");
    expect(centre.endOf(second)).toBe("OUTGOING_LIMIT");
    expect(centre.facts("outgoingRefused")).toMatchObject([{ code: "CALLS_AT_ONCE", scope: "centre" }]);
    expect(centre.asked("dialTrunk").length).toBe(1);
  });
});

describe("what is used up", () => {
  it("[O32] [O33] minutes: an alarm at the share, then the calls that use them end", () => {
    const centre = centreOf(testRule({ centre: { ms: 10 * minute } }));
    centre.online("anna", "vera");
    const one = centre.dial("anna", mobileTarget);
    centre.legAnswers(farLeg(centre));
    const two = centre.dial("vera", mobileTarget);
    centre.legAnswers(farLeg(centre));
    centre.advance(4 * minute - 10);
    expect(centre.facts("outgoingAlarm")).toEqual([]);
    centre.advance(20);
    const alarm = { kind: "outgoingAlarm", scope: "centre", id: null, measure: "ms" } as const;
    expect(centre.facts("outgoingAlarm")).toEqual([{ ...alarm, percent: 80 }]);
    centre.advance(2 * minute);
    expect(centre.facts("outgoingAlarm").at(-1)).toEqual({ ...alarm, percent: 100 });
    expect([centre.endOf(one), centre.endOf(two)]).toEqual(["OUTGOING_LIMIT", "OUTGOING_LIMIT"]);
    centre.advance(minute);
    centre.dial("anna", mobileTarget);
    expect(refusal(centre)).toMatchObject({ code: "MINUTES_A_DAY", scope: "centre" });
    centre.advance(24 * 60 * minute);
    centre.dial("anna", mobileTarget);
    expect(refusal(centre)).toBe(undefined);
  });

  it("[O33] a satellite call costs what the person may spend and no cent more; national calls of others go on", () => {
    const rule = testRule({ person: { spent: 20_000_000 } }, { classes: ["mobile", "satellite"] });
    const centre = centreOf(rule);
    centre.online("anna", "vera");
    const dear = centre.dial("anna", satelliteTarget);
    centre.legAnswers(farLeg(centre));
    const cheap = centre.dial("vera", mobileTarget);
    centre.legAnswers(farLeg(centre));
    centre.advance(2 * minute + 10);
    expect(centre.endOf(dear)).toBe("OUTGOING_LIMIT");
    expect(centre.endOf(cheap)).toBe(undefined);
    expect(usedBy(centre.state.outgoing, "person", "anna", centre.at).spent).toBeLessThan(20_010_000);
  });

  it("[O34] a call ends after the longest time; emergency calls never", () => {
    const centre = centreOf(testRule({}, { callMsMax: 30 * minute }));
    centre.online("anna", "vera");
    const one = centre.dial("anna", mobileTarget);
    centre.legAnswers(farLeg(centre));
    const help = centre.dial("vera", { kind: "outside", addressId: "help", emergency: true });
    centre.legAnswers(farLeg(centre));
    centre.advance(31 * minute);
    expect(centre.endOf(one)).toBe("OUTGOING_LIMIT");
    expect(centre.endOf(help)).toBe(undefined);
  });

  it("[O30] [O31] [O35] the line that took the call counts it; a call over midnight goes on; journal and snapshot agree", () => {
    const centre = centreOf(testRule({ trunk: { calls: 1 } }));
    centre.online("anna", "vera");
    centre.advance(12 * 60 * minute);
    centre.dial("anna", mobileTarget);
    centre.send({ kind: "legAnswered", legId: farLeg(centre), trunkId: "other" });
    centre.dial("vera", mobileTarget);
    expect(centre.asked("dialTrunk").at(-1)?.trunkIds).toEqual(["carrier"]);
    centre.advance(3 * 60 * minute);
    expect(centre.facts("outgoingDayBegan").length).toBe(1);
    expect(usedBy(centre.state.outgoing, "person", "anna", centre.at)).toMatchObject({ atOnce: 1, ms: 60 * minute });
    const folded = fold(centre.entries);
    expect(folded.outgoing).toEqual(centre.state.outgoing);
    expect(fromSnapshot(toSnapshot(centre.state))?.outgoing).toEqual(centre.state.outgoing);
    expect(toMobile.class).toBe("mobile");
  });
});
