import type { Input } from "@centrala/contract";
import { fail, ok, SeededRandom } from "@centrala/kit";
import { expect, it } from "vitest";
import type { Centre } from "../app.ts";
import { silentLog } from "../core/testing/silent-log.ts";
import { FakePhone } from "../http/testing/fake-phone.ts";
import { Headsets } from "./headsets.ts";
import { noRights } from "./rights.ts";
import { Stream } from "./stream.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("a headset that the core can't take leaves it with none, not with the one before, which is gone", async () => {
  const submitted: Input[] = [];
  const core = {
    submit: async (input: Input) => {
      submitted.push(input);
      return input.kind === "headsetAttached" && submitted.length > 1
        ? fail("NOT_STORED", "left out")
        : ok({ facts: [] });
    },
  };
  const centres = new Map([["one", { id: "one", core } as unknown as Centre]]);
  const phone = new FakePhone();
  const log = silentLog();
  const headsets = new Headsets({ phone, centres, clock: () => 0, entropy: new SeededRandom(1), log }, () => undefined);
  for (const page of ["first", "second"]) {
    await headsets.offer("one", new Stream(page, "anna", page, page, 0, () => noRights), page, "v=0");
    await turn();
    await turn();
  }
  const [first, second] = phone.attached;
  expect(submitted).toEqual([
    { kind: "headsetAttached", operatorId: "anna", legId: first },
    { kind: "headsetAttached", operatorId: "anna", legId: second },
    { kind: "headsetLost", operatorId: "anna", legId: first },
  ]);
  expect(phone.detached).toEqual([second, first]);
  expect(headsets.legOf("one", "anna")).toBe(undefined);
});
