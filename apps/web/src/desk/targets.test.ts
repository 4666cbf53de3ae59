import { describe, expect, it } from "vitest";
import { foundOf, narrowed, typedNumber } from "./targets.ts";

describe("what was typed", () => {
  it("is a number when it looks like one, without its separators", () => {
    expect(typedNumber("0888 (12) 34-56")).toBe("0888123456");
    expect(typedNumber(" +359 2 123 4567 ")).toBe("+35921234567");
    expect(typedNumber("*21#")).toBe("*21#");
    expect(typedNumber("112")).toBe("112");
  });

  it("is no number when it is a name, empty, or one digit", () => {
    expect([typedNumber("Ана 2"), typedNumber(""), typedNumber("7"), typedNumber("+")]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});

describe("the search", () => {
  const directory = {
    operators: [
      { id: "me", name: "Аз", extension: null, state: "available" },
      { id: "a", name: "Антон", extension: "12", state: "offline" },
      { id: "b", name: "Борис", extension: "13", state: "talking" },
      { id: "c", name: "Ваня", extension: "14", state: "available" },
    ],
    queues: [{ id: "orders", name: "Orders", waiting: 2 }],
  };

  it("puts the number first, then who can answer now, and leaves oneself out", () => {
    const found = foundOf("12", "me", directory, [], { queues: true, customers: false });
    expect(found.map((each) => each.key)).toEqual(["number", "operator-c", "operator-b", "operator-a", "queue-orders"]);
  });

  it("shows of an earlier answer only what fits the text as it is now", () => {
    expect(narrowed(directory, " OR ")).toEqual({ operators: [], queues: directory.queues });
    expect(narrowed(directory, "13")).toEqual({ operators: [directory.operators[2]], queues: [] });
    expect(narrowed(directory, "")).toBe(directory);
  });

  it("offers no queues where none can be called", () => {
    const found = foundOf("x", "me", directory, [], { queues: false, customers: true });
    expect(found.map((each) => each.kind)).toEqual(["operator", "operator", "operator"]);
  });
});
