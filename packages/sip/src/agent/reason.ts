import { type Headers, parseContact, parseDeltaSeconds, parseParams, type SipResponse } from "../message/index.ts";
import type { EndCause } from "./events.ts";

/** Cause and text of the Reason headers (RFC 3326): Q.850 where it is given, SIP's text otherwise. */
export function readReason(headers: Headers): Pick<EndCause, "q850" | "text"> {
  let q850: number | null = null;
  let text: string | null = null;
  for (const value of headers.getAll("reason")) {
    const semicolon = value.indexOf(";");
    const params = semicolon < 0 ? undefined : parseParams(value, semicolon);
    const protocol = (semicolon < 0 ? value : value.slice(0, semicolon)).trim().toUpperCase();
    const cause = Number(params?.get("cause"));
    const words = params?.get("text");
    if (protocol === "Q.850" && Number.isInteger(cause)) q850 = cause;
    if (typeof words === "string") text ??= words.slice(0, 200);
  }
  return { q850, text };
}

/** Seconds of Retry-After, null when there is none. */
export function readRetryAfter(response: SipResponse): number | null {
  const value = response.headers.get("retry-after");
  return value === undefined ? null : (parseDeltaSeconds(value.split(/[;(\s]/)[0] ?? "") ?? null);
}

const redirectsMax = 8;

/** The URIs a redirection names (RFC 3261 8.1.3.4), the preferred first. */
export function readRedirects(response: SipResponse): readonly string[] {
  const contacts = response.headers.getAll("contact").slice(0, redirectsMax).map(parseContact);
  return contacts
    .filter((contact) => contact !== undefined && contact !== "*")
    .sort((a, b) => (b.q ?? 1) - (a.q ?? 1))
    .map(({ address }) => address.uri);
}
