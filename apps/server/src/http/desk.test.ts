import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "./testing/test-app.ts";

let test: TestApp;
let manager: string;
let other: { readonly id: string; readonly cookie: string };

beforeAll(async () => {
  test = await testApp();
  manager = await test.setUp();
  other = await test.addPerson("ivan", ["operator"], { name: "Иван Георгиев", extension: "102" });
  await test.send("PUT", "/api/config/trunk/carrier", manager, { name: "Carrier", host: "sip.example" });
  await test.send("PUT", "/api/config/number/main", manager, {
    number: "+35924000000",
    trunkId: "carrier",
    clientId: "main",
  });
  const { core } = test.centre();
  for (const { id } of test.centre().config.current.user) {
    await core.submit({ kind: "headsetAttached", operatorId: id, legId: `headset-${id}` });
    await core.submit({ kind: "operatorWent", operatorId: id, to: "available", reasonId: null, byUserId: id });
  }
});
afterAll(() => test.stop());

const post = (path: string, body?: object, cookie = manager) => test.send("POST", path, cookie, body);
const dial = (number: string) => post("/api/desk/dial", { target: { kind: "number", number } });
const addressOf = (raw: string) =>
  test.store.addresses.findOrCreate(test.centre().id, { raw, display: raw, e164: null });
const desk = async (cookie = manager) => (await test.send("GET", "/api/desk", cookie)).json();
const end = async (contactId: string) => {
  await post(`/api/desk/contacts/${contactId}/end`);
  await post(`/api/desk/contacts/${contactId}/finish`);
};

describe("dialling", () => {
  it("calls a number as it is typed, in international form, with the client's number, and knows the customer", async () => {
    const card = (await post("/api/customers", { name: "Елена Тодорова", phones: ["+359888123456"] })).json();
    const { contactId } = (await dial("(0888) 123-456")).json();
    expect(test.phone.commands.at(-1)).toMatchObject({
      kind: "dialTrunk",
      contactId,
      trunkIds: ["carrier"],
      callerNumberId: "main",
      emergency: false,
    });
    const view = await desk();
    expect(view.contact).toMatchObject({
      id: contactId,
      direction: "outbound",
      phase: "dialling",
      party: { e164: "+359888123456" },
      customer: { id: card.id },
    });
    await end(contactId);
  });

  it("keeps no half a number on a card, but whatever called before and what stood there", async () => {
    const refused = await post("/api/customers", { name: "Х", phones: ["0888123456", "088812"] });
    expect([refused.statusCode, refused.json().details]).toEqual([
      400,
      [expect.objectContaining({ path: "phones.1", code: "PHONE_INVALID", params: { value: "088812" } })],
    ]);
    const ofCentre = test.centre().id;
    await test.store.addresses.findOrCreate(ofCentre, { raw: "100200", display: "100200", e164: null });
    const card = (await post("/api/customers", { name: "Х", phones: ["100200"] })).json();
    expect(card.phones).toEqual(["100200"]);
    // Of a card that has half a number from before, everything else can be changed.
    await test.store.addresses.erase(ofCentre, await addressOf("100200"));
    const changed = await test.send("PUT", `/api/customers/${card.id}`, manager, { ...card, name: "Y" });
    expect(changed.statusCode).toBe(200);
  });

  it("reaches a colleague by extension, and both see each other's name", async () => {
    const { contactId } = (await dial("102")).json();
    expect((await desk()).contact).toMatchObject({ direction: "internal", party: { name: "Иван Георгиев" } });
    expect((await desk(other.cookie)).offer.contact).toMatchObject({ id: contactId, party: { name: "Мария Петрова" } });
    await end(contactId);
  });

  it("calls for help whatever state the operator is in", async () => {
    await post("/api/desk/state", { to: "break", reasonId: "lunch" });
    const { contactId } = (await dial("112")).json();
    expect(test.phone.commands.at(-1)).toMatchObject({ kind: "dialTrunk", emergency: true });
    await end(contactId);
    await post("/api/desk/state", { to: "available" });
  });

  it("refuses what has no digits, an unknown client, and a second call", async () => {
    expect((await dial("hello")).json()).toMatchObject({ code: "INPUT_INVALID", details: [{ path: "number" }] });
    const client = await post("/api/desk/dial", {
      target: { kind: "number", number: "112233" },
      clientId: "no-such-client",
    });
    expect(client.json().details).toEqual([expect.objectContaining({ path: "clientId" })]);
    const { contactId } = (await dial("024000111")).json();
    expect((await dial("024000222")).json()).toMatchObject({ code: "REFUSED", refusal: "OPERATOR_BUSY" });
    await end(contactId);
  });
});

describe("ids that somebody made up", () => {
  const journal = async () => test.centre().core.seq;
  const dialWith = (more: object) =>
    post("/api/desk/dial", { target: { kind: "number", number: "0888123456" }, ...more });

  it("never reach the core: too long, of other letters, or of nothing that is there", async () => {
    const before = await journal();
    const long = "x".repeat(40_000);
    for (const [status, code, more] of [
      [400, "INPUT_INVALID", { customerId: long }],
      [400, "INPUT_INVALID", { missedContactId: long }],
      [400, "INPUT_INVALID", { clientId: long }],
      [400, "INPUT_INVALID", { customerId: "a\u0000b" }],
      [400, "INPUT_INVALID", { target: { kind: "operator", operatorId: long } }],
      [404, "NOT_FOUND", { customerId: "invented" }],
      [404, "NOT_FOUND", { missedContactId: "invented" }],
    ] as const) {
      const answer = await dialWith(more);
      expect([more, answer.statusCode, answer.json().code]).toEqual([more, status, code]);
    }
    expect(await journal()).toBe(before);
  });

  it("are refused everywhere else, too", async () => {
    expect((await dialWith({ target: { kind: "operator", operatorId: "invented" } })).statusCode).toBe(409);
    expect((await post("/api/desk/contacts/invented/customer", { customerId: "invented" })).statusCode).toBe(404);
    for (const from of ["0.5", "1e308", "-1"])
      expect([from, (await test.send("GET", `/api/contacts?from=${from}`, manager)).statusCode]).toEqual([from, 400]);
    expect((await test.send("GET", "/api/contacts?from=8640000000000000&to=0", manager)).statusCode).toBe(200);
    const skill = { name: "A", version: 0.5 };
    expect((await test.send("PUT", "/api/config/skill/a", manager, skill)).statusCode).toBe(400);
  });
});

describe("the rest of the desk", () => {
  it("answers the core's refusals with their code", async () => {
    expect((await post("/api/desk/offers/offer1-1/accept")).json()).toMatchObject({
      code: "REFUSED",
      refusal: "OFFER_OVER",
    });
    expect((await post("/api/desk/contacts/unknown/hold", { on: true })).json()).toMatchObject({
      code: "REFUSED",
      refusal: "CONTACT_UNKNOWN",
    });
    expect((await post("/api/desk/state", { to: "break", reasonId: "siesta" })).json()).toMatchObject({
      code: "REFUSED",
      refusal: "BREAK_REASON_UNKNOWN",
    });
  });

  it("lists colleagues and queues to call, by name and extension", async () => {
    expect((await test.send("GET", "/api/desk/directory?search=10", manager)).json()).toEqual({
      operators: [{ id: other.id, name: "Иван Георгиев", extension: "102", state: "available" }],
      queues: [],
    });
    expect((await test.send("GET", "/api/desk/directory", manager)).json().queues).toEqual([
      { id: "main", name: expect.any(String), waiting: 0 },
    ]);
  });

  it("lets one hear oneself, but not during a call", async () => {
    expect((await post("/api/desk/echo-test")).json()).toEqual({ ok: true });
    expect(test.phone.echoes.length).toBe(1);
    const { contactId } = (await dial("024000111")).json();
    expect((await post("/api/desk/echo-test")).json()).toMatchObject({ refusal: "OPERATOR_BUSY" });
    await end(contactId);
  });

  it("lets supervisors change an operator's state", async () => {
    expect((await post(`/api/floor/operators/${other.id}/state`, { to: "break" })).json()).toEqual({ ok: true });
    const floor = (await test.send("GET", "/api/floor", manager)).json();
    expect(floor.operators.find((operator: { id: string }) => operator.id === other.id)).toMatchObject({
      state: "break",
      device: "headset",
    });
    expect((await post(`/api/floor/operators/${other.id}/state`, { to: "offline" }, other.cookie)).statusCode).toBe(
      403,
    );
  });

  it("keeps notes to those who took part", async () => {
    const { contactId } = (await dial("024000111")).json();
    expect((await test.send("PUT", `/api/desk/contacts/${contactId}/note`, manager, { text: "mine" })).json()).toEqual({
      ok: true,
    });
    expect(
      (await test.send("PUT", `/api/desk/contacts/${contactId}/note`, other.cookie, { text: "not mine" })).json(),
    ).toMatchObject({ refusal: "NOT_YOURS" });
    expect((await desk()).contact.note).toBe("mine");
    await end(contactId);
  });
});
