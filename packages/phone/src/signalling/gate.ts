import type { DeviceAccount, DeviceId, RefusalReason, SipPause, TrunkId } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import {
  type Admission,
  DigestServer,
  type DigestVerdict,
  type Peer,
  parseNameAddr,
  type SipRequest,
} from "@centrala/sip";
import { ChallengeMemory } from "./challenge-memory.ts";
import { Guard, networkOf, type Try } from "./guard.ts";
import { calledNumber, userOf } from "./identity.ts";
import { RateLimit } from "./rate-limit.ts";
import type { Refusals } from "./refusals.ts";
import type { Trunk, Trunks } from "./trunks.ts";
import type { SignallingOptions } from "./types.ts";

/** Who a request comes from, as text that the agent carries along. */
export type Principal =
  | { readonly kind: "trunk"; readonly trunkId: TrunkId }
  | { readonly kind: "device"; readonly deviceId: DeviceId };

export function principalText(principal: Principal): string {
  return principal.kind === "trunk" ? `t${principal.trunkId}` : `d${principal.deviceId}`;
}

export function principalOf(text: string): Principal {
  return text.startsWith("t") ? { kind: "trunk", trunkId: text.slice(1) } : { kind: "device", deviceId: text.slice(1) };
}

export interface GateOptions {
  readonly signalling: SignallingOptions;
  readonly trunks: Trunks;
  readonly refusals: Refusals;
  /** True when a phone is registered from this very address and port. */
  readonly isDevicePeer: (peer: Peer) => boolean;
  /** True when a phone is registered from this address; of the device, when one is named. */
  readonly isDeviceAddress: (address: string, deviceId?: DeviceId) => boolean;
  /** True for a name or address of our own. */
  readonly isOwnHost: (host: string) => boolean;
}

/** Larger datagrams of strangers are not read: no request of a phone that begins is that long. */
const strangerBytesMax = 8_192;
/** No account of ours has a longer name. */
const accountMax = 128;
const homeMs = 7 * 86_400_000;

/**
 * Decides about every request that opens something. Refusals tell nothing: a stranger gets the same 401 with a fresh
 * nonce before anything is looked up; only a known trunk learns that a number is unknown. Wrong passwords cost
 * pauses ({@link Guard}), honest challenges cost nothing once they were answered.
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #digest: DigestServer;
  readonly #memory = new ChallengeMemory();
  readonly #guard = new Guard();
  /** Hundreds of phones behind one address may start at once; each takes one, and gives it back with its password. */
  readonly #challenges = new RateLimit({ burst: 1_000, perSecond: 20, sourcesMax: 20_000 });
  /** Everything else that is answered to strangers. */
  readonly #answers = new RateLimit({ burst: 100, perSecond: 5, sourcesMax: 20_000 });
  readonly #accounts = new Map<string, DeviceAccount>();
  /** Where telephones were registered when the last run ended, also by connections, which ended with it. */
  readonly #homes = new Map<DeviceId, { readonly networks: Set<string>; readonly until: Instant }>();
  #challenged = 0;
  #rateLimited = 0;
  #oversized = 0;
  refusing = false;

  constructor(options: GateOptions) {
    this.#options = options;
    const key = new Uint8Array(32);
    options.signalling.entropy.fill(key);
    const realm = options.signalling.realm ?? "centrala";
    this.#digest = new DigestServer({ realm, key, entropy: options.signalling.entropy });
  }

  get counters(): { readonly challenged: number; readonly rateLimited: number; readonly oversized: number } {
    return { challenged: this.#challenged, rateLimited: this.#rateLimited, oversized: this.#oversized };
  }

  setAccounts(accounts: readonly DeviceAccount[]): void {
    this.#accounts.clear();
    // Of two centres with one name the older keeps it.
    for (const account of accounts) {
      if (!this.#accounts.has(account.username)) this.#accounts.set(account.username, account);
    }
  }

  /**
   * Telephones of an earlier run are at home where they were: whoever guessed at their passwords meanwhile keeps none of
   * them from coming back.
   */
  remember(now: Instant, stored: readonly { readonly deviceId: DeviceId; readonly address: string }[]): void {
    for (const { deviceId, address } of stored) {
      const networks = this.#homes.get(deviceId)?.networks ?? new Set();
      this.#homes.set(deviceId, { networks: networks.add(networkOf(address)), until: now + homeMs });
    }
  }

  pauses(now: Instant): readonly SipPause[] {
    return this.#guard.pauses(now);
  }

  /** False for a datagram that is dropped unread. */
  mayRead(bytes: number, source: Peer): boolean {
    if (bytes <= strangerBytesMax || this.#isKnown(source)) return true;
    this.#oversized += 1;
    return false;
  }

  /** Whether this source gets an answer to something that is refused for its form. */
  mayAnswer(now: Instant, source: Peer): boolean {
    return this.#isKnown(source) || this.#take(now, this.#answers, source);
  }

  admit(now: Instant, request: SipRequest, source: Peer): Admission {
    const busy = request.method === "INVITE" && (this.refusing || (this.#options.signalling.overloaded?.() ?? false));
    const verdict = this.#digest.check(now, request, (username) => this.#accounts.get(username), {
      holder: source.address,
      isOurs: this.#options.isOwnHost,
      mayTry: (username) => this.#guard.mayTry(this.#try(now, source, username)),
    });
    if (verdict.kind !== "absent") return this.#device(now, request, source, verdict, busy);
    if (this.#options.isDevicePeer(source)) {
      // Phones ask by OPTIONS whether we are still there, and have no password at hand for it.
      if (request.method === "OPTIONS") return { kind: "accept", principal: "d" };
    } else if (request.method !== "REGISTER") {
      const trunks = this.#options.trunks.bySource(source.address);
      if (trunks.length > 0) return this.#trunk(now, request, source, trunks, busy);
      if (request.method === "INVITE") this.#note(now, request, source, { reason: "sourceUnknown", status: 401 });
    }
    return this.#challenge(now, request, source, false);
  }

  #device(now: Instant, request: SipRequest, source: Peer, verdict: DigestVerdict, busy: boolean): Admission {
    switch (verdict.kind) {
      case "accepted":
        return this.#accepted(now, request, source, verdict.username, busy);
      case "misdirected":
        this.#note(now, request, source, {
          reason: "credentialsElsewhere",
          status: 400,
          account: verdict.username,
        });
        return this.mayAnswer(now, source) ? { kind: "refuse", status: 400 } : { kind: "drop" };
      case "paused":
        this.#note(now, request, source, { reason: "paused", status: null, account: verdict.username });
        return { kind: "drop" };
      case "refused":
        return this.#wrong(now, request, source, verdict.username);
      default:
        return this.#challenge(now, request, source, true);
    }
  }

  #wrong(now: Instant, request: SipRequest, source: Peer, username: string): Admission {
    const account = this.#accounts.get(username);
    this.#note(now, request, source, {
      reason: account === undefined ? "accountUnknown" : "passwordWrong",
      status: 401,
      account: username,
    });
    const pause = this.#guard.failed(this.#try(now, source, username));
    if (pause !== undefined) {
      const { log } = this.#options.signalling;
      const until = new Date(pause.until).toISOString();
      log("warn", "too many wrong SIP passwords: no more are tried for now", { ...pause, until });
    }
    return this.#challenge(now, request, source, false);
  }

  #accepted(now: Instant, request: SipRequest, source: Peer, username: string, busy: boolean): Admission {
    const account = this.#accounts.get(username);
    if (account === undefined) return { kind: "drop" };
    this.#memory.answered(source.address);
    this.#guard.succeeded(this.#try(now, source, username));
    this.#challenges.give(networkOf(source.address), 1);
    this.#options.refusals.proved(source.address);
    const { deviceId } = account;
    if (busy) {
      this.#note(now, request, source, { reason: "overloaded", status: 503, deviceId });
      return overload;
    }
    // A phone registers itself only, whatever it writes into To; large letters and escapes are no other name.
    const to = userOf(parseNameAddr(request.headers.get("to") ?? "")?.uri ?? "");
    if (request.method === "REGISTER" && to?.toLowerCase() !== username.toLowerCase()) {
      this.#note(now, request, source, { reason: "registersOther", status: 403, deviceId, account: username });
      return { kind: "refuse", status: 403 };
    }
    return { kind: "accept", principal: principalText({ kind: "device", deviceId }) };
  }

  #trunk(now: Instant, request: SipRequest, source: Peer, trunks: readonly Trunk[], busy: boolean): Admission {
    const [first] = trunks;
    if (first === undefined) return { kind: "refuse", status: 404 };
    const line = first.settings.trunkId;
    if (busy) {
      this.#note(now, request, source, { reason: "overloaded", status: 503, trunkId: line });
      return overload;
    }
    if (request.method !== "INVITE") {
      return { kind: "accept", principal: principalText({ kind: "trunk", trunkId: line }) };
    }
    const candidates = trunks.map(({ settings }) => ({
      trunkId: settings.trunkId,
      called: calledNumber(request, settings),
    }));
    const trunkId = this.#options.signalling.ownerOf(candidates);
    const owner = trunkId === null ? undefined : this.#options.trunks.get(trunkId);
    if (trunkId === null || owner === undefined) {
      // Phones on the same machine as a trunk are asked who they are; whether a name is an account is told to nobody.
      if (this.#options.isDeviceAddress(source.address)) return this.#challenge(now, request, source, false);
      const called = candidates[0]?.called ?? null;
      this.#note(now, request, source, { reason: "numberUnknown", status: 404, trunkId: line, called });
      return { kind: "refuse", status: 404 };
    }
    if (owner.state.calls >= owner.settings.maxCalls) {
      const called = candidates.find((candidate) => candidate.trunkId === trunkId)?.called ?? null;
      const detail = String(owner.settings.maxCalls);
      this.#note(now, request, source, { reason: "lineBusy", status: 503, trunkId, called, detail });
      return overload;
    }
    return { kind: "accept", principal: principalText({ kind: "trunk", trunkId }) };
  }

  #challenge(now: Instant, request: SipRequest, source: Peer, stale: boolean): Admission {
    const limit = request.method === "REGISTER" || request.method === "INVITE" ? this.#challenges : this.#answers;
    if (!this.#options.isDevicePeer(source) && !this.#take(now, limit, source)) return { kind: "drop" };
    this.#challenged += 1;
    const userAgent = request.headers.get("user-agent") ?? "";
    const algorithms =
      request.method === "REGISTER" && !stale
        ? this.#memory.forRegister(now, source.address, userAgent)
        : this.#memory.forOther(now, source.address, userAgent);
    const values = this.#digest.challenge(now, { stale, algorithms, holder: source.address });
    return { kind: "refuse", status: 401, headers: values.map((value) => ["www-authenticate", value] as const) };
  }

  #take(now: Instant, limit: RateLimit, source: Peer): boolean {
    if (limit.take(now, networkOf(source.address), 1)) return true;
    this.#rateLimited += 1;
    return false;
  }

  #isKnown(source: Peer): boolean {
    return this.#options.isDevicePeer(source) || this.#options.trunks.bySource(source.address).length > 0;
  }

  #try(now: Instant, source: Peer, username: string): Try {
    const deviceId = this.#accounts.get(username)?.deviceId;
    const atHome = deviceId !== undefined && this.#isAtHome(now, source.address, deviceId);
    // What a stranger writes may be as long as a message, and is remembered for hours.
    const account = Buffer.from(username.slice(0, accountMax)).toString();
    return { now, source: source.address, account, atHome };
  }

  #isAtHome(now: Instant, address: string, deviceId: DeviceId): boolean {
    if (this.#options.isDeviceAddress(address, deviceId)) return true;
    const home = this.#homes.get(deviceId);
    return home !== undefined && home.until > now && home.networks.has(networkOf(address));
  }

  #note(
    now: Instant,
    request: SipRequest,
    source: Peer,
    what: {
      readonly reason: RefusalReason;
      readonly status: number | null;
      readonly trunkId?: TrunkId | null;
      readonly deviceId?: DeviceId | null;
      readonly account?: string | null;
      readonly called?: string | null;
      readonly detail?: string;
    },
  ): void {
    this.#options.refusals.note(now, {
      method: request.method,
      source: source.address,
      transport: source.transport,
      trunkId: null,
      deviceId: null,
      account: null,
      called: request.method === "INVITE" ? userOf(request.uri) : null,
      detail: "",
      ...what,
    });
  }
}

const overload: Admission = { kind: "refuse", status: 503, headers: [["retry-after", "10"]] };
