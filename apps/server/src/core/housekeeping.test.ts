import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Input, Role } from "@centrala/contract";
import { noNumbers, testConfig } from "@centrala/domain/testing";
import { day, hour } from "@centrala/kit";
import { centreScope } from "@centrala/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../http/testing/test-app.ts";
import { Housekeeping } from "./housekeeping.ts";

let now = 1_793_606_400_000;
let test: TestApp;
let centreId: string;
let keeping: Housekeeping;

beforeAll(async () => {
  test = await testApp(() => now);
  await test.setUp();
  centreId = test.centre().id;
  keeping = new Housekeeping(test.app);
});
afterAll(async () => {
  await test.stop();
});

async function tell(input: Input): Promise<void> {
  const outcome = await test.centre().core.submit(input);
  if (!outcome.ok) throw new Error(`${input.kind}: ${outcome.code}`);
}

/** A recorded talk with its file; gives the recording's id. */
async function recorded(name: string): Promise<string> {
  const { core } = test.centre();
  const operatorId = "anna";
  const arrival = { contactId: name, legId: `${name}-leg`, trunkId: "carrier", numberId: "hotline", ...noNumbers };
  await tell({ kind: "configured", config: testConfig({ recordCalls: true, recordingNotice: false }) });
  await tell({ kind: "headsetAttached", operatorId, legId: `${name}-headset` });
  await tell({ kind: "operatorWent", operatorId, to: "available", reasonId: null, byUserId: null });
  await tell({ kind: "callArrived", ...arrival });
  await tell({ kind: "offerAccepted", offerId: [...core.state.offers.keys()][0] ?? "", operatorId });
  const recordingId = [...core.state.recordings.keys()][0] ?? "";
  await tell({ kind: "hungUp", contactId: name, operatorId });
  await tell({ kind: "recordingClosed", recordingId, durationMs: 1_000, bytes: 5, sha256: "ab" });
  await tell({ kind: "wrapUpFinished", contactId: name, operatorId });
  writeFileSync(test.app.places.recording(centreId, recordingId), `sound of ${name}`);
  return recordingId;
}

/** Days pass in these tests, sessions end: everybody signs in when something is asked. */
let people = 0;
async function ask(role: Role, method: "GET" | "POST" | "PUT", url: string, body?: unknown) {
  people += 1;
  const { cookie } = await test.addPerson(`${role}-${people}`, [role]);
  return test.send(method, url, cookie, body);
}

const heard = (id: string): boolean => existsSync(test.app.places.recording(centreId, id));
const inTrash = (id: string): boolean => existsSync(test.app.places.trashed(centreId, id));
const trash = async (): Promise<string[]> =>
  (await ask("manager", "GET", "/api/trash")).json().items.map((item: { id: string }) => item.id);

describe("recordings whose time is over", () => {
  it("stay while the clock is in doubt, then lie in the trash for seven days, and only then are gone", async () => {
    const first = await recorded("first");
    now += 91 * day;
    test.watch.may = false;
    await keeping.round();
    expect([heard(first), await trash()]).toEqual([true, []]);
    test.watch.may = true;
    await keeping.round();
    expect([heard(first), inTrash(first), await trash()]).toEqual([false, true, [first]]);
    expect((await ask("manager", "GET", `/api/recordings/${first}/audio`)).statusCode).toBe(404);
    now += 6 * day;
    await keeping.round();
    expect(inTrash(first)).toBe(true);
    now += day + hour;
    test.watch.may = false;
    await keeping.round();
    expect(inTrash(first)).toBe(true);
    test.watch.may = true;
    await keeping.round();
    expect([inTrash(first), await trash()]).toEqual([false, []]);
    expect((await ask("manager", "POST", `/api/trash/${first}/restore`)).statusCode).toBe(404);
  });

  it("are taken back by a manager, as they were and for as long again", async () => {
    const second = await recorded("second");
    now += 91 * day;
    await keeping.round();
    expect((await ask("technician", "POST", `/api/trash/${second}/restore`)).statusCode).toBe(403);
    expect((await ask("manager", "POST", `/api/trash/${second}/restore`)).json()).toEqual({ ok: true });
    expect(readFileSync(test.app.places.recording(centreId, second), "utf8")).toBe("sound of second");
    expect(await test.store.recordings.get(centreScope(centreId), second)).toMatchObject({
      state: "closed",
      deletedAt: null,
    });
    now += 89 * day;
    await keeping.round();
    expect(heard(second)).toBe(true);
    now += 2 * day;
    await keeping.round();
    expect(heard(second)).toBe(false);
  });
});

describe("a shorter retention", () => {
  it("asks with the number of recordings that go, is announced to managers, and audited", async () => {
    const third = await recorded("third");
    now += 40 * day;
    const centre = (await ask("manager", "GET", "/api/centre")).json();
    const shorter = { ...centre, recordingRetentionDays: 30 };
    const asked = await ask("manager", "PUT", "/api/centre", shorter);
    expect([asked.statusCode, asked.json()]).toMatchObject([
      409,
      { code: "WOULD_DELETE", details: [{ path: "recordingRetentionDays", params: { count: 1 } }] },
    ]);
    expect(test.centre().config.current.centre.recordingRetentionDays).toBe(90);
    expect((await ask("manager", "PUT", "/api/centre?deletes=1", shorter)).statusCode).toBe(200);
    const by = `manager-${people}`;
    await keeping.round();
    expect(inTrash(third)).toBe(true);
    expect((await ask("manager", "GET", "/api/notices")).json().items).toEqual([
      { code: "RETENTION_SHORTENED", at: now, by, days: 30, recordings: 1 },
    ]);
    const audit = await test.store.audit.list(centreId, {});
    expect(audit.items.find(({ what }) => what === "retention.shorten")?.detail).toEqual({ days: 30, recordings: 1 });
    // Nothing goes by a longer one, so nobody is asked.
    expect((await ask("manager", "PUT", "/api/centre", centre)).statusCode).toBe(200);
  });
});

describe("a retention shortened by a centre file", () => {
  const fileOf = (days: number): { yaml: string } => ({
    yaml: `version: 1\ncentre: { name: Test, kind: in-house, country: BG, timeZone: Europe/Sofia, language: bg, recordingRetentionDays: ${days} }\n`,
  });

  it("says in the plan what goes and when, and does nothing until that is confirmed", async () => {
    await recorded("fourth");
    now += 40 * day;
    const plan = (await ask("manager", "POST", "/api/centre-file/plan", fileOf(20))).json();
    expect(plan).toMatchObject({
      problems: [],
      deletes: { recordings: 1, days: 20, from: now, goneFrom: now + 7 * day },
    });
    for (const deletes of [undefined, 0]) {
      const refused = await ask("manager", "POST", "/api/centre-file/apply", { ...fileOf(20), deletes });
      expect([refused.statusCode, refused.json()]).toMatchObject([
        409,
        { code: "WOULD_DELETE", details: [{ path: "recordingRetentionDays", params: { count: 1 } }] },
      ]);
    }
    expect(test.centre().config.current.centre.recordingRetentionDays).toBe(90);
    const applied = await ask("manager", "POST", "/api/centre-file/apply", { ...fileOf(20), deletes: 1 });
    expect([applied.statusCode, applied.json().problems]).toEqual([200, []]);
    expect(test.centre().config.current.centre.recordingRetentionDays).toBe(20);
    const by = `manager-${people}`;
    expect((await ask("manager", "GET", "/api/notices")).json().items).toEqual([
      { code: "RETENTION_SHORTENED", at: now, by, days: 20, recordings: 1 },
    ]);
    const audit = await test.store.audit.list(centreId, {});
    expect(audit.items.find(({ what }) => what === "retention.shorten")?.detail).toEqual({ days: 20, recordings: 1 });
  });

  it("asks nothing where nothing goes by it", async () => {
    for (const days of [21, 20, 19])
      expect((await ask("manager", "POST", "/api/centre-file/plan", fileOf(days))).json().deletes).toBe(null);
    expect((await ask("manager", "POST", "/api/centre-file/apply", fileOf(90))).statusCode).toBe(200);
  });
});

describe("notices", () => {
  it("tell everybody of the disk, and builders of the clock, which one of them confirms", async () => {
    test.watch.seen = [
      { code: "DISK_SHORT", freeBytes: 200 },
      { code: "CLOCK_AHEAD", newestAt: 5 },
    ];
    const of = async (role: Role): Promise<string[]> =>
      (await ask(role, "GET", "/api/notices")).json().items.map((item: { code: string }) => item.code);
    expect(await of("operator")).toEqual(["DISK_SHORT"]);
    expect((await ask("operator", "POST", "/api/system/clock")).statusCode).toBe(403);
    expect((await of("manager")).slice(0, 2)).toEqual(["DISK_SHORT", "CLOCK_AHEAD"]);
    expect((await ask("manager", "POST", "/api/system/clock")).json()).toEqual({ ok: true });
    expect((await of("manager")).includes("CLOCK_AHEAD")).toBe(false);
    expect((await test.store.audit.list(centreId, {})).items[0]?.what).toBe("clock.confirm");
  });
});
