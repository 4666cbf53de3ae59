import type { FastifyInstance } from "fastify";
import { identify, permits } from "../accounts/access.ts";
import type { App } from "../app.ts";
import { stuckAfterMs } from "../core/loop.ts";
import { HttpProblem } from "./errors.ts";
import { isLocal } from "./hosts.ts";
import type { Services } from "./services.ts";

const pingMsMax = 2_000;
const readinessKeptMs = 250;

/** `/healthz` (the process lives), `/readyz` (it can take calls), `/metrics` (Prometheus; this machine or a technician's token). */
export function registerHealth(http: FastifyInstance, services: Services): void {
  const { app } = services;
  const plain = { schema: { hide: true }, config: { rateLimit: false } } as const;
  http.get("/healthz", plain, async () => ({ ok: true, version: app.version }));
  let asked: { readonly at: number; readonly state: Promise<Readiness> } | undefined;
  http.get("/readyz", plain, async (_request, reply) => {
    // Anybody may ask, as often as they like: the database is asked once for all of them.
    const at = performance.now();
    if (asked === undefined || at - asked.at >= readinessKeptMs) asked = { at, state: readiness(app) };
    const { ok, ...state } = await asked.state;
    if (!ok) void reply.header("retry-after", "5");
    return reply.code(ok ? 200 : 503).send({ ok, ...state });
  });
  http.get("/metrics", plain, async (request, reply) => {
    if (!isLocal(app, request.raw)) {
      const caller = await identify(app, request.raw);
      if (caller === null) throw new HttpProblem("NOT_SIGNED_IN");
      if (!permits(["technician"], caller.roles)) throw new HttpProblem("FORBIDDEN");
    }
    const { type, body } = await services.metrics.text();
    return reply.type(type).send(body);
  });
}

type Readiness = {
  readonly ok: boolean;
  readonly database: boolean;
  readonly centres: number;
  readonly reason?: "DISK_FULL" | "DATABASE_AWAY" | "JOURNAL_STUCK" | "CENTRE_MISSING" | "NOT_SET_UP";
};

/** Whether it takes calls. An installation that was not set up yet is ready for that, and says so. */
async function readiness(app: App): Promise<Readiness> {
  const centres = app.centres.size;
  const database = await answers(app.store.ping());
  // Whoever is woken by it is to know what to do.
  const isFull = app.watch.notices().some(({ code }) => code === "DISK_FULL");
  if (!database) return { ok: false, database, centres, reason: isFull ? "DISK_FULL" : "DATABASE_AWAY" };
  if ([...app.centres.values()].some((centre) => centre.core.stuckMs > stuckAfterMs))
    return { ok: false, database, centres, reason: isFull ? "DISK_FULL" : "JOURNAL_STUCK" };
  if (centres > 0) return { ok: true, database, centres };
  const stored = await app.store.centres.list();
  return stored.length > 0
    ? { ok: false, database, centres, reason: "CENTRE_MISSING" }
    : { ok: true, database, centres, reason: "NOT_SET_UP" };
}

function answers(ping: Promise<void>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), pingMsMax);
    ping
      .then(
        () => resolve(true),
        () => resolve(false),
      )
      .finally(() => clearTimeout(timer));
  });
}
