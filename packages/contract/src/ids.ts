import { z } from "zod";
import { sentences } from "./said.ts";

/** Keys a person reads: lower-case letters, digits and hyphens, 1 to 64 characters. They stand in the centre file. */
export const keySchema = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-z0-9][a-z0-9-]*$/, sentences.FORM_KEY);

/** Ids made by machines: UUIDs from the shell, or "kind + seq - number" derived by the core from the entry's seq. */
export const idSchema = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9._:~-]+$/);

/** Stands where a client would for what belongs to none: the centre's own. */
export const ownClientId = "~";
export const clientRefSchema = z.union([z.literal(ownClientId), keySchema]);

/** Milliseconds since 1970, up to the last day that every part of us can write down. */
export const instantSchema = z.coerce.number().int().min(0).max(8_640_000_000_000_000);

/** Count of changes of a thing, to be given back with the next change. */
export const versionSchema = z.int().min(0);

/** An object whose keys are data: at most `max` of them. */
export function recordOf<V extends z.ZodType>(key: z.ZodType<string, string>, value: V, max: number, message?: string) {
  const refusal = message ?? `at most ${max} entries`;
  return z
    .record(key as z.ZodString, value)
    .refine((entries) => Object.keys(entries).length <= max, refusal)
    .meta({ maxProperties: max });
}

export type CentreId = string;
export type ContactId = string;
export type OperatorId = string;
export type UserId = string;
export type DeviceId = string;
export type TrunkId = string;
export type NumberId = string;
export type ClientId = string;
export type QueueId = string;
export type SkillId = string;
export type ScenarioId = string;
export type StepId = string;
export type HoursId = string;
export type PromptId = string;
export type DispositionId = string;
export type BreakReasonId = string;
export type CustomerId = string;
export type AddressId = string;
export type LegId = string;
export type RoomId = string;
export type OfferId = string;
export type PlayId = string;
export type CollectId = string;
export type RecordingId = string;

export const languageSchema = z.enum(["en", "ru", "bg"]);
export type Language = z.infer<typeof languageSchema>;
