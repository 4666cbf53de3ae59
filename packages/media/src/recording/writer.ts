import { assert, type Instant } from "@centrala/kit";
import { decodeTable, encodeTable, type Law, silenceByte, transcodeTable } from "../codec/g711.ts";
import { wavHeader } from "../codec/wav.ts";
import { TrackClock } from "./track.ts";

/** Length of the header of a two-channel G.711 WAV file. */
export const recordingHeaderBytes = 58;

/** 4 s of two channels; what is placed further ahead than that is dropped. */
const windowFrames = 32_000;

/** How long late packets may still fill their place before it goes to the file. */
const graceMs = 200;

/** How many senders a recording tells apart; more share the last clock. */
const tracksMax = 16;

/** 0 is the left channel, the customer; 1 the right one, the operators. */
export type RecordingChannel = 0 | 1;

/**
 * Builds a two-channel G.711 WAV file from RTP payloads while the call runs. Gaps and pauses are silence. The caller
 * appends {@link headerOf} none first, then what {@link takeBlock} gives about once a second, and at the end writes the header
 * of all frames over the first bytes.
 */
export class RecordingWriter {
  readonly #law: Law;
  readonly #startedAt: Instant;
  readonly #window: Uint8Array;
  readonly #silence: number;
  readonly #tracks = new Map<number, TrackClock>();
  /** Channels whose senders are more than one are mixed where they overlap. */
  readonly #trackOf: [number, number] = [-1, -1];
  readonly #mixes: [boolean, boolean] = [false, false];
  #flushedFrames = 0;
  #paused = false;
  /** Packets that came after their place had gone to the file, or lay too far ahead. */
  refused = 0;

  /** @param law of the file: the customer's leg's; what comes in the other is converted by table */
  constructor(law: Law, startedAt: Instant) {
    this.#law = law;
    this.#startedAt = startedAt;
    this.#silence = silenceByte(law);
    this.#window = new Uint8Array(windowFrames * 2).fill(this.#silence);
  }

  get frames(): number {
    return this.#flushedFrames;
  }

  get durationMs(): number {
    return this.#flushedFrames / 8;
  }

  /** Header for a file of so many frames; at the start 0, until it is replaced. */
  headerOf(frames: number): Uint8Array {
    return wavHeader(this.#law, 2, 8_000, frames * 2);
  }

  /** While paused, everything that comes is left out and silence takes its place; time goes on. */
  pause(paused: boolean): void {
    this.#paused = paused;
  }

  /**
   * Places a packet's payload. Allocates nothing but a clock at the first packet of a sender.
   * @param track number of the sender, the same for all its packets
   */
  accept(
    channel: RecordingChannel,
    track: number,
    ssrc: number,
    timestamp: number,
    law: Law,
    packet: Uint8Array,
    offset: number,
    count: number,
    now: Instant,
  ): void {
    const position = this.#clock(track).place(ssrc, timestamp, count, now, this.#startedAt);
    if (this.#paused) return;
    if (position < this.#flushedFrames && position + count > this.#flushedFrames) {
      const missed = this.#flushedFrames - position;
      this.#write(channel, track, law, packet, offset + missed, count - missed, this.#flushedFrames);
    } else if (position < this.#flushedFrames || position + count > this.#flushedFrames + windowFrames) {
      this.refused += 1;
    } else {
      this.#write(channel, track, law, packet, offset, count, position);
    }
  }

  /** The frames up to shortly before `now`, interleaved, in a new array; undefined when there are none. */
  takeBlock(now: Instant): Uint8Array | undefined {
    return this.#take(Math.floor((now - graceMs - this.#startedAt) * 8));
  }

  /** The rest up to `now`, at the end of the recording. */
  takeLast(now: Instant): Uint8Array | undefined {
    return this.#take(Math.floor((now - this.#startedAt) * 8));
  }

  #take(untilFrame: number): Uint8Array | undefined {
    const frames = untilFrame - this.#flushedFrames;
    if (frames <= 0) return undefined;
    assert(frames <= 8_000 * 3_600, "a recording is flushed at least once an hour");
    const block = new Uint8Array(frames * 2).fill(this.#silence);
    const kept = Math.min(frames, windowFrames);
    const start = (this.#flushedFrames % windowFrames) * 2;
    const first = Math.min(kept * 2, windowFrames * 2 - start);
    block.set(this.#window.subarray(start, start + first));
    block.set(this.#window.subarray(0, kept * 2 - first), first);
    this.#window.fill(this.#silence, start, start + first);
    this.#window.fill(this.#silence, 0, kept * 2 - first);
    this.#flushedFrames = untilFrame;
    return block;
  }

  #clock(track: number): TrackClock {
    const known = this.#tracks.get(track);
    if (known !== undefined) return known;
    if (this.#tracks.size >= tracksMax) this.#tracks.delete(this.#tracks.keys().next().value as number);
    const clock = new TrackClock();
    this.#tracks.set(track, clock);
    return clock;
  }

  #write(
    channel: RecordingChannel,
    track: number,
    law: Law,
    packet: Uint8Array,
    offset: number,
    count: number,
    position: number,
  ): void {
    if (this.#trackOf[channel] !== track) {
      this.#mixes[channel] = this.#trackOf[channel] !== -1;
      this.#trackOf[channel] = track;
    }
    if (this.#mixes[channel]) this.#mix(channel, law, packet, offset, count, position);
    else this.#copy(channel, law, packet, offset, count, position);
  }

  #copy(
    channel: RecordingChannel,
    law: Law,
    packet: Uint8Array,
    offset: number,
    count: number,
    position: number,
  ): void {
    const table = transcodeTable(law, this.#law);
    const window = this.#window;
    let place = (position % windowFrames) * 2 + channel;
    for (let index = 0; index < count; index += 1) {
      window[place] = table[packet[offset + index] as number] as number;
      place += 2;
      if (place >= windowFrames * 2) place -= windowFrames * 2;
    }
  }

  #mix(channel: RecordingChannel, law: Law, packet: Uint8Array, offset: number, count: number, position: number): void {
    const transcode = transcodeTable(law, this.#law);
    const decode = decodeTable(law);
    const decodeOwn = decodeTable(this.#law);
    const encode = encodeTable(this.#law);
    const window = this.#window;
    let place = (position % windowFrames) * 2 + channel;
    for (let index = 0; index < count; index += 1) {
      const before = window[place] as number;
      const byte = packet[offset + index] as number;
      if (before === this.#silence) {
        window[place] = transcode[byte] as number;
      } else {
        const sum = (decodeOwn[before] as number) + (decode[byte] as number);
        window[place] = encode[Math.max(-32_768, Math.min(32_767, sum)) & 0xffff] as number;
      }
      place += 2;
      if (place >= windowFrames * 2) place -= windowFrames * 2;
    }
  }
}
