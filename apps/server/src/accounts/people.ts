import type { User } from "@centrala/contract";
import type { App, Centre } from "../app.ts";
import { found, HttpProblem } from "../http/errors.ts";

/** Changes one person as it is stored now; tries again when somebody else changed the same one meanwhile. */
export async function changePerson(
  app: App,
  centre: Centre,
  userId: string,
  change: (user: User) => User,
): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const stored = found(await app.store.entities.get(centre.id, "user", userId));
    const changed = await app.store.entities.put(centre.id, "user", change(stored.value), stored.version);
    if (changed.ok) return centre.config.reload();
    if (changed.code !== "VERSION_CONFLICT") throw new HttpProblem("CONFLICT", { message: changed.message });
  }
  throw new HttpProblem("CONFLICT");
}
