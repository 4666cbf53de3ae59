import { fail, ok, type Result } from "@centrala/kit";
import { sql } from "kysely";
import { type Db, type Trx, translate } from "./database.ts";
import { readMigrations } from "./migrate.ts";
import type { Archive } from "./port.ts";
import { centreTables } from "./schema.ts";

const portion = 500;
/** What stands outside the centres; schema_migration is the importing server's own affair. */
const outsideTables = ["centre_directory", "directory", "setting"] as const;
const identityTables = ["sip_trace", "sip_trace_chunk", "audit"] as const;
type TableName = (typeof centreTables)[number] | (typeof outsideTables)[number];

/**
 * Back-up in rows: a head line, one line a row, and an end line with their number, so that a cut-off file is noticed. Personal data and
 * sealed secrets are in it; whoever writes it to disk encrypts or guards it.
 */
export function createArchive(db: Db): Archive {
  return {
    exportTables: (write) => exportTables(db, write),
    importTables: (lines) => importTables(db, lines),
  };
}

async function schemaVersion(): Promise<number> {
  return (await readMigrations()).at(-1)?.version ?? 0;
}

async function exportTables(db: Db, write: (line: string) => Promise<void>): Promise<{ readonly rows: number }> {
  let rows = 0;
  const count = async (line: string): Promise<void> => {
    rows += 1;
    await write(line);
  };
  await db.outside((kysely) =>
    kysely
      .transaction()
      .setIsolationLevel("repeatable read")
      .setAccessMode("read only")
      .execute(async (trx) => {
        await write(JSON.stringify({ centrala: "archive", schema: await schemaVersion() }));
        for (const table of outsideTables) await exportTable(trx, table, null, count);
        const centres = await trx.selectFrom("centre_directory").select("centre_id").orderBy("centre_id").execute();
        for (const { centre_id } of centres) {
          await sql`SELECT set_config('app.centre', ${centre_id}, true)`.execute(trx);
          for (const table of centreTables) await exportTable(trx, table, centre_id, count);
        }
        await write(JSON.stringify({ end: true, rows }));
      }),
  );
  return { rows };
}

/** By a server-side cursor: the memory stays small however large the table is. */
async function exportTable(
  trx: Trx,
  table: TableName,
  centreId: string | null,
  write: (line: string) => Promise<void>,
): Promise<void> {
  const head = JSON.stringify({ table, centre: centreId }).slice(0, -1);
  await sql`DECLARE rows NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS line FROM ${sql.table(table)} t`.execute(
    trx,
  );
  for (;;) {
    const { rows } = await sql<{ line: string }>`FETCH ${sql.lit(portion)} FROM rows`.execute(trx);
    for (const row of rows) await write(`${head},"row":${row.line}}`);
    if (rows.length < portion) break;
  }
  await sql`CLOSE rows`.execute(trx);
}

type Line =
  | { readonly kind: "head"; readonly schema: number }
  | {
      readonly kind: "row";
      readonly table: TableName;
      readonly centre: string | null;
      readonly row: Record<string, unknown>;
    }
  | { readonly kind: "retired" }
  | { readonly kind: "end"; readonly rows: number };

class Broken extends Error {}
class Newer extends Error {}
class NotEmpty extends Error {}

async function importTables(
  db: Db,
  lines: AsyncIterable<string>,
): Promise<Result<{ readonly rows: number }, "NOT_EMPTY" | "SCHEMA_NEWER" | "ARCHIVE_BROKEN">> {
  try {
    const rows = await db.kysely.transaction().execute((trx) => new Importer(trx).run(lines));
    await sql`ANALYZE`.execute(db.kysely);
    return ok({ rows });
  } catch (error) {
    if (error instanceof NotEmpty) return fail("NOT_EMPTY", "the database holds a centre already");
    if (error instanceof Newer) return fail("SCHEMA_NEWER", "the archive was written by a newer Centrala");
    if (error instanceof Broken) return fail("ARCHIVE_BROKEN", error.message);
    const code = String((error as { code?: unknown }).code);
    // Class 22 and 23: what the rows say does not fit the tables.
    if (/^2[23]/.test(code)) return fail("ARCHIVE_BROKEN", `the archive does not fit: ${(error as Error).message}`);
    throw translate(error);
  }
}

class Importer {
  readonly #trx: Trx;
  #table: TableName | undefined;
  #centre: string | null = null;
  #pending: Record<string, unknown>[] = [];
  #count = 0;
  #ended = false;
  readonly #highest = new Map<string, number>();

  constructor(trx: Trx) {
    this.#trx = trx;
  }

  async run(lines: AsyncIterable<string>): Promise<number> {
    const present = await this.#trx.selectFrom("centre_directory").select("centre_id").limit(1).execute();
    if (present.length > 0) throw new NotEmpty();
    let first = true;
    for await (const text of lines) {
      const line = parseLine(text);
      if (first !== (line.kind === "head")) throw new Broken("the archive has no head line");
      first = false;
      if (line.kind === "head") await this.#checkSchema(line.schema);
      else await this.#take(line);
    }
    if (!this.#ended) throw new Broken("the archive is cut off: its end line is missing");
    await this.#moveIdentities();
    await this.#settle();
    return this.#count;
  }

  async #checkSchema(schema: number): Promise<void> {
    if (schema > (await schemaVersion())) throw new Newer();
  }

  async #take(line: Exclude<Line, { kind: "head" }>): Promise<void> {
    if (this.#ended) throw new Broken("the archive goes on after its end line");
    if (line.kind === "end") {
      await this.#flush();
      if (line.rows !== this.#count) throw new Broken(`the archive holds ${this.#count} of ${line.rows} rows`);
      this.#ended = true;
      return;
    }
    if (line.kind === "retired") {
      this.#count += 1;
      return;
    }
    const another = line.table !== this.#table || line.centre !== this.#centre;
    if (another || this.#pending.length >= portion) await this.#flush();
    if (another) await this.#turnTo(line.table, line.centre);
    this.#pending.push(line.table === "customer" ? withClient(line.row) : line.row);
    this.#count += 1;
    this.#noteIdentity(line);
  }

  async #turnTo(table: TableName, centre: string | null): Promise<void> {
    if (centre !== this.#centre) await sql`SELECT set_config('app.centre', ${centre ?? ""}, true)`.execute(this.#trx);
    this.#table = table;
    this.#centre = centre;
  }

  async #flush(): Promise<void> {
    const [first] = this.#pending;
    if (first === undefined || this.#table === undefined) return;
    // Only the columns that the archive knows, so that those added since get their defaults.
    const columns = sql.join(Object.keys(first).map((name) => sql.ref(name)));
    const table = sql.table(this.#table);
    const rows = JSON.stringify(this.#pending);
    this.#pending = [];
    await sql`INSERT INTO ${table} (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::${table}, ${rows}::json)`.execute(
      this.#trx,
    );
  }

  #noteIdentity(line: Extract<Line, { kind: "row" }>): void {
    const { id } = line.row;
    if (typeof id !== "number") return;
    this.#highest.set(line.table, Math.max(this.#highest.get(line.table) ?? 0, id));
  }

  /** Rows of an older version did not pass the migrations that settle them. */
  async #settle(): Promise<void> {
    const centres = await this.#trx.selectFrom("centre_directory").select("centre_id").execute();
    for (const { centre_id } of centres) await sql`SELECT settle_old_rows(${centre_id}::uuid)`.execute(this.#trx);
  }

  /** New rows go on after the highest number that came in. */
  async #moveIdentities(): Promise<void> {
    for (const table of identityTables) {
      const highest = this.#highest.get(table);
      if (highest !== undefined) {
        await sql`SELECT setval(pg_get_serial_sequence(${table}, 'id'), ${highest})`.execute(this.#trx);
      }
    }
  }
}

/** Cards of older versions may have no client: an empty one is settled when all rows are there. */
function withClient(row: Record<string, unknown>): Record<string, unknown> {
  return { ...row, client_id: row["client_id"] ?? "" };
}

/** Tables of older versions whose rows nobody misses: kept for some days only. */
const retired: ReadonlySet<unknown> = new Set(["sip_message"]);
const importable: ReadonlySet<string> = new Set([...outsideTables, ...centreTables]);

function parseLine(text: string): Line {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Broken("a line of the archive is not JSON");
  }
  const line = value as {
    centrala?: unknown;
    schema?: unknown;
    end?: unknown;
    rows?: unknown;
    table?: unknown;
    centre?: unknown;
    row?: unknown;
  } | null;
  if (line?.centrala === "archive" && typeof line.schema === "number") return { kind: "head", schema: line.schema };
  if (line?.end === true && typeof line.rows === "number") return { kind: "end", rows: line.rows };
  const { table, centre, row } = line ?? {};
  if (retired.has(table)) return { kind: "retired" };
  const placed = typeof table === "string" && importable.has(table) && (centre === null || typeof centre === "string");
  if (!placed || typeof row !== "object" || row === null) throw new Broken("a line of the archive is not one of ours");
  return { kind: "row", table: table as TableName, centre, row: row as Record<string, unknown> };
}
