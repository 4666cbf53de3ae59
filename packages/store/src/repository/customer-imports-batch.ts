import { type Card, mergeCard } from "@centrala/domain/import";
import { required } from "@centrala/kit";
import { sql } from "kysely";
import type { Trx } from "../database.ts";
import type { BatchOutcome, CustomerRow, ImportDecision, ImportRow, Scope, StoredImportRow } from "../port.ts";
import { toJson } from "../text.ts";
import type { Context } from "./context.ts";
import { cleanCustomer, inputOf } from "./customer-card.ts";
import { cardOf, newCustomer, toCustomer, writeCustomers } from "./customer-row.ts";

type Counts = Pick<BatchOutcome, "made" | "changed" | "conflicts">;

/**
 * The next rows of a list in one transaction: new cards by the database alone, the others here, and how far it is. What a
 * crash takes off the end is taken off whole, so nothing waits for the disk until the import's end is written.
 */
export async function applyNext(
  context: Context,
  trx: Trx,
  scope: Scope,
  id: string,
  limit: number,
): Promise<BatchOutcome> {
  await sql`SET LOCAL synchronous_commit = off`.execute(trx);
  const header = required(await lockHeader(trx, scope, id), "an import that is run is there");
  const after = header.stored_line;
  const { rows: stored } = await sql<{ rows: number; last_line: number | null; made: number }>`
    SELECT * FROM store_new_cards(${scope.centreId}::uuid, ${id}, ${after}, ${limit}, ${context.now()}::bigint)`.execute(
    trx,
  );
  const { rows, last_line: last, made } = required(stored[0], "how far it went");
  if (last === null) return { rows: 0, made: 0, changed: 0, conflicts: 0 };
  const others = made === rows ? [] : await othersOf(trx, scope, id, after, last);
  const batch = new Batch(context, header.client_id);
  await batch.read(trx, scope, id, others);
  for (const one of others) batch.take(one);
  await batch.write(trx, scope, id);
  const counts = { ...batch.counts, made: made + batch.counts.made };
  await progress(trx, scope, id, rows, last, counts);
  return { rows, ...counts };
}

/** Two servers, or two presses of a button, never store the same rows. */
async function lockHeader(trx: Trx, scope: Scope, id: string) {
  return trx
    .selectFrom("customer_import")
    .select(["client_id", "stored_line"])
    .where("centre_id", "=", scope.centreId)
    .where("id", "=", id)
    .forUpdate()
    .executeTakeFirst();
}

/** What store_new_cards left: rows that change a card, and those that nothing was made ready for. */
async function othersOf(trx: Trx, scope: Scope, id: string, after: number, last: number) {
  const { rows } = await sql<{ body: unknown; decision: string | null }>`
    SELECT body, decision FROM customer_import_row
    WHERE centre_id = ${scope.centreId}::uuid AND import_id = ${id} AND line > ${after} AND line <= ${last} AND verdict <> 'out'
      AND (made IS NULL OR NOT (verdict = 'new' OR (verdict = 'doubtful' AND coalesce(decision, 'two') = 'two')))
    ORDER BY line`.execute(trx);
  return rows.map(toRow);
}

async function progress(trx: Trx, scope: Scope, id: string, rows: number, last: number, counts: Counts) {
  await sql`UPDATE customer_import SET stored_line = ${last}, done = done + ${rows}, report = report || jsonb_build_object(
      'made', (report ->> 'made')::integer + ${counts.made}::integer,
      'changed', (report ->> 'changed')::integer + ${counts.changed}::integer,
      'conflicts', (report ->> 'conflicts')::integer + ${counts.conflicts}::integer)
    WHERE centre_id = ${scope.centreId}::uuid AND id = ${id}`.execute(trx);
}

export function toRow(row: { body: unknown; decision: string | null }): StoredImportRow {
  return { ...(row.body as ImportRow), decision: row.decision as ImportDecision | null };
}

/** Some rows on their way into the customers: whom they concern is read at once, and everything is written at once. */
class Batch {
  readonly counts = { made: 0, changed: 0, conflicts: 0 };
  readonly #context: Context;
  readonly #clientId: string;
  /** Customers as they are and will be, by id. */
  readonly #customers = new Map<string, CustomerRow>();
  readonly #before = new Map<string, CustomerRow | null>();
  /** The versions that this import gave to cards before. */
  readonly #given = new Map<string, number>();
  /** Whose customer a row became: of earlier batches and of this one. */
  readonly #ofLine = new Map<number, string>();
  readonly #madeBy = new Map<string, number>();
  readonly #joined: { line: number; customer_id: string }[] = [];

  constructor(context: Context, clientId: string) {
    this.#context = context;
    this.#clientId = clientId;
  }

  async read(trx: Trx, scope: Scope, id: string, rows: readonly StoredImportRow[]): Promise<void> {
    const owners = rows.map(({ owner }) => owner).filter((owner) => owner !== null);
    const lines = owners.flatMap((owner) => ("line" in owner ? [owner.line] : []));
    await this.#readLines(trx, scope, id, lines);
    const named = owners.flatMap((owner) => ("line" in owner ? [] : [owner.customerId]));
    const ids = [...new Set([...named, ...this.#ofLine.values()])];
    if (ids.length === 0) return;
    const found = await trx
      .selectFrom("customer")
      .selectAll()
      .where("centre_id", "=", scope.centreId)
      .where("id", "in", ids)
      .forUpdate()
      .execute();
    for (const row of found) this.#customers.set(row.id, toCustomer(row));
    const given = await trx
      .selectFrom("customer_import_change")
      .select(["customer_id", "version"])
      .where("centre_id", "=", scope.centreId)
      .where("import_id", "=", id)
      .where("customer_id", "in", ids)
      .execute();
    for (const { customer_id, version } of given) this.#given.set(customer_id, version);
  }

  /** Cards that rows of this list made, and those that a doubtful row was joined to. */
  async #readLines(trx: Trx, scope: Scope, id: string, lines: readonly number[]): Promise<void> {
    if (lines.length === 0) return;
    const { rows } = await sql<{ line: number; customer_id: string }>`
      SELECT line, customer_id FROM customer_import_change
        WHERE centre_id = ${scope.centreId}::uuid AND import_id = ${id} AND line = ANY (${lines}::integer[])
      UNION ALL SELECT line, customer_id FROM customer_import_row
        WHERE centre_id = ${scope.centreId}::uuid AND import_id = ${id} AND line = ANY (${lines}::integer[]) AND customer_id IS NOT NULL`.execute(
      trx,
    );
    for (const { line, customer_id } of rows) this.#ofLine.set(line, customer_id);
  }

  take({ line, verdict, card, owner, decision }: StoredImportRow): void {
    if (card === null || (verdict === "doubtful" && decision === "out")) return;
    const target = owner === null ? undefined : this.#customers.get(this.#idOf(owner) ?? "");
    if (verdict === "new" || (verdict === "doubtful" && (decision !== "one" || target === undefined)))
      return this.#create(line, card);
    // A changed row whose person another row of the file makes is on that row's card already.
    if (target === undefined) return this.#conflict();
    if (verdict !== "changed" || owner === null || !("version" in owner) || owner.version === target.version)
      return this.#change(line, target, verdict === "changed" ? card : mergeCard(cardOf(target), card));
    // Another row of this list was there first; it says nothing against this one.
    if (this.#given.get(target.id) === target.version)
      return this.#change(line, target, mergeCard(cardOf(target), card));
    this.#conflict();
  }

  async write(trx: Trx, scope: Scope, id: string): Promise<void> {
    if (this.#before.size === 0) return;
    const changed = [...this.#before.keys()].map((key) =>
      required(this.#customers.get(key), "a changed card is there"),
    );
    await writeCustomers(trx, scope, changed);
    const changes = changed.map((row) => ({
      customer_id: row.id,
      before: this.#before.get(row.id) ?? null,
      version: row.version,
      line: this.#madeBy.get(row.id) ?? null,
    }));
    await sql`INSERT INTO customer_import_change (centre_id, import_id, customer_id, before, version, line)
      SELECT ${scope.centreId}::uuid, ${id}::text, r.*
      FROM jsonb_to_recordset(${toJson(changes)}::jsonb) AS r(customer_id text, before jsonb, version integer, line integer)
      ON CONFLICT (centre_id, import_id, customer_id) DO UPDATE SET version = excluded.version`.execute(trx);
    if (this.#joined.length > 0)
      await sql`UPDATE customer_import_row i SET customer_id = r.customer_id
        FROM jsonb_to_recordset(${toJson(this.#joined)}::jsonb) AS r(line integer, customer_id text)
        WHERE i.centre_id = ${scope.centreId}::uuid AND i.import_id = ${id}::text AND i.line = r.line`.execute(trx);
  }

  #idOf(owner: NonNullable<StoredImportRow["owner"]>): string | undefined {
    return "line" in owner ? this.#ofLine.get(owner.line) : owner.customerId;
  }

  #create(line: number, card: Card): void {
    const made = newCustomer(this.#context, inputOf(card, this.#clientId, undefined));
    this.#customers.set(made.id, made);
    this.#before.set(made.id, null);
    this.#madeBy.set(made.id, line);
    this.#ofLine.set(line, made.id);
    this.counts.made += 1;
  }

  #change(line: number, target: CustomerRow, card: Card): void {
    const input = cleanCustomer(inputOf(card, target.clientId, target));
    const next = {
      ...target,
      ...input,
      clientId: target.clientId,
      version: target.version + 1,
      updatedAt: this.#context.now(),
    };
    if (!this.#before.has(target.id)) this.#before.set(target.id, target);
    this.#customers.set(target.id, next);
    this.#given.set(target.id, next.version);
    this.#ofLine.set(line, target.id);
    this.#joined.push({ line, customer_id: target.id });
    this.counts.changed += 1;
  }

  #conflict(): void {
    this.counts.conflicts += 1;
  }
}

/** The next changes taken back, in one transaction with how far it is. */
export async function undoNext(trx: Trx, scope: Scope, id: string, limit: number, at: number) {
  await sql`SET LOCAL synchronous_commit = off`.execute(trx);
  const changes = await trx
    .selectFrom("customer_import_change")
    .selectAll()
    .where("centre_id", "=", scope.centreId)
    .where("import_id", "=", id)
    .orderBy("customer_id")
    .limit(limit)
    .execute();
  if (changes.length === 0) return { cards: 0, kept: 0 };
  const ids = changes.map((change) => change.customer_id);
  const rows = await trx
    .selectFrom("customer")
    .selectAll()
    .where("centre_id", "=", scope.centreId)
    .where("id", "in", ids)
    .forUpdate()
    .execute();
  const noted = await trx
    .selectFrom("customer_note")
    .select("customer_id")
    .distinct()
    .where("centre_id", "=", scope.centreId)
    .where("customer_id", "in", ids)
    .execute();
  const current = new Map(rows.map((row) => [row.id, toCustomer(row)]));
  const withNotes = new Set(noted.map((note) => note.customer_id));
  const gone: string[] = [];
  const restored: CustomerRow[] = [];
  let kept = 0;
  for (const { customer_id, before, version } of changes) {
    const card = current.get(customer_id);
    if (card === undefined) continue;
    if (card.version !== version || (before === null && withNotes.has(customer_id))) kept += 1;
    else if (before === null) gone.push(customer_id);
    else restored.push({ ...(before as unknown as CustomerRow), version: version + 1, updatedAt: at });
  }
  if (gone.length > 0)
    await trx.deleteFrom("customer").where("centre_id", "=", scope.centreId).where("id", "in", gone).execute();
  await writeCustomers(trx, scope, restored);
  await trx
    .deleteFrom("customer_import_change")
    .where("centre_id", "=", scope.centreId)
    .where("import_id", "=", id)
    .where("customer_id", "in", ids)
    .execute();
  await sql`UPDATE customer_import SET done = done + ${changes.length},
      report = report || jsonb_build_object('kept', (report ->> 'kept')::integer + ${kept}::integer)
    WHERE centre_id = ${scope.centreId}::uuid AND id = ${id}`.execute(trx);
  return { cards: changes.length, kept };
}
