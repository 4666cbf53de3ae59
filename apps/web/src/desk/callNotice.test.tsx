// @vitest-environment happy-dom
import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { useCallNotice, wantNotices } from "./callNotice.ts";

let shown: { title: string; body: string; open: boolean }[];
let focused: boolean;

class FakeNotification {
  static permission = "granted";
  readonly #own: { title: string; body: string; open: boolean };
  onclick: (() => void) | null = null;
  constructor(title: string, { body }: { body: string }) {
    this.#own = { title, body, open: true };
    shown.push(this.#own);
  }
  close() {
    this.#own.open = false;
  }
}

beforeEach(() => {
  shown = [];
  focused = false;
  localStorage.clear();
  vi.stubGlobal("Notification", FakeNotification);
  vi.stubGlobal("isSecureContext", true);
  vi.spyOn(document, "hasFocus").mockImplementation(() => focused);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const call = { title: "Mary O'Brien", body: "Green house" };

it("tells of a call while the tab is not in front, and takes it back with the ringing", () => {
  const hook = renderHook(({ ringing }) => useCallNotice(ringing ? call : null), { initialProps: { ringing: true } });
  expect(shown).toEqual([{ ...call, open: true }]);
  hook.rerender({ ringing: false });
  expect(shown).toEqual([{ ...call, open: false }]);
});

it("says nothing to who looks at the tab, and speaks when they leave it", () => {
  focused = true;
  renderHook(() => useCallNotice(call));
  expect(shown).toEqual([]);
  focused = false;
  act(() => void window.dispatchEvent(new Event("blur")));
  expect(shown).toEqual([{ ...call, open: true }]);
  focused = true;
  act(() => void window.dispatchEvent(new Event("focus")));
  expect(shown).toEqual([{ ...call, open: false }]);
});

it("is silent where it was turned off", async () => {
  await wantNotices(false);
  renderHook(() => useCallNotice(call));
  expect(shown).toEqual([]);
});
