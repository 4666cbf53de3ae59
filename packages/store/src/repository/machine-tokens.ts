import type { Role } from "@centrala/contract";
import { sql } from "kysely";
import type { TokenRepository, TokenRow } from "../port.ts";
import type { Database } from "../schema.ts";
import { cleanText } from "../text.ts";
import { type Context, hashOf, newId, newToken } from "./context.ts";
import { enlist, findCentre, nameOf, unlist } from "./directory.ts";
import type { Use } from "./remembered.ts";

const seenEveryMs = 60_000;
const machineTokensMax = 1_000;

export function createTokens(context: Context): TokenRepository {
  const { db } = context;
  const known = context.remembered.tokens;
  return {
    create: (centreId, token) => createMachineToken(context, centreId, token),
    find: (token) => known.find(nameOf(token), () => findMachineToken(context, token)),
    confirm: () => known.confirm((centreId, ids, uses) => confirmTokens(context, centreId, ids, uses)),
    list: async (centreId) => {
      const rows = await db.inCentre(centreId, (trx) =>
        trx
          .selectFrom("token")
          .selectAll()
          .where("centre_id", "=", centreId)
          .orderBy("id")
          .limit(machineTokensMax)
          .execute(),
      );
      return rows.map(toToken);
    },
    revoke: async (centreId, id) => {
      const isIt = (row: TokenRow): boolean => row.centreId === centreId && row.id === id;
      return (await known.ending(isIt, () => deleteTokens(context, centreId, "id", id))) > 0;
    },
    revokeAllOf: (centreId, userId) => {
      const isOne = (row: TokenRow): boolean => row.centreId === centreId && row.createdBy === userId;
      return known.ending(isOne, () => deleteTokens(context, centreId, "created_by", userId));
    },
  };
}

function deleteTokens({ db }: Context, centreId: string, column: "id" | "created_by", value: string): Promise<number> {
  return db.inCentre(centreId, async (trx) => {
    const gone = await trx
      .deleteFrom("token")
      .where("centre_id", "=", centreId)
      .where(column, "=", value)
      .returning("token_hash")
      .execute();
    await unlist(
      trx,
      "token",
      centreId,
      gone.map((row) => row.token_hash),
    );
    return gone.length;
  });
}

async function createMachineToken(
  { db, now }: Context,
  centreId: string,
  wanted: Parameters<TokenRepository["create"]>[1],
): Promise<{ readonly token: string; readonly row: TokenRow }> {
  const at = now();
  const token = `ct_${newToken()}`;
  const row = {
    centre_id: centreId,
    id: newId(at),
    name: cleanText(wanted.name),
    roles: [...wanted.roles] as string[],
    created_by: wanted.createdBy,
    created_at: at,
    seen_at: null,
    expires_at: wanted.ttlMs === null ? null : at + wanted.ttlMs,
  };
  await db.inCentre(centreId, async (trx) => {
    const token_hash = await enlist(trx, "token", centreId, token);
    await trx
      .insertInto("token")
      .values({ ...row, token_hash })
      .execute();
  });
  return { token, row: toToken(row) };
}

async function confirmTokens(
  { db, now }: Context,
  centreId: string,
  ids: readonly string[],
  uses: readonly Use[],
): Promise<readonly TokenRow[]> {
  const rows = await db.inCentre(centreId, async (trx) => {
    if (uses.length > 0)
      await sql`UPDATE token t SET seen_at = used.at
        FROM unnest(${uses.map(({ id }) => id)}::text[], ${uses.map(({ usedAt }) => usedAt)}::bigint[]) AS used(id, at)
        WHERE t.centre_id = ${centreId} AND t.id = used.id AND coalesce(t.seen_at, 0) < used.at`.execute(trx);
    return trx
      .selectFrom("token")
      .selectAll()
      .where("centre_id", "=", centreId)
      .where(sql<boolean>`id = ANY(${ids}::text[])`)
      .execute();
  });
  return rows.filter((row) => row.expires_at === null || row.expires_at > now()).map(toToken);
}

async function findMachineToken(context: Context, token: string): Promise<TokenRow | undefined> {
  const centreId = await findCentre(context, "token", token);
  if (centreId === undefined) return undefined;
  const at = context.now();
  return context.db.inCentre(centreId, async (trx) => {
    const row = await trx
      .selectFrom("token")
      .selectAll()
      .where("centre_id", "=", centreId)
      .where("token_hash", "=", hashOf(token))
      .executeTakeFirst();
    if (row === undefined || (row.expires_at !== null && row.expires_at <= at)) return undefined;
    if (at - (row.seen_at ?? 0) >= seenEveryMs) {
      await trx
        .updateTable("token")
        .set({ seen_at: at })
        .where("centre_id", "=", centreId)
        .where("id", "=", row.id)
        .execute();
    }
    return toToken({ ...row, seen_at: at });
  });
}

function toToken(row: Omit<Database["token"], "token_hash">): TokenRow {
  const times = { createdAt: row.created_at, seenAt: row.seen_at, expiresAt: row.expires_at };
  const { id, name } = row;
  return { id, centreId: row.centre_id, name, roles: row.roles as Role[], createdBy: row.created_by, ...times };
}
