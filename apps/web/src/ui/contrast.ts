import { useSyncExternalStore } from "react";

const key = "centrala.contrast";
const asked = typeof matchMedia === "function" ? matchMedia("(prefers-contrast: more)") : null;
const listeners = new Set<() => void>();

/** Whether the high contrast theme stands: as chosen on this computer, else as the system asks. */
export function highContrast(): boolean {
  const chosen = localStorage.getItem(key);
  return chosen === null ? (asked?.matches ?? false) : chosen === "more";
}

export function chooseContrast(more: boolean): void {
  localStorage.setItem(key, more ? "more" : "usual");
  apply();
}

function apply(): void {
  if (highContrast()) document.documentElement.dataset["contrast"] = "more";
  else delete document.documentElement.dataset["contrast"];
  for (const listener of [...listeners]) listener();
}

/** Before the first paint; follows the system afterwards. */
export function startContrast(): void {
  apply();
  asked?.addEventListener("change", apply);
}

export function useHighContrast(): boolean {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, highContrast);
}
