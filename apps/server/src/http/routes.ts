import {
  type Access,
  bulkMax,
  type ErrorBody,
  errorBodySchema,
  type Route,
  type RouteName,
  routes,
} from "@centrala/contract";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import { checkOrigin, identify, permits } from "../accounts/access.ts";
import type { App } from "../app.ts";
import { jsonBytesMaxDefault } from "./bodies.ts";
import { HttpProblem } from "./errors.ts";
import { type Call, type Caller, type Handlers, whoOf } from "./handler.ts";
import { HeavyLimit } from "./heavy-limit.ts";
import { limitWrites } from "./limit-writes.ts";
import { whenOver } from "./over.ts";
import type { Services } from "./services.ts";

/** Tries a minute and address on routes that a stranger may call. */
const strangerTriesPerMinute: Readonly<Partial<Record<RouteName, number>>> = {
  setup: 20,
  setupLink: 60,
  // A whole office comes from one address; failures have limits of their own (accounts/sign-in.ts).
  signIn: 600,
  invitation: 30,
  acceptInvitation: 30,
};
/** The audit names every row of what is done to many. */
const bulkRoutes: ReadonlySet<RouteName> = new Set([
  "bulkUsers",
  "bulkCustomers",
  "bulkMissed",
  "exportChosenCustomers",
]);
const rowsPerChange = 100;
/** Whole tables are read and written out. */
const tableRoutes: ReadonlySet<RouteName> = new Set([
  "exportContacts",
  "exportMissed",
  "exportCustomers",
  "exportChosenCustomers",
  "exportCentre",
  "importProblems",
]);
const strangersBodyMsMax = 10_000;
/** Files come in parts, which have limits of their own (server.ts); nobody sends JSON there. */
const uploadJsonBytesMax = 1_024;

/** Bodies above this are held in memory by a few only. */
const largeBodyBytes = 1_000_000;

type AnyHandler = (call: Call<RouteName>) => Promise<unknown>;

/** Registers every route of the contract with its handler: validation, access and the answer's shape come from the contract alone. */
export function registerRoutes(http: FastifyInstance, services: Services, handlers: Handlers): void {
  const files = new HeavyLimit({ perCaller: 3, inAll: 8 });
  const tables = new HeavyLimit({ perCaller: 3, inAll: 24 });
  for (const name of Object.keys(routes) as RouteName[]) {
    const route: Route = routes[name];
    const large = route.upload === true || (route.bodyBytesMax ?? 0) > largeBodyBytes;
    const heavy = large ? files : tableRoutes.has(name) ? tables : undefined;
    registerRoute(http, services, name, handlers[name] as unknown as AnyHandler, heavy);
  }
}

function registerRoute(
  http: FastifyInstance,
  services: Services,
  name: RouteName,
  handler: AnyHandler,
  heavy: HeavyLimit | undefined,
): void {
  const route: Route = routes[name];
  const limit = strangerTriesPerMinute[name];
  http.route({
    method: route.method,
    url: route.path,
    schema: schemaOf(name, route),
    // Without a body a table would be read to its end all the same, with nobody waiting for it.
    exposeHeadRoute: !tableRoutes.has(name),
    bodyLimit: route.upload === true ? uploadJsonBytesMax : (route.bodyBytesMax ?? jsonBytesMaxDefault),
    config: limit === undefined ? {} : { rateLimit: { max: limit, timeWindow: 60_000 } },
    // Access is decided before a body is read, so that a stranger cannot make us parse anything.
    onRequest: async (request, reply) => {
      request.caller = await admit(services.app, route.access, request);
      if (route.method !== "GET") limitWrites(services, request.caller, 1);
      if (request.caller !== null) services.strangers.known(request.raw.socket);
      if (heavy !== undefined && request.caller !== null) takeShare(heavy, request.caller, reply);
    },
    // What is said of people and calls stays in no cache on the way, and in none of the browser.
    onSend: async (_request, reply) => {
      if (!reply.hasHeader("cache-control")) void reply.header("cache-control", "no-store");
    },
    preParsing: async (request) => {
      if (request.caller === null) receiveSoon(request);
    },
    preHandler: async (request) => {
      const rows = bulkRoutes.has(name) ? rowsOf(request.body) : 0;
      if (rows > 0) limitWrites(services, request.caller, Math.floor(rows / rowsPerChange));
    },
    handler: async (request: FastifyRequest, reply: FastifyReply) => handler(callOf(services, request, reply)),
  });
}

function callOf(services: Services, request: FastifyRequest, reply: FastifyReply): Call<RouteName> {
  const { params, query, body, caller } = request;
  const reached = (): void => undefined;
  const call = { app: services.app, services, params, query, body, caller, reached, request, reply };
  return call as unknown as Call<RouteName>;
}

/** The caller, or a refusal: NOT_SIGNED_IN, FORBIDDEN, ORIGIN_REFUSED. */
async function admit(app: App, access: Access, request: FastifyRequest): Promise<Caller | null> {
  checkOrigin(app, request.raw);
  const caller = await identify(app, request.raw);
  if (access === "public") return caller;
  if (caller === null) throw new HttpProblem("NOT_SIGNED_IN");
  if (!permits(access, caller.roles)) throw new HttpProblem("FORBIDDEN");
  return caller;
}

/** A stranger's body comes within seconds or not at all. */
function receiveSoon({ raw }: FastifyRequest): void {
  if (raw.complete) return;
  const timer = setTimeout(() => raw.destroy(), strangersBodyMsMax);
  const received = (): void => clearTimeout(timer);
  raw.once("end", received).once("close", received);
}

/** Without a list of rows all are meant that a search finds, as many as one request may. */
function rowsOf(body: unknown): number {
  const { ids } = body as { readonly ids?: readonly string[] };
  return ids === undefined ? bulkMax : ids.length;
}

function takeShare(heavy: HeavyLimit, caller: Caller, reply: FastifyReply): void {
  const end = heavy.begin(`${caller.centre.id}/${whoOf(caller)}`);
  if (end === undefined) throw new HttpProblem("TOO_MANY_REQUESTS", { retryAfterS: 5 });
  whenOver(reply, end);
}

function schemaOf(name: RouteName, route: Route): Record<string, unknown> {
  return {
    operationId: name,
    summary: route.summary,
    tags: [route.path.split("/")[2] ?? "api"],
    description: accessText(route.access),
    ...(route.params === undefined ? {} : { params: route.params }),
    ...(route.query === undefined ? {} : { querystring: route.query }),
    ...(route.body === undefined ? {} : { body: route.body }),
    ...(route.upload === true ? { consumes: ["multipart/form-data"] } : {}),
    ...(route.download === true ? {} : { response: { 200: route.response, default: errorBodySchema } }),
  };
}

function accessText(access: Access): string {
  if (access === "public") return "Anyone.";
  if (access === "user") return "Anyone signed in.";
  return `Roles: ${access.join(", ")}.`;
}

/** Answers are made to fit their schema, which also drops fields nobody declared; `strict` (tests) refuses what does not fit. */
export function serializer(strict: boolean, onMismatch: (url: string, problem: string) => void) {
  return ({ schema, url }: { schema: z.ZodType; url: string }) =>
    (data: unknown): string => {
      const parsed = schema.safeParse(data);
      if (parsed.success) return JSON.stringify(parsed.data);
      if (isErrorBody(data)) return JSON.stringify(data);
      onMismatch(url, parsed.error.message);
      if (strict) throw parsed.error;
      return JSON.stringify(data);
    };
}

function isErrorBody(data: unknown): data is ErrorBody {
  return errorBodySchema.safeParse(data).success;
}

declare module "fastify" {
  interface FastifyRequest {
    caller: Caller | null;
  }
}
