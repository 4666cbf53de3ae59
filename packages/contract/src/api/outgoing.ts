import { z } from "zod";
import { idSchema } from "../ids.ts";
import { destinationClassSchema, outgoingRefusals, outgoingScopes } from "../outgoing.ts";
import { type Access, route } from "./route.ts";

const scope = z.enum(outgoingScopes);
const refusal = z.enum(outgoingRefusals);
const readers: Access = ["supervisor", "manager", "technician"];

export const outgoingRoutes = {
  outgoing: route({
    method: "GET",
    path: "/api/outgoing",
    access: readers,
    summary: "What calls out have used today of their limits, and which were refused",
    response: z.object({
      currency: z.string(),
      /** The countries that may be called: the chosen ones and those of centre, clients and lines. */
      countries: z.array(z.string()),
      used: z
        .array(
          z.object({
            scope,
            id: z.string().nullable(),
            name: z.string(),
            atOnce: z.number(),
            calls: z.number(),
            minutes: z.number(),
            spent: z.number(),
            /** The largest share of a limit, in percent; null where nothing is limited. */
            percent: z.number().nullable(),
          }),
        )
        .max(200),
      refused: z
        .array(
          z.object({
            at: z.number(),
            operator: z.string().nullable(),
            code: refusal,
            scope: scope.nullable(),
            country: z.string().nullable(),
            class: destinationClassSchema.nullable(),
          }),
        )
        .max(50),
      /** Since the server was started. */
      refusedTotal: z.number(),
    }),
  }),
  tryNumber: route({
    method: "POST",
    path: "/api/outgoing/try",
    access: readers,
    summary: "Whether a number would be dialled now, and why not",
    body: z.object({ number: z.string().trim().min(1).max(64), userId: idSchema.nullable().default(null) }),
    response: z.object({
      /** What it is: a number outside, one for emergencies, or a colleague's extension. */
      kind: z.enum(["outside", "emergency", "colleague"]),
      display: z.string(),
      allowed: z.boolean(),
      code: refusal.nullable(),
      scope: scope.nullable(),
      country: z.string().nullable(),
      class: destinationClassSchema.nullable(),
      perMinute: z.number().nullable(),
    }),
  }),
} as const;
