import type { BlockList } from "node:net";
import type { TrunkId, TrunkSettings, TrunkState } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import {
  type AgentEvent,
  formatSipUri,
  type Peer,
  parseNameAddr,
  parseSipUri,
  type SipAgent,
  type Transport,
} from "@centrala/sip";
import type { Targets } from "./resolver.ts";
import { holds, sourceSet } from "./sources.ts";
import type { Trust } from "./transports/trust.ts";

/** A trunk with what is known of it now. */
export interface Trunk {
  readonly settings: TrunkSettings;
  /** Where calls go, the preferred first; renewed once a minute. */
  targets: readonly Peer[];
  /** The way the registrar wants requests to take (RFC 3608), and where its first hop is; null for none. */
  route: { readonly values: readonly string[]; readonly targets: readonly Peer[] } | null;
  sources: BlockList;
  state: TrunkState;
  nextPingAt: Instant;
  nextResolveAt: Instant;
  nextKeepAliveAt: Instant;
  /** The targets that were registered at, as text; another one registers anew. */
  registeredTo: string;
  /** When it may be registered again because the carrier has shown itself. */
  nextRevivalAt: Instant;
  /** When it may be registered again because its connection has closed. */
  nextReopenAt: Instant;
}

export interface TrunksOptions {
  readonly agent: SipAgent;
  readonly targets: Targets;
  readonly clock: () => Instant;
  readonly tell: (state: TrunkState) => void;
  /** Something was given to the agent: its packets want to go out. */
  readonly pump: () => void;
  readonly fromUri: (peer: Peer) => string;
  readonly keepAlive: (peer: Peer) => void;
  readonly keepAliveMs: number;
}

const resolveEveryMs = 60_000;
const retryResolveMs = 10_000;
/** This many OPTIONS in a row must fail before a trunk counts as down: one lost packet is no outage. */
const missedPingsMax = 2;
/** How often a carrier that is away is asked whether it is back. */
const awayPingMs = 10_000;
/** A carrier that answers but does not register us is not asked more often than this. */
const revivalMs = 5_000;
/** A carrier that closes what is idle is not registered at again each time it does. */
const reopenMs = 60_000;

/** The trunks: found by source address, watched by OPTIONS, registered where they want it. */
export class Trunks {
  readonly #options: TrunksOptions;
  readonly #byId = new Map<TrunkId, Trunk>();
  readonly #missedPings = new Map<TrunkId, number>();
  /** Calls by trunk, whatever becomes of its settings meanwhile; none is no entry. */
  readonly #calls = new Map<TrunkId, number>();
  /** Trunks that wait for their carrier to come back. */
  readonly #away = new Set<Trunk>();

  constructor(options: TrunksOptions) {
    this.#options = options;
  }

  /** Replaces all trunks: new ones are started, changed ones started anew, missing ones unregistered. */
  set(all: readonly TrunkSettings[]): void {
    const wanted = new Map(all.map((settings) => [settings.trunkId, settings]));
    const before = new Map(this.#byId);
    for (const [trunkId, trunk] of before) {
      const same = JSON.stringify(wanted.get(trunkId)) === JSON.stringify(trunk.settings);
      if (same) wanted.delete(trunkId);
      else this.#remove(trunk, wanted.get(trunkId)?.registration == null);
    }
    for (const settings of wanted.values()) this.#add(settings, before.get(settings.trunkId));
  }

  get(trunkId: TrunkId): Trunk | undefined {
    return this.#byId.get(trunkId);
  }

  states(): readonly TrunkState[] {
    return [...this.#byId.values()].map((trunk) => trunk.state);
  }

  /** Trunks whose sources hold the address, the preferred first. */
  bySource(address: string): readonly Trunk[] {
    const found = [...this.#byId.values()].filter((trunk) => holds(trunk.sources, address));
    return found.sort((a, b) => a.settings.priority - b.settings.priority);
  }

  /** What the carrier at this place must prove over TLS: that of the trunk whose name it is, else of those it may be. */
  trustOf(peer: Peer): Trust | undefined {
    const there = [...this.#byId.values()].filter((trunk) => isPlaceOf(trunk, peer.address));
    const named = there.filter(
      ({ settings }) => peer.serverName !== undefined && nextHost(settings) === peer.serverName,
    );
    const [first, ...others] = named.length > 0 ? named : there;
    if (first === undefined) return undefined;
    const authorities = [first, ...others].flatMap(({ settings }) => settings.tlsCa ?? []);
    return { host: peer.serverName ?? nextHost(first.settings), authorities };
  }

  /** One more or one fewer call by a trunk. */
  count(trunkId: TrunkId, change: 1 | -1): void {
    const calls = Math.max(0, (this.#calls.get(trunkId) ?? 0) + change);
    if (calls === 0) this.#calls.delete(trunkId);
    else this.#calls.set(trunkId, calls);
    const trunk = this.#byId.get(trunkId);
    if (trunk !== undefined) this.#change(trunk, { calls });
  }

  /** Something came from this address: a carrier that was away is back, and is registered at again at once. */
  heard(now: Instant, address: string): void {
    if (this.#away.size === 0) return;
    for (const trunk of this.#away) if (holds(trunk.sources, address)) this.#revive(now, trunk);
  }

  /**
   * A connection that we had opened is gone: whoever was registered by it is not called any more until the next
   * registration, and so registers now (RFC 5626 4.4.1 has the same for its flows).
   */
  closed(now: Instant, peer: Peer): void {
    const isOurs = (target: Peer) =>
      target.transport === peer.transport && target.address === peer.address && target.port === peer.port;
    for (const trunk of this.#byId.values()) {
      const { state, settings } = trunk;
      if (state.registration.state !== "registered" || trunk.nextReopenAt > now || !trunk.targets.some(isOurs))
        continue;
      trunk.nextReopenAt = now + reopenMs;
      this.#options.agent.refreshRegistration(now, settings.trunkId);
    }
  }

  /** Does what is due; call once a second. */
  tick(now: Instant): void {
    for (const trunk of this.#byId.values()) {
      if (trunk.nextResolveAt <= now) this.#resolve(trunk, now);
      if (trunk.nextPingAt <= now) this.#ping(trunk, now);
      if (trunk.nextKeepAliveAt <= now) this.#keepAlive(trunk, now);
    }
  }

  registration(event: Extract<AgentEvent, { kind: "registration" }>): void {
    const trunk = this.#byId.get(event.id);
    if (trunk === undefined) return;
    const state = event.state === "removed" ? "none" : event.state;
    if (state === "unreachable") this.#lose(trunk);
    else this.#away.delete(trunk);
    if (state === "registered") this.#takeRoute(trunk, event.serviceRoute);
    this.#change(trunk, {
      registration: { state, sipStatus: event.status, until: event.until },
      learntAddress: event.seenAs?.host ?? trunk.state.learntAddress,
    });
  }

  pinged(event: Extract<AgentEvent, { kind: "pinged" }>): void {
    const trunk = this.#byId.get(event.id);
    if (trunk === undefined) return;
    // Any answer proves that the carrier is there, even 404, 405 or 401; 503 says that it does not serve.
    const up = event.status !== null && event.status !== 408 && event.status !== 503;
    const missed = up ? 0 : (this.#missedPings.get(event.id) ?? 0) + 1;
    this.#missedPings.set(event.id, missed);
    if (up) this.#revive(this.#options.clock(), trunk);
    if (!up && missed < missedPingsMax && trunk.state.health.state === "up") return;
    const state = up ? "up" : "down";
    const since = trunk.state.health.state === state ? trunk.state.health.since : this.#options.clock();
    this.#change(trunk, { health: { state, since, roundTripMs: up ? event.roundTripMs : null } });
  }

  /** Takes every registration back. */
  unregisterAll(): void {
    for (const trunk of this.#byId.values())
      this.#options.agent.unregister(this.#options.clock(), trunk.settings.trunkId);
  }

  /** Starts a trunk; of the one it replaces it keeps what a change of settings does not touch. */
  #add(settings: TrunkSettings, before: Trunk | undefined): void {
    const now = this.#options.clock();
    const pingEveryMs = (settings.optionsEveryS ?? 0) * 1_000;
    const same = before !== undefined && placeText(before.settings) === placeText(settings);
    // Its addresses are known or stand in the settings: its calls are not strangers' until names are resolved again.
    const known = same ? before.targets : [];
    const trunk: Trunk = {
      settings,
      targets: known,
      route: null,
      sources: sourceSet([...settings.sources, settings.host, ...known.map(({ address }) => address)]),
      state: {
        trunkId: settings.trunkId,
        registration: { state: settings.registration === null ? "none" : "trying", sipStatus: null, until: null },
        health: same ? before.state.health : { state: "unknown", roundTripMs: null, since: null },
        learntAddress: before?.state.learntAddress ?? null,
        calls: this.#calls.get(settings.trunkId) ?? 0,
      },
      nextPingAt: pingEveryMs === 0 ? Number.POSITIVE_INFINITY : now + 1_000,
      nextResolveAt: now,
      nextKeepAliveAt: now + this.#options.keepAliveMs,
      registeredTo: "",
      nextRevivalAt: now,
      nextReopenAt: now,
    };
    this.#byId.set(settings.trunkId, trunk);
    this.#resolve(trunk, now);
    this.#options.tell(trunk.state);
  }

  #remove(trunk: Trunk, unregister: boolean): void {
    const { trunkId } = trunk.settings;
    this.#byId.delete(trunkId);
    this.#away.delete(trunk);
    this.#missedPings.delete(trunkId);
    if (unregister) this.#options.agent.unregister(this.#options.clock(), trunkId);
    this.#options.pump();
  }

  #resolve(trunk: Trunk, now: Instant): void {
    trunk.nextResolveAt = now + resolveEveryMs;
    void this.#resolveNow(trunk).catch(() => {});
  }

  async #resolveNow(trunk: Trunk): Promise<void> {
    const { settings } = trunk;
    const transport = settings.transport.toUpperCase() as Transport;
    const proxy = splitHostPort(settings.outboundProxy);
    const next = proxy ?? { host: settings.host, port: settings.port };
    const targets = await this.#options.targets.resolve(next.host, next.port, transport);
    const own = proxy === null ? targets : await this.#options.targets.resolve(settings.host, settings.port, transport);
    if (this.#byId.get(settings.trunkId) !== trunk) return;
    trunk.targets = targets;
    trunk.sources = sourceSet([...settings.sources, ...[...targets, ...own].map((peer) => peer.address)]);
    if (targets.length === 0) trunk.nextResolveAt = this.#options.clock() + retryResolveMs;
    if (targets.length === 0) this.#unresolved(trunk);
    else if (trunk.registeredTo !== targetsText(targets)) this.#register(trunk);
  }

  #unresolved(trunk: Trunk): void {
    if (trunk.settings.registration === null) return;
    this.#lose(trunk);
    this.#change(trunk, { registration: { state: "unreachable", sipStatus: null, until: null } });
  }

  #register(trunk: Trunk): void {
    const { settings } = trunk;
    const { registration } = settings;
    trunk.registeredTo = targetsText(trunk.targets);
    if (registration === null) return;
    this.#options.agent.register(this.#options.clock(), {
      id: settings.trunkId,
      registrar: uriOf(undefined, settings.host),
      aor: uriOf(registration.username, settings.host),
      contactUser: registration.username,
      credentials: { username: registration.authUsername ?? registration.username, password: registration.password },
      expiresS: registration.expiresS,
      peers: trunk.targets,
    });
    this.#options.pump();
  }

  /** The carrier is away: from now on its first sign of life counts. */
  #lose(trunk: Trunk): void {
    this.#away.add(trunk);
    if (trunk.settings.optionsEveryS !== null) {
      trunk.nextPingAt = Math.min(trunk.nextPingAt, this.#options.clock() + awayPingMs);
    }
  }

  #revive(now: Instant, trunk: Trunk): void {
    if (!this.#away.has(trunk) || trunk.nextRevivalAt > now) return;
    trunk.nextRevivalAt = now + revivalMs;
    this.#options.agent.refreshRegistration(now, trunk.settings.trunkId);
  }

  /** The first hop is where requests go, unless an outbound proxy stands before it. */
  #takeRoute(trunk: Trunk, values: readonly string[]): void {
    if (values.join() === (trunk.route?.values.join() ?? "")) return;
    trunk.route = values.length === 0 ? null : { values, targets: [] };
    const first = parseSipUri(parseNameAddr(values[0] ?? "")?.uri ?? "");
    if (first === undefined || splitHostPort(trunk.settings.outboundProxy) !== null) return;
    const transport = transportOf(first.params.get("transport")) ?? transportOf(trunk.settings.transport) ?? "UDP";
    void this.#options.targets
      .resolve(first.host, first.port ?? null, transport)
      .then((targets) => {
        if (trunk.route?.values === values) trunk.route = { values, targets };
      })
      .catch(() => {});
  }

  #ping(trunk: Trunk, now: Instant): void {
    const wishedMs = (trunk.settings.optionsEveryS ?? 0) * 1_000;
    const isAway = this.#away.has(trunk) || trunk.state.health.state === "down";
    const everyMs = isAway ? Math.min(wishedMs, awayPingMs) : wishedMs;
    trunk.nextPingAt = everyMs === 0 ? Number.POSITIVE_INFINITY : now + everyMs;
    const [peer] = trunk.targets;
    if (peer === undefined) return;
    this.#options.agent.ping(
      now,
      trunk.settings.trunkId,
      peer,
      uriOf(undefined, trunk.settings.host),
      this.#options.fromUri(peer),
    );
    this.#options.pump();
  }

  /** Behind a router the way back stays open only while something goes out. */
  #keepAlive(trunk: Trunk, now: Instant): void {
    trunk.nextKeepAliveAt = now + this.#options.keepAliveMs;
    if (trunk.state.registration.state !== "registered") return;
    const [peer] = trunk.targets;
    if (peer?.transport === "UDP") this.#options.keepAlive(peer);
  }

  #change(trunk: Trunk, change: Partial<TrunkState>): void {
    trunk.state = { ...trunk.state, ...change };
    this.#options.tell(trunk.state);
  }
}

function uriOf(user: string | undefined, host: string): string {
  return formatSipUri({ scheme: "sip", user, host, params: new Map(), headers: new Map() });
}

/** The name or address that packets to a trunk's carrier go to. */
function nextHost(settings: TrunkSettings): string {
  return splitHostPort(settings.outboundProxy)?.host ?? settings.host;
}

function isPlaceOf(trunk: Trunk, address: string): boolean {
  const routed = trunk.route?.targets ?? [];
  return holds(trunk.sources, address) || [...trunk.targets, ...routed].some((target) => target.address === address);
}

/** What decides where a trunk's carrier is. */
function placeText({ host, port, transport, outboundProxy }: TrunkSettings): string {
  return `${transport}|${host}|${port ?? ""}|${outboundProxy ?? ""}`;
}

/** The transport a setting or a URI parameter names, undefined for none of ours. */
export function transportOf(text: string | true | undefined): Transport | undefined {
  const upper = typeof text === "string" ? text.toUpperCase() : "";
  return upper === "UDP" || upper === "TCP" || upper === "TLS" ? upper : undefined;
}

/** The targets whatever their order, which changes by chance. */
function targetsText(targets: readonly Peer[]): string {
  return targets
    .map(({ address, port }) => `${address}|${port}`)
    .sort()
    .join();
}

/** "proxy.example:5070", "[2001:db8::1]:5060" or a bare host; null for an empty or absent text. */
export function splitHostPort(text: string | null): { readonly host: string; readonly port: number | null } | null {
  if (text === null || text.trim() === "") return null;
  const match = /^(?:\[([^\]]+)\]|([^:]+|[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*))(?::(\d{1,5}))?$/i.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) return null;
  return { host, port: match?.[3] === undefined ? null : Number(match[3]) };
}
