import { assert, type Instant } from "@centrala/kit";
import {
  equalSipUris,
  parseCSeq,
  parseDeltaSeconds,
  parseNameAddr,
  parseQValue,
  parseSipUri,
  type SipRequest,
  type SipUri,
} from "../message/index.ts";
import { DeadlineHeap, type Peer, type Scheduled } from "../transaction/index.ts";

/** One place where a user can be reached until `expiresAt`. Text and numbers only, so that it can be stored. */
export interface Binding {
  readonly contact: string;
  readonly callId: string;
  readonly cseq: number;
  readonly expiresAt: Instant;
  /** Preference from 0 to 1. */
  readonly q: number;
  /** Where the REGISTER came from: behind a NAT the only way back. */
  readonly peer: Peer;
  readonly userAgent: string;
}

export interface RegistrarOptions {
  readonly expiresMinS?: number;
  readonly expiresMaxS?: number;
  readonly expiresDefaultS?: number;
  readonly bindingsPerUserMax?: number;
  readonly usersMax?: number;
  /** The longest grant for one place, in seconds, not below `expiresMinS`; a phone behind a router gets a shorter one. */
  readonly grantMaxS?: (contact: SipUri, peer: Peer) => number;
}

/** What to answer a REGISTER with; `contacts` are the Contact values of a 200. */
export type RegisterAnswer =
  | { readonly status: 200; readonly contacts: readonly string[] }
  | { readonly status: 400 | 500 | 403 | 503; readonly reason: string }
  | { readonly status: 423; readonly minExpiresS: number };

/** Told when a user becomes reachable, changes place, or stops being reachable. */
export interface RegistrarEvent {
  readonly user: string;
  readonly bindings: readonly Binding[];
}

interface UserBindings extends Scheduled {
  readonly user: string;
  bindings: Binding[];
}

type Ask = { readonly uri: SipUri; readonly contact: string; readonly expiresS: number; readonly q: number };

/**
 * A registrar (RFC 3261 section 10.3) for users whose identity was proved before. Users are named by the caller; a
 * change is told once per user by `takeEvents`.
 */
export class Registrar {
  readonly #expiresMinS: number;
  readonly #expiresMaxS: number;
  readonly #expiresDefaultS: number;
  readonly #bindingsPerUserMax: number;
  readonly #usersMax: number;
  readonly #grantMaxS: (contact: SipUri, peer: Peer) => number;
  readonly #users = new Map<string, UserBindings>();
  readonly #heap = new DeadlineHeap<UserBindings>();
  #events: RegistrarEvent[] = [];

  constructor(options: RegistrarOptions = {}) {
    this.#expiresMinS = options.expiresMinS ?? 60;
    this.#expiresMaxS = options.expiresMaxS ?? 3_600;
    this.#expiresDefaultS = options.expiresDefaultS ?? 600;
    this.#bindingsPerUserMax = options.bindingsPerUserMax ?? 4;
    this.#usersMax = options.usersMax ?? 20_000;
    this.#grantMaxS = options.grantMaxS ?? (() => this.#expiresMaxS);
  }

  /** Live bindings of a user, the preferred first, of equals the newest. */
  lookup(now: Instant, user: string): readonly Binding[] {
    const live = (this.#users.get(user)?.bindings ?? []).filter((binding) => binding.expiresAt > now);
    return live.sort((a, b) => b.q - a.q || b.expiresAt - a.expiresAt);
  }

  /** Does what a REGISTER asks for, completely or not at all (RFC 3261 10.3 step 7). */
  register(now: Instant, user: string, request: SipRequest, peer: Peer): RegisterAnswer {
    const cseq = parseCSeq(request.headers.get("cseq") ?? "");
    const callId = request.headers.get("call-id");
    if (cseq === undefined || callId === undefined) return { status: 400, reason: "Bad CSeq or Call-ID" };
    // RFC 3261 10.3 step 5: what is registered is a SIP address.
    const address = parseNameAddr(request.headers.get("to") ?? "");
    if (parseSipUri(address?.uri ?? "") === undefined) return { status: 400, reason: "Bad To" };
    const values = request.headers.getAll("contact");
    const current = this.#users.get(user)?.bindings.filter((binding) => binding.expiresAt > now) ?? [];
    if (values.length === 0) return this.#answer(now, current);
    if (values.some((value) => value.trim() === "*")) return this.#removeAll(now, user, request, callId, cseq.seq);
    const asks = this.#asks(request, values);
    if (asks === undefined) return { status: 400, reason: "Bad Contact" };
    if (asks.some((ask) => ask.expiresS > 0 && ask.expiresS < this.#expiresMinS)) {
      return { status: 423, minExpiresS: this.#expiresMinS };
    }
    return this.#change(now, user, current, asks, {
      callId,
      cseq: cseq.seq,
      peer,
      userAgent: (request.headers.get("user-agent") ?? "").slice(0, 200),
    });
  }

  /** Ends every binding of a user, for instance when the account is deleted. */
  forget(user: string): void {
    if (this.#users.has(user)) this.#store(user, []);
  }

  /** Ends the places of a user that fit, for instance those by a connection that was closed. */
  remove(user: string, fits: (binding: Binding) => boolean): void {
    const bindings = this.#users.get(user)?.bindings ?? [];
    const left = bindings.filter((binding) => !fits(binding));
    if (left.length < bindings.length) this.#store(user, left);
  }

  /** Ends bindings whose time has come. @returns when to call again at the latest */
  poll(now: Instant): Instant | undefined {
    for (let due = this.#heap.peek(); due !== undefined && due.deadline <= now; due = this.#heap.peek()) {
      this.#store(
        due.user,
        due.bindings.filter((binding) => binding.expiresAt > now),
      );
    }
    return this.#heap.peek()?.deadline;
  }

  takeEvents(): RegistrarEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** Every binding, to be stored and given to {@link Registrar.restore} after a restart. */
  export(): readonly { readonly user: string; readonly bindings: readonly Binding[] }[] {
    return [...this.#users.values()].map(({ user, bindings }) => ({ user, bindings: [...bindings] }));
  }

  /** Takes bindings of an earlier run; those that have expired are left out. */
  restore(now: Instant, stored: Iterable<{ readonly user: string; readonly bindings: readonly Binding[] }>): void {
    for (const { user, bindings } of stored) {
      const live = bindings.filter((binding) => binding.expiresAt > now).slice(0, this.#bindingsPerUserMax);
      if (live.length > 0 && this.#users.size < this.#usersMax) this.#store(user, live);
    }
  }

  #removeAll(now: Instant, user: string, request: SipRequest, callId: string, cseq: number): RegisterAnswer {
    // RFC 3261 10.2.2: "*" stands alone and with Expires 0.
    const alone = request.headers.getAll("contact").length === 1;
    if (!alone || parseDeltaSeconds(request.headers.get("expires") ?? "") !== 0) {
      return { status: 400, reason: "Bad Contact" };
    }
    const current = this.#users.get(user)?.bindings ?? [];
    if (current.some((binding) => binding.callId === callId && binding.cseq >= cseq)) return outOfOrder;
    if (current.length > 0) this.#store(user, []);
    return this.#answer(now, []);
  }

  #asks(request: SipRequest, values: readonly string[]): Ask[] | undefined {
    const asks: Ask[] = [];
    const general = parseDeltaSeconds(request.headers.get("expires") ?? "") ?? this.#expiresDefaultS;
    for (const value of values) {
      const address = parseNameAddr(value);
      const uri = address === undefined ? undefined : parseSipUri(address.uri);
      if (address === undefined || uri === undefined) return undefined;
      const expires = address.params.get("expires");
      const q = address.params.get("q");
      asks.push({
        uri,
        contact: address.uri,
        // RFC 3261 10.2.1.1: a malformed value counts as 3600; ours is then capped like any other.
        expiresS: Math.min(
          typeof expires === "string" ? (parseDeltaSeconds(expires) ?? 3_600) : general,
          this.#expiresMaxS,
        ),
        q: (typeof q === "string" ? parseQValue(q) : undefined) ?? 1,
      });
    }
    return asks;
  }

  #change(
    now: Instant,
    user: string,
    current: readonly Binding[],
    asks: readonly Ask[],
    from: Pick<Binding, "callId" | "cseq" | "peer" | "userAgent">,
  ): RegisterAnswer {
    let bindings = [...current];
    for (const ask of asks) {
      const old = bindings.find((binding) => sameContact(binding.contact, ask));
      if (old !== undefined && old.callId === from.callId && old.cseq >= from.cseq) return outOfOrder;
      bindings = bindings.filter((binding) => binding !== old);
      if (ask.expiresS === 0) continue;
      const { contact, q } = ask;
      const grantS = Math.max(this.#expiresMinS, Math.min(ask.expiresS, this.#grantMaxS(ask.uri, from.peer)));
      bindings.push({ contact, q, expiresAt: now + grantS * 1_000, ...from });
    }
    // A phone that restarted forgets its old Call-ID and port: the eldest place gives way to the newest.
    bindings = bindings.slice(-this.#bindingsPerUserMax);
    if (!this.#users.has(user) && this.#users.size >= this.#usersMax) return { status: 503, reason: "Registrar full" };
    this.#store(user, bindings);
    return this.#answer(now, bindings);
  }

  #store(user: string, bindings: Binding[]): void {
    const entry = this.#users.get(user) ?? { user, bindings, deadline: Number.POSITIVE_INFINITY, heapIndex: -1 };
    entry.bindings = bindings;
    this.#events.push({ user, bindings: [...bindings] });
    assert(this.#events.length < 100_000, "registrar events are drained after every input");
    if (bindings.length === 0) {
      this.#users.delete(user);
      this.#heap.remove(entry);
      return;
    }
    this.#users.set(user, entry);
    this.#heap.schedule(entry, Math.min(...bindings.map((binding) => binding.expiresAt)));
  }

  #answer(now: Instant, bindings: readonly Binding[]): RegisterAnswer {
    const contacts = bindings.map(
      (binding) => `<${binding.contact}>;expires=${Math.max(1, Math.round((binding.expiresAt - now) / 1_000))}`,
    );
    return { status: 200, contacts };
  }
}

const outOfOrder: RegisterAnswer = { status: 500, reason: "CSeq out of order" };

function sameContact(contact: string, ask: Ask): boolean {
  const uri = parseSipUri(contact);
  return uri !== undefined && equalSipUris(uri, ask.uri);
}
