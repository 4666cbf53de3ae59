import type { Trx } from "../database.ts";
import type { DirectoryKind } from "../schema.ts";
import { type Context, hashOf } from "./context.ts";

/** Which centre a token belongs to; undefined for one that nobody gave out. */
export async function findCentre(context: Context, kind: DirectoryKind, token: string): Promise<string | undefined> {
  if (token.length > 200) return undefined;
  const row = await context.db.outside((kysely) =>
    kysely
      .selectFrom("directory")
      .select("centre_id")
      .where("kind", "=", kind)
      .where("key_hash", "=", hashOf(token))
      .executeTakeFirst(),
  );
  return row?.centre_id;
}

export async function enlist(trx: Trx, kind: DirectoryKind, centreId: string, token: string): Promise<Buffer> {
  const key_hash = hashOf(token);
  await trx.insertInto("directory").values({ kind, key_hash, centre_id: centreId }).execute();
  return key_hash;
}

export async function unlist(
  trx: Trx,
  kind: DirectoryKind,
  centreId: string,
  hashes: readonly Buffer[],
): Promise<void> {
  if (hashes.length === 0) return;
  await trx
    .deleteFrom("directory")
    .where("kind", "=", kind)
    .where("centre_id", "=", centreId)
    .where("key_hash", "in", hashes)
    .execute();
}

/** How a token is known in memory: nothing there is worth stealing. */
export function nameOf(token: string): string {
  return hashOf(token).toString("base64");
}
