import type { TelephonyEvent } from "@centrala/contract";
import { expect, it } from "vitest";
import { localEvent } from "./local-event.ts";

const local = (id: string): [string, string] => {
  const [centreId = "", own = ""] = id.split(":");
  return [centreId, own];
};

it("the line that took a call is the centre's own, so that its limits count it", () => {
  const event: TelephonyEvent = { kind: "legAnswered", legId: "c1:l", trunkId: "c1:carrier" };
  expect(localEvent(event, local)).toEqual(["c1", { kind: "legAnswered", legId: "l", trunkId: "carrier" }]);
  expect(localEvent({ kind: "legAnswered", legId: "c1:l" }, local)).toEqual([
    "c1",
    { kind: "legAnswered", legId: "l" },
  ]);
});

it("no telephone joins its call to one of another centre", () => {
  const join = (otherLegId: string): TelephonyEvent =>
    ({ kind: "phoneJoin", legId: "c1:a", otherLegId }) as TelephonyEvent;
  expect(localEvent(join("c1:b"), local)[1]).toMatchObject({ legId: "a", otherLegId: "b" });
  expect(localEvent(join("c2:b"), local)[1]).toMatchObject({ legId: "a", otherLegId: "" });
});
