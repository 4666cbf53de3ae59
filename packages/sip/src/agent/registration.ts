import { type Instant, randomHex } from "@centrala/kit";
import type { Credentials } from "../auth/index.ts";
import {
  emptyBody,
  Headers,
  parseDeltaSeconds,
  parseNameAddr,
  parseSipUri,
  type SipRequest,
  type SipResponse,
  type SipUri,
} from "../message/index.ts";
import { DeadlineHeap, newTag, type Peer, type Scheduled, seenAs } from "../transaction/index.ts";
import type { OurRequest } from "./call.ts";
import type { AgentCore } from "./core.ts";
import type { AgentEvent } from "./events.ts";
import { withCredentials } from "./ours.ts";
import { readRetryAfter } from "./reason.ts";

export interface RegistrationSettings {
  readonly id: string;
  /** Request-URI: the registrar's domain, "sip:carrier.example". */
  readonly registrar: string;
  /** Address of record, "sip:359700123@carrier.example". */
  readonly aor: string;
  readonly contactUser: string;
  readonly credentials: Credentials;
  /** Wished lifetime in seconds. */
  readonly expiresS: number;
  /** Where to send, the preferred first; the next is tried when one does not answer. At least one. */
  readonly peers: readonly Peer[];
}

interface Registration extends Scheduled {
  settings: RegistrationSettings;
  readonly callId: string;
  readonly localTag: string;
  seq: number;
  expiresS: number;
  peerIndex: number;
  /** Failures in a row, for the back-off. */
  failures: number;
  registered: boolean;
  /** The branch owner that counts: an answer to an older request is not looked at. */
  current: OurRequest | undefined;
  removing: boolean;
  renewedAt: Instant;
}

const backoffFirstMs = 5_000;
/** Who was refused waits long; a carrier that is away is asked again soon, for nobody can call us until it is back. */
const backoffMaxMs = 300_000;
const unreachableMaxMs = 30_000;
const renewEveryMs = 60_000;

/** Keeps us registered at carriers (RFC 3261 section 10.2). */
export class Registrations {
  readonly #core: AgentCore;
  readonly #byId = new Map<string, Registration>();
  readonly #heap = new DeadlineHeap<Registration>();

  constructor(core: AgentCore) {
    this.#core = core;
  }

  /** Registers now and keeps refreshing; the same id again replaces the settings. */
  start(now: Instant, settings: RegistrationSettings): void {
    const known = this.#byId.get(settings.id);
    const registration: Registration = known ?? {
      settings,
      callId: randomHex(this.#core.entropy, 16),
      localTag: newTag(this.#core.entropy),
      seq: 0,
      expiresS: settings.expiresS,
      peerIndex: 0,
      failures: 0,
      registered: false,
      current: undefined,
      removing: false,
      renewedAt: Number.NEGATIVE_INFINITY,
      deadline: Number.POSITIVE_INFINITY,
      heapIndex: -1,
    };
    registration.settings = settings;
    registration.expiresS = settings.expiresS;
    registration.peerIndex = 0;
    registration.removing = false;
    this.#byId.set(settings.id, registration);
    this.#send(now, registration);
  }

  /** Registers again at once, for instance because the public address changed or the carrier is back. */
  refresh(now: Instant, id: string): void {
    const registration = this.#byId.get(id);
    if (registration === undefined || registration.removing) return;
    registration.peerIndex = 0;
    this.#send(now, registration);
  }

  /** Takes the registration back at the carrier; "removed" follows. */
  stop(now: Instant, id: string): void {
    const registration = this.#byId.get(id);
    if (registration === undefined || registration.removing) return;
    registration.removing = true;
    this.#heap.remove(registration);
    if (registration.registered) this.#send(now, registration);
    else this.#remove(registration);
  }

  poll(now: Instant): Instant | undefined {
    for (let due = this.#heap.peek(); due !== undefined && due.deadline <= now; due = this.#heap.peek()) {
      this.#heap.remove(due);
      this.#send(now, due);
    }
    return this.#heap.peek()?.deadline;
  }

  /** The answer to one of our REGISTERs, or null when none came. */
  answered(now: Instant, id: string, ours: OurRequest, response: SipResponse | null): void {
    const registration = this.#byId.get(id);
    if (registration === undefined || registration.current !== ours) return;
    if (response !== null && response.status < 200) return;
    registration.current = undefined;
    const seen = response === null ? undefined : seenAs(response);
    if (seen !== undefined) this.#core.options.seenAs?.(this.#peer(registration), seen);
    if (registration.removing) this.#removed(now, registration, ours, response);
    else if (response === null) this.#unreachable(now, registration, null);
    else this.#final(now, registration, ours, response);
  }

  /** Taking back is challenged like registering; after that, whatever the answer is, we are gone. */
  #removed(now: Instant, registration: Registration, ours: OurRequest, response: SipResponse | null): void {
    const challenged = response?.status === 401 || response?.status === 407;
    if (response === null || !challenged || !this.#retry(now, registration, ours, response)) this.#remove(registration);
  }

  #final(now: Instant, registration: Registration, ours: OurRequest, response: SipResponse): void {
    const { status } = response;
    if (status < 300) this.#registered(now, registration, ours.request, response);
    else if (this.#retry(now, registration, ours, response)) return;
    else if (status === 408 || status === 480 || status >= 500) this.#unreachable(now, registration, response);
    else this.#refused(now, registration, response);
  }

  #retry(now: Instant, registration: Registration, ours: OurRequest, response: SipResponse): boolean {
    if (response.status === 423) {
      const minS = parseDeltaSeconds(response.headers.get("min-expires") ?? "");
      // A registrar that asks for more than a day, or for no more than it was given, would keep us here for ever.
      if (minS === undefined || minS <= registration.expiresS || minS > 86_400) return false;
      registration.expiresS = minS;
      this.#send(now, registration);
      return true;
    }
    const peer = this.#peer(registration);
    const { credentials, contactUser } = registration.settings;
    const again = withCredentials(this.#core, ours, response, credentials, peer);
    if (again === undefined) return false;
    again.request.headers.set("contact", this.#core.contactFor(peer, contactUser));
    registration.seq += 1;
    return this.#transmit(now, registration, again);
  }

  #registered(now: Instant, registration: Registration, request: SipRequest, response: SipResponse): void {
    const grantedS = grantedSeconds(request, response) ?? registration.expiresS;
    registration.registered = true;
    registration.failures = 0;
    // Early enough for a second try; a very short grant is refreshed at half time.
    const marginS = Math.min(60, Math.max(grantedS * 0.2, grantedS < 20 ? grantedS / 2 : 5));
    this.#heap.schedule(registration, now + Math.max(1_000, (grantedS - marginS) * 1_000));
    this.#tell(registration, "registered", response, now + grantedS * 1_000);
    this.#renewContact(now, registration, request);
  }

  /** A registrar without a challenge tells where we are only when it has taken the wrong Contact: once more, then. */
  #renewContact(now: Instant, registration: Registration, request: SipRequest): void {
    const contact = this.#core.contactFor(this.#peer(registration), registration.settings.contactUser);
    // A router that shows another port each time must not make us register without end.
    if (request.headers.get("contact") === contact || now - registration.renewedAt < renewEveryMs) return;
    registration.renewedAt = now;
    this.#send(now, registration);
  }

  #refused(now: Instant, registration: Registration, response: SipResponse): void {
    registration.registered = false;
    registration.failures += 1;
    this.#heap.schedule(registration, now + Math.max(60_000, this.#backoffMs(registration, backoffMaxMs)));
    this.#tell(registration, "refused", response, null);
  }

  #unreachable(now: Instant, registration: Registration, response: SipResponse | null): void {
    registration.registered = false;
    registration.peerIndex += 1;
    const { peers } = registration.settings;
    if (registration.peerIndex < peers.length) {
      this.#send(now, registration);
      return;
    }
    registration.peerIndex = 0;
    registration.failures += 1;
    const askedMs = Math.min(backoffMaxMs, (response === null ? 0 : (readRetryAfter(response) ?? 0)) * 1_000);
    this.#heap.schedule(registration, now + Math.max(askedMs, this.#backoffMs(registration, unreachableMaxMs)));
    this.#tell(registration, "unreachable", response, null);
  }

  /** Doubles from 5 s to `maxMs`, less up to a quarter by chance, so that centres do not knock all at once. */
  #backoffMs(registration: Registration, maxMs: number): number {
    const wholeMs = Math.min(maxMs, backoffFirstMs * 2 ** Math.min(10, registration.failures - 1));
    return wholeMs - this.#core.randomBelow(Math.floor(wholeMs / 4));
  }

  #remove(registration: Registration): void {
    this.#heap.remove(registration);
    this.#byId.delete(registration.settings.id);
    this.#tell(registration, "removed", null, null);
  }

  #tell(
    registration: Registration,
    state: Extract<AgentEvent, { kind: "registration" }>["state"],
    response: SipResponse | null,
    until: Instant | null,
  ): void {
    this.#core.events.push({
      kind: "registration",
      id: registration.settings.id,
      state,
      status: response?.status ?? null,
      until,
      seenAs: (response === null ? undefined : seenAs(response)) ?? null,
      serviceRoute: state === "registered" && response !== null ? readServiceRoute(response) : [],
    });
  }

  #peer(registration: Registration): Peer {
    const { peers } = registration.settings;
    return peers[registration.peerIndex % peers.length] as Peer;
  }

  #send(now: Instant, registration: Registration): void {
    this.#heap.remove(registration);
    registration.seq += 1;
    const request = this.#request(registration);
    if (!this.#transmit(now, registration, { request, attempt: 1 })) {
      this.#heap.schedule(registration, now + backoffFirstMs);
    }
  }

  #transmit(now: Instant, registration: Registration, ours: OurRequest): boolean {
    registration.current = ours;
    const owner = { kind: "registering", id: registration.settings.id, ours } as const;
    return this.#core.layer.start(now, ours.request, this.#peer(registration), owner) !== undefined;
  }

  #request(registration: Registration): SipRequest {
    const { settings } = registration;
    const peer = this.#peer(registration);
    const headers = new Headers();
    headers.append("via", this.#core.newVia(peer));
    headers.append("max-forwards", "70");
    headers.append("from", `<${settings.aor}>;tag=${registration.localTag}`);
    headers.append("to", `<${settings.aor}>`);
    headers.append("call-id", registration.callId);
    headers.append("cseq", `${registration.seq} REGISTER`);
    headers.append("contact", this.#core.contactFor(peer, settings.contactUser));
    headers.append("expires", String(registration.removing ? 0 : registration.expiresS));
    headers.append("user-agent", this.#core.options.userAgent);
    return { kind: "request", method: "REGISTER", uri: settings.registrar, headers, body: emptyBody };
  }
}

type Listed = { readonly uri: SipUri; readonly expiresS: number };

/**
 * The lifetime the registrar gave our contact, in seconds (RFC 3261 10.2.4). Its answer lists every binding of the
 * account: ours is the one with our user at our address, or at the one it saw us come from. Where none is, because a
 * carrier writes Contacts anew, the shortest with our user counts, then Expires, then the shortest of all.
 */
function grantedSeconds(request: SipRequest, response: SipResponse): number | undefined {
  const ours = parseSipUri(parseNameAddr(request.headers.get("contact") ?? "")?.uri ?? "");
  const generalS = parseDeltaSeconds(response.headers.get("expires") ?? "");
  const listed = response.headers.getAll("contact").flatMap((value) => readListed(value, generalS));
  const withUser = listed.filter(({ uri }) => uri.user === ours?.user);
  const seen = seenAs(response);
  const own = withUser.filter(({ uri }) => isAt(uri, ours?.host, ours?.port) || isAt(uri, seen?.host, seen?.port));
  const granted = shortest(own) ?? shortest(withUser) ?? generalS ?? shortest(listed);
  return granted === undefined || granted < 1 ? undefined : Math.min(granted, 86_400);
}

/** A binding with its lifetime; one that has none, or was taken back, is not listed. */
function readListed(value: string, generalS: number | undefined): Listed[] {
  const address = parseNameAddr(value);
  const uri = parseSipUri(address?.uri ?? "");
  const expires = address?.params.get("expires");
  const expiresS = typeof expires === "string" ? parseDeltaSeconds(expires) : generalS;
  return uri === undefined || expiresS === undefined || expiresS < 1 ? [] : [{ uri, expiresS }];
}

function isAt(uri: SipUri, host: string | undefined, port: number | undefined): boolean {
  return uri.host.toLowerCase() === host?.toLowerCase() && (uri.port ?? 5060) === (port ?? 5060);
}

function shortest(listed: readonly Listed[]): number | undefined {
  return listed.length === 0 ? undefined : Math.min(...listed.map(({ expiresS }) => expiresS));
}

const routesMax = 8;

/** The route requests of this registration are to take (RFC 3608), as Route values; what is no SIP address is left out. */
function readServiceRoute(response: SipResponse): readonly string[] {
  const routes = response.headers.getAll("service-route").slice(0, routesMax);
  return routes.filter((value) => parseSipUri(parseNameAddr(value)?.uri ?? "") !== undefined);
}
