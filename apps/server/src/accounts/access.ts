import type { IncomingMessage } from "node:http";
import type { Access, Role } from "@centrala/contract";
import type { TokenRow } from "@centrala/store";
import type { App, Centre } from "../app.ts";
import type { Caller } from "../http/caller.ts";
import { HttpProblem } from "../http/errors.ts";
import { type Headed, isOwnOrigin, isSecure } from "../http/hosts.ts";

/** A session lives this long after it was last used. */
export const sessionTtlMs = 14 * 86_400_000;
/** Stands as the maker of the tokens by which commands of this machine talk to the running server. No user id is like it. */
export const commandLineMaker = "command line";
const tokenPattern = /^Bearer (ct_[A-Za-z0-9_-]{20,100})$/;

/** The prefix `__Host-` binds the cookie to this very host over TLS; browsers take it on encrypted connections only. */
export function cookieName(secure: boolean): string {
  return secure ? "__Host-centrala" : "centrala";
}

export function sessionTokenOf(app: App, request: Headed): string | undefined {
  const value = cookieOf(request, cookieName(isSecure(app, app.proxies.arrival(request))));
  return value !== undefined && value.length <= 128 ? value : undefined;
}

export function cookieOf(request: Headed, name: string): string | undefined {
  for (const part of (request.headers.cookie ?? "").split(";")) {
    const [key, value] = part.trim().split("=", 2);
    if (key === name && value !== undefined) return value;
  }
  return undefined;
}

/** `Set-Cookie` for a session token, or for its end. */
export function sessionCookie(token: string | null, secure: boolean): string {
  const value = `${cookieName(secure)}=${token ?? ""}; Path=/; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
  return `${value}; Max-Age=${token === null ? 0 : sessionTtlMs / 1_000}`;
}

/** Who sent the request; null when nobody is signed in. A user who was removed or made inactive is nobody. */
export async function identify(app: App, request: Headed): Promise<Caller | null> {
  const machine = tokenPattern.exec(request.headers.authorization ?? "")?.[1];
  if (machine !== undefined) return machineCaller(app, machine);
  const token = sessionTokenOf(app, request);
  return token === undefined ? null : sessionCaller(app, token);
}

async function machineCaller(app: App, token: string): Promise<Caller | null> {
  const row = await app.store.tokens.find(token);
  if (row === undefined) return null;
  const centre = centreHere(app, row.centreId);
  const roles = tokenRoles(app, centre, row);
  if (roles.length === 0) return null;
  const commandLine = row.createdBy === commandLineMaker;
  return { centre, roles, userId: null, sessionId: null, tokenId: row.id, commandLine };
}

/** Whose centre another server runs is signed in all the same. */
function centreHere(app: App, centreId: string): Centre {
  const centre = app.centres.get(centreId);
  if (centre === undefined) throw new HttpProblem("CENTRE_ELSEWHERE");
  return centre;
}

/** What a token may now: nothing when its time is over; nothing that its maker, if that was a person, may not either. */
export function tokenRoles(app: App, centre: Centre, row: TokenRow): readonly Role[] {
  if (row.expiresAt !== null && row.expiresAt <= app.clock()) return [];
  if (row.createdBy === null || row.createdBy === commandLineMaker) return row.roles;
  const maker = centre.config.current.user.find((user) => user.id === row.createdBy);
  if (maker?.active !== true) return [];
  return row.roles.filter((role) => permits([role], maker.roles));
}

/** The person behind a session's token. */
export async function sessionCaller(app: App, token: string): Promise<Caller | null> {
  const session = await app.store.sessions.find(token, sessionTtlMs);
  if (session === undefined) return null;
  const centre = centreHere(app, session.centreId);
  const user = centre.config.current.user.find((candidate) => candidate.id === session.userId);
  if (user?.active !== true) return null;
  return { centre, roles: user.roles, userId: user.id, sessionId: session.id, tokenId: null, commandLine: false };
}

/** Whether one of the roles may; a manager may all that the others may. */
export function permits(access: Access, roles: readonly Role[]): boolean {
  if (access === "public" || access === "user") return true;
  return roles.includes("manager") || access.some((role) => roles.includes(role));
}

const readingMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Refuses what another site's page sends in our user's name. Machine tokens are exempt: no browser adds them by itself.
 * A request that changes state with a cookie must say where it comes from; browsers always do.
 */
export function checkOrigin(app: App, request: Headed & Pick<IncomingMessage, "method">): void {
  if (readingMethods.has(request.method ?? "GET")) return;
  if (tokenPattern.test(request.headers.authorization ?? "")) return;
  const { origin } = request.headers;
  if (origin !== undefined) {
    const { host } = app.proxies.arrival(request);
    if (!isOwnOrigin(app, origin, host)) throw new HttpProblem("ORIGIN_REFUSED");
    return;
  }
  const site = request.headers["sec-fetch-site"];
  if (site === "same-origin") return;
  if (site !== undefined || sessionTokenOf(app, request) !== undefined) throw new HttpProblem("ORIGIN_REFUSED");
}
