// A start after many calls: a journal is filled with calls as one operator takes them (queue, offer, talk with a hold, a
// result, wrap-up: 9 entries each), then: history written from nothing, a start with a snapshot and one without, and a
// rebuild. Memory is of this process, which holds the server's parts that do it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { JournalEntry } from "@centrala/contract";
import { defaultConfig } from "@centrala/domain";
import { TestCentre, testConfig } from "@centrala/domain/testing";
import { openStore, type Store, startEmbedded } from "@centrala/store";
import { plainClient } from "@centrala/store/testing";
import { openCentre } from "../apps/server/src/core/open-centre.ts";
import { silentLog } from "../apps/server/src/core/testing/silent-log.ts";
import { report, rounded } from "./support/figures.ts";

const calls = Number(process.env["BENCH_CALLS"] ?? 100_000);
const callsAtOnce = 500;
const callers = 5_000;
/** From the beginning of one call to the next one's. */
const callMs = 60_000;
const forEver = 2 ** 30;

const root = mkdtempSync(join(tmpdir(), "centrala-start-"));
const embedded = await startEmbedded({ dataFolder: root, log: () => undefined });
const store = await openStore({ connection: embedded.connection, encryptionKey: new Uint8Array(32) });
try {
  const centreId = await makeCentre(store);
  const { before, template } = oneCall();
  const lease = await store.journal.acquireLease(centreId, "bench", 60_000, true);
  const epoch = lease.ok ? lease.value.epoch : 0;
  await store.journal.append(centreId, epoch, before);
  await fill(centreId, before.length, template);
  const last = await store.journal.lastSeq(centreId);
  const table = [
    await measured("history written from nothing", async () => {
      const projector = await store.projections.open(centreId, epoch);
      if (!(await projector.reached(last, forEver))) throw new Error("history was not written");
      await projector.close();
    }),
    await measured("start without a snapshot", () => startAndStop(centreId)),
    await measured("start with a snapshot", () => startAndStop(centreId)),
    await measured("rebuild", async () => {
      await store.projections.requestRebuild(centreId);
      const taken = await store.journal.acquireLease(centreId, "bench", 60_000, true);
      const projector = await store.projections.open(centreId, taken.ok ? taken.value.epoch : 0);
      while ((await store.projections.rebuildProgress(centreId)) !== null) await delay(100);
      await projector.close();
    }),
  ];
  report("start", table, { calls, entries: last });
} finally {
  await store.close();
  await embedded.stop();
  rmSync(root, { recursive: true, force: true });
}

async function makeCentre(to: Store): Promise<string> {
  const place = { kind: "in-house", country: "BG", language: "en", timeZone: "Europe/Sofia" } as const;
  const made = await to.centres.create("bench", defaultConfig({ ...place, name: "Bench" }).centre);
  if (!made.ok) throw new Error(made.message);
  return made.value.id;
}

/** What comes before the first call, and one call whose ids and times are to be set. */
function oneCall(): { readonly before: readonly JournalEntry[]; readonly template: readonly JournalEntry[] } {
  const centre = new TestCentre(testConfig({ recordCalls: true }));
  centre.online("anna");
  const from = centre.entries.length;
  const contactId = centre.call();
  centre.advance(2_000);
  centre.accept("anna");
  centre.advance(10_000);
  centre.hold(contactId, "anna", true);
  centre.advance(3_000);
  centre.hold(contactId, "anna", false);
  centre.advance(8_000);
  centre.legEnds(`${contactId}-leg`);
  centre.send({ kind: "dispositionSet", contactId, operatorId: "anna", dispositionId: "solved" });
  centre.advance(35_000);
  return { before: centre.entries.slice(0, from), template: centre.entries.slice(from) };
}

type Columns = { seqs: number[]; ats: number[]; inputs: string[]; facts: string[]; contacts: string[] };

/** Straight into the tables, as the journal's commits would have written it. */
async function fill(centreId: string, after: number, template: readonly JournalEntry[]): Promise<void> {
  const client = await plainClient(embedded.connection);
  await client.query("SELECT set_config('app.centre', $1, false), set_config('synchronous_commit', 'off', false)", [
    centreId,
  ]);
  const version = template[0]?.version ?? 0;
  let seq = after;
  for (let call = 0; call < calls; call += callsAtOnce) {
    const rows: Columns = { seqs: [], ats: [], inputs: [], facts: [], contacts: [] };
    for (let n = call; n < Math.min(calls, call + callsAtOnce); n += 1) {
      for (const entry of template) {
        seq += 1;
        rows.seqs.push(seq);
        rows.ats.push(entry.at + n * callMs);
        rows.inputs.push(ofCall(entry.input, n));
        rows.facts.push(ofCall(entry.facts, n));
        rows.contacts.push(`call-${n + 2}`);
      }
    }
    const { seqs, ats, inputs, facts, contacts } = rows;
    await client.query(
      `INSERT INTO journal (centre_id, seq, at, version, input, facts)
       SELECT $1, e.seq, e.at, $2, e.input::json, e.facts::json
       FROM unnest($3::bigint[], $4::bigint[], $5::text[], $6::text[]) AS e(seq, at, input, facts)`,
      [centreId, version, seqs, ats, inputs, facts],
    );
    await client.query(
      `INSERT INTO journal_contact (centre_id, contact_id, seq)
       SELECT $1, e.contact_id, e.seq FROM unnest($2::text[], $3::bigint[]) AS e(contact_id, seq)`,
      [centreId, contacts, seqs],
    );
  }
  await client.end();
}

/** The same of another call: ids of its own, later by as much. */
function ofCall(value: unknown, n: number): string {
  return JSON.stringify(value)
    .replaceAll("call-2", `call-${n + 2}`)
    .replaceAll("address-caller", `address-${n % callers}`)
    .replaceAll(/(?<=")(play|offer|rec)(\d+-\d+)(?=")/g, `$1$2-${n}`)
    .replaceAll(/1793\d{9}/g, (time) => String(Number(time) + n * callMs));
}

async function startAndStop(centreId: string): Promise<void> {
  const centre = await openCentre({
    store,
    centreId,
    log: silentLog(),
    clock: Date.now,
    nodeId: "bench",
    sole: true,
    perform: () => undefined,
    legs: { alive: () => new Set(), dropUnknown: () => undefined },
    prepare: async () => undefined,
    onLost: () => undefined,
  });
  await centre.close();
}

async function measured(what: string, work: () => Promise<void>) {
  let memory = 0;
  const watch = setInterval(() => {
    memory = Math.max(memory, process.memoryUsage.rss());
  }, 50);
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1_000;
  clearInterval(watch);
  return {
    what,
    seconds: rounded(seconds),
    "entries a second": Math.round((calls * 9) / seconds),
    "MB at most": Math.round(memory / 2 ** 20),
  };
}
