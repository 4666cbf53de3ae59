import type { SessionView } from "@centrala/contract";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { App, Centre } from "../app.ts";
import { HttpProblem } from "../http/errors.ts";
import { type Headed, isSecure, networkOf } from "../http/hosts.ts";
import { sessionCookie, sessionTtlMs } from "./access.ts";
import { deviceCookie, knownDevice } from "./devices.ts";
import { GatheredAudit } from "./gathered-audit.ts";
import { FailureLimit } from "./login-limits.ts";
import { sessionView } from "./session-view.ts";

/** Centres of one installation in which the same login may exist. */
const centresMax = 5;
const minute = 60_000;
const auditedEveryMs = 10 * minute;
const logLinesPerMinute = 300;

/**
 * Who fails has to wait, not whom they tried to be: a person's own browser is known by its cookie and counts by itself, so
 * that no stranger can lock anybody out.
 */
class SignIns {
  /** A login from one address, or from one known browser. */
  readonly pair = new FailureLimit({ max: 5, windowMs: minute, doubles: true });
  /** A login from all browsers that are not known. */
  readonly login = new FailureLimit({ max: 100, windowMs: 60 * minute, doubles: false });
  /** An address, which may be a whole office with its slips of the finger. */
  readonly address = new FailureLimit({ max: 60, windowMs: minute, doubles: false });
  readonly audit: GatheredAudit;
  readonly #app: App;
  #lines = { since: 0, count: 0 };

  constructor(app: App) {
    this.#app = app;
    this.audit = new GatheredAudit(app);
  }

  log(line: object): void {
    const now = this.#app.clock();
    if (now - this.#lines.since >= minute) this.#lines = { since: now, count: 0 };
    this.#lines.count += 1;
    if (this.#lines.count <= logLinesPerMinute) this.#app.log.warn(line, "sign-in refused");
  }
}

const signIns = new WeakMap<App, SignIns>();

function signInsOf(app: App): SignIns {
  const known = signIns.get(app);
  if (known !== undefined) return known;
  const made = new SignIns(app);
  signIns.set(app, made);
  return made;
}

type Member = { readonly centre: Centre; readonly userId: string | undefined };

/** Checks login and password, as slowly for logins that do not exist. @throws LOGIN_REFUSED, TOO_MANY_REQUESTS */
export async function checkPassword(
  app: App,
  request: Headed,
  login: string,
  password: string,
): Promise<{ readonly centre: Centre; readonly userId: string }> {
  const name = login.trim().toLowerCase();
  const failures = signInsOf(app);
  const { address } = app.proxies.arrival(request);
  const device = knownDevice(app, request, name);
  const network = networkOf(address);
  const pair = JSON.stringify([name, device ?? network]);
  const now = app.clock();
  const waitMs = Math.max(
    failures.pair.waitMs(pair, now),
    device === null ? Math.max(failures.address.waitMs(network, now), failures.login.waitMs(name, now)) : 0,
  );
  const members = await membersOf(app, name);
  if (waitMs > 0) {
    await refused(failures, members, address, "TOO_MANY_REQUESTS");
    throw new HttpProblem("TOO_MANY_REQUESTS", { retryAfterS: Math.ceil(waitMs / 1_000) });
  }
  // Counted before it is checked, so that many at once do not get more guesses.
  failures.pair.failed(pair, now);
  for (const { centre, userId } of members) {
    const verdict = await app.store.credentials.verify(centre.id, userId, password, { locks: false });
    if (!verdict.ok || userId === undefined) continue;
    failures.pair.succeeded(pair);
    return { centre, userId };
  }
  failures.address.failed(network, now);
  if (device === null) failures.login.failed(name, now);
  await refused(failures, members, address, "LOGIN_REFUSED");
  throw new HttpProblem("LOGIN_REFUSED");
}

/** Where somebody of this name may be; one centre with nobody where there is none, so that the check takes its time. */
async function membersOf(app: App, login: string): Promise<readonly Member[]> {
  const ids = (await app.store.centres.findByLogin(login)).slice(0, centresMax);
  const candidates = ids.length > 0 ? ids : [...app.centres.keys()].slice(0, 1);
  return candidates.flatMap((centreId) => {
    const centre = app.centres.get(centreId);
    if (centre === undefined) return [];
    const user = centre.config.current.user.find((candidate) => candidate.login === login && candidate.active);
    return [{ centre, userId: user?.id }];
  });
}

/** In the log for programs that watch it, in the audit for people. What was typed as a login of nobody's may be a password. */
async function refused(
  failures: SignIns,
  members: readonly Member[],
  address: string,
  code: "LOGIN_REFUSED" | "TOO_MANY_REQUESTS",
): Promise<void> {
  const known = members.filter((member) => member.userId !== undefined);
  failures.log({ address, code, userId: known[0]?.userId ?? null });
  for (const { centre, userId } of known) {
    // Of one IPv6 network somebody has addresses without number, and the audit is append-only.
    const detail = { address: networkOf(address) };
    const record = { who: "stranger", what: "session.refuse", target: `user/${userId}`, detail };
    await failures.audit.note(centre.id, record, auditedEveryMs, { times: 1 });
  }
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
  const login = centre.config.current.user.find((user) => user.id === userId)?.login ?? "";
  const cookies = [sessionCookie(token, isSecure(app, request.arrival)), deviceCookie(app, request.raw, login)];
  void reply.header("set-cookie", cookies);
  return sessionView(app, centre, userId);
}

/** Ends the cookie in the browser. */
export function clearCookie(app: App, request: FastifyRequest, reply: FastifyReply): void {
  void reply.header("set-cookie", sessionCookie(null, isSecure(app, request.arrival)));
}
