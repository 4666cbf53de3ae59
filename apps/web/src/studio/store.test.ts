import { describe, expect, it } from "vitest";
import { ApiError } from "../api/call.ts";
import { cleaned, editable, namedUses, sameEntity, versionOf } from "./store.tsx";

const answer = {
  id: "carrier",
  name: "Carrier",
  hasPassword: true,
  version: 7,
  updatedAt: 1,
  registration: { username: "u", hasPassword: true, password: null },
};

describe("an entity of the studio", () => {
  it("is sent without what the answer added for the screen", () => {
    expect(cleaned(answer)).toEqual({
      id: "carrier",
      name: "Carrier",
      registration: { username: "u", password: null },
    });
  });

  it("is edited without its version, so that another version is no edit", () => {
    expect(versionOf(answer)).toBe(7);
    expect(versionOf({ id: "new" })).toBeUndefined();
    expect(editable(answer)).toEqual({
      id: "carrier",
      name: "Carrier",
      hasPassword: true,
      registration: answer.registration,
    });
  });

  it("is unchanged when only fields changed places or the answer added to it", () => {
    const typed = { registration: { password: null, username: "u" }, name: "Carrier", id: "carrier" };
    expect(sameEntity(answer, typed)).toBe(true);
    expect(sameEntity(answer, { ...typed, name: "Carriers" })).toBe(false);
    expect(sameEntity(answer, { ...typed, registration: { username: "u", password: "typed" } })).toBe(false);
    expect(sameEntity({ list: [1, 2] }, { list: [2, 1] })).toBe(false);
  });

  it("names what uses it when it cannot be removed", async () => {
    const detail = (path: string) => ({ path, line: null, message: "there is no client", code: "CONFIG_INVALID" });
    const details = [detail("queue/orders.clientId"), detail("queue/orders.other"), detail("number/n1.clientId")];
    const refused = new ApiError(409, { code: "IN_USE", message: "", details });
    const section = ((key: string) => key.split(".").at(-1)) as never;
    const named = await namedUses(refused, async (kind, id) => `the ${kind} ${id}`, section);
    expect((named as ApiError).body.details?.map((each) => each.message)).toEqual([
      "queues: the queue orders",
      "numbers: the number n1",
    ]);
    const other = new Error("x");
    expect(await namedUses(other, async () => "", section)).toBe(other);
  });
});
