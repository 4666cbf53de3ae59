import { assertNever } from "@centrala/kit";
import type { PhoneCommand, PhoneEvent } from "@centrala/phone";
import { chanceOf, type VirtualTime } from "@centrala/sim/seeded";

type MediaCommand = Exclude<
  PhoneCommand,
  {
    kind:
      | "dialTrunk"
      | "dialDevice"
      | "dropLeg"
      | "rejectLeg"
      | "answerLeg"
      | "ringLeg"
      | "progressLeg"
      | "reportTransfer";
  }
>;
type Play = { readonly playId: string; readonly legId: string };

const itemMs = 1_500;

/** Sound as events: prompts end, keys are pressed, recordings close. What it tells comes in its own order, not in signalling's. */
export class SimMedia {
  readonly plays = new Map<string, Play>();
  readonly collects = new Map<string, string>();
  /** With the legs that are heard in them: without any they end by themselves. */
  readonly recordings = new Map<string, Set<string>>();
  readonly rooms = new Set<string>();
  readonly #time: VirtualTime;
  readonly #seed: number;
  readonly #tell: (event: PhoneEvent) => void;
  readonly #closed = new Set<string>();

  constructor(time: VirtualTime, seed: number, tell: (event: PhoneEvent) => void) {
    this.#time = time;
    this.#seed = seed;
    this.#tell = tell;
  }

  perform(command: MediaCommand): void {
    switch (command.kind) {
      case "play":
        return this.#play(command);
      case "stopPlay":
        return this.#endPlay(command.playId, "stopped");
      case "collectKeys":
        return this.#collect(command);
      case "stopCollect":
        this.collects.delete(command.collectId);
        return;
      case "setRoom":
        this.rooms.add(command.roomId);
        return;
      case "closeRoom":
        this.rooms.delete(command.roomId);
        return;
      case "record":
        return this.#record(command);
      case "stopRecording":
        return this.#close(command.recordingId);
      case "pauseRecording":
      case "sendKeys":
      case "muteLeg":
        return;
      default:
        assertNever(command);
    }
  }

  legGone(legId: string): void {
    for (const play of [...this.plays.values()]) if (play.legId === legId) this.#endPlay(play.playId, "stopped");
    for (const [collectId, leg] of [...this.collects]) if (leg === legId) this.#collected(collectId, "cancelled", "");
    for (const [recordingId, legs] of [...this.recordings])
      if (legs.delete(legId) && legs.size === 0) this.#close(recordingId);
  }

  #play({ playId, legId, items, loop }: Extract<MediaCommand, { kind: "play" }>): void {
    for (const play of [...this.plays.values()]) if (play.legId === legId) this.#endPlay(play.playId, "stopped");
    const play: Play = { playId, legId };
    this.plays.set(playId, play);
    if (loop) return;
    this.#time.after(itemMs * items.length, () => {
      if (this.plays.get(playId) === play) this.#endPlay(playId, "finished");
    });
  }

  #endPlay(playId: string, reason: "finished" | "stopped"): void {
    if (this.plays.delete(playId)) this.#soon(`play ${playId}`, { kind: "playEnded", playId, reason });
  }

  #collect({ collectId, legId, firstKeyTimeoutMs, keysMax }: Extract<MediaCommand, { kind: "collectKeys" }>): void {
    this.collects.set(collectId, legId);
    const chance = chanceOf(this.#seed, `keys ${collectId}`);
    const isPressed = chance.below(5) > 0;
    const keys = Array.from({ length: keysMax }, () => chance.pick(["1", "1", "1", "2", "3", "4", "5", "6"])).join("");
    this.#time.after(isPressed ? 100 + chance.below(3_000) : firstKeyTimeoutMs + 2 * itemMs, () =>
      this.#collected(collectId, isPressed ? "keys" : "timeout", isPressed ? keys : ""),
    );
  }

  #collected(collectId: string, outcome: "keys" | "timeout" | "cancelled", keys: string): void {
    if (!this.collects.delete(collectId)) return;
    const said = { kind: "keysCollected", collectId, outcome, keys, reference: null, length: keys.length } as const;
    this.#soon(`collect ${collectId}`, said);
  }

  /** A repeated command changes who is heard. */
  #record({ recordingId, customerLegId, operatorLegIds, longestMs }: Extract<MediaCommand, { kind: "record" }>): void {
    if (this.#closed.has(recordingId)) return;
    const isNew = !this.recordings.has(recordingId);
    this.recordings.set(recordingId, new Set([customerLegId, ...operatorLegIds]));
    if (isNew && longestMs !== undefined) this.#time.after(longestMs + 1_000, () => this.#close(recordingId));
  }

  #close(recordingId: string): void {
    if (!this.recordings.delete(recordingId)) return;
    this.#closed.add(recordingId);
    const said = { kind: "recordingClosed", recordingId, durationMs: 1_000, bytes: 16_000, sha256: "00" } as const;
    this.#soon(`recording ${recordingId}`, said, 20);
  }

  #soon(name: string, event: PhoneEvent, atLeastMs = 0): void {
    this.#time.after(atLeastMs + chanceOf(this.#seed, name).below(20), () => this.#tell(event));
  }
}
