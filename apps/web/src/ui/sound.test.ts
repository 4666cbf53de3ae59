import { describe, expect, it } from "vitest";
import { type OpenTrack, type Sound, SoundPlayer } from "./sound.ts";

const message: Sound = {
  key: "m",
  title: "Maria",
  tracks: [{ src: "/one", durationMs: 7_000 }, { src: "/two" }],
};
const prompt: Sound = { key: "p", title: null, tracks: [{ src: "/prompt" }] };

/** Audio elements that do nothing of themselves: the test says what happens to them. */
function stage() {
  const log: string[] = [];
  const heard = new Map<string, Map<string, () => void>>();
  const open: OpenTrack = ({ src }) => {
    const events = new Map<string, () => void>();
    heard.set(src, events);
    const audio = {
      currentTime: 0,
      duration: Number.NaN,
      play: async () => void log.push(`play ${src}`),
      pause: () => void log.push(`pause ${src}`),
      addEventListener: (event: string, then: unknown) => void events.set(event, then as () => void),
    };
    return { audio, close: () => void log.push(`close ${src}`) };
  };
  const player = new SoundPlayer(open);
  return { player, log, happens: (src: string, event: string) => heard.get(src)?.get(event)?.() };
}

describe("sound player", () => {
  it("plays one track after the other, and is over after the last", () => {
    const { player, log, happens } = stage();
    player.toggle(message);
    expect(player.playing).toEqual({ sound: message, index: 0, state: "playing", positionS: 0, durationS: 7 });
    happens("/one", "ended");
    expect(player.playing).toEqual({ sound: message, index: 1, state: "playing", positionS: 0, durationS: 0 });
    happens("/two", "ended");
    expect(player.playing).toBe(null);
    expect(log).toEqual(["play /one", "close /one", "play /two", "close /two"]);
  });

  it("pauses and goes on where it was", () => {
    const { player, log } = stage();
    player.toggle(message);
    player.seek(3);
    player.toggle(message);
    expect(player.playing).toEqual({ sound: message, index: 0, state: "paused", positionS: 3, durationS: 7 });
    player.toggle(message);
    expect(player.playing?.state).toBe("playing");
    expect(log).toEqual(["play /one", "pause /one", "play /one"]);
  });

  it("ends the first sound when a second begins, whose late events then mean nothing", () => {
    const { player, log, happens } = stage();
    player.toggle(message);
    player.toggle(prompt);
    happens("/one", "ended");
    expect([player.playing?.sound.key, log]).toEqual(["p", ["play /one", "close /one", "play /prompt"]]);
  });

  it("says that a sound could not be played where it has a bar, and forgets it where it has none", () => {
    const { player, happens } = stage();
    player.toggle(message);
    happens("/one", "error");
    expect(player.playing?.state).toBe("failed");
    player.toggle(message);
    expect(player.playing?.state).toBe("playing");
    player.toggle(prompt);
    happens("/prompt", "error");
    expect(player.playing).toBe(null);
  });
});
