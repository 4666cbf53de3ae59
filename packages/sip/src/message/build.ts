import { Headers } from "./headers.ts";
import { emptyBody, type SipRequest, type SipResponse } from "./message.ts";
import { formatNameAddr, parseNameAddr } from "./values.ts";

export type ResponseOptions = {
  /** Added to To when the request has no tag there; 100 Trying needs none. */
  readonly toTag?: string;
  /** Added after the copied headers. */
  readonly headers?: ReadonlyArray<readonly [string, string]>;
  /** The caller adds its Content-Type to `headers`. */
  readonly body?: Uint8Array;
};

/**
 * A response to `request` (RFC 3261 section 8.2.6): Via, From, To, Call-ID and CSeq are copied, Timestamp into 100,
 * Record-Route into 101 to 299, where it makes a dialog's route set (section 12.1.1).
 * @param status 100 to 699
 * @param reason the usual phrase of the status unless given
 */
export function createResponse(
  request: SipRequest,
  status: number,
  reason: string = reasonPhrase(status),
  options: ResponseOptions = {},
): SipResponse {
  const headers = new Headers();
  copy(request.headers, headers, "via");
  if (status > 100 && status < 300) copy(request.headers, headers, "record-route");
  copy(request.headers, headers, "from");
  const to = request.headers.get("to");
  if (to !== undefined) headers.push("to", options.toTag === undefined ? to : withTag(to, options.toTag));
  copy(request.headers, headers, "call-id");
  copy(request.headers, headers, "cseq");
  if (status === 100) copy(request.headers, headers, "timestamp");
  for (const [name, value] of options.headers ?? []) headers.append(name, value);
  return { kind: "response", status, reason, headers, body: options.body ?? emptyBody };
}

function copy(from: Headers, to: Headers, canonical: string): void {
  for (let index = 0; index < from.size; index += 1) {
    if (from.nameAt(index) === canonical) to.push(canonical, from.valueAt(index));
  }
}

/** A To value with a tag of ours, unless it has one; a tag without a value is none. */
export function withTag(to: string, tag: string): string {
  const address = parseNameAddr(to);
  const known = address?.params.get("tag");
  if (address === undefined || known === undefined) return `${to.replace(/[\s;]+$/, "")};tag=${tag}`;
  if (known !== true && known !== "") return to;
  return formatNameAddr({ ...address, params: new Map([...address.params, ["tag", tag]]) });
}

const phrases: Readonly<Record<number, string>> = {
  100: "Trying",
  180: "Ringing",
  181: "Call Is Being Forwarded",
  182: "Queued",
  183: "Session Progress",
  199: "Early Dialog Terminated",
  200: "OK",
  202: "Accepted",
  204: "No Notification",
  300: "Multiple Choices",
  301: "Moved Permanently",
  302: "Moved Temporarily",
  305: "Use Proxy",
  380: "Alternative Service",
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  410: "Gone",
  412: "Conditional Request Failed",
  413: "Request Entity Too Large",
  414: "Request-URI Too Long",
  415: "Unsupported Media Type",
  416: "Unsupported URI Scheme",
  420: "Bad Extension",
  421: "Extension Required",
  422: "Session Interval Too Small",
  423: "Interval Too Brief",
  430: "Flow Failed",
  433: "Anonymity Disallowed",
  439: "First Hop Lacks Outbound Support",
  480: "Temporarily Unavailable",
  481: "Call/Transaction Does Not Exist",
  482: "Loop Detected",
  483: "Too Many Hops",
  484: "Address Incomplete",
  485: "Ambiguous",
  486: "Busy Here",
  487: "Request Terminated",
  488: "Not Acceptable Here",
  489: "Bad Event",
  491: "Request Pending",
  493: "Undecipherable",
  494: "Security Agreement Required",
  500: "Server Internal Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Server Time-out",
  505: "Version Not Supported",
  513: "Message Too Large",
  580: "Precondition Failure",
  600: "Busy Everywhere",
  603: "Decline",
  604: "Does Not Exist Anywhere",
  606: "Not Acceptable",
  607: "Unwanted",
  608: "Rejected",
};

const classPhrases = ["", "Progress", "OK", "Redirection", "Request Failure", "Server Failure", "Global Failure"];

/** The usual phrase of a status (IANA SIP response codes), or a general one of its class. */
export function reasonPhrase(status: number): string {
  return phrases[status] ?? classPhrases[Math.floor(status / 100)] ?? "";
}
