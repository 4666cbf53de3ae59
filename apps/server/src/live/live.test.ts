import { writeFile } from "node:fs/promises";
import { fail } from "@centrala/kit";
import { encodeG711, wavHeader } from "@centrala/media";
import { centreScope } from "@centrala/store";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../http/testing/test-app.ts";
import { callArrives } from "./testing/arrival.ts";
import { closeTabs, Tab } from "./testing/tab.ts";

type TimelineItem = { readonly params: Readonly<Record<string, unknown>> };

let test: TestApp;
let manager: string;
let port: number;
/** The database of a busy machine takes its time; only a failure waits as long as this. */
const patience = { timeout: 15_000 };

function refusedWith(cookie: string | null, origin?: string): Promise<number | undefined> {
  const tab = new Tab(port, cookie, origin);
  return new Promise((resolve) =>
    tab.socket.on("unexpected-response", (_request, response) => resolve(response.statusCode)),
  );
}

beforeAll(async () => {
  test = await testApp();
  manager = await test.setUp();
  // Without the notice that calls are recorded, which would have to be played first.
  const { recordingNotice: _notice, ...settings } = (await test.send("GET", "/api/centre", manager)).json();
  await test.send("PUT", "/api/centre", manager, { ...settings, recordingNotice: false });
  // Callers wait here without anybody on duty, too.
  const [main] = test.centre().config.current.queue;
  if (main === undefined) throw new Error("a new centre has a queue");
  await test.store.entities.put(test.centre().id, "queue", { ...main, leaveWhenNobody: false });
  await test.centre().config.reload();
  port = (await test.servers.listen()).httpPort;
});
afterEach(() => {
  closeTabs();
});
afterAll(() => test.stop());

const core = () => test.centre().core;
const managerId = () => test.centre().config.current.user.find((user) => user.login === "maria")?.id ?? "";

describe("admission", () => {
  it("takes signed-in pages of ours only", async () => {
    expect(await refusedWith(null)).toBe(401);
    expect(await refusedWith("centrala=made-up")).toBe(401);
    expect(await refusedWith(manager, "http://evil.example")).toBe(403);
    expect(await refusedWith(manager, `http://localhost:${port + 1}`)).toBe(403);
  });

  it("closes on what is not a message of the contract", async () => {
    const tab = new Tab(port, manager);
    await tab.hello();
    tab.say({ kind: "makeCoffee" });
    expect(await tab.closed()).toBe(1007);
  });

  it("closes on a flood", async () => {
    const tab = new Tab(port, manager);
    await tab.hello();
    for (let count = 0; count < 60; count += 1) tab.say({ kind: "pong" });
    expect(await tab.closed()).toBe(1008);
  });
});

describe("the desk", () => {
  it("is sent whole after hello, and again when the operator's state changes", async () => {
    const tab = new Tab(port, manager);
    await tab.hello();
    expect((await tab.next("desk")).view).toMatchObject({
      operatorId: managerId(),
      state: "offline",
      headset: "none",
      queues: [{ id: "main", waiting: 0 }],
    });
    await test.send("POST", "/api/desk/state", manager, { to: "available" });
    expect((await tab.next("desk", ({ view }) => view.state === "available")).view.breakReasonId).toBeNull();
    await test.send("POST", "/api/desk/state", manager, { to: "break", reasonId: "lunch" });
    expect((await tab.next("desk", ({ view }) => view.state === "break")).view.breakReasonId).toBe("lunch");
  });

  it("rings with the caller's name and number, and follows the call to its end", async () => {
    await test.send("POST", "/api/desk/state", manager, { to: "offline" });
    const tab = new Tab(port, manager);
    await tab.hello();
    tab.say({ kind: "headsetDescription", requestId: "r1", sdp: "v=0" });
    expect(await tab.next("headsetAnswer")).toEqual({ kind: "headsetAnswer", requestId: "r1", sdp: "v=0" });
    await tab.next("desk", ({ view }) => view.headset === "attached");
    await test.send("POST", "/api/desk/state", manager, { to: "available" });
    await callArrives(test, "contact-1");
    const { offer } = (await tab.next("desk", ({ view }) => view.offer !== null)).view;
    expect(offer?.contact).toMatchObject({
      id: "contact-1",
      direction: "inbound",
      party: { display: "0888 123 456", e164: "+359888123456", name: null },
      number: { number: "+35924000000", label: "Sales" },
      client: { id: "main", name: "Зора" },
      queue: { id: "main" },
      customer: null,
    });
    expect((await test.send("POST", `/api/desk/offers/${offer?.offerId}/accept`, manager)).json()).toEqual({
      ok: true,
    });
    const talking = (await tab.next("desk", ({ view }) => view.contact?.phase === "talking")).view;
    expect(talking).toMatchObject({
      state: "talking",
      offer: null,
      contact: { id: "contact-1", held: false, muted: false, recording: "on" },
    });
    const post = (path: string, body?: object) =>
      test.send("POST", `/api/desk/contacts/contact-1/${path}`, manager, body);
    await post("hold", { on: true });
    expect((await tab.next("desk", ({ view }) => view.contact?.held === true)).view.contact?.heldSince).toEqual(
      expect.any(Number),
    );
    await post("hold", { on: false });
    await post("mute", { on: true });
    await tab.next("desk", ({ view }) => view.contact?.muted === true);
    const made = (
      await test.send("POST", "/api/customers", manager, { name: "Иван Петров", phones: ["0888123456"] })
    ).json();
    await post("customer", { customerId: made.id });
    expect((await tab.next("desk", ({ view }) => view.contact?.customer != null)).view.contact).toMatchObject({
      customer: { name: "Иван Петров" },
      party: { name: "Иван Петров" },
    });
    await test.send("PUT", "/api/desk/contacts/contact-1/note", manager, { text: "wants a call" });
    await tab.next("desk", ({ view }) => view.contact?.note === "wants a call");
    await post("keys", { keys: "12#" });
    expect(test.phone.commands).toContainEqual({ kind: "sendKeys", legId: "leg-contact-1", keys: "12#" });
    await core().submit({ kind: "legEnded", legId: "leg-contact-1", code: "HUNG_UP", sipStatus: null });
    const wrapUp = (await tab.next("desk", ({ view }) => view.state === "wrap-up")).view;
    expect(wrapUp.contact).toMatchObject({ phase: "wrap-up", endCode: "CUSTOMER_HUNG_UP", note: "wants a call" });
    expect((await post("result", { dispositionId: "no-such-result" })).json()).toMatchObject({
      code: "REFUSED",
      refusal: "DISPOSITION_UNKNOWN",
    });
    const [result] = wrapUp.contact?.dispositions ?? [];
    expect((await post("result", { dispositionId: result?.id })).json()).toEqual({ ok: true });
    await post("finish");
    const after = (await tab.next("desk", ({ view }) => view.today.contacts === 1 && view.state === "available")).view;
    expect([after.contact, after.missedOpen]).toEqual([null, 0]);
    expect(await tab.next("changed", ({ what }) => what === "contacts")).toMatchObject({ what: "contacts" });
  });

  it("finds the call again in the history, with every step and the journal's names", async () => {
    const list = (await test.send("GET", "/api/contacts?answered=yes", manager)).json();
    expect(list.items).toEqual([
      expect.objectContaining({
        id: "contact-1",
        answered: true,
        queueName: expect.any(String),
        customer: expect.objectContaining({ name: "Иван Петров" }),
        number: "+35924000000",
        clientName: "Зора",
      }),
    ]);
    // Another queue, earlier in the alphabet, calls something else by the same keys.
    const { queue } = test.centre().config.current;
    const [main] = queue;
    if (main === undefined) throw new Error("a new centre has a queue");
    const dispositions = main.dispositions.map((each) => ({ ...each, name: "Complaint" }));
    const other = { ...main, id: "another", name: "English", operators: [], dispositions };
    await test.store.entities.apply(test.centre().id, [{ put: "queue", value: other }]);
    await test.centre().config.reload();
    const detail = (await test.send("GET", "/api/contacts/contact-1", manager)).json();
    const paramsOf = (kind: string) =>
      detail.timeline.filter((item: { kind: string }) => item.kind === kind).map((item: TimelineItem) => item.params);
    await test.store.entities.apply(test.centre().id, [{ delete: "queue", id: other.id }]);
    await test.centre().config.reload();
    expect([detail.disposition, paramsOf("dispositionSet")[0].disposition]).toEqual(["Решено", "Решено"]);
    expect(paramsOf("legEnded").map((params: TimelineItem["params"]) => params["role"])).toContain("customer");
    expect(paramsOf("legAnswered").every((params: TimelineItem["params"]) => params["role"] !== undefined)).toBe(true);
    const kinds = detail.timeline.map((item: { kind: string }) => item.kind);
    for (const kind of [
      "contactStarted",
      "enqueued",
      "offerMade",
      "talkStarted",
      "heldChanged",
      "contactEnded",
      "dispositionSet",
    ])
      expect(kinds).toContain(kind);
    expect(detail.timeline.find((item: { kind: string }) => item.kind === "talkStarted").params).toMatchObject({
      operator: "Мария Петрова",
      queueId: "main",
    });
    expect(detail.notes).toEqual([{ at: expect.any(Number), operator: "Мария Петрова", text: "wants a call" }]);
    const ladder = (await test.send("GET", "/api/contacts/contact-1/ladder", manager)).json();
    expect(ladder.items[0]).toMatchObject({ kind: "fact", title: "contactStarted", direction: "none" });
    const found = async (text: string) =>
      (await test.send("GET", `/api/contacts?text=${encodeURIComponent(text)}`, manager)).json().items.length;
    expect([await found("петров"), await found("wants a call"), await found("Георгиев")]).toEqual([1, 1, 0]);
    const { cookie } = await test.addPerson("stranger", ["operator"]);
    const fileOf = async (reader: string, path: string) => (await test.send("GET", path, reader)).body.split("\r\n");
    const [headings, first, ...rest] = await fileOf(manager, "/api/export/contacts?answered=yes");
    expect(headings).toMatch(/^\ufeffВреме;Посока;Име;/);
    expect(first).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d;Входящо;Иван Петров;\+359888123456;Зора;/);
    expect([rest, (await fileOf(cookie, "/api/export/contacts")).slice(1)]).toEqual([[""], [""]]);
    expect((await fileOf(manager, "/api/export/missed")).slice(1)).toEqual([""]);
    const { items: exported } = await test.store.audit.list(test.centre().id, { target: "contacts" });
    expect(exported.map((entry) => entry.what)).toEqual(["contacts.export", "contacts.export"]);
    expect((await test.send("GET", "/api/contacts/contact-1", cookie)).statusCode).toBe(404);
    expect((await test.send("GET", "/api/contacts", cookie)).json().items).toEqual([]);
  });
});

describe("recordings", () => {
  it("are played, drawn and audited for those who may hear them, and nobody else", async () => {
    const { id } = test.centre();
    const started = (await test.store.recordings.ofContact(centreScope(id), "contact-1"))[0];
    const recordingId = started?.id ?? "";
    const url = `/api/recordings/${recordingId}/audio`;
    expect((await test.send("GET", url, manager)).statusCode).toBe(404);
    const sound = encodeG711("alaw", new Int16Array(16_000).fill(8_000));
    await writeFile(
      test.app.places.recording(id, recordingId),
      Buffer.concat([wavHeader("alaw", 2, 8_000, sound.length), sound]),
    );
    await core().submit({
      kind: "recordingClosed",
      recordingId,
      durationMs: 1_000,
      bytes: 58 + sound.length,
      sha256: "0".repeat(64),
    });
    const played = await test.send("GET", url, manager, undefined, { range: "bytes=0-" });
    expect([played.statusCode, played.rawPayload.length, played.headers["content-range"]]).toEqual([
      206,
      32_044,
      "bytes 0-32043/32044",
    ]);
    const peaks = (await test.send("GET", `/api/recordings/${recordingId}/peaks?buckets=50`, manager)).json();
    expect([peaks.durationMs, peaks.customer.length, peaks.operator.length]).toEqual([1_000, 50, 50]);
    expect((await test.send("GET", "/api/contacts/contact-1", manager)).json().recordings).toEqual([
      expect.objectContaining({ id: recordingId, available: true, durationMs: 1_000 }),
    ]);
    const { cookie } = await test.addPerson("curious", ["operator"]);
    expect((await test.send("GET", url, cookie)).statusCode).toBe(404);
    const audit = await test.store.audit.list(id, { target: `recording/${recordingId}` });
    expect(audit.items).toEqual([expect.objectContaining({ who: managerId(), what: "recording.play" })]);
    // Whoever does not begin at the beginning listens all the same.
    const other = await test.addPerson("listener", ["manager"]);
    const later = await test.send("GET", url, other.cookie, undefined, { range: "bytes=1-" });
    const last = await test.send("GET", url, other.cookie, undefined, { range: "bytes=-32043" });
    expect([later.statusCode, last.statusCode]).toEqual([206, 206]);
    const listened = await test.store.audit.list(id, { target: `recording/${recordingId}` });
    expect(listened.items.filter(({ who }) => who === other.id)).toHaveLength(1);
  });
});

describe("missed callers", () => {
  it("lists who gave up, and takes them off when worked off", async () => {
    await test.send("POST", "/api/desk/state", manager, { to: "offline" });
    await callArrives(test, "contact-2");
    await core().submit({ kind: "legEnded", legId: "leg-contact-2", code: "HUNG_UP", sipStatus: null });
    const listed = (await test.send("GET", "/api/missed", manager)).json();
    expect(listed.items).toEqual([
      expect.objectContaining({
        contactId: "contact-2",
        tries: 1,
        party: expect.objectContaining({ e164: "+359888123456" }),
      }),
    ]);
    expect((await test.send("GET", "/api/desk", manager)).json().missedOpen).toBe(1);
    await test.send("POST", "/api/missed/contact-2/close", manager, { reason: "wrote an e-mail" });
    expect((await test.send("GET", "/api/missed", manager)).json().items).toEqual([]);
    expect((await test.send("GET", "/api/desk", manager)).json().missedOpen).toBe(0);
  });
});

describe("resume", () => {
  it("goes on with the same stream, and sends what was missed", async () => {
    const first = new Tab(port, manager);
    const welcome = await first.hello();
    await first.next("desk");
    first.socket.terminate();
    await test.send("POST", "/api/customers", manager, { name: "Meanwhile" });
    const second = new Tab(port, manager);
    const again = await second.hello({ resume: { stream: welcome.stream, seq: welcome.seq } });
    expect(again.stream).toBe(welcome.stream);
    await second.next("changed", ({ what }) => what === "customers");
    await second.next("desk");
    const numbers = second.messages.slice(1).flatMap((message) => ("seq" in message ? [message.seq] : []));
    expect(numbers).toEqual(numbers.map((_, index) => welcome.seq + 1 + index));
  });

  it("gives a stranger's stream to nobody else", async () => {
    const mine = new Tab(port, manager);
    const welcome = await mine.hello();
    const { cookie } = await test.addPerson("other", ["operator"]);
    const theirs = new Tab(port, cookie);
    expect((await theirs.hello({ resume: { stream: welcome.stream, seq: 0 } })).stream).not.toBe(welcome.stream);
  });
});

describe("the headset", () => {
  it("belongs to the newest tab, and the other is told", async () => {
    const first = new Tab(port, manager);
    const second = new Tab(port, manager);
    const headset = (): string => core().state.operators.get(managerId())?.headsetLegId ?? "";
    await first.hello();
    await second.hello();
    first.say({ kind: "headsetDescription", requestId: "a", sdp: "v=0" });
    await first.next("headsetAnswer");
    await first.next("desk", ({ view }) => view.headset === "attached");
    const ofFirst = headset();
    second.say({ kind: "headsetDescription", requestId: "b", sdp: "v=0" });
    await second.next("headsetAnswer");
    await first.next("headsetTaken");
    await expect.poll(() => test.phone.detached, patience).toContain(ofFirst);
    await expect.poll(headset, patience).not.toBe("");
    const before = headset();
    second.say({ kind: "levels", on: true });
    second.say({ kind: "headsetDescription", requestId: "c", sdp: "v=0" });
    await second.next("headsetAnswer", ({ requestId }) => requestId === "c");
    // Only when the one before is taken away has the new one come to the core.
    await expect.poll(() => test.phone.detached, patience).toContain(before);
    await expect.poll(() => test.phone.watched.at(-1)?.on, patience).toBe(true);
    const legId = headset();
    expect(test.phone.detached).not.toContain(legId);
    test.phone.sayHeadset({ kind: "level", legId, inDbfs: -20, outDbfs: -30 });
    expect(await second.next("level")).toEqual({ kind: "level", customerDbfs: -30, operatorDbfs: -20 });
    second.messages.length = 0;
    second.say({ kind: "headsetClose" });
    await second.next("desk", ({ view }) => view.headset === "none");
    await expect.poll(() => test.phone.detached, patience).toContain(legId);
  });

  it("is lost when its voice stops, or its page is closed", async () => {
    const tab = new Tab(port, manager);
    await tab.hello();
    tab.say({ kind: "headsetDescription", requestId: "a", sdp: "v=0" });
    await tab.next("desk", ({ view }) => view.headset === "attached");
    const legId = core().state.operators.get(managerId())?.headsetLegId ?? "";
    test.phone.sayHeadset({ kind: "lost", legId, reason: "consent" });
    await expect.poll(() => core().state.operators.get(managerId())?.headsetLegId, patience).toBeNull();
    tab.say({ kind: "headsetDescription", requestId: "b", sdp: "v=0" });
    await tab.next("headsetAnswer", ({ requestId }) => requestId === "b");
    await expect.poll(() => core().state.operators.get(managerId())?.headsetLegId, patience).not.toBeNull();
    tab.socket.close(1001);
    await expect.poll(() => core().state.operators.get(managerId())?.headsetLegId, patience).toBeNull();
  });

  it("is coming until sound can flow, is nobody's to ring on meanwhile, and fails in words where it never does", async () => {
    const headset = (): string | null => core().state.operators.get(managerId())?.headsetLegId ?? null;
    const tab = new Tab(port, manager);
    await tab.hello();
    test.phone.soundFlows = false;
    try {
      tab.say({ kind: "headsetDescription", requestId: "a", sdp: "v=0" });
      await tab.next("desk", ({ view }) => view.headset === "connecting");
      expect(headset()).toBeNull();
      const never = test.phone.attached.at(-1) ?? "";
      test.phone.sayHeadset({ kind: "lost", legId: never, reason: "no way was found" });
      expect(await tab.next("headsetFailed")).toEqual({ kind: "headsetFailed", requestId: "a", code: "NO_MEDIA" });
      expect(test.phone.detached).toContain(never);
      tab.say({ kind: "headsetDescription", requestId: "b", sdp: "v=0" });
      await tab.next("headsetAnswer", ({ requestId }) => requestId === "b");
      const first = test.phone.attached.at(-1) ?? "";
      test.phone.sayHeadset({ kind: "up", legId: first });
      await expect.poll(headset, patience).toBe(first);
      // Another one that never comes up takes nothing away from what stands.
      tab.say({ kind: "headsetDescription", requestId: "c", sdp: "v=0" });
      await tab.next("headsetAnswer", ({ requestId }) => requestId === "c");
      test.phone.sayHeadset({ kind: "lost", legId: test.phone.attached.at(-1) ?? "", reason: "no way was found" });
      await tab.next("headsetFailed", ({ requestId }) => requestId === "c");
      expect([headset(), test.phone.detached.includes(first)]).toEqual([first, false]);
      tab.say({ kind: "headsetDescription", requestId: "d", sdp: "v=0" });
      await tab.next("headsetAnswer", ({ requestId }) => requestId === "d");
      // Given up on the way: both are gone.
      tab.say({ kind: "headsetClose" });
      await expect.poll(headset, patience).toBeNull();
      expect(test.phone.detached).toContain(test.phone.attached.at(-1));
    } finally {
      test.phone.soundFlows = true;
      tab.socket.close(1001);
    }
  });

  it("says why it could not be answered", async () => {
    test.phone.answerHeadsetsWith(() => fail("DESCRIPTION_REFUSED", "no audio"));
    const tab = new Tab(port, manager);
    await tab.hello();
    tab.say({ kind: "headsetDescription", requestId: "a", sdp: "nonsense" });
    expect(await tab.next("headsetFailed")).toEqual({
      kind: "headsetFailed",
      requestId: "a",
      code: "DESCRIPTION_REFUSED",
    });
    expect((await test.send("POST", "/api/desk/echo-test", manager)).json()).toMatchObject({
      code: "REFUSED",
      refusal: "NO_DEVICE",
    });
  });
});

describe("the floor", () => {
  it("is sent to supervisors, never to operators", async () => {
    const { cookie } = await test.addPerson("plain", ["operator"]);
    const boss = new Tab(port, manager);
    await boss.hello({ floor: true });
    const view = (await boss.next("floor")).view;
    expect(view.queues).toEqual([
      expect.objectContaining({ id: "main", offered: 2, answered: 1, abandoned: 1, answeredWithin: 1 }),
    ]);
    expect(view.operators.map((operator) => operator.name)).toContain("Мария Петрова");
    const worker = new Tab(port, cookie);
    await worker.hello({ floor: true });
    await worker.next("desk");
    await test.send("POST", "/api/desk/state", cookie, { to: "available" });
    await worker.next("desk", ({ view: desk }) => desk.state === "available");
    await boss.next("floor", ({ view: floor }) =>
      floor.operators.some((operator) => operator.name === "plain" && operator.state === "available"),
    );
    expect(worker.messages.some((message) => message.kind === "floor")).toBe(false);
  });

  it("tells of a carrier's line as soon as it changes", async () => {
    const tab = new Tab(port, manager);
    await tab.hello({ floor: true });
    const state = {
      trunkId: "t1",
      registration: { state: "refused", sipStatus: 403, until: null },
      health: { state: "unknown", roundTripMs: null, since: null },
      learntAddress: null,
      calls: 0,
    } as const;
    test.phone.sayTrunk(test.centre().id, state);
    expect((await tab.next("trunks")).trunks).toEqual([state]);
    await tab.next("floor", ({ view }) => view.trunks.some((trunkRow) => trunkRow.state === "down"));
  });
});

describe("sign-out", () => {
  it("closes the live connection and sends the operator off duty", async () => {
    const { cookie, id } = await test.addPerson("leaving", ["operator"]);
    const tab = new Tab(port, cookie);
    await tab.hello();
    await test.send("POST", "/api/desk/state", cookie, { to: "available" });
    await test.send("DELETE", "/api/session", cookie);
    await tab.next("signedOut");
    expect(await tab.closed()).toBe(4001);
    expect(core().state.operators.get(id)?.duty.state).toBe("offline");
  });
});
