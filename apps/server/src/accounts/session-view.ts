import { type CentreConfig, type SessionView, testTrunkId } from "@centrala/contract";
import type { App, Centre } from "../app.ts";
import { HttpProblem } from "../http/errors.ts";

export type GuideStep = "testCall" | "colleagues" | "customers" | "number";

/** Key of an installation's setting that holds the guide's steps which were done or left out. */
function guideKey(centreId: string): string {
  return `guide/${centreId}`;
}

async function stepsDone(app: App, centreId: string): Promise<ReadonlySet<string>> {
  const value = await app.store.settings.get(guideKey(centreId));
  return new Set(Array.isArray(value) ? value.filter((step): step is string => typeof step === "string") : []);
}

export async function markGuideStep(app: App, centreId: string, step: GuideStep): Promise<void> {
  const done = await stepsDone(app, centreId);
  if (!done.has(step)) await app.store.settings.put(guideKey(centreId), [...done, step]);
}

/** Who is signed in where; managers also get the steps of the guide that are still open. */
export async function sessionView(app: App, centre: Centre, userId: string): Promise<SessionView> {
  const config = centre.config.current;
  const user = config.user.find((candidate) => candidate.id === userId);
  if (user === undefined) throw new HttpProblem("NOT_SIGNED_IN");
  const { id, login, name, roles, language } = user;
  return {
    user: { id, login, name, roles: [...roles], language },
    centre: { id: centre.id, ...config.centre },
    guide: user.roles.includes("manager") ? await openSteps(app, centre.id, config) : null,
    serverTime: app.clock(),
  };
}

/** True: the step is still to be done. What the centre already has counts as done by itself. */
async function openSteps(app: App, centreId: string, config: CentreConfig): Promise<NonNullable<SessionView["guide"]>> {
  const done = await stepsDone(app, centreId);
  const customers =
    done.has("customers") || (await app.store.customers.search(centreId, "", { limit: 1 })).items.length > 0;
  return {
    testCall: !done.has("testCall"),
    colleagues: !done.has("colleagues") && config.user.length < 2,
    customers: !customers,
    number: !done.has("number") && config.trunk.every((trunk) => trunk.id === testTrunkId),
  };
}
