import type { TrunkSettings } from "@centrala/contract";
import {
  type Binding,
  defaultPort,
  formatNameAddr,
  formatSipUri,
  type HeaderLines,
  type InviteSettings,
  type Peer,
  parseSipUri,
} from "@centrala/sip";
import { principalText } from "./gate.ts";
import { holds } from "./sources.ts";
import { type Trunk, type Trunks, transportOf } from "./trunks.ts";
import type { DialDevice, DialTrunk } from "./types.ts";

export interface TrunkTarget {
  readonly trunk: Trunk;
  readonly peer: Peer;
}

const targetsMax = 12;

/**
 * Where a trunk call may go, in order: the trunks as asked for, those that seem down last. A full trunk takes emergency
 * calls only.
 */
export function trunkTargets(trunks: Trunks, dial: DialTrunk): readonly TrunkTarget[] {
  const usable = dial.trunkIds
    .map((trunkId) => trunks.get(trunkId))
    .filter((trunk) => trunk !== undefined)
    .filter((trunk) => dial.emergency || trunk.state.calls < trunk.settings.maxCalls);
  const ordered = [...usable.filter((trunk) => !seemsDown(trunk)), ...usable.filter(seemsDown)];
  return ordered.flatMap((trunk) => placesOf(trunk).map((peer) => ({ trunk, peer }))).slice(0, targetsMax);
}

/** Where a call by this trunk goes first: the first hop its registrar named (RFC 3608 6.1), else the carrier itself. */
function placesOf(trunk: Trunk): readonly Peer[] {
  const routed = trunk.route?.targets ?? [];
  return routed.length > 0 ? routed : trunk.targets;
}

function seemsDown(trunk: Trunk): boolean {
  const { health, registration } = trunk.state;
  return health.state === "down" || registration.state === "refused" || registration.state === "unreachable";
}

/**
 * Where a redirection (3xx) leads, when it stays with the carrier: to its name, or to an address of its own. A call is
 * never taken to anybody else on a carrier's word. Undefined for every other place.
 */
export function redirectedPeer(target: TrunkTarget, contact: string): Peer | undefined {
  const uri = parseSipUri(contact);
  if (uri === undefined) return undefined;
  const { trunk, peer } = target;
  const transport = transportOf(uri.params.get("transport")) ?? peer.transport;
  const named = uri.host.toLowerCase() === trunk.settings.host.toLowerCase();
  const isOwn = trunk.targets.some(({ address }) => address === uri.host) || holds(trunk.sources, uri.host);
  if (!named && !isOwn) return undefined;
  const address = isOwn ? uri.host : (trunk.targets[0]?.address ?? peer.address);
  const { serverName } = peer;
  return { transport, address, port: uri.port ?? defaultPort(transport), ...(serverName && { serverName }) };
}

/** The INVITE for a trunk: caller id where the carrier wants it, the account's name where it checks it. */
export function trunkInvite(
  dial: DialTrunk,
  target: TrunkTarget,
  ourHost: string,
  callId: string,
  body: Uint8Array,
  redirectedTo?: string,
): InviteSettings {
  const { settings } = target.trunk;
  const { registration } = settings;
  const domain = registration === null ? ourHost : settings.host;
  const port = settings.outboundProxy === null ? (settings.port ?? undefined) : undefined;
  const shown = shownCaller(dial, settings);
  const { user } = shown;
  return {
    principal: principalText({ kind: "trunk", trunkId: settings.trunkId }),
    uri: redirectedTo ?? uriOf(dial.number, settings.host, port),
    peer: target.peer,
    from: user === null ? anonymous : address(user, domain, shown.onBehalf ? null : dial.callerName),
    contactUser: registration?.username ?? "centrala",
    callId,
    routes: target.trunk.route?.values ?? [],
    headers: identityHeaders(shown, domain),
    body,
    credentials:
      registration === null
        ? undefined
        : { username: registration.authUsername ?? registration.username, password: registration.password },
  };
}

const anonymous = '"Anonymous" <sip:anonymous@anonymous.invalid>';

/** Who is shown to the called: the user in From (null withholds it), and numbers in other headers. */
type Shown = {
  readonly user: string | null;
  readonly withheld: boolean;
  /** The caller's own number stands in From, so that the centre's name does not. */
  readonly onBehalf: boolean;
  readonly headers: readonly (readonly ["p-asserted-identity" | "diversion", string])[];
};

function shownCaller(dial: DialTrunk, settings: TrunkSettings): Shown {
  const where = dial.onBehalfOf === undefined ? "none" : (settings.transferredCallerIn ?? "none");
  const own = ownCaller(dial, settings);
  if (where === "none") return own;
  const { onBehalfOf = null } = dial;
  // Whose line it is the carrier has to know, even where the called may not know who calls (RFC 3325 7, RFC 5806 5).
  const ours = dial.caller ?? settings.registration?.username ?? null;
  const diversion = where === "diversion" && ours !== null ? ([["diversion", ours]] as const) : [];
  if (onBehalfOf === null) {
    const asserted = diversion.length === 0 && ours !== null ? ([["p-asserted-identity", ours]] as const) : diversion;
    return { user: null, withheld: true, onBehalf: true, headers: asserted };
  }
  if (where === "p-asserted-identity") return { ...own, headers: [["p-asserted-identity", onBehalfOf]] };
  return { user: onBehalfOf, withheld: false, onBehalf: true, headers: [...own.headers, ...diversion] };
}

function identityHeaders({ headers, withheld }: Shown, domain: string): HeaderLines {
  const lines = headers.map(([name, number]) => [name, `<${uriOf(number, domain)}>${paramsOf(name)}`] as const);
  return withheld ? [...lines, ["privacy", "id"]] : lines;
}

function ownCaller(dial: DialTrunk, settings: TrunkSettings): Shown {
  const account = settings.registration?.username ?? null;
  const asserts = settings.callerIdIn === "p-asserted-identity";
  const user = asserts ? (account ?? dial.caller) : (dial.caller ?? account);
  const inHeader = user !== null && settings.callerIdIn !== "from" && dial.caller !== null;
  const headers = inHeader && dial.caller !== null ? ([["p-asserted-identity", dial.caller]] as const) : [];
  return { user, withheld: user === null, onBehalf: false, headers };
}

/** RFC 5806 4: why the call comes to somebody else than its caller dialled. */
function paramsOf(header: "p-asserted-identity" | "diversion"): string {
  return header === "diversion" ? ";reason=unconditional;counter=1" : "";
}

/** The INVITE for one place where a phone is registered. */
export function deviceInvite(
  dial: DialDevice,
  binding: Binding,
  ourHost: string,
  callId: string,
  body: Uint8Array,
): InviteSettings {
  return {
    principal: principalText({ kind: "device", deviceId: dial.deviceId }),
    uri: binding.contact,
    peer: binding.peer,
    from: dial.caller === null ? anonymous : address(dial.caller, ourHost, dial.callerName),
    contactUser: "centrala",
    callId,
    headers: dial.autoAnswer ? autoAnswer(ourHost) : [],
    body,
  };
}

/** Phones differ in how they are told to answer by themselves; these three reach most of them. */
function autoAnswer(ourHost: string): HeaderLines {
  return [
    ["call-info", `<sip:${hostText(ourHost)}>;answer-after=0`],
    ["alert-info", `<http://${hostText(ourHost)}>;info=alert-autoanswer;delay=0`],
    ["answer-mode", "Auto"],
  ];
}

function address(user: string, domain: string, name: string | null): string {
  const uri = uriOf(user, domain);
  return formatNameAddr({ ...(name === null ? {} : { display: name }), uri, params: new Map() });
}

function uriOf(user: string, host: string, port?: number): string {
  return formatSipUri({ scheme: "sip", user, host, port, params: new Map(), headers: new Map() });
}

function hostText(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
