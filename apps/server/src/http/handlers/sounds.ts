import { createHash } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { preparePrompt, wavHeader } from "@centrala/media";
import {
  isSoundName,
  musicFile,
  musicNames,
  promptText,
  soundFile,
  soundLanguages,
  soundNames,
} from "@centrala/phone/sounds";
import { sendWav } from "../audio.ts";
import { found, HttpProblem } from "../errors.ts";
import { type Handlers, whoOf } from "../handler.ts";
import { readUpload } from "../upload.ts";

type Names = "uploadPrompt" | "promptAudio" | "soundAudio" | "sounds";
const promptBytesMax = 10 * 1024 * 1024;
/** Peaks above this stand at the end of the scale: what was louder is cut off. */
const clippedDbfs = -0.05;

export const soundHandlers: Pick<Handlers, Names> = {
  uploadPrompt: async ({ app, caller, params, request }) => {
    const prompt = found(caller.centre.config.current.prompt.find((candidate) => candidate.id === params.id));
    const file = await readUpload(request, promptBytesMax);
    const prepared = preparePrompt(file.bytes);
    if (!prepared.ok)
      throw new HttpProblem("UNSUPPORTED_FILE", { message: `This file cannot be a prompt: ${prepared.message}.` });
    const { alaw, sourceActiveDbfs, sourcePeakDbfs } = prepared.value;
    const wav = Buffer.concat([wavHeader("alaw", 1, 8_000, alaw.length), alaw, new Uint8Array(alaw.length % 2)]);
    const sha256 = createHash("sha256").update(wav).digest("hex");
    const durationMs = Math.round(prepared.value.durationMs);
    await writeWhole(app.places.prompt(caller.centre.id, prompt.id), wav);
    const changed = await app.store.entities.put(caller.centre.id, "prompt", { ...prompt, sha256, durationMs });
    if (!changed.ok) throw new HttpProblem("CONFLICT");
    await app.store.audit.add(caller.centre.id, {
      who: whoOf(caller),
      what: "prompt.upload",
      target: `prompt/${prompt.id}`,
    });
    await caller.centre.config.reload();
    return {
      durationMs,
      sha256,
      clipped: sourcePeakDbfs >= clippedDbfs,
      levelDbfs: Math.round(sourceActiveDbfs * 10) / 10,
    };
  },

  promptAudio: async ({ app, caller, params, request, reply }) => {
    const prompt = found(caller.centre.config.current.prompt.find((candidate) => candidate.id === params.id));
    if (prompt.sha256 === null) throw new HttpProblem("NOT_FOUND", { message: "This prompt has no sound yet." });
    return sendWav(app.places.prompt(caller.centre.id, prompt.id), request, reply);
  },

  soundAudio: async ({ params, request, reply }) => {
    const { name, language } = params;
    const music = musicNames.find((candidate) => candidate === name);
    if (music !== undefined) return sendWav(fileURLToPath(musicFile(music)), request, reply);
    if (!isSoundName(name)) throw new HttpProblem("NOT_FOUND");
    return sendWav(fileURLToPath(soundFile(language, name)), request, reply);
  },

  sounds: async () => ({
    items: soundNames.map((name) => ({
      name,
      texts: Object.fromEntries(soundLanguages.map((language) => [language, promptText(language, name)])),
    })),
    music: [...musicNames],
  }),
};

/** A caller who hears the old prompt right now hears it to its end. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.new`;
  await writeFile(temporary, bytes, { mode: 0o600 });
  await rename(temporary, path);
}
