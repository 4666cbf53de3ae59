import { z } from "zod";
import { clientRefSchema, idSchema, keySchema, languageSchema } from "../ids.ts";
import { saidSchema } from "../said.ts";
import { builder, operator, route, seer } from "./route.ts";

/** Rows of one request; a page that has more asks again. */
export const bulkMax = 1_000;
const ids = z.array(idSchema).min(1).max(bulkMax);
const skillLevels = z.array(z.object({ skillId: keySchema, level: z.int().min(1).max(10) }).strict()).max(100);

/** What became of the rows: those that could not be changed are named with the reason, all others were. */
const outcome = {
  done: z.array(z.string()),
  refused: z.array(saidSchema.extend({ id: z.string(), message: z.string() })),
};
/** All rows that a list shows, from where the request before ended: `next` of its answer. */
const rest = { cursor: z.string().max(512).optional() };
const next = z.string().nullable();

const personState = z.object({
  id: idSchema,
  language: languageSchema.nullable(),
  skills: skillLevels,
  active: z.boolean(),
});

export const userActionSchema = z.discriminatedUnion("do", [
  z.object({ do: z.literal("join"), queueId: keySchema, tier: z.int().min(1).max(9) }).strict(),
  z.object({ do: z.literal("leave"), queueId: keySchema }).strict(),
  z.object({ do: z.literal("skill"), skillId: keySchema, level: z.int().min(1).max(10) }).strict(),
  z.object({ do: z.literal("language"), language: languageSchema.nullable() }).strict(),
  z.object({ do: z.literal("active"), active: z.boolean() }).strict(),
  z.object({ do: z.literal("invite") }).strict(),
  /** Takes back: each as it was said to have been. */
  z.object({ do: z.literal("restore"), people: z.array(personState).min(1).max(bulkMax) }).strict(),
]);
export type UserAction = z.infer<typeof userActionSchema>;

export const customerActionSchema = z.discriminatedUnion("do", [
  z.object({ do: z.literal("client"), clientId: clientRefSchema }).strict(),
  z.object({ do: z.literal("erase") }).strict(),
]);
export type CustomerAction = z.infer<typeof customerActionSchema>;

export const missedActionSchema = z.discriminatedUnion("do", [
  z.object({ do: z.literal("close"), reason: z.string().trim().min(1).max(200) }).strict(),
  z.object({ do: z.literal("reopen") }).strict(),
]);
export type MissedAction = z.infer<typeof missedActionSchema>;

export const bulkRoutes = {
  bulkUsers: route({
    method: "POST",
    path: "/api/users/bulk",
    access: builder,
    summary: "Changes many people at once: queue, skill, language, access, invitation; people themselves for managers",
    body: z.object({ ids, action: userActionSchema }),
    response: z.object({
      ...outcome,
      /** As those that were changed were before, to take it back. */
      before: z.array(personState),
      invitations: z.array(z.object({ userId: z.string(), url: z.string(), expiresAt: z.number() })),
    }),
  }),
  bulkCustomers: route({
    method: "POST",
    path: "/api/customers/bulk",
    access: operator,
    summary: "Gives many cards to a client, or erases them (managers); without ids, all that a search finds",
    body: z.object({
      ids: ids.optional(),
      search: z.string().max(120).optional(),
      clientId: clientRefSchema.optional(),
      ...rest,
      action: customerActionSchema,
    }),
    response: z.object({
      ...outcome,
      /** Whose the cards were that were given to a client. */
      before: z.array(z.object({ id: z.string(), clientId: z.string() })),
      next,
    }),
  }),
  bulkMissed: route({
    method: "POST",
    path: "/api/missed/bulk",
    access: operator,
    summary: "Takes many missed callers off the list, or puts them back; without ids, all that the list shows",
    body: z.object({
      ids: ids.optional(),
      queueId: z.string().max(64).optional(),
      clientId: z.string().max(64).optional(),
      ...rest,
      action: missedActionSchema,
    }),
    response: z.object({ ...outcome, next }),
  }),
  exportCustomers: route({
    method: "GET",
    path: "/api/export/customers",
    access: seer,
    summary: "Customers as a CSV or XLSX file, as a search finds them; at most 500,000",
    query: z.object({
      search: z.string().max(120).optional(),
      clientId: clientRefSchema.optional(),
      format: z.enum(["csv", "xlsx"]).optional(),
      language: languageSchema.optional(),
    }),
    download: true,
    response: z.unknown(),
  }),
  exportChosenCustomers: route({
    method: "POST",
    path: "/api/export/customers",
    access: seer,
    summary: "These customers as a CSV or XLSX file",
    body: z.object({ ids, format: z.enum(["csv", "xlsx"]).optional(), language: languageSchema.optional() }),
    download: true,
    response: z.unknown(),
  }),
} as const;
