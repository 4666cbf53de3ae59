import type { IncomingMessage } from "node:http";
import { hostname } from "node:os";
import type { TLSSocket } from "node:tls";
import type { App } from "../app.ts";

type Plain = Pick<IncomingMessage, "headers" | "socket">;

/** Whether the request came from this very machine: only then may it stay on plain HTTP. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  return address === "::1" || address.startsWith("127.") || address.startsWith("::ffff:127.");
}

function isLoopbackName(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost") || name === "::1" || name.startsWith("127.");
}

/** Whether somebody on this machine talks to this machine; what a proxy here passes on from outside carries another name. */
export function isLocal(request: Plain): boolean {
  const name = hostNameOf(request.headers.host);
  return isLoopback(request.socket.remoteAddress) && name !== null && isLoopbackName(name);
}

/** "name:port" of a Host header or a URL's host, in lower case, without brackets around IPv6. Null when it is no host. */
export function hostNameOf(host: string | undefined): string | null {
  if (host === undefined || host === "") return null;
  const url = URL.parse(`http://${host}`);
  if (url === null || url.username !== "" || url.pathname !== "/") return null;
  return url.hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "");
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

/** Whether the connection is encrypted, by us or by a proxy on this machine that answers under the public address. */
export function isSecure(app: App, request: Plain): boolean {
  if ((request.socket as Partial<TLSSocket>).encrypted === true) return true;
  const open = urlHost(app.settings.publicUrl);
  return open !== null && open.protocol === "https:" && open.host === request.headers.host?.toLowerCase();
}

function urlHost(
  text: string | null,
): { readonly protocol: string; readonly host: string; readonly name: string } | null {
  const url = text === null ? null : URL.parse(text);
  if (url === null || url.host === "") return null;
  return {
    protocol: url.protocol,
    host: url.host.toLowerCase(),
    name: url.hostname.toLowerCase().replace(/^\[|\]$/g, ""),
  };
}
