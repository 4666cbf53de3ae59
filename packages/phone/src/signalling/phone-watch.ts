import type { Instant } from "@centrala/kit";
import { type AgentEvent, type Binding, parseSipUri, type SipUri } from "@centrala/sip";

/** What is known of one place behind a router. */
interface Place {
  readonly binding: Binding;
  readonly everyMs: number;
  nextAt: Instant;
  /** OPTIONS in a row that nobody answered. */
  missed: number;
  /** Some telephones answer no OPTIONS at all: their silence says nothing. */
  answers: boolean;
}

export interface PhoneWatchOptions {
  /** Asks with OPTIONS; "pinged" follows. */
  readonly ask: (now: Instant, id: string, binding: Binding) => void;
  /** A place was lost or found again. */
  readonly changed: (user: string) => void;
}

/** Routers forget a UDP way after 30 s at the earliest. */
const askEveryMsMin = 24_000;
const spreadMs = 4_000;
const asksPerTickMax = 500;
const missedMax = 2;
const idPrefix = "phone ";
/** A router that forgot the way all the same is met again this soon. */
const grantSMin = 100;
const grantSpreadS = 30;

/**
 * Telephones behind routers: OPTIONS keep their way open and tell whether they are still there. Spread over time, and
 * so many a second at most.
 */
export class PhoneWatch {
  readonly #options: PhoneWatchOptions;
  readonly #places = new Map<string, Place>();
  readonly #keysOf = new Map<string, readonly string[]>();

  constructor(options: PhoneWatchOptions) {
    this.#options = options;
  }

  /** Watches exactly these places of a user from now on. */
  set(now: Instant, user: string, bindings: readonly Binding[]): void {
    const known = new Map((this.#keysOf.get(user) ?? []).map((key) => [key, this.#places.get(key)]));
    for (const key of known.keys()) this.#places.delete(key);
    const watched = bindings.filter((binding) => isBehindRouter(parseSipUri(binding.contact), binding.peer));
    const keys = watched.map((binding) => `${idPrefix}${user} ${binding.contact}`);
    for (const [index, binding] of watched.entries()) {
      const key = keys[index] ?? "";
      const everyMs = askEveryMsMin + (hashOf(key) % spreadMs);
      // It has just registered, so it is there whatever was thought before.
      const nextAt = known.get(key)?.nextAt ?? now + everyMs;
      this.#places.set(key, { binding, everyMs, nextAt, missed: 0, answers: known.get(key)?.answers ?? false });
    }
    if (keys.length > 0) this.#keysOf.set(user, keys);
    else this.#keysOf.delete(user);
  }

  /** False while a place that used to answer is silent. */
  isThere(user: string, contact: string): boolean {
    const place = this.#places.get(`${idPrefix}${user} ${contact}`);
    return place === undefined || !isLost(place);
  }

  /** Asks whoever is due; call once a second. */
  tick(now: Instant): void {
    let left = asksPerTickMax;
    for (const [key, place] of this.#places) {
      if (place.nextAt > now) continue;
      if (left === 0) return;
      left -= 1;
      place.nextAt = now + place.everyMs;
      this.#options.ask(now, key, place.binding);
    }
  }

  /** @returns false when the answer was to another's question */
  pinged(event: Extract<AgentEvent, { kind: "pinged" }>): boolean {
    if (!event.id.startsWith(idPrefix)) return false;
    const place = this.#places.get(event.id);
    if (place === undefined) return true;
    const before = isLost(place);
    // Whatever it says, it is there.
    const answered = event.status !== null && event.status !== 408;
    place.missed = answered ? 0 : place.missed + 1;
    place.answers ||= answered;
    if (isLost(place) !== before) this.#options.changed(event.id.slice(idPrefix.length).split(" ", 1)[0] ?? "");
    return true;
  }
}

/** The longest grant of a registration: short behind a router, so that a way that was lost is found again soon. */
export function grantMaxS(contact: SipUri, peer: Binding["peer"], usualS: number): number {
  return isBehindRouter(contact, peer)
    ? grantSMin + (hashOf(`${contact.user ?? ""}${peer.port}`) % grantSpreadS)
    : usualS;
}

/** True when a phone names another place than the one it was seen at: there is a router between. */
function isBehindRouter(contact: SipUri | undefined, peer: Binding["peer"]): boolean {
  if (peer.transport !== "UDP" || contact === undefined) return false;
  return contact.host.toLowerCase() !== peer.address || (contact.port ?? 5060) !== peer.port;
}

function isLost(place: Place): boolean {
  return place.answers && place.missed >= missedMax;
}

function hashOf(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) hash = (hash * 31 + text.charCodeAt(index)) >>> 0;
  return hash;
}
