import { monitorEventLoopDelay } from "node:perf_hooks";
import { say } from "@centrala/contract";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { App } from "../app.ts";
import { certificatePage, languageOf } from "./certificate-page.ts";
import { HttpProblem } from "./errors.ts";
import { isLoopback, isOwnHost, isSecure } from "./hosts.ts";
import { whenOver } from "./over.ts";
import type { Arrival } from "./proxies.ts";

const requestsAtOnceMax = 1_000;
const eventLoopDelayMsMax = 2_000;
/** Each sample wakes the server, were it idle. */
const delaySampleMs = 500;
const delaySamplesMin = 10;
const delaySamplesMs = 10_000;
/** Answered on plain HTTP to everyone: health, and what a second computer needs before it can trust HTTPS. */
const plainPaths = new Set(["/healthz", "/readyz", "/api/system/authority.crt"]);

/** What is settled before any route: strange hosts, plain HTTP from elsewhere, overload. */
export function guard(http: FastifyInstance, app: App): void {
  const delay = monitorEventLoopDelay({ resolution: delaySampleMs });
  delay.enable();
  let running = 0;
  http.decorateRequest("arrival", undefined as unknown as Arrival);
  http.addHook("onRequest", async (request, reply) => {
    const arrival = app.proxies.arrival(request.raw);
    request.arrival = arrival;
    const path = request.url.split("?", 1)[0] ?? "/";
    if (plainPaths.has(path)) return;
    refuseStrangeProxy(app, arrival);
    if (!isOwnHost(app, arrival.host)) throw new HttpProblem("ORIGIN_REFUSED", { said: say("HOST_UNKNOWN") });
    if (!isSecure(app, arrival) && !isLoopback(arrival.address)) {
      const secure = secureUrl(app, arrival.host, request.url);
      const { kind, authorityFingerprint } = app.network.certificate;
      // A person on a second computer learns of our own certificate here, before the browser warns of it.
      if (kind === "local" && authorityFingerprint !== null && isPageVisit(request)) {
        const language = languageOf(request.headers["accept-language"]);
        return reply
          .type("text/html; charset=utf-8")
          .send(certificatePage({ language, secureUrl: secure, fingerprint: authorityFingerprint }));
      }
      return reply.redirect(secure, 307);
    }
    if (isLate(delay)) throw new HttpProblem("OVERLOADED");
  });
  // What is still being received is no work yet: whoever sends slowly must not take the places of those who are served.
  http.addHook("preValidation", async (request, reply) => {
    if (plainPaths.has(request.url.split("?", 1)[0] ?? "/")) return;
    if (running >= requestsAtOnceMax) throw new HttpProblem("OVERLOADED");
    running += 1;
    // Also of those who hung up while they were being looked up: their places would never be free again.
    whenOver(reply, () => {
      running -= 1;
    });
  });
  const reset = setInterval(() => delay.reset(), delaySamplesMs);
  reset.unref();
  http.addHook("onClose", async () => {
    clearInterval(reset);
    delay.disable();
  });
}

/** One long moment, as while the server starts, is no overload: the loop must have been late time and again. */
function isLate(delay: ReturnType<typeof monitorEventLoopDelay>): boolean {
  return delay.count >= delaySamplesMin && delay.percentile(90) / 1e6 > eventLoopDelayMsMax;
}

/** A proxy that is not set up right would send browsers round in circles, from HTTPS to HTTPS: it is told so instead. */
function refuseStrangeProxy(app: App, arrival: Arrival): void {
  const { peer, address, forwarded, trusted, secure } = arrival;
  if (!forwarded || isSecure(app, arrival) || isLoopback(address)) return;
  if (!trusted) throw new HttpProblem("ORIGIN_REFUSED", { said: say("PROXY_UNKNOWN", { address: peer }) });
  if (secure === null) throw new HttpProblem("ORIGIN_REFUSED", { said: say("PROXY_SILENT", { address: peer }) });
}

function isPageVisit(request: FastifyRequest): boolean {
  return (
    request.method === "GET" && !request.url.startsWith("/api/") && (request.headers.accept ?? "").includes("text/html")
  );
}

function secureUrl(app: App, host: string | undefined, url: string): string {
  const target = new URL(app.network.httpsUrl);
  const name = URL.parse(`http://${host ?? ""}`)?.hostname;
  if (name !== undefined && name !== "") target.hostname = name;
  return `${target.origin}${target.pathname.replace(/\/+$/, "")}${url}`;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Whence and how the request came; set before anything else looks at it. */
    arrival: Arrival;
  }
}
