import { call } from "../api/call.ts";
import { notesOf } from "../desk/notesOf.ts";
import { forgetTyped } from "./typed.ts";

/** Sends what is typed and not yet saved, ends the session, and leaves nothing typed behind for whoever comes next. */
export async function leave(userId: string): Promise<void> {
  await notesOf(userId).flushAll();
  const ended = await call("signOut").then(
    () => true,
    () => false,
  );
  // Without the server nothing has ended, and what could not be saved is not thrown away.
  if (ended) for (const storage of [localStorage, sessionStorage]) forgetTyped(storage);
}
