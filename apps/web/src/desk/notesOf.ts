import { ApiError } from "../api/call.ts";
import { command } from "../live/store.ts";
import { Notes } from "./notes.ts";

const byUser = new Map<string, Notes>();

/** The notes of a person on this computer: one for the life of the page, so that two never send against each other. */
export function notesOf(userId: string): Notes {
  const known = byUser.get(userId);
  if (known) return known;
  const notes = makeNotes(userId);
  byUser.set(userId, notes);
  return notes;
}

function makeNotes(userId: string): Notes {
  const key = `centrala.notes.${userId}`;
  return new Notes({
    shelf: {
      read: () => readDrafts(localStorage.getItem(key)),
      write: (drafts) => {
        if (Object.keys(drafts).length === 0) localStorage.removeItem(key);
        else localStorage.setItem(key, JSON.stringify(drafts));
      },
    },
    save: (contactId, text) => command("note", { params: { id: contactId }, body: { text } }),
    again: (error) => error instanceof ApiError && (error.status === 0 || error.status >= 500 || error.status === 401),
    later: (run, ms) => void setTimeout(run, ms),
  });
}

function readDrafts(stored: string | null): Record<string, string> {
  try {
    const value: unknown = JSON.parse(stored ?? "{}");
    if (typeof value !== "object" || value === null) return {};
    return Object.fromEntries(
      Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
  } catch {
    return {};
  }
}
