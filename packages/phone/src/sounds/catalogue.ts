import catalogue from "../../sounds/catalogue.json" with { type: "json" };

/** A prompt that ships with the product in every language of `soundLanguages`. */
export type SoundName = keyof typeof catalogue.prompts;
/** A piece of music on hold: a loop without a seam. */
export type MusicName = keyof typeof catalogue.music;
export type SoundLanguage = "en" | "ru" | "bg";

/** The languages the shipped prompts are spoken in. */
export const soundLanguages: readonly SoundLanguage[] = ["en", "ru", "bg"];

/** The names of all shipped prompts, in the catalogue's order. */
export const soundNames: readonly SoundName[] = Object.keys(catalogue.prompts) as SoundName[];

/** The names of the shipped music, the default first. */
export const musicNames: readonly MusicName[] = Object.keys(catalogue.music) as MusicName[];

const FOLDER = new URL("../../sounds/", import.meta.url);
const NUMBER_MAX = 20;
const WAIT_MINUTES_MAX = 10;

/** The WAV file (A-law, 8000 Hz, mono) of a prompt, as an absolute file URL. */
export function soundFile(language: SoundLanguage, name: SoundName): URL {
  return new URL(`${language}/${name}.wav`, FOLDER);
}

/** The WAV file (A-law, 8000 Hz, mono, 60 s) of a piece of music on hold, as an absolute file URL. */
export function musicFile(name: MusicName): URL {
  return new URL(`music/${name}.wav`, FOLDER);
}

/** What the prompt says, as it may be shown on a screen. */
export function promptText(language: SoundLanguage, name: SoundName): string {
  return catalogue.prompts[name].text[language];
}

/** How long the prompt lasts, in milliseconds, with 80 ms of silence at both ends. */
export function soundDurationMs(language: SoundLanguage, name: SoundName): number {
  return catalogue.prompts[name].durationMs[language];
}

/** Whether `value` names a shipped prompt. */
export function isSoundName(value: string): value is SoundName {
  return Object.hasOwn(catalogue.prompts, value);
}

/** The shipped language for a language tag such as `bg` or `bg-BG`; English for what is not shipped. */
export function soundLanguage(tag: string): SoundLanguage {
  const primary = tag.toLowerCase().split(/[-_]/, 1)[0];
  return soundLanguages.find((language) => language === primary) ?? "en";
}

/** The clips that tell a caller their place in the queue, 1 being the next one to be served. */
export function queuePositionSounds(position: number): SoundName[] {
  if (position <= 1) return ["queue-next"];
  if (position > NUMBER_MAX) return ["queue-position-intro", "more-than-20"];
  return ["queue-position-intro", soundNamed(`n-${Math.floor(position)}`)];
}

/** The clips that tell a caller the expected wait, given in milliseconds and told in whole minutes, rounded up from half. */
export function expectedWaitSounds(waitMs: number): SoundName[] {
  if (waitMs < 60_000) return ["expected-wait", "wait-0"];
  const minutes = Math.round(waitMs / 60_000);
  return ["expected-wait", minutes > WAIT_MINUTES_MAX ? "wait-more" : soundNamed(`wait-${minutes}`)];
}

function soundNamed(value: string): SoundName {
  if (!isSoundName(value)) throw new Error(`The sound catalogue has no ${value}`);
  return value;
}
