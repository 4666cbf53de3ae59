/** How the header names this stack knows are written on the wire; everything else about a name is lower case. */
const wireNames: readonly string[] = [
  "Accept",
  "Accept-Encoding",
  "Accept-Language",
  "Alert-Info",
  "Allow",
  "Allow-Events",
  "Authentication-Info",
  "Authorization",
  "Call-ID",
  "Call-Info",
  "Contact",
  "Content-Disposition",
  "Content-Encoding",
  "Content-Language",
  "Content-Length",
  "Content-Type",
  "CSeq",
  "Date",
  "Diversion",
  "Error-Info",
  "Event",
  "Expires",
  "From",
  "History-Info",
  "In-Reply-To",
  "Max-Forwards",
  "MIME-Version",
  "Min-Expires",
  "Min-SE",
  "Organization",
  "P-Asserted-Identity",
  "P-Preferred-Identity",
  "Path",
  "Priority",
  "Privacy",
  "Proxy-Authenticate",
  "Proxy-Authorization",
  "Proxy-Require",
  "RAck",
  "Reason",
  "Record-Route",
  "Refer-Sub",
  "Refer-To",
  "Referred-By",
  "Remote-Party-ID",
  "Replaces",
  "Reply-To",
  "Request-Disposition",
  "Require",
  "Retry-After",
  "Route",
  "RSeq",
  "Server",
  "Service-Route",
  "Session-Expires",
  "SIP-ETag",
  "SIP-If-Match",
  "Subject",
  "Subscription-State",
  "Supported",
  "Timestamp",
  "To",
  "Unsupported",
  "User-Agent",
  "Via",
  "Warning",
  "WWW-Authenticate",
];

/** Compact forms: RFC 3261 section 7.3.3 and the registered ones of later RFCs. */
const compactForms: Readonly<Record<string, string>> = {
  a: "accept-contact",
  b: "referred-by",
  c: "content-type",
  d: "request-disposition",
  e: "content-encoding",
  f: "from",
  i: "call-id",
  j: "reject-contact",
  k: "supported",
  l: "content-length",
  m: "contact",
  o: "event",
  r: "refer-to",
  s: "subject",
  t: "to",
  u: "allow-events",
  v: "via",
  x: "session-expires",
  y: "identity",
};

/** Headers whose value is a comma-separated list of independent values (RFC 3261 section 7.3.1 and table 2). */
const listNames: ReadonlySet<string> = new Set([
  "accept",
  "accept-contact",
  "accept-encoding",
  "accept-language",
  "alert-info",
  "allow",
  "allow-events",
  "call-info",
  "contact",
  "content-encoding",
  "content-language",
  "diversion",
  "error-info",
  "history-info",
  "in-reply-to",
  "p-asserted-identity",
  "p-preferred-identity",
  "path",
  "proxy-require",
  "reason",
  "record-route",
  "reject-contact",
  "remote-party-id",
  "require",
  "route",
  "service-route",
  "supported",
  "unsupported",
  "via",
  "warning",
]);

const canonicalNames = new Map<string, string>();
const writtenNames = new Map<string, string>();
for (const name of wireNames) {
  const lower = name.toLowerCase();
  canonicalNames.set(name, lower).set(lower, lower).set(name.toUpperCase(), lower);
  writtenNames.set(lower, name);
}
for (const [compact, long] of Object.entries(compactForms)) {
  canonicalNames.set(compact, long).set(compact.toUpperCase(), long);
}

/** The lower-case long form of a header name: "v" and "VIA" both give "via". */
export function canonicalName(name: string): string {
  const known = canonicalNames.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  return canonicalNames.get(lower) ?? lower;
}

/** How a canonical name is written on the wire: "www-authenticate" gives "WWW-Authenticate". */
export function wireName(canonical: string): string {
  const known = writtenNames.get(canonical);
  if (known !== undefined) return known;
  return canonical
    .split("-")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("-");
}

/** True when commas separate values of this header (canonical name). */
export function isListName(canonical: string): boolean {
  return listNames.has(canonical);
}

/** True when `name` is spelt in a way the tables know, which spares the check that it is a token. */
export function isKnownSpelling(name: string): boolean {
  return canonicalNames.has(name);
}
