import { ActionIcon, Tooltip } from "@mantine/core";
import { IconPlayerPlayFilled, IconPlayerStopFilled } from "@tabler/icons-react";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

let audio: HTMLAudioElement | null = null;
let playing: string | null = null;
const listeners = new Set<() => void>();

function set(src: string | null): void {
  playing = src;
  for (const listener of [...listeners]) listener();
}

/** Plays one sound at a time: a second one ends the first, the same one again stops it. */
export function toggleSound(src: string): void {
  const again = playing === src;
  audio?.pause();
  audio = null;
  if (again) return set(null);
  const next = new Audio(src);
  audio = next;
  const over = () => {
    if (audio === next) set(null);
  };
  next.addEventListener("ended", over);
  next.addEventListener("error", over);
  set(src);
  void next.play().catch(over);
}

function usePlaying(): string | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => playing,
  );
}

/** A small button that plays a prompt or music. */
export function ListenButton({ src, name, size = 28 }: { src: string; name: string; size?: number }) {
  const { t } = useTranslation();
  const on = usePlaying() === src;
  const label = t(on ? "studio:listen.stop" : "studio:listen.play", { name });
  return (
    <Tooltip label={label}>
      <ActionIcon size={size} aria-label={label} aria-pressed={on} onClick={() => toggleSound(src)}>
        {on ? <IconPlayerStopFilled size={15} /> : <IconPlayerPlayFilled size={15} />}
      </ActionIcon>
    </Tooltip>
  );
}
