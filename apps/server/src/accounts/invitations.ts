import type { Language } from "@centrala/contract";
import type { InvitationRow } from "@centrala/store";
import type { App, Centre } from "../app.ts";
import { found, HttpProblem } from "../http/errors.ts";

const ttlMs = 7 * 86_400_000;

type NewInvitation = { readonly userId: string; readonly url: string; readonly expiresAt: number };

/** A new link for a person to set a password; links made for them before stop working. */
export async function ensureInvitation(
  app: App,
  centre: Centre,
  userId: string,
): Promise<Omit<NewInvitation, "userId">> {
  found(centre.config.current.user.find((user) => user.id === userId));
  const [made] = await newInvitations(app, centre, [userId]);
  const { url, expiresAt } = found(made);
  return { url, expiresAt };
}

/** The same for several who are there. */
export async function newInvitations(app: App, centre: Centre, userIds: readonly string[]): Promise<NewInvitation[]> {
  await app.store.invitations.revokeAllOf(centre.id, userIds);
  const made: NewInvitation[] = [];
  for (const userId of userIds) {
    const { token, invitation } = await app.store.invitations.create(centre.id, userId, ttlMs);
    made.push({ userId, url: `${publicUrl(app)}/invitation/${token}`, expiresAt: invitation.expiresAt });
  }
  return made;
}

/** Where colleagues reach the web app: the address set, else HTTPS on this machine's own address. */
export function publicUrl(app: App): string {
  return (app.settings.publicUrl ?? app.network.httpsUrl).replace(/\/+$/, "");
}

/** Whose invitation this is. @throws LINK_EXPIRED */
export async function readInvitation(
  app: App,
  token: string,
): Promise<{ readonly name: string; readonly login: string; readonly centre: string; readonly language: Language }> {
  const { centre, user } = invited(app, await app.store.invitations.find(token));
  const settings = centre.config.current.centre;
  return { name: user.name, login: user.login, centre: settings.name, language: user.language ?? settings.language };
}

/** Uses the link up, with all others of the same person, and sets the password; sessions begun with the old one end. */
export async function redeemInvitation(
  app: App,
  token: string,
  password: string,
): Promise<{ readonly centre: Centre; readonly userId: string }> {
  invited(app, await app.store.invitations.find(token));
  const { centre, user } = invited(app, await app.store.invitations.redeem(token));
  await app.store.credentials.setPassword(centre.id, user.id, password);
  await app.store.invitations.revokeAllOf(centre.id, [user.id]);
  await app.store.audit.add(centre.id, { who: user.id, what: "invitation.accept", target: `user/${user.id}` });
  return { centre, userId: user.id };
}

function invited(app: App, row: InvitationRow | undefined) {
  const centre = row === undefined ? undefined : app.centres.get(row.centreId);
  const user = centre?.config.current.user.find((candidate) => candidate.id === row?.userId && candidate.active);
  if (centre === undefined || user === undefined) throw new HttpProblem("LINK_EXPIRED");
  return { centre, user };
}
