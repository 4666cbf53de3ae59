import type { User } from "@centrala/contract";
import type { Centre } from "../app.ts";
import type { Services } from "../http/services.ts";

/**
 * After every change of people, by form or by file: whoever was active before and is not any more loses sessions, live
 * connections and links; whoever was removed also the password and the tokens they made.
 */
export async function endAccounts(services: Services, centre: Centre, before: readonly User[]): Promise<void> {
  const { store } = services.app;
  const after = new Map(centre.config.current.user.map((user) => [user.id, user]));
  for (const { id, active } of before) {
    const now = after.get(id);
    if (now?.active === true || (now !== undefined && !active)) continue;
    await store.invitations.revokeAllOf(centre.id, [id]);
    await services.endSessions(centre.id, id);
    if (now !== undefined) continue;
    await store.credentials.remove(centre.id, id);
    await store.tokens.revokeAllOf(centre.id, id);
  }
}
