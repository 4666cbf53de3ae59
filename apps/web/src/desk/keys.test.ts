import { describe, expect, it } from "vitest";
import { actionOf, defaultKeys, deskActions, readKeys, swapKey } from "./keys.ts";

const press = (code: string, more: object = {}) => ({
  altKey: true,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  repeat: false,
  code,
  ...more,
});

describe("the desk's keys", () => {
  it("go by the physical key, so that a Cyrillic layout does not matter", () => {
    expect(actionOf(press("KeyH"), defaultKeys)).toBe("hold");
    expect(actionOf(press("Slash"), defaultKeys)).toBe("help");
    expect(actionOf(press("Digit3"), defaultKeys)).toBe(3);
    expect(actionOf(press("Numpad9"), defaultKeys)).toBe(9);
  });

  it("need Alt alone: neither AltGr nor a combination of the browser's is taken", () => {
    expect(actionOf(press("KeyE", { altKey: false }), defaultKeys)).toBeNull();
    expect(actionOf(press("KeyE", { ctrlKey: true }), defaultKeys)).toBeNull();
    expect(actionOf(press("KeyE", { altKey: false, ctrlKey: true }), defaultKeys)).toBeNull();
  });

  it("act once while held down", () => {
    expect(actionOf(press("KeyE", { repeat: true }), defaultKeys)).toBeNull();
  });

  it("never include Enter or Space", () => {
    expect(actionOf(press("Enter"), defaultKeys)).toBeNull();
    expect(readKeys(JSON.stringify({ end: "Enter" })).end).toBe("KeyE");
  });

  it("are all different, also after one was given another's key", () => {
    const swapped = swapKey(defaultKeys, "end", "KeyH");
    expect(swapped.end).toBe("KeyH");
    expect(swapped.hold).toBe("KeyE");
    expect(new Set(Object.values(swapped)).size).toBe(deskActions.length);
  });

  it("fall back to the defaults when what is stored is broken", () => {
    expect(readKeys("{")).toEqual(defaultKeys);
    expect(readKeys(JSON.stringify({ hold: "KeyE" }))).toEqual(defaultKeys);
  });
});
