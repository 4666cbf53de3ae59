import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestApp, testApp } from "./testing/test-app.ts";

let now = Date.UTC(2026, 10, 28, 9);
let test: TestApp;
let manager: string;

beforeAll(async () => {
  test = await testApp(() => now);
  manager = await test.setUp();
});
afterAll(() => test.stop());

const put = (id: string, more: object = {}) =>
  test.send("PUT", `/api/config/user/${id}`, manager, { login: id, name: id, roles: ["operator"], ...more });
const of = async (id: string) => {
  const answer = await test.send("GET", "/api/users/accounts", manager);
  return answer.json().items.find(({ userId }: { userId: string }) => userId === id);
};
const invite = async (id: string): Promise<string> =>
  (await test.send("POST", `/api/users/${id}/invitation`, manager)).json().url.split("/").at(-1);
const day = 86_400_000;

it("tells of everybody how far they came: no link, a link, one that ran out, signed in, gone", async () => {
  await put("ana");
  expect(await of("ana")).toEqual({ userId: "ana", state: "none", invitedUntil: null, seenAt: null });
  await invite("ana");
  expect(await of("ana")).toEqual({ userId: "ana", state: "invited", invitedUntil: now + 7 * day, seenAt: null });
  now += 8 * day;
  manager = await test
    .send("POST", "/api/session", null, { login: "maria", password: "correct horse battery" })
    .then(({ headers }) => String([headers["set-cookie"]].flat()[0]).split(";")[0] ?? "");
  expect(await of("ana")).toEqual({ userId: "ana", state: "expired", invitedUntil: now - day, seenAt: null });
  const token = await invite("ana");
  const joined = await test.send("POST", `/api/invitations/${token}`, null, { password: "a good long password" });
  const cookie = String([joined.headers["set-cookie"]].flat()[0]).split(";")[0] ?? "";
  const here = now;
  expect(await of("ana")).toEqual({ userId: "ana", state: "active", invitedUntil: null, seenAt: here });
  now += 3_600_000;
  await test.send("DELETE", "/api/session", cookie);
  // The session is gone; when it was used last is not.
  expect(await of("ana")).toMatchObject({ state: "active", seenAt: now });
  await put("ana", { active: false });
  expect(await of("ana")).toMatchObject({ state: "left", seenAt: now });
});

it("is for those who set up the centre", async () => {
  const { cookie } = await test.addPerson("op", ["operator"]);
  expect((await test.send("GET", "/api/users/accounts", cookie)).statusCode).toBe(403);
});
