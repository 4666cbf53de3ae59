import { useSyncExternalStore } from "react";
import { serverNow } from "../live/store.ts";
import { formatLength, useFormat } from "./format.ts";
import css from "./ui.module.css";

const listeners = new Set<() => void>();
let second = 0;
let timer: ReturnType<typeof setInterval> | null = null;

/** One timer for every clock on the page, so that they all tick together. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    second += 1;
    for (const each of [...listeners]) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

/** The server's time in ms since 1970, renewed once a second. */
export function useServerNow(): number {
  useSyncExternalStore(subscribe, () => second);
  return serverNow();
}

/** How long something has lasted by the server's clock; `until` counts down instead. Ticks without shifting the layout. */
export function Clock({ since, until, className }: { since?: number; until?: number; className?: string }) {
  const now = useServerNow();
  const ms = until === undefined ? now - (since ?? now) : until - now;
  const text = formatLength(until === undefined ? ms : Math.ceil(ms / 1000) * 1000);
  return (
    <span
      className={className ? `${css["clock"]} ${className}` : css["clock"]}
      style={{ minWidth: `${text.length}ch`, display: "inline-block", textAlign: "right" }}
    >
      {text}
    </span>
  );
}

/** A moment in short words, with the exact time on hover and for screen readers. */
export function When({ at }: { at: number }) {
  const format = useFormat();
  const now = useServerNow();
  return (
    <time className="num" dateTime={new Date(at).toISOString()} title={format.exact(at)}>
      {format.when(at, now)}
    </time>
  );
}

/** How long ago, in short words ("2 h ago"), with the exact time on hover and for readers. */
export function Age({ at }: { at: number }) {
  const format = useFormat();
  const now = useServerNow();
  return (
    <time className="num" dateTime={new Date(at).toISOString()} title={format.exact(at)}>
      {format.age(at, now)}
    </time>
  );
}
