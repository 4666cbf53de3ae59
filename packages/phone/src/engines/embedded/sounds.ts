import { readFile, stat } from "node:fs/promises";
import type { MediaItem } from "@centrala/contract";
import { fail, ok, type Result } from "@centrala/kit";
import { readWav, renderTone, resample, toMono, tonePlan } from "@centrala/media";

/** A piece of what is played: samples at 8 kHz, or silence of a length when there are none. */
export interface Sound {
  readonly samples: Int16Array | null;
  readonly length: number;
}

export type SoundCode = "SOUND_MISSING" | "SOUND_UNREADABLE" | "SOUND_TOO_LARGE";

/** 64 MB of samples, more than an hour; the sound not used for longest goes first. */
const cacheBytesMax = 64 * 1024 * 1024;
const fileBytesMax = 32 * 1024 * 1024;
const silenceMsMax = 3_600_000;
/** A file is looked at once in this time, however often it plays: a look costs more than all else a play begins with. */
const lookEveryMs = 1_000;

interface CachedFile {
  readonly modifiedMs: number;
  readonly bytes: number;
  readonly sound: Sound;
  lookedAt: number;
}

/** Loads what is played and keeps it in memory; a file that was replaced is read again a second later at the latest. */
export class SoundLibrary {
  readonly #now: () => number;
  readonly #files = new Map<string, CachedFile>();
  readonly #tones = new Map<string, Sound>();
  #cachedBytes = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** All items in order; the first that cannot be read decides the answer. */
  async load(items: readonly MediaItem[]): Promise<Result<readonly Sound[], SoundCode>> {
    const sounds: Sound[] = [];
    for (const item of items) {
      const loaded = await this.#loadItem(item);
      if (!loaded.ok) return loaded;
      sounds.push(loaded.value);
    }
    return ok(sounds);
  }

  async #loadItem(item: MediaItem): Promise<Result<Sound, SoundCode>> {
    switch (item.kind) {
      case "file":
        return this.#loadFile(item.path);
      case "tone":
        return ok(this.#tone(item.tone, item.country));
      case "silence":
        return ok({ samples: null, length: Math.max(0, Math.min(silenceMsMax, Math.round(item.durationMs))) * 8 });
    }
  }

  async #loadFile(path: string): Promise<Result<Sound, SoundCode>> {
    const cached = this.#files.get(path);
    const lookedAt = this.#now();
    if (cached !== undefined && lookedAt - cached.lookedAt < lookEveryMs) return ok(this.#touch(path, cached));
    try {
      const { mtimeMs, size } = await stat(path);
      if (cached?.modifiedMs === mtimeMs && cached.bytes === size) {
        cached.lookedAt = lookedAt;
        return ok(this.#touch(path, cached));
      }
      if (size > fileBytesMax) return fail("SOUND_TOO_LARGE", `${path} is larger than 32 MB`);
      const wav = readWav(await readFile(path));
      if (!wav.ok) return fail("SOUND_UNREADABLE", `${path}: ${wav.message}`);
      const samples = resample(toMono(wav.value.channels), wav.value.sampleRateHz, 8_000);
      const sound = { samples, length: samples.length };
      return ok(this.#touch(path, { modifiedMs: mtimeMs, bytes: size, sound, lookedAt }));
    } catch (error) {
      return fail("SOUND_MISSING", `${path}: ${error instanceof Error ? error.message : "cannot be read"}`);
    }
  }

  #touch(path: string, file: CachedFile): Sound {
    this.#forget(path);
    this.#files.set(path, file);
    this.#cachedBytes += file.sound.length * 2;
    for (const oldest of this.#files.keys()) {
      if (this.#cachedBytes <= cacheBytesMax || oldest === path) break;
      this.#forget(oldest);
    }
    return file.sound;
  }

  #forget(path: string): void {
    this.#cachedBytes -= (this.#files.get(path)?.sound.length ?? 0) * 2;
    this.#files.delete(path);
  }

  #tone(kind: Extract<MediaItem, { kind: "tone" }>["tone"], country: string): Sound {
    const key = `${kind} ${country.slice(0, 2).toUpperCase()}`;
    const known = this.#tones.get(key);
    if (known !== undefined) return known;
    const samples = renderTone(tonePlan(kind, country), kind === "comfort" ? -30 : -19);
    const sound = { samples, length: samples.length };
    // There are some 250 countries; whoever makes up more gets tones that are not kept.
    if (this.#tones.size < 512) this.#tones.set(key, sound);
    return sound;
  }
}
