import type { Instant } from "@centrala/kit";
import { type Headers, parseDeltaSeconds, parseParams } from "../message/index.ts";
import type { Call, SessionTimer } from "./call.ts";
import type { HeaderLines } from "./core.ts";

/** The shortest session interval we take, seconds (RFC 4028 section 4 recommends no less than 90). */
export const minSessionS = 90;

export interface SessionExpires {
  readonly expiresS: number;
  readonly refresher: "uac" | "uas" | undefined;
}

/** Session-Expires of a message, undefined when absent or malformed. */
export function readSessionExpires(headers: Headers): SessionExpires | undefined {
  const value = headers.get("session-expires");
  if (value === undefined) return undefined;
  const semicolon = value.indexOf(";");
  const expiresS = parseDeltaSeconds(semicolon < 0 ? value : value.slice(0, semicolon));
  const refresher = semicolon < 0 ? undefined : parseParams(value, semicolon)?.get("refresher");
  if (expiresS === undefined) return undefined;
  return { expiresS, refresher: refresher === "uac" || refresher === "uas" ? refresher : undefined };
}

/** True when Supported or Require names the timer extension. */
export function namesTimer(headers: Headers, name: "supported" | "require"): boolean {
  return headers.getAll(name).some((tag) => tag.toLowerCase() === "timer");
}

/** What nobody can mean: it would have us refresh without end. */
const shortestAskedS = 30;

/**
 * Takes the session interval a far end asked for in its INVITE or UPDATE, and gives the headers of our 2xx (RFC 4028
 * section 9, table 2). It refreshes itself unless it insists that we do; where a proxy asks for a far end that knows no
 * timers, we do.
 */
export function acceptSession(call: Call, now: Instant, request: Headers): HeaderLines {
  const asked = readSessionExpires(request);
  if (asked === undefined || asked.expiresS < shortestAskedS) {
    call.session = undefined;
    return [];
  }
  const speaksTimer = namesTimer(request, "supported") || namesTimer(request, "require");
  const refresher = speaksTimer ? (asked.refresher ?? "uac") : "uas";
  call.session = newSession(now, asked.expiresS, refresher === "uas" ? "us" : "them");
  const told = ["session-expires", `${asked.expiresS};refresher=${refresher}`] as const;
  return speaksTimer ? [told, ["require", "timer"]] : [told];
}

/**
 * Takes what a 2xx to our own INVITE or UPDATE says about the session interval (RFC 4028 section 7.2). A far end without
 * timers says nothing: then a refresh of ours goes on for the proxies that want it, and its silence ends nothing.
 */
export function adoptSession(call: Call, now: Instant, response: Headers, refreshed = false): void {
  const told = readSessionExpires(response);
  if (told !== undefined && told.expiresS >= 1) {
    call.session = newSession(now, told.expiresS, told.refresher === "uas" ? "them" : "us");
    return;
  }
  const ours = refreshed && call.session?.refresher === "us" ? call.session : undefined;
  call.session = ours && { ...newSession(now, ours.expiresS, "us"), endsAt: Number.POSITIVE_INFINITY };
}

function newSession(now: Instant, expiresS: number, refresher: "us" | "them"): SessionTimer {
  const wholeMs = expiresS * 1_000;
  // RFC 4028 section 10: the refresher acts at half time; the other side gives up a third, at most 32 s, before the end.
  return {
    expiresS,
    refresher,
    refreshAt: refresher === "us" ? now + wholeMs / 2 : Number.POSITIVE_INFINITY,
    endsAt: now + wholeMs - Math.min(32_000, wholeMs / 3),
  };
}
