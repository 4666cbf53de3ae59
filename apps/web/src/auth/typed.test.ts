import { describe, expect, it } from "vitest";
import { forgetTyped } from "./typed.ts";

describe("signing out", () => {
  it("leaves nothing behind that somebody typed, and keeps what belongs to the computer", () => {
    const items = new Map(
      ["centrala.notes.u1", "centrala.customer.new", "centrala.studio.queue.a", "centrala.language", "other"].map(
        (key) => [key, "x"],
      ),
    );
    forgetTyped({
      get length() {
        return items.size;
      },
      key: (index) => [...items.keys()][index] ?? null,
      removeItem: (key) => void items.delete(key),
    });
    expect([...items.keys()]).toEqual(["centrala.language", "other"]);
  });
});
