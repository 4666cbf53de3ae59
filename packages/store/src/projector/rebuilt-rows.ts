import type { SegmentBook } from "@centrala/domain";
import type { Instant } from "@centrala/kit";
import type pg from "pg";
import { type BatchChanges, noChanges, type Reached } from "../projection/batch.ts";
import type { ContactProjection } from "../projection/contact.ts";
import { type SegmentRow, type SpanRow, spanRow } from "../projection/report.ts";
import { writeContacts, writeReport } from "../projection/write.ts";

/** A contact of which not all is known yet, or that a newer fold has written. */
export type Held = {
  readonly contact: ContactProjection;
  /** Null when all of them are written already. */
  readonly segments: readonly SegmentRow[] | null;
  /** When the caller who was missed was spoken to first. */
  readonly reachedAt: Instant | null;
};

/**
 * How a rebuild writes: a contact with its segments once all of it is known, a span once it has closed, so that whatever
 * stands there is whole at any time, though the rebuild may be cancelled. What a newer fold wrote stays, and the contact is
 * held until the rebuild has come as far.
 */
export class RebuiltRows {
  readonly #held: Map<string, Held>;
  #written: ReadonlySet<string> = new Set();

  constructor(held: readonly Held[]) {
    this.#held = new Map(held.map((each) => [each.contact.id, each]));
  }

  get(contactId: string): ContactProjection | undefined {
    return this.#held.get(contactId)?.contact;
  }

  /** What is held once this batch is committed. */
  toState(): readonly Held[] {
    return [...this.#held.values()].filter(({ contact }) => !this.#written.has(contact.id));
  }

  async write(client: pg.ClientBase, centreId: string, generation: number, changes: BatchChanges, book: SegmentBook) {
    await lookUpByKey(client);
    const over = this.#hold(changes, book);
    const written = await writeContacts(client, centreId, withHeld(changes, over), { generation, rebuilt: true });
    this.#written = new Set(written);
    const segments = await clearSegments(
      client,
      centreId,
      over.filter(({ contact }) => this.#written.has(contact.id)),
    );
    const spans = changes.report.spans.filter(({ ended_at }) => ended_at !== null);
    await clearSpans(client, centreId, spans);
    await writeReport(client, centreId, generation, { ...changes.report, spans, segments });
  }

  /** Gives the contacts that were written: whoever remembers them otherwise is wrong. */
  committed(): readonly string[] {
    const written = [...this.#written];
    for (const id of written) this.#held.delete(id);
    this.#written = new Set();
    return written;
  }

  /** It has caught up: what it holds, and what is open, is as new as anything can be. */
  async writeAll(client: pg.ClientBase, centreId: string, generation: number, book: SegmentBook): Promise<void> {
    await lookUpByKey(client);
    const held = [...this.#held.values()];
    await writeContacts(client, centreId, withHeld(noChanges, held), { generation, rebuilt: true, newest: true });
    const segments = await clearSegments(client, centreId, held);
    const spans = [...book.operators.values()].flatMap(({ span }) => (span === null ? [] : [spanRow(span)]));
    await clearSpans(client, centreId, spans);
    await writeReport(client, centreId, generation, { segments, spans, rollups: [] });
  }

  /** Gives the contacts that are over now. */
  #hold({ started, contacts, reached, report }: BatchChanges, book: SegmentBook): readonly Held[] {
    const touched = new Set<string>();
    for (const [id, contact] of contacts) {
      const known = this.#held.get(id) ?? { segments: started.has(id) ? [] : null, reachedAt: null };
      this.#held.set(id, { ...known, contact });
      touched.add(id);
    }
    for (const segment of report.segments) {
      const held = this.#held.get(segment.contact_id);
      if (held === undefined) continue;
      const segments = [...(held.segments ?? []).filter(({ n }) => n !== segment.n), segment];
      this.#held.set(segment.contact_id, { ...held, segments });
      touched.add(segment.contact_id);
    }
    if (reached.length > 0) for (const [id, held] of this.#held) this.#held.set(id, seenReached(held, reached));
    return [...touched].flatMap((id) => {
      const held = this.#held.get(id);
      return held === undefined || held.contact.ended_at === null || book.contacts.has(id) ? [] : [held];
    });
  }
}

/** For the rest of the transaction: of tables that were never analysed the planner would read all (decision 8). */
async function lookUpByKey(client: pg.ClientBase): Promise<void> {
  const off = ["enable_seqscan", "enable_hashjoin", "enable_mergejoin"].map(
    (name) => `set_config('${name}', 'off', true)`,
  );
  await client.query(`SELECT ${off.join(", ")}`);
}

function seenReached(held: Held, reached: readonly Reached[]): Held {
  const { missed, address_id, client_id, ended_at } = held.contact;
  if (!missed || address_id === null || ended_at === null || held.reachedAt !== null) return held;
  const first = reached.find(
    (each) => each.address_id === address_id && each.client_id === client_id && each.at >= ended_at,
  );
  return first === undefined ? held : { ...held, reachedAt: first.at };
}

/** Who was spoken to while their contact was held is told again. */
function withHeld(changes: BatchChanges, held: readonly Held[]): BatchChanges {
  const contacts = new Map(held.map(({ contact }) => [contact.id, contact]));
  const again = held.flatMap(({ contact: { address_id, client_id }, reachedAt: at }) =>
    address_id === null || at === null ? [] : [{ address_id, client_id, at }],
  );
  return { ...changes, contacts, reached: [...changes.reached, ...again] };
}

/** Takes away what an older fold wrote of these contacts; gives what stands there now. */
async function clearSegments(
  client: pg.ClientBase,
  centreId: string,
  contacts: readonly Held[],
): Promise<readonly SegmentRow[]> {
  const known = contacts.filter(({ segments }) => segments !== null);
  const ids = known.map(({ contact }) => contact.id);
  if (ids.length > 0)
    await client.query("DELETE FROM segment WHERE centre_id = $1 AND contact_id = ANY($2)", [centreId, ids]);
  return known.flatMap(({ segments }) => segments ?? []);
}

/** Whatever an older fold thought of the same time makes room: an operator's spans follow each other, so it is one stretch. */
async function clearSpans(client: pg.ClientBase, centreId: string, spans: readonly SpanRow[]): Promise<void> {
  const stretches = new Map<string, { from: Instant; to: Instant }>();
  for (const { operator_id, started_at, ended_at } of spans) {
    const to = ended_at ?? Number.MAX_SAFE_INTEGER;
    const known = stretches.get(operator_id) ?? { from: started_at, to };
    stretches.set(operator_id, { from: Math.min(known.from, started_at), to: Math.max(known.to, to) });
  }
  for (const [operatorId, { from, to }] of stretches) {
    await client.query({
      name: "clear-spans",
      text: "DELETE FROM operator_span WHERE centre_id = $1 AND operator_id = $2 AND started_at >= $3 AND started_at < $4",
      values: [centreId, operatorId, from, to],
    });
  }
}
