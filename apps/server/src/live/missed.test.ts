import type { ScenarioStep } from "@centrala/contract";
import { centreScope, type RecordingRow } from "@centrala/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../http/testing/test-app.ts";
import { callArrives } from "./testing/arrival.ts";

let test: TestApp;
let manager: string;
let stranger: string;

beforeAll(async () => {
  test = await testApp();
  manager = await test.setUp();
  const { recordingNotice: _notice, ...settings } = (await test.send("GET", "/api/centre", manager)).json();
  await test.send("PUT", "/api/centre", manager, { ...settings, recordingNotice: false });
  // An operator who stands in no queue.
  stranger = (await test.addPerson("stranger", ["operator"])).cookie;
});
afterAll(() => test.stop());

const core = () => test.centre().core;
const voicemailStep = (queueId: string | null): ScenarioStep => ({
  kind: "voicemail",
  label: "",
  prompts: [],
  queueId,
  durationMsMax: 60_000,
  next: null,
});

const hangUp = (contactId: string) =>
  core().submit({ kind: "legEnded", legId: `leg-${contactId}`, code: "HUNG_UP", sipStatus: null });
/** Somebody speaks after the beep and hangs up; gives the message, whole. */
async function messageLeft(contactId: string, queueId: string | null): Promise<RecordingRow | undefined> {
  const { id } = test.centre();
  await callArrives(test, contactId, voicemailStep(queueId));
  const entries = await test.store.journal.readContact(id, contactId, 100);
  const entered = entries.flatMap((entry) => entry.facts).find((fact) => fact.kind === "stepEntered");
  await core().submit({ kind: "playEnded", playId: entered?.playId ?? "", reason: "finished" });
  await hangUp(contactId);
  const recording = (await test.store.recordings.ofContact(centreScope(id), contactId))[0];
  const closed = { durationMs: 7_000, bytes: 58, sha256: "0".repeat(64) };
  await core().submit({ kind: "recordingClosed", recordingId: recording?.id ?? "", ...closed });
  return recording;
}
const missed = async (cookie: string) => (await test.send("GET", "/api/missed", cookie)).json().items;

describe("missed callers", () => {
  it("are listed when they gave up, and taken off when worked off", async () => {
    await callArrives(test, "contact-1");
    await hangUp("contact-1");
    expect(await missed(manager)).toEqual([
      expect.objectContaining({
        contactId: "contact-1",
        tries: 1,
        party: expect.objectContaining({ e164: "+359888123456" }),
        messages: [],
      }),
    ]);
    expect((await test.send("GET", "/api/desk", manager)).json().missedOpen).toBe(1);
    await test.send("POST", "/api/missed/contact-1/close", manager, { reason: "wrote an e-mail" });
    expect(await missed(manager)).toEqual([]);
    expect((await test.send("GET", "/api/desk", manager)).json().missedOpen).toBe(0);
    const { missedClosed } = (await test.send("GET", "/api/contacts/contact-1", manager)).json();
    expect(missedClosed).toEqual({ at: expect.any(Number), operator: "Мария Петрова", reason: "wrote an e-mail" });
  });

  it("come back when the close is taken back by who may close, and that is written down", async () => {
    expect((await test.send("POST", "/api/missed/contact-1/reopen", stranger)).statusCode).toBe(404);
    expect(await missed(manager)).toEqual([]);
    expect((await test.send("POST", "/api/missed/contact-1/reopen", manager)).json()).toEqual({ ok: true });
    expect(await missed(manager)).toEqual([expect.objectContaining({ contactId: "contact-1" })]);
    expect((await test.send("GET", "/api/desk", manager)).json().missedOpen).toBe(1);
    const { items } = await test.store.audit.list(test.centre().id, { target: "contact/contact-1" });
    const who = test.centre().config.current.user.find((user) => user.login === "maria")?.id;
    expect(items).toEqual([expect.objectContaining({ who, what: "missed.reopen" })]);
    // Nothing is closed any more, so nothing is taken back and nothing written down.
    expect((await test.send("POST", "/api/missed/contact-1/reopen", manager)).json()).toEqual({ ok: true });
    expect((await test.store.audit.list(test.centre().id, { target: "contact/contact-1" })).items).toHaveLength(1);
    await test.send("POST", "/api/missed/contact-1/close", manager, { reason: "done" });
  });

  it("of no queue are worked off by anybody, who may therefore hear what they left", async () => {
    const recording = await messageLeft("contact-2", null);
    expect(await missed(stranger)).toEqual([
      expect.objectContaining({
        contactId: "contact-2",
        voicemail: true,
        messages: [{ recordingId: recording?.id, at: recording?.startedAt, durationMs: 7_000 }],
      }),
    ]);
    const detail = (await test.send("GET", "/api/contacts/contact-2", stranger)).json();
    expect(detail.recordings).toEqual([expect.objectContaining({ id: recording?.id, voicemail: true })]);
    // The call that waited in a queue stays with its operators.
    expect((await test.send("GET", "/api/contacts/contact-1", stranger)).statusCode).toBe(404);
  });

  it("whose message stands in a queue are its operators' alone", async () => {
    await test.send("POST", "/api/missed/contact-2/close", manager, { reason: "done" });
    await messageLeft("contact-3", "main");
    expect(await missed(stranger)).toEqual([]);
    expect((await test.send("GET", "/api/contacts/contact-3", stranger)).statusCode).toBe(404);
    expect(await missed(manager)).toEqual([
      expect.objectContaining({ contactId: "contact-3", queueName: "Основна опашка", messages: [expect.anything()] }),
    ]);
  });

  it("count alike for everybody on the desk and in the list, however many of others stand first", async () => {
    const open = async (cookie: string) => (await test.send("GET", "/api/desk", cookie)).json().missedOpen;
    await messageLeft("contact-4", null);
    // Of the one caller both calls stand in the manager's list, and the later one of no queue in everybody's.
    expect([await open(manager), await open(stranger)]).toEqual([1, 1]);
    expect(await missed(stranger)).toEqual([expect.objectContaining({ contactId: "contact-4", tries: 1 })]);
    expect((await missed(manager)).map((row: { tries: number }) => row.tries)).toEqual([2]);
    await test.send("POST", "/api/missed/contact-4/close", manager, { reason: "done" });
    await callArrives(test, "contact-5");
    await hangUp("contact-5");
    expect([await open(manager), await open(stranger)]).toEqual([1, 0]);
    expect(await missed(stranger)).toEqual([]);
  });

  it("are narrowed by queue and client", async () => {
    const narrowed = async (query: string) =>
      (await test.send("GET", `/api/missed?${query}`, manager))
        .json()
        .items.map((row: { contactId: string }) => row.contactId);
    expect(await narrowed("queueId=main&clientId=main")).toEqual(["contact-5"]);
    expect(await narrowed("queueId=other")).toEqual([]);
    expect(await narrowed("clientId=other")).toEqual([]);
  });

  it("are called back by one person at a time, which the others see", async () => {
    const target = { kind: "number", number: "0888 123 456" };
    const dial = (cookie: string) =>
      test.send("POST", "/api/desk/dial", cookie, { target, missedContactId: "contact-5" });
    const other = await test.addPerson("second", ["operator", "supervisor"], { name: "Иван Георгиев" });
    for (const { id } of test.centre().config.current.user) {
      await core().submit({ kind: "headsetAttached", operatorId: id, legId: `headset-${id}` });
      await core().submit({ kind: "operatorWent", operatorId: id, to: "available", reasonId: null, byUserId: id });
    }
    const { contactId } = (await dial(other.cookie)).json();
    expect(await missed(manager)).toEqual([
      expect.objectContaining({ contactId: "contact-5", calling: { operatorId: other.id, name: "Иван Георгиев" } }),
    ]);
    expect((await dial(manager)).json()).toMatchObject({
      code: "CONFLICT",
      said: { code: "CALLER_TAKEN", params: { name: "Иван Георгиев" } },
    });
    expect((await test.send("GET", "/api/desk", manager)).json().contact).toBeNull();
    await test.send("POST", `/api/desk/contacts/${contactId}/end`, other.cookie);
    expect(await missed(manager)).toEqual([expect.objectContaining({ contactId: "contact-5", calling: null })]);
  });
});
