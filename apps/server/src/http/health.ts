import type { FastifyInstance } from "fastify";
import { identify, permits } from "../accounts/access.ts";
import { HttpProblem } from "./errors.ts";
import { isLocal } from "./hosts.ts";
import type { Services } from "./services.ts";

const pingMsMax = 2_000;

/** `/healthz` (the process lives), `/readyz` (it can take calls), `/metrics` (Prometheus; this machine or a technician's token). */
export function registerHealth(http: FastifyInstance, services: Services): void {
  const { app } = services;
  const plain = { schema: { hide: true }, config: { rateLimit: false } } as const;
  http.get("/healthz", plain, async () => ({ ok: true, version: app.version }));
  http.get("/readyz", plain, async (_request, reply) => {
    const database = await answers(app.store.ping());
    const needed = app.centres.size === 0 && database ? (await app.store.centres.list()).length > 0 : false;
    const ready = database && !needed;
    return reply.code(ready ? 200 : 503).send({ ok: ready, database, centres: app.centres.size });
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
