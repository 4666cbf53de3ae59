import {
  type DeviceAccount,
  type IncomingLeg,
  incomingLegPrefix,
  type LegEndCode,
  type MediaEvent,
  type MediaItem,
  type RemoteAudio,
  type TrunkSettings,
  type TrunkState,
} from "@centrala/contract";
import { assertNever, type Result, randomHex } from "@centrala/kit";
import { EmbeddedEngine } from "../engines/index.ts";
import { type SignallingEvent, SignallingService, type TracedMessage } from "../signalling/index.ts";
import { type BindingRow, Bindings } from "./bindings.ts";
import { EchoTests } from "./echo-tests.ts";
import { MediaReports } from "./media-reports.ts";
import type {
  HeadsetState,
  MayRedirect,
  OwnerOf,
  PhoneCommand,
  PhoneEvent,
  PhoneService,
  PhoneServiceOptions,
  SignallingView,
  TraceMessage,
} from "./port.ts";

type Leg = {
  readonly legId: string;
  readonly kind: "incoming" | "outgoing" | "headset";
  /** Undefined until the engine has opened it. */
  rtpPort: number | undefined;
  codec: "pcmu" | "pcma";
  /** Its far end listens no more: the other side's hold key. */
  held: boolean;
};

/** Starts signalling and the embedded engine. Rejects with an Error whose `code` names the failure and whose `setting` mends it. */
export async function createPhoneService(options: PhoneServiceOptions): Promise<PhoneService> {
  const engine = await EmbeddedEngine.start({
    ports: options.rtpPorts,
    bindAddress: options.bind,
    webRtc: { addresses: options.webRtcAddresses },
    mediaLostAfterMs: options.silentAfterMs,
    onFault: (message) => options.log("error", "a media worker caught a mistake", { message }),
  });
  if (!engine.ok) {
    throw Object.assign(
      new Error(`UDP port ${options.rtpPorts.first} of CENTRALA_RTP_PORTS cannot be used: ${engine.message}`),
      { code: engine.code },
    );
  }
  try {
    return await JoinedPhone.start(options, engine.value);
  } catch (error) {
    await engine.value.close();
    throw error;
  }
}

/** Joins signalling and media: one leg id stands for a SIP dialog and for the sound that belongs to it. */
class JoinedPhone implements PhoneService {
  readonly #options: PhoneServiceOptions;
  readonly #engine: EmbeddedEngine;
  readonly #echo: EchoTests;
  readonly #reports: MediaReports;
  #signalling!: SignallingService;
  readonly #legs = new Map<string, Leg>();
  readonly #events = new Set<(event: PhoneEvent) => void>();
  readonly #incoming = new Set<(leg: IncomingLeg) => void>();
  readonly #trunks = new Set<(state: TrunkState) => void>();
  readonly #headsets = new Set<(state: HeadsetState) => void>();
  readonly #traces = new Set<(message: TraceMessage) => void>();
  readonly #dialogs = new Set<(legId: string, dialog: string | null) => void>();
  readonly #bindings = new Bindings();
  #refusing = false;
  #learnt: string | null = null;
  #ownerOf: (candidates: readonly { readonly trunkId: string; readonly called: string }[]) => string | null = () =>
    null;
  #mayRedirect: MayRedirect = () => true;

  static async start(options: PhoneServiceOptions, engine: EmbeddedEngine): Promise<JoinedPhone> {
    const phone = new JoinedPhone(options, engine);
    phone.#signalling = await SignallingService.start({
      bind: options.bind,
      sipPort: options.sipPort,
      sipsPort: options.tls === null ? null : options.sipsPort,
      tls: options.tls,
      publicAddress: options.publicAddress,
      userAgent: options.userAgent,
      clock: options.clock,
      entropy: options.entropy,
      log: (level, message, details) => options.log(level, message, details),
      ownerOf: (candidates) => phone.#ownerOf(candidates),
      mayRedirect: (legId, number) => phone.#mayRedirect(legId, number),
      newLegId: () => `${incomingLegPrefix}${randomHex(options.entropy, 12)}`,
      overloaded: () => phone.#refusing || (options.overloaded?.() ?? false),
      onTrace: (legId, messages) => phone.#trace(legId, messages),
    });
    phone.#signalling.onEvent((event) => phone.#signalled(event));
    engine.onEvent((event) => phone.#heard(event));
    return phone;
  }

  private constructor(options: PhoneServiceOptions, engine: EmbeddedEngine) {
    this.#options = options;
    this.#engine = engine;
    this.#echo = new EchoTests(engine);
    this.#reports = new MediaReports(options.log);
  }

  get sipPort(): number {
    return this.#signalling.sipPort;
  }

  get wire(): SignallingView {
    return this.#signalling;
  }

  setOwnerOf(ownerOf: OwnerOf): void {
    this.#ownerOf = ownerOf;
  }

  setMayRedirect(mayRedirect: MayRedirect): void {
    this.#mayRedirect = mayRedirect;
  }

  perform(command: PhoneCommand): void {
    switch (command.kind) {
      case "ringLeg":
        this.#signalling.ring(command.legId);
        return;
      case "progressLeg":
      case "answerLeg":
        this.#open(command.legId, (leg, rtpPort) =>
          command.kind === "answerLeg"
            ? this.#signalling.answer(leg.legId, rtpPort)
            : this.#signalling.progress(leg.legId, rtpPort),
        );
        return;
      case "rejectLeg":
        this.#signalling.reject(command.legId, command.status, command.retryAfterS);
        return;
      case "dialTrunk":
        void this.#dial(command.legId, (rtpPort) =>
          this.#signalling.dialTrunk({ ...command, caller: command.callerId, callerName: null, rtpPort }),
        );
        return;
      case "dialDevice":
        void this.#dial(command.legId, (rtpPort) =>
          this.#signalling.dialDevice({
            ...command,
            caller: command.caller.number,
            callerName: command.caller.name === "" ? null : command.caller.name,
            rtpPort,
          }),
        );
        return;
      case "dropLeg":
        this.#drop(command.legId, command.code);
        return;
      case "record":
        this.#engine.command({
          kind: "record",
          recordingId: command.recordingId,
          path: command.path,
          leftLegId: command.customerLegId,
          rightLegIds: command.operatorLegIds,
          codec: this.#legs.get(command.customerLegId)?.codec ?? "pcma",
          ...(command.longestMs !== undefined && { longestMs: command.longestMs }),
        });
        return;
      case "setRoom":
        for (const legId of Object.keys(command.hears)) this.#echo.stop(legId);
        this.#engine.command(command);
        return;
      case "reportTransfer":
        this.#signalling.reportTransfer(command.legId, command.status);
        return;
      case "closeRoom":
      case "play":
      case "stopPlay":
      case "collectKeys":
      case "stopCollect":
      case "sendKeys":
      case "pauseRecording":
      case "stopRecording":
      case "muteLeg":
        this.#engine.command(command);
        return;
      default:
        assertNever(command);
    }
  }

  onEvent(listener: (event: PhoneEvent) => void): void {
    this.#events.add(listener);
  }

  onIncoming(listener: (leg: IncomingLeg) => void): void {
    this.#incoming.add(listener);
  }

  setTrunks(trunks: readonly TrunkSettings[]): void {
    this.#signalling.setTrunks(trunks);
  }

  setDevices(accounts: readonly DeviceAccount[]): void {
    this.#signalling.setDevices(accounts);
  }

  trunkStates(): readonly TrunkState[] {
    return this.#signalling.trunkStates();
  }

  onTrunkState(listener: (state: TrunkState) => void): void {
    this.#trunks.add(listener);
  }

  onDevice(listener: (deviceId: string, reachable: boolean) => void): void {
    this.#bindings.onDevice(listener);
  }

  deviceReachable(deviceId: string): boolean {
    return this.#bindings.isReachable(deviceId);
  }

  deviceAccount(deviceId: string, username: string, password: string): DeviceAccount {
    return this.#signalling.deviceAccount(deviceId, username, password);
  }

  async attachHeadset(legId: string, sdpOffer: string): Promise<Result<{ readonly sdpAnswer: string }>> {
    if (!this.#legs.has(legId))
      this.#legs.set(legId, { legId, kind: "headset", rtpPort: undefined, codec: "pcma", held: false });
    const answered = await this.#engine.openWebRtcLeg(legId, sdpOffer);
    if (!answered.ok) this.#legs.delete(legId);
    return answered;
  }

  setWebRtcAddresses(addresses: readonly string[]): void {
    this.#engine.setWebRtcAddresses(addresses);
  }

  detachHeadset(legId: string): void {
    if (!this.#legs.delete(legId)) return;
    this.#echo.stop(legId);
    this.#engine.command({ kind: "closeLeg", legId });
  }

  onHeadset(listener: (state: HeadsetState) => void): void {
    this.#headsets.add(listener);
  }

  watchLevels(legIds: readonly string[], on: boolean): void {
    for (const legId of legIds) this.#engine.command({ kind: "watchLevel", legId, on });
  }

  echoTest(legId: string, intro: readonly MediaItem[], outro: readonly MediaItem[], echoMs: number): void {
    this.#echo.start(legId, intro, outro, echoMs);
  }

  publicAddress(): { readonly address: string | null; readonly from: "setting" | "learnt" | "none" } {
    if (this.#options.publicAddress !== null) return { address: this.#options.publicAddress, from: "setting" };
    return { address: this.#learnt, from: this.#learnt === null ? "none" : "learnt" };
  }

  onTrace(listener: (message: TraceMessage) => void): void {
    this.#traces.add(listener);
  }

  onDialog(listener: (legId: string, dialog: string | null) => void): void {
    this.#dialogs.add(listener);
  }

  endStored(dialogs: readonly string[]): void {
    for (const dialog of dialogs) this.#signalling.endStored(dialog);
  }

  onBindings(listener: (deviceId: string, bindings: readonly BindingRow[]) => void): void {
    this.#bindings.onBindings(listener);
  }

  restoreBindings(bindings: readonly { readonly deviceId: string; readonly binding: unknown }[]): void {
    this.#signalling.restoreBindings(bindings);
  }

  refuseNewCalls(): void {
    this.#refusing = true;
  }

  calls(): number {
    let count = 0;
    for (const leg of this.#legs.values()) if (leg.kind !== "headset") count += 1;
    return count;
  }

  legs(): ReadonlyMap<string, unknown> {
    return this.#legs;
  }

  counters(): Readonly<Record<string, number>> {
    return { ...this.#signalling.counters(), legs: this.#legs.size, rtpRefused: this.#reports.rtpRefused };
  }

  async close(): Promise<void> {
    await this.#signalling.close();
    await this.#engine.close();
  }

  #tell(event: PhoneEvent): void {
    for (const listener of this.#events) listener(event);
  }

  #ended(legId: string, code: LegEndCode, sipStatus: number | null): void {
    this.#legs.delete(legId);
    this.#engine.command({ kind: "closeLeg", legId });
    for (const listener of this.#dialogs) listener(legId, null);
    this.#tell({ kind: "legEnded", legId, code, sipStatus });
  }

  /** Goes on with an incoming leg once its port is open; a leg that is gone meanwhile is left alone. */
  #open(legId: string, then: (leg: Leg, rtpPort: number) => void): void {
    const leg = this.#legs.get(legId);
    if (leg?.rtpPort !== undefined) then(leg, leg.rtpPort);
  }

  async #dial(legId: string, invite: (rtpPort: number) => void): Promise<void> {
    if (this.#legs.has(legId)) return;
    const leg: Leg = { legId, kind: "outgoing", rtpPort: undefined, codec: "pcma", held: false };
    this.#legs.set(legId, leg);
    const opened = await this.#engine.openRtpLeg(legId);
    if (this.#legs.get(legId) !== leg) {
      this.#engine.command({ kind: "closeLeg", legId });
      return;
    }
    if (!opened.ok) {
      this.#ended(legId, opened.code === "RTP_PORTS_EXHAUSTED" ? "RTP_PORTS_EXHAUSTED" : "MEDIA_FAILED", null);
      return;
    }
    leg.rtpPort = opened.value.port;
    invite(opened.value.port);
  }

  #drop(legId: string, code: LegEndCode): void {
    const leg = this.#legs.get(legId);
    if (leg === undefined) return;
    if (leg.kind === "headset") return;
    if (leg.rtpPort === undefined) this.#ended(legId, code, null);
    else this.#signalling.drop(legId, code);
  }

  async #arrived(incoming: IncomingLeg, remote: RemoteAudio | null): Promise<void> {
    const codec = remote?.codec ?? "pcma";
    const leg: Leg = { legId: incoming.legId, kind: "incoming", rtpPort: undefined, codec, held: false };
    this.#legs.set(leg.legId, leg);
    const opened = await this.#engine.openRtpLeg(leg.legId);
    if (this.#legs.get(leg.legId) !== leg) {
      this.#engine.command({ kind: "closeLeg", legId: leg.legId });
      return;
    }
    if (!opened.ok) {
      this.#reports.portsWanted(this.#options.clock(), opened.code);
      this.#signalling.reject(leg.legId, 503, 10);
      return;
    }
    leg.rtpPort = opened.value.port;
    if (remote !== null) this.#engine.command({ kind: "setRemote", legId: leg.legId, remote });
    for (const listener of this.#incoming) listener(incoming);
  }

  #signalled(event: SignallingEvent): void {
    switch (event.kind) {
      case "incoming":
        void this.#arrived(event.leg, event.remote);
        return;
      case "ringing":
        this.#tell({ kind: "legRinging", legId: event.legId });
        return;
      case "earlyMedia":
        this.#tell({ kind: "legEarlyMedia", legId: event.legId });
        return;
      case "remoteAudio":
        this.#remote(event.legId, event.remote);
        return;
      case "answered":
        this.#answered(event.legId, event.trunkId);
        return;
      case "ended":
        this.#ended(event.legId, event.code, event.sipStatus);
        return;
      case "key":
        this.#engine.command({ kind: "injectKey", legId: event.legId, key: event.key });
        return;
      case "asked":
        if (event.alive) this.#engine.command({ kind: "legAlive", legId: event.legId });
        else this.#tell({ kind: "mediaLost", legId: event.legId });
        return;
      case "transferAsked":
        this.#tell({ kind: "phoneTransfer", legId: event.legId, target: event.target });
        return;
      case "joinAsked":
        this.#tell({ kind: "phoneJoin", legId: event.legId, otherLegId: event.otherLegId });
        return;
      case "trunkState":
        for (const listener of this.#trunks) listener(event.state);
        return;
      case "deviceBindings":
        this.#bindings.changed(event);
        return;
      case "publicAddress":
        this.#learnt = event.address;
        return;
      default:
        assertNever(event);
    }
  }

  #remote(legId: string, remote: RemoteAudio): void {
    const leg = this.#legs.get(legId);
    if (leg === undefined) return;
    leg.codec = remote.codec;
    const keysBySignalling = remote.telephoneEventPayloadType === null && this.#signalling.takesInfo(legId);
    this.#engine.command({ kind: "setRemote", legId, remote: { ...remote, keysBySignalling } });
    const held = !remote.receives;
    if (held === leg.held) return;
    leg.held = held;
    this.#tell({ kind: "legHeld", legId, on: held });
  }

  #answered(legId: string, trunkId: string | null): void {
    const dialog = this.#signalling.storedDialog(legId);
    if (dialog !== undefined) for (const listener of this.#dialogs) listener(legId, dialog);
    this.#tell({ kind: "legAnswered", legId, ...(trunkId === null ? {} : { trunkId }) });
  }

  #trace(legId: string, messages: readonly TracedMessage[]): void {
    for (const message of messages) {
      for (const listener of this.#traces)
        listener({ legId, at: message.at, direction: message.direction, peer: message.peer, text: message.text });
    }
  }

  #heard(event: MediaEvent): void {
    if (this.#echo.handle(event)) return;
    switch (event.kind) {
      case "playEnded":
      case "recordingFailed":
        return this.#tell(event);
      case "recordingClosed":
        return this.#tell(this.#reports.closed(event));
      case "keysCollected":
        this.#tell({ ...event, reference: null, length: event.keys.length });
        return;
      case "mediaLost":
        return this.#silent(event.legId);
      case "legLost":
        return this.#lost(event.legId, event.reason);
      case "keysToSignal":
        return void this.#signalling.sendInfoKeys(event.legId, event.keys);
      case "level":
        return this.#headset(event);
      case "quality":
        return this.#reports.quality(event);
      case "legUp":
        if (this.#legs.get(event.legId)?.kind === "headset") this.#headset({ kind: "up", legId: event.legId });
        return;
      case "key":
        return;
      default:
        assertNever(event);
    }
  }

  /** Muted, on hold or waiting in silence is not gone: who is asked and answers stays. */
  #silent(legId: string): void {
    const leg = this.#legs.get(legId);
    if (leg?.kind === "headset") this.#lost(legId, "nothing was heard");
    // A call that is being set up has its own limits.
    else if (leg !== undefined && !this.#signalling.ask(legId)) this.#engine.command({ kind: "legAlive", legId });
  }

  #lost(legId: string, reason: string): void {
    const leg = this.#legs.get(legId);
    if (leg === undefined) return;
    if (leg.kind !== "headset") {
      this.#tell({ kind: "mediaLost", legId });
      return;
    }
    this.#legs.delete(legId);
    this.#engine.command({ kind: "closeLeg", legId });
    this.#headset({ kind: "lost", legId, reason });
  }

  #headset(state: HeadsetState): void {
    for (const listener of this.#headsets) listener(state);
  }
}
