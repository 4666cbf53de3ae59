import type { Instant } from "@centrala/kit";
import { sql } from "kysely";
import { hashPassword, verifyPassword } from "../password.ts";
import { type AccountRow, type CredentialRepository, failedAttemptsMax } from "../port.ts";
import type { Context } from "./context.ts";

const lockMsMin = 60_000;
const lockMsMax = 3_600_000;
/** Nobody's: checked when the user is unknown, so that both answers take the same time. */
let nobody: Promise<string> | undefined;
function nobodysHash(): Promise<string> {
  nobody ??= hashPassword("nobody's password");
  return nobody;
}

export function createCredentials(context: Context): CredentialRepository {
  const { db, now } = context;
  return {
    setPassword: async (centreId, userId, password) => {
      const values = { hash: await hashPassword(password), failed_attempts: 0, locked_until: null, changed_at: now() };
      await db.inCentre(centreId, (trx) =>
        trx
          .insertInto("credential")
          .values({ centre_id: centreId, user_id: userId, ...values })
          .onConflict((conflict) => conflict.columns(["centre_id", "user_id"]).doUpdateSet(values))
          .execute(),
      );
    },
    hasPassword: async (centreId, userId) => {
      const row = await db.inCentre(centreId, (trx) =>
        trx
          .selectFrom("credential")
          .select("user_id")
          .where("centre_id", "=", centreId)
          .where("user_id", "=", userId)
          .executeTakeFirst(),
      );
      return row !== undefined;
    },
    verify: (centreId, userId, password, options) =>
      options?.locks === false
        ? check(context, centreId, userId, password)
        : verify(context, centreId, userId, password),
    accounts: (centreId) => accounts(context, centreId),
    remove: async (centreId, userId) => {
      await db.inCentre(centreId, (trx) =>
        trx.deleteFrom("credential").where("centre_id", "=", centreId).where("user_id", "=", userId).execute(),
      );
    },
  };
}

type AccountSelect = { user_id: string; has_password: boolean; seen_at: number | null; invited_until: number | null };

async function accounts({ db }: Context, centreId: string): Promise<ReadonlyMap<string, AccountRow>> {
  const rows = await db.inCentre(centreId, async (trx) => {
    const found = await sql<AccountSelect>`
      SELECT user_id, bool_or(has_password) AS has_password, max(seen_at) AS seen_at, max(invited_until) AS invited_until FROM (
        SELECT user_id, true AS has_password, seen_at, NULL::bigint AS invited_until FROM credential WHERE centre_id = ${centreId}
        UNION ALL SELECT user_id, false, seen_at, NULL FROM session WHERE centre_id = ${centreId}
        UNION ALL SELECT user_id, false, NULL, expires_at FROM invitation
          WHERE centre_id = ${centreId} AND used_at IS NULL AND user_id IS NOT NULL) known
      GROUP BY user_id`.execute(trx);
    return found.rows;
  });
  return new Map(
    rows.map((row) => [
      row.user_id,
      { hasPassword: row.has_password, seenAt: row.seen_at, invitedUntil: row.invited_until },
    ]),
  );
}

async function check(
  { db }: Context,
  centreId: string,
  userId: string | undefined,
  password: string,
): ReturnType<CredentialRepository["verify"]> {
  const row = await db.inCentre(centreId, (trx) =>
    trx
      .selectFrom("credential")
      .select("hash")
      .where("centre_id", "=", centreId)
      .where("user_id", "=", userId ?? "")
      .executeTakeFirst(),
  );
  const right = await verifyPassword(password, row?.hash ?? (await nobodysHash()));
  return right && row !== undefined ? { ok: true } : { ok: false, code: "WRONG", until: null };
}

type Attempt = { readonly hash: string; readonly lockedBefore: Instant | null; readonly lockedAfter: Instant | null };

async function verify(
  context: Context,
  centreId: string,
  userId: string | undefined,
  password: string,
): ReturnType<CredentialRepository["verify"]> {
  const attempt = userId === undefined ? undefined : await beginAttempt(context, centreId, userId);
  if (attempt !== undefined && attempt.lockedBefore !== null) {
    return { ok: false, code: "LOCKED", until: attempt.lockedBefore };
  }
  const right = await verifyPassword(password, attempt?.hash ?? (await nobodysHash()));
  if (attempt === undefined || userId === undefined || !right) {
    return { ok: false, code: "WRONG", until: attempt?.lockedAfter ?? null };
  }
  await context.db.inCentre(centreId, (trx) =>
    trx
      .updateTable("credential")
      .set({ failed_attempts: 0, locked_until: null })
      .where("centre_id", "=", centreId)
      .where("user_id", "=", userId)
      .execute(),
  );
  return { ok: true };
}

/** Counts the attempt as failed before it is checked, so that many at once do not get more guesses. */
async function beginAttempt({ db, now }: Context, centreId: string, userId: string): Promise<Attempt | undefined> {
  const at = now();
  return db.inCentre(centreId, async (trx) => {
    const row = await trx
      .selectFrom("credential")
      .selectAll()
      .where("centre_id", "=", centreId)
      .where("user_id", "=", userId)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) return undefined;
    if (row.locked_until !== null && row.locked_until > at) {
      return { hash: row.hash, lockedBefore: row.locked_until, lockedAfter: null };
    }
    const failed = row.failed_attempts + 1;
    const lockedAfter = failed < failedAttemptsMax ? null : at + lockMs(failed);
    await trx
      .updateTable("credential")
      .set({ failed_attempts: failed, locked_until: lockedAfter })
      .where("centre_id", "=", centreId)
      .where("user_id", "=", userId)
      .execute();
    return { hash: row.hash, lockedBefore: null, lockedAfter };
  });
}

function lockMs(failed: number): number {
  return Math.min(lockMsMin * 2 ** Math.min(failed - failedAttemptsMax, 10), lockMsMax);
}
