import { describe, expect, it } from "vitest";
import { chosenClient } from "./useDialClient.ts";

const clients = [{ id: "balkan" }, { id: "green" }];

describe("in whose name a call goes out", () => {
  it("is nobody's of several until somebody or a call has said", () => {
    expect(chosenClient(clients, null)).toBe(undefined);
    expect(chosenClient(clients, "gone")).toBe(undefined);
    expect(chosenClient(clients, "green")).toEqual({ id: "green" });
  });
  it("is the only one's where there is one", () => {
    expect(chosenClient([{ id: "main" }], null)).toEqual({ id: "main" });
  });
});
