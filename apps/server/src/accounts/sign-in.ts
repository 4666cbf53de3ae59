import type { SessionView } from "@centrala/contract";
import { failedAttemptsMax } from "@centrala/store";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { App, Centre } from "../app.ts";
import { HttpProblem } from "../http/errors.ts";
import { isSecure } from "../http/hosts.ts";
import { sessionCookie, sessionTtlMs } from "./access.ts";
import { FailureLimit } from "./login-limits.ts";
import { sessionView } from "./session-view.ts";

/** Centres of one installation in which the same login may exist. */
const centresMax = 5;

const limits = new WeakMap<App, FailureLimit>();

function limitOf(app: App): FailureLimit {
  const known = limits.get(app);
  if (known !== undefined) return known;
  const limit = new FailureLimit(failedAttemptsMax);
  limits.set(app, limit);
  return limit;
}

/**
 * Checks login and password, as slowly for logins that do not exist. After five failures within a minute the login waits,
 * whether or not it exists. @throws LOGIN_REFUSED, TOO_MANY_REQUESTS
 */
export async function checkPassword(
  app: App,
  login: string,
  password: string,
): Promise<{ readonly centre: Centre; readonly userId: string }> {
  const key = login.trim().toLowerCase();
  const waitMs = limitOf(app).waitMs(key, app.clock());
  if (waitMs > 0) throw new HttpProblem("TOO_MANY_REQUESTS", { retryAfterS: Math.ceil(waitMs / 1_000) });
  const centreIds = (await app.store.centres.findByLogin(key)).slice(0, centresMax);
  const candidates = centreIds.length > 0 ? centreIds : [...app.centres.keys()].slice(0, 1);
  for (const centreId of candidates) {
    const centre = app.centres.get(centreId);
    if (centre === undefined) continue;
    const user = centre.config.current.user.find((candidate) => candidate.login === key && candidate.active);
    const verdict = await app.store.credentials.verify(centreId, user?.id, password);
    if (verdict.ok && user !== undefined) {
      limitOf(app).succeeded(key);
      return { centre, userId: user.id };
    }
    if (!verdict.ok && verdict.code === "LOCKED")
      throw new HttpProblem("TOO_MANY_REQUESTS", {
        retryAfterS: Math.max(1, Math.ceil(((verdict.until ?? 0) - app.clock()) / 1_000)),
      });
  }
  limitOf(app).failed(key, app.clock());
  throw new HttpProblem("LOGIN_REFUSED");
}

/** Makes a session, sets its cookie, and answers who is signed in now. */
export async function startSession(
  app: App,
  centre: Centre,
  userId: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<SessionView> {
  const { token } = await app.store.sessions.create(centre.id, userId, {
    ttlMs: sessionTtlMs,
    ip: request.arrival.address,
    agent: (request.headers["user-agent"] ?? "").slice(0, 200),
  });
  void reply.header("set-cookie", sessionCookie(token, isSecure(app, request.arrival)));
  return sessionView(app, centre, userId);
}

/** Ends the cookie in the browser. */
export function clearCookie(app: App, request: FastifyRequest, reply: FastifyReply): void {
  void reply.header("set-cookie", sessionCookie(null, isSecure(app, request.arrival)));
}
