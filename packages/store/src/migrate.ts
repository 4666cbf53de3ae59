import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import { StoreError } from "./error.ts";

/** One file of src/migrations: applied once, in order, never changed afterwards. */
export type Migration = {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
};

const folder = join(import.meta.dirname, "migrations");
/** Any number; whoever migrates holds this advisory lock, so that two servers do not migrate at once. */
const migrationLock = 7_269_348_121;

/** All migrations in order. */
export async function readMigrations(): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}-[a-z-]+\.sql$/.test(name)).sort();
  return Promise.all(names.map(readMigration));
}

async function readMigration(name: string): Promise<Migration> {
  const sql = await readFile(join(folder, name), "utf8");
  return { version: Number(name.slice(0, 4)), name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
}

/**
 * Brings the schema to the newest version; returns it. Rejects with MIGRATION_CHANGED when an applied file was edited, MIGRATION_NEWER
 * when the database was made by a newer Centrala, MIGRATION_FAILED with PostgreSQL's words (the failed one is rolled back).
 */
export async function migrate(client: pg.ClientBase, migrations: readonly Migration[]): Promise<number> {
  await client.query("SELECT pg_advisory_lock($1)", [migrationLock]);
  try {
    const applied = await readApplied(client);
    checkApplied(applied, migrations);
    for (const migration of migrations) {
      if (!applied.has(migration.version)) await applyMigration(client, migration);
    }
    return migrations.at(-1)?.version ?? 0;
  } finally {
    await client.query("SELECT pg_advisory_unlock($1)", [migrationLock]);
  }
}

async function readApplied(client: pg.ClientBase): Promise<ReadonlyMap<number, string>> {
  await client.query(
    "CREATE TABLE IF NOT EXISTS schema_migration (version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())",
  );
  const { rows } = await client.query<{ version: number; checksum: string }>(
    "SELECT version, checksum FROM schema_migration ORDER BY version",
  );
  return new Map(rows.map((row) => [row.version, row.checksum]));
}

function checkApplied(applied: ReadonlyMap<number, string>, migrations: readonly Migration[]): void {
  const known = new Map(migrations.map((migration) => [migration.version, migration]));
  for (const [version, checksum] of applied) {
    const migration = known.get(version);
    if (migration === undefined) {
      throw new StoreError("MIGRATION_NEWER", "the database was made by a newer Centrala: install that version again");
    }
    if (migration.checksum !== checksum) {
      throw new StoreError(
        "MIGRATION_CHANGED",
        `migration ${migration.name} differs from the one the database was made with`,
      );
    }
  }
}

async function applyMigration(client: pg.ClientBase, migration: Migration): Promise<void> {
  try {
    await client.query("BEGIN");
    await client.query(migration.sql);
    await client.query("INSERT INTO schema_migration (version, name, checksum) VALUES ($1, $2, $3)", [
      migration.version,
      migration.name,
      migration.checksum,
    ]);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw new StoreError("MIGRATION_FAILED", `migration ${migration.name}: ${(error as Error).message}`, error);
  }
}
