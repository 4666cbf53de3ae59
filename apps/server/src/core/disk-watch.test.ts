import { describe, expect, it } from "vitest";
import { type DiskLevel, DiskWatch, levelOf, reserveBytes } from "./disk-watch.ts";

const gigabyte = 1e9;

/** A disk of ten gigabytes with a reserve on it. */
function disk() {
  const has = { free: 5 * gigabyte, reserve: false };
  const levels: DiskLevel[] = [];
  const watch = new DiskWatch({
    space: async () => ({ freeBytes: has.free, totalBytes: 10 * gigabyte }),
    reserve: {
      exists: () => has.reserve,
      make: async () => {
        has.reserve = true;
        has.free -= reserveBytes;
      },
      remove: async () => {
        has.reserve = false;
        has.free += reserveBytes;
      },
    },
    onLevel: (level) => levels.push(level),
  });
  return { has, levels, watch };
}

describe("a disk that fills", () => {
  it.each([
    [1.9, 1_000, "DISK_LOW"],
    [2.1, 10, "fine"],
    [4, 50, "DISK_LOW"],
    [21, 4_000, "fine"],
    [0.2, 10, "DISK_SHORT"],
    [0.04, 10, "DISK_FULL"],
  ])("with %d of %d GB free is %s", (free, total, level) =>
    expect(levelOf({ freeBytes: free * gigabyte, totalBytes: total * gigabyte })).toBe(level),
  );

  it("lets recordings begin again only with some room to spare, so that they are not cut into pieces", async () => {
    const { has, levels, watch } = disk();
    for (const free of [0.5, 0.29, 0.31, 0.29, 0.39, 0.41, 0.39]) {
      has.free = free * gigabyte;
      await watch.look(false);
    }
    expect(levels).toEqual(["DISK_LOW", "DISK_SHORT", "DISK_LOW"]);
  });

  it("tells people, stops recordings, gives the reserve to the database, and takes all of it back", async () => {
    const { has, levels, watch } = disk();
    await watch.look(false);
    expect(has.reserve).toBe(false);
    await watch.look(true);
    expect([has.reserve, watch.short]).toEqual([true, false]);
    has.free = gigabyte;
    await watch.look(true);
    has.free = 0.2 * gigabyte;
    await watch.look(true);
    expect([has.reserve, watch.short]).toEqual([true, true]);
    has.free = 0.01 * gigabyte;
    await watch.look(true);
    expect([has.reserve, watch.short]).toEqual([false, true]);
    await watch.look(true);
    expect(watch.level).toBe("DISK_SHORT");
    has.free = 5 * gigabyte;
    await watch.look(true);
    expect([has.reserve, watch.short]).toEqual([true, false]);
    expect(levels).toEqual(["DISK_LOW", "DISK_SHORT", "DISK_FULL", "DISK_SHORT", "fine"]);
  });
});
