import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import type { App } from "../app.ts";
import { type Headed, isSecure } from "../http/hosts.ts";
import { installationKey } from "../places.ts";
import { cookieOf } from "./access.ts";

const keptMs = 180 * 86_400_000;
const shape = /^([A-Za-z0-9_-]{22})\.([0-9]{13,16})\.([A-Za-z0-9_-]{43})$/;
const keys = new WeakMap<App, Buffer>();

/** The browser's name among those on which somebody of ours has signed in before: a random one, signed by us. */
export function knownDevice(app: App, request: Headed): string | null {
  const match = shape.exec(cookieOf(request, deviceCookieName(isSecure(app, app.proxies.arrival(request)))) ?? "");
  const [, id, until, given] = match ?? [];
  if (id === undefined || until === undefined || given === undefined || Number(until) <= app.clock()) return null;
  const wanted = Buffer.from(signatureOf(app, id, until));
  const found = Buffer.from(given);
  return wanted.length === found.length && timingSafeEqual(wanted, found) ? id : null;
}

/** `Set-Cookie` that makes a browser known; the same device keeps its name. */
export function deviceCookie(app: App, request: Headed): string {
  const secure = isSecure(app, app.proxies.arrival(request));
  const id = knownDevice(app, request) ?? randomBytes(16).toString("base64url");
  const until = String(app.clock() + keptMs);
  const value = `${deviceCookieName(secure)}=${id}.${until}.${signatureOf(app, id, until)}`;
  return `${value}; Path=/; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}; Max-Age=${keptMs / 1_000}`;
}

function deviceCookieName(secure: boolean): string {
  return secure ? "__Host-centrala-device" : "centrala-device";
}

function signatureOf(app: App, id: string, until: string): string {
  return createHmac("sha256", keyOf(app)).update(`${id}.${until}`).digest("base64url");
}

function keyOf(app: App): Buffer {
  const known = keys.get(app);
  if (known !== undefined) return known;
  const key = Buffer.from(hkdfSync("sha256", installationKey(app.places), "", "centrala known devices", 32));
  keys.set(app, key);
  return key;
}
