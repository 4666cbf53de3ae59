import { useEffect, useRef } from "react";
import { ownUrl } from "../api/base.ts";
import { Ringer } from "../headset/index.ts";

/**
 * The ring on this computer's usual output and, where one is chosen, on a second one: a headset that lies on the desk is
 * heard by nobody.
 */
export class Rings {
  #first: Ringer | null = null;
  #second: Ringer | null = null;

  start(): void {
    try {
      this.#first ??= new Ringer();
      void this.#first.start(ringVolume());
    } catch {
      // A browser without sound still shows the call.
    }
    void this.#startSecond(secondOutput());
  }

  async #startSecond(deviceId: string): Promise<void> {
    if (deviceId === "") return;
    try {
      this.#second ??= new Ringer();
      // A loudspeaker that was unplugged since leaves the usual one.
      if (await this.#second.chooseOutput(deviceId)) await this.#second.start(ringVolume());
    } catch {
      // As above.
    }
  }

  /** Idempotent. */
  stop(): void {
    this.#first?.stop();
    this.#second?.stop();
  }

  /** Idempotent. */
  close(): void {
    this.#first?.close();
    this.#second?.close();
    this.#first = null;
    this.#second = null;
  }
}

/** Rings while a call is offered, and says so in the page's title. A telephone rings itself. */
export function useRing(ringing: boolean, title: string | null): void {
  const rings = useRef<Rings | null>(null);
  useEffect(() => {
    if (!ringing) return;
    rings.current ??= new Rings();
    rings.current.start();
    return () => rings.current?.stop();
  }, [ringing]);
  useEffect(() => () => rings.current?.close(), []);
  useEffect(() => {
    if (title === null) return;
    const before = document.title;
    document.title = title;
    return () => {
      document.title = before;
    };
  }, [title]);
}

const secondKey = "centrala.ringOutput";
/** The output that rings besides the usual one; "" is none. Kept on this computer. */
export function secondOutput(): string {
  return localStorage.getItem(secondKey) ?? "";
}
export function setSecondOutput(deviceId: string): void {
  if (deviceId === "") localStorage.removeItem(secondKey);
  else localStorage.setItem(secondKey, deviceId);
}

const volumeKey = "centrala.ringVolume";
/** 0 to 1; chosen in the headset's dialog. */
export function ringVolume(): number {
  const stored = Number(localStorage.getItem(volumeKey) ?? "0.6");
  return Number.isFinite(stored) ? Math.min(1, Math.max(0, stored)) : 0.6;
}
export function setRingVolume(volume: number): void {
  localStorage.setItem(volumeKey, String(volume));
}

export type Sound = "offer" | "message" | "key" | "warning";
const players = new Map<Sound, HTMLAudioElement>();

/** Plays one of the desk's short sounds; a browser that allows none stays silent. */
export function playSound(sound: Sound): void {
  const player = players.get(sound) ?? new Audio(ownUrl(`/sounds/${sound}.wav`));
  players.set(sound, player);
  player.volume = ringVolume();
  player.currentTime = 0;
  void player.play().catch(() => {});
}
