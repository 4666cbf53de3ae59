import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sine, writeWav } from "@centrala/media";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Player } from "./player.ts";
import { type Sound, SoundLibrary } from "./sounds.ts";

function counting(from: number, length: number): Sound {
  return { samples: Int16Array.from({ length }, (_, index) => from + index), length };
}

function frames(player: Player, count: number): number[] {
  const out: number[] = [];
  const frame = new Int16Array(160);
  for (let index = 0; index < count; index += 1) {
    player.fill(frame);
    out.push(...frame);
  }
  return out;
}

describe("player", () => {
  it("[PLAY-1] sounds and silences follow each other without a gap, then silence", () => {
    const player = new Player([counting(1, 100), { samples: null, length: 30 }, counting(500, 50)], false);
    const heard = frames(player, 2);
    expect([heard[0], heard[99], heard[100], heard[129], heard[130], heard[179], heard[180]]).toEqual([
      1, 100, 0, 0, 500, 549, 0,
    ]);
    expect(player.finished).toBe(true);
  });

  it("[PLAY-2] a loop repeats without a gap and another player goes on where it stood", () => {
    const sounds = [counting(0, 200), counting(1_000, 50)];
    const player = new Player(sounds, true);
    const heard = frames(player, 3);
    expect([heard[199], heard[200], heard[249], heard[250], heard[479]]).toEqual([199, 1_000, 1_049, 0, 1_029]);
    const other = new Player(sounds, true, player.position);
    expect(frames(other, 1)[0]).toBe(1_030);
  });

  it("[PLAY-3] nothing at all ends at once, also in a loop, and a position that does not fit starts anew", () => {
    expect(new Player([{ samples: null, length: 0 }], true).finished).toBe(true);
    expect(frames(new Player([counting(7, 10)], false, { sound: 3, sample: 9 }), 1)[0]).toBe(7);
    expect(frames(new Player([counting(7, 10)], false, { sound: 0, sample: 10 }), 1)[0]).toBe(7);
  });
});

describe("sounds", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "centrala-sounds-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("[SOUND-1] files of any rate become 8 kHz, tones come by country, silence by its length", async () => {
    const path = join(folder, "wide.wav");
    await writeFile(path, writeWav({ sampleRateHz: 48_000, channels: [sine(400, 500, -15, 48_000)] }));
    const loaded = await new SoundLibrary(() => 0).load([
      { kind: "file", path },
      { kind: "tone", tone: "busy", country: "bg" },
      { kind: "silence", durationMs: 250 },
    ]);
    expect(loaded.ok && loaded.value.map((sound) => sound.length)).toEqual([4_000, 8_000, 2_000]);
  });

  it("[SOUND-2] a file is read once, looked at once a second, and read again when it was replaced", async () => {
    const path = join(folder, "prompt.wav");
    let now = 0;
    const library = new SoundLibrary(() => now);
    const load = async () => {
      const loaded = await library.load([{ kind: "file", path }]);
      return loaded.ok ? loaded.value[0] : undefined;
    };
    await writeFile(path, writeWav({ sampleRateHz: 8_000, channels: [new Int16Array(800)] }));
    const first = await load();
    expect(await load()).toBe(first);
    await writeFile(path, writeWav({ sampleRateHz: 8_000, channels: [new Int16Array(900)] }));
    await utimes(path, 1, 1);
    now = 999;
    expect(await load()).toBe(first);
    now = 1_000;
    const second = await load();
    expect(second?.length).toBe(900);
    now = 5_000;
    expect(await load()).toBe(second);
  });

  it("[SOUND-3] what is missing or no sound is refused with a code", async () => {
    const path = join(folder, "text.wav");
    await writeFile(path, "not a sound");
    const library = new SoundLibrary(() => 0);
    const codes = [];
    for (const one of [path, join(folder, "none.wav")]) {
      const loaded = await library.load([{ kind: "file", path: one }]);
      codes.push(loaded.ok ? "" : loaded.code);
    }
    expect(codes).toEqual(["SOUND_UNREADABLE", "SOUND_MISSING"]);
  });
});
