import { type CentreConfig, type Scenario, type ScenarioStep, type Trunk } from "@centrala/contract";
import { centreScope, type Scope, type Store } from "@centrala/store";
import { stringify } from "yaml";
import { customerView } from "../customers/card.ts";
import type { FileApp, FileCentre } from "./apply.ts";
import { fileCustomersMax } from "./schema.ts";

/** The centre as a file: every list in order of its keys, people by login, secrets absent. Applying it again changes nothing. */
export async function exportCentreFile(
  app: Pick<FileApp, "store">,
  centre: FileCentre,
  options: { readonly customers: boolean; readonly scope?: Scope },
): Promise<string> {
  const config = centre.config.current;
  const logins = new Map(config.user.map((user) => [user.id, user.login]));
  const loginOf = (id: string): string => logins.get(id) ?? id;
  const file = {
    version: 1,
    centre: config.centre,
    clients: byId(config.client),
    trunks: byId(config.trunk).map(withoutPassword),
    numbers: byId(config.number),
    skills: byId(config.skill),
    users: usersOf(config),
    hours: byId(config.hours),
    breakReasons: byId(config.breakReason),
    prompts: byId(config.prompt).map(({ sha256: _sha256, durationMs: _durationMs, ...prompt }) => prompt),
    queues: byId(config.queue).map((queue) => ({
      ...queue,
      operators: queue.operators.map(({ userId, tier }) => ({ login: loginOf(userId), tier })),
    })),
    scenarios: byId(config.scenario).map((scenario) => scenarioOf(scenario, loginOf)),
  };
  const customers = options.customers
    ? await allCustomers(app.store, options.scope ?? centreScope(centre.id))
    : undefined;
  const tooMany = customers !== undefined && customers.length > fileCustomersMax;
  const text = stringify(customers === undefined || tooMany ? file : { ...file, customers }, {
    lineWidth: 120,
    aliasDuplicateObjects: false,
  });
  // A section that cannot be applied again would be a trap; half a list would be a worse one.
  return tooMany ? `# The customers are more than ${fileCustomersMax} and not in this file.\n${text}` : text;
}

function byId<T extends { readonly id: string }>(items: readonly T[]): T[] {
  return [...items].sort((left, right) => (left.id < right.id ? -1 : 1));
}

function withoutPassword(trunk: Trunk) {
  if (trunk.registration === null) return trunk;
  const { password: _password, ...registration } = trunk.registration;
  return { ...trunk, registration };
}

function usersOf(config: CentreConfig) {
  const users = [...config.user].sort((left, right) => (left.login < right.login ? -1 : 1));
  return users.map(({ id, ...user }) => ({
    ...user,
    devices: byId(config.device.filter((device) => device.userId === id)).map(
      ({ userId: _userId, password: _password, ...device }) => device,
    ),
  }));
}

function scenarioOf(scenario: Scenario, loginOf: (id: string) => string) {
  const steps = Object.entries(scenario.steps).map(([stepId, step]) => [stepId, stepOf(step, loginOf)] as const);
  return { ...scenario, steps: Object.fromEntries(steps) };
}

function stepOf(step: ScenarioStep, loginOf: (id: string) => string): unknown {
  if (step.kind !== "transfer" || step.target.kind !== "operator") return step;
  return { ...step, target: { kind: "operator", login: loginOf(step.target.operatorId) } };
}

async function allCustomers(store: Store, scope: Scope): Promise<unknown[]> {
  const customers: unknown[] = [];
  let cursor: string | null = null;
  while (customers.length <= fileCustomersMax) {
    const page: Awaited<ReturnType<Store["customers"]["listAll"]>> = await store.customers.listAll(scope, {
      limit: 200,
      cursor,
    });
    for (const row of page.items) {
      const { clientId, name, company, phones, emails, language, note } = customerView(row);
      customers.push({ client: clientId, name, company, phones, emails, language, note });
    }
    cursor = page.nextCursor;
    if (cursor === null) break;
  }
  return customers;
}
