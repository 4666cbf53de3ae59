import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { hostname } from "node:os";
import type { App } from "../app.ts";
import type { Arrival } from "./proxies.ts";

export type Headed = Pick<IncomingMessage, "headers" | "socket">;

/** What counts as one place for limits: an IPv4 address, or the network of an IPv6 one, which one host has whole. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = "", tail] = address.split("%", 1)[0]?.split("::") ?? [];
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => "0");
  return `${[...before, ...zeros, ...after].slice(0, 4).join(":")}::/64`;
}

/** Whether an address is this very machine's own to itself. */
export function isLoopback(address: string): boolean {
  return address === "::1" || (isIP(address) === 4 && address.startsWith("127."));
}

/** "127.evil.example" begins like an address of this machine and is none: only whole names and whole addresses count. */
function isLoopbackName(name: string): boolean {
  return name === "localhost" || isLoopback(name);
}

/**
 * Whether somebody on this machine talks to this machine and to nobody in between. Where a proxy is set up, nothing that
 * comes over loopback is sure to come from here.
 */
export function isLocal(app: App, request: Headed): boolean {
  const { address, host, forwarded } = app.proxies.arrival(request);
  const name = hostNameOf(host);
  const behind = app.settings.publicUrl !== null || app.settings.trustedProxies !== null;
  return !behind && !forwarded && isLoopback(address) && name !== null && isLoopbackName(name);
}

/** Host name of a Host header, in lower case, without port and without brackets around IPv6. Null when it is no host. */
export function hostNameOf(host: string | undefined): string | null {
  if (host === undefined || host === "") return null;
  const url = URL.parse(`http://${host}`);
  if (url === null || url.username !== "" || url.pathname !== "/") return null;
  return bareName(url.hostname).replace(/\.$/, "");
}

/**
 * Whether a Host header names this server. A page of another site whose name was pointed at us (DNS rebinding) sends its
 * own name, and gets nothing.
 */
export function isOwnHost(app: App, host: string | undefined): boolean {
  const name = hostNameOf(host);
  if (name === null) return false;
  if (isLoopbackName(name)) return true;
  const machine = hostname().toLowerCase();
  if (name === machine || name === `${machine}.local`) return true;
  if (app.network.localAddresses.some((address) => address.toLowerCase() === name)) return true;
  if (app.network.publicAddress().address === name) return true;
  return [app.settings.publicUrl, app.network.httpUrl, app.network.httpsUrl].some((url) => urlHost(url)?.name === name);
}

/** Whether the page that sent a request is ours: its Origin is the very host it talks to, or the public address of the app. */
export function isOwnOrigin(app: App, origin: string, host: string | undefined): boolean {
  const from = urlHost(origin);
  if (from === null) return false;
  if (host !== undefined && from.host === host.toLowerCase()) return true;
  return from.host === urlHost(app.settings.publicUrl)?.host;
}

/** Whether the browser's connection is encrypted, by us or by a proxy that answers under the public address. */
export function isSecure(app: App, arrival: Arrival): boolean {
  if (arrival.secure === true) return true;
  // A proxy on this machine needs no setting: under the public address nobody else talks to loopback.
  const silent = arrival.secure === null || (!arrival.trusted && isLoopback(arrival.address));
  const open = urlHost(app.settings.publicUrl);
  return silent && open !== null && open.protocol === "https:" && open.host === arrival.host?.toLowerCase();
}

/** Where the app lies below its public address: empty, or for example "/centrala". */
export function basePath(app: App): string {
  const url = app.settings.publicUrl === null ? null : URL.parse(app.settings.publicUrl);
  return (url?.pathname ?? "").replace(/\/+$/, "");
}

/** The base path as this browser sees it: whoever talks to the machine itself has none. */
export function basePathFor(app: App, arrival: Arrival): string {
  const own = urlHost(app.settings.publicUrl)?.host === arrival.host?.toLowerCase();
  return arrival.trusted || own ? basePath(app) : "";
}

function urlHost(
  text: string | null,
): { readonly protocol: string; readonly host: string; readonly name: string } | null {
  const url = text === null ? null : URL.parse(text);
  if (url === null || url.host === "") return null;
  return { protocol: url.protocol, host: url.host.toLowerCase(), name: bareName(url.hostname) };
}

function bareName(name: string): string {
  return name.toLowerCase().replace(/^\[|\]$/g, "");
}
