import type { Language } from "@centrala/contract";
import type { SeededRandom } from "@centrala/kit";
import type { PhoneAudio } from "@centrala/sim";
import { shippedSpeech } from "@centrala/sim";

export function between(random: SeededRandom, fromMs: number, toMs: number): number {
  return fromMs + random.below(toMs - fromMs);
}

const speeches = new Map<string, Int16Array>();

/** A shipped sentence; read from the disk once. */
export function speech(language: Language, name: string): Int16Array {
  const key = `${language}/${name}`;
  const known = speeches.get(key) ?? shippedSpeech(language, name);
  speeches.set(key, known);
  return known;
}

/** Speaks a sentence, or until the call is over. */
export async function say(audio: PhoneAudio, language: Language, name: string, over: Promise<unknown>): Promise<void> {
  await Promise.race([audio.say(speech(language, name)), over]);
}
