import { testConfig } from "./config.ts";
import { TestCentre } from "./harness.ts";

/** One afternoon: queue, hold, consultation, transfer, a call out, a restart. Recorded once a version of the journal; new code must decide the newest alike. */
export function afternoon(): TestCentre {
  const centre = new TestCentre(testConfig({ recordCalls: true }));
  centre.online("anna", "vera");
  const first = centre.call();
  centre.advance(2_000);
  centre.decline("anna");
  centre.accept("vera");
  centre.advance(10_000);
  centre.hold(first, "vera", true);
  centre.advance(3_000);
  centre.hold(first, "vera", false);
  centre.consult(first, "vera", { kind: "operator", operatorId: "anna" });
  centre.accept("anna");
  centre.advance(5_000);
  centre.endConsult(first, "vera", "transfer");
  centre.advance(8_000);
  centre.legEnds(`${first}-leg`);
  centre.send({ kind: "dispositionSet", contactId: first, operatorId: "anna", dispositionId: "solved" });
  centre.advance(60_000);
  centre.dial("anna", { kind: "outside", addressId: "address-out", emergency: false });
  centre.legAnswers(centre.asked("dialTrunk")[0]?.legId ?? "");
  centre.call();
  centre.advance(2_500);
  centre.send({ kind: "recovered", legsAlive: [], aliveUntil: null });
  centre.advance(120_000);
  return centre;
}
