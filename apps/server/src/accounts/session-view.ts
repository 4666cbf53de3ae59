import type { SessionView } from "@centrala/contract";
import type { App, Centre } from "../app.ts";
import { HttpProblem } from "../http/errors.ts";
import { guideOf } from "./guide-steps.ts";

/** Who is signed in where; managers also get how far the guide is. */
export async function sessionView(app: App, centre: Centre, userId: string): Promise<SessionView> {
  const config = centre.config.current;
  const user = config.user.find((candidate) => candidate.id === userId);
  if (user === undefined) throw new HttpProblem("NOT_SIGNED_IN");
  const { id, login, name, roles, language } = user;
  return {
    user: { id, login, name, roles: [...roles], language },
    centre: { id: centre.id, ...config.centre },
    guide: user.roles.includes("manager") ? await guideOf(app.store, centre.id, config) : null,
    serverTime: app.clock(),
  };
}
