import { parseCSeq, parseNameAddr, parseVia, type SipRequest, type SipResponse } from "../message/index.ts";
import { cookieBranch } from "./via.ts";

/**
 * The key of the server transaction a request belongs to (RFC 3261 17.2.3): branch, sent-by and method, an ACK having
 * its INVITE's. A branch without the cookie comes from an RFC 2543 element; then the fields that identify a request
 * there take its place (the To tag is left out, because an ACK's differs from its INVITE's).
 */
export function serverKey(request: SipRequest, method = request.method): string | undefined {
  const top = request.headers.get("via");
  const via = top === undefined ? undefined : parseVia(top);
  if (via === undefined) return undefined;
  const named = method === "ACK" ? "INVITE" : method;
  const branch = cookieBranch(via);
  if (branch !== undefined) return `s|${branch}|${via.host.toLowerCase()}:${via.port ?? ""}|${named}`;
  const from = parseNameAddr(request.headers.get("from") ?? "")?.params.get("tag") ?? "";
  const seq = parseCSeq(request.headers.get("cseq") ?? "")?.seq ?? "";
  return `o|${request.uri}|${from}|${request.headers.get("call-id") ?? ""}|${seq}|${sentBy(via)}|${named}`;
}

/** The key of the client transaction a response belongs to (RFC 3261 17.1.3): branch and the CSeq's method. */
export function clientKey(response: SipResponse): string | undefined {
  const via = parseVia(response.headers.get("via") ?? "");
  const branch = via?.params.get("branch");
  const method = parseCSeq(response.headers.get("cseq") ?? "")?.method;
  return typeof branch === "string" && method !== undefined ? clientKeyOf(branch, method) : undefined;
}

export function clientKeyOf(branch: string, method: string): string {
  return `c|${branch}|${method}`;
}

function sentBy(via: {
  readonly host: string;
  readonly port?: number;
  readonly params: ReadonlyMap<string, string | true>;
}): string {
  return `${via.host.toLowerCase()}:${via.port ?? ""};${String(via.params.get("branch") ?? "")}`;
}
