import { sql } from "kysely";
import type {
  ContactRow,
  LeftMessage,
  MissedCaller,
  MissedFilter,
  MissedRepository,
  MissedShare,
  Page,
  PageQuery,
  Scope,
} from "../port.ts";
import { cleanText } from "../text.ts";
import { contactQuery, toContacts } from "./contacts.ts";
import type { Context } from "./context.ts";
import { decodeCursor, limitOf, toPage } from "./page.ts";

type MissedQuery = PageQuery & MissedFilter;
type Group = {
  caller: string;
  calls: number;
  first_at: number;
  last_at: number;
  voicemail: boolean;
  contact_id: string;
};

const messagesMax = 5;

/** Callers who got nobody and were not reached since. */
export function createMissed(context: Context): MissedRepository {
  return {
    list: (scope, query) => list(context, scope, query),
    shares: (scope) => shares(context, scope),
    close: (scope, contactId, byUserId, reason) => close(context, scope, contactId, byUserId, reason),
    reopen: (scope, contactId) => reopen(context, scope, contactId),
    closeMany: (scope, contactIds, byUserId, reason) => closeMany(context, scope, contactIds, byUserId, reason),
    reopenMany: (scope, contactIds) => reopenMany(context, scope, contactIds),
  };
}

/**
 * Open ones; a withheld number can't be called back, so it counts only with a message left. Whoever called two clients is
 * two callers: to talk with one of them is no answer of the other. The partial index holds just these.
 */
const open = (scope: Scope) => sql`
  SELECT coalesce(address_id, id) || ' ' || client_id AS caller, id, started_at, voicemail, queue_id, client_id FROM contact
  WHERE centre_id = ${scope.centreId} AND missed AND reached_at IS NULL AND missed_closed_at IS NULL
    AND (address_id IS NOT NULL OR voicemail)`;

async function list({ db }: Context, scope: Scope, query: MissedQuery | undefined): Promise<Page<MissedCaller>> {
  const limit = limitOf(query);
  const after = decodeCursor(query, ["number", "string"]);
  const queueId = query?.queueId ?? null;
  const clientId = query?.clientId ?? null;
  const own = query?.own ?? null;
  return db.inScope(scope, async (trx) => {
    const narrowed = sql`${open(scope)} AND (${queueId}::text IS NULL OR queue_id = ${queueId}) AND (${clientId}::text IS NULL OR client_id = ${clientId})
      AND (${own === null} OR queue_id = ANY(${own?.queueIds ?? []}::text[])
        OR (queue_id IS NULL AND client_id = ANY(${own?.clientIds ?? []}::text[])))`;
    const { rows } = await sql<Group>`
      SELECT * FROM (
        SELECT caller, count(*) AS calls, min(started_at) AS first_at, max(started_at) AS last_at, bool_or(voicemail) AS voicemail,
          (array_agg(id ORDER BY started_at DESC, id DESC))[1] AS contact_id
        FROM (${narrowed}) m GROUP BY caller
      ) g
      WHERE ${after === undefined} OR (first_at, caller) > (${after?.[0] ?? 0}::bigint, ${after?.[1] ?? ""})
      ORDER BY first_at, caller LIMIT ${limit + 1}`.execute(trx);
    const ids = rows.map((row) => row.contact_id);
    const contacts = ids.length === 0 ? [] : await contactQuery(trx, scope).where("c.id", "in", ids).execute();
    const byId = new Map((await toContacts(trx, scope, contacts)).map((contact) => [contact.id, contact]));
    const left = await messagesOf(
      trx,
      scope,
      narrowed,
      rows.filter((row) => row.voicemail).map((row) => row.caller),
    );
    const groups = toPage(
      rows,
      limit,
      (row) => toCaller(row, byId, left.get(row.caller) ?? []),
      (row) => [row.first_at, row.caller],
    );
    return { ...groups, items: groups.items.filter((item) => item !== undefined) };
  });
}

function toCaller(
  group: Group,
  contacts: ReadonlyMap<string, ContactRow>,
  messages: readonly LeftMessage[],
): MissedCaller | undefined {
  const contact = contacts.get(group.contact_id);
  if (contact === undefined) return undefined;
  const { calls, voicemail, first_at: firstAt, last_at: lastAt } = group;
  return { contact, address: contact.address, calls, firstAt, lastAt, voicemail, messages };
}

type Message = { caller: string; id: string; contact_id: string; queue_id: string | null } & {
  started_at: number;
  duration_ms: number | null;
};

/** The newest messages of these callers, oldest first; those still being recorded or deleted since are left out. */
async function messagesOf(
  trx: Parameters<typeof contactQuery>[0],
  scope: Scope,
  missed: ReturnType<typeof open>,
  callers: readonly string[],
): Promise<Map<string, LeftMessage[]>> {
  const left = new Map<string, LeftMessage[]>();
  if (callers.length === 0) return left;
  const { rows } = await sql<Message>`
    SELECT * FROM (
      SELECT m.caller, r.id, r.contact_id, m.queue_id, r.started_at, r.duration_ms,
        row_number() OVER (PARTITION BY m.caller ORDER BY r.started_at DESC, r.id DESC) AS place
      FROM (${missed}) m JOIN recording r ON r.centre_id = ${scope.centreId} AND r.contact_id = m.id
      WHERE r.voicemail AND r.state = 'closed' AND m.caller = ANY(${callers})
    ) newest
    WHERE place <= ${messagesMax} ORDER BY caller, place DESC`.execute(trx);
  for (const row of rows) {
    const { id: recordingId, contact_id: contactId, queue_id: queueId, started_at: startedAt } = row;
    const message = { recordingId, contactId, queueId, startedAt, durationMs: row.duration_ms ?? 0 };
    left.set(row.caller, [...(left.get(row.caller) ?? []), message]);
  }
  return left;
}

async function shares({ db }: Context, scope: Scope): Promise<readonly MissedShare[]> {
  return db.inScope(scope, async (trx) => {
    const { rows } = await sql<{ queue_ids: string[] | null; client_ids: string[] | null; callers: number }>`
      SELECT queue_ids, client_ids, count(*) AS callers
      FROM (
        SELECT array_agg(DISTINCT queue_id) FILTER (WHERE queue_id IS NOT NULL) AS queue_ids,
          array_agg(DISTINCT client_id) FILTER (WHERE queue_id IS NULL) AS client_ids
        FROM (${open(scope)}) m GROUP BY caller
      ) g
      GROUP BY queue_ids, client_ids`.execute(trx);
    return rows.map((row) => ({
      queueIds: row.queue_ids ?? [],
      clientIds: row.client_ids ?? [],
      callers: row.callers,
    }));
  });
}

async function close(
  { db, now }: Context,
  scope: Scope,
  contactId: string,
  byUserId: string,
  reason: string,
): Promise<number> {
  const id = cleanText(contactId);
  return db.inScope(scope, async (trx) => {
    const { rows } = await sql`
      UPDATE contact c SET missed_closed_at = ${now()}, missed_closed_by = ${byUserId}, missed_close_reason = ${cleanText(reason)}
      FROM contact chosen
      WHERE chosen.centre_id = ${scope.centreId} AND chosen.id = ${id} AND c.centre_id = ${scope.centreId}
        AND c.missed AND c.missed_closed_at IS NULL
        AND (c.id = chosen.id
          OR (c.address_id = chosen.address_id AND c.client_id = chosen.client_id AND c.started_at <= chosen.started_at))
      RETURNING c.id`.execute(trx);
    return rows.length;
  });
}

/** What one close took off stands with one time and one name: so it is found again. */
async function reopen({ db }: Context, scope: Scope, contactId: string): Promise<number> {
  const id = cleanText(contactId);
  return db.inScope(scope, async (trx) => {
    const { rows } = await sql`
      UPDATE contact c SET missed_closed_at = NULL, missed_closed_by = NULL, missed_close_reason = NULL
      FROM contact chosen
      WHERE chosen.centre_id = ${scope.centreId} AND chosen.id = ${id} AND c.centre_id = ${scope.centreId}
        AND c.missed_closed_at = chosen.missed_closed_at AND c.missed_closed_by = chosen.missed_closed_by
        AND (c.id = chosen.id OR (c.address_id = chosen.address_id AND c.client_id = chosen.client_id))
      RETURNING c.id`.execute(trx);
    return rows.length;
  });
}

type Touched = { readonly id: string; readonly address_id: string | null; readonly client_id: string };

/** Of the chosen ids those that were touched themselves or by their caller's. */
function touchedOf(ids: readonly string[], chosen: readonly Touched[], rows: readonly Touched[]): string[] {
  const touched = new Set(rows.map(({ id }) => id));
  const callerOf = (row: Touched): string => `${row.address_id} ${row.client_id}`;
  const callers = new Set(rows.map(callerOf));
  const byCaller = new Set(
    chosen.filter((row) => row.address_id !== null && callers.has(callerOf(row))).map(({ id }) => id),
  );
  return ids.filter((id) => touched.has(id) || byCaller.has(id));
}

const chosenOf = (scope: Scope, ids: readonly string[]) =>
  sql`SELECT id, address_id, client_id, started_at, missed_closed_at, missed_closed_by FROM contact WHERE centre_id = ${scope.centreId} AND id = ANY(${ids})`;

async function closeMany(
  { db, now }: Context,
  scope: Scope,
  contactIds: readonly string[],
  byUserId: string,
  reason: string,
): Promise<readonly string[]> {
  const ids = contactIds.map(cleanText);
  return db.inScope(scope, async (trx) => {
    const chosen = await sql<Touched>`${chosenOf(scope, ids)}`.execute(trx);
    // By key and by caller apart, so that each is found by its own index.
    const { rows } = await sql<Touched>`
      WITH chosen AS MATERIALIZED (${chosenOf(scope, ids)}), wanted AS (
        SELECT id FROM chosen
        UNION SELECT c.id FROM chosen o JOIN contact c
          ON c.centre_id = ${scope.centreId} AND c.address_id = o.address_id AND c.client_id = o.client_id AND c.started_at <= o.started_at
      )
      UPDATE contact SET missed_closed_at = ${now()}, missed_closed_by = ${byUserId}, missed_close_reason = ${cleanText(reason)}
      WHERE centre_id = ${scope.centreId} AND id IN (SELECT id FROM wanted) AND missed AND missed_closed_at IS NULL
      RETURNING id, address_id, client_id`.execute(trx);
    return touchedOf(ids, chosen.rows, rows);
  });
}

async function reopenMany({ db }: Context, scope: Scope, contactIds: readonly string[]): Promise<readonly string[]> {
  const ids = contactIds.map(cleanText);
  return db.inScope(scope, async (trx) => {
    const chosen = await sql<Touched>`${chosenOf(scope, ids)}`.execute(trx);
    const { rows } = await sql<Touched>`
      WITH chosen AS MATERIALIZED (${chosenOf(scope, ids)}), wanted AS (
        SELECT id FROM chosen WHERE missed_closed_at IS NOT NULL
        UNION SELECT c.id FROM chosen o JOIN contact c ON c.centre_id = ${scope.centreId} AND c.address_id = o.address_id AND c.client_id = o.client_id
          AND c.missed_closed_at = o.missed_closed_at AND c.missed_closed_by = o.missed_closed_by
      )
      UPDATE contact SET missed_closed_at = NULL, missed_closed_by = NULL, missed_close_reason = NULL
      WHERE centre_id = ${scope.centreId} AND id IN (SELECT id FROM wanted)
      RETURNING id, address_id, client_id`.execute(trx);
    return touchedOf(ids, chosen.rows, rows);
  });
}
