import { z } from "zod";
import { languageSchema } from "../ids.ts";
import { builder, route } from "./route.ts";

const clock = z.string().regex(/^(?:[01]\d|2[0-4]):[0-5]\d$/);
/** From the strongest on: what most places close for, and what is only kept in mind. */
export const holidayKinds = ["public", "bank", "optional", "school", "observance"] as const;

/** A day of a country's calendar; a half holiday closes from or until a time of the day. */
export const holidaySchema = z.object({
  date: z.iso.date(),
  name: z.string(),
  kind: z.enum(holidayKinds),
  closedFrom: clock,
  closedTo: clock,
  /** A day off for a holiday that falls on a weekend. */
  substitute: z.boolean(),
});
export type Holiday = z.infer<typeof holidaySchema>;

export const holidaysRoutes = {
  holidays: route({
    method: "GET",
    path: "/api/holidays",
    access: builder,
    summary: "Holidays of a country, for opening hours: to be looked through by a person, governments move days",
    query: z.object({
      country: z.string().regex(/^[A-Z]{2}$/),
      /** A part of the country as `regions` names it. */
      region: z
        .string()
        .regex(/^[A-Za-z0-9-]{1,16}$/)
        .optional(),
      /** Up to five, with commas between them. */
      years: z.string().regex(/^20\d\d(?:,20\d\d){0,4}$/),
      language: languageSchema.optional(),
    }),
    response: z.object({
      items: z.array(holidaySchema),
      regions: z.array(z.object({ code: z.string(), name: z.string() })),
    }),
  }),
} as const;
