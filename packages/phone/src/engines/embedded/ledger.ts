import type { CollectId, LegId, MediaCommand, MediaEvent, PlayId, RecordingId } from "@centrala/contract";

/** A recording whose file has to be mended. */
export interface OpenRecording {
  readonly recordingId: RecordingId;
  readonly path: string;
}

/**
 * What the worker is busy with, remembered outside it, so that everything that was begun also ends when the worker dies.
 * Its size is bounded by the worker's own limits: each leg has one play and one collection at most.
 */
export class Ledger {
  readonly #legs = new Set<LegId>();
  readonly #plays = new Map<PlayId, LegId>();
  readonly #collections = new Map<CollectId, LegId>();
  readonly #recordings = new Map<RecordingId, string>();

  /** True when the leg is new. */
  legOpened(legId: LegId): boolean {
    const isNew = !this.#legs.has(legId);
    this.#legs.add(legId);
    return isNew;
  }

  legClosed(legId: LegId): void {
    this.#legs.delete(legId);
  }

  commanded(command: MediaCommand): void {
    if (command.kind === "closeLeg") this.#legs.delete(command.legId);
    else if (command.kind === "play") this.#plays.set(command.playId, command.legId);
    else if (command.kind === "collectKeys" && this.#legs.has(command.legId)) {
      this.#collections.set(command.collectId, command.legId);
    } else if (command.kind === "record" && !this.#recordings.has(command.recordingId)) {
      this.#recordings.set(command.recordingId, command.path);
    }
  }

  happened(event: MediaEvent): void {
    if (event.kind === "playEnded") this.#plays.delete(event.playId);
    else if (event.kind === "keysCollected") this.#collections.delete(event.collectId);
    else if (event.kind === "recordingClosed" || event.kind === "recordingFailed") {
      this.#recordings.delete(event.recordingId);
    }
  }

  /** While there is no worker, what would be waited for ends at once. */
  answerWithoutWorker(command: MediaCommand): MediaEvent[] {
    if (command.kind === "play") return this.#noted([{ kind: "playEnded", playId: command.playId, reason: "failed" }]);
    if (command.kind === "collectKeys") {
      const { collectId } = command;
      return this.#noted([{ kind: "keysCollected", collectId, outcome: "cancelled", keys: "" }]);
    }
    if (command.kind !== "record") return [];
    return this.#noted([{ kind: "recordingFailed", recordingId: command.recordingId, code: "MEDIA_FAILED" }]);
  }

  /** The ends of everything, and the recordings to mend; nothing is open afterwards. */
  takeAll(): { readonly events: readonly MediaEvent[]; readonly recordings: readonly OpenRecording[] } {
    const events: MediaEvent[] = [];
    for (const playId of this.#plays.keys()) events.push({ kind: "playEnded", playId, reason: "failed" });
    for (const collectId of this.#collections.keys()) {
      events.push({ kind: "keysCollected", collectId, outcome: "cancelled", keys: "" });
    }
    for (const legId of this.#legs) events.push({ kind: "legLost", legId, reason: "MEDIA_FAILED" });
    const recordings = [...this.#recordings].map(([recordingId, path]) => ({ recordingId, path }));
    for (const open of [this.#legs, this.#plays, this.#collections, this.#recordings]) open.clear();
    return { events, recordings };
  }

  #noted(events: MediaEvent[]): MediaEvent[] {
    for (const event of events) this.happened(event);
    return events;
  }
}
