import { StoreError } from "@centrala/store";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../http/testing/test-app.ts";
import { closeTabs, Tab } from "./testing/tab.ts";

let test: TestApp;
let manager: string;
let port: number;
let now = 1_790_000_000_000;

beforeAll(async () => {
  test = await testApp(() => now);
  manager = await test.setUp();
  port = (await test.servers.listen()).httpPort;
});
afterEach(() => closeTabs());
afterAll(() => test.stop());

const putUser = (id: string, value: object) => test.send("PUT", `/api/config/user/${id}`, manager, value);
const fileOf = async () => (await test.send("GET", "/api/centre-file", manager)).body;
const apply = (yaml: string) => test.send("POST", "/api/centre-file/apply", manager, { yaml });

describe("live connections and rights", () => {
  it("show no floor to somebody who is no supervisor any more, and go on with the desk", async () => {
    const { id, cookie } = await test.addPerson("super", ["supervisor", "operator"]);
    const tab = new Tab(port, cookie);
    const welcome = await tab.hello({ floor: true });
    await tab.next("floor");
    await putUser(id, { login: "super", name: "Super", roles: ["operator"] });
    await tab.next("changed", ({ what }) => what === "config");
    const floors = tab.messages.filter((message) => message.kind === "floor").length;
    tab.say({ kind: "subscribe", floor: true });
    await test.addPerson("another", ["operator"]);
    await test.send("POST", "/api/desk/state", cookie, { to: "break", reasonId: "lunch" });
    await tab.next("desk", ({ view }) => view.state === "break");
    expect(tab.messages.filter((message) => message.kind === "floor")).toHaveLength(floors);
    tab.socket.terminate();
    const again = new Tab(port, cookie);
    const { stream } = await again.hello({ floor: true, resume: { stream: welcome.stream, seq: 0 } });
    expect(stream).toBe(welcome.stream);
    await again.next("desk");
    expect(again.messages.filter((message) => message.kind === "floor")).toEqual([]);
  });

  it("are over with the configuration that takes them, also while the core does not take it yet", async () => {
    const { id, cookie } = await test.addPerson("late", ["supervisor", "operator"]);
    const tab = new Tab(port, cookie);
    await tab.hello({ floor: true });
    await tab.next("floor");
    const { core, config } = test.centre();
    const submit = core.submit.bind(core);
    let take = (): void => undefined;
    const taken = new Promise<void>((resolve) => (take = resolve));
    Object.assign(core, { submit: (input: Parameters<typeof submit>[0]) => taken.then(() => submit(input)) });
    const roles = ["technician" as const];
    const user = { id, login: "late", name: "Late", roles, language: null, extension: null, active: true, skills: [] };
    await test.store.entities.put(test.centre().id, "user", user);
    const reloading = config.reload();
    await expect.poll(() => config.current.user.find((each) => each.id === id)?.roles).toEqual(roles);
    const before = tab.messages.length;
    for (const what of ["contacts", "config"] as const) test.servers.services.hub?.changed(test.centre().id, what);
    tab.say({ kind: "command", id: "late", name: "deskState", body: { to: "available" } });
    expect((await tab.next("answered")).outcome).toMatchObject({ ok: false, status: 403 });
    take();
    await reloading;
    Object.assign(core, { submit });
    const told = tab.messages
      .slice(before)
      .map((message) => (message.kind === "changed" ? message.what : message.kind));
    expect(told.filter((kind) => kind !== "trunks" && kind !== "ping").slice(0, 2)).toEqual(["config", "answered"]);
    expect(told.some((kind) => ["floor", "floorChanged", "desk", "contacts"].includes(kind))).toBe(false);
  });

  it("end with the person, whether a form or a file made them inactive", async () => {
    const byForm = await test.addPerson("form", ["operator"]);
    const byFile = await test.addPerson("file", ["operator"]);
    const tabs = [new Tab(port, byForm.cookie), new Tab(port, byFile.cookie)];
    for (const tab of tabs) await tab.hello();
    await putUser(byForm.id, { login: "form", name: "Form", roles: ["operator"], active: false });
    expect(await tabs[0]?.closed()).toBe(4001);
    const without = (await fileOf()).replace(/(login: file\n[\s\S]*?active: )true/, "$1false");
    expect((await apply(without)).json().changes).toMatchObject([{ kind: "user", id: "file", fields: ["active"] }]);
    expect(await tabs[1]?.closed()).toBe(4001);
    // The old session does not come to life again with the person.
    await putUser(byFile.id, { login: "file", name: "File", roles: ["operator"] });
    expect((await test.send("GET", "/api/session", byFile.cookie)).statusCode).toBe(401);
  });

  it("end with a session that ended elsewhere or whose time is over", async () => {
    const gone = await test.addPerson("gone", ["operator"]);
    const tired = await test.addPerson("tired", ["operator"]);
    const staying = await test.addPerson("staying", ["operator"]);
    const tabs = [gone, tired, staying].map(({ cookie }) => new Tab(port, cookie));
    for (const tab of tabs) await tab.hello();
    await test.store.sessions.revokeAll(test.centre().id, gone.id);
    await test.servers.services.hub?.endGoneSessions();
    expect(await tabs[0]?.closed()).toBe(4001);
    // Sessions of this test live an hour; being connected prolongs them.
    now += 3_500_000;
    await test.servers.services.hub?.endGoneSessions();
    now += 200_000;
    await test.servers.services.hub?.endGoneSessions();
    expect(await tabs[1]?.closed()).toBe(4001);
  });

  it("end with a session that could not be ended in the database, which is away", async () => {
    const { cookie } = await test.addPerson("leaving", ["operator"]);
    const tab = new Tab(port, cookie);
    await tab.hello();
    const { sessions } = test.store;
    const revoke = sessions.revoke.bind(sessions);
    Object.assign(sessions, { revoke: () => Promise.reject(new StoreError("DATABASE_AWAY", "away")) });
    const answer = await test.send("DELETE", "/api/session", cookie);
    Object.assign(sessions, { revoke });
    expect([answer.statusCode, answer.json().code]).toEqual([503, "DATABASE_AWAY"]);
    expect(String(answer.headers["set-cookie"])).toContain("Max-Age=0");
    expect(await tab.closed()).toBe(4001);
  });

  it("show no desk to somebody who is only a technician", async () => {
    const { cookie } = await test.addPerson("technician", ["technician"]);
    const tab = new Tab(port, cookie);
    await tab.hello({ floor: true });
    await test.addPerson("third", ["operator"]);
    await tab.next("changed", ({ what }) => what === "config");
    expect(tab.messages.filter(({ kind }) => kind === "desk" || kind === "floor")).toEqual([]);
    // Of lists that one may not read one hears nothing either.
    for (const what of ["contacts", "missed", "customers", "imports"] as const)
      test.servers.services.hub?.changed(test.centre().id, what);
    await tab.next("changed", ({ what }) => what === "imports");
    const told = tab.messages.flatMap((message) => (message.kind === "changed" ? [message.what] : []));
    expect([...new Set(told)].sort()).toEqual(["config", "imports"]);
    tab.say({ kind: "headsetDescription", requestId: "none", sdp: "v=0" });
    expect(await tab.next("headsetFailed")).toMatchObject({ requestId: "none" });
    expect(test.phone.attached).toEqual([]);
  });
});

describe("the journal and the configuration", () => {
  it("holds only what the core decides with: languages and names add nothing", async () => {
    const { core } = test.centre();
    const before = core.seq;
    for (const language of ["ru", "en", "bg"])
      expect((await test.send("POST", "/api/session/language", manager, { language })).statusCode).toBe(200);
    const queue = test.centre().config.current.queue[0];
    await test.send("PUT", `/api/config/queue/${queue?.id}`, manager, { ...queue, name: "Another name" });
    expect([core.seq, test.centre().config.current.queue[0]?.name]).toEqual([before, "Another name"]);
    await test.send("PUT", `/api/config/queue/${queue?.id}`, manager, { ...queue, missesMax: 7 });
    expect(core.seq).toBe(before + 1);
  });

  it("has an end of changes for each person", async () => {
    const { cookie } = await test.addPerson("busy", ["operator"]);
    const statuses = new Map<number, number>();
    for (let count = 0; count < 250; count += 1) {
      const { statusCode } = await test.send("POST", "/api/session/language", cookie, { language: "en" });
      statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
    }
    expect([...statuses]).toEqual([
      [200, 240],
      [429, 10],
    ]);
  });
});
