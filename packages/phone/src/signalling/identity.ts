import type { TrunkSettings } from "@centrala/contract";
import { type Headers, parseNameAddr, parseUri, type SipRequest } from "@centrala/sip";

const textMax = 128;

/** The user part or number of a SIP or tel URI, null when there is none. */
export function userOf(uriText: string): string | null {
  const uri = parseUri(uriText);
  if (uri === undefined || uri.scheme === "other") return null;
  const user = uri.scheme === "tel" ? uri.number : (uri.user ?? "");
  // "+359888123456;npdi" and the like: parameters of a telephone number inside the user part.
  const plain = (user.split(";")[0] ?? "").slice(0, textMax);
  return plain === "" ? null : plain;
}

function userOfHeader(headers: Headers, name: string): string | null {
  const address = parseNameAddr(headers.get(name) ?? "");
  return address === undefined ? null : userOf(address.uri);
}

/** What was dialled, read from where the trunk's carrier writes it. */
export function calledNumber(request: SipRequest, trunk: TrunkSettings): string {
  const requested = userOf(request.uri) ?? "";
  const to = userOfHeader(request.headers, "to");
  if (trunk.calledFrom === "to") return to ?? requested;
  if (trunk.calledFrom === "diversion") return userOfHeader(request.headers, "diversion") ?? requested;
  // A carrier that calls the Contact of our registration names the account there, and the number in To.
  return requested === trunk.registration?.username || requested === "" ? (to ?? requested) : requested;
}

/** The caller as From and P-Asserted-Identity tell; nulls when withheld (RFC 3323, RFC 3325). */
export function callerOf(
  request: SipRequest,
  trustsIdentity: boolean,
): { readonly caller: string | null; readonly callerName: string | null; readonly asserted: string | null } {
  const from = parseNameAddr(request.headers.get("from") ?? "");
  const user = from === undefined ? null : userOf(from.uri);
  const withheld = isWithheld(request, user, from?.uri ?? "");
  const name = from?.display?.trim().slice(0, textMax) ?? "";
  return {
    caller: withheld ? null : user,
    callerName: withheld || name === "" || name === user ? null : name,
    asserted: trustsIdentity ? userOfHeader(request.headers, "p-asserted-identity") : null,
  };
}

function isWithheld(request: SipRequest, user: string | null, uri: string): boolean {
  if (user === null || /^(anonymous|restricted|unavailable|unknown|private)$/i.test(user)) return true;
  if (/@anonymous\.invalid/i.test(uri)) return true;
  const privacy = request.headers.get("privacy")?.toLowerCase() ?? "";
  return privacy.split(";").some((part) => ["id", "user", "header"].includes(part.trim()));
}
