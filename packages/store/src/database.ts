import type { JournalEntry } from "@centrala/contract";
import { assert } from "@centrala/kit";
import { Kysely, PostgresDialect, sql, type Transaction } from "kysely";
import pg from "pg";
import { StoreError, type StoreErrorCode } from "./error.ts";
import { migrate, readMigrations } from "./migrate.ts";
import { type Connection, centreScope, type Scope } from "./port.ts";
import { UnsettledAddresses } from "./repository/unsettled.ts";
import type { Database } from "./schema.ts";

export type Trx = Transaction<Database>;

const int8Oid = 20;
/** Times and sizes stay far below 2^53, so numbers are exact. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    oid === int8Oid ? (Number as (text: string) => unknown) : pg.types.getTypeParser(oid, format),
};

/** A new connection costs the server a process and the plans of all statements, so those of a busy hour stay. */
const idleMsMax = 600_000;

/** Who writes rows from what was committed, a moment later. */
export interface Follower {
  /** Entries that the journal holds now, in order. */
  take(entries: readonly JournalEntry[]): void;
  /** Resolves when the rows hold what was taken before, or after a while. */
  caughtUp(): Promise<void>;
}

/** The connections of one store: Kysely for reading and editing, raw clients for the journal's hot statements. */
export class Db {
  readonly kysely: Kysely<Database>;
  readonly pool: pg.Pool;
  readonly unsettledAddresses = new UnsettledAddresses();
  /**
   * Epochs of the leases that this process took. Whatever it does in such a centre is refused once another process has taken
   * the lease: in the same round trip that says whose rows are seen, so that it costs nothing. What decides (journal,
   * projector) locks the lease's row beside it.
   */
  readonly leases = new Map<string, number>();
  /** Of the centres that this process runs. */
  readonly projectors = new Map<string, Follower>();
  #closing: Promise<void> | undefined;

  constructor(connection: Connection, connectionsMax: number) {
    this.pool = new pg.Pool({
      ...connection,
      max: connectionsMax,
      types,
      connectionTimeoutMillis: 5_000,
      idleTimeoutMillis: idleMsMax,
      idle_in_transaction_session_timeout: 60_000,
      application_name: "centrala",
      keepAlive: true,
    });
    // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
    this.pool.on("error", () => undefined);
    // The pool listens to idle connections only; one that breaks while it is lent out must not end the process either.
    this.pool.on("connect", (client) => client.on("error", () => undefined));
    this.kysely = new Kysely<Database>({ dialect: new PostgresDialect({ pool: this.pool }) });
  }

  /** A transaction that sees this centre's rows only, of all its clients. Rejects with a StoreError. */
  inCentre<T>(centreId: string, work: (trx: Trx) => Promise<T>, isolation?: "repeatable read"): Promise<T> {
    return this.inScope(centreScope(centreId), work, isolation);
  }

  /** A transaction that sees what the scope names and nothing else. Rejects with a StoreError. */
  async inScope<T>(scope: Scope, work: (trx: Trx) => Promise<T>, isolation?: "repeatable read"): Promise<T> {
    const id = checkCentreId(scope.centreId);
    const held = this.leases.get(id);
    try {
      const builder = this.kysely.transaction();
      const begun = isolation === undefined ? builder : builder.setIsolationLevel(isolation);
      return await begun.execute(async (trx) => {
        const { rows } = await setScope(id, scope, held !== undefined).execute(trx);
        if (held !== undefined && rows[0]?.epoch !== held) throw fenced(held);
        return work(trx);
      });
    } catch (error) {
      throw translate(error);
    }
  }

  /** A transaction about the lease itself, whoever holds it. Rejects with a StoreError. */
  async aboutLease<T>(centreId: string, work: (trx: Trx) => Promise<T>): Promise<T> {
    const id = checkCentreId(centreId);
    try {
      return await this.kysely.transaction().execute(async (trx) => {
        await setScope(id, centreScope(id), false).execute(trx);
        return work(trx);
      });
    } catch (error) {
      throw translate(error);
    }
  }

  /** One statement that sets the centre itself (the functions of migration 2): one round trip. Rejects with a StoreError. */
  async call<T extends object>(
    name: string,
    text: string,
    centreId: string,
    values: readonly unknown[],
  ): Promise<readonly T[]> {
    try {
      const { rows } = await this.pool.query<T>({ name, text, values: [checkCentreId(centreId), ...values] });
      return rows;
    } catch (error) {
      throw translate(error);
    }
  }

  /** The same for a write that gives nothing back, refused when the lease is lost. */
  async write(name: string, text: string, centreId: string, values: readonly unknown[]): Promise<void> {
    const held = this.leases.get(centreId);
    if (held === undefined) {
      await this.call(name, text, centreId, values);
      return;
    }
    const last = `$${values.length + 2}`;
    const guarded = `${text} FROM holds_lease($1::uuid, ${last}) AS held WHERE held`;
    const rows = await this.call(`${name}-held`, guarded, centreId, [...values, held]);
    if (rows.length === 0) throw fenced(held);
  }

  /** A transaction on a raw client, which spares Kysely's query building and one round trip. Rejects with a StoreError. */
  async transact<T>(
    centreId: string,
    work: (client: pg.PoolClient) => Promise<T>,
    { waitForDisk }: { readonly waitForDisk: boolean } = { waitForDisk: true },
  ): Promise<T> {
    const id = checkCentreId(centreId);
    const lazily = waitForDisk ? "" : ", set_config('synchronous_commit', 'off', true)";
    let client: pg.PoolClient | undefined;
    let broken = true;
    try {
      client = await this.pool.connect();
      // The id was checked to be a UUID, so it may stand in the text of this two-statement round trip.
      const held = this.leases.get(id);
      const epoch = held === undefined ? "" : `, (SELECT epoch FROM lease WHERE centre_id = '${id}') AS epoch`;
      const begun = await client.query(`BEGIN; SELECT set_config('app.centre', '${id}', true)${lazily}${epoch}`);
      if (held !== undefined && epochOf(begun) !== held) throw fenced(held);
      const value = await work(client);
      await client.query("COMMIT");
      broken = false;
      return value;
    } catch (error) {
      broken = (await client?.query("ROLLBACK").catch(() => undefined)) === undefined;
      throw translate(error);
    } finally {
      client?.release(broken);
    }
  }

  /** Work on the directory tables, outside any centre. */
  async outside<T>(work: (db: Kysely<Database>) => Promise<T>): Promise<T> {
    try {
      return await work(this.kysely);
    } catch (error) {
      throw translate(error);
    }
  }

  close(): Promise<void> {
    // Not by Kysely, which leaves a pool alone that it has not used itself yet.
    this.#closing ??= this.pool.end();
    return this.#closing;
  }
}

type ScopeRow = { readonly epoch?: number };

function setScope(centreId: string, scope: Scope, withEpoch: boolean) {
  const epoch = withEpoch ? sql`, (SELECT epoch FROM lease WHERE centre_id = ${centreId}::uuid) AS epoch` : sql``;
  if (scope.clients === "all") return sql<ScopeRow>`SELECT set_config('app.centre', ${centreId}, true)${epoch}`;
  return sql<ScopeRow>`SELECT set_config('app.centre', ${centreId}, true), set_config('app.clients', ${listOf(scope.clients)}, true),
    set_config('app.queues', ${listOf(scope.queueIds)}, true), set_config('app.person', ${scope.personId ?? ""}, true)${epoch}`;
}

/** What came back of two statements in one text. */
function epochOf(results: unknown): unknown {
  const [, second] = Array.isArray(results) ? (results as readonly pg.QueryResult<ScopeRow>[]) : [];
  return second?.rows[0]?.epoch;
}

function fenced(epoch: number): StoreError {
  return new StoreError("FENCED", `epoch ${epoch} is over: another server runs this centre`);
}

/** Never empty: what is not set stands for all. Ids hold no commas. */
function listOf(ids: readonly string[]): string {
  for (const id of ids) assert(!id.includes(","), "an id with a comma");
  return `,${ids.join(",")}`;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Ids that are no UUIDs belong to no centre. */
export function checkCentreId(centreId: string): string {
  if (!uuid.test(centreId)) throw new StoreError("CENTRE_UNKNOWN", "no such centre");
  return centreId;
}

/** Opens the connections, checks the server, and brings the schema up to date. */
export async function openDatabase(connection: Connection, connectionsMax: number): Promise<Db> {
  const db = new Db(connection, connectionsMax);
  let client: pg.PoolClient | undefined;
  try {
    client = await db.pool.connect();
    await checkServer(client);
    await migrate(client, await readMigrations());
    return db;
  } catch (error) {
    client?.release();
    client = undefined;
    await db.close();
    throw translate(error);
  } finally {
    client?.release();
  }
}

const oldestServer = 150_000;

async function checkServer(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ version: number; encoding: string; above: boolean }>(
    `SELECT current_setting('server_version_num')::integer AS version, current_setting('server_encoding') AS encoding,
       (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) AS above`,
  );
  const server = rows[0];
  if (server === undefined || server.version < oldestServer) {
    throw new StoreError("DATABASE_TOO_OLD", "PostgreSQL 15 or newer is needed (CENTRALA_DATABASE_URL)");
  }
  if (server.encoding !== "UTF8") {
    throw new StoreError("DATABASE_ENCODING", `the database's encoding is ${server.encoding}, UTF8 is needed`);
  }
  if (server.above) {
    throw new StoreError(
      "DATABASE_SUPERUSER",
      "the database role is a superuser or bypasses row-level security: use an ordinary role that owns the database (CENTRALA_DATABASE_URL)",
    );
  }
}

/** Whatever the driver threw, as a StoreError; StoreErrors pass. Bugs (assertions) pass, too. */
export function translate(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreError) return error;
  const code = String((error as { code?: unknown }).code ?? "");
  const kind = errorKind(code, error.message);
  return kind === undefined ? error : new StoreError(kind, error.message, error);
}

function errorKind(code: string, message: string): StoreErrorCode | undefined {
  if (code === "53100") return "DISK_FULL";
  if (/^(08|57P|53)/.test(code) || /^E[A-Z]+$/.test(code)) return "DATABASE_AWAY";
  if (/^28|^3D000/.test(code)) return "DATABASE_AWAY";
  if (/connection terminated|connection timeout|timeout exceeded|not queryable|client was closed/i.test(message)) {
    return "DATABASE_AWAY";
  }
  return /^[0-9A-Z]{5}$/.test(code) ? "DATABASE_ERROR" : undefined;
}

/** The constraint that a unique violation names, undefined for other errors. */
export function violatedConstraint(error: unknown): string | undefined {
  const cause = error instanceof StoreError ? error.cause : error;
  if (!(cause instanceof Error)) return undefined;
  const { code, constraint } = cause as { code?: unknown; constraint?: unknown };
  return code === "23505" && typeof constraint === "string" ? constraint : undefined;
}
