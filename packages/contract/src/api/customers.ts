import { z } from "zod";
import { clientRefSchema, recordOf, versionSchema } from "../ids.ts";
import { contactRowSchema, customerInputSchema, customerSchema, customerSummarySchema } from "../views.ts";
import { builder, id, list, operator, page, problem, route } from "./route.ts";

const imported = z.object({
  columns: z.array(z.string()),
  rows: z.array(z.array(z.string())).max(50),
  total: z.number(),
  mapping: z.record(z.string(), z.string().nullable()),
  importId: z.string(),
  problems: z.array(problem).max(200),
});

/** What a column of an imported file can hold. `phone2` and `email2` add further ones; several columns with names are joined. */
export const importFields = [
  "name",
  "firstName",
  "lastName",
  "company",
  "phone",
  "phone2",
  "email",
  "email2",
  "language",
  "note",
] as const;

export const customersRoutes = {
  customers: route({
    method: "GET",
    path: "/api/customers",
    access: operator,
    summary: "Customers by name, number or e-mail; an operator sees those of the clients of their queues",
    query: z.object({ ...list, search: z.string().max(120).optional(), clientId: clientRefSchema.optional() }),
    response: page(customerSchema).extend({
      /** How many there are in all, on the first page only; `countMax` of them at most are counted. */
      count: z.number().nullable(),
      countMax: z.number(),
    }),
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
    body: customerInputSchema.extend({ version: versionSchema }),
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
    body: z.object({ mapping: recordOf(z.string().max(2_000), z.string().max(64).nullable(), 1_000) }),
    response: z.object({ created: z.number(), updated: z.number(), skipped: z.number(), problems: z.array(problem) }),
  }),
} as const;
