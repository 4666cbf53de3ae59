import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Reloads } from "./reloads.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("a list is reloaded at once after a calm, then once for all changes of five seconds, each list by itself", () => {
  const begun = Date.now();
  const reloaded: string[] = [];
  const reloads = new Reloads({
    reload: (list) => reloaded.push(`${list} ${Date.now() - begun}`),
    now: () => Date.now(),
    random: () => 0.5,
  });
  reloads.changed("missed");
  for (let second = 0; second < 4; second += 1) {
    vi.advanceTimersByTime(1_000);
    reloads.changed("missed");
  }
  reloads.changed("contacts");
  vi.advanceTimersByTime(20_000);
  reloads.changed("missed");
  expect(reloaded).toEqual(["missed 0", "contacts 4000", "missed 5500", "missed 24000"]);
  reloads.changed("missed");
  reloads.close();
  vi.advanceTimersByTime(20_000);
  expect(reloaded.length).toBe(4);
});
