import { z } from "zod";
import { saidSchema } from "../said.ts";
import { bulkRoutes } from "./bulk.ts";
import { configRoutes } from "./config.ts";
import { contactsRoutes } from "./contacts.ts";
import { customersRoutes } from "./customers.ts";
import { deskRoutes } from "./desk.ts";
import { holidaysRoutes } from "./holidays.ts";
import { importsRoutes } from "./imports.ts";
import { outgoingRoutes } from "./outgoing.ts";
import { problem } from "./route.ts";
import { sessionRoutes } from "./session.ts";
import { systemRoutes } from "./system.ts";

export { bulkMax, type CustomerAction, type MissedAction, type UserAction } from "./bulk.ts";
export type { DeskTarget } from "./desk.ts";
export { deskTargetSchema } from "./desk.ts";
export { type Holiday, holidayKinds } from "./holidays.ts";
export {
  type ImportDelimiter,
  type ImportField,
  importDelimiters,
  importEncodings,
  importFields,
  importLineMax,
  importOptionsSchema,
} from "./imports.ts";
export type { Access, Route } from "./route.ts";
export { password as passwordSchema } from "./route.ts";
export { type AccountState, accountStates } from "./session.ts";
export type { Notice } from "./system.ts";

export const routes = {
  ...sessionRoutes,
  ...configRoutes,
  ...customersRoutes,
  ...importsRoutes,
  ...holidaysRoutes,
  ...bulkRoutes,
  ...contactsRoutes,
  ...deskRoutes,
  ...outgoingRoutes,
  ...systemRoutes,
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
  /** Set where `message` is more exact than the code: the same sentence for a screen in another language. */
  said: saidSchema.optional(),
  requestId: z.string().optional(),
});
export type ErrorBody = z.infer<typeof errorBodySchema>;
