import { ownClientId } from "@centrala/contract";
import { type Card, mergeCard, type PlannedRow } from "@centrala/domain/import";
import { required } from "@centrala/kit";
import { sql } from "kysely";
import type { Trx } from "../database.ts";
import type {
  BatchOutcome,
  CustomerImport,
  CustomerImportRepository,
  CustomerInput,
  CustomerRow,
  ImportDecision,
  ImportReport,
  ImportRow,
  StoredImportRow,
} from "../port.ts";
import { toJson } from "../text.ts";
import type { Context } from "./context.ts";
import { cleanCustomer, newCustomer, toCustomer, writeCustomers } from "./customer-row.ts";

const listMax = 100;
const knownMax = 5_000;
/** Free field of a card that holds its note. */
const noteField = "note";
/** Of an import about which nothing is known yet. */
export const noReport: ImportReport = {
  figures: null,
  remarks: 0,
  made: 0,
  changed: 0,
  conflicts: 0,
  undoUntil: null,
  kept: 0,
  failure: null,
};

/** Imports of customers: their rows until they are stored, and what stood before, until it cannot be undone any more. */
export function createCustomerImports(context: Context): CustomerImportRepository {
  const { db, now } = context;
  return {
    create: async (centreId, { id, fileName, madeBy }) => {
      const made: CustomerImport = {
        id,
        fileName,
        madeBy,
        clientId: ownClientId,
        createdAt: now(),
        state: "reading",
        total: 0,
        done: 0,
        report: noReport,
      };
      const row = { id, file_name: fileName, made_by: madeBy, client_id: made.clientId, created_at: made.createdAt };
      await db.inCentre(centreId, (trx) =>
        trx
          .insertInto("customer_import")
          .values({ centre_id: centreId, ...row, state: made.state, total: 0, done: 0, report: toJson(noReport) })
          .execute(),
      );
      return made;
    },
    get: (centreId, id) =>
      db.inCentre(centreId, async (trx) => {
        const row = await own(trx, centreId, id).executeTakeFirst();
        return row === undefined ? undefined : toImport(row);
      }),
    list: (centreId) =>
      db.inCentre(centreId, async (trx) => {
        const rows = await trx
          .selectFrom("customer_import")
          .selectAll()
          .where("centre_id", "=", centreId)
          .where("state", "!=", "reading")
          .orderBy("created_at", "desc")
          .limit(listMax)
          .execute();
        return rows.map(toImport);
      }),
    change: (centreId, id, to) =>
      db.inCentre(centreId, async (trx) => {
        const { clientId, report, ...plain } = to;
        const set = {
          ...plain,
          ...(clientId === undefined ? {} : { client_id: clientId }),
          ...(report === undefined ? {} : { report: toJson(report) }),
        };
        await trx
          .updateTable("customer_import")
          .set(set)
          .where("centre_id", "=", centreId)
          .where("id", "=", id)
          .execute();
      }),
    known: (centreId, clientId, handles) => db.inCentre(centreId, (trx) => known(trx, centreId, clientId, handles)),
    clearRows: (centreId, id) =>
      db.inCentre(centreId, async (trx) => {
        await trx
          .deleteFrom("customer_import_row")
          .where("centre_id", "=", centreId)
          .where("import_id", "=", id)
          .execute();
      }),
    addRows: (centreId, id, rows) => db.inCentre(centreId, (trx) => addRows(trx, centreId, id, rows)),
    rows: (centreId, id, which, after, limit) =>
      db.inCentre(centreId, async (trx) => {
        let found = trx
          .selectFrom("customer_import_row")
          .selectAll()
          .where("centre_id", "=", centreId)
          .where("import_id", "=", id)
          .where("line", ">", after);
        found =
          which === "problems"
            ? found.where((row) => row.or([row("verdict", "=", "out"), row("remarks", ">", 0)]))
            : found.where("verdict", "=", which);
        const rows = await found.orderBy("line").limit(limit).execute();
        return rows.map(toRow);
      }),
    decide: (centreId, id, lines, decision) =>
      db.inCentre(centreId, async (trx) => {
        let doubtful = trx
          .updateTable("customer_import_row")
          .set({ decision })
          .where("centre_id", "=", centreId)
          .where("import_id", "=", id)
          .where("verdict", "=", "doubtful")
          .where("applied", "=", false);
        if (lines !== null) doubtful = doubtful.where("line", "in", [...lines]);
        await doubtful.execute();
      }),
    applyNext: (centreId, id, limit) => db.inCentre(centreId, (trx) => applyNext(context, trx, centreId, id, limit)),
    // Many new rows at once: without fresh statistics the planner would take the tables for nearly empty.
    analyse: () =>
      db.outside((kysely) =>
        sql`ANALYZE customer, customer_handle, customer_word, customer_import_row`.execute(kysely),
      ),
    undoNext: (centreId, id, limit) => db.inCentre(centreId, (trx) => undoNext(trx, centreId, id, limit, now())),
    forget: (centreId, before) =>
      db.inCentre(centreId, async (trx) => {
        const old = trx
          .selectFrom("customer_import")
          .select("id")
          .where("centre_id", "=", centreId)
          .where("created_at", "<", before);
        for (const table of ["customer_import_row", "customer_import_change"] as const)
          await trx.deleteFrom(table).where("centre_id", "=", centreId).where("import_id", "in", old).execute();
      }),
  };
}

function own(trx: Trx, centreId: string, id: string) {
  return trx.selectFrom("customer_import").selectAll().where("centre_id", "=", centreId).where("id", "=", id);
}

type ImportColumns = {
  id: string;
  file_name: string;
  made_by: string;
  client_id: string;
  created_at: number;
  state: string;
  total: number;
  done: number;
  report: unknown;
};

function toImport(row: ImportColumns): CustomerImport {
  return {
    id: row.id,
    fileName: row.file_name,
    madeBy: row.made_by,
    clientId: row.client_id,
    createdAt: row.created_at,
    state: row.state as CustomerImport["state"],
    total: row.total,
    done: row.done,
    report: row.report as ImportReport,
  };
}

function toRow(row: { body: unknown; decision: string | null }): StoredImportRow {
  return { ...(row.body as ImportRow), decision: row.decision as ImportDecision | null };
}

async function known(trx: Trx, centreId: string, clientId: string, handles: readonly string[]) {
  if (handles.length === 0) return [];
  const { rows } = await sql<Parameters<typeof toCustomer>[0]>`
    SELECT c.* FROM customer c WHERE c.centre_id = ${centreId}::uuid AND c.client_id = ${clientId}
      AND c.id IN (SELECT h.customer_id FROM customer_handle h WHERE h.centre_id = ${centreId}::uuid
        AND h.kind IN ('phone', 'email') AND h.value = ANY(${[...handles]}::text[]))
    ORDER BY c.created_at, c.id LIMIT ${knownMax}`.execute(trx);
  return rows.map(toCustomer).map((row) => ({ id: row.id, version: row.version, card: cardOf(row) }));
}

async function addRows(trx: Trx, centreId: string, id: string, rows: readonly ImportRow[]): Promise<void> {
  const columns = rows.map((row) => ({ line: row.line, verdict: row.verdict, remarks: row.remarks.length, body: row }));
  await sql`INSERT INTO customer_import_row (centre_id, import_id, line, verdict, remarks, body)
    SELECT ${centreId}::uuid, ${id}::text, r.line, r.verdict, r.remarks, r.body
    FROM jsonb_to_recordset(${toJson(columns)}::jsonb) AS r(line integer, verdict text, remarks integer, body jsonb)`.execute(
    trx,
  );
}

/** A row as it lies in the table, waiting to be stored. */
type Waiting = { readonly row: PlannedRow; readonly decision: ImportDecision | null };

async function applyNext(
  context: Context,
  trx: Trx,
  centreId: string,
  id: string,
  limit: number,
): Promise<BatchOutcome> {
  const found = await trx
    .selectFrom("customer_import_row")
    .select(["body", "decision"])
    .where("centre_id", "=", centreId)
    .where("import_id", "=", id)
    .where("applied", "=", false)
    .where("verdict", "!=", "out")
    .orderBy("line")
    .limit(limit)
    .execute();
  if (found.length === 0) return { rows: 0, made: 0, changed: 0, conflicts: 0 };
  const header = required(await own(trx, centreId, id).executeTakeFirst(), "an import that is run is there");
  const waiting = found.map((row): Waiting => ({ row: toRow(row), decision: row.decision as ImportDecision | null }));
  const batch = new Batch(context, header.client_id);
  await batch.read(trx, centreId, id, waiting);
  for (const one of waiting) batch.take(one);
  await batch.write(trx, centreId, id);
  return { rows: waiting.length, ...batch.counts };
}

/** Some rows on their way into the customers: whom they concern is read at once, and everything is written at once. */
class Batch {
  readonly counts = { made: 0, changed: 0, conflicts: 0 };
  readonly #context: Context;
  readonly #clientId: string;
  /** Customers as they are and will be, by id. */
  readonly #customers = new Map<string, CustomerRow>();
  readonly #before = new Map<string, CustomerRow | null>();
  /** Whose customer a row became: of earlier batches and of this one. */
  readonly #ofLine = new Map<number, string>();
  readonly #applied: { line: number; customer_id: string | null }[] = [];

  constructor(context: Context, clientId: string) {
    this.#context = context;
    this.#clientId = clientId;
  }

  async read(trx: Trx, centreId: string, id: string, waiting: readonly Waiting[]): Promise<void> {
    const owners = waiting.map(({ row }) => row.owner).filter((owner) => owner !== null);
    const lines = owners.flatMap((owner) => ("line" in owner ? [owner.line] : []));
    if (lines.length > 0) {
      const rows = await trx
        .selectFrom("customer_import_row")
        .select(["line", "customer_id"])
        .where("centre_id", "=", centreId)
        .where("import_id", "=", id)
        .where("line", "in", lines)
        .execute();
      for (const { line, customer_id } of rows) if (customer_id !== null) this.#ofLine.set(line, customer_id);
    }
    const ids = [...owners.flatMap((owner) => ("line" in owner ? [] : [owner.customerId])), ...this.#ofLine.values()];
    if (ids.length === 0) return;
    const rows = await trx
      .selectFrom("customer")
      .selectAll()
      .where("centre_id", "=", centreId)
      .where("id", "in", [...new Set(ids)])
      .forUpdate()
      .execute();
    for (const row of rows) this.#customers.set(row.id, toCustomer(row));
  }

  take({ row, decision }: Waiting): void {
    const { line, verdict, card, owner } = row;
    if (card === null || (verdict === "doubtful" && decision === "out")) return this.#done(line, null);
    const target = owner === null ? undefined : this.#customers.get(this.#idOf(owner) ?? "");
    if (verdict === "new" || (verdict === "doubtful" && (decision !== "one" || target === undefined)))
      return this.#create(line, card);
    // A changed row whose person another row of the file makes is on that row's card already.
    if (target === undefined) return this.#conflict(line);
    if (verdict === "changed" && owner !== null && "version" in owner && owner.version !== target.version)
      return this.#conflict(line);
    const merged = verdict === "changed" ? card : mergeCard(cardOf(target), card);
    this.#change(line, target, merged);
  }

  async write(trx: Trx, centreId: string, id: string): Promise<void> {
    const changed = [...this.#before.keys()].map((key) =>
      required(this.#customers.get(key), "a changed card is there"),
    );
    await writeCustomers(trx, centreId, changed);
    const changes = changed.map((row) => ({
      customer_id: row.id,
      before: this.#before.get(row.id) ?? null,
      version: row.version,
    }));
    await sql`INSERT INTO customer_import_change (centre_id, import_id, customer_id, before, version)
      SELECT ${centreId}::uuid, ${id}::text, r.customer_id, r.before, r.version
      FROM jsonb_to_recordset(${toJson(changes)}::jsonb) AS r(customer_id text, before jsonb, version integer)
      ON CONFLICT (centre_id, import_id, customer_id) DO UPDATE SET version = excluded.version`.execute(trx);
    await sql`UPDATE customer_import_row i SET applied = true, customer_id = r.customer_id
      FROM jsonb_to_recordset(${toJson(this.#applied)}::jsonb) AS r(line integer, customer_id text)
      WHERE i.centre_id = ${centreId}::uuid AND i.import_id = ${id}::text AND i.line = r.line`.execute(trx);
  }

  #idOf(owner: NonNullable<PlannedRow["owner"]>): string | undefined {
    return "line" in owner ? this.#ofLine.get(owner.line) : owner.customerId;
  }

  #create(line: number, card: Card): void {
    const made = newCustomer(this.#context, inputOf(card, this.#clientId, undefined));
    this.#customers.set(made.id, made);
    this.#before.set(made.id, null);
    this.counts.made += 1;
    this.#done(line, made.id);
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
    this.counts.changed += 1;
    this.#done(line, target.id);
  }

  #conflict(line: number): void {
    this.counts.conflicts += 1;
    this.#done(line, null);
  }

  #done(line: number, customerId: string | null): void {
    if (customerId !== null) this.#ofLine.set(line, customerId);
    this.#applied.push({ line, customer_id: customerId });
  }
}

async function undoNext(trx: Trx, centreId: string, id: string, limit: number, at: number) {
  const changes = await trx
    .selectFrom("customer_import_change")
    .selectAll()
    .where("centre_id", "=", centreId)
    .where("import_id", "=", id)
    .orderBy("customer_id")
    .limit(limit)
    .execute();
  if (changes.length === 0) return { cards: 0, kept: 0 };
  const ids = changes.map((change) => change.customer_id);
  const rows = await trx
    .selectFrom("customer")
    .selectAll()
    .where("centre_id", "=", centreId)
    .where("id", "in", ids)
    .forUpdate()
    .execute();
  const noted = await trx
    .selectFrom("customer_note")
    .select("customer_id")
    .distinct()
    .where("centre_id", "=", centreId)
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
    await trx.deleteFrom("customer").where("centre_id", "=", centreId).where("id", "in", gone).execute();
  await writeCustomers(trx, centreId, restored);
  await trx
    .deleteFrom("customer_import_change")
    .where("centre_id", "=", centreId)
    .where("import_id", "=", id)
    .where("customer_id", "in", ids)
    .execute();
  return { cards: changes.length, kept };
}

function cardOf(row: CustomerRow): Card {
  const values = (kind: "phone" | "email") =>
    row.handles.filter((handle) => handle.kind === kind).map((handle) => handle.value);
  return {
    name: row.name,
    company: row.company,
    language: row.language,
    phones: values("phone"),
    emails: values("email"),
    note: row.fields[noteField] ?? "",
  };
}

function inputOf(card: Card, clientId: string, before: CustomerRow | undefined): CustomerInput {
  const labels = new Map(before?.handles.map((handle) => [handle.value, handle.label]));
  const handle = (kind: "phone" | "email") => (value: string) => ({ kind, value, label: labels.get(value) ?? "" });
  // Whoever has nothing but a number is called by it.
  const name = card.name || (card.company === "" ? (card.phones[0] ?? card.emails[0] ?? "") : "");
  return {
    clientId,
    name: name === "" ? card.company : name,
    company: card.company,
    language: card.language,
    handles: [...card.phones.map(handle("phone")), ...card.emails.map(handle("email"))],
    fields: { ...before?.fields, ...(card.note === "" ? {} : { [noteField]: card.note }) },
  };
}
