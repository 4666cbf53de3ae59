import type { Effect, Input, TelephonyEvent } from "@centrala/contract";
import { assert, assertNever, type Instant, required } from "@centrala/kit";

type Scheduled = { readonly at: Instant; readonly event: TelephonyEvent };
type Play = { readonly legId: string; readonly items: number; readonly loop: boolean };

/** How long one prompt lasts in virtual time. */
export const promptMs = 2_000;

/**
 * The other side of the core in tests: legs that live and end, prompts that take two seconds, recordings that close. It
 * holds the core to its word: a command about a leg that is over, or a leg dropped twice, is an assertion.
 */
export class TestTelephony {
  readonly legs = new Map<string, "incoming" | "dialled" | "answered">();
  readonly plays = new Map<string, Play>();
  readonly collects = new Map<string, string>();
  readonly recordings = new Map<string, { paused: boolean; right: readonly string[] }>();
  readonly rooms = new Map<string, Readonly<Record<string, readonly string[]>>>();
  readonly muted = new Set<string>();
  readonly #scheduled: Scheduled[] = [];
  /** Legs that died with the server: they are dropped once more, so that their far ends hear of it. */
  readonly lost = new Set<string>();

  next(): Instant | undefined {
    return this.#scheduled[0]?.at;
  }

  take(): TelephonyEvent | undefined {
    return this.#scheduled.shift()?.event;
  }

  /** What an input says about legs, before the core hears of it. */
  see(input: Input): void {
    if (input.kind === "callArrived" || input.kind === "callArriving") this.legs.set(input.legId, "incoming");
    if (input.kind === "operatorDialled" && input.legId !== null) this.legs.set(input.legId, "incoming");
    if (input.kind === "headsetAttached") this.legs.set(input.legId, "answered");
    if (input.kind === "headsetLost" || input.kind === "legEnded") this.#end(input.legId);
    if (input.kind === "legAnswered" && this.legs.has(input.legId)) this.legs.set(input.legId, "answered");
    if (input.kind === "keysCollected") this.collects.delete(input.collectId);
    if (input.kind === "recovered") this.#restart(input.legsAlive);
  }

  #restart(alive: readonly string[]): void {
    for (const legId of [...this.legs.keys()]) {
      if (alive.includes(legId)) continue;
      this.#end(legId);
      this.lost.add(legId);
    }
  }

  perform(at: Instant, effect: Effect): void {
    switch (effect.kind) {
      case "ringLeg":
      case "progressLeg":
        return this.#expect(effect.legId, "incoming");
      case "answerLeg":
        this.#expect(effect.legId, "incoming");
        this.legs.set(effect.legId, "answered");
        return;
      case "rejectLeg":
        this.#expect(effect.legId, "incoming");
        return this.#end(effect.legId);
      case "dialTrunk":
      case "dialDevice":
        assert(!this.legs.has(effect.legId), "a leg is dialled once");
        this.legs.set(effect.legId, "dialled");
        return;
      case "dropLeg":
        if (this.lost.delete(effect.legId)) return;
        assert(this.legs.has(effect.legId), `${effect.legId} is dropped although it is over`);
        return this.#end(effect.legId);
      case "setRoom":
        return this.#setRoom(effect.roomId, effect.hears);
      case "closeRoom":
        this.rooms.delete(effect.roomId);
        return;
      case "play":
        return this.#play(at, effect);
      case "stopPlay":
        this.#stopPlay(effect.playId);
        return;
      case "collectKeys":
        this.#expect(effect.legId, "answered");
        this.collects.set(effect.collectId, effect.legId);
        return;
      case "stopCollect":
        this.collects.delete(effect.collectId);
        return;
      case "sendKeys":
        return this.#expect(effect.legId, "answered");
      case "record":
        for (const legId of [effect.customerLegId, ...effect.operatorLegIds]) this.#alive(legId);
        this.recordings.set(effect.recordingId, { paused: false, right: effect.operatorLegIds });
        return;
      case "pauseRecording":
        required(this.recordings.get(effect.recordingId), "the paused recording").paused = effect.paused;
        return;
      case "stopRecording":
        return this.#stopRecording(at, effect.recordingId);
      case "muteLeg":
        this.#alive(effect.legId);
        if (effect.muted) this.muted.add(effect.legId);
        else this.muted.delete(effect.legId);
        return;
      case "identifyCaller":
        return this.#expect(effect.legId, "incoming");
      case "reportTransfer":
        return this.#expect(effect.legId, "answered");
      default:
        return assertNever(effect);
    }
  }

  #expect(legId: string, state: "incoming" | "answered"): void {
    assert(this.legs.get(legId) === state, `${legId} is ${this.legs.get(legId) ?? "over"}, not ${state}`);
  }

  #alive(legId: string): void {
    assert(this.legs.has(legId), `${legId} is over`);
  }

  #end(legId: string): void {
    this.legs.delete(legId);
    this.muted.delete(legId);
    for (const [playId, play] of this.plays) if (play.legId === legId) this.#stopPlay(playId);
    for (const [collectId, leg] of this.collects) if (leg === legId) this.collects.delete(collectId);
  }

  #setRoom(roomId: string, hears: Readonly<Record<string, readonly string[]>>): void {
    for (const [legId, others] of Object.entries(hears)) {
      this.#alive(legId);
      for (const other of others) assert(other in hears, "whoever is heard is in the room");
    }
    this.rooms.set(roomId, hears);
  }

  #play(at: Instant, effect: Extract<Effect, { kind: "play" }>): void {
    this.#expect(effect.legId, "answered");
    assert(effect.items.length > 0, "something is played");
    for (const [playId, play] of this.plays) if (play.legId === effect.legId) this.#stopPlay(playId);
    this.plays.set(effect.playId, { legId: effect.legId, items: effect.items.length, loop: effect.loop });
    if (effect.loop) return;
    const event = { kind: "playEnded", playId: effect.playId, reason: "finished" } as const;
    this.#schedule(at + promptMs * effect.items.length, event);
  }

  #stopPlay(playId: string): void {
    this.plays.delete(playId);
    const place = this.#scheduled.findIndex(({ event }) => event.kind === "playEnded" && event.playId === playId);
    if (place !== -1) this.#scheduled.splice(place, 1);
  }

  #stopRecording(at: Instant, recordingId: string): void {
    assert(this.recordings.delete(recordingId), "a recording is stopped once");
    const result = { durationMs: 1_000, bytes: 16_000, sha256: "00" } as const;
    this.#schedule(at + 50, { kind: "recordingClosed", recordingId, ...result });
  }

  #schedule(at: Instant, event: TelephonyEvent): void {
    const place = this.#scheduled.findIndex((other) => other.at > at);
    this.#scheduled.splice(place === -1 ? this.#scheduled.length : place, 0, { at, event });
  }

  /** Who hears this leg, over all rooms. */
  heardBy(legId: string): string[] {
    const listeners: string[] = [];
    for (const hears of this.rooms.values()) {
      for (const [leg, others] of Object.entries(hears)) if (others.includes(legId)) listeners.push(leg);
    }
    return listeners.sort();
  }

  playingTo(legId: string): string | undefined {
    for (const [playId, play] of this.plays) if (play.legId === legId) return playId;
    return undefined;
  }
}
