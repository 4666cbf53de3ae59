import { randomFillSync } from "node:crypto";
import type { LegId, MediaCommand, MediaErrorCode, MediaEvent } from "@centrala/contract";
import { assertNever, type Entropy, PooledEntropy, type Result } from "@centrala/kit";
import type { KeyWay } from "@centrala/media";
import { KeyCollector } from "./collector.ts";
import { passKeyOn, sendAsTones } from "./key-tones.ts";
import type { MediaLeg } from "./leg.ts";
import { Legs, socketAddresses, type WebRtcTransport } from "./legs.ts";
import type { HostStats, WorkerOptions } from "./messages.ts";
import { Player } from "./player.ts";
import { Recordings } from "./recordings.ts";
import { Rooms } from "./rooms.ts";
import { SoundLibrary } from "./sounds.ts";
import { slotsPerFrame, Ticker } from "./ticker.ts";
import { Traffic, type TrafficListener } from "./traffic.ts";

const itemsMax = 64;

/** So often each leg is looked after: reports, levels (four a second at most), lost media. */
const careEveryMs = 250;

export const systemEntropy: Entropy = new PooledEntropy({
  fill(out) {
    randomFillSync(out);
  },
});

/** Time that never goes back, in milliseconds since 1970. */
export function monotonicNow(): number {
  return performance.timeOrigin + performance.now();
}

type CommandOf<Kind extends MediaCommand["kind"]> = Extract<MediaCommand, { kind: Kind }>;

/** All media of one worker: legs, rooms, what plays, what is collected, what is recorded. Runs in one thread. */
export class MediaHost implements TrafficListener {
  readonly #emit: (event: MediaEvent) => void;
  readonly #onFault: (error: unknown) => void;
  readonly #options: WorkerOptions;
  readonly #traffic = new Traffic(this);
  readonly #legs: Legs;
  readonly #rooms: Rooms;
  readonly #sounds = new SoundLibrary(monotonicNow);
  readonly #recordings: Recordings;
  readonly #closing = new Set<Promise<void>>();
  readonly #ticker: Ticker;
  #commandsIgnored = 0;
  #closed = false;

  /** @param onFault is told of bugs that were caught; the leg concerned has been ended */
  constructor(options: WorkerOptions, emit: (event: MediaEvent) => void, onFault: (error: unknown) => void) {
    this.#options = options;
    this.#emit = emit;
    this.#onFault = onFault;
    this.#legs = new Legs(options.ports, options.bindAddress, systemEntropy, this.#traffic, monotonicNow);
    this.#rooms = new Rooms(this.#legs.byId);
    this.#recordings = new Recordings(this.#legs.byId, emit);
    this.#ticker = new Ticker(monotonicNow, {
      slot: (slot, now) => this.#runSlot(slot, now),
      rest: (now) => this.#rest(now),
    });
  }

  /** Gives the host the browsers' side, see {@link webRtcReceived} and {@link webRtcChanged}. */
  attachWebRtc(transport: WebRtcTransport): void {
    this.#legs.webRtc = transport;
  }

  async openRtpLeg(legId: LegId): Promise<Result<{ readonly port: number }, MediaErrorCode>> {
    const opened = await this.#legs.openPlain(legId);
    if (opened.ok) this.#legOpened(legId);
    return opened;
  }

  /** Opens a leg on a port of {@link preparePorts}; a port that is none of them is a leg lost at once. */
  takeRtpLeg(legId: LegId, port: number): void {
    if (this.#legs.takePlain(legId, port)) this.#legOpened(legId);
    else this.#emit({ kind: "legLost", legId, reason: "MEDIA_FAILED" });
  }

  /** Ports bound for legs to come, where more are wanted. */
  preparePorts(): Promise<readonly number[]> {
    return this.#legs.preparePorts();
  }

  async openWebRtcLeg(legId: LegId, sdpOffer: string): Promise<Result<{ readonly sdpAnswer: string }, MediaErrorCode>> {
    const answered = await this.#legs.openWebRtc(legId, sdpOffer);
    if (answered.ok) this.#legOpened(legId);
    return answered;
  }

  /** A browser's packet, decrypted; it may be changed in place and is not kept. */
  webRtcReceived(legId: LegId, packet: Uint8Array, length: number): void {
    const leg = this.#legs.byId.get(legId);
    if (leg !== undefined) this.#traffic.receiveWebRtc(leg, packet, length, monotonicNow());
  }

  webRtcChanged(legId: LegId, state: "connected" | "lost" | "closed" | "failed", reason: string): void {
    if (!this.#legs.byId.has(legId)) return;
    if (state === "connected") this.#emit({ kind: "legUp", legId });
    else this.#emit({ kind: "legLost", legId, reason: reason === "" ? state : reason });
  }

  stats(): HostStats {
    const { packetsReceived, packetsSent, packetsRefused } = this.#traffic;
    return {
      legs: this.#legs.byId.size,
      packetsReceived,
      packetsSent,
      packetsRefused,
      recordings: this.#recordings.size,
      commandsIgnored: this.#commandsIgnored,
    };
  }

  /** Ends every leg and recording; resolves when all files are closed and all ports free. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const leg of this.#legs.byId.values()) this.#closeLeg(leg);
    this.#ticker.stop();
    await Promise.all([this.#recordings.close(monotonicNow()), ...this.#closing]);
    await this.#legs.close();
  }

  command(command: MediaCommand): void {
    if (this.#closed || !this.#perform(command)) this.#commandsIgnored += 1;
    this.#wakeTicker();
  }

  up(leg: MediaLeg): void {
    if (leg.port.kind === "plain") this.#emit({ kind: "legUp", legId: leg.legId });
  }

  key(leg: MediaLeg, key: string, way: KeyWay, now: number): void {
    if (!leg.keyWays.admit(key, way, now) || leg.spill?.takes(key, now) === true) return;
    const outcome = leg.collector?.press(key, now);
    if (outcome === undefined) {
      passKeyOn(leg, way, (to) => this.#sendKeys(to, key));
      this.#wakeTicker();
      this.#emit({ kind: "key", legId: leg.legId, key });
      return;
    }
    if (outcome.kind === "ignored") return;
    if (outcome.collected !== undefined) {
      leg.spill = leg.collector?.spillAfter(key, now);
      leg.collector = undefined;
    }
    if (outcome.stopsPlay) this.#endPlay(leg, "stopped", now);
    if (outcome.collected !== undefined) this.#emit(outcome.collected);
  }

  fault(leg: MediaLeg, error: unknown): void {
    this.#onFault(error);
    if (leg.closed) return;
    this.#emit({ kind: "legLost", legId: leg.legId, reason: "MEDIA_FAILED" });
    this.#closeLeg(leg);
  }

  playFinished(leg: MediaLeg, now: number): void {
    this.#endPlay(leg, "finished", now);
  }

  /** False when the command named something that is not there, or passed a limit. */
  #perform(command: MediaCommand): boolean {
    switch (command.kind) {
      case "setRoom":
        return this.#rooms.set(command.roomId, command.hears);
      case "closeRoom":
        return this.#rooms.close(command.roomId);
      case "stopPlay":
        return this.#stopPlay(command);
      case "stopCollect":
        return this.#stopCollect(command);
      case "play":
        return this.#play(command);
      case "record":
        this.#ticker.start();
        return this.#recordings.record(command, monotonicNow());
      case "pauseRecording":
        return this.#recordings.pause(command.recordingId, command.paused);
      case "stopRecording":
        return this.#recordings.stop(command.recordingId, monotonicNow());
      case "setRemote":
      case "closeLeg":
      case "collectKeys":
      case "injectKey":
      case "sendKeys":
      case "muteLeg":
      case "legAlive":
      case "watchLevel":
        return this.#performOnLeg(command);
      default:
        return assertNever(command);
    }
  }

  #performOnLeg(
    command: CommandOf<
      "setRemote" | "closeLeg" | "collectKeys" | "injectKey" | "sendKeys" | "muteLeg" | "legAlive" | "watchLevel"
    >,
  ): boolean {
    const leg = this.#legs.byId.get(command.legId);
    if (leg === undefined) return command.kind === "closeLeg" && this.#legs.closeWhileOpening(command.legId);
    switch (command.kind) {
      case "setRemote":
        leg.setRemote(command.remote, socketAddresses(leg), monotonicNow());
        return true;
      case "closeLeg":
        this.#closeLeg(leg);
        return true;
      case "collectKeys":
        return this.#collect(leg, command);
      case "injectKey":
        this.key(leg, command.key, "signalling", monotonicNow());
        return true;
      case "sendKeys":
        return this.#sendKeys(leg, command.keys);
      case "muteLeg":
        leg.muted = command.muted;
        return true;
      case "legAlive":
        leg.heardAt = monotonicNow();
        leg.lost = false;
        return true;
      case "watchLevel":
        leg.watchLevel(command.on);
        return true;
      default:
        return assertNever(command);
    }
  }

  #legOpened(legId: LegId): void {
    const leg = this.#legs.byId.get(legId);
    if (leg === undefined) return;
    this.#rooms.legOpened(legId);
    this.#recordings.legOpened(leg);
    this.#ticker.start();
    this.#wakeTicker();
  }

  #closeLeg(leg: MediaLeg): void {
    const now = monotonicNow();
    this.#endPlay(leg, "stopped", now);
    if (leg.collector !== undefined) this.#emit(leg.collector.cancel());
    leg.collector = undefined;
    // RFC 3550 section 6.3.7: whoever never sent anything takes leave of nobody.
    if (leg.sender.packetsSent > 0 || leg.rtcp.reported)
      leg.port.sendRtcp(leg, leg.rtcp.bye(leg.sender, leg.statistics, now));
    this.#emit(leg.quality());
    this.#keepUntilDone(this.#legs.remove(leg));
    this.#rooms.legClosed(leg);
    this.#recordings.legClosed(leg, now);
    if (this.#legs.byId.size === 0 && this.#recordings.size === 0) this.#ticker.stop();
  }

  #play(command: CommandOf<"play">): boolean {
    const { playId, legId, items, loop } = command;
    const leg = this.#legs.byId.get(legId);
    if (leg === undefined || items.length === 0 || items.length > itemsMax) {
      // Whoever waits for the end of a play must not wait for ever.
      this.#emit({ kind: "playEnded", playId, reason: "failed" });
      return false;
    }
    if (leg.play?.playId === playId) return true;
    this.#endPlay(leg, "stopped", monotonicNow());
    const loopKey = loop && items.some((item) => item.kind === "file") ? JSON.stringify(items) : undefined;
    const play = { playId, loopKey, player: undefined as Player | undefined };
    leg.play = play;
    void this.#sounds.load(items).then((loaded) => {
      if (leg.play !== play) return;
      if (loaded.ok) play.player = new Player(loaded.value, loop, leg.loopPosition(loopKey));
      if (play.player === undefined || play.player.finished) {
        this.#endPlay(leg, loaded.ok ? "finished" : "failed", monotonicNow());
      } else {
        leg.updateMode();
        this.#wakeTicker();
      }
    });
    return true;
  }

  #stopPlay({ playId }: CommandOf<"stopPlay">): boolean {
    for (const leg of this.#legs.byId.values()) {
      if (leg.play?.playId !== playId) continue;
      this.#endPlay(leg, "stopped", monotonicNow());
      return true;
    }
    return false;
  }

  #endPlay(leg: MediaLeg, reason: "finished" | "stopped" | "failed", now: number): void {
    const play = leg.play;
    if (play === undefined) return;
    leg.rememberLoop(play);
    leg.play = undefined;
    leg.updateMode();
    leg.collector?.playEnded(play.playId, now);
    this.#emit({ kind: "playEnded", playId: play.playId, reason });
  }

  #collect(leg: MediaLeg, command: CommandOf<"collectKeys">): boolean {
    if (leg.collector?.collectId === command.collectId) return true;
    if (leg.collector !== undefined) this.#emit(leg.collector.cancel());
    const playing = command.afterPlayId !== null && leg.play?.playId === command.afterPlayId;
    leg.collector = new KeyCollector(command, playing, monotonicNow());
    return true;
  }

  #stopCollect({ collectId }: CommandOf<"stopCollect">): boolean {
    for (const leg of this.#legs.byId.values()) {
      if (leg.collector?.collectId !== collectId) continue;
      this.#emit(leg.collector.cancel());
      leg.collector = undefined;
      return true;
    }
    return false;
  }

  /** By RFC 4733, or by signalling, or else as tones: as the far end takes them. */
  #sendKeys(leg: MediaLeg, keys: string): boolean {
    if (leg.payload === undefined) return false;
    if (leg.payload.keysType >= 0) return leg.keySender.push(keys);
    if (leg.keysBySignalling) this.#emit({ kind: "keysToSignal", legId: leg.legId, keys });
    return leg.keysBySignalling || sendAsTones(leg, keys);
  }

  #keepUntilDone(work: Promise<void>): void {
    this.#closing.add(work);
    void work.finally(() => this.#closing.delete(work));
  }

  /** One slot of 5 ms: the legs whose turn it is get their frame of 20 ms. Says in whose turns legs need frames, a bit each. */
  #runSlot(slot: number, now: number): number {
    const turn = slot % slotsPerFrame;
    for (const leg of this.#legs.byId.values()) if (leg.slot === turn) this.#traffic.takeFrame(leg);
    for (const leg of this.#legs.byId.values()) {
      if (leg.slot === turn) this.#traffic.sendFrame(leg, now);
      this.#pollKeys(leg, now);
      this.#care(leg, now);
    }
    this.#recordings.poll(now);
    let turns = 0;
    for (const leg of this.#legs.byId.values()) if (leg.needsFrames) turns |= 1 << leg.slot;
    return turns;
  }

  /** Nobody hears anything of ours: only time limits and reports are due, and ways to keep open. */
  #rest(now: number): boolean {
    // What is recorded is written in time: a crash takes less than the last second.
    let waits = this.#recordings.size > 0;
    for (const leg of this.#legs.byId.values()) {
      this.#pollKeys(leg, now);
      this.#traffic.sendStill(leg, now);
      this.#care(leg, now);
      waits ||= leg.waitsForTime;
    }
    this.#recordings.poll(now);
    return waits;
  }

  /** Whatever has changed: frames begin when a leg needs them, and a time limit is not slept through. */
  #wakeTicker(): void {
    if (this.#recordings.size > 0) this.#ticker.hurry();
    for (const leg of this.#legs.byId.values()) {
      if (leg.needsFrames) return this.#ticker.wake();
      if (leg.waitsForTime) this.#ticker.hurry();
    }
  }

  #pollKeys(leg: MediaLeg, now: number): void {
    leg.keyReceiver.poll(now);
    const collected = leg.collector?.poll(now);
    if (collected === undefined) return;
    leg.collector = undefined;
    this.#emit(collected);
  }

  #care(leg: MediaLeg, now: number): void {
    if (now < leg.careAt) return;
    leg.careAt = now + careEveryMs;
    if (leg.levels !== undefined) this.#emit(leg.levels.take(leg.legId));
    if (leg.port.kind !== "plain" || leg.payload === undefined) return;
    if (now >= leg.rtcp.nextAt) leg.port.sendRtcp(leg, leg.rtcp.report(leg.sender, leg.statistics, now));
    const silentMs = leg.sends ? now - leg.heardAt : 0;
    if (leg.lost || silentMs < this.#options.mediaLostAfterMs) return;
    if (this.#options.mediaLostAfterMs === 0) return;
    leg.lost = true;
    this.#emit({ kind: "mediaLost", legId: leg.legId });
  }
}
