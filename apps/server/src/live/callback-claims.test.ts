import { expect, it } from "vitest";
import { CallbackClaims } from "./callback-claims.ts";

it("holds a caller for who dials until the call itself is seen, and for as long as the call runs", async () => {
  const running: { claim: string; operatorId: string }[] = [];
  const claims = new CallbackClaims(() => running);
  const refused = async () => {
    throw new Error("busy");
  };
  let started: () => void = () => undefined;
  const first = claims.while("a", "maria", () => new Promise<string>((done) => (started = () => done("contact-1"))));
  expect([...claims.all()]).toEqual([["a", "maria"]]);
  // Two press at the same moment: the second is told of the first, and dials nothing.
  expect(await claims.while("a", "ivan", refused)).toEqual({ takenBy: "maria" });
  running.push({ claim: "a", operatorId: "maria" });
  started();
  expect(await first).toEqual({ dialled: "contact-1" });
  expect(await claims.while("a", "ivan", refused)).toEqual({ takenBy: "maria" });
  expect(await claims.while("b", "ivan", async () => "contact-2")).toEqual({ dialled: "contact-2" });
  running.length = 0;
  expect([...claims.all()]).toEqual([]);
});

it("lets a caller go when dialling was refused", async () => {
  const claims = new CallbackClaims(() => []);
  const refused = claims.while("a", "maria", async () => {
    throw new Error("OPERATOR_OFFLINE");
  });
  await expect(refused).rejects.toThrow("OPERATOR_OFFLINE");
  expect(await claims.while("a", "ivan", async () => "contact")).toEqual({ dialled: "contact" });
});
