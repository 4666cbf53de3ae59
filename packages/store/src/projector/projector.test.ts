import type { ContactEndCode, Fact, JournalEntry } from "@centrala/contract";
import { emptyBook } from "@centrala/domain";
import { SeededRandom } from "@centrala/kit";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { openStore } from "../open.ts";
import { centreScope } from "../port.ts";
import { count, foldBatch } from "../projection/batch.ts";
import { entry, type Fixture, newCentre, onBothServers, started } from "../testing/suite.ts";
import { Feed } from "./feed.ts";

const addressIds = ["x", "y", "z"];
const operators = ["maria", "ivan"];

const talk = (contactId: string, operatorId: string): Fact => ({
  kind: "talkStarted",
  contactId,
  operatorId,
  legId: "l",
  roomId: "r",
  queueId: null,
});
const queued = (contactId: string): Fact => ({
  kind: "enqueued",
  contactId,
  queueId: "sales",
  priority: 0,
  stepId: null,
  since: 0,
  until: null,
  reviewAt: null,
});
const left = (contactId: string): Fact => ({
  kind: "queueLeft",
  contactId,
  queueId: "sales",
  reason: "answered",
  waitedMs: 0,
});
const ended = (contactId: string, answered: boolean): Fact => {
  const code: ContactEndCode = answered ? "CUSTOMER_HUNG_UP" : "ABANDONED_IN_SCENARIO";
  return { kind: "contactEnded", contactId, code, answered, endedKept: 2_000 };
};

/** A writer of one centre that counts the seqs, and takes the lease again as a new run does. */
class Writer {
  readonly fixture: Fixture;
  readonly centreId: string;
  epoch = 0;
  entries: JournalEntry[] = [];

  constructor(fixture: Fixture, centreId: string) {
    this.fixture = fixture;
    this.centreId = centreId;
  }

  static async of(fixture: Fixture): Promise<Writer> {
    const writer = new Writer(fixture, await newCentre(fixture));
    await writer.takeLease();
    return writer;
  }

  async takeLease(): Promise<void> {
    const lease = await this.fixture.store.journal.acquireLease(this.centreId, "test", 60_000, true);
    if (!lease.ok) throw new Error(lease.message);
    this.epoch = lease.value.epoch;
  }

  open(faults = {}) {
    return this.fixture.store.projections.open(this.centreId, this.epoch, faults);
  }

  async append(...batch: readonly (readonly Fact[])[]): Promise<void> {
    const from = this.entries.length;
    const entries = batch.map((facts, index) => entry(from + index + 1, 1_000 * (from + index + 1), facts));
    this.entries.push(...entries);
    await this.fixture.store.journal.append(this.centreId, this.epoch, entries);
  }

  get seq(): number {
    return this.entries.length;
  }
}

async function asSuperuser<T>(fixture: Fixture, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(fixture.database.superuser);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** All that projections hold of a centre. */
async function rowsOf(fixture: Fixture, centreId: string) {
  return asSuperuser(fixture, async (client) => {
    const all = async (table: string, order: string) =>
      (
        await client.query(
          `SELECT to_jsonb(t) - 'centre_id' AS row FROM ${table} t WHERE centre_id = $1 ORDER BY ${order}`,
          [centreId],
        )
      ).rows.map(({ row }) => row as Record<string, unknown>);
    return {
      contacts: (await all("contact", "id")).map(({ generation: _, ...row }) => row),
      operators: await all("contact_operator", "contact_id, operator_id"),
      recordings: await all("recording", "id"),
      segments: await all("segment", "contact_id, n"),
      spans: await all("operator_span", "operator_id, started_at"),
      sums: sumsOf(await all("rollup", "slot, client_id, queue_id, operator_id")),
    };
  });
}

/** Without what was added and taken away again; `generation` counts rebuilds. */
function sumsOf(rows: readonly Record<string, unknown>[]): readonly unknown[] {
  return rows.map(({ generation: _, sums, ...key }) => {
    const entries = Object.entries(sums as Record<string, number>).filter(([, sum]) => sum !== 0);
    return { ...key, sums: Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))) };
  });
}

/** What the rows must be: the journal folded at once. */
function expectedRows(entries: readonly JournalEntry[]) {
  const { contacts, recordings, reached, report } = foldBatch(new Map(), count(emptyBook(), entries));
  const people = { missed_closed_at: null, missed_closed_by: null, missed_close_reason: null };
  const by =
    <T>(key: (row: T) => string) =>
    (a: T, b: T) =>
      key(a) < key(b) ? -1 : 1;
  const place = (row: { readonly started_at?: number; readonly slot?: number }) =>
    String(row.started_at ?? row.slot).padStart(15, "0");
  return {
    contacts: [...contacts.values()]
      .toSorted(by(({ id }) => id))
      .map(({ operators: _, ...row }) => ({ ...row, ...people, reached_at: reachedAt(row, reached) })),
    operators: [...contacts.values()]
      .flatMap(({ id, operators: parts }) =>
        Object.entries(parts).map(([operator_id, part]) => ({ contact_id: id, operator_id, ...part })),
      )
      .toSorted(by((row) => `${row.contact_id}/${row.operator_id}`)),
    recordings: [...recordings.values()]
      .toSorted(by(({ id }) => id))
      .map((row) => ({ ...row, path: null, deleted_at: null, restored_at: null, purged_at: null })),
    segments: report.segments.toSorted(by((row) => `${row.contact_id}/${String(row.n).padStart(9, "0")}`)),
    spans: report.spans.toSorted(by((row) => `${row.operator_id}/${place(row)}`)),
    sums: sumsOf(
      report.rollups.toSorted(by((row) => `${place(row)}/${row.client_id}/${row.queue_id}/${row.operator_id}`)),
    ),
  };
}

onBothServers("the projector", (fixture) => {
  it("shows whoever reads what was committed before", async () => {
    const writer = await Writer.of(fixture());
    const projector = await writer.open();
    const { contacts, recordings } = fixture().store;
    await writer.append([
      started("a"),
      { kind: "recordingStarted", contactId: "a", recordingId: "r", voicemail: true, queueId: null },
    ]);
    expect(await contacts.get(centreScope(writer.centreId), "a")).toMatchObject({ id: "a", endedAt: null });
    await writer.append([ended("a", false)]);
    expect(await contacts.list(centreScope(writer.centreId), {})).toMatchObject({ items: [{ id: "a", missed: true }] });
    await writer.append([
      { kind: "recordingClosed", contactId: "a", recordingId: "r", durationMs: 1, bytes: 2, sha256: "3" },
    ]);
    expect(await recordings.get(centreScope(writer.centreId), "r")).toMatchObject({ state: "closed" });
    expect(projector.figures).toEqual({
      seq: 3,
      behind: 0,
      toRebuild: null,
      batches: 3,
      failures: 0,
      leftOut: 0,
    });
    await projector.close();
  });

  it("writes what waits when it is closed", async () => {
    const writer = await Writer.of(fixture());
    const projector = await writer.open();
    await writer.append([started("a")], [ended("a", false)]);
    await projector.close();
    expect((await rowsOf(fixture(), writer.centreId)).contacts).toMatchObject([{ id: "a", folded: 2 }]);
    expect(await projector.reached(3)).toBe(false);
  });

  it("goes on where the rows stand, with calls that began before", async () => {
    const writer = await Writer.of(fixture());
    await (await writer.open()).close();
    await writer.append([started("a")], [talk("a", "maria")]);
    const first = await writer.open();
    await first.reached(2);
    await first.close();
    await writer.append(
      [{ kind: "talkEnded", contactId: "a", operatorId: "maria", talkMs: 500, holdMs: 10 }],
      [ended("a", true)],
    );
    await writer.takeLease();
    const second = await writer.open();
    expect(await fixture().store.contacts.get(centreScope(writer.centreId), "a")).toMatchObject({
      talkMs: 1_000,
      answered: true,
    });
    await second.close();
  });

  it("lets nobody write whose lease is over, and doubles nothing", async () => {
    const writer = await Writer.of(fixture());
    const encryptionKey = new Uint8Array(32).fill(7);
    const other = await openStore({ connection: fixture().database.connection, encryptionKey });
    const old = await other.projections.open(writer.centreId, writer.epoch);
    const oldEpoch = writer.epoch;
    const zombie = other.journal.append(writer.centreId, writer.epoch, [entry(1, 1_000, [started("a")])]);
    await zombie;
    writer.entries.push(entry(1, 1_000, [started("a")]));
    await writer.takeLease();
    const present = await writer.open();
    expect(await present.reached(1)).toBe(true);
    await writer.append([ended("a", false)]);
    expect(await present.reached(2)).toBe(true);
    expect(await old.reached(2, 300)).toBe(false);
    await present.close();
    await expect(other.projections.open(writer.centreId, oldEpoch)).rejects.toMatchObject({ code: "FENCED" });
    expect((await rowsOf(fixture(), writer.centreId)).contacts).toMatchObject([{ id: "a", folded: 2 }]);
    await other.close();
  });

  it("costs no commit when it fails, and makes up for it", async () => {
    const writer = await Writer.of(fixture());
    const failures: unknown[] = [];
    const projector = await writer.open({ failed: (error: unknown) => failures.push(error) });
    await asSuperuser(fixture(), async (client) => {
      await client.query("ALTER TABLE contact RENAME TO contact_away");
      await writer.append([started("a")]);
      expect(await projector.reached(1, 600)).toBe(false);
      await writer.append([ended("a", false)]);
      await client.query("ALTER TABLE contact_away RENAME TO contact");
    });
    expect(await projector.reached(2, 30_000)).toBe(true);
    expect(failures).not.toEqual([]);
    expect((await rowsOf(fixture(), writer.centreId)).contacts).toMatchObject([{ id: "a", folded: 2 }]);
    await projector.close();
  });

  it("leaves out what can never be written, and its contact with it", async () => {
    const writer = await Writer.of(fixture());
    const leftOut: number[] = [];
    await asSuperuser(fixture(), (client) =>
      client.query(`ALTER TABLE contact ADD CONSTRAINT no_bad CHECK (id <> 'bad' OR ended_at IS NULL)`),
    );
    const projector = await writer.open({ leftOut: (_error: unknown, seq: number) => leftOut.push(seq) });
    await writer.append(
      [started("a")],
      [started("bad")],
      [started("b"), ended("b", false)],
      [ended("bad", false)],
      [{ kind: "dispositionSet", contactId: "bad", operatorId: "maria", dispositionId: "d" }],
      [ended("a", false)],
    );
    expect(await projector.reached(6, 30_000)).toBe(true);
    expect(leftOut).toEqual([4]);
    const { contacts } = await rowsOf(fixture(), writer.centreId);
    expect(contacts).toMatchObject([
      { id: "a", folded: 6 },
      { id: "b", folded: 3 },
      { id: "bad", folded: 2 },
    ]);
    await projector.close();
    await asSuperuser(fixture(), (client) => client.query("ALTER TABLE contact DROP CONSTRAINT no_bad"));
  });

  it.each(Array.from({ length: 4 }, (_, seed) => seed))(
    "loses and doubles nothing wherever it is cut off (seed %i)",
    async (seed) => {
      const random = new SeededRandom(seed);
      const writer = await Writer.of(fixture());
      const calls = new Calls(random);
      let projector = await writer.open();
      for (let move = 0; move < 60; move += 1) {
        const what = random.below(10);
        if (what < 6) await writer.append(...Array.from({ length: 1 + random.below(4) }, () => calls.move()));
        else if (what < 8) await projector.reached(random.below(writer.seq + 1));
        else if (what < 9) {
          // The process died: nobody closed anything, and the next one takes over in the middle of whatever was going on.
          if (random.below(2) === 0) void projector.reached(writer.seq);
          await writer.takeLease();
          projector = await writer.open();
        } else {
          await projector.close();
          projector = await writer.open();
        }
      }
      expect(await projector.reached(writer.seq, 30_000)).toBe(true);
      await projector.close();
      expect(await rowsOf(fixture(), writer.centreId)).toEqual(expectedRows(writer.entries));
    },
    60_000,
  );

  it.each(Array.from({ length: 4 }, (_, seed) => seed))(
    "builds everything again while calls go on, and goes on with it after a restart (seed %i)",
    async (seed) => {
      const random = new SeededRandom(seed);
      const { projections } = fixture().store;
      const writer = await Writer.of(fixture());
      const calls = new Calls(random);
      let projector = await writer.open();
      const someCalls = async (entries: number) => {
        for (let written = 0; written < entries; written += 10)
          await writer.append(...Array.from({ length: 10 }, () => calls.move()));
      };
      await someCalls(600);
      await projector.reached(writer.seq);
      await spoil(fixture(), writer.centreId);
      await projections.requestRebuild(writer.centreId);
      for (let move = 0; move < 12; move += 1) {
        await someCalls(50);
        if (random.below(3) > 0) await projector.reached(writer.seq);
        if (random.below(4) === 0) {
          await writer.takeLease();
          projector = await writer.open();
        }
      }
      // The next look at whether one was asked for may be seconds away: a start looks at once.
      await projector.close();
      projector = await writer.open();
      await expect
        .poll(() => projections.rebuildProgress(writer.centreId), { timeout: 60_000, interval: 50 })
        .toBe(null);
      await projector.reached(writer.seq, 30_000);
      await expect.poll(() => generations(fixture(), writer.centreId), { timeout: 30_000 }).toBe(1);
      await projector.close();
      expect(await rowsOf(fixture(), writer.centreId)).toEqual(expectedRows(writer.entries));
    },
    120_000,
  );

  it("drops what was built when a rebuild is cancelled", async () => {
    const { projections } = fixture().store;
    const writer = await Writer.of(fixture());
    const calls = new Calls(new SeededRandom(1));
    for (let batch = 0; batch < 20; batch += 1) await writer.append(...Array.from({ length: 100 }, () => calls.move()));
    await projections.requestRebuild(writer.centreId);
    expect(await projections.rebuildProgress(writer.centreId)).toEqual({ seq: 0, of: 0 });
    const projector = await writer.open();
    await projector.reached(writer.seq, 30_000);
    await expect
      .poll(async () => (await projections.rebuildProgress(writer.centreId))?.seq, { interval: 1 })
      .not.toBe(0);
    await projections.cancelRebuild(writer.centreId);
    expect(await projections.rebuildProgress(writer.centreId)).toBe(null);
    await expect.poll(() => projector.figures.toRebuild, { timeout: 30_000 }).toBe(null);
    await expect.poll(() => generations(fixture(), writer.centreId), { timeout: 30_000 }).toBe(1);
    expect(await projections.cancelRebuild(writer.centreId)).toBe(false);
    await projector.close();
    expect(await rowsOf(fixture(), writer.centreId)).toEqual(expectedRows(writer.entries));
  });

  it("tells what a live view begins with: sums, and what is open", async () => {
    const writer = await Writer.of(fixture());
    const projector = await writer.open();
    await writer.append([started("a")], [queued("a")], [left("a")], [talk("a", "maria")]);
    const { seq, book, rollups } = await projector.report(0);
    expect(seq).toBe(4);
    expect([...book.contacts.keys()]).toEqual(["a"]);
    expect(rollups.find(({ key }) => key.queueId === "sales")?.sums).toMatchObject({ offered: 1, answered: 1 });
    expect((await projector.report(900_000)).rollups).toEqual([]);
    await projector.close();
    await expect(projector.report(0)).rejects.toMatchObject({ code: "OVERLOADED" });
  });
});

/** How many sets of sums there are. */
async function generations(fixture: Fixture, centreId: string): Promise<number> {
  return asSuperuser(fixture, async (client) => {
    const { rows } = await client.query<{ count: number }>(
      "SELECT count(DISTINCT generation)::integer AS count FROM rollup WHERE centre_id = $1",
      [centreId],
    );
    return rows[0]?.count ?? 0;
  });
}

/** As if an older fold had written the rows. */
async function spoil(fixture: Fixture, centreId: string): Promise<void> {
  await asSuperuser(fixture, async (client) => {
    for (const change of [
      "contact SET talk_ms = talk_ms + 5, missed = NOT missed, reached_at = NULL",
      "segment SET n = n + 100",
      "operator_span SET load = 7",
      "rollup SET sums = '{}'",
    ])
      await client.query(`UPDATE ${change} WHERE centre_id = $1`, [centreId]);
  });
}

type Reached = readonly { readonly address_id: string; readonly client_id: string; readonly at: number }[];

/** When the same number was spoken to first after it was missed. */
function reachedAt(
  row: {
    readonly missed: boolean;
    readonly address_id: string | null;
    readonly client_id: string;
    readonly ended_at: number | null;
  },
  reached: Reached,
): number | null {
  if (!row.missed || row.ended_at === null) return null;
  const times = reached.filter(
    ({ address_id, client_id, at }) =>
      address_id === row.address_id && client_id === row.client_id && at >= (row.ended_at ?? 0),
  );
  return times.length === 0 ? null : Math.min(...times.map(({ at }) => at));
}

/** Moves of calls: each begins once, is recorded once, ends once, and some facts come after its end. */
class Calls {
  readonly #random: SeededRandom;
  readonly #recordings = new Map<string, "running" | "closed">();
  readonly #ended = new Set<string>();
  #count = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  move(): readonly Fact[] {
    const random = this.#random;
    if (this.#count === 0 || random.below(4) === 0) {
      this.#count += 1;
      return [
        started(`c${this.#count}`, { addressId: random.pick(addressIds), clientId: random.pick(["acme", "globex"]) }),
      ];
    }
    const contactId = `c${1 + random.below(this.#count)}`;
    const operatorId = random.pick(operators);
    switch (random.below(8)) {
      case 6:
        return [queued(contactId)];
      case 7:
        return [left(contactId)];
      case 0:
        return [talk(contactId, operatorId)];
      case 1:
        return [{ kind: "talkEnded", contactId, operatorId, talkMs: random.below(1_000), holdMs: random.below(100) }];
      case 2:
        return [{ kind: "dispositionSet", contactId, operatorId, dispositionId: `d${random.below(9)}` }];
      case 3:
        return this.#record(contactId);
      case 4:
        return this.#end(contactId);
      default:
        return [];
    }
  }

  #record(contactId: string): readonly Fact[] {
    const recordingId = `${contactId}-r`;
    const state = this.#recordings.get(recordingId);
    if (state === "closed") return [];
    this.#recordings.set(recordingId, state === undefined ? "running" : "closed");
    return state === undefined
      ? [{ kind: "recordingStarted", contactId, recordingId, voicemail: false, queueId: null }]
      : [{ kind: "recordingClosed", contactId, recordingId, durationMs: 1, bytes: 2, sha256: "3" }];
  }

  #end(contactId: string): readonly Fact[] {
    if (this.#ended.has(contactId)) return [];
    this.#ended.add(contactId);
    return [ended(contactId, this.#random.below(2) === 0)];
  }
}

describe("the feed of a projector", () => {
  const entries = (from: number, count: number) => Array.from({ length: count }, (_, n) => entry(from + n, 0, []));

  it("gives entries in order and leaves out what comes after a gap", () => {
    const feed = new Feed(1);
    for (const one of [...entries(1, 3), ...entries(5, 2)]) feed.push(one);
    expect(feed.take(2).map(({ seq }) => seq)).toEqual([1, 2]);
    expect(feed.take(9).map(({ seq }) => seq)).toEqual([3]);
    feed.beginAt(8);
    for (const one of entries(7, 2)) feed.push(one);
    expect(feed.take(9).map(({ seq }) => seq)).toEqual([8]);
  });

  it("holds so many and no more", () => {
    const feed = new Feed(1);
    for (const one of entries(1, 6_000)) feed.push(one);
    expect(feed.size).toBe(5_000);
    expect(feed.take(6_000).at(-1)?.seq).toBe(5_000);
    // What found no room was a gap.
    feed.push(entry(6_001, 0, []));
    expect(feed.size).toBe(0);
  });
});
