import type { TrunkSettings } from "@centrala/contract";
import { ownText, seenText } from "@centrala/kit";
import { type Headers, parseNameAddr, parseUri, type SipRequest, uriScheme } from "@centrala/sip";

const textMax = 128;
const identitiesMax = 8;

/** The user part or number of a SIP or tel URI, null when there is none. */
export function userOf(uriText: string): string | null {
  const uri = parseUri(uriText);
  if (uri?.scheme === "other") return null;
  // A SIP address without a host, or with spaces, leads nowhere, but may well say who it is.
  const loose = /^sips?:([^@;?<>]+)@/i.exec(uriText)?.[1]?.trim() ?? "";
  const user = uri === undefined ? loose : uri.scheme === "tel" ? uri.number : (uri.user ?? "");
  // "+359888123456;npdi" and the like: parameters of a telephone number inside the user part.
  const plain = seenText((user.split(";")[0] ?? "").slice(0, textMax));
  return plain === "" ? null : ownText(plain);
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

export interface Caller {
  readonly caller: string | null;
  readonly callerName: string | null;
  readonly asserted: string | null;
}

const nobody: Caller = { caller: null, callerName: null, asserted: null };

/**
 * The caller as From and the asserted identity tell (P-Asserted-Identity, or Remote-Party-ID of older switches). Whoever
 * withholds the number is nobody, whatever the carrier asserts besides (RFC 3323 4.2, RFC 3325 7); where From only lacks a
 * number, the asserted one stands.
 */
export function callerOf(request: SipRequest, trustsIdentity: boolean): Caller {
  const { headers } = request;
  const from = parseNameAddr(headers.get("from") ?? "");
  const user = from === undefined ? null : userOf(from.uri);
  if (isWithheld(headers, user, from?.uri ?? "")) return nobody;
  const name = seenText(from?.display?.slice(0, textMax) ?? "").trim();
  const caller = isNumber(user) ? user : null;
  return {
    caller,
    callerName: name === "" || name === user || isWord(name) || isGarbled(name) ? null : ownText(name),
    asserted: trustsIdentity ? assertedNumber(headers) : null,
  };
}

/** What carriers write for "does not want to be known", letters only. */
const withheldWords: ReadonlySet<string> = new Set([
  "anonymous",
  "anonymouscaller",
  "anonym",
  "blocked",
  "blockedcaller",
  "hidden",
  "hiddennumber",
  "private",
  "privatecaller",
  "privatenumber",
  "restricted",
  "restrictednumber",
  "clir",
  "withheld",
  "numberwithheld",
  "callerwithheld",
  "calleridwithheld",
]);

/** What they write where there is no number at all. */
const unknownWords: ReadonlySet<string> = new Set([
  "unavailable",
  "unknown",
  "unknowncaller",
  "unknownnumber",
  "notavailable",
  "nonumber",
  "nobody",
  "none",
  "null",
  "undefined",
  "na",
  "invalid",
  "asterisk",
  "freeswitch",
  "comingsoon",
  "outofarea",
  "payphone",
  "operator",
]);

/** "anonymous" and "unknown" on the keys of a telephone. */
const spelledNumbers: ReadonlySet<string> = new Set(["266696687", "8656696"]);

function lettersOf(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z]/g, "");
}

function isWord(text: string): boolean {
  const letters = lettersOf(text);
  return withheldWords.has(letters) || unknownWords.has(letters);
}

/** A name that was not written in UTF-8, of which only stand-ins are left: nothing is better than those on the desk. */
function isGarbled(name: string): boolean {
  return name.includes("\uFFFD");
}

/** True for what may be somebody's number or name: two digits at least, and not zeros only, nor a word for nobody. */
export function isNumber(user: string | null): user is string {
  const digits = user?.replaceAll(/[^0-9]/g, "") ?? "";
  if (user === null || digits.length < 2 || /^0+$/.test(digits)) return false;
  return !isWord(user) && !spelledNumbers.has(digits);
}

function isWithheld(headers: Headers, user: string | null, uri: string): boolean {
  const privacy = headers.getAll("privacy").flatMap((value) => value.toLowerCase().split(/[;,\s]+/));
  if (privacy.some((part) => part === "id" || part === "user" || part === "header")) return true;
  if (/;\s*privacy\s*=\s*"?(?:full|uri)/i.test(headers.get("remote-party-id") ?? "")) return true;
  // "none" is the caller's own word that the number may be shown (RFC 3323 4.2), whatever a gateway made of From.
  if (privacy.includes("none")) return false;
  return withheldWords.has(lettersOf(user ?? "")) || /@anonymous\.invalid\b/i.test(uri);
}

/** Of several identities the telephone number: a tel URI before a SIP one, and what is no number never. */
function assertedNumber(headers: Headers): string | null {
  const pai = headers.getAll("p-asserted-identity");
  const uris = (pai.length > 0 ? pai : headers.getAll("remote-party-id"))
    .slice(0, identitiesMax)
    .map((value) => parseNameAddr(value)?.uri ?? "");
  const numbers = uris.filter((uri) => isNumber(userOf(uri)));
  const best =
    numbers.find((uri) => uriScheme(uri) === "tel") ??
    numbers.find((uri) => isDialled(userOf(uri) ?? "")) ??
    numbers[0];
  return best === undefined ? null : userOf(best);
}

function isDialled(user: string): boolean {
  return /^\+?[0-9]+$/.test(user.replaceAll(/[\s().-]/g, ""));
}
