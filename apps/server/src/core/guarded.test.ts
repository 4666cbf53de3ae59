import { expect, it } from "vitest";
import { guarded } from "./guarded.ts";

it("a message that cannot be taken is reported and undone, and those behind it are taken", () => {
  const said: string[] = [];
  const take = guarded(
    (leg: string, count: number) => {
      if (count === 2) throw new Error(`${leg} stumbles`);
      said.push(`${leg} ${count}`);
    },
    (error) => said.push(String(error)),
    (leg) => {
      said.push(`end ${leg}`);
      if (leg === "b") throw new Error("nor can it be ended");
    },
  );
  for (const [leg, count] of [
    ["a", 1],
    ["a", 2],
    ["b", 2],
    ["c", 3],
  ] as const)
    take(leg, count);
  expect(said).toEqual([
    "a 1",
    "Error: a stumbles",
    "end a",
    "Error: b stumbles",
    "end b",
    "Error: nor can it be ended",
    "c 3",
  ]);
});
