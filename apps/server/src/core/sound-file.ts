import { say } from "@centrala/contract";
import { fail, type Result } from "@centrala/kit";
import {
  looksLikeFlac,
  looksLikeOgg,
  oggPackets,
  oggPages,
  type PromptCode,
  preparePrompt,
  promptFrom,
  promptLimits,
  readFlac,
  SoundParts,
  type WavSound,
} from "@centrala/media";
import { OggVorbisDecoder } from "@wasm-audio-decoders/ogg-vorbis";
import { MPEGDecoder } from "mpg123-decoder";
import { OpusDecoder } from "opus-decoder";
import { FileRefused } from "../outside/refusal.ts";

/** A prompt's sound as it is kept: A-law at 8 kHz, one channel, and what its source was like. */
export type PromptSound = {
  readonly alaw: Uint8Array;
  readonly durationMs: number;
  readonly sourceActiveDbfs: number;
  readonly sourcePeakDbfs: number;
};
type Read = Result<WavSound, PromptCode>;

/** What is fed to the decoder at once: enough for it to find its frames, little enough to stop in time. */
const pieceBytes = 64 * 1024;
/** Half of it is never heard on a telephone, and a quarter of an hour stays small. */
const opusRateHz = 16_000;
const channelsMax = 8;

/**
 * A task of outside/: makes a prompt of WAV, MP3 (and its elder layers), FLAC and Ogg (Vorbis, Opus). What is longer than a
 * prompt may be is not decoded to its end.
 */
export async function readSoundFile(file: Uint8Array): Promise<PromptSound> {
  const sound = withoutTag(file);
  const foreign = foreignKind(sound);
  if (foreign !== undefined) throw new FileRefused("UNSUPPORTED_FILE", say("SOUND_KIND", { kind: foreign }));
  const prepared = looksLikeWav(sound) ? preparePrompt(sound) : await decodeAs(sound, file);
  if (!prepared.ok) throw new FileRefused("UNSUPPORTED_FILE", say(prepared.code));
  const { alaw, durationMs, sourceActiveDbfs, sourcePeakDbfs } = prepared.value;
  return { alaw, durationMs, sourceActiveDbfs, sourcePeakDbfs };
}

async function decodeAs(sound: Uint8Array, file: Uint8Array): Promise<ReturnType<typeof preparePrompt>> {
  const read = await decode(sound, file);
  return read.ok ? promptFrom(read.value) : read;
}

async function decode(sound: Uint8Array, file: Uint8Array): Promise<Read> {
  if (looksLikeFlac(sound)) return readFlac(sound, promptLimits);
  if (looksLikeOgg(sound)) return readOgg(sound);
  if (looksLikeMpeg(file)) return readMpeg(file);
  return noSound();
}

function noSound(): Result<never, PromptCode> {
  return fail("WAV_NOT_WAV", "this is no sound file that can be read");
}

function looksLikeWav(file: Uint8Array): boolean {
  return ["RIFF", "RIFX", "RF64"].includes(letters(file, 0, 4));
}

/** MPEG audio begins with a tag or with the eleven set bits of a frame. */
function looksLikeMpeg(file: Uint8Array): boolean {
  const [first = 0, second = 0] = file;
  return letters(file, 0, 3) === "ID3" || (first === 0xff && (second & 0xe0) === 0xe0);
}

/** Some programs put an ID3 tag before FLAC, too. */
function withoutTag(file: Uint8Array): Uint8Array {
  if (letters(file, 0, 3) !== "ID3") return file;
  const [a = 0, b = 0, c = 0, d = 0] = file.subarray(6, 10);
  return file.subarray(10 + ((a & 127) << 21) + ((b & 127) << 14) + ((c & 127) << 7) + (d & 127));
}

/** Kinds that people have, and that no decoder here reads: what it is called is said, so that they know what to look for. */
function foreignKind(file: Uint8Array): string | undefined {
  if (letters(file, 4, 8) === "ftyp") return "M4A, AAC";
  // ADTS, AAC as it goes over the air: an MPEG frame of no layer.
  if (file[0] === 0xff && ((file[1] ?? 0) & 0xf6) === 0xf0) return "AAC";
  if (letters(file, 0, 5) === "#!AMR") return "AMR";
  if (letters(file, 0, 4) === "FORM") return "AIFF";
  if (letters(file, 0, 4) === "caff") return "CAF";
  if (letters(file, 0, 4) === "MAC ") return "APE";
  if (letters(file, 0, 4) === "\x30\x26\xb2\x75") return "WMA";
  if (letters(file, 0, 4) === "\x1a\x45\xdf\xa3") return "WebM, Matroska";
  return undefined;
}

function letters(file: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...file.subarray(from, to));
}

async function readMpeg(file: Uint8Array): Promise<Read> {
  const decoder = new MPEGDecoder();
  await decoder.ready;
  const parts = new SoundParts(promptLimits);
  for (let at = 0; at < file.length; at += pieceBytes) {
    const { channelData, samplesDecoded, sampleRate } = decoder.decode(file.subarray(at, at + pieceBytes));
    const problem = samplesDecoded === 0 ? undefined : parts.add(mono(channelData), sampleRate);
    if (problem !== undefined) return problem;
  }
  return parts.samples === 0 ? noSound() : parts.whole();
}

function readOgg(file: Uint8Array): Promise<Read> | Read {
  const [head] = oggPackets(file);
  if (head === undefined) return noSound();
  if (letters(head, 0, 8) === "OpusHead") return readOpus(file, head);
  if (letters(head, 0, 7) === "\x01vorbis") return readVorbis(file, head);
  throw new FileRefused("UNSUPPORTED_FILE", say("SOUND_KIND", { kind: "Ogg, neither Vorbis nor Opus" }));
}

/** Page by page: a page has at most 255 packets, so that little can become of it at once. */
async function readVorbis(file: Uint8Array, head: Uint8Array): Promise<Read> {
  const channels = head[11] ?? 0;
  if (channels < 1 || channels > channelsMax) return fail("WAV_UNSUPPORTED", "more than eight channels");
  const decoder = new OggVorbisDecoder();
  await decoder.ready;
  const parts = new SoundParts(promptLimits);
  for (const { whole } of oggPages(file)) {
    const { channelData, samplesDecoded, sampleRate } = await decoder.decode(whole);
    const problem = samplesDecoded === 0 ? undefined : parts.add(mono(channelData), sampleRate);
    if (problem !== undefined) return problem;
  }
  const { channelData, samplesDecoded, sampleRate } = await decoder.flush();
  const problem = samplesDecoded === 0 ? undefined : parts.add(mono(channelData), sampleRate);
  return problem ?? (parts.samples === 0 ? noSound() : parts.whole());
}

/** RFC 7845: after the head and the comment every packet is sound. */
async function readOpus(file: Uint8Array, head: Uint8Array): Promise<Read> {
  const streams = opusStreams(head);
  if (streams === undefined) return fail("WAV_UNSUPPORTED", "an arrangement of channels that is not read");
  const decoder = new OpusDecoder({ sampleRate: opusRateHz, ...streams });
  await decoder.ready;
  const parts = new SoundParts(promptLimits);
  let skip = Math.round((((head[10] ?? 0) | ((head[11] ?? 0) << 8)) * opusRateHz) / 48_000);
  let number = 0;
  for (const packet of oggPackets(file)) {
    number += 1;
    if (number <= 2 || packet.length === 0) continue;
    const { channelData } = decoder.decodeFrame(packet);
    const part = mono(channelData);
    const heard = part.subarray(Math.min(skip, part.length));
    skip -= part.length - heard.length;
    const problem = parts.add(heard, opusRateHz);
    if (problem !== undefined) return problem;
  }
  return parts.samples === 0 ? noSound() : parts.whole();
}

type OpusStreams = {
  readonly channels: number;
  readonly streamCount: number;
  readonly coupledStreamCount: number;
  readonly channelMappingTable: number[];
};

/** RFC 7845 section 5.1.1: one or two channels, or up to eight with a table. */
function opusStreams(head: Uint8Array): OpusStreams | undefined {
  const channels = head[9] ?? 0;
  const family = head[18] ?? 0;
  if (family === 0 && (channels === 1 || channels === 2))
    return {
      channels,
      streamCount: 1,
      coupledStreamCount: channels - 1,
      channelMappingTable: channels === 1 ? [0] : [0, 1],
    };
  const [streamCount = 0, coupledStreamCount = 0] = head.subarray(19, 21);
  const channelMappingTable = [...head.subarray(21, 21 + channels)];
  const coded = streamCount + coupledStreamCount;
  const fits = channelMappingTable.every((place) => place === 255 || place < coded);
  if (family !== 1 || channels < 1 || channels > channelsMax || channelMappingTable.length < channels) return undefined;
  if (!fits || streamCount < 1 || coupledStreamCount > streamCount || coded > channelsMax * 2) return undefined;
  return { channels, streamCount, coupledStreamCount, channelMappingTable };
}

function mono(channels: readonly Float32Array[]): Int16Array {
  return Int16Array.from(channels[0] ?? [], (_, index) => {
    let sum = 0;
    for (const channel of channels) sum += channel[index] ?? 0;
    return Math.round(Math.max(-1, Math.min(1, sum / channels.length)) * 32_767);
  });
}
