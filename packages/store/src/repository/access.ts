import { sql } from "kysely";
import type { Trx } from "../database.ts";
import type { InvitationRepository, InvitationRow, SessionRepository, SessionRow } from "../port.ts";
import type { Database } from "../schema.ts";
import { cleanText } from "../text.ts";
import { type Context, hashOf, newId, newToken } from "./context.ts";
import { enlist, findCentre, nameOf, unlist } from "./directory.ts";
import { decodeCursor, limitOf, toPage } from "./page.ts";
import type { Use } from "./remembered.ts";

const seenEveryMs = 60_000;
const perUserMax = 200;

// ---- sessions ----

export function createSessions(context: Context): SessionRepository {
  const { db } = context;
  const known = context.remembered.sessions;
  return {
    create: (centreId, userId, options) => createSession(context, centreId, userId, options),
    find: (token, prolongMs) => known.find(nameOf(token), () => findSession(context, token, prolongMs)),
    confirm: (prolongMs) =>
      known.confirm((centreId, ids, uses) => confirmSessions(context, centreId, ids, uses, prolongMs)),
    revoke: async (centreId, sessionId) => {
      const isIt = (row: SessionRow): boolean => row.centreId === centreId && row.id === sessionId;
      await known.ending(isIt, () =>
        db.inCentre(centreId, (trx) => deleteSessions(trx, centreId, (query) => query.where("id", "=", sessionId))),
      );
    },
    revokeAll: (centreId, userId, exceptId) => {
      const isOne = (row: SessionRow): boolean =>
        row.centreId === centreId && row.userId === userId && row.id !== exceptId;
      const narrow = (query: SessionDelete) => query.where("user_id", "=", userId).where("id", "!=", exceptId ?? "");
      return known.ending(isOne, () => db.inCentre(centreId, (trx) => deleteSessions(trx, centreId, narrow)));
    },
    list: async (centreId, userId) => {
      const rows = await db.inCentre(centreId, (trx) =>
        trx
          .selectFrom("session")
          .selectAll()
          .where("centre_id", "=", centreId)
          .where("user_id", "=", userId)
          .where("expires_at", ">", context.now())
          .orderBy("seen_at", "desc")
          .limit(perUserMax)
          .execute(),
      );
      return rows.map(toSession);
    },
    alive: (centreId, sessionIds, prolongMs) => aliveSessions(context, centreId, sessionIds, prolongMs),
    deleteExpired: () => deleteExpired(context),
  };
}

async function createSession(
  { db, now }: Context,
  centreId: string,
  userId: string,
  options: { readonly ttlMs: number; readonly ip?: string; readonly agent?: string },
): Promise<{ readonly token: string; readonly session: SessionRow }> {
  const at = now();
  const token = newToken();
  const session: SessionRow = {
    id: newId(at),
    centreId,
    userId,
    createdAt: at,
    seenAt: at,
    expiresAt: at + options.ttlMs,
    ip: cleanText(options.ip ?? "").slice(0, 64),
    agent: cleanText(options.agent ?? "").slice(0, 300),
  };
  await db.inCentre(centreId, async (trx) => {
    const token_hash = await enlist(trx, "session", centreId, token);
    await trx
      .insertInto("session")
      .values({ ...fromSession(session), token_hash })
      .execute();
  });
  return { token, session };
}

async function confirmSessions(
  { db, now }: Context,
  centreId: string,
  ids: readonly string[],
  uses: readonly Use[],
  prolongMs: number,
): Promise<readonly SessionRow[]> {
  const rows = await db.inCentre(centreId, async (trx) => {
    if (uses.length > 0)
      await sql`UPDATE session s SET seen_at = used.at, expires_at = greatest(s.expires_at, used.at + ${prolongMs}::bigint)
        FROM unnest(${uses.map(({ id }) => id)}::text[], ${uses.map(({ usedAt }) => usedAt)}::bigint[]) AS used(id, at)
        WHERE s.centre_id = ${centreId} AND s.id = used.id AND s.expires_at > used.at AND s.seen_at < used.at`.execute(
        trx,
      );
    return trx
      .selectFrom("session")
      .selectAll()
      .where("centre_id", "=", centreId)
      .where(sql<boolean>`id = ANY(${ids}::text[])`)
      .where("expires_at", ">", now())
      .execute();
  });
  return rows.map(toSession);
}

async function findSession(
  context: Context,
  token: string,
  prolongMs: number | undefined,
): Promise<SessionRow | undefined> {
  const centreId = await findCentre(context, "session", token);
  if (centreId === undefined) return undefined;
  const at = context.now();
  return context.db.inCentre(centreId, async (trx) => {
    const row = await trx
      .selectFrom("session")
      .selectAll()
      .where("centre_id", "=", centreId)
      .where("token_hash", "=", hashOf(token))
      .where("expires_at", ">", at)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    if (at - row.seen_at < seenEveryMs) return toSession(row);
    const expires_at = prolongMs === undefined ? row.expires_at : Math.max(row.expires_at, at + prolongMs);
    await trx
      .updateTable("session")
      .set({ seen_at: at, expires_at })
      .where("centre_id", "=", centreId)
      .where("id", "=", row.id)
      .execute();
    return toSession({ ...row, seen_at: at, expires_at });
  });
}

const prolongedEveryMs = 3_600_000;

async function aliveSessions(
  { db, now }: Context,
  centreId: string,
  sessionIds: readonly string[],
  prolongMs: number,
): Promise<ReadonlySet<string>> {
  if (sessionIds.length === 0) return new Set();
  const at = now();
  const rows = await db.inCentre(centreId, async (trx) => {
    const found = await trx
      .selectFrom("session")
      .select(["id", "seen_at"])
      .where("centre_id", "=", centreId)
      .where("id", "in", sessionIds)
      .where("expires_at", ">", at)
      .execute();
    const due = found.filter((row) => at - row.seen_at > prolongedEveryMs).map((row) => row.id);
    if (due.length > 0)
      await trx
        .updateTable("session")
        .set({ seen_at: at, expires_at: sql<number>`greatest(expires_at, ${at + prolongMs}::bigint)` })
        .where("centre_id", "=", centreId)
        .where("id", "in", due)
        .execute();
    return found;
  });
  return new Set(rows.map((row) => row.id));
}

type SessionDelete = ReturnType<typeof sessionDelete>;
function sessionDelete(trx: Trx, centreId: string) {
  return trx.deleteFrom("session").where("centre_id", "=", centreId).returning(["token_hash", "user_id", "seen_at"]);
}

async function deleteSessions(
  trx: Trx,
  centreId: string,
  narrow: (query: SessionDelete) => SessionDelete,
): Promise<number> {
  const gone = await narrow(sessionDelete(trx, centreId)).execute();
  await keepSeen(trx, centreId, gone);
  await unlist(
    trx,
    "session",
    centreId,
    gone.map((row) => row.token_hash),
  );
  return gone.length;
}

/** When somebody was here last outlives the session that says so. */
async function keepSeen(trx: Trx, centreId: string, gone: readonly { user_id: string; seen_at: number }[]) {
  const seen = new Map<string, number>();
  for (const { user_id, seen_at } of gone) seen.set(user_id, Math.max(seen_at, seen.get(user_id) ?? 0));
  for (const [userId, at] of seen)
    await trx
      .updateTable("credential")
      .set({ seen_at: sql<number>`greatest(seen_at, ${at}::bigint)` })
      .where("centre_id", "=", centreId)
      .where("user_id", "=", userId)
      .execute();
}

async function deleteExpired({ db, now }: Context): Promise<number> {
  const centres = await db.outside((kysely) => kysely.selectFrom("centre_directory").select("centre_id").execute());
  let count = 0;
  for (const { centre_id } of centres) {
    count += await db.inCentre(centre_id, (trx) =>
      deleteSessions(trx, centre_id, (query) => query.where("expires_at", "<=", now())),
    );
  }
  return count;
}

function toSession(row: Omit<Database["session"], "token_hash">): SessionRow {
  const { id, ip, agent } = row;
  const times = { createdAt: row.created_at, seenAt: row.seen_at, expiresAt: row.expires_at };
  return { id, centreId: row.centre_id, userId: row.user_id, ...times, ip, agent };
}

function fromSession(row: SessionRow): Omit<Database["session"], "token_hash"> {
  const { id, ip, agent } = row;
  const times = { created_at: row.createdAt, seen_at: row.seenAt, expires_at: row.expiresAt };
  return { id, centre_id: row.centreId, user_id: row.userId, ...times, ip, agent };
}

// ---- invitations ----

export function createInvitations(context: Context): InvitationRepository {
  const { db } = context;
  return {
    create: (centreId, userId, ttlMs) => createInvitation(context, centreId, userId, ttlMs),
    find: (token) => useInvitation(context, token, false),
    redeem: (token) => useInvitation(context, token, true),
    list: async (centreId, query) => {
      const limit = limitOf(query);
      const after = decodeCursor(query, ["string"]);
      const rows = await db.inCentre(centreId, (trx) => {
        const all = trx.selectFrom("invitation").selectAll().where("centre_id", "=", centreId);
        const rest = after === undefined ? all : all.where("id", "<", after[0]);
        return rest
          .orderBy("id", "desc")
          .limit(limit + 1)
          .execute();
      });
      return toPage(rows, limit, toInvitation, (row) => [row.id]);
    },
    revokeAllOf: async (centreId, userIds) => {
      if (userIds.length === 0) return;
      await db.inCentre(centreId, async (trx) => {
        const gone = await trx
          .deleteFrom("invitation")
          .where("centre_id", "=", centreId)
          .where("user_id", "in", userIds)
          .where("used_at", "is", null)
          .returning("token_hash")
          .execute();
        const hashes = gone.map((row) => row.token_hash);
        await unlist(trx, "invitation", centreId, hashes);
      });
    },
  };
}

async function createInvitation(
  { db, now }: Context,
  centreId: string,
  userId: string | null,
  ttlMs: number,
): Promise<{ readonly token: string; readonly invitation: InvitationRow }> {
  const at = now();
  const token = newToken();
  const row = {
    centre_id: centreId,
    id: newId(at),
    user_id: userId,
    created_at: at,
    expires_at: at + ttlMs,
    used_at: null,
  };
  await db.inCentre(centreId, async (trx) => {
    const token_hash = await enlist(trx, "invitation", centreId, token);
    await trx
      .insertInto("invitation")
      .values({ ...row, token_hash })
      .execute();
  });
  return { token, invitation: toInvitation(row) };
}

async function useInvitation(context: Context, token: string, up: boolean): Promise<InvitationRow | undefined> {
  const centreId = await findCentre(context, "invitation", token);
  if (centreId === undefined) return undefined;
  const at = context.now();
  return context.db.inCentre(centreId, async (trx) => {
    const row = await trx
      .selectFrom("invitation")
      .selectAll()
      .where("centre_id", "=", centreId)
      .where("token_hash", "=", hashOf(token))
      .where("expires_at", ">", at)
      .where("used_at", "is", null)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined || !up) return row === undefined ? undefined : toInvitation(row);
    await trx
      .updateTable("invitation")
      .set({ used_at: at })
      .where("centre_id", "=", centreId)
      .where("id", "=", row.id)
      .execute();
    return toInvitation({ ...row, used_at: at });
  });
}

function toInvitation(row: Omit<Database["invitation"], "token_hash">): InvitationRow {
  const times = { createdAt: row.created_at, expiresAt: row.expires_at, usedAt: row.used_at };
  return { id: row.id, centreId: row.centre_id, userId: row.user_id, ...times };
}
