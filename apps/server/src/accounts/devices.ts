import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import type { App } from "../app.ts";
import { type Headed, isSecure } from "../http/hosts.ts";
import { installationKey } from "../places.ts";
import { cookieOf } from "./access.ts";

const keptMs = 180 * 86_400_000;
/** People who share a browser; the one who signed in longest ago is forgotten first. */
const loginsMax = 8;
const shape =
  /^([A-Za-z0-9_-]{22})\.([0-9]{13,16})\.([A-Za-z0-9_-]{8}(?::[A-Za-z0-9_-]{8}){0,7})\.([A-Za-z0-9_-]{43})$/;
const keys = new WeakMap<App, Buffer>();

type Device = { readonly id: string; readonly marks: readonly string[] };

/**
 * The browser's name, where this login has signed in on it before: a random one, signed by us with the logins. Of a login that
 * is new to it a browser is as unknown as any other: a colleague's guesses at a manager's password count like a stranger's.
 */
export function knownDevice(app: App, request: Headed, login: string): string | null {
  const device = deviceOf(app, request);
  return device?.marks.includes(markOf(app, device.id, login)) === true ? device.id : null;
}

/** `Set-Cookie` that makes a browser known to this login; the same device keeps its name. */
export function deviceCookie(app: App, request: Headed, login: string): string {
  const secure = isSecure(app, app.proxies.arrival(request));
  const { id, marks } = deviceOf(app, request) ?? { id: randomBytes(16).toString("base64url"), marks: [] };
  const until = String(app.clock() + keptMs);
  const named = [...new Set([markOf(app, id, login), ...marks])].slice(0, loginsMax).join(":");
  const value = `${deviceCookieName(secure)}=${id}.${until}.${named}.${signatureOf(app, `${id}.${until}.${named}`)}`;
  return `${value}; Path=/; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}; Max-Age=${keptMs / 1_000}`;
}

function deviceOf(app: App, request: Headed): Device | null {
  const match = shape.exec(cookieOf(request, deviceCookieName(isSecure(app, app.proxies.arrival(request)))) ?? "");
  const [, id, until, named, given] = match ?? [];
  if (id === undefined || until === undefined || named === undefined || given === undefined) return null;
  if (Number(until) <= app.clock()) return null;
  const wanted = Buffer.from(signatureOf(app, `${id}.${until}.${named}`));
  const found = Buffer.from(given);
  return wanted.length === found.length && timingSafeEqual(wanted, found) ? { id, marks: named.split(":") } : null;
}

function deviceCookieName(secure: boolean): string {
  return secure ? "__Host-centrala-device" : "centrala-device";
}

/** What a login is called on one browser: nobody who holds the cookie learns who else signs in there. */
function markOf(app: App, id: string, login: string): string {
  return signatureOf(app, `${id}/${login}`).slice(0, 8);
}

function signatureOf(app: App, text: string): string {
  return createHmac("sha256", keyOf(app)).update(text).digest("base64url");
}

function keyOf(app: App): Buffer {
  const known = keys.get(app);
  if (known !== undefined) return known;
  const key = Buffer.from(hkdfSync("sha256", installationKey(app.places), "", "centrala known devices", 32));
  keys.set(app, key);
  return key;
}
