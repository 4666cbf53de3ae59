import { describe, expect, it } from "vitest";
import { foundOf, isWhole, narrowed, targetOf, typedNumber } from "./targets.ts";

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

  const here = { me: "me", country: "BG" };
  const card = { id: "c1", name: "Калина", phones: ["+359888123456", "+35929876543"] } as unknown as Parameters<
    typeof foundOf
  >[3][number];

  it("looks for half a number before it dials it, puts who can answer first, who is off duty last, and leaves oneself out", () => {
    const found = foundOf("12", here, directory, [], { queues: true, customers: false });
    expect(found.map((each) => each.key)).toEqual(["operator-c", "operator-b", "queue-orders", "number", "operator-a"]);
    const half = foundOf("0888", here, undefined, [card], { queues: false, customers: true });
    expect(half.map((each) => each.key)).toEqual(["customer-c1", "number"]);
  });

  it("dials a whole number whatever else is found, and a half one where nothing is", () => {
    const whole = foundOf("0888 123 456", here, undefined, [card], { queues: false, customers: true });
    expect(whole.map((each) => each.key)).toEqual(["number", "customer-c1"]);
    expect(foundOf("13171", here, undefined, [], { queues: false, customers: true })[0]).toMatchObject({
      kind: "number",
      whole: false,
    });
  });

  it("knows a whole number by the country, emergency numbers and codes besides", () => {
    expect(["0888123456", "+35929876543", "112", "*21#"].map((number) => isWhole(number, "BG"))).toEqual(
      Array(4).fill(true),
    );
    expect(["0888", "08881234567", "+35988", "12"].map((number) => isWhole(number, "BG"))).toEqual(
      Array(4).fill(false),
    );
  });

  it("calls a customer by the first number, and nobody without one", () => {
    const [found] = foundOf("Кал", here, undefined, [card], { queues: false, customers: true });
    expect(found && targetOf(found)).toEqual({ kind: "number", number: "+359888123456" });
    const [bare] = foundOf("Кал", here, undefined, [{ ...card, phones: [] }], { queues: false, customers: true });
    expect(bare && targetOf(bare)).toBe(null);
  });

  it("shows of an earlier answer only what fits the text as it is now", () => {
    expect(narrowed(directory, " OR ")).toEqual({ operators: [], queues: directory.queues });
    expect(narrowed(directory, "13")).toEqual({ operators: [directory.operators[2]], queues: [] });
    expect(narrowed(directory, "")).toBe(directory);
  });

  it("offers no queues where none can be called", () => {
    const found = foundOf("x", here, directory, [], { queues: false, customers: true });
    expect(found.map((each) => each.kind)).toEqual(["operator", "operator", "operator"]);
  });
});
