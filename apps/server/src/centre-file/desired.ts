import {
  type CentreConfig,
  type Device,
  type Prompt,
  type Queue,
  type Scenario,
  type ScenarioStep,
  say,
  type Trunk,
  type User,
} from "@centrala/contract";
import type { FileProblem, ParsedFile, Path } from "./parse.ts";
import type { CentreFile } from "./schema.ts";

/** The configuration that a file asks for, with every mistake in its references to people. */
export type Desired = {
  readonly config: CentreConfig;
  readonly problems: readonly FileProblem[];
  readonly idOfLogin: ReadonlyMap<string, string>;
};

/**
 * Joins what the file says with what the centre has: absent sections stay, people keep their ids by login, prompts their
 * sound, passwords what is stored.
 */
export function desiredConfig(
  current: CentreConfig,
  file: CentreFile,
  parsed: ParsedFile,
  newId: () => string,
): Desired {
  const problems: FileProblem[] = [];
  const users = file.users === undefined ? current.user : desiredUsers(current, file.users, newId);
  const idOfLogin = new Map(users.map((user) => [user.login, user.id]));
  const idOf = (login: string, path: Path): string => {
    const id = idOfLogin.get(login);
    if (id === undefined) problems.push(parsed.problemAt(path, say("LOGIN_MISSING", { id: login })));
    return id ?? login;
  };
  const config: CentreConfig = {
    version: current.version,
    centre:
      file.centre === undefined
        ? current.centre
        : { ...file.centre, outgoing: file.centre.outgoing ?? current.centre.outgoing },
    client: file.clients ?? current.client,
    trunk: file.trunks === undefined ? current.trunk : file.trunks.map(toTrunk),
    number: file.numbers ?? current.number,
    skill: file.skills ?? current.skill,
    user: users,
    device: file.users === undefined ? current.device : desiredDevices(current, file.users, idOfLogin),
    hours: file.hours ?? current.hours,
    breakReason: file.breakReasons ?? current.breakReason,
    prompt: file.prompts === undefined ? current.prompt : file.prompts.map((prompt) => toPrompt(current, prompt)),
    queue: file.queues === undefined ? current.queue : file.queues.map((queue, index) => toQueue(queue, index, idOf)),
    scenario:
      file.scenarios === undefined
        ? current.scenario
        : file.scenarios.map((scenario, index) => toScenario(scenario, index, idOf)),
  };
  return { config, problems, idOfLogin };
}

type FileUser = NonNullable<CentreFile["users"]>[number];
type FileQueue = NonNullable<CentreFile["queues"]>[number];
type FileScenario = NonNullable<CentreFile["scenarios"]>[number];
type IdOf = (login: string, path: Path) => string;

/** People who are not in the list are made inactive: the history of contacts goes on naming them. */
function desiredUsers(current: CentreConfig, users: readonly FileUser[], newId: () => string): User[] {
  const idOf = new Map(current.user.map((user) => [user.login, user.id]));
  const listed = users.map(
    ({ devices: _devices, password: _password, ...user }): User => ({ ...user, id: idOf.get(user.login) ?? newId() }),
  );
  const logins = new Set(listed.map((user) => user.login));
  const others = current.user
    .filter((user) => !logins.has(user.login))
    .map((user): User => ({ ...user, active: false }));
  return [...listed, ...others];
}

function desiredDevices(
  current: CentreConfig,
  users: readonly FileUser[],
  idOfLogin: ReadonlyMap<string, string>,
): Device[] {
  const listed = new Set(users.map((user) => idOfLogin.get(user.login)));
  const kept = current.device.filter((device) => !listed.has(device.userId));
  const devices = users.flatMap((user) =>
    user.devices.map(
      ({ password: _password, ...device }): Device => ({
        ...device,
        userId: idOfLogin.get(user.login) ?? "",
        password: null,
      }),
    ),
  );
  return [...devices, ...kept];
}

function toTrunk(trunk: NonNullable<CentreFile["trunks"]>[number]): Trunk {
  return { ...trunk, registration: trunk.registration === null ? null : { ...trunk.registration, password: null } };
}

function toPrompt(
  current: CentreConfig,
  { file: _file, ...prompt }: NonNullable<CentreFile["prompts"]>[number],
): Prompt {
  const stored = current.prompt.find((candidate) => candidate.id === prompt.id);
  return { ...prompt, sha256: stored?.sha256 ?? null, durationMs: stored?.durationMs ?? null };
}

function toQueue(queue: FileQueue, index: number, idOf: IdOf): Queue {
  const operators = queue.operators.map(({ login, tier }, place) => ({
    userId: idOf(login, ["queues", index, "operators", place, "login"]),
    tier,
  }));
  return { ...queue, operators };
}

function toScenario(scenario: FileScenario, index: number, idOf: IdOf): Scenario {
  const steps = Object.entries(scenario.steps).map(([stepId, step]) => [
    stepId,
    toStep(step, ["scenarios", index, "steps", stepId], idOf),
  ]);
  return { ...scenario, steps: Object.fromEntries(steps) as Scenario["steps"] };
}

/** In the file a transfer names an operator by login (see schema.ts). */
function toStep(step: ScenarioStep, path: Path, idOf: IdOf): ScenarioStep {
  if (step.kind !== "transfer" || step.target.kind !== "operator") return step;
  const { login } = step.target as unknown as { readonly login: string };
  return { ...step, target: { kind: "operator", operatorId: idOf(login, [...path, "target", "login"]) } };
}
