import { sql } from "kysely";
import type { NoteRepository, RecordingRepository, RecordingRow, Scope } from "../port.ts";
import type { Database } from "../schema.ts";
import { cleanText } from "../text.ts";
import type { Context } from "./context.ts";
import { limitOf } from "./page.ts";

const runningMax = 10_000;
const perContactMax = 200;

export function createRecordings(context: Context): RecordingRepository {
  const { db } = context;
  const all = <T>(scope: Scope, read: (query: ReturnType<typeof select>) => Promise<T>) =>
    db.inScope(scope, (trx) => read(select(trx, scope)));
  return {
    get: (scope, id) =>
      all(scope, async (query) => {
        const row = await query.where("id", "=", cleanText(id)).executeTakeFirst();
        return row === undefined ? undefined : toRecording(row);
      }),
    ofContact: (scope, contactId) =>
      all(scope, async (query) => {
        const mine = query.where("contact_id", "=", cleanText(contactId));
        return (await mine.orderBy("started_at").orderBy("id").limit(perContactMax).execute()).map(toRecording);
      }),
    listDue: (scope, before, limit) =>
      all(scope, async (query) => {
        const due = whereDue(query, before);
        return (await due.orderBy("started_at").limit(limitOf({ limit })).execute()).map(toRecording);
      }),
    countDue: async (scope, before) => {
      const { rows } = await db.inScope(scope, (trx) =>
        sql<{ count: number }>`
          SELECT count(*)::integer AS count FROM recording
          WHERE centre_id = ${scope.centreId} AND state IN ('closed', 'failed')
            AND started_at < ${before} AND coalesce(restored_at, 0) < ${before}`.execute(trx),
      );
      return rows[0]?.count ?? 0;
    },
    perDay: (scope) => perDay(context, scope),
    listTrash: (scope, before, limit) =>
      all(scope, async (query) => {
        const trash = query.where("state", "=", "deleted").where("purged_at", "is", null);
        const ordered =
          before === undefined
            ? trash.orderBy("deleted_at", "desc")
            : trash.where("deleted_at", "<", before).orderBy("deleted_at");
        return (await ordered.orderBy("id").limit(limitOf({ limit })).execute()).map(toRecording);
      }),
    restore: (scope, id) => restore(context, scope, cleanText(id)),
    markPurged: async (scope, ids) => {
      if (ids.length === 0) return;
      const gone = { purged_at: context.now(), path: null };
      await db.inScope(scope, (trx) =>
        trx
          .updateTable("recording")
          .set(gone)
          .where("centre_id", "=", scope.centreId)
          .where("state", "=", "deleted")
          .where("id", "in", ids)
          .execute(),
      );
    },
    listRunning: (scope) =>
      all(scope, async (query) => {
        const running = query.where("state", "=", "running").orderBy("started_at");
        return (await running.limit(runningMax).execute()).map(toRecording);
      }),
    setPath: async (scope, id, path) => {
      await db.inScope(scope, (trx) =>
        trx
          .updateTable("recording")
          .set({ path: cleanText(path) })
          .where("centre_id", "=", scope.centreId)
          .where("id", "=", id)
          .execute(),
      );
    },
    markDeleted: (scope, ids) => markDeleted(context, scope, ids),
  };
}

function select(trx: Parameters<Parameters<Context["db"]["inCentre"]>[1]>[0], scope: Scope) {
  return trx.selectFrom("recording").selectAll().where("centre_id", "=", scope.centreId);
}

/** One that was taken out of the trash stays for as long again. */
function whereDue(query: ReturnType<typeof select>, before: number) {
  return query
    .where("state", "in", ["closed", "failed"])
    .where("started_at", "<", before)
    .where((eb) => eb.or([eb("restored_at", "is", null), eb("restored_at", "<", before)]));
}

async function perDay({ db }: Context, scope: Scope): Promise<number> {
  const { rows } = await db.inScope(scope, (trx) =>
    sql<{ average: number | null }>`
      SELECT avg(count)::float8 AS average FROM (
        SELECT count(*) AS count FROM recording WHERE centre_id = ${scope.centreId}
        GROUP BY started_at / 86400000 ORDER BY started_at / 86400000 DESC LIMIT 7
      ) AS days`.execute(trx),
  );
  return rows[0]?.average ?? 0;
}

async function restore({ db, now }: Context, scope: Scope, id: string): Promise<boolean> {
  const { rows } = await db.inScope(scope, (trx) =>
    sql`UPDATE recording SET state = CASE WHEN sha256 IS NULL THEN 'failed' ELSE 'closed' END,
        deleted_at = NULL, restored_at = ${now()}
      WHERE centre_id = ${scope.centreId} AND id = ${id} AND state = 'deleted' AND purged_at IS NULL
      RETURNING id`.execute(trx),
  );
  return rows.length > 0;
}

async function markDeleted({ db, now }: Context, scope: Scope, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const gone = { state: "deleted" as const, deleted_at: now(), path: null };
  await db.inScope(scope, (trx) =>
    trx.updateTable("recording").set(gone).where("centre_id", "=", scope.centreId).where("id", "in", ids).execute(),
  );
}

function toRecording(row: Database["recording"]): RecordingRow {
  const { id, voicemail, state, bytes, sha256, path } = row;
  return {
    id,
    contactId: row.contact_id,
    voicemail,
    startedAt: row.started_at,
    state,
    durationMs: row.duration_ms,
    bytes,
    sha256,
    failCode: row.fail_code,
    path,
    deletedAt: row.deleted_at,
  };
}

export function createNotes({ db, now }: Context): NoteRepository {
  const ofContacts: NoteRepository["ofContacts"] = async (scope, contactIds) => {
    if (contactIds.length === 0) return [];
    const rows = await db.inScope(scope, (trx) =>
      trx
        .selectFrom("contact_note")
        .selectAll()
        .where("centre_id", "=", scope.centreId)
        .where("contact_id", "in", contactIds.map(cleanText))
        .orderBy("contact_id")
        .orderBy("updated_at")
        .limit(10_000)
        .execute(),
    );
    return rows.map((row) => ({
      contactId: row.contact_id,
      operatorId: row.operator_id,
      text: row.text,
      updatedAt: row.updated_at,
    }));
  };
  return {
    put: async (scope, contactId, operatorId, text) => {
      const key = { centre_id: scope.centreId, contact_id: cleanText(contactId), operator_id: cleanText(operatorId) };
      const values = { text: cleanText(text), updated_at: now() };
      await db.inScope(scope, async (trx) => {
        if (text.trim() === "") {
          await trx
            .deleteFrom("contact_note")
            .where("centre_id", "=", scope.centreId)
            .where("contact_id", "=", key.contact_id)
            .where("operator_id", "=", key.operator_id)
            .execute();
          return;
        }
        await trx
          .insertInto("contact_note")
          .values({ ...key, ...values })
          .onConflict((conflict) => conflict.columns(["centre_id", "contact_id", "operator_id"]).doUpdateSet(values))
          .execute();
      });
    },
    ofContact: (scope, contactId) => ofContacts(scope, [contactId]),
    ofContacts,
  };
}
