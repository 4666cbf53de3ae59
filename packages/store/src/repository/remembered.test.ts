import { describe, expect, it } from "vitest";
import { StoreError } from "../error.ts";
import { awayMsMax, believedMsMax, Remembered, type Use } from "./remembered.ts";

type Row = {
  readonly id: string;
  readonly centreId: string;
  readonly seenAt: number;
  readonly expiresAt: number | null;
};

const away = () => new StoreError("DATABASE_AWAY", "away");

/** Rows as a database has them, and a count of how often it was asked. */
function bench() {
  const clock = { now: 1_000_000 };
  const known = new Remembered<Row>(() => clock.now);
  const rows = new Map<string, Row>();
  const asked: string[] = [];
  const uses: Use[] = [];
  let isAway = false;
  const load = (hash: string) => async () => {
    asked.push(hash);
    if (isAway) throw away();
    return rows.get(hash);
  };
  const confirm = () =>
    known.confirm(async (centreId, ids, used) => {
      asked.push(centreId);
      if (isAway) throw away();
      uses.push(...used);
      for (const { id, usedAt } of used) {
        const row = rows.get(id);
        if (row !== undefined) rows.set(id, { ...row, seenAt: usedAt });
      }
      return [...rows.values()].filter(({ id }) => ids.includes(id));
    });
  const add = (id: string, row: Partial<Row> = {}) =>
    rows.set(id, { id, centreId: "c", seenAt: clock.now, expiresAt: null, ...row });
  return {
    clock,
    known,
    rows,
    asked,
    uses,
    add,
    confirm,
    find: (hash: string) => known.find(hash, load(hash)),
    setAway: (to: boolean) => (isAway = to),
  };
}

describe("sessions and tokens in memory", () => {
  it("ask the database once, and again when a minute went by without a confirmation", async () => {
    const { add, find, asked, clock } = bench();
    const row = add("a").get("a");
    for (let count = 0; count < 100; count += 1) expect(await find("a")).toEqual(row);
    clock.now += believedMsMax - 1;
    await find("a");
    expect(asked).toEqual(["a"]);
    clock.now += 1;
    await find("a");
    expect(asked).toEqual(["a", "a"]);
  });

  it("keep nobody whom the database does not know, and ask for strangers each time", async () => {
    const { find, asked } = bench();
    expect([await find("x"), await find("x")]).toEqual([undefined, undefined]);
    expect(asked).toEqual(["x", "x"]);
  });

  it("write down uses together, and go on without a question for as long as they are confirmed", async () => {
    const { add, find, asked, confirm, clock, uses } = bench();
    add("a");
    add("b");
    await find("a");
    await find("b");
    for (let round = 0; round < 10; round += 1) {
      clock.now += 30_000;
      if (round < 2) await find("a");
      await confirm();
    }
    await find("a");
    expect(asked.filter((what) => what !== "c")).toEqual(["a", "b"]);
    expect(uses).toEqual([
      { id: "a", usedAt: 1_030_000 },
      { id: "a", usedAt: 1_060_000 },
    ]);
  });

  it("end at once with what ends here, and with the next confirmation with what ended elsewhere", async () => {
    const { add, find, known, rows, confirm, asked } = bench();
    add("a");
    add("b");
    await find("a");
    await find("b");
    await known.ending(
      ({ id }) => id === "a",
      async () => void rows.delete("a"),
    );
    expect(await find("a")).toBeUndefined();
    rows.delete("b");
    expect(await find("b")).toMatchObject({ id: "b" });
    await confirm();
    expect(await find("b")).toBeUndefined();
    expect(asked).toEqual(["a", "b", "a", "c", "b"]);
  });

  it("do not keep what was read before it ended", async () => {
    const { add, known, find } = bench();
    const row = add("a").get("a");
    let answer = (_row: Row | undefined): void => undefined;
    const slow = known.find("a", () => new Promise((resolve) => (answer = resolve)));
    known.forget(({ id }) => id === "a");
    answer(row);
    await slow;
    expect(await known.find("a", async () => undefined)).toBeUndefined();
    expect(await find("a")).toEqual(row);
  });

  it("end when their time is over, whatever the database says", async () => {
    const { add, find, clock, asked } = bench();
    add("a", { expiresAt: clock.now + 10 });
    await find("a");
    clock.now += 10;
    expect(asked).toEqual(["a"]);
    await find("a");
    expect(asked).toEqual(["a", "a"]);
  });

  it("go on while the database is away, for some hours, until they end", async () => {
    const { add, find, confirm, clock, setAway, known } = bench();
    add("a");
    add("b", { expiresAt: clock.now + 200_000 });
    add("c");
    await find("a");
    await find("b");
    setAway(true);
    clock.now += believedMsMax;
    await expect(confirm()).rejects.toThrow("away");
    expect([(await find("a"))?.id, (await find("b"))?.id]).toEqual(["a", "b"]);
    await expect(find("c")).rejects.toThrow("away");
    clock.now += 200_000;
    expect((await find("a"))?.id).toBe("a");
    await expect(find("b")).rejects.toThrow("away");
    // An end that the database could not be told of holds here all the same.
    await expect(
      known.ending(
        ({ id }) => id === "a",
        () => Promise.reject(away()),
      ),
    ).rejects.toThrow("away");
    await expect(find("a")).rejects.toThrow("away");
    setAway(false);
    expect((await find("a"))?.id).toBe("a");
    setAway(true);
    clock.now += awayMsMax;
    await expect(find("a")).rejects.toThrow("away");
  });

  it("go on while the database does not answer at all", async () => {
    const { add, find, known, clock } = bench();
    add("a");
    await find("a");
    let answer = (_rows: readonly Row[]): void => undefined;
    const confirmation = known.confirm(() => new Promise((resolve) => (answer = resolve)));
    clock.now += believedMsMax + 1;
    expect((await known.find("a", () => Promise.reject(new Error("not asked"))))?.id).toBe("a");
    answer([]);
    await confirmation;
    expect(await known.find("a", async () => undefined)).toBeUndefined();
  });
});
