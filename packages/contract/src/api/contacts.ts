import { z } from "zod";
import { idSchema, instantSchema, languageSchema } from "../ids.ts";
import { contactDetailSchema, contactRowSchema, missedRowSchema } from "../views.ts";
import { builder, done, id, list, manager, operator, page, route } from "./route.ts";

/** What narrows the history down. */
const contactFilter = {
  from: instantSchema.optional(),
  to: instantSchema.optional(),
  number: z.string().max(32).optional(),
  /** Words of the customer's name or of a note. */
  text: z.string().max(200).optional(),
  operatorId: idSchema.optional(),
  queueId: idSchema.optional(),
  dispositionId: idSchema.optional(),
  direction: z.enum(["inbound", "outbound", "internal"]).optional(),
  answered: z.enum(["yes", "no"]).optional(),
  customerId: idSchema.optional(),
};
/** Of a file for a spreadsheet; without them a CSV in the language of the person or of the centre. */
const exportLook = { format: z.enum(["csv", "xlsx"]).optional(), language: languageSchema.optional() };
const missedFilter = { queueId: z.string().max(64).optional(), clientId: z.string().max(64).optional() };

export const contactsRoutes = {
  contacts: route({
    method: "GET",
    path: "/api/contacts",
    access: operator,
    summary: "History of contacts; an operator sees their own, those of their queues, and missed callers of no queue",
    query: z.object({ ...list, ...contactFilter }),
    response: page(contactRowSchema),
  }),
  exportContacts: route({
    method: "GET",
    path: "/api/export/contacts",
    access: operator,
    summary: "The history as a CSV or XLSX file, filtered and seen as in the list; at most 500,000 contacts",
    query: z.object({ ...contactFilter, ...exportLook }),
    download: true,
    response: z.unknown(),
  }),
  contact: route({
    method: "GET",
    path: "/api/contacts/:id",
    access: operator,
    summary: "A contact with its timeline and recordings",
    params: id,
    response: contactDetailSchema,
  }),
  recordingAudio: route({
    method: "GET",
    path: "/api/recordings/:id/audio",
    access: operator,
    summary: "A recording as a WAV file of two channels; answers byte ranges",
    params: id,
    download: true,
    response: z.unknown(),
  }),
  recordingPeaks: route({
    method: "GET",
    path: "/api/recordings/:id/peaks",
    access: operator,
    summary: "The waveform: peaks per channel, 0 to 1",
    params: id,
    query: z.object({ buckets: z.coerce.number().int().min(50).max(4000).optional() }),
    response: z.object({ durationMs: z.number(), customer: z.array(z.number()), operator: z.array(z.number()) }),
  }),
  trash: route({
    method: "GET",
    path: "/api/trash",
    access: manager,
    summary: "Recordings whose time was over, for as long as they can be taken back; the latest 200",
    response: z.object({
      items: z.array(
        z.object({
          id: z.string(),
          contactId: z.string(),
          startedAt: z.number(),
          durationMs: z.number().nullable(),
          deletedAt: z.number(),
          goneAt: z.number(),
        }),
      ),
    }),
  }),
  restoreRecording: route({
    method: "POST",
    path: "/api/trash/:id/restore",
    access: manager,
    summary: "Takes a recording out of the trash; it is kept for as long again",
    params: id,
    response: done,
  }),
  missed: route({
    method: "GET",
    path: "/api/missed",
    access: operator,
    summary:
      "Callers nobody has reached since they called in vain; an operator sees those of their queues and of no queue",
    query: z.object({ ...list, ...missedFilter }),
    response: page(missedRowSchema),
  }),
  exportMissed: route({
    method: "GET",
    path: "/api/export/missed",
    access: operator,
    summary: "The missed callers as a CSV or XLSX file, filtered and seen as in the list; at most 500,000 callers",
    query: z.object({ ...missedFilter, ...exportLook }),
    download: true,
    response: z.unknown(),
  }),
  closeMissed: route({
    method: "POST",
    path: "/api/missed/:id/close",
    access: operator,
    summary: "Takes a missed caller off the list without calling",
    params: id,
    body: z.object({ reason: z.string().max(200) }),
    response: done,
  }),
  reopenMissed: route({
    method: "POST",
    path: "/api/missed/:id/reopen",
    access: operator,
    summary: "Takes back a close: the missed caller stands on the list again, unless reached meanwhile",
    params: id,
    response: done,
  }),
  ladder: route({
    method: "GET",
    path: "/api/contacts/:id/ladder",
    access: builder,
    summary: "SIP messages and events of a contact in order of time",
    params: id,
    response: z.object({
      items: z.array(
        z.object({
          at: z.number(),
          kind: z.enum(["sip", "fact", "media"]),
          direction: z.enum(["in", "out", "none"]),
          leg: z.string().nullable(),
          title: z.string(),
          text: z.string(),
        }),
      ),
    }),
  }),
} as const;
