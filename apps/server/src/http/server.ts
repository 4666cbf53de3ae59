import { randomHex } from "@centrala/kit";
import helmet from "@fastify/helmet";
import multipart from "@fastify/multipart";
import rateLimit from "@fastify/rate-limit";
import Fastify, { type FastifyInstance, LogController } from "fastify";
import { validatorCompiler } from "fastify-type-provider-zod";
import { AccountUpkeep } from "../accounts/upkeep.ts";
import type { App } from "../app.ts";
import { LiveHub } from "../live/hub.ts";
import { registerApiDocs } from "./api-docs.ts";
import { jsonBytesMaxDefault, takeBodies } from "./bodies.ts";
import type { ServerCertificate } from "./certificates.ts";
import { answerError } from "./errors.ts";
import { guard } from "./guard.ts";
import { deskCommands } from "./handlers/desk.ts";
import { handlers } from "./handlers/index.ts";
import { registerHealth } from "./health.ts";
import { basePath, networkOf } from "./hosts.ts";
import { type Answer, Listeners } from "./listeners.ts";
import type { Metrics } from "./metrics.ts";
import { registerRoutes, serializer } from "./routes.ts";
import { Services } from "./services.ts";
import { registerWebApp } from "./web-app.ts";

export type HttpOptions = {
  /** Null: no HTTPS (tests). */
  readonly certificate: ServerCertificate | null;
  /** Asked twice a day: a certificate made anew because its end is near or an address came. */
  readonly renewCertificate?: () => Promise<ServerCertificate>;
  /** An answer that does not fit its schema is an error (tests) instead of a line in the log. */
  readonly strictAnswers?: boolean;
  /** Folder of the built web app; apps/web/dist unless told. */
  readonly webFolder?: string;
};
export type HttpServers = {
  readonly http: FastifyInstance;
  readonly services: Services;
  readonly metrics: Metrics;
  /** Opens both listeners; rejects with code PORT_TAKEN and one line that names the setting. */
  listen(): Promise<{ readonly httpPort: number; readonly httpsPort: number | null }>;
  /** A renewed certificate for connections from now on. */
  setCertificate(certificate: ServerCertificate): void;
  /** Takes nothing new, ends live connections, waits for running requests. Idempotent. */
  close(): Promise<void>;
};

const renewEveryMs = 12 * 3_600_000;
const fileBytesMax = 20 * 1024 * 1024;
/** A whole office may come from one address. */
const addressRequestsPerMinute = 20_000;

/** Everything between a request and the core: HTTP for this machine, HTTPS for everyone else, live push on both. */
export async function createHttp(app: App, options: HttpOptions): Promise<HttpServers> {
  const listeners = new Listeners(options.certificate, basePath(app));
  const services = new Services(app);
  const hub = new LiveHub(services, deskCommands);
  const upkeep = new AccountUpkeep(app);
  listeners.onConnection((socket) => services.strangers.add(socket));
  listeners.onUpgrade((request, socket, head) => hub.upgrade(request, socket, head));
  const http = createFastify(app, listeners, options.strictAnswers === true);
  await registerAll(http, services, options);
  const renewal = keepRenewed(app, options, listeners);
  const close = async (): Promise<void> => {
    clearInterval(renewal);
    hub.close();
    services.close();
    const ended = listeners.close();
    await http.close();
    await ended;
    await upkeep.close();
  };
  let closing: Promise<void> | undefined;
  return {
    http,
    services,
    metrics: services.metrics,
    listen: () => listeners.open(app.settings),
    setCertificate: (certificate) => listeners.setCertificate(certificate),
    close: () => (closing ??= close()),
  };
}

function createFastify(app: App, listeners: Listeners, strict: boolean): FastifyInstance {
  const http = Fastify({
    loggerInstance: app.log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomHex(app.entropy, 8),
    bodyLimit: jsonBytesMaxDefault,
    routerOptions: { maxParamLength: 200 },
    serverFactory: (answer) => {
      listeners.answer = answer as Answer;
      return listeners.plain;
    },
  }) as unknown as FastifyInstance;
  const onMismatch = (url: string, problem: string): void =>
    app.log.warn({ url, problem }, "an answer does not fit its schema");
  http.setValidatorCompiler(validatorCompiler);
  http.setSerializerCompiler(serializer(strict, onMismatch) as never);
  http.setErrorHandler((error, request, reply) => answerError(error, request, reply));
  http.decorateRequest("caller", null);
  return http;
}

async function registerAll(http: FastifyInstance, services: Services, options: HttpOptions): Promise<void> {
  const { app } = services;
  guard(http, app);
  takeBodies(http);
  measure(http, services.metrics);
  await http.register(helmet, helmetOptions);
  await http.register(rateLimit, {
    max: addressRequestsPerMinute,
    timeWindow: 60_000,
    cache: 10_000,
    keyGenerator: ({ arrival }) => networkOf(arrival.address),
  });
  await http.register(multipart, {
    limits: { files: 1, fields: 5, fileSize: fileBytesMax, parts: 6, fieldSize: 16_384, headerPairs: 20 },
  });
  await registerApiDocs(http, app.version);
  registerHealth(http, services);
  registerRoutes(http, services, handlers);
  await registerWebApp(http, app, options.webFolder);
  await http.ready();
}

function keepRenewed(app: App, options: HttpOptions, listeners: Listeners): ReturnType<typeof setInterval> {
  let served = options.certificate?.certPem;
  const renew = async (): Promise<void> => {
    const certificate = await options.renewCertificate?.();
    if (certificate === undefined || certificate.certPem === served) return;
    served = certificate.certPem;
    listeners.setCertificate(certificate);
    app.log.info({ validUntil: certificate.validUntil }, "the certificate was renewed");
  };
  const timer = setInterval(() => {
    renew().catch((error: unknown) => app.log.error({ err: error }, "the certificate could not be renewed"));
  }, renewEveryMs);
  return timer.unref();
}

function measure(http: FastifyInstance, metrics: Metrics): void {
  http.addHook("onResponse", async (request, reply) => {
    metrics.observe(request.method, request.routeOptions.url ?? "none", reply.statusCode, reply.elapsedTime);
  });
}

const helmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      // Mantine writes its variables as inline styles; scripts are never inline.
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", "data:", "blob:"],
      mediaSrc: ["'self'", "blob:"],
      connectSrc: ["'self'"],
      workerSrc: ["'self'", "blob:"],
      fontSrc: ["'self'", "data:"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
  // A certificate of our own must not lock a browser out for a year.
  hsts: false,
  crossOriginEmbedderPolicy: false,
  originAgentCluster: false,
  xFrameOptions: { action: "deny" as const },
  referrerPolicy: { policy: "no-referrer" as const },
};
