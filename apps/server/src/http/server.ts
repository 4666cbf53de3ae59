import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { randomHex } from "@centrala/kit";
import cookie from "@fastify/cookie";
import helmet from "@fastify/helmet";
import multipart from "@fastify/multipart";
import rateLimit from "@fastify/rate-limit";
import Fastify, { type FastifyInstance, LogController } from "fastify";
import { validatorCompiler } from "fastify-type-provider-zod";
import type { App } from "../app.ts";
import { LiveHub } from "../live/hub.ts";
import { registerApiDocs } from "./api-docs.ts";
import type { ServerCertificate } from "./certificates.ts";
import { answerError, HttpProblem } from "./errors.ts";
import { handlers } from "./handlers/index.ts";
import { registerHealth } from "./health.ts";
import { isLoopback, isOwnHost } from "./hosts.ts";
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

const requestMsMax = 60_000;
const renewEveryMs = 12 * 3_600_000;
const requestsAtOnceMax = 1_000;
/** A whole office may come from one address. */
const addressRequestsPerMinute = 20_000;
const eventLoopDelayMsMax = 2_000;
const plainPaths = new Set(["/healthz", "/readyz", "/api/system/authority.crt"]);

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Everything between a request and the core: HTTP for this machine, HTTPS for everyone else, live push on both. */
export async function createHttp(app: App, options: HttpOptions): Promise<HttpServers> {
  let listener: Listener = () => undefined;
  const plain = createHttpServer({ requestTimeout: requestMsMax, headersTimeout: 20_000 }, (request, response) =>
    listener(request, response),
  );
  const http = Fastify({
    loggerInstance: app.log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomHex(app.entropy, 8),
    bodyLimit: 1024 * 1024,
    routerOptions: { maxParamLength: 200 },
    serverFactory: (handle) => {
      listener = handle as Listener;
      return plain;
    },
  }) as unknown as FastifyInstance;
  const secure =
    options.certificate === null
      ? null
      : createHttpsServer(
          {
            key: options.certificate.keyPem,
            cert: options.certificate.certPem,
            requestTimeout: requestMsMax,
            headersTimeout: 20_000,
          },
          (request, response) => listener(request, response),
        );
  const services = new Services(app);
  const hub = new LiveHub(services);

  http.setValidatorCompiler(validatorCompiler);
  http.setSerializerCompiler(
    serializer(options.strictAnswers === true, (url, problem) =>
      app.log.warn({ url, problem }, "an answer does not fit its schema"),
    ) as never,
  );
  http.setErrorHandler((error, request, reply) => answerError(error, request, reply));
  http.decorateRequest("caller", null);
  guard(http, app);
  measure(http, services.metrics);
  await http.register(cookie);
  await http.register(helmet, helmetOptions);
  await http.register(rateLimit, { max: addressRequestsPerMinute, timeWindow: 60_000, cache: 10_000 });
  await http.register(multipart, { limits: { files: 1, fields: 5, fileSize: 20 * 1024 * 1024, parts: 6 } });
  await registerApiDocs(http, app.version);
  registerHealth(http, services);
  registerRoutes(http, services, handlers);
  await registerWebApp(http, options.webFolder);
  await http.ready();

  for (const server of [plain, secure]) {
    server?.on("upgrade", (request, socket, head) => hub.upgrade(request, socket, head));
    server?.on("clientError", (_error, socket) => socket.destroy());
  }
  const setCertificate = (certificate: ServerCertificate): void =>
    secure?.setSecureContext({ key: certificate.keyPem, cert: certificate.certPem });
  const renewal = keepRenewed(app, options, setCertificate);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    clearInterval(renewal);
    hub.close();
    services.close();
    const ended = [plain, secure].map((server) => closeServer(server));
    await http.close();
    await Promise.all(ended);
  };
  return {
    http,
    services,
    metrics: services.metrics,
    listen: async () => {
      const { bind, httpPort, httpsPort } = app.settings;
      const first = await listen(plain, bind, httpPort, "CENTRALA_HTTP_PORT");
      const second = secure === null ? null : await listen(secure, bind, httpsPort, "CENTRALA_HTTPS_PORT");
      return { httpPort: first, httpsPort: second };
    },
    setCertificate,
    close: () => (closing ??= close()),
  };
}

function keepRenewed(
  app: App,
  options: HttpOptions,
  set: (certificate: ServerCertificate) => void,
): ReturnType<typeof setInterval> {
  let served = options.certificate?.certPem;
  const renew = async (): Promise<void> => {
    const certificate = await options.renewCertificate?.();
    if (certificate === undefined || certificate.certPem === served) return;
    served = certificate.certPem;
    set(certificate);
    app.log.info({ validUntil: certificate.validUntil }, "the certificate was renewed");
  };
  const timer = setInterval(() => {
    renew().catch((error: unknown) => app.log.error({ err: error }, "the certificate could not be renewed"));
  }, renewEveryMs);
  return timer.unref();
}

/** What is settled before any route: strange hosts, plain HTTP from elsewhere, overload. */
function guard(http: FastifyInstance, app: App): void {
  const delay = monitorEventLoopDelay({ resolution: 50 });
  delay.enable();
  let running = 0;
  http.addHook("onRequest", async (request, reply) => {
    const path = request.url.split("?", 1)[0] ?? "/";
    if (plainPaths.has(path)) return;
    if (!isOwnHost(app, request.headers.host))
      throw new HttpProblem("ORIGIN_REFUSED", { message: "This server is not known by that name." });
    if (request.protocol !== "https" && !isLoopback(request.raw.socket.remoteAddress))
      return reply.redirect(secureUrl(app, request.headers.host, request.url), 307);
    if (running >= requestsAtOnceMax || delay.percentile(90) / 1e6 > eventLoopDelayMsMax)
      throw new HttpProblem("OVERLOADED");
    running += 1;
    request.counted = true;
  });
  http.decorateRequest("counted", false);
  http.addHook("onResponse", async (request) => {
    if (request.counted) running -= 1;
    request.counted = false;
  });
  http.addHook("onRequestAbort", async (request) => {
    if (request.counted) running -= 1;
    request.counted = false;
  });
  const reset = setInterval(() => delay.reset(), 5_000);
  reset.unref();
  http.addHook("onClose", async () => {
    clearInterval(reset);
    delay.disable();
  });
}

function secureUrl(app: App, host: string | undefined, url: string): string {
  const target = new URL(app.network.httpsUrl);
  const name = URL.parse(`http://${host ?? ""}`)?.hostname;
  if (name !== undefined && name !== "") target.hostname = name;
  return `${target.origin}${url}`;
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

function listen(server: Server, host: string, port: number, setting: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      const taken = error.code === "EADDRINUSE" || error.code === "EACCES";
      const why = error.code === "EACCES" ? "may not be opened by this user" : "is taken by another program";
      reject(
        taken
          ? Object.assign(new Error(`port ${port} ${why}; choose another with ${setting}`), { code: "PORT_TAKEN" })
          : error,
      );
    };
    server.once("error", onError);
    server.listen({ host, port }, () => {
      server.off("error", onError);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function closeServer(server: Server | null): Promise<void> {
  if (server === null || !server.listening) return Promise.resolve();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 5_000).unref();
  });
}

declare module "fastify" {
  interface FastifyRequest {
    counted: boolean;
  }
}
