import type { DeviceAccount, DeviceId, TrunkId } from "@centrala/contract";
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
import { calledNumber, userOf } from "./identity.ts";
import { RateLimit } from "./rate-limit.ts";
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
  /** True when a phone is registered from this very address and port. */
  readonly isDevicePeer: (peer: Peer) => boolean;
}

const wrongPasswordCost = 10;

/**
 * Decides about every request that opens something. Refusals tell nothing: a stranger gets the same 401 with a fresh
 * nonce before anything is looked up; only a known trunk learns that a number is unknown.
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #digest: DigestServer;
  readonly #memory = new ChallengeMemory();
  /** A hundred phones behind one address may start at once; who guesses passwords gets one try in two seconds. */
  readonly #limit = new RateLimit({ burst: 200, perSecond: 5, sourcesMax: 20_000 });
  readonly #accounts = new Map<string, DeviceAccount>();
  #challenged = 0;
  #rateLimited = 0;
  refusing = false;

  constructor(options: GateOptions) {
    this.#options = options;
    const key = new Uint8Array(32);
    options.signalling.entropy.fill(key);
    const realm = options.signalling.realm ?? "centrala";
    this.#digest = new DigestServer({ realm, key, entropy: options.signalling.entropy });
  }

  get counters(): { readonly challenged: number; readonly rateLimited: number } {
    return { challenged: this.#challenged, rateLimited: this.#rateLimited };
  }

  setAccounts(accounts: readonly DeviceAccount[]): void {
    this.#accounts.clear();
    for (const account of accounts) this.#accounts.set(account.username, account);
  }

  admit(now: Instant, request: SipRequest, source: Peer): Admission {
    const busy = request.method === "INVITE" && (this.refusing || (this.#options.signalling.overloaded?.() ?? false));
    const verdict = this.#digest.check(now, request, (username) => this.#accounts.get(username));
    if (verdict.kind !== "absent") return this.#device(now, request, source, verdict, busy);
    if (this.#options.isDevicePeer(source)) {
      // Phones ask by OPTIONS whether we are still there, and have no password at hand for it.
      if (request.method === "OPTIONS") return { kind: "accept", principal: "d" };
    } else if (request.method !== "REGISTER") {
      const trunks = this.#options.trunks.bySource(source.address);
      if (trunks.length > 0) return busy ? overload : this.#trunk(now, request, source, trunks);
    }
    return this.#challenge(now, request, source, false, 1);
  }

  #device(now: Instant, request: SipRequest, source: Peer, verdict: DigestVerdict, busy: boolean): Admission {
    if (verdict.kind === "stale") return this.#challenge(now, request, source, true, 1);
    const account = verdict.kind === "accepted" ? this.#accounts.get(verdict.username) : undefined;
    if (account === undefined) {
      const { log } = this.#options.signalling;
      const claimed = verdict.kind === "refused" ? verdict.username : "";
      log("warn", "a SIP device was refused", { source: source.address, username: claimed, method: request.method });
      return this.#challenge(now, request, source, false, wrongPasswordCost);
    }
    this.#memory.answered(source.address);
    if (busy) return overload;
    // A phone registers itself only, whatever it writes into To.
    const to = parseNameAddr(request.headers.get("to") ?? "");
    const registersOther = request.method === "REGISTER" && !(to?.uri ?? "").includes(`:${account.username}@`);
    if (registersOther) return { kind: "refuse", status: 403 };
    return { kind: "accept", principal: principalText({ kind: "device", deviceId: account.deviceId }) };
  }

  #trunk(now: Instant, request: SipRequest, source: Peer, trunks: readonly Trunk[]): Admission {
    const [first] = trunks;
    if (first === undefined) return { kind: "refuse", status: 404 };
    if (request.method !== "INVITE") {
      return { kind: "accept", principal: principalText({ kind: "trunk", trunkId: first.settings.trunkId }) };
    }
    const candidates = trunks.map(({ settings }) => ({
      trunkId: settings.trunkId,
      called: calledNumber(request, settings),
    }));
    const trunkId = this.#options.signalling.ownerOf(candidates);
    const owner = trunkId === null ? undefined : this.#options.trunks.get(trunkId);
    if (trunkId === null || owner === undefined) {
      // A phone on the same machine as a trunk, before it has registered: it is asked who it is.
      const from = userOf(parseNameAddr(request.headers.get("from") ?? "")?.uri ?? "");
      const ours = from !== null && this.#accounts.has(from);
      return ours ? this.#challenge(now, request, source, false, 1) : { kind: "refuse", status: 404 };
    }
    if (owner.state.calls >= owner.settings.maxCalls) return overload;
    return { kind: "accept", principal: principalText({ kind: "trunk", trunkId }) };
  }

  #challenge(now: Instant, request: SipRequest, source: Peer, stale: boolean, cost: number): Admission {
    if (!this.#limit.take(now, source.address, cost)) {
      this.#rateLimited += 1;
      return { kind: "drop" };
    }
    this.#challenged += 1;
    const userAgent = request.headers.get("user-agent") ?? "";
    const algorithms =
      request.method === "REGISTER" && !stale
        ? this.#memory.forRegister(now, source.address, userAgent)
        : this.#memory.forOther(now, source.address, userAgent);
    const values = this.#digest.challenge(now, { stale, algorithms });
    return { kind: "refuse", status: 401, headers: values.map((value) => ["www-authenticate", value] as const) };
  }
}

const overload: Admission = { kind: "refuse", status: 503, headers: [["retry-after", "10"]] };
