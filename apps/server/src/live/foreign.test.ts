import { type ClientMessage, type LiveCommand, liveCommands, type ServerMessage } from "@centrala/contract";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { cookieName } from "../accounts/access.ts";
import { type TestApp, testApp } from "../http/testing/test-app.ts";
import { callArrives } from "./testing/arrival.ts";
import { closeTabs, Tab } from "./testing/tab.ts";

/**
 * What stands with one client is asked for by an operator of another client, and by a manager of another centre: by every
 * command, in every message of a live connection, and in what requests carry beside the id in their path (those are walked
 * by http/matrix.test.ts). A new command or message does not compile until it stands here.
 */
let test: TestApp;
let manager: string;
let ours: string;
let port: number;
/** Who may see nothing of it. */
const strangers: { readonly who: string; readonly cookie: string }[] = [];
const ids = { live: "contact-live", over: "contact-over", customer: "", offer: "" };
/** What none of the strangers may ever be sent. */
const secrets = ["contact-live", "contact-over", "Елена Наша", "359888123456", "888 123 456", "a word in confidence"];

beforeAll(async () => {
  test = await testApp();
  manager = await test.setUp();
  port = (await test.servers.listen()).httpPort;
  const { recordingNotice: _notice, ...settings } = (await test.send("GET", "/api/centre", manager)).json();
  await test.send("PUT", "/api/centre", manager, { ...settings, recordingNotice: false });
  ours = (await test.addPerson("ours", ["operator"])).cookie;
  const theirs = await test.addPerson("theirs", ["operator"]);
  strangers.push({ who: "another client's", cookie: theirs.cookie });
  const put = (kind: string, id: string, value: object) =>
    test.send("PUT", `/api/config/${kind}/${id}`, manager, value);
  await put("client", "second", { name: "Second" });
  await put("queue", "second", { name: "Second", clientId: "second", operators: [{ userId: theirs.id }] });
  const main = test.centre().config.current.queue.find(({ id }) => id === "main");
  await put("queue", "main", { ...main, operators: [{ userId: "user-ours" }] });
  strangers.push({ who: "another centre's", cookie: await anotherCentre() });
  const card = { name: "Елена Наша", phones: ["0888123456"], clientId: "main", note: "a word in confidence" };
  ids.customer = (await test.send("POST", "/api/customers", manager, card)).json().id;
  secrets.push(ids.customer);
  await callArrives(test, ids.over);
  await test.centre().core.submit({ kind: "legEnded", legId: `leg-${ids.over}`, code: "HUNG_UP", sipStatus: null });
  // Somebody on duty, so that the next one waits in the queue.
  await test.send("POST", "/api/desk/state", ours, { to: "available", reasonId: null });
  await callArrives(test, ids.live);
  const linked = { kind: "customerLinked", contactId: ids.live, customerId: ids.customer, operatorId: "user-ours" };
  await test.centre().core.submit(linked as Parameters<ReturnType<typeof test.centre>["core"]["submit"]>[0]);
});
afterEach(() => closeTabs());
afterAll(() => test.stop());

/** With a manager, who may everything there; gives the session's cookie. */
async function anotherCentre(): Promise<string> {
  const { store } = test;
  const made = await store.centres.create("other", test.centre().config.current.centre);
  if (!made.ok) throw new Error(made.message);
  const { id } = made.value;
  const roles = ["manager" as const, "operator" as const];
  const user = {
    id: "b-user",
    login: "b",
    name: "B",
    roles,
    language: null,
    extension: null,
    active: true,
    skills: [],
  };
  await store.entities.apply(id, [{ put: "user", value: user }]);
  await test.app.startCentre(id);
  const { token } = await store.sessions.create(id, "b-user", { ttlMs: 3_600_000 });
  return `${cookieName(false)}=${token}`;
}

type Asked = { readonly params?: object; readonly body?: object };
const on = (id: string, body?: object): Asked => ({ params: { id }, ...(body === undefined ? {} : { body }) });
const target = { kind: "number", number: "0888123456" };
/** Every command with everything in it that may name a thing of somebody else's; none where it names nothing. */
const asked: Readonly<Record<LiveCommand, () => readonly Asked[]>> = {
  acceptOffer: () => [on("offer-live"), on(ids.live)],
  declineOffer: () => [on("offer-live"), on(ids.live)],
  deskState: () => [],
  deskDevice: () => [],
  dial: () => [
    { body: { target, customerId: ids.customer } },
    { body: { target, missedContactId: ids.over } },
    { body: { target, clientId: "main" } },
    { body: { target: { kind: "operator", operatorId: ids.customer } } },
  ],
  hangUp: () => each(),
  hold: () => each({ on: true }),
  mute: () => each({ on: true }),
  dropParty: () => each({ legId: `leg-${ids.live}` }),
  sendKeys: () => each({ keys: "1" }),
  transfer: () => each({ target }),
  consult: () => each({ target }),
  endConsult: () => each({ as: "return" }),
  pauseRecording: () => each({ paused: true }),
  disposition: () => each({ dispositionId: "sold" }),
  note: () => each({ text: "taken" }),
  linkCustomer: () => [
    ...each({ customerId: null }),
    ...each({ customerId: ids.customer }),
    on("any", { customerId: ids.customer }),
  ],
  finishWrapUp: () => each(),
  echoTest: () => [],
  testCall: () => [],
};
const each = (body?: object): readonly Asked[] => [on(ids.live, body), on(ids.over, body)];

const tabOf = async (cookie: string, hello: object = {}): Promise<Tab> => {
  const tab = new Tab(port, cookie);
  await tab.hello({ floor: true, ...hello });
  return tab;
};
const openIn = (tab: Tab): readonly string[] => {
  const heard = tab.messages.map((message) => JSON.stringify(message));
  return secrets.filter((secret) => heard.some((text) => text.includes(secret)));
};
const stateOf = () => {
  const { core } = test.centre();
  const contact = core.state.contacts.get(ids.live);
  return { facts: core.seq, phase: contact?.phase.kind, customerId: contact?.customerId };
};

describe("what stands with another client or centre", () => {
  it.each(liveCommands)("is not reached by the command %s", async (name) => {
    const before = stateOf();
    for (const { who, cookie } of strangers) {
      const tab = await tabOf(cookie);
      for (const [at, input] of asked[name]().entries()) {
        const id = `${name}-${at}`;
        tab.say({ kind: "command", id, name, ...input });
        const { outcome } = await tab.next("answered", (message) => message.id === id);
        expect([who, at, outcome.ok]).toEqual([who, at, false]);
        const code = outcome.ok ? "" : outcome.error.code;
        expect([who, at, ["NOT_FOUND", "REFUSED", "INPUT_INVALID", "CONFIG_INVALID"].includes(code), code]).toEqual([
          who,
          at,
          true,
          code,
        ]);
      }
      expect([who, openIn(tab)]).toEqual([who, []]);
    }
    expect(stateOf()).toEqual(before);
    expect(before.phase).toBe("waiting");
  });

  it("is in no message, whatever a live connection asks for", async () => {
    const own = await tabOf(ours);
    const { stream } = await own.next("welcome");
    await own.next("desk");
    /** Every message of the contract, as somebody sends it who wants what is not theirs. */
    const said: Readonly<Record<ClientMessage["kind"], object>> = {
      hello: { desk: true, floor: true, tabId: "tab", resume: { stream, seq: 0 } },
      subscribe: { floor: true },
      headsetDescription: { requestId: `headset-${ids.live}`.slice(0, 8), sdp: "v=0" },
      headsetClose: {},
      levels: { on: true },
      pong: {},
      command: { id: "last", name: "hangUp", params: { id: ids.live } },
    };
    for (const { who, cookie } of strangers) {
      const tab = await tabOf(cookie, { resume: { stream, seq: 0 } });
      expect([who, (await tab.next("welcome")).stream === stream]).toEqual([who, false]);
      for (const [kind, more] of Object.entries(said)) tab.say({ kind, ...more });
      await tab.next("answered", ({ id }) => id === "last");
      expect([who, openIn(tab)]).toEqual([who, []]);
    }
    // The stream is still whose it was.
    expect(own.closedWith).toBeUndefined();
  });

  it("is in nothing that is pushed while it happens", async () => {
    const [own, floor] = [await tabOf(ours), await tabOf(manager)];
    const tabs = await Promise.all(strangers.map(async ({ who, cookie }) => ({ who, tab: await tabOf(cookie) })));
    await callArrives(test, `${ids.live}-2`);
    const { version } = (await test.send("GET", `/api/customers/${ids.customer}`, ours)).json();
    const change = { name: "Елена Наша", phones: ["0888123456"], note: "a word in confidence, again", version };
    expect((await test.send("PUT", `/api/customers/${ids.customer}`, ours, change)).statusCode).toBe(200);
    await test.centre().core.submit({ kind: "legEnded", legId: `leg-${ids.live}-2`, code: "HUNG_UP", sipStatus: null });
    await own.next("changed", ({ what }) => what === "missed");
    await own.next("changed", ({ what }) => what === "customers");
    // Whoever may see it does: the secrets are ones that are pushed.
    await expect.poll(() => openIn(floor), { timeout: 20_000 }).not.toEqual([]);
    // All of a connection comes in order: what was pushed before this answer has come when it is there.
    for (const { who, tab } of tabs) {
      tab.say({ kind: "command", id: "then", name: "deskState", body: { to: "offline" } });
      await tab.next("answered", ({ id }) => id === "then");
      expect([who, openIn(tab)]).toEqual([who, []]);
      const kinds = new Set<ServerMessage["kind"]>(tab.messages.map(({ kind }) => kind));
      expect([who, kinds.has("desk")]).toEqual([who, true]);
    }
    expect(strangers.map(({ who }) => who)).toEqual(["another client's", "another centre's"]);
    expect(tabs[0]?.tab.messages.some(({ kind }) => kind === "floor")).toBe(false);
  });

  it("is in no answer to what a request says beside its path", async () => {
    const both = [ids.customer, ids.over, ids.live];
    const requests: readonly (readonly ["GET" | "POST", string, object?])[] = [
      ["GET", "/api/customers?clientId=main"],
      ["GET", "/api/customers?search=0888123456"],
      ["GET", "/api/customers/by-number?number=0888123456"],
      ["GET", `/api/contacts?customerId=${ids.customer}`],
      ["GET", "/api/contacts?number=0888123456"],
      ["GET", "/api/contacts?queueId=main"],
      ["GET", `/api/export/contacts?customerId=${ids.customer}`],
      ["GET", "/api/missed?clientId=main"],
      ["GET", "/api/missed?queueId=main"],
      ["GET", "/api/export/missed?clientId=main"],
      ["POST", "/api/customers/bulk", { ids: both, action: { do: "give", clientId: "second" } }],
      ["POST", "/api/customers/bulk", { search: "Елена", action: { do: "give", clientId: "second" } }],
      ["POST", "/api/missed/bulk", { ids: both, action: { do: "close", reason: "x" } }],
      ["POST", "/api/missed/bulk", { clientId: "main", action: { do: "close", reason: "x" } }],
    ];
    const card = async () => (await test.send("GET", `/api/customers/${ids.customer}`, manager)).json();
    const missed = async () => (await test.send("GET", "/api/missed", manager)).json().items;
    const before = [await card(), await missed()];
    expect(before[1]).not.toEqual([]);
    for (const { who, cookie } of strangers) {
      for (const [method, url, body] of requests) {
        const answer = await test.send(method, url, cookie, body);
        // What was asked for comes back as refused, by the id that the asker sent.
        const text = method === "GET" ? answer.body : JSON.stringify(answer.json().done ?? []);
        expect([who, url, answer.statusCode, secrets.filter((secret) => text.includes(secret))]).toEqual([
          who,
          url,
          expect.any(Number),
          [],
        ]);
        expect(answer.statusCode).toBeLessThan(500);
      }
    }
    expect([await card(), await missed()]).toEqual(before);
  });
});
