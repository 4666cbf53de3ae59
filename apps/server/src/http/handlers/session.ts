import { accountsOf } from "../../accounts/accounts.ts";
import { markGuideStep } from "../../accounts/guide-steps.ts";
import { ensureInvitation, readInvitation, redeemInvitation } from "../../accounts/invitations.ts";
import { changePerson } from "../../accounts/people.ts";
import { sessionView } from "../../accounts/session-view.ts";
import { isSetupToken, setUpCentre, setupNeeded } from "../../accounts/setup.ts";
import { checkPassword, clearCookie, startSession } from "../../accounts/sign-in.ts";
import { found, HttpProblem } from "../errors.ts";
import { done, type Handlers, personOf, whoOf } from "../handler.ts";
import { requirePerson } from "../rights.ts";

type Names =
  | "setupState"
  | "setup"
  | "setupLink"
  | "signIn"
  | "session"
  | "signOut"
  | "changePassword"
  | "changeLanguage"
  | "guideLeaveOut"
  | "invite"
  | "accounts"
  | "invitation"
  | "acceptInvitation";

export const sessionHandlers: Pick<Handlers, Names> = {
  setupState: async ({ app }) => ({ needed: await setupNeeded(app), version: app.version }),

  setup: async ({ app, body, request, reply }) => {
    const { centre, userId } = await setUpCentre(app, body);
    return startSession(app, centre, userId, request, reply);
  },

  setupLink: async ({ app, body }) => ({ works: (await setupNeeded(app)) && (await isSetupToken(app, body.token)) }),

  signIn: async ({ app, body, request, reply }) => {
    const { centre, userId } = await checkPassword(app, request.raw, body.login, body.password);
    await app.store.audit.add(centre.id, {
      who: userId,
      what: "session.create",
      target: `user/${userId}`,
      detail: { address: request.arrival.address },
    });
    return startSession(app, centre, userId, request, reply);
  },

  session: async ({ app, caller }) => sessionView(app, caller.centre, personOf(caller)),

  signOut: async ({ app, caller, services, request, reply }) => {
    const userId = personOf(caller);
    clearCookie(app, request, reply);
    if (caller.sessionId === null) return done;
    let elsewhere = false;
    try {
      await app.store.sessions.revoke(caller.centre.id, caller.sessionId);
    } finally {
      elsewhere = services.hub?.signOut(caller.centre.id, caller.sessionId) ?? false;
    }
    const duty = caller.centre.core.state.operators.get(userId)?.duty.state;
    if (!elsewhere && duty !== undefined && duty !== "offline")
      await caller.centre.core.submit({
        kind: "operatorWent",
        operatorId: userId,
        to: "offline",
        reasonId: null,
        byUserId: userId,
      });
    return done;
  },

  changePassword: async ({ app, caller, body, services }) => {
    const userId = personOf(caller);
    const verdict = await app.store.credentials.verify(caller.centre.id, userId, body.current);
    if (!verdict.ok) throw new HttpProblem(verdict.code === "LOCKED" ? "TOO_MANY_REQUESTS" : "LOGIN_REFUSED");
    await app.store.credentials.setPassword(caller.centre.id, userId, body.next);
    // Whoever found an old link must not undo it.
    await app.store.invitations.revokeAllOf(caller.centre.id, [userId]);
    await services.endSessions(caller.centre.id, userId, caller.sessionId);
    await app.store.audit.add(caller.centre.id, { who: userId, what: "password.change", target: `user/${userId}` });
    return done;
  },

  changeLanguage: async ({ app, caller, body }) => {
    const userId = personOf(caller);
    const { language } = found(caller.centre.config.current.user.find((user) => user.id === userId));
    if (language !== body.language)
      await changePerson(app, caller.centre, userId, (user) => ({ ...user, language: body.language }));
    return done;
  },

  guideLeaveOut: async ({ app, caller, body }) => {
    await markGuideStep(app.store, caller.centre.id, body.step, "left-out");
    return done;
  },

  invite: async ({ app, caller, params, services }) => {
    requirePerson(caller);
    const invitation = await services.changes.run(() => ensureInvitation(app, caller.centre, params.id));
    await app.store.audit.add(caller.centre.id, {
      who: whoOf(caller),
      what: "user.invite",
      target: `user/${params.id}`,
    });
    return invitation;
  },

  accounts: async ({ app, caller }) => ({ items: await accountsOf(app, caller.centre) }),

  invitation: async ({ app, params }) => readInvitation(app, params.token),

  acceptInvitation: async ({ app, params, body, request, reply, services }) => {
    const { centre, userId } = await services.changes.run(() => redeemInvitation(app, params.token, body.password));
    await services.endSessions(centre.id, userId);
    return startSession(app, centre, userId, request, reply);
  },
};
