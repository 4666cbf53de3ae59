import { describe, expect, it } from "vitest";
import { Notes } from "./notes.ts";

/** A shelf, a server and a clock by hand. */
function bench(stored: Record<string, string> = {}) {
  const world = {
    shelf: stored,
    saved: [] as [string, string][],
    answer: (): Promise<unknown> => Promise.resolve(),
    queue: [] as { run: () => void; ms: number }[],
    async turn(): Promise<void> {
      for (const { run } of world.queue.splice(0)) run();
      for (let index = 0; index < 5; index += 1) await Promise.resolve();
    },
  };
  const notes = new Notes({
    shelf: {
      read: () => world.shelf,
      write: (drafts) => {
        world.shelf = drafts;
      },
    },
    save: (contactId, text) => {
      world.saved.push([contactId, text]);
      return world.answer();
    },
    again: (error) => error === "away",
    later: (run, ms) => void world.queue.push({ run, ms }),
  });
  return { world, notes };
}

describe("notes", () => {
  it("are on the shelf at once and off it when the server has them", async () => {
    const { world, notes } = bench();
    notes.type("c1", "wants");
    expect(world.shelf).toEqual({ c1: "wants" });
    await world.turn();
    expect(world.saved).toEqual([["c1", "wants"]]);
    expect(world.shelf).toEqual({});
    expect(notes.state("c1")).toBe("saved");
  });

  it("are sent once when typing pauses, with the last text", async () => {
    const { world, notes } = bench();
    notes.type("c1", "w");
    notes.type("c1", "wa");
    await world.turn();
    expect(world.saved).toEqual([["c1", "wa"]]);
  });

  it("typed while an older text is on its way are sent after it", async () => {
    const { world, notes } = bench();
    let arrive = () => {};
    world.answer = () => new Promise<void>((resolve) => (arrive = resolve));
    notes.type("c1", "one");
    await world.turn();
    notes.type("c1", "one two");
    world.queue.splice(0);
    arrive();
    await world.turn();
    await world.turn();
    expect(world.saved.at(-1)).toEqual(["c1", "one two"]);
  });

  it("are tried again after a lost connection, later each time, and stay on the shelf", async () => {
    const { world, notes } = bench();
    world.answer = () => Promise.reject("away");
    notes.type("c1", "text");
    await world.turn();
    expect(notes.state("c1")).toBe("failed");
    expect(world.queue.map((each) => each.ms)).toEqual([2000]);
    await world.turn();
    expect(world.queue.map((each) => each.ms)).toEqual([4000]);
    expect(world.shelf).toEqual({ c1: "text" });
    world.answer = () => Promise.resolve();
    await world.turn();
    expect(world.shelf).toEqual({});
  });

  it("that the server refuses are kept and named until they are given up", async () => {
    const { world, notes } = bench();
    world.answer = () => Promise.reject("refused");
    notes.type("c1", "text");
    await world.turn();
    expect(notes.failed()).toEqual([{ contactId: "c1", text: "text" }]);
    expect(world.queue).toEqual([]);
    notes.discard("c1");
    expect(world.shelf).toEqual({});
  });

  it("left on the shelf by a reload are sent at the start", async () => {
    const { world } = bench({ old: "from before" });
    await world.turn();
    expect(world.saved).toEqual([["old", "from before"]]);
  });
});
