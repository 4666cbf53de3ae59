import { sql } from "kysely";
import type { NoteRepository, RecordingRepository, RecordingRow } from "../port.ts";
import type { Database } from "../schema.ts";
import { cleanText } from "../text.ts";
import type { Context } from "./context.ts";
import { limitOf } from "./page.ts";

const runningMax = 10_000;
const perContactMax = 200;

export function createRecordings(context: Context): RecordingRepository {
  const { db } = context;
  const all = <T>(centreId: string, read: (query: ReturnType<typeof select>) => Promise<T>) =>
    db.inCentre(centreId, (trx) => read(select(trx, centreId)));
  return {
    get: (centreId, id) =>
      all(centreId, async (query) => {
        const row = await query.where("id", "=", cleanText(id)).executeTakeFirst();
        return row === undefined ? undefined : toRecording(row);
      }),
    ofContact: (centreId, contactId) =>
      all(centreId, async (query) => {
        const mine = query.where("contact_id", "=", cleanText(contactId));
        return (await mine.orderBy("started_at").orderBy("id").limit(perContactMax).execute()).map(toRecording);
      }),
    listDue: (centreId, before, limit) =>
      all(centreId, async (query) => {
        const due = whereDue(query, before);
        return (await due.orderBy("started_at").limit(limitOf({ limit })).execute()).map(toRecording);
      }),
    countDue: async (centreId, before) => {
      const { rows } = await db.inCentre(centreId, (trx) =>
        sql<{ count: number }>`
          SELECT count(*)::integer AS count FROM recording
          WHERE centre_id = ${centreId} AND state IN ('closed', 'failed')
            AND started_at < ${before} AND coalesce(restored_at, 0) < ${before}`.execute(trx),
      );
      return rows[0]?.count ?? 0;
    },
    perDay: (centreId) => perDay(context, centreId),
    listTrash: (centreId, before, limit) =>
      all(centreId, async (query) => {
        const trash = query.where("state", "=", "deleted").where("purged_at", "is", null);
        const ordered =
          before === undefined
            ? trash.orderBy("deleted_at", "desc")
            : trash.where("deleted_at", "<", before).orderBy("deleted_at");
        return (await ordered.orderBy("id").limit(limitOf({ limit })).execute()).map(toRecording);
      }),
    restore: (centreId, id) => restore(context, centreId, cleanText(id)),
    markPurged: async (centreId, ids) => {
      if (ids.length === 0) return;
      const gone = { purged_at: context.now(), path: null };
      await db.inCentre(centreId, (trx) =>
        trx
          .updateTable("recording")
          .set(gone)
          .where("centre_id", "=", centreId)
          .where("state", "=", "deleted")
          .where("id", "in", ids)
          .execute(),
      );
    },
    listRunning: (centreId) =>
      all(centreId, async (query) => {
        const running = query.where("state", "=", "running").orderBy("started_at");
        return (await running.limit(runningMax).execute()).map(toRecording);
      }),
    setPath: async (centreId, id, path) => {
      await db.inCentre(centreId, (trx) =>
        trx
          .updateTable("recording")
          .set({ path: cleanText(path) })
          .where("centre_id", "=", centreId)
          .where("id", "=", id)
          .execute(),
      );
    },
    markDeleted: (centreId, ids) => markDeleted(context, centreId, ids),
  };
}

function select(trx: Parameters<Parameters<Context["db"]["inCentre"]>[1]>[0], centreId: string) {
  return trx.selectFrom("recording").selectAll().where("centre_id", "=", centreId);
}

/** One that was taken out of the trash stays for as long again. */
function whereDue(query: ReturnType<typeof select>, before: number) {
  return query
    .where("state", "in", ["closed", "failed"])
    .where("started_at", "<", before)
    .where((eb) => eb.or([eb("restored_at", "is", null), eb("restored_at", "<", before)]));
}

async function perDay({ db }: Context, centreId: string): Promise<number> {
  const { rows } = await db.inCentre(centreId, (trx) =>
    sql<{ average: number | null }>`
      SELECT avg(count)::float8 AS average FROM (
        SELECT count(*) AS count FROM recording WHERE centre_id = ${centreId}
        GROUP BY started_at / 86400000 ORDER BY started_at / 86400000 DESC LIMIT 7
      ) AS days`.execute(trx),
  );
  return rows[0]?.average ?? 0;
}

async function restore({ db, now }: Context, centreId: string, id: string): Promise<boolean> {
  const { rows } = await db.inCentre(centreId, (trx) =>
    sql`UPDATE recording SET state = CASE WHEN sha256 IS NULL THEN 'failed' ELSE 'closed' END,
        deleted_at = NULL, restored_at = ${now()}
      WHERE centre_id = ${centreId} AND id = ${id} AND state = 'deleted' AND purged_at IS NULL
      RETURNING id`.execute(trx),
  );
  return rows.length > 0;
}

async function markDeleted({ db, now }: Context, centreId: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const gone = { state: "deleted" as const, deleted_at: now(), path: null };
  await db.inCentre(centreId, (trx) =>
    trx.updateTable("recording").set(gone).where("centre_id", "=", centreId).where("id", "in", ids).execute(),
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
  const ofContacts: NoteRepository["ofContacts"] = async (centreId, contactIds) => {
    if (contactIds.length === 0) return [];
    const rows = await db.inCentre(centreId, (trx) =>
      trx
        .selectFrom("contact_note")
        .selectAll()
        .where("centre_id", "=", centreId)
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
    put: async (centreId, contactId, operatorId, text) => {
      const key = { centre_id: centreId, contact_id: cleanText(contactId), operator_id: cleanText(operatorId) };
      const values = { text: cleanText(text), updated_at: now() };
      await db.inCentre(centreId, async (trx) => {
        if (text.trim() === "") {
          await trx
            .deleteFrom("contact_note")
            .where("centre_id", "=", centreId)
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
    ofContact: (centreId, contactId) => ofContacts(centreId, [contactId]),
    ofContacts,
  };
}
