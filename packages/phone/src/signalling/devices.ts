import type { DeviceAccount, DeviceId } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import { type Binding, ha1, type Peer, Registrar } from "@centrala/sip";
import { type Principal, principalOf, principalText } from "./gate.ts";
import type { StoredBinding } from "./types.ts";

/** Where the users' phones are registered, by device. */
export class Devices {
  readonly registrar = new Registrar();
  readonly #places = new Map<string, number>();
  readonly #placesOf = new Map<DeviceId, readonly string[]>();

  /** Live bindings, the preferred first. */
  bindings(now: Instant, deviceId: DeviceId): readonly Binding[] {
    return this.registrar.lookup(now, principalText({ kind: "device", deviceId }));
  }

  /** True when a phone is registered from this very address and port. */
  isPeer(peer: Peer): boolean {
    return this.#places.has(placeText(peer));
  }

  /** Ends the bindings of devices that are no longer known. */
  keepOnly(known: ReadonlySet<DeviceId>): void {
    for (const { user } of this.registrar.export()) {
      const principal = principalOf(user);
      if (principal.kind === "device" && !known.has(principal.deviceId)) this.registrar.forget(user);
    }
  }

  /** Takes bindings of an earlier run; what is none is left out. */
  restore(now: Instant, stored: readonly { readonly deviceId: DeviceId; readonly binding: unknown }[]): void {
    const byDevice = new Map<DeviceId, Binding[]>();
    for (const { deviceId, binding } of stored) {
      if (isBinding(binding)) byDevice.set(deviceId, [...(byDevice.get(deviceId) ?? []), binding]);
    }
    const users = [...byDevice].map(([deviceId, bindings]) => ({
      user: principalText({ kind: "device", deviceId }),
      bindings,
    }));
    this.registrar.restore(now, users);
  }

  /** What changed since the last call. */
  takeChanges(): readonly { readonly deviceId: DeviceId; readonly bindings: readonly StoredBinding[] }[] {
    return this.registrar.takeEvents().flatMap(({ user, bindings }) => {
      const principal: Principal = principalOf(user);
      if (principal.kind !== "device") return [];
      this.#remember(principal.deviceId, bindings);
      const stored = bindings.map((binding) => ({ ...binding, uri: binding.contact }));
      return [{ deviceId: principal.deviceId, bindings: stored }];
    });
  }

  /** Several phones may share an address and port behind a proxy, so places are counted. */
  #remember(deviceId: DeviceId, bindings: readonly Binding[]): void {
    for (const place of this.#placesOf.get(deviceId) ?? []) {
      const left = (this.#places.get(place) ?? 1) - 1;
      if (left > 0) this.#places.set(place, left);
      else this.#places.delete(place);
    }
    const places = bindings.map((binding) => placeText(binding.peer));
    for (const place of places) this.#places.set(place, (this.#places.get(place) ?? 0) + 1);
    if (places.length > 0) this.#placesOf.set(deviceId, places);
    else this.#placesOf.delete(deviceId);
  }
}

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
