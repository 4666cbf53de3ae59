import { describe, expect, it } from "vitest";
import { LegOrder } from "./leg-order.ts";

/** What was done, in order, with an order of legs whose look-ups end when the test says so. */
function ordered() {
  const order = new LegOrder();
  const done: string[] = [];
  const lookups = new Map<string, PromiseWithResolvers<string>>();
  return {
    order,
    done,
    ask: (legId: string, name: string) =>
      order.run(
        legId,
        () => void done.push(name),
        () => void done.push(`${name} failed`),
      ),
    askAfter: (legId: string, name: string) => {
      const lookup = Promise.withResolvers<string>();
      lookups.set(name, lookup);
      order.runAfter(
        legId,
        lookup.promise,
        60_000,
        (found) => void done.push(`${name} ${found}`),
        (error) => void done.push(`${name}: ${(error as Error).message}`),
      );
    },
    found: async (name: string) => {
      lookups.get(name)?.resolve("found");
      await settled();
    },
    lost: async (name: string) => {
      lookups.get(name)?.reject(new Error("the database is away"));
      await settled();
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("what is asked of a leg", () => {
  it("[T3] is done at once, and behind a look-up in the order in which it was asked", async () => {
    const { order, done, ask, askAfter, found } = ordered();
    ask("a", "ring");
    askAfter("a", "dial");
    ask("a", "play");
    askAfter("a", "dial again");
    ask("a", "mute");
    ask("b", "other");
    expect(done).toEqual(["ring", "other"]);
    expect([...order.waiting()]).toEqual(["a"]);
    await found("dial again");
    expect(done).toEqual(["ring", "other"]);
    await found("dial");
    expect(done).toEqual(["ring", "other", "dial found", "play", "dial again found", "mute"]);
    expect([order.isWaiting("a"), [...order.waiting()]]).toEqual([false, []]);
    ask("a", "again");
    expect(done.at(-1)).toBe("again");
  });

  it("[T3] goes on behind a look-up that failed", async () => {
    const { done, ask, askAfter, lost } = ordered();
    askAfter("a", "dial");
    ask("a", "play");
    await lost("dial");
    expect(done).toEqual(["dial: the database is away", "play"]);
  });

  it("[T3] has failed when nothing is found in time", async () => {
    const order = new LegOrder();
    const never = new Promise<string>(() => {});
    const failed = await new Promise<unknown>((resolve) => order.runAfter("a", never, 1, () => undefined, resolve));
    expect(String(failed)).toContain("1 ms");
    await settled();
    expect(order.isWaiting("a")).toBe(false);
  });

  it("[T4] is not done any more once the leg was dropped, neither what waited nor what comes later", async () => {
    const { order, done, ask, askAfter, found, lost } = ordered();
    askAfter("a", "dial");
    ask("a", "play");
    askAfter("b", "dial b");
    order.end("a");
    order.end("b");
    await found("dial");
    await lost("dial b");
    ask("a", "mute");
    askAfter("a", "dial late");
    await found("dial late");
    expect([done, [...order.waiting()]]).toEqual([[], []]);
  });
});
