import type { LegId, MediaEvent, PlayId, RemoteAudio, RoomId } from "@centrala/contract";
import type { Entropy } from "@centrala/kit";
import {
  estimateMos,
  frameSamples,
  InBandDetector,
  JitterBuffer,
  KeyReceiver,
  KeySender,
  KeyWays,
  PayloadMap,
  ReceiveStatistics,
  RtcpSession,
  RtpSender,
  rtpHeaderBytes,
  SourceLatch,
  silenceByte,
} from "@centrala/media";
import { isPrivateAddress } from "@centrala/sip";
import type { KeyCollector, KeySpill } from "./collector.ts";
import { LevelMeter } from "./level-meter.ts";
import type { Player, PlayPosition } from "./player.ts";
import type { Recorder } from "./recorder.ts";

/** How a leg's packets leave. */
export interface LegPort {
  readonly kind: "plain" | "webrtc";
  sendRtp(leg: MediaLeg, packet: Uint8Array, length: number): void;
  sendRtcp(leg: MediaLeg, packet: Uint8Array): void;
  close(leg: MediaLeg): Promise<void>;
}

/**
 * What fills the next packet to a leg: silence, one other leg's packets as they come, what is played to it, or the sum of
 * several of these.
 */
export type LegMode = "silence" | "relay" | "play" | "mix";

/** What plays to a leg; without a player while its sounds are being read. */
export interface Play {
  readonly playId: PlayId;
  /** Looped music is known by its items: it goes on where it was when it plays again. */
  readonly loopKey: string | undefined;
  player: Player | undefined;
}

/** A recording that this leg is part of. */
export interface Recorded {
  readonly recorder: Recorder;
  readonly channel: 0 | 1;
}

const loopPositionsMax = 4;
/** So many packets of silence open the way to a new place: routers let the answers in, and who learns sources by packets learns ours. */
const openingPackets = 5;
/** Legs that open together are not looked after together. */
const careSpreadMs = 250;

/** One leg of a call as the worker sees it: state and buffers; what happens to packets is in traffic.ts. */
export class MediaLeg {
  readonly legId: LegId;
  /** Small number of this leg in its worker, for splices and recordings. */
  readonly number: number;
  readonly port: LegPort;
  readonly sender: RtpSender;
  readonly latch = new SourceLatch((address) => isPrivateAddress(address.replace(/^::ffff:/i, "")));
  readonly statistics = new ReceiveStatistics();
  readonly rtcp: RtcpSession;
  readonly keyReceiver = new KeyReceiver();
  readonly keyWays = new KeyWays();
  readonly keySender = new KeySender();
  inBand = new InBandDetector();
  readonly packet = new Uint8Array(rtpHeaderBytes + frameSamples);
  /** What this leg said in the current frame, while somebody mixes it. */
  readonly frame = new Int16Array(frameSamples);
  frameHeard = false;
  slot: number;
  payload: PayloadMap | undefined;
  /** Keys to the far end go by signalling. */
  keysBySignalling = false;
  packetsRefused = 0;
  /** Whether we may send, and whether the far end should. */
  receives = true;
  sends = true;
  up = false;
  muted = false;
  closed = false;
  /** Packets of silence that still open the way, unless there is sound; afterwards one a second keeps it open. */
  opening = openingPackets;
  heardAt: number;
  /** When it is looked after next. */
  careAt: number;
  lost = false;
  mode: LegMode = "silence";
  roomId: RoomId | undefined;
  /** Whom this leg hears, and who hears it. */
  sources: readonly MediaLeg[] = [];
  listeners: readonly MediaLeg[] = [];
  isMixed = false;
  play: Play | undefined;
  /** Keys as tones inside the sound, for far ends without RFC 4733. */
  keyTones: Player | undefined;
  /** Keys that follow as tones. */
  keysWaiting = "";
  collector: KeyCollector | undefined;
  spill: KeySpill | undefined;
  recorded: readonly Recorded[] = [];
  levels: LevelMeter | undefined;
  rtcpAddress = "";
  rtcpPort = 0;
  readonly #loopPositions = new Map<string, PlayPosition>();
  #jitter: JitterBuffer | undefined;

  constructor(legId: LegId, number: number, port: LegPort, entropy: Entropy, now: number) {
    this.legId = legId;
    this.number = number;
    this.slot = number % 4;
    this.port = port;
    this.sender = new RtpSender(entropy);
    // RFC 7022: a random name for each leg, which tells nobody which of them belong together.
    this.rtcp = new RtcpSession(`${this.sender.ssrc.toString(36)}@centrala`, entropy, now);
    this.heardAt = now;
    this.careAt = now + (number % careSpreadMs);
  }

  /** Takes over what was negotiated for a plain leg. @param written an address as the leg's socket writes it */
  setRemote(remote: RemoteAudio, written: (address: string) => string, now: number): void {
    const law = remote.codec === "pcma" ? "alaw" : "ulaw";
    const { telephoneEventPayloadType: keysType, receiveTelephoneEventPayloadType: comesAs } = remote;
    this.payload = new PayloadMap(law, remote.payloadType, keysType, comesAs ?? null);
    this.keysBySignalling = remote.keysBySignalling === true;
    // Where a far end announced events but sends tones, speech must not be taken for them easily.
    this.inBand = new InBandDetector(keysType === null ? 2 : 3);
    // The way of RFC 2543 to hold names nowhere: the place of before stays good for the time after.
    if (remote.address !== "0.0.0.0" && remote.address !== "::") this.#signalled(remote, written, now);
    this.receives = remote.receives;
    if (remote.sends && !this.sends) this.heardAt = now;
    this.sends = remote.sends;
  }

  #signalled(remote: RemoteAudio, written: (address: string) => string, now: number): void {
    const address = written(remote.address);
    const moved = this.latch.signal(
      { address, port: remote.port, peer: remote.signallingAddress ? written(remote.signallingAddress) : "" },
      now,
    );
    if (!moved) return;
    this.opening = openingPackets;
    this.heardAt = now;
    this.keyWays.reset();
    this.rtcpAddress = address;
    this.rtcpPort = remote.port + 1;
  }

  get maySend(): boolean {
    return this.payload !== undefined && this.receives && !this.closed;
  }

  /** Made when it is mixed first: most legs never are. */
  get jitter(): JitterBuffer {
    this.#jitter ??= new JitterBuffer();
    return this.#jitter;
  }

  /** Something has to leave every 20 ms, or is taken from this leg as often. */
  get needsFrames(): boolean {
    if (this.isMixed) return true;
    if (!this.maySend) return false;
    return this.mode === "play" || this.mode === "mix" || this.keySender.busy || this.keyTones !== undefined;
  }

  /** Has a time limit, is watched, or its way is being opened: it is looked after more often. */
  get waitsForTime(): boolean {
    if (this.opening > 0 && this.maySend) return true;
    return this.collector !== undefined || this.levels !== undefined || this.keyReceiver.down !== undefined;
  }

  /** Decides anew what fills the packets to this leg, after its room, its play or a neighbour changed. */
  updateMode(): void {
    const plays = this.play?.player !== undefined;
    const before = this.mode;
    if (this.sources.length === 0) this.mode = plays ? "play" : "silence";
    else this.mode = this.sources.length === 1 && !plays ? "relay" : "mix";
    if (before !== this.mode && this.mode !== "mix") this.sender.markNext();
    for (const source of this.sources) source.updateMixed();
  }

  /** Packets are decoded into the jitter buffer only while somebody mixes them. */
  updateMixed(): void {
    const mixed = this.listeners.some((listener) => listener.mode === "mix");
    if (mixed && !this.isMixed) this.jitter.reset();
    this.isMixed = mixed;
  }

  /** Remembers where looped music stood, for the few pieces a leg hears in turn. */
  rememberLoop(play: Play): void {
    if (play.loopKey === undefined || play.player === undefined) return;
    this.#loopPositions.delete(play.loopKey);
    this.#loopPositions.set(play.loopKey, play.player.position);
    if (this.#loopPositions.size <= loopPositionsMax) return;
    this.#loopPositions.delete(this.#loopPositions.keys().next().value as string);
  }

  loopPosition(loopKey: string | undefined): PlayPosition | undefined {
    return loopKey === undefined ? undefined : this.#loopPositions.get(loopKey);
  }

  watchLevel(on: boolean): void {
    this.levels = on ? (this.levels ?? new LevelMeter()) : undefined;
  }

  fillSilence(): void {
    this.packet.fill(silenceByte(this.payload?.law ?? "ulaw"), rtpHeaderBytes);
  }

  /** How well this leg was heard; the score takes half the round trip and 60 ms of buffers and frames as delay. */
  quality(): MediaEvent {
    const { received, lost, expected, jitterMs } = this.statistics;
    const lossShare = expected === 0 ? 0 : lost / expected;
    const delayMs = (this.rtcp.roundTripMs ?? 0) / 2 + 60 + jitterMs * 2;
    return {
      kind: "quality",
      legId: this.legId,
      packetsReceived: received,
      packetsLost: lost,
      packetsRefused: this.packetsRefused,
      jitterMs: Math.round(jitterMs * 10) / 10,
      mos: Math.round(estimateMos(lossShare, delayMs) * 100) / 100,
    };
  }
}
