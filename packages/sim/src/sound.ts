import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Language } from "@centrala/contract";
import { fail, ok, type Result } from "@centrala/kit";
import { readWav, resample, toMono, writeWav } from "@centrala/media";
import { isSoundName, soundFile } from "@centrala/phone/sounds";

/** Samples of a WAV file at 8 kHz, one channel. */
export function loadSpeech(path: string): Result<Int16Array> {
  try {
    const wav = readWav(readFileSync(path));
    if (!wav.ok) return wav;
    const mono = toMono(wav.value.channels);
    return ok(wav.value.sampleRateHz === 8_000 ? mono : resample(mono, wav.value.sampleRateHz, 8_000));
  } catch (error) {
    return fail("FILE_UNREADABLE", `${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A shipped sound's samples, as a simulated caller's voice. */
export function shippedSpeech(language: Language, name: string): Int16Array {
  if (!isSoundName(name)) return new Int16Array(0);
  const speech = loadSpeech(fileURLToPath(soundFile(language, name)));
  return speech.ok ? speech.value : new Int16Array(0);
}

/** Heard samples as a WAV file of 16 bits. */
export function toWav(samples: Int16Array): Uint8Array {
  return writeWav({ sampleRateHz: 8_000, channels: [samples] });
}
