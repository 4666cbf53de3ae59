import { z } from "zod";
import { centreKindSchema, centreSchema, entitySchemas, roleSchema } from "./config.ts";
import { keySchema, languageSchema } from "./ids.ts";
import {
  contactDetailSchema,
  contactRowSchema,
  customerInputSchema,
  customerSchema,
  customerSummarySchema,
  deskViewSchema,
  floorViewSchema,
  missedRowSchema,
  sessionViewSchema,
  trunkStateViewSchema,
} from "./views.ts";

/** Who may call a route: anyone, anyone signed in, or one of the roles. A manager may all that an operator, supervisor and technician may. */
export type Access = "public" | "user" | readonly ("operator" | "supervisor" | "manager" | "technician")[];

export type Route = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly response: z.ZodType;
  /** The body is multipart/form-data with one file in the field "file". */ readonly upload?: boolean;
  /** The answer is a file, not JSON. */ readonly download?: boolean;
};
const route = <const R extends Route>(value: R): R => value;

const done = z.object({ ok: z.literal(true) });
const id = z.object({ id: z.string().min(1).max(64) });
const page = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable() });
const list = { cursor: z.string().max(512).optional(), limit: z.coerce.number().int().min(1).max(200).optional() };
const anyEntity = z.record(z.string(), z.unknown());
const kindParam = z.object({
  kind: z.enum(Object.keys(entitySchemas) as [keyof typeof entitySchemas, ...(keyof typeof entitySchemas)[]]),
});
const operator: Access = ["operator", "supervisor", "manager"];
const seer: Access = ["supervisor", "manager"];
const builder: Access = ["manager", "technician"];
const manager: Access = ["manager"];
const password = z.string().min(10).max(256);

/** Where a call is sent from the desk: a colleague, a queue, or a number as a person types it. */
export const deskTargetSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("operator"), operatorId: z.string() }),
  z.object({ kind: z.literal("queue"), queueId: keySchema }),
  z.object({ kind: z.literal("number"), number: z.string().trim().min(1).max(64) }),
]);
export type DeskTarget = z.infer<typeof deskTargetSchema>;

const problem = z.object({ path: z.string(), line: z.number().nullable(), message: z.string(), code: z.string() });
const planChange = z.object({
  action: z.enum(["create", "change", "remove"]),
  kind: z.string(),
  id: z.string(),
  fields: z.array(z.string()),
});
const imported = z.object({
  columns: z.array(z.string()),
  rows: z.array(z.array(z.string())).max(50),
  total: z.number(),
  mapping: z.record(z.string(), z.string().nullable()),
  importId: z.string(),
  problems: z.array(problem).max(200),
});

export const routes = {
  setupState: route({
    method: "GET",
    path: "/api/setup",
    access: "public",
    summary: "Whether this installation still waits to be set up",
    response: z.object({ needed: z.boolean(), version: z.string() }),
  }),
  setup: route({
    method: "POST",
    path: "/api/setup",
    access: "public",
    summary: "Creates the centre and its first manager; needs the one-time link's token",
    body: z.object({
      token: z.string().max(128),
      centre: z.object({
        name: z.string().trim().min(1).max(120),
        kind: centreKindSchema,
        country: z.string().regex(/^[A-Z]{2}$/),
        timeZone: z.string().max(64),
        language: languageSchema,
        recordingNotice: z.boolean(),
        recordCalls: z.boolean(),
        recordingRetentionDays: z.int().min(1).max(3650),
      }),
      manager: z.object({
        name: z.string().trim().min(1).max(120),
        login: z.string().trim().min(1).max(120),
        password,
      }),
    }),
    response: sessionViewSchema,
  }),
  signIn: route({
    method: "POST",
    path: "/api/session",
    access: "public",
    summary: "Signs in",
    body: z.object({ login: z.string().trim().min(1).max(120), password: z.string().min(1).max(256) }),
    response: sessionViewSchema,
  }),
  session: route({
    method: "GET",
    path: "/api/session",
    access: "user",
    summary: "Who is signed in",
    response: sessionViewSchema,
  }),
  signOut: route({ method: "DELETE", path: "/api/session", access: "user", summary: "Signs out", response: done }),
  changePassword: route({
    method: "POST",
    path: "/api/session/password",
    access: "user",
    summary: "Changes one's own password",
    body: z.object({ current: z.string().max(256), next: password }),
    response: done,
  }),
  changeLanguage: route({
    method: "POST",
    path: "/api/session/language",
    access: "user",
    summary: "Changes one's own language",
    body: z.object({ language: languageSchema }),
    response: done,
  }),
  guideDone: route({
    method: "POST",
    path: "/api/guide",
    access: manager,
    summary: "Marks a step of the guide as done or left out",
    body: z.object({ step: z.enum(["testCall", "colleagues", "customers", "number"]) }),
    response: done,
  }),

  invite: route({
    method: "POST",
    path: "/api/users/:id/invitation",
    access: manager,
    summary: "A link by which a colleague sets a password; the old one stops working",
    params: id,
    response: z.object({ url: z.string(), expiresAt: z.number() }),
  }),
  invitation: route({
    method: "GET",
    path: "/api/invitations/:token",
    access: "public",
    summary: "Whose invitation this is",
    params: z.object({ token: z.string().max(128) }),
    response: z.object({ name: z.string(), login: z.string(), centre: z.string(), language: languageSchema }),
  }),
  acceptInvitation: route({
    method: "POST",
    path: "/api/invitations/:token",
    access: "public",
    summary: "Sets the password and signs in",
    params: z.object({ token: z.string().max(128) }),
    body: z.object({ password }),
    response: sessionViewSchema,
  }),

  centre: route({
    method: "GET",
    path: "/api/centre",
    access: "user",
    summary: "The centre's own settings",
    response: centreSchema,
  }),
  changeCentre: route({
    method: "PUT",
    path: "/api/centre",
    access: manager,
    summary: "Changes the centre's own settings",
    body: centreSchema,
    response: centreSchema,
  }),
  /** Secrets are never in an answer: `hasPassword` stands where one is stored. */
  entities: route({
    method: "GET",
    path: "/api/config/:kind",
    access: "user",
    summary: "All entities of a kind",
    params: kindParam,
    response: z.object({ items: z.array(anyEntity), version: z.number() }),
  }),
  putEntity: route({
    method: "PUT",
    path: "/api/config/:kind/:id",
    access: builder,
    summary: "Creates or changes an entity",
    params: kindParam.extend({ id: z.string().max(64) }),
    body: anyEntity,
    response: anyEntity,
  }),
  removeEntity: route({
    method: "DELETE",
    path: "/api/config/:kind/:id",
    access: builder,
    summary: "Removes an entity that nothing refers to",
    params: kindParam.extend({ id: z.string().max(64) }),
    response: done,
  }),
  uploadPrompt: route({
    method: "POST",
    path: "/api/prompts/:id/audio",
    access: builder,
    summary: "Uploads or records a prompt: WAV (PCM or G.711), any rate; at most 10 MB",
    params: id,
    upload: true,
    response: z.object({ durationMs: z.number(), sha256: z.string(), clipped: z.boolean(), levelDbfs: z.number() }),
  }),
  promptAudio: route({
    method: "GET",
    path: "/api/prompts/:id/audio",
    access: "user",
    summary: "A prompt's audio",
    params: id,
    download: true,
    response: z.unknown(),
  }),
  soundAudio: route({
    method: "GET",
    path: "/api/sounds/:language/:name",
    access: "user",
    summary: "A shipped sound",
    params: z.object({ language: languageSchema, name: z.string().regex(/^[a-z0-9-]{1,64}$/) }),
    download: true,
    response: z.unknown(),
  }),
  sounds: route({
    method: "GET",
    path: "/api/sounds",
    access: "user",
    summary: "The shipped sounds with their texts",
    response: z.object({
      items: z.array(z.object({ name: z.string(), texts: z.record(z.string(), z.string()) })),
      music: z.array(z.string()),
    }),
  }),
  trunkStates: route({
    method: "GET",
    path: "/api/trunks/states",
    access: "user",
    summary: "Live state of the carrier lines",
    response: z.object({ items: z.array(trunkStateViewSchema) }),
  }),
  deviceCredentials: route({
    method: "POST",
    path: "/api/devices/:id/password",
    access: builder,
    summary: "Gives a SIP phone a new password, shown once with all it needs",
    params: id,
    response: z.object({
      username: z.string(),
      password: z.string(),
      server: z.string(),
      port: z.number(),
      transport: z.string(),
    }),
  }),

  customers: route({
    method: "GET",
    path: "/api/customers",
    access: operator,
    summary: "Customers by name, number or e-mail",
    query: z.object({ ...list, search: z.string().max(120).optional() }),
    response: page(customerSchema),
  }),
  customer: route({
    method: "GET",
    path: "/api/customers/:id",
    access: operator,
    summary: "A customer's card",
    params: id,
    response: customerSchema,
  }),
  createCustomer: route({
    method: "POST",
    path: "/api/customers",
    access: operator,
    summary: "A new card",
    body: customerInputSchema,
    response: customerSchema,
  }),
  changeCustomer: route({
    method: "PUT",
    path: "/api/customers/:id",
    access: operator,
    summary: "Changes a card",
    params: id,
    body: customerInputSchema.extend({ version: z.number() }),
    response: customerSchema,
  }),
  customerContacts: route({
    method: "GET",
    path: "/api/customers/:id/contacts",
    access: operator,
    summary: "All contacts with a customer",
    params: id,
    query: z.object(list),
    response: page(contactRowSchema),
  }),
  customersOfNumber: route({
    method: "GET",
    path: "/api/customers/by-number",
    access: operator,
    summary: "Whose number this is",
    query: z.object({ number: z.string().max(64) }),
    response: z.object({ items: z.array(customerSummarySchema) }),
  }),
  importPreview: route({
    method: "POST",
    path: "/api/imports",
    access: builder,
    summary: "Reads a CSV or XLSX file of customers and shows how it would be taken in",
    upload: true,
    response: imported,
  }),
  importRun: route({
    method: "POST",
    path: "/api/imports/:id",
    access: builder,
    summary: "Takes a previewed file in",
    params: id,
    body: z.object({ mapping: z.record(z.string(), z.string().nullable()) }),
    response: z.object({ created: z.number(), updated: z.number(), skipped: z.number(), problems: z.array(problem) }),
  }),

  contacts: route({
    method: "GET",
    path: "/api/contacts",
    access: operator,
    summary: "History of contacts; an operator sees their own and those of their queues",
    query: z.object({
      ...list,
      from: z.coerce.number().optional(),
      to: z.coerce.number().optional(),
      number: z.string().max(32).optional(),
      operatorId: z.string().max(64).optional(),
      queueId: z.string().max(64).optional(),
      dispositionId: z.string().max(64).optional(),
      direction: z.enum(["inbound", "outbound", "internal"]).optional(),
      answered: z.enum(["yes", "no"]).optional(),
      customerId: z.string().max(64).optional(),
    }),
    response: page(contactRowSchema),
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
  missed: route({
    method: "GET",
    path: "/api/missed",
    access: operator,
    summary: "Callers nobody has reached since they called in vain",
    query: z.object(list),
    response: page(missedRowSchema),
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

  desk: route({
    method: "GET",
    path: "/api/desk",
    access: operator,
    summary: "The desk as it stands",
    response: deskViewSchema,
  }),
  deskState: route({
    method: "POST",
    path: "/api/desk/state",
    access: operator,
    summary: "Goes available, on a break, or off duty",
    body: z.object({ to: z.enum(["available", "break", "offline"]), reasonId: keySchema.nullable().default(null) }),
    response: done,
  }),
  deskDevice: route({
    method: "POST",
    path: "/api/desk/device",
    access: operator,
    summary: "Chooses headset or SIP phone",
    body: z.object({ device: z.enum(["headset", "phone"]) }),
    response: done,
  }),
  acceptOffer: route({
    method: "POST",
    path: "/api/desk/offers/:id/accept",
    access: operator,
    summary: "Answers",
    params: id,
    response: done,
  }),
  declineOffer: route({
    method: "POST",
    path: "/api/desk/offers/:id/decline",
    access: operator,
    summary: "Declines; the caller keeps the place",
    params: id,
    response: done,
  }),
  dial: route({
    method: "POST",
    path: "/api/desk/dial",
    access: operator,
    summary: "Calls a number, a colleague",
    body: z.object({
      target: deskTargetSchema,
      clientId: keySchema.nullable().default(null),
      customerId: z.string().nullable().default(null),
      missedContactId: z.string().nullable().default(null),
    }),
    response: z.object({ contactId: z.string() }),
  }),
  hangUp: route({
    method: "POST",
    path: "/api/desk/contacts/:id/end",
    access: operator,
    summary: "Ends the call",
    params: id,
    response: done,
  }),
  hold: route({
    method: "POST",
    path: "/api/desk/contacts/:id/hold",
    access: operator,
    summary: "Holds or resumes",
    params: id,
    body: z.object({ on: z.boolean() }),
    response: done,
  }),
  mute: route({
    method: "POST",
    path: "/api/desk/contacts/:id/mute",
    access: operator,
    summary: "Mutes or unmutes oneself",
    params: id,
    body: z.object({ on: z.boolean() }),
    response: done,
  }),
  sendKeys: route({
    method: "POST",
    path: "/api/desk/contacts/:id/keys",
    access: operator,
    summary: "Sends keys to the far end",
    params: id,
    body: z.object({ keys: z.string().regex(/^[0-9*#A-D]{1,32}$/) }),
    response: done,
  }),
  transfer: route({
    method: "POST",
    path: "/api/desk/contacts/:id/transfer",
    access: operator,
    summary: "Transfers at once",
    params: id,
    body: z.object({ target: deskTargetSchema }),
    response: done,
  }),
  consult: route({
    method: "POST",
    path: "/api/desk/contacts/:id/consult",
    access: operator,
    summary: "Holds the customer and calls somebody to announce them",
    params: id,
    body: z.object({ target: deskTargetSchema }),
    response: done,
  }),
  endConsult: route({
    method: "POST",
    path: "/api/desk/contacts/:id/consult/end",
    access: operator,
    summary: "Hands the customer over, goes back to them, or joins all three",
    params: id,
    body: z.object({ as: z.enum(["transfer", "return", "conference"]) }),
    response: done,
  }),
  pauseRecording: route({
    method: "POST",
    path: "/api/desk/contacts/:id/recording",
    access: operator,
    summary: "Pauses or resumes the recording",
    params: id,
    body: z.object({ paused: z.boolean() }),
    response: done,
  }),
  disposition: route({
    method: "POST",
    path: "/api/desk/contacts/:id/result",
    access: operator,
    summary: "Sets the result",
    params: id,
    body: z.object({ dispositionId: keySchema }),
    response: done,
  }),
  note: route({
    method: "PUT",
    path: "/api/desk/contacts/:id/note",
    access: operator,
    summary: "Saves the note; the desk does so while one types",
    params: id,
    body: z.object({ text: z.string().max(4000) }),
    response: done,
  }),
  linkCustomer: route({
    method: "POST",
    path: "/api/desk/contacts/:id/customer",
    access: operator,
    summary: "Says who the caller is",
    params: id,
    body: z.object({ customerId: z.string().nullable() }),
    response: done,
  }),
  finishWrapUp: route({
    method: "POST",
    path: "/api/desk/contacts/:id/finish",
    access: operator,
    summary: "Ends the wrap-up",
    params: id,
    response: done,
  }),
  colleagues: route({
    method: "GET",
    path: "/api/desk/directory",
    access: operator,
    summary: "Colleagues with their state, and queues, to call or transfer to",
    query: z.object({ search: z.string().max(80).optional() }),
    response: z.object({
      operators: z
        .array(z.object({ id: z.string(), name: z.string(), extension: z.string().nullable(), state: z.string() }))
        .max(200),
      queues: z.array(z.object({ id: z.string(), name: z.string(), waiting: z.number() })).max(200),
    }),
  }),
  echoTest: route({
    method: "POST",
    path: "/api/desk/echo-test",
    access: operator,
    summary: "Speaks an introduction into the headset, then plays back what it hears for ten seconds",
    response: done,
  }),

  floor: route({
    method: "GET",
    path: "/api/floor",
    access: seer,
    summary: "Who is in which state, what waits",
    response: floorViewSchema,
  }),
  floorState: route({
    method: "POST",
    path: "/api/floor/operators/:id/state",
    access: seer,
    summary: "Changes an operator's state",
    params: id,
    body: z.object({ to: z.enum(["available", "break", "offline"]) }),
    response: done,
  }),

  testCall: route({
    method: "POST",
    path: "/api/test-call",
    access: operator,
    summary: "A simulated caller phones in over real SIP and speaks",
    body: z.object({ language: languageSchema }),
    response: z.object({ started: z.literal(true) }),
  }),
  system: route({
    method: "GET",
    path: "/api/system",
    access: builder,
    summary: "Addresses, ports, certificate, disk, and whether the machine can be reached from outside",
    response: z.object({
      version: z.string(),
      localAddresses: z.array(z.string()),
      publicAddress: z.string().nullable(),
      publicAddressFrom: z.enum(["setting", "learnt", "none"]),
      reachable: z.enum(["yes", "no", "unknown"]),
      reachableWhy: z.string(),
      sipPort: z.number(),
      sipsPort: z.number(),
      rtpPorts: z.string(),
      httpsUrl: z.string(),
      httpUrl: z.string(),
      certificate: z.object({
        kind: z.enum(["local", "given"]),
        validUntil: z.number(),
        authorityFingerprint: z.string().nullable(),
      }),
      disk: z.object({ freeBytes: z.number(), totalBytes: z.number() }),
      database: z.string(),
    }),
  }),
  authority: route({
    method: "GET",
    path: "/api/system/authority.crt",
    access: "public",
    summary: "The local certificate authority, to be trusted by a second computer",
    download: true,
    response: z.unknown(),
  }),
  doctor: route({
    method: "GET",
    path: "/api/system/doctor",
    access: builder,
    summary: "Checks ports, addresses, certificate, disk and trunks",
    response: z.object({
      checks: z.array(
        z.object({
          id: z.string(),
          ok: z.boolean(),
          title: z.string(),
          detail: z.string(),
          mend: z.string().nullable(),
        }),
      ),
    }),
  }),

  plan: route({
    method: "POST",
    path: "/api/centre-file/plan",
    access: builder,
    summary: "What a centre file would change",
    body: z.object({ yaml: z.string().max(4_000_000) }),
    response: z.object({ changes: z.array(planChange), problems: z.array(problem) }),
  }),
  apply: route({
    method: "POST",
    path: "/api/centre-file/apply",
    access: builder,
    summary: "Brings the centre to what the file says",
    body: z.object({ yaml: z.string().max(4_000_000), secrets: z.record(z.string(), z.string()).optional() }),
    response: z.object({ changes: z.array(planChange), problems: z.array(problem), version: z.number() }),
  }),
  exportCentre: route({
    method: "GET",
    path: "/api/centre-file",
    access: builder,
    summary: "The centre as a file, without secrets",
    query: z.object({ customers: z.enum(["yes", "no"]).optional() }),
    download: true,
    response: z.unknown(),
  }),

  tokens: route({
    method: "GET",
    path: "/api/tokens",
    access: manager,
    summary: "Machine tokens",
    response: z.object({
      items: z.array(
        z.object({
          id: z.string(),
          name: z.string(),
          roles: z.array(roleSchema),
          createdAt: z.number(),
          lastUsedAt: z.number().nullable(),
        }),
      ),
    }),
  }),
  createToken: route({
    method: "POST",
    path: "/api/tokens",
    access: manager,
    summary: "A new machine token, shown once",
    body: z.object({ name: z.string().trim().min(1).max(120), roles: z.array(roleSchema).min(1) }),
    response: z.object({ id: z.string(), token: z.string() }),
  }),
  revokeToken: route({
    method: "DELETE",
    path: "/api/tokens/:id",
    access: manager,
    summary: "Revokes a machine token",
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

export type Routes = typeof routes;
export type RouteName = keyof Routes;
type Infer<T> = T extends z.ZodType ? z.infer<T> : undefined;
type InferIn<T> = T extends z.ZodType ? z.input<T> : undefined;
export type ResponseOf<N extends RouteName> = Infer<Routes[N]["response"]>;
export type BodyOf<N extends RouteName> = Routes[N] extends { body: infer B } ? InferIn<B> : undefined;
export type ParamsOf<N extends RouteName> = Routes[N] extends { params: infer P } ? InferIn<P> : undefined;
export type QueryOf<N extends RouteName> = Routes[N] extends { query: infer Q } ? InferIn<Q> : undefined;

/** Body of every refused request. */
export const errorBodySchema = z.object({
  code: z.string(),
  message: z.string(),
  details: z.array(problem).optional(),
  refusal: z.string().optional(),
  requestId: z.string().optional(),
});
export type ErrorBody = z.infer<typeof errorBodySchema>;
