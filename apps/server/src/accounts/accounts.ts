import type { AccountState, ResponseOf, User } from "@centrala/contract";
import type { AccountRow } from "@centrala/store";
import type { App, Centre } from "../app.ts";

/** How far everybody of the centre has come: invited, signed in, left. */
export async function accountsOf(app: App, centre: Centre): Promise<ResponseOf<"accounts">["items"]> {
  const known = await app.store.credentials.accounts(centre.id);
  const now = app.clock();
  return centre.config.current.user.map((user) => {
    const account = known.get(user.id);
    const { invitedUntil = null, seenAt = null } = account ?? {};
    return { userId: user.id, state: stateOf(user, account, now), invitedUntil, seenAt };
  });
}

function stateOf(user: User, account: AccountRow | undefined, now: number): AccountState {
  if (!user.active) return "left";
  if (account?.hasPassword === true) return "active";
  if (account === undefined || account.invitedUntil === null) return "none";
  return account.invitedUntil > now ? "invited" : "expired";
}
