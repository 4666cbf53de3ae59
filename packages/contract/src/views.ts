import { z } from "zod";
import { clientRefSchema } from "./ids.ts";
import { outgoingScopes } from "./outgoing.ts";

/** What screens show. Names and numbers are joined in by the server; the core knows ids only. Times are ms since 1970. */
export const operatorStateSchema = z.enum(["offline", "available", "offered", "talking", "wrap-up", "break"]);
export type OperatorStateName = z.infer<typeof operatorStateSchema>;

export const partySchema = z.object({
  addressId: z.string().nullable(),
  raw: z.string().nullable(),
  display: z.string(),
  e164: z.string().nullable(),
  name: z.string().nullable(),
});
export const namedSchema = z.object({ id: z.string(), name: z.string() });

export const customerSummarySchema = z.object({
  id: z.string(),
  name: z.string(),
  phones: z.array(z.string()),
  note: z.string(),
});

/** A contact as the desk shows it while it lives. */
export const liveContactSchema = z.object({
  id: z.string(),
  direction: z.enum(["inbound", "outbound", "internal"]),
  phase: z.enum(["scenario", "waiting", "ringing", "dialling", "talking", "wrap-up", "ended"]),
  client: namedSchema.extend({ colour: z.string(), greeting: z.string() }),
  queue: namedSchema.nullable(),
  number: z.object({ id: z.string(), number: z.string(), label: z.string() }).nullable(),
  party: partySchema,
  customer: customerSummarySchema.nullable(),
  startedAt: z.number(),
  waitedMs: z.number(),
  talkingSince: z.number().nullable(),
  /** Menu choices and keys on the way here, as labels. */
  path: z.array(z.object({ at: z.number(), label: z.string() })),
  held: z.boolean(),
  heldSince: z.number().nullable(),
  muted: z.boolean(),
  recording: z.enum(["off", "on", "paused"]),
  /** `asked`: this operator is the one who is consulted, so that it is for the other to end it. */
  consult: z.object({ with: z.string(), state: z.enum(["ringing", "talking"]), asked: z.boolean() }).nullable(),
  conference: z.boolean(),
  /** Who is on the line in a conference, the reader included; empty otherwise. */
  participants: z
    .array(
      z.object({
        legId: z.string(),
        name: z.string(),
        kind: z.enum(["customer", "operator", "outside"]),
        self: z.boolean(),
      }),
    )
    .max(20),
  dispositionId: z.string().nullable(),
  note: z.string(),
  dispositions: z.array(z.object({ id: z.string(), name: z.string() })),
  wrapUpUntil: z.number().nullable(),
  endCode: z.string().nullable(),
});
export type LiveContact = z.infer<typeof liveContactSchema>;

/** How a queue of the operator's stands. */
export const deskQueueSchema = z.object({
  id: z.string(),
  waiting: z.number(),
  longestSince: z.number().nullable(),
  /** What becomes of callers while nobody of the queue is on duty; null while somebody is. */
  nobody: z.enum(["go-on", "wait"]).nullable(),
});
/** Everything an operator's desk needs, sent whole whenever it changes; figures of its queues also come by themselves. */
export const deskViewSchema = z.object({
  operatorId: z.string(),
  state: operatorStateSchema,
  since: z.number(),
  breakReasonId: z.string().nullable(),
  /** Who or what changed the state last: an operator who did not do it is told. */
  stateCause: z.enum(["self", "supervisor", "missed", "headset-lost", "restart"]),
  /** Set while a break or going off duty was asked for during a call. */
  afterCall: z.enum(["available", "break", "offline"]).nullable(),
  device: z.enum(["headset", "phone"]),
  /** Attached from when on sound can flow. */
  headset: z.enum(["none", "connecting", "attached"]),
  phones: z.array(z.object({ id: z.string(), name: z.string(), reachable: z.boolean() })),
  offer: z
    .object({
      offerId: z.string(),
      until: z.number(),
      contact: liveContactSchema,
      purpose: z.enum(["queue", "transfer", "consult", "internal"]),
      /** The colleague who transfers, asks or calls; null also when a transfer comes back that nobody took. */
      from: z.string().nullable(),
    })
    .nullable(),
  contact: liveContactSchema.nullable(),
  queues: z.array(deskQueueSchema.extend({ name: z.string() })),
  today: z.object({ contacts: z.number(), talkMs: z.number() }),
  missedOpen: z.number(),
});
export type DeskView = z.infer<typeof deskViewSchema>;

export const floorOperatorSchema = z.object({
  id: z.string(),
  name: z.string(),
  state: operatorStateSchema,
  since: z.number(),
  detail: z.string().nullable(),
  contactId: z.string().nullable(),
  queueName: z.string().nullable(),
  clientName: z.string().nullable(),
  device: z.enum(["headset", "phone", "none"]),
  held: z.boolean(),
});
export const floorQueueSchema = z.object({
  id: z.string(),
  name: z.string(),
  clientName: z.string(),
  waiting: z.number(),
  longestSince: z.number().nullable(),
  free: z.number(),
  onDuty: z.number(),
  /**
   * Waits that ended today, local to the centre: offered = answered + abandoned + voicemail + other (sent on, or cut off).
   * Service level d): answered within / (answered + abandoned).
   */
  offered: z.number(),
  answered: z.number(),
  abandoned: z.number(),
  voicemail: z.number(),
  other: z.number(),
  answeredWithin: z.number(),
  target: z.object({ percent: z.number(), withinMs: z.number() }),
});
export const floorWaitingSchema = z.object({
  contactId: z.string(),
  queueId: z.string(),
  queueName: z.string(),
  party: z.string(),
  since: z.number(),
});
export const floorViewSchema = z.object({
  operators: z.array(floorOperatorSchema),
  queues: z.array(floorQueueSchema),
  /** In no order. */
  waiting: z.array(floorWaitingSchema).max(500),
  calls: z.number(),
  trunks: z.array(z.object({ id: z.string(), name: z.string(), state: z.enum(["up", "down", "unknown"]) })),
  /** Limits of calls out that are nearly or wholly used up today. */
  outgoing: z
    .array(
      z.object({
        scope: z.enum(outgoingScopes),
        name: z.string(),
        measure: z.enum(["calls", "ms", "spent"]),
        full: z.boolean(),
      }),
    )
    .max(20),
});
export type FloorView = z.infer<typeof floorViewSchema>;

export const trunkStateViewSchema = z.object({
  trunkId: z.string(),
  registration: z.object({
    state: z.enum(["none", "trying", "registered", "refused", "unreachable"]),
    sipStatus: z.number().nullable(),
    until: z.number().nullable(),
  }),
  health: z.object({
    state: z.enum(["unknown", "up", "down"]),
    roundTripMs: z.number().nullable(),
    since: z.number().nullable(),
  }),
  learntAddress: z.string().nullable(),
  calls: z.number(),
});

export const contactRowSchema = z.object({
  id: z.string(),
  direction: z.enum(["inbound", "outbound", "internal"]),
  startedAt: z.number(),
  answeredAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  party: partySchema,
  customer: namedSchema.nullable(),
  clientName: z.string().nullable(),
  queueName: z.string().nullable(),
  number: z.string().nullable(),
  operators: z.array(namedSchema),
  waitMs: z.number(),
  talkMs: z.number(),
  holdMs: z.number(),
  disposition: z.string().nullable(),
  endCode: z.string().nullable(),
  answered: z.boolean(),
  hasRecording: z.boolean(),
  voicemail: z.boolean(),
});
export type ContactRow = z.infer<typeof contactRowSchema>;

/** One line of a contact's history: `kind` is the fact's, `text` parameters are joined names ready to be put into a sentence. */
export const timelineItemSchema = z.object({
  at: z.number(),
  seq: z.number(),
  kind: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
export const contactDetailSchema = contactRowSchema.extend({
  timeline: z.array(timelineItemSchema).max(2000),
  dispositionId: z.string().nullable(),
  dispositions: z.array(namedSchema),
  notes: z.array(z.object({ at: z.number(), operator: z.string(), text: z.string() })),
  /** Who took this missed caller off the list without a call. */
  missedClosed: z.object({ at: z.number(), operator: z.string(), reason: z.string() }).nullable(),
  recordings: z.array(
    z.object({
      id: z.string(),
      startedAt: z.number(),
      durationMs: z.number(),
      bytes: z.number(),
      voicemail: z.boolean(),
      available: z.boolean(),
    }),
  ),
});
export type ContactDetail = z.infer<typeof contactDetailSchema>;

export const missedRowSchema = z.object({
  contactId: z.string(),
  /** The newest try, and since when the caller waits to be reached. */
  at: z.number(),
  since: z.number(),
  party: partySchema,
  customer: namedSchema.nullable(),
  clientName: z.string().nullable(),
  queueName: z.string().nullable(),
  /** The colleague who calls this person right now. */
  calling: z.object({ operatorId: z.string(), name: z.string() }).nullable(),
  tries: z.number(),
  waitMs: z.number(),
  endCode: z.string().nullable(),
  voicemail: z.boolean(),
  /** The messages that can be heard, the last five, oldest first. Empty with `voicemail` set: deleted, or still being written. */
  messages: z.array(z.object({ recordingId: z.string(), at: z.number(), durationMs: z.number() })).max(5),
});

export const customerSchema = z.object({
  id: z.string(),
  /** Whose customer: a client's, or the centre's own ("~"). */
  clientId: clientRefSchema,
  name: z.string().trim().min(1).max(200),
  company: z.string().max(200),
  phones: z.array(z.string().max(32)).max(20),
  emails: z.array(z.string().max(254)).max(20),
  language: z.enum(["en", "ru", "bg"]).nullable(),
  note: z.string().max(4000),
  createdAt: z.number(),
  updatedAt: z.number(),
  version: z.number(),
});
export const customerInputSchema = customerSchema
  .omit({ id: true, createdAt: true, updatedAt: true, version: true })
  .partial({ clientId: true, company: true, phones: true, emails: true, language: true, note: true });

const guideStepSchema = z.enum(["open", "done", "left-out"]);

export const sessionViewSchema = z.object({
  user: z.object({
    id: z.string(),
    login: z.string(),
    name: z.string(),
    roles: z.array(z.enum(["operator", "supervisor", "manager", "technician"])),
    language: z.enum(["en", "ru", "bg"]).nullable(),
  }),
  centre: z.object({
    id: z.string(),
    name: z.string(),
    kind: z.enum(["home", "in-house", "outsourcing"]),
    country: z.string(),
    timeZone: z.string(),
    language: z.enum(["en", "ru", "bg"]),
    recordingNotice: z.boolean(),
    recordCalls: z.boolean(),
    recordingRetentionDays: z.number(),
  }),
  /** How far the centre is with the steps of the guide; null when the user is not a manager. */
  guide: z
    .object({
      headset: guideStepSchema,
      testCall: guideStepSchema,
      colleagues: guideStepSchema,
      customers: guideStepSchema,
      number: guideStepSchema,
    })
    .nullable(),
  serverTime: z.number(),
});
export type SessionView = z.infer<typeof sessionViewSchema>;
