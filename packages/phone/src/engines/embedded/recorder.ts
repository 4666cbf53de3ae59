import type { LegId, MediaCommand, MediaEvent, RecordingId } from "@centrala/contract";
import { type Law, type RecordingChannel, RecordingWriter } from "@centrala/media";
import { RecordingFile } from "./recording-file.ts";

/** Together with the 200 ms that late packets are given, a crash loses less than the last second. */
const flushEveryMs = 700;

/** Who asked for a recording stops it in time; when nobody can, it ends so much later. */
const overdueMs = 2_000;

/** One recording: who is on which channel, and its file. */
export class Recorder {
  readonly recordingId: RecordingId;
  readonly leftLegId: LegId;
  rightLegIds: readonly LegId[];
  readonly #writer: RecordingWriter;
  readonly #file: RecordingFile;
  readonly #endsAt: number;
  #flushAt: number;
  #closing = false;

  constructor(command: Extract<MediaCommand, { kind: "record" }>, now: number) {
    this.recordingId = command.recordingId;
    this.leftLegId = command.leftLegId;
    this.rightLegIds = command.rightLegIds;
    this.#writer = new RecordingWriter(command.codec === "pcma" ? "alaw" : "ulaw", now);
    this.#file = new RecordingFile(command.path, (frames) => this.#writer.headerOf(frames));
    this.#flushAt = now + flushEveryMs;
    this.#endsAt = command.longestMs === undefined ? Number.POSITIVE_INFINITY : now + command.longestMs + overdueMs;
  }

  /** True when its longest time has come, or its file cannot go on. */
  isOver(now: number): boolean {
    return now >= this.#endsAt || this.#file.failed !== undefined;
  }

  /** The channel of a leg; undefined when it is not recorded. */
  channelOf(legId: LegId): RecordingChannel | undefined {
    if (legId === this.leftLegId) return 0;
    return this.rightLegIds.includes(legId) ? 1 : undefined;
  }

  pause(paused: boolean): void {
    this.#writer.pause(paused);
  }

  accept(
    channel: RecordingChannel,
    track: number,
    ssrc: number,
    timestamp: number,
    law: Law,
    packet: Uint8Array,
    offset: number,
    count: number,
    now: number,
  ): void {
    this.#writer.accept(channel, track, ssrc, timestamp, law, packet, offset, count, now);
  }

  /** Sends what is complete to the file when it is time. */
  poll(now: number): void {
    if (now < this.#flushAt || this.#closing) return;
    this.#flushAt = now + flushEveryMs;
    const block = this.#writer.takeBlock(now);
    if (block !== undefined) this.#file.append(block);
  }

  /** Ends the recording and its file; the event tells what became of it. Called once. */
  async close(now: number): Promise<MediaEvent> {
    this.#closing = true;
    const rest = this.#writer.takeLast(now);
    if (rest !== undefined) this.#file.append(rest);
    const sealed = await this.#file.close();
    const { recordingId } = this;
    if (!sealed.ok) return { kind: "recordingFailed", recordingId, code: sealed.code };
    return { kind: "recordingClosed", recordingId, ...sealed.value };
  }
}
