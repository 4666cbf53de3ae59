import { z } from "zod";
import { clientRefSchema, versionSchema } from "../ids.ts";
import { contactRowSchema, customerInputSchema, customerSchema, customerSummarySchema } from "../views.ts";
import { id, list, operator, page, route } from "./route.ts";

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
} as const;
