// @vitest-environment happy-dom
import type { DeskView, FloorView, ServerMessage } from "@centrala/contract";
import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { receive, stopLive, useLive } from "./store.ts";

const floor: FloorView = { operators: [], queues: [], waiting: [], calls: 1, trunks: [], outgoing: [] };

function get(...messages: ServerMessage[]): void {
  act(() => messages.forEach(receive));
}

function shown() {
  const { result } = renderHook(() => useLive((state) => state));
  return result;
}

beforeEach(() => stopLive());
afterEach(() => stopLive());

it("the floor is the whole that came, and then what changed in it, one after the other", () => {
  const live = shown();
  get({ kind: "floorChanged", from: 3, revision: 4, change: { calls: 9 } });
  get({ kind: "floor", revision: 4, view: floor });
  get({ kind: "floorChanged", from: 4, revision: 5, change: { calls: 2 } });
  get({ kind: "floorChanged", from: 6, revision: 7, change: { calls: 8 } });
  get({ kind: "floorChanged", from: 5, revision: 6, change: { calls: 3 } });
  get({ kind: "floor", revision: 7, view: { ...floor, calls: 8 } });
  get({ kind: "floorChanged", from: 7, revision: 8, change: { calls: 4 } });
  expect(live.current.floor).toEqual({ ...floor, calls: 4 });
});

it("figures of a queue change that queue of the desk alone", () => {
  const live = shown();
  const sales = { id: "sales", name: "Sales", waiting: 0, longestSince: null, nobody: null };
  const support = { ...sales, id: "support", name: "Support" };
  get({ kind: "queue", queue: { id: "sales", waiting: 1, longestSince: 1, nobody: null } });
  get({ kind: "desk", view: { queues: [sales, support] } as unknown as DeskView });
  get({ kind: "queue", queue: { id: "sales", waiting: 2, longestSince: 7, nobody: "wait" } });
  expect(live.current.desk?.queues).toEqual([{ ...sales, waiting: 2, longestSince: 7, nobody: "wait" }, support]);
});
