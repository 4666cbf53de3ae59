import { type CentreConfig, type EntityKind, entityKinds, mixesScripts, type Sentence, say } from "@centrala/contract";
import { isEmergency } from "../address/emergency.ts";
import { timeZoneExists } from "../core/hours.ts";
import { validateScenario } from "../scenario/validate.ts";
import type { Problem } from "./problem.ts";

type Ids = Readonly<Record<EntityKind, ReadonlySet<string>>>;
type Add = (kind: EntityKind, id: string, field: string, sentence: Sentence) => void;

/**
 * Everything in a configuration that doesn't fit together: keys that stand twice, references to what is not there, numbers,
 * logins, extensions and device names used twice, unknown time zones, and the mistakes inside scenarios.
 * @param sounds names of the shipped sounds; null leaves them unchecked
 */
export function validateConfig(config: CentreConfig, sounds: ReadonlySet<string> | null = null): Problem[] {
  const problems: Problem[] = [];
  const add: Add = (kind, id, field, sentence) => problems.push({ kind, id, field, ...sentence });
  const ids = idsOf(config);
  checkTwice(config, add);
  checkClients(config, ids, add);
  checkNumbers(config, ids, add);
  checkPeople(config, ids, add);
  checkQueues(config, ids, add);
  checkTimeZones(config, problems, add);
  const refs = { queues: ids.queue, hours: ids.hours, prompts: ids.prompt, operators: operatorIds(config), sounds };
  for (const scenario of config.scenario) {
    if (!ids.client.has(scenario.clientId))
      add("scenario", scenario.id, "clientId", say("CLIENT_MISSING", { id: scenario.clientId }));
    problems.push(...validateScenario(scenario, refs));
  }
  return problems;
}

/** Mistakes that a change would bring; those that were there before do not stand in anybody's way. */
export function newProblems(before: CentreConfig, after: CentreConfig, sounds: ReadonlySet<string>): Problem[] {
  const known = new Set(validateConfig(before, sounds).map(problemKey));
  return validateConfig(after, sounds).filter((problem) => !known.has(problemKey(problem)));
}

function problemKey(problem: Problem): string {
  return `${problem.kind}/${problem.id}/${problem.field}/${problem.message}`;
}

function idsOf(config: CentreConfig): Ids {
  const entries = entityKinds.map((kind) => [kind, new Set(config[kind].map((entity) => entity.id))] as const);
  return Object.fromEntries(entries) as unknown as Ids;
}

function operatorIds(config: CentreConfig): Set<string> {
  return new Set(config.user.filter((user) => user.roles.includes("operator")).map((user) => user.id));
}

function checkTwice(config: CentreConfig, add: Add): void {
  for (const kind of entityKinds) {
    const entities: readonly { readonly id: string }[] = config[kind];
    twice(kind, entities, "id", (entity) => entity.id, add);
  }
  twice("user", config.user, "login", (user) => user.login, add);
  twice("user", config.user, "extension", (user) => user.extension, add);
  twice("device", config.device, "username", (device) => device.username, add);
  twice("number", config.number, "number", (number) => `${number.number} (${number.trunkId})`, add);
}

/** Adds a problem for each entity whose value an earlier one has already. */
function twice<T extends { readonly id: string }>(
  kind: EntityKind,
  entities: readonly T[],
  field: string,
  valueOf: (entity: T) => string | null,
  add: Add,
): void {
  const seen = new Set<string>();
  for (const entity of entities) {
    const value = valueOf(entity);
    if (value === null) continue;
    if (seen.has(value)) add(kind, entity.id, field, say("STANDS_TWICE", { value }));
    seen.add(value);
  }
}

function checkClients(config: CentreConfig, ids: Ids, add: Add): void {
  for (const client of config.client) {
    const { callerNumberId } = client;
    if (callerNumberId !== null && !ids.number.has(callerNumberId)) {
      add("client", client.id, "callerNumberId", say("NUMBER_MISSING", { id: callerNumberId }));
    }
  }
}

function checkNumbers(config: CentreConfig, ids: Ids, add: Add): void {
  for (const number of config.number) {
    if (!ids.trunk.has(number.trunkId))
      add("number", number.id, "trunkId", say("TRUNK_MISSING", { id: number.trunkId }));
    if (!ids.client.has(number.clientId))
      add("number", number.id, "clientId", say("CLIENT_MISSING", { id: number.clientId }));
    if (number.scenarioId !== null && !ids.scenario.has(number.scenarioId)) {
      add("number", number.id, "scenarioId", say("SCENARIO_MISSING", { id: number.scenarioId }));
    }
  }
}

function checkPeople(config: CentreConfig, ids: Ids, add: Add): void {
  for (const user of config.user) {
    if (mixesScripts(user.login)) add("user", user.id, "login", say("LOGIN_MIXED", { value: user.login }));
    if (user.extension !== null && isEmergency(user.extension, config.centre.country)) {
      add("user", user.id, "extension", say("EXTENSION_EMERGENCY", { value: user.extension }));
    }
  }
  for (const user of config.user) {
    for (const [index, { skillId }] of user.skills.entries()) {
      if (!ids.skill.has(skillId))
        add("user", user.id, `skills.${index}.skillId`, say("SKILL_MISSING", { id: skillId }));
    }
  }
  for (const device of config.device) {
    if (!ids.user.has(device.userId)) add("device", device.id, "userId", say("USER_MISSING", { id: device.userId }));
  }
}

function checkQueues(config: CentreConfig, ids: Ids, add: Add): void {
  const operators = operatorIds(config);
  for (const queue of config.queue) {
    if (!ids.client.has(queue.clientId))
      add("queue", queue.id, "clientId", say("CLIENT_MISSING", { id: queue.clientId }));
    for (const [index, { skillId }] of queue.requires.entries()) {
      if (!ids.skill.has(skillId))
        add("queue", queue.id, `requires.${index}.skillId`, say("SKILL_MISSING", { id: skillId }));
    }
    for (const [index, { userId }] of queue.operators.entries()) {
      if (!operators.has(userId))
        add("queue", queue.id, `operators.${index}.userId`, say("OPERATOR_MISSING", { id: userId }));
    }
    for (const field of ["welcome", "announcements"] as const) {
      for (const [index, prompt] of queue[field].entries()) {
        if (prompt.kind !== "prompt" || ids.prompt.has(prompt.promptId)) continue;
        add("queue", queue.id, `${field}.${index}`, say("PROMPT_MISSING", { id: prompt.promptId }));
      }
    }
    twice(
      "queue",
      queue.dispositions.map(({ id }) => ({ id })),
      "dispositions",
      (disposition) => disposition.id,
      add,
    );
  }
}

function checkTimeZones(config: CentreConfig, problems: Problem[], add: Add): void {
  const { timeZone } = config.centre;
  if (!timeZoneExists(timeZone)) {
    problems.push({ kind: "centre", id: "", field: "timeZone", ...say("TIME_ZONE_MISSING", { id: timeZone }) });
  }
  for (const hours of config.hours) {
    if (!timeZoneExists(hours.timeZone))
      add("hours", hours.id, "timeZone", say("TIME_ZONE_MISSING", { id: hours.timeZone }));
  }
}
