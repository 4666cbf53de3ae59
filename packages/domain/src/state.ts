import type { CoreConfig, Scenario } from "@centrala/contract";
import type { Arrival } from "./contact/arrival.ts";
import type { Contact, EndedContact, Leg, Recording } from "./contact/contact.ts";
import { Deadlines } from "./core/deadlines.ts";
import type { Operator } from "./operator/operator.ts";
import { emptyOutgoing, type OutgoingState } from "./outgoing/usage.ts";
import type { Offer } from "./routing/offer.ts";
import type { QueueIndex } from "./routing/queue.ts";

type ScenarioBody = Omit<Scenario, "name">;

/** The configuration with its look-up tables; made anew whenever a configuration comes. */
export type ConfigIndex = {
  readonly core: CoreConfig;
  readonly scenarios: ReadonlyMap<string, ScenarioBody>;
  readonly numbers: ReadonlyMap<string, CoreConfig["numbers"][number]>;
  readonly operators: ReadonlyMap<string, CoreConfig["operators"][number]>;
  readonly hours: ReadonlyMap<string, CoreConfig["hours"][number]>;
  readonly clients: ReadonlyMap<string, CoreConfig["clients"][number]>;
  readonly trunkIds: readonly string[];
  readonly deviceOwners: ReadonlyMap<string, string>;
  readonly extensions: ReadonlyMap<string, string>;
};

/** A published scenario as running contacts use it, kept until the last of them has left it. */
export type ScenarioVersion = { readonly body: ScenarioBody; users: number };

export type CentreState = {
  config: ConfigIndex;
  /** Calls whose numbers are being looked up, by leg. */
  readonly arrivals: Map<string, Arrival>;
  readonly contacts: Map<string, Contact>;
  readonly legs: Map<string, Leg>;
  readonly offers: Map<string, Offer>;
  readonly operators: Map<string, Operator>;
  readonly ended: Map<string, EndedContact>;
  readonly recordings: Map<string, Recording>;
  readonly reachableDevices: Set<string>;
  readonly scenarioVersions: Map<string, ScenarioVersion>;
  contactsStarted: number;
  /** What calls out have used today. */
  outgoing: OutgoingState;
  /** Indexes: derived of the above by the fold itself, never stored. */
  queues: Map<string, QueueIndex>;
  memberships: Map<string, readonly QueueIndex[]>;
  readonly deadlines: Deadlines;
  /** Which play or collection belongs to which contact. */
  readonly plays: Map<string, string>;
};

export const emptyConfig: CoreConfig = {
  version: 0,
  country: "US",
  language: "en",
  recordCalls: false,
  recordingNotice: false,
  clients: [],
  trunks: [],
  numbers: [],
  operators: [],
  queues: [],
  hours: [],
  scenarios: [],
  breakReasonIds: [],
};

/** A centre in which nothing has happened yet. */
export function emptyState(): CentreState {
  return {
    config: indexConfig(emptyConfig),
    arrivals: new Map(),
    contacts: new Map(),
    legs: new Map(),
    offers: new Map(),
    operators: new Map(),
    ended: new Map(),
    recordings: new Map(),
    reachableDevices: new Set(),
    scenarioVersions: new Map(),
    contactsStarted: 0,
    outgoing: emptyOutgoing(),
    queues: new Map(),
    memberships: new Map(),
    deadlines: new Deadlines(),
    plays: new Map(),
  };
}

/** Look-up tables of a configuration. */
export function indexConfig(core: CoreConfig): ConfigIndex {
  const byId = <T extends { readonly id: string }>(items: readonly T[]) =>
    new Map(items.map((item) => [item.id, item]));
  const deviceOwners = new Map<string, string>();
  const extensions = new Map<string, string>();
  for (const operator of core.operators) {
    for (const deviceId of operator.deviceIds) deviceOwners.set(deviceId, operator.id);
    if (operator.extension !== null) extensions.set(operator.extension, operator.id);
  }
  const trunkIds = [...core.trunks].sort((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1)).map((t) => t.id);
  return {
    core,
    scenarios: byId(core.scenarios),
    numbers: byId(core.numbers),
    operators: byId(core.operators),
    hours: byId(core.hours),
    clients: byId(core.clients),
    trunkIds,
    deviceOwners,
    extensions,
  };
}
