import { formatVia, parseVia, type SipRequest, type SipResponse, type Via } from "../message/index.ts";
import { defaultPort, isReliable, type Peer } from "./peer.ts";

/** Writes `received` and `rport` into the top Via (RFC 3261 18.2.1, RFC 3581 4), so that the answer finds its way back. */
export function stampVia(request: SipRequest, source: Peer): void {
  const via = parseVia(request.headers.get("via") ?? "");
  if (via === undefined) return;
  const wantsPort = via.params.has("rport");
  if (!wantsPort && bare(via.host) === source.address) return;
  via.params.set("received", source.address);
  if (wantsPort) via.params.set("rport", String(source.port));
  request.headers.deleteFirst("via");
  request.headers.prepend("via", formatVia(via));
}

/**
 * Where the response to `request` goes (RFC 3261 18.2.2, RFC 3581 4): never to another host than the request came from. On
 * a connection by that one; when it has gone, by a new one to the port the far end says it listens on.
 */
export function responsePeer(request: SipRequest, source: Peer): Peer {
  const via = parseVia(request.headers.get("via") ?? "");
  if (via === undefined) return source;
  const port = via.port ?? defaultPort(source.transport);
  if (isReliable(source.transport)) return { ...source, elsewhere: { address: source.address, port } };
  return via.params.has("rport") || port === source.port ? source : { ...source, port };
}

/** The address and port the peer saw our request come from, when its response tells. */
export function seenAs(response: SipResponse): { readonly host: string; readonly port: number } | undefined {
  const via = parseVia(response.headers.get("via") ?? "");
  const received = via?.params.get("received");
  if (via === undefined) return undefined;
  const rport = Number(via.params.get("rport"));
  const port = Number.isInteger(rport) && rport > 0 && rport < 65_536 ? rport : (via.port ?? 5060);
  return { host: typeof received === "string" ? bare(received) : bare(via.host), port };
}

/** The branch with RFC 3261's cookie, or undefined for an RFC 2543 element. */
export function cookieBranch(via: Via): string | undefined {
  const branch = via.params.get("branch");
  return typeof branch === "string" && branch.slice(0, 7).toLowerCase() === "z9hg4bk" && branch.length > 7
    ? branch
    : undefined;
}

function bare(host: string): string {
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}
