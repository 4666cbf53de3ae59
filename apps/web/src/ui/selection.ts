import { useEffect, useRef, useState } from "react";

/** Rows that are ticked in a list: some by their keys, or all that the list finds, also those not loaded yet. */
export type Selection = {
  readonly all: boolean;
  readonly keys: readonly string[];
  readonly has: (key: string) => boolean;
  /** Ticks a row or takes its tick away; with `range` all rows from the one ticked before. */
  readonly toggle: (index: number, range: boolean) => void;
  /** Ticks all rows that are loaded, or none. */
  readonly toggleLoaded: () => void;
  readonly chooseAll: () => void;
  readonly clear: () => void;
};

type Ticked = { readonly all: boolean; readonly keys: ReadonlySet<string> };
const none: Ticked = { all: false, keys: new Set() };

/**
 * @param loaded keys of the rows that are shown, in order; what is not among them any more is not ticked either
 * @param found what the list is narrowed down by: another search ticks nothing
 */
export function useSelection(loaded: readonly string[], found: string): Selection {
  const [ticked, setTicked] = useState<Ticked>(none);
  const last = useRef<string | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another search, another list.
  useEffect(() => setTicked(none), [found]);
  const keys = ticked.all ? loaded : loaded.filter((key) => ticked.keys.has(key));
  return {
    all: ticked.all,
    keys,
    has: (key) => ticked.all || ticked.keys.has(key),
    toggle: (index, range) => {
      const key = loaded[index];
      if (key === undefined) return;
      const next = toggled(loaded, new Set(keys), index, range ? loaded.indexOf(last.current ?? "") : -1);
      last.current = key;
      setTicked({ all: false, keys: next });
    },
    toggleLoaded: () => setTicked(keys.length === loaded.length ? none : { all: false, keys: new Set(loaded) }),
    chooseAll: () => setTicked({ all: true, keys: new Set() }),
    clear: () => {
      last.current = null;
      setTicked(none);
    },
  };
}

/** The keys as they are when this row is clicked; from `anchor` on (-1: none) every row becomes as this one does. */
export function toggled(
  loaded: readonly string[],
  keys: ReadonlySet<string>,
  index: number,
  anchor: number,
): ReadonlySet<string> {
  const next = new Set(keys);
  const ticks = !keys.has(loaded[index] ?? "");
  const from = anchor < 0 ? index : Math.min(anchor, index);
  const to = anchor < 0 ? index : Math.max(anchor, index);
  for (const key of loaded.slice(from, to + 1)) {
    if (ticks) next.add(key);
    else next.delete(key);
  }
  return next;
}
