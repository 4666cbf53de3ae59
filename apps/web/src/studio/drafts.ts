const prefix = "centrala.studio.";

/** Secrets are never kept in the browser's storage; they are typed again. */
function withoutSecrets(key: string, value: unknown): unknown {
  return key === "password" || key === "token" ? null : value;
}

/** What was typed into a form of the studio survives closing it and reloading the page, in this tab only. */
export function keepDraft(kind: string, id: string, draft: unknown): void {
  try {
    sessionStorage.setItem(`${prefix}${kind}.${id}`, JSON.stringify(draft, withoutSecrets));
  } catch {
    // A full or forbidden storage costs the draft's survival, nothing else.
  }
}

export function keptDraft<T extends object>(kind: string, id: string): T | null {
  const text = sessionStorage.getItem(`${prefix}${kind}.${id}`);
  if (!text) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as T) : null;
  } catch {
    return null;
  }
}

export function forgetDraft(kind: string, id: string): void {
  sessionStorage.removeItem(`${prefix}${kind}.${id}`);
}

/** The ids of a kind that have an unsaved draft. */
export function draftIds(kind: string): Set<string> {
  const ids = new Set<string>();
  for (let index = 0; index < sessionStorage.length; index += 1) {
    const key = sessionStorage.key(index);
    if (key?.startsWith(`${prefix}${kind}.`)) ids.add(key.slice(prefix.length + kind.length + 1));
  }
  return ids;
}
