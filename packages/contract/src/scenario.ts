import { z } from "zod";
import { idSchema, keySchema, languageSchema, recordOf } from "./ids.ts";
import { sentences } from "./said.ts";

/** What a step plays: a shipped sound by name, or a prompt of the centre by key. Spoken in the contact's language. */
export const promptRefSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("sound"), name: z.string().min(1).max(64) }),
  z.object({ kind: z.literal("prompt"), promptId: keySchema }),
]);
export type PromptRef = z.infer<typeof promptRefSchema>;
const prompts = z.array(promptRefSchema).max(20);

const stepId = keySchema;
const variable = z.string().regex(/^[a-z][a-zA-Z0-9_]{0,31}$/, sentences.FORM_VARIABLE);
const value = z.string().max(256);

export const transferTargetSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("operator"), operatorId: idSchema }),
  z.object({ kind: z.literal("queue"), queueId: keySchema }),
  /** A number outside, as a person would dial it. In the journal an address id stands in its place. */
  z.object({ kind: z.literal("number"), number: z.string().min(1).max(64) }),
]);

const base = { label: z.string().max(80).default("") };

/** One step of a call flow. `next: null` ends the call politely. */
export const scenarioStepSchema = z.discriminatedUnion("kind", [
  /** Speaks, then goes on. The first step that plays answers the call. */
  z.object({ ...base, kind: z.literal("play"), prompts, next: stepId.nullable() }),
  z.object({
    ...base,
    kind: z.literal("menu"),
    prompts,
    choices: z
      .array(z.object({ key: z.string().regex(/^[0-9*#]$/), next: stepId, label: z.string().max(80).default("") }))
      .min(1)
      .max(12),
    timeoutMs: z.int().min(1_000).max(60_000).default(6_000),
    attempts: z.int().min(1).max(10).default(3),
    /** Where a caller goes who pressed nothing or nothing valid, after all attempts. */
    otherwise: stepId.nullable(),
  }),
  /** Gathers keys into a variable; sensitive ones (cards, PINs) never reach the journal. */
  z.object({
    ...base,
    kind: z.literal("collect"),
    prompts,
    into: variable,
    keysMin: z.int().min(1).max(32).default(1),
    keysMax: z.int().min(1).max(32),
    terminator: z.enum(["#", "*"]).nullable().default("#"),
    timeoutMs: z.int().min(1_000).max(60_000).default(6_000),
    attempts: z.int().min(1).max(10).default(3),
    sensitive: z.boolean().default(false),
    next: stepId.nullable(),
    otherwise: stepId.nullable(),
  }),
  z.object({
    ...base,
    kind: z.literal("hours"),
    hoursId: keySchema,
    open: stepId.nullable(),
    closed: stepId.nullable(),
  }),
  z.object({ ...base, kind: z.literal("set"), variable, value, next: stepId.nullable() }),
  z.object({
    ...base,
    kind: z.literal("test"),
    /** A collected or set variable, or one of: caller, called, language. */
    variable,
    operator: z.enum(["equals", "starts-with", "is-empty"]),
    value: value.default(""),
    then: stepId.nullable(),
    otherwise: stepId.nullable(),
  }),
  z.object({ ...base, kind: z.literal("wait"), durationMs: z.int().min(100).max(600_000), next: stepId.nullable() }),
  z.object({ ...base, kind: z.literal("language"), language: languageSchema, next: stepId.nullable() }),
  z.object({
    ...base,
    kind: z.literal("transfer"),
    target: transferTargetSchema,
    ringTimeoutMs: z.int().min(5_000).max(120_000).default(30_000),
    /** Where the caller goes when nobody answered there. */
    otherwise: stepId.nullable(),
  }),
  /** Waits in a queue; the queue holds music, announcements and limits. `otherwise`: full, waited too long, nobody on duty. */
  z.object({
    ...base,
    kind: z.literal("queue"),
    queueId: keySchema,
    priority: z.int().min(0).max(100).default(50),
    otherwise: stepId.nullable(),
  }),
  z.object({
    ...base,
    kind: z.literal("voicemail"),
    prompts,
    queueId: keySchema.nullable().default(null),
    durationMsMax: z.int().min(5_000).max(600_000).default(120_000),
    next: stepId.nullable(),
  }),
  z.object({ ...base, kind: z.literal("hang-up"), prompts: prompts.default([]) }),
]);
export type ScenarioStep = z.infer<typeof scenarioStepSchema>;

export const scenarioSchema = z
  .object({
    id: keySchema,
    name: z.string().min(1).max(120),
    clientId: keySchema,
    language: languageSchema,
    start: stepId,
    steps: recordOf(stepId, scenarioStepSchema, 500, sentences.FORM_STEPS),
  })
  .strict();
export type Scenario = z.infer<typeof scenarioSchema>;
