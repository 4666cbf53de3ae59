import { ownClientId } from "@centrala/contract";
import { sql } from "kysely";
import type { Trx } from "../database.ts";
import type { CustomerImport, CustomerImportRepository, ImportReport, Scope } from "../port.ts";
import { toJson } from "../text.ts";
import type { Context } from "./context.ts";
import { applyNext, toRow, undoNext } from "./customer-imports-batch.ts";
import { cardOf, toCustomer } from "./customer-row.ts";

const listMax = 100;
const knownMax = 5_000;
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
    create: async (scope, { id, fileName, madeBy }) => {
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
      await db.inScope(scope, (trx) =>
        trx
          .insertInto("customer_import")
          .values({ centre_id: scope.centreId, ...row, state: made.state, total: 0, done: 0, report: toJson(noReport) })
          .execute(),
      );
      return made;
    },
    get: (scope, id) =>
      db.inScope(scope, async (trx) => {
        const row = await own(trx, scope, id).executeTakeFirst();
        return row === undefined ? undefined : toImport(row);
      }),
    list: (scope) =>
      db.inScope(scope, async (trx) => {
        const rows = await trx
          .selectFrom("customer_import")
          .selectAll()
          .where("centre_id", "=", scope.centreId)
          .where("state", "!=", "reading")
          .orderBy("created_at", "desc")
          .limit(listMax)
          .execute();
        return rows.map(toImport);
      }),
    change: (scope, id, to) =>
      db.inScope(scope, async (trx) => {
        const { clientId, report, ...plain } = to;
        const set = {
          ...plain,
          ...(clientId === undefined ? {} : { client_id: clientId }),
          ...(report === undefined ? {} : { report: toJson(report) }),
        };
        await trx
          .updateTable("customer_import")
          .set(set)
          .where("centre_id", "=", scope.centreId)
          .where("id", "=", id)
          .execute();
      }),
    known: (scope, clientId, handles) => db.inScope(scope, (trx) => known(trx, scope, clientId, handles)),
    clearRows: (scope, id) =>
      db.inScope(scope, async (trx) => {
        await trx
          .deleteFrom("customer_import_row")
          .where("centre_id", "=", scope.centreId)
          .where("import_id", "=", id)
          .execute();
      }),
    addRows: (scope, id, rows) => db.inScope(scope, (trx) => addRows(trx, scope, id, rows)),
    rows: (scope, id, which, after, limit) =>
      db.inScope(scope, async (trx) => {
        let found = trx
          .selectFrom("customer_import_row")
          .selectAll()
          .where("centre_id", "=", scope.centreId)
          .where("import_id", "=", id)
          .where("line", ">", after);
        found =
          which === "problems"
            ? found.where((row) => row.or([row("verdict", "=", "out"), row("remarks", ">", 0)]))
            : found.where("verdict", "=", which);
        const rows = await found.orderBy("line").limit(limit).execute();
        return rows.map(toRow);
      }),
    decide: (scope, id, lines, decision) =>
      db.inScope(scope, async (trx) => {
        let doubtful = trx
          .updateTable("customer_import_row")
          .set({ decision })
          .where("centre_id", "=", scope.centreId)
          .where("import_id", "=", id)
          .where("verdict", "=", "doubtful");
        if (lines !== null) doubtful = doubtful.where("line", "in", [...lines]);
        await doubtful.execute();
      }),
    applyNext: (scope, id, limit) => db.inScope(scope, (trx) => applyNext(context, trx, scope, id, limit)),
    // Many new rows at once: without fresh statistics the planner would take the tables for nearly empty.
    analyse: () =>
      db.outside((kysely) =>
        sql`ANALYZE customer, customer_handle, customer_word, customer_words, customer_import_row`.execute(kysely),
      ),
    undoNext: (scope, id, limit) => db.inScope(scope, (trx) => undoNext(trx, scope, id, limit, now())),
    forget: (scope, before) =>
      db.inScope(scope, async (trx) => {
        const old = trx
          .selectFrom("customer_import")
          .select("id")
          .where("centre_id", "=", scope.centreId)
          .where("created_at", "<", before);
        for (const table of ["customer_import_row", "customer_import_change"] as const)
          await trx.deleteFrom(table).where("centre_id", "=", scope.centreId).where("import_id", "in", old).execute();
      }),
  };
}

function own(trx: Trx, scope: Scope, id: string) {
  return trx.selectFrom("customer_import").selectAll().where("centre_id", "=", scope.centreId).where("id", "=", id);
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

async function known(trx: Trx, scope: Scope, clientId: string, handles: readonly string[]) {
  if (handles.length === 0) return [];
  const { rows } = await sql<Parameters<typeof toCustomer>[0]>`
    SELECT c.* FROM customer c WHERE c.centre_id = ${scope.centreId}::uuid AND c.client_id = ${clientId}
      AND c.id IN (SELECT h.customer_id FROM customer_handle h WHERE h.centre_id = ${scope.centreId}::uuid
        AND h.kind IN ('phone', 'email') AND h.value = ANY(${[...handles]}::text[]))
    ORDER BY c.created_at, c.id LIMIT ${knownMax}`.execute(trx);
  return rows.map(toCustomer).map((row) => ({ id: row.id, version: row.version, card: cardOf(row) }));
}

async function addRows(trx: Trx, scope: Scope, id: string, rows: string): Promise<void> {
  // Nothing is lost that is not made again: until its end a check begins anew after a crash.
  await sql`SET LOCAL synchronous_commit = off`.execute(trx);
  await sql`INSERT INTO customer_import_row (centre_id, import_id, line, verdict, remarks, body, made)
    SELECT ${scope.centreId}::uuid, ${id}::text, r.*
    FROM jsonb_to_recordset(${rows}::jsonb) AS r(line integer, verdict text, remarks integer, body jsonb, made jsonb)`.execute(
    trx,
  );
}
