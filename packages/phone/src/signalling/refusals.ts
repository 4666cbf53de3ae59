import type { RefusalReason, SipRefusal } from "@centrala/contract";
import { type Instant, seenText } from "@centrala/kit";
import { networkOf } from "./guard.ts";
import type { SignallingOptions } from "./types.ts";

/** A refusal as it happens. */
export type Refused = Omit<SipRefusal, "count" | "firstAt" | "lastAt">;

interface Noted {
  refusal: Refused;
  readonly firstAt: Instant;
  lastAt: Instant;
  count: number;
  /** Counted since the last line in the log. */
  unlogged: number;
  loggedAt: Instant;
}

const ownersMax = 200;
const strangersMax = 100;
const perOwnerMax = 10;
const textMax = 128;
const logEveryMs = 60_000;
/** Lines a minute for all strangers together: a flood from many addresses must not fill the disk. */
const strangerLinesMax = 30;

/**
 * The last refusals, equal ones counted together, a few of each line, telephone and address; strangers never displace
 * what concerns our own. Each has a line in the log, at most once a minute.
 */
export class Refusals {
  readonly #log: SignallingOptions["log"];
  readonly #ours = new Map<string, Map<string, Noted>>();
  readonly #strangers = new Map<string, Map<string, Noted>>();
  readonly #counts = new Map<RefusalReason, number>();
  #linesAt: Instant = Number.NEGATIVE_INFINITY;
  #lines = 0;

  constructor(log: SignallingOptions["log"]) {
    this.#log = log;
  }

  note(now: Instant, told: Refused): void {
    const refusal = bounded(told);
    this.#counts.set(refusal.reason, (this.#counts.get(refusal.reason) ?? 0) + 1);
    const stranger = refusal.trunkId === null && refusal.deviceId === null;
    const noted = this.#noted(now, refusal, stranger);
    noted.refusal = refusal;
    noted.lastAt = now;
    noted.count += 1;
    noted.unlogged += 1;
    if (now - noted.loggedAt < logEveryMs || (stranger && !this.#mayLog(now))) return;
    const { reason, status, method, source, transport, trunkId, deviceId, account, called, detail } = refusal;
    const who = { trunkId, deviceId, account, called, detail: detail === "" ? null : detail };
    const known = Object.fromEntries(Object.entries(who).filter(([, value]) => value !== null));
    const details = { reason, status, method, source, transport, ...known, times: noted.unlogged };
    this.#log("warn", "a SIP request was refused", details);
    noted.loggedAt = now;
    noted.unlogged = 0;
  }

  /** This address has proved who it is: that it did not at first was no refusal. */
  proved(source: string): void {
    const owned = this.#strangers.get(networkOf(source));
    for (const [key, { refusal }] of owned ?? []) if (refusal.reason === "sourceUnknown") owned?.delete(key);
  }

  /** The newest first. */
  list(): readonly SipRefusal[] {
    const all = [...this.#ours.values(), ...this.#strangers.values()].flatMap((owned) => [...owned.values()]);
    return all
      .sort((a, b) => b.lastAt - a.lastAt)
      .map(({ refusal, firstAt, lastAt, count }) => ({ ...refusal, firstAt, lastAt, count }));
  }

  /** How often each reason was met since the start. */
  counts(): ReadonlyMap<RefusalReason, number> {
    return this.#counts;
  }

  #noted(now: Instant, refusal: Refused, stranger: boolean): Noted {
    const { trunkId, deviceId, source, reason, called, account, detail } = refusal;
    const owner = trunkId ?? deviceId ?? networkOf(source);
    const owners = stranger ? this.#strangers : this.#ours;
    const owned = owners.get(owner) ?? new Map<string, Noted>();
    owners.delete(owner);
    owners.set(owner, owned);
    forgetOldest(owners, stranger ? strangersMax : ownersMax);
    const key = [reason, called, account, detail].join("|");
    const noted = owned.get(key) ?? {
      refusal,
      firstAt: now,
      lastAt: now,
      count: 0,
      unlogged: 0,
      loggedAt: Number.NEGATIVE_INFINITY,
    };
    owned.delete(key);
    owned.set(key, noted);
    forgetOldest(owned, perOwnerMax);
    return noted;
  }

  #mayLog(now: Instant): boolean {
    if (now - this.#linesAt >= logEveryMs) {
      this.#linesAt = now;
      this.#lines = 0;
    }
    this.#lines += 1;
    return this.#lines <= strangerLinesMax;
  }
}

function bounded(refusal: Refused): Refused {
  const cut = (text: string | null): string | null => (text === null ? null : seen(text));
  const { account, called, detail, method } = refusal;
  return {
    ...refusal,
    account: cut(account),
    called: cut(called),
    detail: seen(detail),
    method: seen(method).slice(0, 32),
  };
}

/** Shown on a page and in a log that is read in a terminal. */
function seen(text: string): string {
  return seenText(text.slice(0, textMax), "\ufffd");
}

function forgetOldest(map: Map<string, unknown>, max: number): void {
  if (map.size <= max) return;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
}
