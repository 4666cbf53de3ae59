import { fileURLToPath } from "node:url";
import { say } from "@centrala/contract";
import {
  isSoundName,
  musicFile,
  musicNames,
  promptText,
  soundFile,
  soundLanguages,
  soundNames,
} from "@centrala/phone/sounds";
import { keepPrompt, makePrompt } from "../../core/prompts.ts";
import { sendWav } from "../audio.ts";
import { found, HttpProblem } from "../errors.ts";
import { type Handlers, whoOf } from "../handler.ts";
import { readUpload } from "../upload.ts";

type Names = "uploadPrompt" | "promptAudio" | "soundAudio" | "sounds";
const promptBytesMax = 10 * 1024 * 1024;

export const soundHandlers: Pick<Handlers, Names> = {
  uploadPrompt: async ({ app, caller, params, request, services }) => {
    const wanted = () => found(caller.centre.config.current.prompt.find((candidate) => candidate.id === params.id));
    wanted();
    const file = await readUpload(request, promptBytesMax);
    const made = await makePrompt(services.outside, file.bytes);
    // The prompt may have another name by now, or be gone.
    const kept = await services.changes.run(async () => keepPrompt(app, caller.centre, wanted(), made));
    if (!kept.ok) throw new HttpProblem("CONFLICT");
    await app.store.audit.add(caller.centre.id, {
      who: whoOf(caller),
      what: "prompt.upload",
      target: `prompt/${params.id}`,
    });
    const { wav: _wav, ...answer } = made;
    return answer;
  },

  promptAudio: async ({ app, caller, params, request, reply }) => {
    const prompt = found(caller.centre.config.current.prompt.find((candidate) => candidate.id === params.id));
    if (prompt.sha256 === null) throw new HttpProblem("NOT_FOUND", { said: say("PROMPT_NO_SOUND") });
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
