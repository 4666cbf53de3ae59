import { useEffect, useRef } from "react";
import { ownUrl } from "../api/base.ts";
import { Ringer } from "../headset/index.ts";

/** Rings while a call is offered: in the headset's stead on a chosen output, and in the page's title. A telephone rings itself. */
export function useRing(ringing: boolean, title: string | null): void {
  const ringer = useRef<Ringer | null>(null);
  useEffect(() => {
    if (!ringing) return;
    try {
      ringer.current ??= new Ringer();
      void ringer.current.start(ringVolume());
    } catch {
      // A browser without sound still shows the call.
    }
    return () => ringer.current?.stop();
  }, [ringing]);
  useEffect(() => () => ringer.current?.close(), []);
  useEffect(() => {
    if (title === null) return;
    const before = document.title;
    document.title = title;
    return () => {
      document.title = before;
    };
  }, [title]);
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
