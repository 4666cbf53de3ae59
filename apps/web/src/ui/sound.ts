import { useSyncExternalStore } from "react";
import { TwoSides } from "./sides.ts";

/** `twoSided`: a recording with the customer left and the operator right, which is to be heard in both ears. */
export type Track = { readonly src: string; readonly durationMs?: number; readonly twoSided?: boolean };
/** What is played: one after the other. With a title it has a bar with its position, without one only its button. */
export type Sound = { readonly key: string; readonly title: string | null; readonly tracks: readonly Track[] };
export type Playing = {
  readonly sound: Sound;
  readonly index: number;
  readonly state: "playing" | "paused" | "failed";
  readonly positionS: number;
  readonly durationS: number;
};

/** What an audio element is to the player; tests put another in its place. */
export type Audible = Pick<HTMLAudioElement, "play" | "pause" | "addEventListener" | "currentTime" | "duration">;
export type OpenTrack = (track: Track) => { readonly audio: Audible; readonly close: () => void };

/** Plays one sound at a time on the whole page: a second one ends the first. */
export class SoundPlayer {
  readonly #open: OpenTrack;
  readonly #listeners = new Set<() => void>();
  #playing: Playing | null = null;
  #track: ReturnType<OpenTrack> | null = null;

  constructor(open: OpenTrack) {
    this.#open = open;
  }

  get playing(): Playing | null {
    return this.#playing;
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Starts a sound, or pauses the one that plays and goes on with the one that is paused. */
  toggle(sound: Sound): void {
    const now = this.#playing;
    if (now === null || now.sound.key !== sound.key || now.state === "failed") return this.#start(sound, 0);
    if (now.state === "playing") return this.pause();
    this.#change({ ...now, state: "playing" });
    this.#play();
  }

  pause(): void {
    if (this.#playing?.state !== "playing") return;
    this.#track?.audio.pause();
    this.#change({ ...this.#playing, state: "paused" });
  }

  stop(): void {
    this.#track?.close();
    this.#track = null;
    this.#change(null);
  }

  seek(positionS: number): void {
    if (this.#playing === null || this.#track === null) return;
    this.#track.audio.currentTime = positionS;
    this.#change({ ...this.#playing, positionS });
  }

  /** Goes to another track of the same sound; beyond the last one everything is over. */
  skipTo(index: number): void {
    if (this.#playing === null) return;
    const { sound } = this.#playing;
    if (index >= sound.tracks.length) return this.stop();
    this.#start(sound, Math.max(0, index));
  }

  #start(sound: Sound, index: number): void {
    this.#track?.close();
    const given = sound.tracks[index];
    if (given === undefined) return this.stop();
    const track = this.#open(given);
    this.#track = track;
    this.#change({ sound, index, state: "playing", positionS: 0, durationS: (given.durationMs ?? 0) / 1000 });
    const on = (event: string, then: (now: Playing) => void) =>
      track.audio.addEventListener(event, () => {
        if (this.#track === track && this.#playing !== null) then(this.#playing);
      });
    on("timeupdate", (now) => this.#change({ ...now, positionS: track.audio.currentTime }));
    on("durationchange", (now) => {
      if (Number.isFinite(track.audio.duration)) this.#change({ ...now, durationS: track.audio.duration });
    });
    on("ended", () => this.skipTo(index + 1));
    on("error", () => this.#fail(track));
    this.#play();
  }

  #play(): void {
    const track = this.#track;
    void track?.audio.play().catch(() => {
      // A pause before the first sound refuses the play as well; that is no failure.
      if (this.#playing?.state === "playing") this.#fail(track);
    });
  }

  #fail(track: ReturnType<OpenTrack>): void {
    if (this.#track !== track || this.#playing === null) return;
    if (this.#playing.sound.title === null) return this.stop();
    this.#change({ ...this.#playing, state: "failed" });
  }

  #change(next: Playing | null): void {
    this.#playing = next;
    for (const listener of [...this.#listeners]) listener();
  }
}

function openInBrowser(track: Track): ReturnType<OpenTrack> {
  const audio = new Audio(track.src);
  const sides = track.twoSided ? new TwoSides(audio) : null;
  sides?.open();
  const close = () => {
    audio.pause();
    audio.removeAttribute("src");
    sides?.close();
  };
  return { audio, close };
}

export const soundPlayer = new SoundPlayer(openInBrowser);

/** What plays now, wherever it was started. */
export function usePlaying(): Playing | null {
  return useSyncExternalStore(
    (listener) => soundPlayer.listen(listener),
    () => soundPlayer.playing,
  );
}
