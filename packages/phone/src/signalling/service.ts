import type {
  DeviceAccount,
  DeviceId,
  LegEndCode,
  LegId,
  SipPause,
  TrunkSettings,
  TrunkState,
} from "@centrala/contract";
import { earliest, type Instant } from "@centrala/kit";
import { type AgentEvent, type Binding, type ParseResult, type Peer, SipAgent, type SipMessage } from "@centrala/sip";
import { accountOf, Devices } from "./devices.ts";
import { Gate } from "./gate.ts";
import { IncomingLegs } from "./incoming-legs.ts";
import type { LegsContext } from "./legs-context.ts";
import { LocalAddresses } from "./local-addresses.ts";
import { OutgoingLegs } from "./outgoing-legs.ts";
import { OwnAddresses } from "./own-addresses.ts";
import { Refusals } from "./refusals.ts";
import { refusedByRules } from "./refused-by-rules.ts";
import { Targets } from "./resolver.ts";
import { StandingLegs } from "./standing-legs.ts";
import { startError } from "./start-error.ts";
import { Traces } from "./trace.ts";
import { Transports } from "./transports/transports.ts";
import { Trunks } from "./trunks.ts";
import type {
  DialDevice,
  DialTrunk,
  SignallingCounters,
  SignallingEvent,
  SignallingOptions,
  TracedMessage,
} from "./types.ts";
import { WakeTimer } from "./wake-timer.ts";

const tickMs = 1_000;
const defaultRealm = "centrala";
const defaultKeepAliveS = 25;
const defaultAttemptMs = 4_000;
/** How long the last words of a closing server may take to reach their peers. */
const partingMs = 300;
/** One input makes a handful of events; thousands are a loop of our own making. */
const drainRoundsMax = 1_000;
const keepAlive = new Uint8Array([13, 10, 13, 10]);

/** SIP over real sockets: trunks, phones and legs, keyed by the shell's leg ids. Media is not its business. */
export class SignallingService {
  readonly #options: SignallingOptions;
  readonly #agent: SipAgent;
  readonly #devices: Devices;
  readonly #refusals: Refusals;
  readonly #trunks: Trunks;
  readonly #gate: Gate;
  readonly #addresses: OwnAddresses;
  readonly #traces: Traces;
  readonly #incoming: IncomingLegs;
  readonly #outgoing: OutgoingLegs;
  readonly #standing: StandingLegs;
  readonly #listeners = new Set<(event: SignallingEvent) => void>();
  #transports!: Transports;
  readonly #timer = new WakeTimer(() => this.#pump());
  #ticker: ReturnType<typeof setInterval> | undefined;
  #pumping = false;
  #closed = false;

  /** Opens the sockets. Rejects with an Error whose `code` is SIP_PORT_TAKEN or SIP_ADDRESS_UNUSABLE and whose `setting` mends it. */
  static async start(options: SignallingOptions): Promise<SignallingService> {
    const service = new SignallingService(options);
    const opened = await Transports.open({
      bind: options.bind,
      sipPort: options.sipPort,
      sipsPort: options.sipsPort,
      tls: options.tls,
      log: options.log,
      trustOf: (peer) => service.#trunks.trustOf(peer),
      onDatagram: (bytes, source) => service.#datagram(bytes, source),
      onResult: (result, source) => service.#parsed(result, source),
      onFailed: (transactionKey) => service.#input(() => service.#agent.transportFailed(transactionKey)),
      onClosed: (peer) =>
        service.#input((now) => {
          service.#devices.connectionClosed(peer.connectionId ?? "");
          service.#trunks.closed(now, peer);
        }),
    });
    if (!opened.ok) throw startError(options, opened.code, opened.message);
    service.#transports = opened.value;
    service.#ticker = setInterval(() => service.#tick(), tickMs);
    service.#ticker.unref();
    return service;
  }

  private constructor(options: SignallingOptions) {
    this.#options = options;
    const { clock, entropy } = options;
    this.#refusals = new Refusals(options.log);
    this.#devices = new Devices((now, id, { contact, peer }) => {
      this.#agent.ping(now, id, peer, contact, this.#fromUri(peer));
    });
    this.#addresses = new OwnAddresses({
      bind: options.bind,
      publicAddress: options.publicAddress,
      local: new LocalAddresses(clock),
      ports: () => ({ sip: this.sipPort, sips: this.sipsPort ?? 5061 }),
    });
    this.#agent = new SipAgent({
      entropy,
      userAgent: options.userAgent,
      addressFor: (peer) => this.#addresses.toward(peer),
      admit: (now, request, source) => this.#gate.admit(now, request, source),
      mayAnswer: (now, _request, source) => this.#gate.mayAnswer(now, source),
      refused: (refusal) => {
        const refused = refusedByRules(refusal);
        if (refused !== undefined) this.#refusals.note(clock(), refused);
      },
      registrar: this.#devices.registrar,
      seenAs: (peer, seen) => this.#seen(peer, seen),
    });
    this.#trunks = new Trunks({
      agent: this.#agent,
      clock,
      targets: new Targets({ resolver: options.resolver, clock, entropy }),
      tell: (state) => this.#emit({ kind: "trunkState", state }),
      pump: () => this.#pump(),
      fromUri: (peer) => this.#fromUri(peer),
      keepAlive: (peer) => this.#transports.send({ bytes: keepAlive, peer }),
      keepAliveMs: (options.keepAliveS ?? defaultKeepAliveS) * 1_000,
    });
    this.#gate = new Gate({
      signalling: options,
      trunks: this.#trunks,
      refusals: this.#refusals,
      isDevicePeer: (peer) => this.#devices.isPeer(peer),
      isDeviceAddress: (address, deviceId) => this.#devices.isAddress(address, deviceId),
      isOwnHost: (host) => this.#addresses.isOurs(host),
    });
    this.#traces = new Traces(options.onTrace);
    const context: LegsContext = {
      agent: this.#agent,
      trunks: this.#trunks,
      addresses: this.#addresses,
      traces: this.#traces,
      entropy,
      deviceCodecs: ["pcma", "pcmu"],
      attemptMs: options.attemptMs ?? defaultAttemptMs,
      newLegId: options.newLegId,
      mayRedirect: options.mayRedirect ?? (() => true),
      log: options.log,
      emit: (event) => this.#emit(event),
      refused: (refusal) => this.#refusals.note(clock(), refusal),
    };
    this.#incoming = new IncomingLegs(context);
    this.#outgoing = new OutgoingLegs(context);
    this.#standing = new StandingLegs(context, (call) => this.#legOf(call));
  }

  get sipPort(): number {
    return this.#transports.sipPort;
  }

  get sipsPort(): number | null {
    return this.#transports.sipsPort;
  }

  counters(): SignallingCounters {
    const { calls, transactions, malformed, refusedByLimit } = this.#agent.counters;
    const { challenged, rateLimited, oversized } = this.#gate.counters;
    return {
      calls,
      transactions,
      connections: this.#transports.connections,
      malformed,
      challenged,
      rateLimited,
      oversized,
      refusedByLimit,
    };
  }

  /** The last requests that were refused, and how often each reason was met since the start. */
  get refusals(): Pick<Refusals, "list" | "counts"> {
    return this.#refusals;
  }

  /** Addresses and accounts whose passwords are not tried for now. */
  pauses(): readonly SipPause[] {
    return this.#gate.pauses(this.#options.clock());
  }

  onEvent(listener: (event: SignallingEvent) => void): void {
    this.#listeners.add(listener);
  }

  /** Replaces all trunks; unchanged ones go on undisturbed. */
  setTrunks(trunks: readonly TrunkSettings[]): void {
    this.#input(() => this.#trunks.set(trunks));
  }

  /** Replaces all accounts of phones; who is gone is unregistered. */
  setDevices(accounts: readonly DeviceAccount[]): void {
    this.#gate.setAccounts(accounts);
    const known = new Set(accounts.map((account) => account.deviceId));
    this.#input(() => this.#devices.keepOnly(known));
  }

  trunkStates(): readonly TrunkState[] {
    return this.#trunks.states();
  }

  /** The account of a phone for the registrar's realm. */
  deviceAccount(deviceId: DeviceId, username: string, password: string): DeviceAccount {
    return accountOf(this.#options.realm ?? defaultRealm, deviceId, username, password);
  }

  deviceReachable(deviceId: DeviceId): boolean {
    return this.#bindings(deviceId).length > 0;
  }

  /** 180 on an incoming leg. */
  ring(legId: LegId): void {
    this.#input((now) => this.#incoming.ring(now, legId));
  }

  /** 183 with our description on an incoming leg: what we send is heard before the answer. */
  progress(legId: LegId, rtpPort: number): void {
    this.#input((now) => this.#incoming.progress(now, legId, rtpPort));
  }

  /** 200 on an incoming leg; "answered" follows with its ACK. */
  answer(legId: LegId, rtpPort: number): void {
    this.#input((now) => this.#incoming.answer(now, legId, rtpPort));
  }

  /** Refuses an incoming leg with 300 to 699; "ended" follows at once. */
  reject(legId: LegId, status: number, retryAfterS?: number): void {
    this.#input((now) => this.#incoming.reject(now, legId, status, retryAfterS));
  }

  dialTrunk(dial: DialTrunk): void {
    this.#input((now) => this.#outgoing.dialTrunk(now, dial));
  }

  dialDevice(dial: DialDevice): void {
    this.#input((now) => this.#outgoing.dialDevice(now, dial, this.#bindings(dial.deviceId)));
  }

  /** Tells a phone what became of the transfer it asked for on this leg: 200 to 699. Nothing when it did not ask, or is gone. */
  reportTransfer(legId: LegId, status: number): void {
    const call = this.#callOf(legId);
    if (call !== undefined) this.#input((now) => this.#agent.notifyRefer(now, call, status));
  }

  /** Ends a leg in whatever state it is; "ended" with this code follows at once. Unknown legs are ignored. */
  drop(legId: LegId, code: LegEndCode): void {
    this.#input((now) => {
      this.#incoming.drop(now, legId, code);
      this.#outgoing.drop(now, legId, code);
    });
  }

  /** Keys by INFO on a standing leg, for far ends without RFC 4733. False when the leg does not stand. */
  sendInfoKeys(legId: LegId, keys: string): boolean {
    const call = this.#callOf(legId);
    let sent = false;
    if (call !== undefined) this.#input((now) => (sent = this.#agent.sendInfoKeys(now, call, keys)));
    return sent;
  }

  /** Whether a leg's far end said that it takes keys by INFO. */
  takesInfo(legId: LegId): boolean {
    const call = this.#callOf(legId);
    return call !== undefined && this.#agent.takesInfo(call);
  }

  /** Asks a standing leg's far end whether it is still there; "asked" follows. False when the leg does not stand. */
  ask(legId: LegId): boolean {
    const call = this.#callOf(legId);
    let asked = false;
    if (call !== undefined) this.#input((now) => (asked = this.#agent.ask(now, call)));
    return asked;
  }

  /** A standing leg's dialog as text, for `endStored` after a crash; undefined while there is nothing to end. */
  storedDialog(legId: LegId): string | undefined {
    const call = this.#callOf(legId);
    return call === undefined ? undefined : this.#agent.store(call);
  }

  /** Sends BYE for a leg of an earlier run. False when the text is not what `storedDialog` gave. */
  endStored(dialog: string): boolean {
    let ended = false;
    this.#input((now) => {
      ended = this.#agent.endStored(now, dialog, [["reason", 'SIP;cause=503;text="Server restarted"']]).ok;
    });
    return ended;
  }

  /** Takes phones' bindings of an earlier run, as "deviceBindings" told them; what is no binding is left out. */
  restoreBindings(bindings: readonly { readonly deviceId: DeviceId; readonly binding: unknown }[]): void {
    this.#input((now) => this.#gate.remember(now, this.#devices.restore(now, bindings)));
  }

  /** From now on new calls get 503 with Retry-After. */
  refuseNewCalls(): void {
    this.#gate.refusing = true;
  }

  /** Live legs. */
  calls(): number {
    return this.#incoming.size + this.#outgoing.size;
  }

  /** The messages of a live leg so far. */
  trace(legId: LegId): readonly TracedMessage[] {
    return this.#traces.read(legId);
  }

  /** Ends all legs, takes registrations back, and closes the sockets. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.refuseNewCalls();
    const registered = this.#trunks.states().some((state) => state.registration.state === "registered");
    const parting = this.calls() > 0 || registered;
    this.#input((now) => {
      this.#incoming.dropAll(now, "SERVER_RESTARTED");
      this.#outgoing.dropAll(now, "SERVER_RESTARTED");
      this.#trunks.unregisterAll();
    });
    if (parting) await new Promise((resolve) => setTimeout(resolve, partingMs));
    this.#closed = true;
    this.#timer.stop();
    clearInterval(this.#ticker);
    this.#traces.flush(Number.POSITIVE_INFINITY);
    await this.#transports.close();
  }

  #callOf(legId: LegId): number | undefined {
    return this.#incoming.callOf(legId) ?? this.#outgoing.callOf(legId);
  }

  #bindings(deviceId: DeviceId): readonly Binding[] {
    return this.#devices.bindings(this.#options.clock(), deviceId);
  }

  #datagram(bytes: Uint8Array, source: Peer): void {
    // Keep-alives of phones and carriers are not messages.
    if (bytes.length < 12 || !this.#gate.mayRead(bytes.length, source)) return;
    this.#received(bytes, source, (now) => this.#agent.handleBytes(now, bytes, source));
  }

  #parsed(result: ParseResult, source: Peer): void {
    if (!result.ok) {
      this.#input((now) => this.#agent.refuseMalformed(now, result, source));
      return;
    }
    this.#received(result.message, source, (now) => this.#agent.handle(now, result.message, source));
  }

  /** One message: handled, its events told, then noted in the trace of the leg it turned out to belong to. */
  #received(message: Uint8Array | SipMessage, source: Peer, handle: (now: Instant) => number | undefined): void {
    if (this.#closed) return;
    const now = this.#options.clock();
    this.#trunks.heard(now, source.address);
    // What the events make us send goes out after the message has been noted.
    this.#pumping = true;
    try {
      const call = handle(now);
      this.#tellEvents(now);
      if (call !== undefined) this.#traces.add(call, now, "in", message, source);
    } catch (error) {
      this.#mistake(error);
    } finally {
      this.#pumping = false;
    }
    this.#pump();
  }

  #input(work: (now: Instant) => void): void {
    if (this.#closed) return;
    try {
      work(this.#options.clock());
    } catch (error) {
      this.#mistake(error);
    }
    this.#pump();
  }

  /** A bug ends one input, is logged, and leaves the server running. */
  #mistake(error: unknown): void {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#options.log("error", "signalling met a mistake of its own", { error: message });
  }

  /** Lets agent and legs do all they can now, sends what came of it, and sets the clock for the rest. */
  #pump(): void {
    if (this.#pumping || this.#closed) return;
    this.#pumping = true;
    const now = this.#options.clock();
    let deadline: Instant | undefined;
    try {
      for (let round = 0; round < drainRoundsMax; round += 1) {
        deadline = earliest(this.#agent.poll(now), this.#outgoing.poll(now));
        if (!this.#tellEvents(now) && !this.#sendPackets(now)) break;
      }
    } catch (error) {
      this.#mistake(error);
    } finally {
      this.#pumping = false;
    }
    if (!this.#closed) this.#timer.set(now, deadline);
  }

  #tellEvents(now: Instant): boolean {
    const events = this.#agent.takeEvents();
    for (const event of events) this.#event(now, event);
    const changes = this.#devices.takeChanges(now);
    for (const change of changes) this.#emit(change);
    return events.length + changes.length > 0;
  }

  #sendPackets(now: Instant): boolean {
    const packets = this.#agent.takePackets();
    for (const packet of packets) {
      this.#transports.send(packet);
      if (packet.call !== undefined) this.#traces.add(packet.call, now, "out", packet.bytes, packet.peer);
    }
    return packets.length > 0;
  }

  #event(now: Instant, event: AgentEvent): void {
    switch (event.kind) {
      case "incoming":
        this.#incoming.arrived(now, event);
        return;
      case "registration":
        this.#trunks.registration(event);
        return;
      case "pinged":
        if (!this.#devices.pinged(event)) this.#trunks.pinged(event);
        return;
      case "keys":
      case "asked":
      case "refer":
        this.#standing.tell(now, event);
        return;
      case "provisional":
      case "answered":
      case "acked":
      case "reoffered":
      case "reoffer-answered":
      case "reoffer-failed":
      case "ended":
        if (!this.#incoming.handle(now, event)) this.#outgoing.handle(now, event);
    }
  }

  #fromUri(peer: Peer): string {
    return `sip:centrala@${hostText(this.#addresses.toward(peer).host)}`;
  }

  #legOf(call: number): LegId | undefined {
    return this.#incoming.legOf(call) ?? this.#outgoing.legOf(call);
  }

  /** A registrar told where it sees us. */
  #seen(peer: Peer, seen: { readonly host: string; readonly port: number }): void {
    const known = this.#addresses.learnt;
    this.#addresses.learn(peer, seen);
    const { learnt } = this.#addresses;
    if (learnt !== null && learnt !== known) this.#emit({ kind: "publicAddress", address: learnt });
  }

  #tick(): void {
    this.#input((now) => {
      this.#trunks.tick(now);
      this.#devices.tick(now);
      this.#traces.flush(now);
    });
  }

  #emit(event: SignallingEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#mistake(error);
      }
    }
  }
}

function hostText(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
