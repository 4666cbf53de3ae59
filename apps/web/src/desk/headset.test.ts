// @vitest-environment happy-dom
import { expect, it, vi } from "vitest";
import { startHeadset } from "./headset.ts";

const started = vi.hoisted(() => ({ times: 0, ready: Promise.withResolvers<{ ok: true }>() }));
vi.mock("../headset/index.ts", () => ({
  createHeadset: () => ({
    start: () => {
      started.times += 1;
      return started.ready.promise;
    },
    close: () => {},
  }),
}));

it("a headset that is asked for again while it starts is started once, and both are told that it is ready", async () => {
  const first = startHeadset();
  const second = startHeadset();
  started.ready.resolve({ ok: true });
  expect([await first, await second, await startHeadset(), started.times]).toEqual([true, true, true, 1]);
});
