import { type Queue, type ResponseOf, type SentenceCode, say, type User, type UserAction } from "@centrala/contract";
import type { EntityChange, Stored } from "@centrala/store";
import { changeProblem, keepsManager } from "../http/entities.ts";
import { fieldProblem, found, HttpProblem } from "../http/errors.ts";
import type { Caller } from "../http/handler.ts";
import { requireKind } from "../http/rights.ts";
import type { Services } from "../http/services.ts";
import { newInvitations } from "./invitations.ts";
import { endAccounts } from "./leaving.ts";

export type BulkPeople = ResponseOf<"bulkUsers">;
type Refused = BulkPeople["refused"][number];
type Asked = { readonly services: Services; readonly caller: Caller; readonly ids: readonly string[] };
type Restored = Extract<UserAction, { do: "restore" }>["people"][number];
/** What becomes of one person, or why nothing does. */
type Change = (user: User) => User | SentenceCode;

const triesMax = 3;
const operatorsMax = 5_000;
const skillsMax = 100;

/** Changes many people at once, each as far as it can be; those that cannot be changed are named with the reason. */
export async function bulkPeople(asked: Asked, action: UserAction): Promise<BulkPeople> {
  const { caller } = asked;
  requireKind(caller, action.do === "join" || action.do === "leave" ? "queue" : "user");
  switch (action.do) {
    case "join":
      return changeQueue(asked, action.queueId, (user) =>
        user.roles.includes("operator") ? action.tier : "NO_OPERATOR",
      );
    case "leave":
      return changeQueue(asked, action.queueId, () => null);
    case "invite":
      return inviteMany(asked);
    case "restore": {
      const wanted = new Map(action.people.map((person) => [person.id, person]));
      return changePeople(asked, (user) => restored(caller, user, wanted.get(user.id)));
    }
    case "skill":
      if (!caller.centre.config.current.skill.some(({ id }) => id === action.skillId))
        throw fieldProblem("skillId", say("SKILL_MISSING", { id: action.skillId }));
      return changePeople(asked, (user) => withSkill(user, action));
    case "language":
      return changePeople(asked, (user) => ({ ...user, language: action.language }));
    case "active":
      return changePeople(asked, (user) =>
        !action.active && user.id === caller.userId ? "ONESELF_STAYS" : { ...user, active: action.active },
      );
  }
}

function withSkill(user: User, { skillId, level }: { skillId: string; level: number }): User | SentenceCode {
  const others = user.skills.filter((skill) => skill.skillId !== skillId);
  return others.length < skillsMax ? { ...user, skills: [...others, { skillId, level }] } : "TOO_MANY_SKILLS";
}

/** Skills that were removed meanwhile do not come back. */
function restored(caller: Caller, user: User, before: Restored | undefined): User | SentenceCode {
  if (before === undefined) return "ROW_GONE";
  const known = new Set(caller.centre.config.current.skill.map(({ id }) => id));
  const skills = before.skills.filter(({ skillId }) => known.has(skillId));
  return { ...user, language: before.language, active: before.active, skills };
}

async function changePeople({ services, caller, ids }: Asked, change: Change): Promise<BulkPeople> {
  const { centre } = caller;
  const { entities } = services.app.store;
  for (let attempt = 0; attempt < triesMax; attempt += 1) {
    const { user: before, version } = centre.config.current;
    const stored = new Map((await entities.list(centre.id, "user")).map((each) => [each.value.id, each]));
    const outcome = changesOf([...new Set(ids)], stored, change);
    const applied = await entities.apply(centre.id, outcome.changes, undefined, version);
    if (!applied.ok) {
      if (applied.code === "CONFIG_MOVED") await centre.config.reload();
      if (applied.code === "CONFIG_MOVED" || applied.code === "VERSION_CONFLICT") continue;
      throw changeProblem(applied.code);
    }
    await centre.config.reload();
    await endAccounts(services, centre, before);
    return { done: outcome.done, refused: outcome.refused, before: outcome.before, invitations: [] };
  }
  throw new HttpProblem("CONFLICT");
}

type Outcome = Pick<BulkPeople, "done" | "refused" | "before"> & { readonly changes: EntityChange[] };

function changesOf(ids: readonly string[], stored: ReadonlyMap<string, Stored<User>>, change: Change): Outcome {
  const outcome: Outcome = { done: [], refused: [], before: [], changes: [] };
  const users = new Map([...stored].map(([id, { value }]) => [id, value]));
  for (const id of ids) {
    const known = stored.get(id);
    const changed = known === undefined ? "ROW_GONE" : change(known.value);
    if (typeof changed === "string" || known === undefined) {
      outcome.refused.push(refusal(id, typeof changed === "string" ? changed : "ROW_GONE"));
      continue;
    }
    users.set(id, changed);
    if (!keepsManager([...users.values()])) {
      users.set(id, known.value);
      outcome.refused.push(refusal(id, "LAST_MANAGER_STAYS"));
      continue;
    }
    const { language, skills, active } = known.value;
    outcome.done.push(id);
    outcome.before.push({ id, language, skills, active });
    outcome.changes.push({ put: "user", value: changed, expectedVersion: known.version });
  }
  return outcome;
}

/** Puts people into a queue or on another line of it, or takes them out; it is the queue that is stored. */
async function changeQueue(
  { services, caller, ids }: Asked,
  queueId: string,
  tierOf: (user: User) => number | null | SentenceCode,
): Promise<BulkPeople> {
  const { centre } = caller;
  const { entities } = services.app.store;
  for (let attempt = 0; attempt < triesMax; attempt += 1) {
    const current = centre.config.current;
    const people = new Map(current.user.map((user) => [user.id, user]));
    const { value: queue, version } = found(await entities.get(centre.id, "queue", queueId));
    const outcome: BulkPeople = { done: [], refused: [], before: [], invitations: [] };
    const tiers = new Map(queue.operators.map(({ userId, tier }) => [userId, tier]));
    for (const id of new Set(ids)) {
      const user = people.get(id);
      const tier = user === undefined ? "ROW_GONE" : tierOf(user);
      if (typeof tier === "string") {
        outcome.refused.push(refusal(id, tier));
        continue;
      }
      if (tier === null) tiers.delete(id);
      else tiers.set(id, tier);
      outcome.done.push(id);
    }
    const operators: Queue["operators"] = [...tiers].map(([userId, tier]) => ({ userId, tier }));
    if (operators.length > operatorsMax) throw fieldProblem("ids", say("LIST_TOO_LONG", { max: operatorsMax }));
    const changed = await entities.put(centre.id, "queue", { ...queue, operators }, version, current.version);
    if (!changed.ok) {
      if (changed.code === "CONFIG_MOVED") await centre.config.reload();
      if (changed.code === "CONFIG_MOVED" || changed.code === "VERSION_CONFLICT") continue;
      throw changeProblem(changed.code);
    }
    await centre.config.reload();
    return outcome;
  }
  throw new HttpProblem("CONFLICT");
}

async function inviteMany({ services, caller, ids }: Asked): Promise<BulkPeople> {
  const { centre } = caller;
  const people = new Map(centre.config.current.user.map((user) => [user.id, user]));
  const outcome: BulkPeople = { done: [], refused: [], before: [], invitations: [] };
  for (const id of new Set(ids)) {
    const user = people.get(id);
    if (user?.active === true) outcome.done.push(id);
    else outcome.refused.push(refusal(id, user === undefined ? "ROW_GONE" : "ACCESS_OFF"));
  }
  return { ...outcome, invitations: await newInvitations(services.app, centre, outcome.done) };
}

export function refusal(id: string, code: SentenceCode): Refused {
  const { message, params } = say(code);
  return { id, code, params, message };
}
