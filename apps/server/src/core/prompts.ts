import { createHash } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import type { Prompt } from "@centrala/contract";
import { fail, ok, type Result } from "@centrala/kit";
import { type Prompt as PreparedPrompt, type PromptCode, wavHeader } from "@centrala/media";
import type { App } from "../app.ts";
import type { FileCentre } from "../centre-file/apply.ts";

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

const workMsMax = 20_000;
const workMemoryMb = 256;
const waitingMax = 16;
let waiting = 0;
let work: Promise<unknown> = Promise.resolve();

/**
 * The stored form of an uploaded sound file (WAV, MP3). The same upload always gives the same bytes. Files of strangers are
 * read in a thread of their own with limits, one at a time: the worst that one can do is to be refused.
 */
export async function makePrompt(file: Uint8Array): Promise<Result<PromptWav, PromptCode>> {
  if (waiting >= waitingMax) return fail("WAV_TOO_LARGE", "too many files wait to be read");
  waiting += 1;
  const prepared = work.then(() => prepareApart(file));
  work = prepared.finally(() => {
    waiting -= 1;
  });
  return wavOf(await prepared);
}

function prepareApart(file: Uint8Array): Promise<Result<PreparedPrompt, PromptCode>> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL("./prompt-worker.ts", import.meta.url), {
      workerData: file,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: workMemoryMb },
    });
    const end = (outcome: Result<PreparedPrompt, PromptCode>): void => {
      clearTimeout(timer);
      resolve(outcome);
      void worker.terminate();
    };
    const tooMuch = () => end(fail("WAV_TOO_LARGE", "the file takes more time or memory than it may"));
    const timer = setTimeout(tooMuch, workMsMax);
    worker.once("message", end);
    worker.once("error", (error: Error & { readonly code?: string }) =>
      error.code === "ERR_WORKER_OUT_OF_MEMORY" ? tooMuch() : end(fail("WAV_NOT_WAV", error.message)),
    );
  });
}

function wavOf(prepared: Result<PreparedPrompt, PromptCode>): Result<PromptWav, PromptCode> {
  if (!prepared.ok) return prepared;
  const { alaw, sourceActiveDbfs, sourcePeakDbfs, durationMs } = prepared.value;
  const wav = Buffer.concat([wavHeader("alaw", 1, 8_000, alaw.length), alaw, new Uint8Array(alaw.length % 2)]);
  return ok({
    wav,
    sha256: createHash("sha256").update(wav).digest("hex"),
    durationMs: Math.round(durationMs),
    clipped: sourcePeakDbfs >= clippedDbfs,
    levelDbfs: Math.round(sourceActiveDbfs * 10) / 10,
  });
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
  await writeFile(temporary, bytes, { mode: 0o600 });
  await rename(temporary, path);
}
