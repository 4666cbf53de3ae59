import {
  breakReasonSchema,
  centreSchema,
  clientRefSchema,
  clientSchema,
  deviceSchema,
  hoursSchema,
  languageSchema,
  numberSchema,
  outgoingSchema,
  promptSchema,
  queueSchema,
  scenarioSchema,
  scenarioStepSchema,
  sentences,
  skillSchema,
  transferTargetSchema,
  trunkSchema,
  userSchema,
} from "@centrala/contract";
import { z } from "zod";

const login = userSchema.shape.login;

/** A secret never stands in the file: the file names a variable or a file of the computer from which it is applied. */
export const secretRefSchema = z
  .union([
    z.object({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, sentences.FORM_SECRET) }).strict(),
    z.object({ file: z.string().min(1).max(1_000) }).strict(),
  ])
  .describe("Where the secret is read when the file is applied; absent keeps what is stored");
export type SecretRef = z.infer<typeof secretRefSchema>;

const fileTargetSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("operator"), login }).strict(),
  transferTargetSchema.options[1],
  transferTargetSchema.options[2],
]);
/** Steps as the contract has them, but a transfer names its operator by login. */
const fileStepSchema = z.discriminatedUnion("kind", [
  ...scenarioStepSchema.options.filter((option) => option.shape.kind.value !== "transfer"),
  ...scenarioStepSchema.options
    .filter((option) => option.shape.kind.value === "transfer")
    .map((option) => option.extend({ target: fileTargetSchema })),
] as unknown as typeof scenarioStepSchema.options);

const fileTrunkSchema = trunkSchema
  .extend({
    registration: trunkSchema.shape.registration
      .unwrap()
      .unwrap()
      .omit({ password: true })
      .extend({ password: secretRefSchema.optional() })
      .strict()
      .nullable()
      .default(null),
  })
  .strict();

const fileDeviceSchema = deviceSchema
  .omit({ userId: true, password: true })
  .extend({ password: secretRefSchema.optional() })
  .strict();

const fileUserSchema = userSchema
  .omit({ id: true })
  .extend({
    password: secretRefSchema.optional().describe("First password; one that was chosen already stays"),
    devices: z.array(fileDeviceSchema).max(10).default([]),
  })
  .strict();

const fileQueueSchema = queueSchema
  .omit({ operators: true })
  .extend({
    operators: z
      .array(z.object({ login, tier: z.int().min(1).max(9).default(1) }).strict())
      .max(5_000)
      .default([]),
  })
  .strict();

const fileScenarioSchema = scenarioSchema
  .extend({ steps: z.record(scenarioSchema.shape.start, fileStepSchema) })
  .strict();

const filePromptSchema = promptSchema
  .omit({ sha256: true, durationMs: true })
  .extend({
    file: z
      .string()
      .min(1)
      .max(1_000)
      .optional()
      .describe("WAV file beside the centre file, uploaded when it is applied"),
  })
  .strict();

const fileCustomerSchema = z
  .object({
    client: clientRefSchema
      .optional()
      .describe('Whose customer: the key of a client, or "~" for the centre\'s own; absent leaves it as it is'),
    name: z.string().trim().min(1).max(200),
    company: z.string().max(200).default(""),
    phones: z.array(z.string().max(32)).max(20).default([]),
    emails: z.array(z.string().max(254)).max(20).default([]),
    language: languageSchema.nullable().default(null),
    note: z.string().max(4_000).default(""),
  })
  .strict();

/** Limits of calls out that are absent stay as they are: a file from before them must not undo what somebody set. */
const fileCentreSchema = centreSchema.extend({ outgoing: outgoingSchema.optional() }).strict();

/** A file describes a centre; a company's whole list of customers comes by the importer. */
export const fileCustomersMax = 2_000;

/**
 * A centre as a file. A section that is absent is left alone; one that is there is the whole list: what it does not hold
 * is removed (people are made inactive, customers stay).
 */
export const centreFileSchema = z
  .object({
    version: z.literal(1),
    centre: fileCentreSchema.optional(),
    clients: z.array(clientSchema).max(2_000).optional(),
    trunks: z.array(fileTrunkSchema).max(500).optional(),
    numbers: z.array(numberSchema).max(20_000).optional(),
    skills: z.array(skillSchema).max(1_000).optional(),
    users: z.array(fileUserSchema).max(10_000).optional(),
    hours: z.array(hoursSchema).max(1_000).optional(),
    breakReasons: z.array(breakReasonSchema).max(100).optional(),
    prompts: z.array(filePromptSchema).max(5_000).optional(),
    queues: z.array(fileQueueSchema).max(2_000).optional(),
    scenarios: z.array(fileScenarioSchema).max(1_000).optional(),
    customers: z.array(fileCustomerSchema).max(fileCustomersMax).optional(),
  })
  .strict();

export type CentreFile = z.infer<typeof centreFileSchema>;
export type FileCustomer = NonNullable<CentreFile["customers"]>[number];

/** The file's sections and the kinds of entities they hold. */
export const sectionOfKind = {
  client: "clients",
  trunk: "trunks",
  number: "numbers",
  skill: "skills",
  user: "users",
  device: "users",
  hours: "hours",
  breakReason: "breakReasons",
  prompt: "prompts",
  queue: "queues",
  scenario: "scenarios",
} as const;

/** The JSON Schema of the file, for editors. */
export function centreFileJsonSchema(): unknown {
  return {
    ...z.toJSONSchema(centreFileSchema, { io: "input" }),
    title: "Centrala centre file",
    $id: "https://centrala.example/centre-file.schema.json",
  };
}
