import { isIPv6 } from "node:net";
import type { SipPause } from "@centrala/contract";
import type { Instant } from "@centrala/kit";

/** One try of a password. */
export interface Try {
  readonly now: Instant;
  readonly source: string;
  readonly account: string;
  /** The account's telephone is registered from this address. */
  readonly atHome: boolean;
}

interface Failures {
  readonly kind: SipPause["kind"] | "pair";
  readonly name: string;
  /** Wrong passwords in the minute that began then. */
  minuteAt: Instant;
  inMinute: number;
  /** The same for an hour: who guesses slowly. */
  hourAt: Instant;
  inHour: number;
  failures: number;
  /** How many pauses there were; each is twice as long as the one before. */
  pauses: number;
  until: Instant;
  lastAt: Instant;
}

const perMinuteMax = 5;
/** Behind one address are many telephones, of which some may be set up wrongly. */
const perHourMax = { account: 20, pair: 20, source: 100 } as const;
const minuteMs = 60_000;
const hourMs = 3_600_000;
const pauseMs = 60_000;
const pauseMsMax = hourMs;
/** Who made no mistake for this long begins anew. */
const forgiveMs = 7_200_000;
const trustedMs = 7 * 86_400_000;
const recordsMax = 20_000;
const pausesMax = 100;

/**
 * Guessing of passwords: five wrong ones a minute or twenty an hour for an account, five or a hundred for an address,
 * then a pause that doubles with each, up to an hour. Where an account was right before, from this address, only its own mistakes there count: so
 * nobody locks a telephone out by guessing its password elsewhere, or behind the same router.
 */
export class Guard {
  readonly #records = new Map<string, Failures>();
  readonly #trusted = new Map<string, Instant>();

  /** False while the source or the account is paused. Costs no digest. */
  mayTry(attempt: Try): boolean {
    const { now } = attempt;
    return this.#keys(attempt).every(([key]) => (this.#records.get(key)?.until ?? 0) <= now);
  }

  /** @returns the pause that this mistake began, for the log */
  failed(attempt: Try): SipPause | undefined {
    const { now } = attempt;
    let begun: SipPause | undefined;
    for (const [key, kind, name] of this.#keys(attempt)) {
      const record = this.#count(now, key, kind, name);
      if (record.until > now) begun ??= pauseOf(record);
    }
    return begun;
  }

  /** The password was right: the account is at home at this address. */
  succeeded({ now, source, account }: Try): void {
    const pair = pairKey(source, account);
    keep(this.#trusted, pair, now);
    this.#records.delete(pair);
  }

  /** The pauses that go on, the longest first. */
  pauses(now: Instant): readonly SipPause[] {
    const running = [...this.#records.values()].filter((record) => record.until > now);
    return running
      .sort((a, b) => b.until - a.until)
      .slice(0, pausesMax)
      .map(pauseOf);
  }

  #keys({ now, source, account, atHome }: Try): (readonly [string, Failures["kind"], string])[] {
    const network = networkOf(source);
    const provedAt = this.#trusted.get(pairKey(source, account));
    if (atHome || (provedAt !== undefined && now - provedAt < trustedMs))
      return [[pairKey(source, account), "pair", account]];
    return [
      [`s|${network}`, "source", network],
      [`a|${account}`, "account", account],
    ];
  }

  #count(now: Instant, key: string, kind: Failures["kind"], name: string): Failures {
    const known = this.#records.get(key);
    const record = known !== undefined && now - known.lastAt < forgiveMs ? known : newFailures(now, kind, name);
    if (now - record.minuteAt >= minuteMs) Object.assign(record, { minuteAt: now, inMinute: 0 });
    if (now - record.hourAt >= hourMs) Object.assign(record, { hourAt: now, inHour: 0 });
    record.inMinute += 1;
    record.inHour += 1;
    record.failures += 1;
    record.lastAt = now;
    if (record.inMinute >= perMinuteMax || record.inHour >= perHourMax[kind]) {
      record.until = now + Math.min(pauseMsMax, pauseMs * 2 ** record.pauses);
      record.pauses += 1;
      record.inMinute = 0;
    }
    keep(this.#records, key, record);
    return record;
  }
}

function newFailures(now: Instant, kind: Failures["kind"], name: string): Failures {
  return {
    kind,
    name,
    minuteAt: now,
    inMinute: 0,
    hourAt: now,
    inHour: 0,
    failures: 0,
    pauses: 0,
    until: 0,
    lastAt: now,
  };
}

function pauseOf({ kind, name, until, failures }: Failures): SipPause {
  return { kind: kind === "source" ? "source" : "account", name, until, failures };
}

function pairKey(source: string, account: string): string {
  return `p|${networkOf(source)}|${account}`;
}

/** Who has one IPv6 address has 2^64 of them. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("%", 1)[0]?.split("::") ?? [];
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(zeros).fill("0"), ...right].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}

function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= recordsMax) return;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
}
