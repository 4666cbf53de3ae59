// @vitest-environment happy-dom
import type { DeskView, LiveContact } from "@centrala/contract";
import { describe, expect, it } from "vitest";
import { isOnTheLine, mayBeHeard } from "./useHeadsetDuty.ts";

function view(more: Partial<LiveContact> | null): DeskView {
  const contact = more === null ? null : { phase: "talking", held: false, consult: null, ...more };
  return { state: "talking", contact } as DeskView;
}

describe("the microphone", () => {
  it("is heard while talking and while asking a colleague", () => {
    expect(mayBeHeard(view({}))).toBe(true);
    expect(mayBeHeard(view({ held: true, consult: { with: "Anna", state: "talking", asked: false } }))).toBe(true);
  });

  it("is not heard without a call, while it rings or is dialled, on hold, and in the wrap-up", () => {
    const silent = [
      view(null),
      view({ phase: "ringing" }),
      view({ phase: "dialling" }),
      view({ held: true }),
      view({ phase: "wrap-up" }),
    ];
    expect([...silent, null].map(mayBeHeard)).toEqual([false, false, false, false, false, false]);
  });
});

it("a headset that a reload has closed is asked for at once while somebody is on the line, and not in the wrap-up", () => {
  const views = [
    view({}),
    view({ phase: "dialling" }),
    view({ held: true }),
    view({ phase: "wrap-up" }),
    view(null),
    null,
  ];
  expect(views.map(isOnTheLine)).toEqual([true, true, true, false, false, false]);
});
