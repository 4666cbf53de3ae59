import { say } from "@centrala/contract";
import { type ContactFilter, centreScope, type ContactRow as StoredContact } from "@centrala/store";
import { sightOf } from "../../accounts/sight.ts";
import { restoreRecording, trashKeptMs } from "../../core/housekeeping.ts";
import { contactRow, contactRows, missedRow, recordingView, timelineOf } from "../../live/history.ts";
import { ladderOf } from "../../live/ladder.ts";
import { dispositionsOf } from "../../live/views.ts";
import { sendWav, wavPeaks } from "../audio.ts";
import { found, HttpProblem } from "../errors.ts";
import { type Call, type Caller, done, type Handlers, liveOf, personOf, seesAll, whoOf } from "../handler.ts";
import { mayRead, ownQueueIds, readableContact, scopeOf } from "../sight.ts";

type Names =
  | "contacts"
  | "contact"
  | "trash"
  | "restoreRecording"
  | "recordingAudio"
  | "recordingPeaks"
  | "missed"
  | "closeMissed"
  | "reopenMissed"
  | "ladder";
const defaultBuckets = 600;

async function readableRecording(call: Parameters<typeof readableContact>[0], recordingId: string) {
  const recording = found(await call.app.store.recordings.get(scopeOf(call.caller), recordingId));
  await readableContact(call, recording.contactId);
  if (recording.state !== "closed") throw new HttpProblem("NOT_FOUND", { said: say("RECORDING_GONE") });
  return recording;
}

export const contactHandlers: Pick<Handlers, Names> = {
  contacts: async (call) => {
    const page = await contactsPage(call, call.query.limit, call.query.cursor);
    return { items: await contactRows(liveOf(call), page.items), next: page.nextCursor };
  },

  contact: async (call) => {
    const { app, caller, params } = call;
    const live = liveOf(call);
    const row = await readableContact(call, params.id);
    const centreId = caller.centre.id;
    const scope = scopeOf(caller);
    const [entries, recordings, notes] = await Promise.all([
      app.store.journal.readContact(centreId, params.id, 2_000),
      app.store.recordings.ofContact(scope, params.id),
      app.store.notes.ofContact(scope, params.id),
    ]);
    await live.lookup.load([row.calledAddressId], []);
    return {
      ...contactRow(live, row),
      timeline: await timelineOf(live, entries, row),
      dispositionId: row.dispositionId,
      dispositions: dispositionsOf(caller.centre.config.current, row.queueId, row.clientId),
      notes: notes.map((note) => ({
        at: note.updatedAt,
        operator: caller.centre.config.name("user", note.operatorId),
        text: note.text,
      })),
      missedClosed: missedClosed(call, row),
      recordings: recordings.map(recordingView),
    };
  },

  recordingAudio: async (call) => {
    const { app, caller, params, request, reply, services } = call;
    const recording = await readableRecording(call, params.id);
    await services.reads.listened(caller, recording.id);
    return sendWav(app.places.recording(caller.centre.id, recording.id), request, reply, `${recording.id}.wav`);
  },

  recordingPeaks: async (call) => {
    const recording = await readableRecording(call, call.params.id);
    const { app, caller, services } = call;
    const waitMs = services.peaks.take(`${caller.centre.id}/${whoOf(caller)}`, app.clock());
    if (waitMs > 0) throw new HttpProblem("TOO_MANY_REQUESTS", { retryAfterS: Math.ceil(waitMs / 1_000) });
    const peaks = await wavPeaks(
      app.places.recording(caller.centre.id, recording.id),
      call.query.buckets ?? defaultBuckets,
    );
    const channel = (index: number) =>
      Array.from(peaks.channels[index] ?? [], (peak) => Math.round((peak / 255) * 1_000) / 1_000);
    return { durationMs: peaks.durationMs, customer: channel(0), operator: channel(1) };
  },

  trash: async ({ app, caller }) => {
    const rows = await app.store.recordings.listTrash(scopeOf(caller), undefined, 200);
    return {
      items: rows.map(({ id, contactId, startedAt, durationMs, deletedAt }) => {
        const since = deletedAt ?? startedAt;
        return { id, contactId, startedAt, durationMs, deletedAt: since, goneAt: since + trashKeptMs };
      }),
    };
  },

  restoreRecording: async ({ app, caller, params }) => {
    found((await restoreRecording(app, caller.centre.id, params.id)) ? params.id : null);
    await app.store.audit.add(caller.centre.id, {
      who: whoOf(caller),
      what: "recording.restore",
      target: `recording/${params.id}`,
    });
    return done;
  },

  missed: async (call) => {
    const page = await missedPage(call, call.query.limit, call.query.cursor);
    return { items: page.rows, next: page.nextCursor };
  },

  closeMissed: async (call) => {
    const { app, caller, params, body } = call;
    await readableContact(call, params.id);
    await app.store.missed.close(scopeOf(caller), params.id, personOf(caller), body.reason);
    missedChanged(call);
    return done;
  },

  reopenMissed: async (call) => {
    const { app, caller, params } = call;
    await readableContact(call, params.id);
    // Who closed it and why stands on the contact until now; who took that back stands in the audit.
    if ((await app.store.missed.reopen(scopeOf(caller), params.id)) > 0)
      await app.store.audit.add(caller.centre.id, {
        who: whoOf(caller),
        what: "missed.reopen",
        target: `contact/${params.id}`,
      });
    missedChanged(call);
    return done;
  },

  ladder: async (call) => {
    const { app, caller, params } = call;
    // Technicians look at what carriers and telephones said, whoever's call it was.
    found(await app.store.contacts.get(centreScope(caller.centre.id), params.id));
    return { items: await ladderOf(app.store, (...of) => app.phone.liveMessages(...of), caller.centre.id, params.id) };
  },
};

function missedClosed({ caller }: { readonly caller: Caller }, row: StoredContact) {
  const { missedClosedAt: at, missedClosedBy: by, missedCloseReason: reason } = row;
  return at === null ? null : { at, operator: caller.centre.config.name("user", by ?? ""), reason: reason ?? "" };
}

/** The list and its count are another now, for everybody who looks at them. */
export function missedChanged(call: Parameters<typeof liveOf>[0] & { readonly caller: Caller }): void {
  const { caller, services } = call;
  liveOf(call).forgetMissed();
  services.hub?.changed(caller.centre.id, "missed");
  if (caller.userId !== null) services.hub?.refreshDesk(caller.centre.id, caller.userId);
}

/** A page of the history as its reader may see it. */
export async function contactsPage(
  call: Pick<Call<"exportContacts">, "app" | "caller" | "query">,
  limit: number | undefined,
  cursor: string | undefined,
) {
  const { app, caller, query } = call;
  const filter: ContactFilter = {
    from: query.from,
    to: query.to,
    direction: query.direction,
    digits: query.number,
    text: query.text,
    operatorId: query.operatorId,
    queueId: query.queueId,
    dispositionId: query.dispositionId,
    customerId: query.customerId,
    answered: query.answered === undefined ? undefined : query.answered === "yes",
  };
  return seesAll(caller)
    ? app.store.contacts.list(scopeOf(caller), filter, { limit, cursor })
    : ownContacts(call, filter, limit ?? 50, cursor ?? null);
}

/** A page of the missed callers whom the reader may work off. */
export async function missedPage(
  call: Pick<Call<"exportMissed">, "app" | "services" | "caller" | "query">,
  limit: number | undefined,
  cursor: string | undefined,
) {
  const { app, caller, query } = call;
  const own = sightOf(caller.centre.config.current, caller.roles, caller.userId);
  const mayHear = (queueId: string | null) => own === null || queueId === null || own.queueIds.includes(queueId);
  const { queueId, clientId } = query;
  const page = await app.store.missed.list(scopeOf(caller), { limit, cursor, queueId, clientId, own });
  const live = liveOf(call);
  const calling = live.callbacks.all();
  return { rows: page.items.map((item) => missedRow(live, item, mayHear, calling)), nextCursor: page.nextCursor };
}

const pagesMax = 10;

/** An operator's part of a list: pages are read on until enough rows are theirs, at most ten pages for one answer. */
async function ownContacts(
  call: Pick<Call<"exportContacts">, "app" | "caller">,
  filter: ContactFilter,
  limit: number,
  cursor: string | null,
) {
  const { app, caller } = call;
  const own = ownQueueIds(caller);
  // The usual questions are answered by the database alone.
  const narrowed =
    filter.operatorId === caller.userId || (filter.queueId !== undefined && own.includes(filter.queueId));
  const items: StoredContact[] = [];
  let next = cursor;
  for (let pages = 0; pages < pagesMax && items.length < limit; pages += 1) {
    const page = await app.store.contacts.list(scopeOf(caller), filter, { limit: limit - items.length, cursor: next });
    items.push(...(narrowed ? page.items : page.items.filter((row) => mayRead(caller, row))));
    next = page.nextCursor;
    if (next === null) break;
  }
  return { items, nextCursor: next };
}
