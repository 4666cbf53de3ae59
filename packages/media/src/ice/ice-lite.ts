import { assertNever, type Entropy, type Instant, required, utf8Encode } from "@centrala/kit";
import { HmacSha1 } from "../srtp/hmac-sha1.ts";
import { sameAddress, type TransportAddress } from "../stun/address.ts";
import { type StunMessage, stunAttribute, stunIsAuthentic, stunType } from "../stun/stun-message.ts";
import { StunWriter } from "../stun/stun-writer.ts";

/** What stands in a=ice-ufrag and a=ice-pwd (RFC 8839 section 5.4). */
export interface IceCredentials {
  readonly ufrag: string;
  readonly password: string;
}

/** Without a valid check for so long the browser is gone (RFC 7675 section 5.1: consent lasts 30 s at most). */
export const consentTimeoutMs = 15_000;
/** Addresses that one browser may check from at a time: its interfaces, and what they change to. */
export const peerAddressesMax = 8;

/** How the way to the browser stands. */
export type IceState =
  /** No valid check has come yet. */
  | { readonly state: "waiting" }
  /** Checks come; `peer` is where to send to. */
  | { readonly state: "connected"; readonly peer: TransportAddress; readonly lastCheckAt: Instant }
  /** No valid check for {@link consentTimeoutMs}: nothing may be sent until one comes again. */
  | { readonly state: "lost"; readonly peer: TransportAddress; readonly since: Instant };

export type IceEvent =
  | { readonly kind: "connected"; readonly peer: TransportAddress }
  /** The browser's network changed: the peer goes on from another address. */
  | { readonly kind: "moved"; readonly peer: TransportAddress; readonly from: TransportAddress }
  | { readonly kind: "lost" };

/** What came of a datagram. */
export interface IceOutcome {
  /** To be sent back to where the datagram came from. */
  readonly response: Uint8Array | undefined;
  readonly event: IceEvent | undefined;
  /** Valid: a check with the right password. Everything else counts against its source. */
  readonly verdict: "valid" | "ignored" | "refused";
}

/**
 * The lite agent of RFC 8445 section 2.5 for one component of one stream: it has host candidates only, never checks by
 * itself, answers checks and lets the browser nominate. A check with the password proves that the browser is
 * behind an address and agrees to be sent to (RFC 7675), so the agent follows nominations to new addresses.
 */
export class IceLite {
  readonly local: IceCredentials;
  readonly #username: string;
  readonly #hmac: HmacSha1;
  readonly #valid: { readonly address: TransportAddress; lastCheckAt: Instant }[] = [];
  #state: IceState = { state: "waiting" };

  /** @param remoteUfrag the browser's, from its offer */
  constructor(local: IceCredentials, remoteUfrag: string) {
    this.local = local;
    this.#username = `${local.ufrag}:${remoteUfrag}`;
    this.#hmac = new HmacSha1(utf8Encode(local.password));
  }

  get state(): IceState {
    return this.#state;
  }

  /** Takes a datagram that `parseStun` read as `message`. */
  handle(now: Instant, bytes: Uint8Array, message: StunMessage, from: TransportAddress): IceOutcome {
    // Indications only keep NAT bindings open; responses belong to checks, which a lite agent never sends.
    if (message.type !== stunType.bindingRequest) return ignored;
    if (message.username !== this.#username || !stunIsAuthentic(bytes, message, this.#hmac)) {
      return { response: this.#error(message, 401, "Unauthorized", false), event: undefined, verdict: "refused" };
    }
    if (message.unknown.length > 0) {
      return { response: this.#error(message, 420, "Unknown Attribute", true), event: undefined, verdict: "valid" };
    }
    if (message.role === "controlled") {
      // RFC 8445 section 7.3.1.1: a lite agent is always controlled, so the other side must change its role.
      return { response: this.#error(message, 487, "Role Conflict", true), event: undefined, verdict: "valid" };
    }
    const event = this.#remember(now, from, message.useCandidate);
    return { response: this.#success(message, from), event, verdict: "valid" };
  }

  /** True when a valid check came from there, so that DTLS and media from there are the browser's. */
  knows(from: TransportAddress): boolean {
    return this.#valid.some((entry) => sameAddress(entry.address, from));
  }

  /** All addresses that valid checks came from, the latest last. */
  peers(): readonly TransportAddress[] {
    return this.#valid.map((entry) => entry.address);
  }

  /** Call when {@link deadline} has come. */
  poll(now: Instant): IceEvent | undefined {
    const deadline = this.deadline();
    if (deadline === undefined || now < deadline || this.#state.state !== "connected") return undefined;
    this.#state = { state: "lost", peer: this.#state.peer, since: now };
    return { kind: "lost" };
  }

  /** When {@link poll} has something to do, undefined for never. */
  deadline(): Instant | undefined {
    switch (this.#state.state) {
      case "connected":
        return this.#state.lastCheckAt + consentTimeoutMs;
      case "waiting":
      case "lost":
        return undefined;
      default:
        return assertNever(this.#state);
    }
  }

  #remember(now: Instant, from: TransportAddress, nominated: boolean): IceEvent | undefined {
    this.#touch(now, from);
    const before = this.#state;
    const peer = this.#choose(now, from, nominated);
    this.#state = { state: "connected", peer, lastCheckAt: now };
    if (before.state !== "connected") return { kind: "connected", peer };
    return sameAddress(before.peer, peer) ? undefined : { kind: "moved", peer, from: before.peer };
  }

  /**
   * The last nominated address; before the first nomination the first one that worked. Where consent was lost, on the
   * whole or for the address in use, any check shows the way again.
   */
  #choose(now: Instant, from: TransportAddress, nominated: boolean): TransportAddress {
    if (this.#state.state !== "connected" || nominated) return from;
    const peer = this.#state.peer;
    const checked = this.#valid.find((entry) => sameAddress(entry.address, peer));
    return checked !== undefined && now - checked.lastCheckAt < consentTimeoutMs ? peer : from;
  }

  /** Moves the address to the end of the list; the one unused longest makes room. */
  #touch(now: Instant, from: TransportAddress): void {
    const at = this.#valid.findIndex((entry) => sameAddress(entry.address, from));
    const known = at >= 0 ? this.#valid.splice(at, 1)[0] : undefined;
    if (known === undefined && this.#valid.length >= peerAddressesMax) {
      const state = this.#state;
      const oldest = this.#valid.findIndex(
        (entry) => state.state === "waiting" || !sameAddress(entry.address, state.peer),
      );
      this.#valid.splice(Math.max(0, oldest), 1);
    }
    this.#valid.push({ address: known?.address ?? from, lastCheckAt: now });
  }

  #success(request: StunMessage, from: TransportAddress): Uint8Array {
    writer.begin(stunType.bindingSuccess, request.transactionId).xorMappedAddress(from);
    return writer.integrity(this.#hmac).finish();
  }

  #error(request: StunMessage, code: number, reason: string, signed: boolean): Uint8Array {
    writer.begin(stunType.bindingError, request.transactionId).errorCode(code, reason);
    if (code === 420) writer.attribute(stunAttribute.unknownAttributes, uint16s(request.unknown));
    if (signed) writer.integrity(this.#hmac);
    return writer.finish();
  }
}

const writer = new StunWriter();
const ignored: IceOutcome = { response: undefined, event: undefined, verdict: "ignored" };
const iceCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** 48 random bits for the name, 144 for the password; RFC 8445 section 5.3 demands 24 and 128. */
export function newIceCredentials(entropy: Entropy): IceCredentials {
  return { ufrag: iceText(entropy, 8), password: iceText(entropy, 24) };
}

/** The name that a check asks for: the part of USERNAME before the colon, undefined when it has none. */
export function ufragAskedFor(message: StunMessage): string | undefined {
  const colon = message.username?.indexOf(":") ?? -1;
  return colon < 0 ? undefined : message.username?.slice(0, colon);
}

function iceText(entropy: Entropy, length: number): string {
  const random = new Uint8Array(length);
  entropy.fill(random);
  let text = "";
  for (const byte of random) text += required(iceCharacters[byte & 63], "an ICE character");
  return text;
}

function uint16s(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 2);
  for (const [index, value] of values.entries()) {
    bytes[index * 2] = value >> 8;
    bytes[index * 2 + 1] = value & 255;
  }
  return bytes;
}
