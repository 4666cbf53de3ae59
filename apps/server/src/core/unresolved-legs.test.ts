import type { TelephonyEvent } from "@centrala/contract";
import { describe, expect, it } from "vitest";
import { UnresolvedLegs } from "./unresolved-legs.ts";

const ended = (legId: string): TelephonyEvent => ({ kind: "legEnded", legId, code: "CANCELLED", sipStatus: 487 });

describe("a leg that is being looked up", () => {
  it("tells of a caller's end only after the call itself was told", async () => {
    const legs = new UnresolvedLegs();
    const told: string[] = [];
    const found = Promise.withResolvers<void>();
    const arrived = legs.arriving(
      "leg",
      () => found.promise.then(() => void told.push("arrived")),
      (event) => void told.push(event.kind),
    );
    expect(legs.isArriving("leg")).toBe(true);
    expect(legs.holds("leg", ended("leg"))).toBe(true);
    expect(legs.holds("other", ended("other"))).toBe(false);
    found.resolve();
    await arrived;
    expect(told).toEqual(["arrived", "legEnded"]);
    expect([...legs.ids()]).toEqual([]);
  });

  it("tells of it too when the lookup failed", async () => {
    const legs = new UnresolvedLegs();
    const told: string[] = [];
    const lookup = Promise.reject(new Error("the database is away"));
    const arrived = legs.arriving(
      "leg",
      () => lookup,
      (event) => void told.push(event.kind),
    );
    legs.holds("leg", ended("leg"));
    await expect(arrived).rejects.toThrow("away");
    expect(told).toEqual(["legEnded"]);
  });

  it("is not dialled when it was hung up before its number was found", async () => {
    const legs = new UnresolvedLegs();
    const dialled: string[] = [];
    const found = Promise.withResolvers<string>();
    const [first, second] = [found.promise, found.promise].map((lookup, index) =>
      legs.dialling(`leg${index}`, lookup, (number) => void dialled.push(`leg${index} ${number}`)),
    );
    expect([...legs.ids()]).toEqual(["leg0", "leg1"]);
    expect(legs.dropped("leg0")).toBe(true);
    expect(legs.dropped("unknown")).toBe(false);
    found.resolve("0888");
    await Promise.all([first, second]);
    expect(dialled).toEqual(["leg1 0888"]);
    expect(legs.dropped("leg1")).toBe(false);
  });
});
