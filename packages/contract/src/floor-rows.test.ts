import { describe, expect, it } from "vitest";
import { floorChangeSchema } from "./floor-change.ts";
import { changedFloor, floorChange } from "./floor-rows.ts";
import type { FloorView } from "./views.ts";

const operator = (
  id: string,
  change: Partial<FloorView["operators"][number]> = {},
): FloorView["operators"][number] => ({
  id,
  name: id,
  state: "available",
  since: 1,
  detail: null,
  contactId: null,
  queueName: null,
  clientName: null,
  device: "headset",
  held: false,
  ...change,
});
const waiting = (contactId: string): FloorView["waiting"][number] => ({
  contactId,
  queueId: "sales",
  queueName: "Sales",
  party: "0888",
  since: 5,
});
const queue: FloorView["queues"][number] = {
  id: "sales",
  name: "Sales",
  clientName: "Shop",
  waiting: 0,
  longestSince: null,
  free: 2,
  onDuty: 2,
  offered: 0,
  answered: 0,
  abandoned: 0,
  voicemail: 0,
  other: 0,
  answeredWithin: 0,
  target: { percent: 80, withinMs: 20_000 },
};
const before: FloorView = {
  operators: [operator("anna"), operator("boris"), operator("vera")],
  queues: [queue],
  waiting: [waiting("one"), waiting("two")],
  calls: 2,
  trunks: [{ id: "carrier", name: "Carrier", state: "up" }],
  outgoing: [],
};

function changeTo(after: FloorView) {
  const change = floorChange(before, after);
  if (change === null) throw new Error("it can be told as a change");
  const received = floorChangeSchema.parse(JSON.parse(JSON.stringify(change)));
  expect(changedFloor(before, received)).toEqual(after);
  return change;
}

describe("a change of the floor", () => {
  it("holds fields of the rows that changed, new rows whole, and who is gone; the rest stays the same object", () => {
    const after: FloorView = {
      ...before,
      operators: [
        operator("boris", { state: "talking", since: 7, contactId: "one" }),
        operator("vera"),
        operator("dora"),
      ],
      queues: [{ ...queue, waiting: 1, target: { percent: 90, withinMs: 20_000 } }],
      waiting: [waiting("two"), waiting("three")],
      calls: 3,
    };
    const change = changeTo(after);
    expect(change).toEqual({
      operators: {
        put: [{ id: "boris", state: "talking", since: 7, contactId: "one" }, operator("dora")],
        gone: ["anna"],
      },
      queues: { put: [{ id: "sales", waiting: 1, target: { percent: 90, withinMs: 20_000 } }], gone: [] },
      waiting: { put: [waiting("three")], gone: ["one"] },
      calls: 3,
    });
    expect(changedFloor(before, change).operators[1]).toBe(before.operators[2]);
    expect(changedFloor(before, change).trunks).toBe(before.trunks);
  });

  it("is empty where nothing changed, and tells lines and limits whole", () => {
    expect(changeTo(structuredClone(before))).toEqual({});
    const trunks: FloorView["trunks"] = [{ id: "carrier", name: "Carrier", state: "down" }];
    const outgoing: FloorView["outgoing"] = [{ scope: "centre", name: "Shop", measure: "calls", full: true }];
    expect(changeTo({ ...before, trunks, outgoing })).toEqual({ trunks, outgoing });
  });

  it("can't say another order, nor a new row before an old one", () => {
    expect(floorChange(before, { ...before, operators: before.operators.toReversed() })).toBe(null);
    expect(floorChange(before, { ...before, operators: [operator("aaron"), ...before.operators] })).toBe(null);
  });
});
