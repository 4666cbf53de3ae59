import { z } from "zod";
import { idSchema, keySchema, languageSchema } from "./ids.ts";
import { type OutgoingRule, outgoingSchema } from "./outgoing.ts";
import { sentences } from "./said.ts";
import { promptRefSchema, scenarioSchema } from "./scenario.ts";

/**
 * What a centre is made of. Every entity has a key (`id`) that is unique among its kind in the centre and stands in the
 * centre file, in the journal and in URLs; names may change, keys do not. Users alone have a machine id (personal data
 * stays out of the journal); the centre file names them by login.
 */
const name = z.string().trim().min(1).max(120);
const timeZone = z.string().min(1).max(64);
const country = z.string().regex(/^[A-Z]{2}$/, sentences.FORM_COUNTRY);
/** E.164 with plus sign. */
export const e164Schema = z.string().regex(/^\+[1-9][0-9]{4,14}$/, sentences.FORM_E164);

/** A secret is written by a person, read only by the process that needs it, and never given back (see centre file: {env}, {file}). */
export const secretSchema = z.string().min(1).max(256);

export const centreKindSchema = z.enum(["home", "in-house", "outsourcing"]);

export const centreSchema = z
  .object({
    name,
    kind: centreKindSchema,
    country,
    timeZone,
    language: languageSchema,
    /** Whether callers hear that the call is recorded before they talk. */
    recordingNotice: z.boolean().default(true),
    recordCalls: z.boolean().default(true),
    recordingRetentionDays: z.int().min(1).max(3650).default(90),
    /** Where calls may go out, and how much. */
    outgoing: outgoingSchema.prefault({}),
  })
  .strict();

export const clientSchema = z
  .object({
    id: keySchema,
    name,
    language: languageSchema.nullable().default(null),
    country: country.nullable().default(null),
    /** Hex colour of the client's badge on the desk. */
    colour: z
      .string()
      .regex(/^#[0-9a-fA-F]{6}$/)
      .default("#1f6f43"),
    /** How the operator answers in the client's name, shown on the desk. */
    greeting: z.string().max(500).default(""),
    /** Shown to those whom this client's operators call. */
    callerNumberId: keySchema.nullable().default(null),
  })
  .strict();

export const trunkSchema = z
  .object({
    id: keySchema,
    name,
    enabled: z.boolean().default(true),
    preset: z.string().max(64).nullable().default(null),
    transport: z.enum(["udp", "tcp", "tls"]).default("udp"),
    host: z.string().min(1).max(255),
    port: z.int().min(1).max(65535).nullable().default(null),
    outboundProxy: z.string().max(255).nullable().default(null),
    /** Certificates (PEM) of the authority of a TLS carrier or switch, or its own; null: the public authorities. */
    tlsCa: z
      .string()
      .max(32_768)
      .regex(/^\s*(?:-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\s*)+$/, sentences.FORM_CERTIFICATE)
      .nullable()
      .default(null),
    sources: z.array(z.string().max(64)).max(64).default([]),
    registration: z
      .object({
        username: z.string().min(1).max(128),
        authUsername: z.string().max(128).nullable().default(null),
        password: secretSchema.nullable().default(null),
        expiresS: z.int().min(60).max(86400).default(300),
      })
      .nullable()
      .default(null),
    trustsIdentity: z.boolean().default(false),
    calledFrom: z.enum(["request-uri", "to", "diversion"]).default("request-uri"),
    codecs: z
      .array(z.enum(["pcma", "pcmu"]))
      .min(1)
      .max(2)
      .default(["pcma", "pcmu"]),
    maxCalls: z.int().min(1).max(10_000).default(100),
    optionsEveryS: z.int().min(10).max(3600).nullable().default(60),
    callerIdIn: z.enum(["from", "p-asserted-identity", "both"]).default("from"),
    /** Where a caller's own number stands when the call goes on outside; `none` shows the centre's number alone. */
    transferredCallerIn: z.enum(["none", "p-asserted-identity", "diversion", "from"]).default("none"),
    country: country.nullable().default(null),
    /** Lower is tried first for outgoing calls. */
    priority: z.int().min(0).max(1000).default(100),
  })
  .strict();

/** Whether calls are recorded, where it is not as for everything around: a queue weighs more than a number, a number more than the centre. */
const recordingSchema = z.enum(["on", "off"]).nullable().default(null);

export const numberSchema = z
  .object({
    id: keySchema,
    /** As the carrier sends it (digits, perhaps with plus); matched after normalisation, too. */
    number: z
      .string()
      .min(1)
      .max(32)
      .regex(/^\+?[0-9*#]+$/, sentences.FORM_DIGITS),
    trunkId: keySchema,
    clientId: keySchema,
    scenarioId: keySchema.nullable().default(null),
    label: z.string().max(120).default(""),
    recording: recordingSchema,
  })
  .strict();

export const roleSchema = z.enum(["operator", "supervisor", "manager", "technician"]);
export type Role = z.infer<typeof roleSchema>;

/** Letters of both look alike: who typed a Cyrillic „а“ among Latin ones cannot sign in again. */
export function mixesScripts(login: string): boolean {
  return /\p{Script=Latin}/u.test(login) && /\p{Script=Cyrillic}/u.test(login);
}

export const userSchema = z
  .object({
    id: idSchema,
    login: z
      .string()
      .trim()
      .toLowerCase()
      .min(1)
      .max(120)
      .regex(/^[^\s/]+$/, sentences.FORM_LOGIN),
    name,
    roles: z.array(roleSchema).min(1).max(4),
    language: languageSchema.nullable().default(null),
    /** Extension that colleagues dial, 2 to 6 digits. */
    extension: z
      .string()
      .regex(/^[1-9][0-9]{1,5}$/)
      .nullable()
      .default(null),
    active: z.boolean().default(true),
    skills: z
      .array(z.object({ skillId: keySchema, level: z.int().min(1).max(10) }).strict())
      .max(100)
      .default([]),
  })
  .strict();

const differentMin = 5;
/** What a SIP phone signs in with: whoever guesses it calls at the centre's cost. */
export const devicePasswordSchema = secretSchema
  .min(12)
  .refine((password) => new Set(password).size >= differentMin, sentences.FORM_GUESSABLE);

/** A password from a time when any would do. */
export function isWeakDevicePassword(password: string, username: string): boolean {
  return password === username || !devicePasswordSchema.safeParse(password).success;
}

export const deviceSchema = z
  .object({
    id: keySchema,
    userId: idSchema,
    name: name.default("SIP phone"),
    username: z.string().regex(/^[A-Za-z0-9._-]{2,64}$/),
    password: devicePasswordSchema.nullable().default(null),
  })
  .strict();

export const skillSchema = z.object({ id: keySchema, name }).strict();

const clockTime = z.string().regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$/, sentences.FORM_TIME);
const localDate = z.string().regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/, sentences.FORM_DATE);
const span = z.object({ from: clockTime, to: clockTime }).strict();
const day = z.array(span).max(24);
/** Opening hours in one time zone. A date in `exceptions` overrides its weekday: empty spans mean closed. */
export const hoursSchema = z
  .object({
    id: keySchema,
    name,
    timeZone,
    week: z
      .object({
        mon: day,
        tue: day,
        wed: day,
        thu: day,
        fri: day,
        sat: day,
        sun: day,
      })
      .strict(),
    exceptions: z
      .array(z.object({ date: localDate, spans: z.array(span).max(8), label: z.string().max(80).default("") }).strict())
      .max(1000)
      .default([]),
  })
  .strict();

export const dispositionSchema = z
  .object({
    id: keySchema,
    name,
    /** Whether the customer's question is settled with it. */ solved: z.boolean().default(true),
  })
  .strict();

export const queueSchema = z
  .object({
    id: keySchema,
    name,
    clientId: keySchema,
    language: languageSchema.nullable().default(null),
    music: z.string().max(64).default("calm"),
    /** Spoken on joining. */
    welcome: z
      .array(promptRefSchema)
      .max(5)
      .default([{ kind: "sound", name: "please-wait" }]),
    announcements: z
      .array(promptRefSchema)
      .max(10)
      .default([{ kind: "sound", name: "thank-you-waiting" }]),
    announceEveryMs: z.int().min(10_000).max(600_000).default(30_000),
    announcePosition: z.boolean().default(true),
    ringTimeoutMs: z.int().min(5_000).max(120_000).default(20_000),
    wrapUpMsMax: z.int().min(0).max(3_600_000).default(60_000),
    waitingMax: z.int().min(1).max(10_000).default(200),
    waitMsMax: z.int().min(5_000).max(86_400_000).nullable().default(null),
    recording: recordingSchema,
    /** Go on with the scenario at once when no operator of the queue is on duty. */
    leaveWhenNobody: z.boolean().default(false),
    serviceLevel: z
      .object({ percent: z.int().min(1).max(100), withinMs: z.int().min(1_000).max(3_600_000) })
      .strict()
      .default({ percent: 80, withinMs: 20_000 }),
    /** Misses in a row after which an operator is put on a break, so that callers do not ring an empty chair. */
    missesMax: z.int().min(1).max(20).default(2),
    requires: z
      .array(z.object({ skillId: keySchema, level: z.int().min(1).max(10) }).strict())
      .max(20)
      .default([]),
    operators: z
      .array(z.object({ userId: idSchema, tier: z.int().min(1).max(9).default(1) }).strict())
      .max(5_000)
      .default([]),
    /** A further tier is asked after this long. */
    tierWaitMs: z.int().min(0).max(600_000).default(15_000),
    dispositions: z.array(dispositionSchema).max(100).default([]),
  })
  .strict();

const breakMsMin = 60_000;
const breakMsMax = 8 * 3_600_000;
export const breakReasonSchema = z
  .object({
    id: keySchema,
    name,
    /** How long such a break usually lasts; said to the operator, and ends nothing. */
    limitMs: z.int().min(breakMsMin).max(breakMsMax).nullable().default(null),
  })
  .strict();

export const promptSchema = z
  .object({
    id: keySchema,
    name,
    language: languageSchema,
    /** Set by the server: SHA-256 of the stored file, null until one is uploaded. */
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable()
      .default(null),
    durationMs: z.int().min(0).nullable().default(null),
    text: z.string().max(2000).default(""),
  })
  .strict();

export const scenarioEntitySchema = scenarioSchema;

/** Every kind of entity by its name in URLs, tables and the centre file. */
export const entitySchemas = {
  client: clientSchema,
  trunk: trunkSchema,
  number: numberSchema,
  user: userSchema,
  device: deviceSchema,
  skill: skillSchema,
  hours: hoursSchema,
  queue: queueSchema,
  scenario: scenarioEntitySchema,
  prompt: promptSchema,
  breakReason: breakReasonSchema,
} as const;
export type EntityKind = keyof typeof entitySchemas;
export const entityKinds = Object.keys(entitySchemas) as EntityKind[];
export type Entity<K extends EntityKind> = z.infer<(typeof entitySchemas)[K]>;

export type Centre = z.infer<typeof centreSchema>;
export type Client = Entity<"client">;
export type Trunk = Entity<"trunk">;
export type ExternalNumber = Entity<"number">;
export type User = Entity<"user">;
export type Device = Entity<"device">;
export type Skill = Entity<"skill">;
export type Hours = Entity<"hours">;
export type Queue = Entity<"queue">;
export type Prompt = Entity<"prompt">;
export type BreakReason = Entity<"breakReason">;
export type Disposition = z.infer<typeof dispositionSchema>;

/** The whole configuration of a centre at one version. */
export type CentreConfig = {
  readonly version: number;
  readonly centre: Centre;
  readonly client: readonly Client[];
  readonly trunk: readonly Trunk[];
  readonly number: readonly ExternalNumber[];
  readonly user: readonly User[];
  readonly device: readonly Device[];
  readonly skill: readonly Skill[];
  readonly hours: readonly Hours[];
  readonly queue: readonly Queue[];
  readonly scenario: readonly z.infer<typeof scenarioSchema>[];
  readonly prompt: readonly Prompt[];
  readonly breakReason: readonly BreakReason[];
};

/**
 * What the core decides with: the configuration without names, logins, secrets and prompt texts. Goes into the journal
 * whenever it changes, so that a replay needs nothing else.
 */
export type CoreConfig = {
  readonly version: number;
  readonly country: string;
  readonly language: z.infer<typeof languageSchema>;
  readonly recordCalls: boolean;
  readonly recordingNotice: boolean;
  readonly clients: readonly {
    readonly id: string;
    readonly language: z.infer<typeof languageSchema>;
    readonly callerNumberId: string | null;
  }[];
  readonly trunks: readonly { readonly id: string; readonly priority: number }[];
  readonly numbers: readonly {
    readonly id: string;
    readonly trunkId: string;
    readonly clientId: string;
    readonly scenarioId: string | null;
    /** Absent in configurations from before 0.3. */
    readonly recording?: ExternalNumber["recording"];
  }[];
  readonly operators: readonly {
    readonly id: string;
    readonly extension: string | null;
    readonly skills: readonly { readonly skillId: string; readonly level: number }[];
    readonly deviceIds: readonly string[];
  }[];
  readonly queues: readonly (Omit<Queue, "name" | "dispositions" | "recording"> & {
    /** Absent in configurations from before 0.3. */
    readonly recording?: Queue["recording"];
  })[];
  readonly hours: readonly Omit<Hours, "name">[];
  readonly scenarios: readonly Omit<z.infer<typeof scenarioSchema>, "name">[];
  readonly breakReasonIds: readonly string[];
  /** Absent in configurations written before there were limits: then nothing is limited. */
  readonly outgoing?: OutgoingRule;
};

type CoreLists = "clients" | "trunks" | "numbers" | "operators" | "queues" | "hours" | "scenarios";
/** Entries that are put in the place of what has their id, or where their id belongs, and ids of those that go. */
export type ListChange<T> = { readonly put: readonly T[]; readonly gone: readonly string[] };
/** From one configuration of the core to the next: only what is different. */
export type CoreConfigChange = {
  /** The version that it changes. */
  readonly from: number;
  readonly version: number;
  readonly settings: Partial<Omit<CoreConfig, "version" | CoreLists>>;
  readonly lists: { readonly [K in CoreLists]?: ListChange<CoreConfig[K][number]> };
  /** Of queues in which nothing else is different: new members come last. */
  readonly members: readonly {
    readonly queueId: string;
    readonly put: Queue["operators"];
    readonly gone: readonly string[];
  }[];
};
