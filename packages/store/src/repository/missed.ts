import { sql } from "kysely";
import type { ContactRow, MissedCaller, MissedRepository, Page, PageQuery } from "../port.ts";
import { cleanText } from "../text.ts";
import { contactQuery, toContacts } from "./contacts.ts";
import type { Context } from "./context.ts";
import { decodeCursor, limitOf, toPage } from "./page.ts";

type MissedQuery = PageQuery & { readonly queueId?: string; readonly clientId?: string };
type Group = {
  caller: string;
  calls: number;
  first_at: number;
  last_at: number;
  voicemail: boolean;
  contact_id: string;
};

/** Callers who got nobody and were not reached since. */
export function createMissed(context: Context): MissedRepository {
  return {
    list: (centreId, query) => list(context, centreId, query),
    count: (centreId) => count(context, centreId),
    close: (centreId, contactId, byUserId, reason) => close(context, centreId, contactId, byUserId, reason),
  };
}

/** Open ones; a withheld number can't be called back, so it counts only with a message left. The partial index holds just these. */
const open = (centreId: string) => sql`
  SELECT coalesce(address_id, id) AS caller, id, started_at, voicemail FROM contact
  WHERE centre_id = ${centreId} AND missed AND reached_at IS NULL AND missed_closed_at IS NULL
    AND (address_id IS NOT NULL OR voicemail)`;

async function list({ db }: Context, centreId: string, query: MissedQuery | undefined): Promise<Page<MissedCaller>> {
  const limit = limitOf(query);
  const after = decodeCursor(query, ["number", "string"]);
  const queueId = query?.queueId ?? null;
  const clientId = query?.clientId ?? null;
  return db.inCentre(centreId, async (trx) => {
    const narrowed = sql`${open(centreId)} AND (${queueId}::text IS NULL OR queue_id = ${queueId}) AND (${clientId}::text IS NULL OR client_id = ${clientId})`;
    const { rows } = await sql<Group>`
      SELECT * FROM (
        SELECT caller, count(*) AS calls, min(started_at) AS first_at, max(started_at) AS last_at, bool_or(voicemail) AS voicemail,
          (array_agg(id ORDER BY started_at DESC, id DESC))[1] AS contact_id
        FROM (${narrowed}) m GROUP BY caller
      ) g
      WHERE ${after === undefined} OR (first_at, caller) > (${after?.[0] ?? 0}::bigint, ${after?.[1] ?? ""})
      ORDER BY first_at, caller LIMIT ${limit + 1}`.execute(trx);
    const ids = rows.map((row) => row.contact_id);
    const contacts = ids.length === 0 ? [] : await contactQuery(trx, centreId).where("c.id", "in", ids).execute();
    const byId = new Map((await toContacts(trx, centreId, contacts)).map((contact) => [contact.id, contact]));
    const groups = toPage(
      rows,
      limit,
      (row) => toCaller(row, byId),
      (row) => [row.first_at, row.caller],
    );
    return { ...groups, items: groups.items.filter((item) => item !== undefined) };
  });
}

function toCaller(group: Group, contacts: ReadonlyMap<string, ContactRow>): MissedCaller | undefined {
  const contact = contacts.get(group.contact_id);
  if (contact === undefined) return undefined;
  const { calls, voicemail } = group;
  return { contact, address: contact.address, calls, firstAt: group.first_at, lastAt: group.last_at, voicemail };
}

async function count({ db }: Context, centreId: string): Promise<number> {
  return db.inCentre(centreId, async (trx) => {
    const { rows } = await sql<{ count: number }>`
      SELECT count(DISTINCT caller) AS count FROM (${open(centreId)}) m`.execute(trx);
    return rows[0]?.count ?? 0;
  });
}

async function close(
  { db, now }: Context,
  centreId: string,
  contactId: string,
  byUserId: string,
  reason: string,
): Promise<number> {
  const id = cleanText(contactId);
  return db.inCentre(centreId, async (trx) => {
    const { rows } = await sql`
      UPDATE contact c SET missed_closed_at = ${now()}, missed_closed_by = ${byUserId}, missed_close_reason = ${cleanText(reason)}
      FROM contact chosen
      WHERE chosen.centre_id = ${centreId} AND chosen.id = ${id} AND c.centre_id = ${centreId}
        AND c.missed AND c.missed_closed_at IS NULL
        AND (c.id = chosen.id OR (c.address_id = chosen.address_id AND c.started_at <= chosen.started_at))
      RETURNING c.id`.execute(trx);
    return rows.length;
  });
}
