import { createHash } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import type { Prompt } from "@centrala/contract";
import { fail, ok, type Result } from "@centrala/kit";
import { wavHeader } from "@centrala/media";
import type { App } from "../app.ts";
import type { FileCentre } from "../centre-file/apply.ts";
import type { Outside } from "../outside/outside.ts";

export type PromptWav = {
  /** The file as it is kept and played: A-law, 8 kHz, one channel. */
  readonly wav: Uint8Array;
  readonly sha256: string;
  readonly durationMs: number;
  readonly clipped: boolean;
  readonly levelDbfs: number;
};

/** Peaks above this stand at the end of the scale: what was louder is cut off. */
const clippedDbfs = -0.05;

/**
 * The stored form of an uploaded sound file (WAV, MP3, FLAC, Ogg). The same upload always gives the same bytes.
 * @throws FileRefused with why it cannot be a prompt
 */
export async function makePrompt(outside: Outside, file: Uint8Array): Promise<PromptWav> {
  const { alaw, durationMs, sourceActiveDbfs, sourcePeakDbfs } = await outside.run("soundFile", file);
  const wav = Buffer.concat([wavHeader("alaw", 1, 8_000, alaw.length), alaw, new Uint8Array(alaw.length % 2)]);
  return {
    wav,
    sha256: createHash("sha256").update(wav).digest("hex"),
    durationMs: Math.round(durationMs),
    clipped: sourcePeakDbfs >= clippedDbfs,
    levelDbfs: Math.round(sourceActiveDbfs * 10) / 10,
  };
}

/** Keeps a prompt's sound and notes it in the configuration. */
export async function keepPrompt(
  { store, places }: Pick<App, "store" | "places">,
  centre: FileCentre,
  prompt: Prompt,
  made: PromptWav,
): Promise<Result<null, "CONFLICT">> {
  const { sha256, durationMs } = made;
  await writeWhole(places.prompt(centre.id, prompt.id), made.wav);
  const changed = await store.entities.put(centre.id, "prompt", { ...prompt, sha256, durationMs });
  if (!changed.ok) return fail("CONFLICT", changed.message);
  await centre.config.reload();
  return ok(null);
}

/** A caller who hears the old prompt right now hears it to its end. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.new`;
  try {
    await writeFile(temporary, bytes, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    // A disk that is full does not keep the half of it.
    await rm(temporary, { force: true });
    throw error;
  }
}
