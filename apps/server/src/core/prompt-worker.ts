// One sound file from outside made into a prompt, in a thread with limits of its own (prompts.ts).
import { parentPort, workerData } from "node:worker_threads";
import { fail, ok, type Result } from "@centrala/kit";
import {
  type Prompt,
  type PromptCode,
  preparePrompt,
  promptDurationMaxMs,
  promptFrom,
  type WavSound,
} from "@centrala/media";
import { MPEGDecoder } from "mpg123-decoder";

/** What is fed to the decoder at once: enough for it to find its frames, little enough to stop in time. */
const pieceBytes = 64 * 1024;

/** MPEG audio begins with a tag or with the eleven set bits of a frame. */
function looksLikeMpeg(file: Uint8Array): boolean {
  const [first = 0, second = 0, third = 0] = file;
  return String.fromCharCode(first, second, third) === "ID3" || (first === 0xff && (second & 0xe0) === 0xe0);
}

/** Decodes MP3 (and its elder layers) to one channel. What is longer than a prompt may be is not decoded to its end. */
async function readMpeg(file: Uint8Array): Promise<Result<WavSound, PromptCode>> {
  const decoder = new MPEGDecoder();
  await decoder.ready;
  const pieces: Int16Array[] = [];
  let samples = 0;
  let sampleRateHz = 0;
  for (let at = 0; at < file.length; at += pieceBytes) {
    const decoded = decoder.decode(file.subarray(at, at + pieceBytes));
    if (decoded.samplesDecoded === 0) continue;
    sampleRateHz ||= decoded.sampleRate;
    if (decoded.sampleRate !== sampleRateHz)
      return fail("WAV_UNSUPPORTED", "the sampling rate changes inside the file");
    pieces.push(mono(decoded.channelData));
    samples += decoded.samplesDecoded;
    if ((samples * 1_000) / sampleRateHz > promptDurationMaxMs)
      return fail("PROMPT_TOO_LONG", "a prompt is at most 15 minutes long");
  }
  if (samples === 0) return fail("WAV_NOT_WAV", "this is no sound file that can be read");
  const whole = new Int16Array(samples);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return ok({ sampleRateHz, channels: [whole] });
}

function mono(channels: readonly Float32Array[]): Int16Array {
  return Int16Array.from(channels[0] ?? [], (_, index) => {
    let sum = 0;
    for (const channel of channels) sum += channel[index] ?? 0;
    return Math.round(Math.max(-1, Math.min(1, sum / channels.length)) * 32_767);
  });
}

async function prepare(file: Uint8Array): Promise<Result<Prompt, PromptCode>> {
  if (!looksLikeMpeg(file)) return preparePrompt(file);
  const read = await readMpeg(file);
  return read.ok ? promptFrom(read.value) : read;
}

parentPort?.postMessage(await prepare(workerData as Uint8Array));
