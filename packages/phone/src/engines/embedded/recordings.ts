import type { LegId, MediaCommand, MediaEvent, RecordingId } from "@centrala/contract";
import type { MediaLeg } from "./leg.ts";
import { Recorder } from "./recorder.ts";

const recordingsMax = 2_000;

type RecordCommand = Extract<MediaCommand, { kind: "record" }>;

/** The recordings of a worker, found by id and by the legs they hear: a change of one costs its own legs and no other. */
export class Recordings {
  readonly #legs: ReadonlyMap<LegId, MediaLeg>;
  readonly #emit: (event: MediaEvent) => void;
  readonly #byId = new Map<RecordingId, Recorder>();
  readonly #byLeg = new Map<LegId, Set<Recorder>>();
  readonly #closing = new Set<Promise<void>>();

  constructor(legs: ReadonlyMap<LegId, MediaLeg>, emit: (event: MediaEvent) => void) {
    this.#legs = legs;
    this.#emit = emit;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Starts a recording, or changes who is on its second channel. False at the limit. */
  record(command: RecordCommand, now: number): boolean {
    const { recordingId, rightLegIds } = command;
    const known = this.#byId.get(recordingId);
    if (known === undefined && this.#byId.size >= recordingsMax) {
      this.#emit({ kind: "recordingFailed", recordingId, code: "RECORDING_LIMIT" });
      return false;
    }
    const recorder = known ?? new Recorder(command, now);
    this.#byId.set(recordingId, recorder);
    const before = legsOf(recorder);
    recorder.rightLegIds = rightLegIds;
    this.#index(recorder, before);
    return true;
  }

  pause(recordingId: RecordingId, paused: boolean): boolean {
    const recorder = this.#byId.get(recordingId);
    recorder?.pause(paused);
    return recorder !== undefined;
  }

  stop(recordingId: RecordingId, now: number): boolean {
    const recorder = this.#byId.get(recordingId);
    if (recorder === undefined) return false;
    this.#byId.delete(recordingId);
    for (const legId of legsOf(recorder)) this.#forget(legId, recorder);
    const closing = recorder.close(now).then((event) => this.#emit(event));
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
    return true;
  }

  legOpened(leg: MediaLeg): void {
    this.#update(leg.legId);
  }

  /** A recording whose legs are all gone ends by itself. */
  legClosed(leg: MediaLeg, now: number): void {
    for (const recorder of this.#byLeg.get(leg.legId) ?? [])
      if (!legsOf(recorder).some((legId) => this.#legs.has(legId))) this.stop(recorder.recordingId, now);
  }

  /** Sends to the files what is complete; ends what is over or cannot go on. */
  poll(now: number): void {
    for (const recorder of this.#byId.values()) {
      recorder.poll(now);
      if (recorder.isOver(now)) this.stop(recorder.recordingId, now);
    }
  }

  /** Ends all; resolves when all files are closed. */
  async close(now: number): Promise<void> {
    for (const recordingId of [...this.#byId.keys()]) this.stop(recordingId, now);
    await Promise.all(this.#closing);
  }

  #index(recorder: Recorder, before: readonly LegId[]): void {
    const after = legsOf(recorder);
    for (const legId of before) if (!after.includes(legId)) this.#forget(legId, recorder);
    for (const legId of after) {
      const recorders = this.#byLeg.get(legId) ?? new Set();
      this.#byLeg.set(legId, recorders.add(recorder));
      this.#update(legId);
    }
  }

  #forget(legId: LegId, recorder: Recorder): void {
    const recorders = this.#byLeg.get(legId);
    recorders?.delete(recorder);
    if (recorders?.size === 0) this.#byLeg.delete(legId);
    this.#update(legId);
  }

  #update(legId: LegId): void {
    const leg = this.#legs.get(legId);
    if (leg === undefined) return;
    leg.recorded = [...(this.#byLeg.get(legId) ?? [])].flatMap((recorder) => {
      const channel = recorder.channelOf(legId);
      return channel === undefined ? [] : [{ recorder, channel }];
    });
  }
}

function legsOf(recorder: Recorder): readonly LegId[] {
  return [recorder.leftLegId, ...recorder.rightLegIds];
}
