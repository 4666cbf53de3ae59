import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { LastResort } from "./last-resort.ts";

function resort() {
  const logged: string[] = [];
  const given = { now: 0, ended: 0 };
  const said = (details: { readonly err?: Error }): void => void logged.push(details.err?.message ?? "the end");
  const log = { error: said, fatal: said } as unknown as ConstructorParameters<typeof LastResort>[0]["log"];
  const last = new LastResort({ log, elapsed: () => given.now, giveUp: () => void (given.ended += 1) });
  const target = new EventEmitter();
  const stop = last.install(target as unknown as NodeJS.Process);
  return { last, logged, given, target, stop };
}

describe("what nobody caught", () => {
  it("is counted and logged with its cause, and nothing ends", () => {
    const { last, logged, given, target, stop } = resort();
    target.emit("uncaughtException", new Error("a listener"));
    target.emit("unhandledRejection", "a promise");
    expect(logged).toEqual(["a listener", "a promise"]);
    expect(last.counts).toEqual({ uncaughtException: 1, unhandledRejection: 1 });
    expect(given.ended).toBe(0);
    stop();
    expect(target.listenerCount("uncaughtException") + target.listenerCount("unhandledRejection")).toBe(0);
  });

  it("ends a process that does nothing else any more, once", () => {
    const { given, target } = resort();
    for (let count = 0; count < 99; count += 1) target.emit("uncaughtException", new Error("again"));
    given.now += 10_001;
    for (let count = 0; count < 99; count += 1) target.emit("uncaughtException", new Error("again"));
    expect(given.ended).toBe(0);
    target.emit("uncaughtException", new Error("again"));
    target.emit("uncaughtException", new Error("again"));
    expect(given.ended).toBe(1);
  });
});
