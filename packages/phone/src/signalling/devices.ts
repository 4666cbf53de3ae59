import type { DeviceAccount, DeviceId } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import { type AgentEvent, type Binding, ha1, type Peer, Registrar } from "@centrala/sip";
import { type Principal, principalOf, principalText } from "./gate.ts";
import { grantMaxS, PhoneWatch, type PhoneWatchOptions } from "./phone-watch.ts";
import type { SignallingEvent, StoredBinding } from "./types.ts";

const expiresMaxS = 3_600;

/** Where the users' phones are registered, by device. */
export class Devices {
  readonly registrar = new Registrar({
    expiresMaxS,
    grantMaxS: (contact, peer) => grantMaxS(contact, peer, expiresMaxS),
  });
  /** How many phones are at an address and port, and at an address. */
  readonly #places = new Map<string, number>();
  readonly #byConnection = new Map<string, Set<DeviceId>>();
  readonly #placesOf = new Map<DeviceId, readonly string[]>();
  readonly #watch: PhoneWatch;
  readonly #moved = new Set<DeviceId>();

  constructor(ask: PhoneWatchOptions["ask"]) {
    this.#watch = new PhoneWatch({
      ask,
      changed: (user) => {
        const principal = principalOf(user);
        if (principal.kind === "device") this.#moved.add(principal.deviceId);
      },
    });
  }

  /** Live bindings, the preferred first. Those that are there; all when none seems to be. */
  bindings(now: Instant, deviceId: DeviceId): readonly Binding[] {
    const user = principalText({ kind: "device", deviceId });
    const all = this.registrar.lookup(now, user);
    const there = all.filter((binding) => this.#watch.isThere(user, binding.contact));
    return there.length > 0 ? there : all;
  }

  /** True when a phone is registered from this very address and port. */
  isPeer(peer: Peer): boolean {
    return this.#places.has(placeText(peer));
  }

  /** True when a phone is registered from this address; of the device, when one is named. */
  isAddress(address: string, deviceId?: DeviceId): boolean {
    if (deviceId === undefined) return this.#places.has(address);
    return this.#placesOf.get(deviceId)?.includes(address) ?? false;
  }

  /** A connection was closed: what was registered by it can't be reached any more. */
  connectionClosed(connectionId: string): void {
    for (const deviceId of this.#byConnection.get(connectionId) ?? []) {
      const user = principalText({ kind: "device", deviceId });
      this.registrar.remove(user, (binding) => binding.peer.connectionId === connectionId);
    }
    this.#byConnection.delete(connectionId);
  }

  tick(now: Instant): void {
    this.#watch.tick(now);
  }

  /** @returns false when the answer was to another's question */
  pinged(event: Extract<AgentEvent, { kind: "pinged" }>): boolean {
    return this.#watch.pinged(event);
  }

  /** Ends the bindings of devices that are no longer known. */
  keepOnly(known: ReadonlySet<DeviceId>): void {
    for (const { user } of this.registrar.export()) {
      const principal = principalOf(user);
      if (principal.kind === "device" && !known.has(principal.deviceId)) this.registrar.forget(user);
    }
  }

  /**
   * Takes bindings of an earlier run; what is none is left out. Connections ended with that run, and the port a phone
   * had on its side is nowhere to connect to: it comes again by itself.
   * @returns where all of them were registered
   */
  restore(
    now: Instant,
    stored: readonly { readonly deviceId: DeviceId; readonly binding: unknown }[],
  ): { readonly deviceId: DeviceId; readonly address: string }[] {
    const byDevice = new Map<DeviceId, Binding[]>();
    const homes: { deviceId: DeviceId; address: string }[] = [];
    for (const { deviceId, binding } of stored) {
      if (!isBinding(binding)) continue;
      homes.push({ deviceId, address: binding.peer.address });
      if (binding.peer.transport === "UDP") byDevice.set(deviceId, [...(byDevice.get(deviceId) ?? []), binding]);
    }
    const users = [...byDevice].map(([deviceId, bindings]) => ({
      user: principalText({ kind: "device", deviceId }),
      bindings,
    }));
    this.registrar.restore(now, users);
    return homes;
  }

  /** What changed since the last call. */
  takeChanges(now: Instant): readonly Extract<SignallingEvent, { kind: "deviceBindings" }>[] {
    const events = this.registrar.takeEvents();
    // Asked after every message, of which few register anything.
    if (events.length === 0 && this.#moved.size === 0) return none;
    const changed = events.flatMap(({ user, bindings }) => {
      const principal: Principal = principalOf(user);
      if (principal.kind !== "device") return [];
      this.#remember(principal.deviceId, bindings);
      this.#watch.set(now, user, bindings);
      this.#moved.delete(principal.deviceId);
      return [this.#change(user, principal.deviceId, bindings)];
    });
    const moved = [...this.#moved].map((deviceId) => {
      const user = principalText({ kind: "device", deviceId });
      return this.#change(user, deviceId, this.registrar.lookup(now, user));
    });
    this.#moved.clear();
    return [...changed, ...moved];
  }

  #change(user: string, deviceId: DeviceId, bindings: readonly Binding[]) {
    const stored: StoredBinding[] = bindings.map((binding) => ({ ...binding, uri: binding.contact }));
    const reachable = bindings.some((binding) => this.#watch.isThere(user, binding.contact));
    return { kind: "deviceBindings", deviceId, bindings: stored, reachable } as const;
  }

  /** Several phones may share an address and port behind a proxy, so places are counted. */
  #remember(deviceId: DeviceId, bindings: readonly Binding[]): void {
    for (const place of this.#placesOf.get(deviceId) ?? []) {
      const left = (this.#places.get(place) ?? 1) - 1;
      if (left > 0) this.#places.set(place, left);
      else this.#places.delete(place);
    }
    const places = bindings.flatMap(({ peer }) => [placeText(peer), peer.address]);
    for (const { connectionId } of bindings.map(({ peer }) => peer)) {
      if (connectionId === undefined) continue;
      const devices = this.#byConnection.get(connectionId) ?? new Set();
      this.#byConnection.set(connectionId, devices.add(deviceId));
    }
    for (const place of places) this.#places.set(place, (this.#places.get(place) ?? 0) + 1);
    if (places.length > 0) this.#placesOf.set(deviceId, places);
    else this.#placesOf.delete(deviceId);
  }
}

const none: readonly [] = [];

/** The account of a phone for a realm. */
export function accountOf(realm: string, deviceId: DeviceId, username: string, password: string): DeviceAccount {
  return {
    deviceId,
    username,
    ha1Md5: ha1("MD5", username, realm, password),
    ha1Sha256: ha1("SHA-256", username, realm, password),
  };
}

function placeText(peer: Peer): string {
  return `${peer.transport}|${peer.address}|${peer.port}`;
}

function isBinding(value: unknown): value is Binding {
  if (typeof value !== "object" || value === null) return false;
  const { contact, callId, cseq, expiresAt, peer } = value as Partial<Binding>;
  return (
    typeof contact === "string" &&
    typeof callId === "string" &&
    typeof cseq === "number" &&
    typeof expiresAt === "number" &&
    typeof peer?.address === "string" &&
    typeof peer.port === "number"
  );
}
