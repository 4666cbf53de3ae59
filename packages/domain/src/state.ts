import type { CoreConfig, Scenario } from "@centrala/contract";
import type { Contact, EndedContact, Leg, Recording } from "./contact/contact.ts";
import { Deadlines } from "./deadlines.ts";
import type { Operator } from "./operator/operator.ts";
import { emptyOutgoing, type OutgoingState } from "./outgoing/usage.ts";
import type { Offer } from "./routing/offer.ts";
import { emptyQueueIndex, type QueueIndex } from "./routing/queue-index.ts";

/** The limits of one centre; at each of them stands a defined answer (see the SPEC of the folder that checks it). */
export const limits = {
  contacts: 20_000,
  legsPerContact: 10,
  endedKept: 2_000,
  stepsWithoutWaiting: 100,
  variables: 64,
} as const;

/** The set times of the core that no setting changes, in milliseconds. */
export const times = {
  /** A running talk waits this long for a lost headset. */
  reattachMs: 30_000,
  /** An operator on duty without any device goes offline after this. */
  deviceWaitMs: 60_000,
  /** An operator who missed a contact is not rung for it again for this long. */
  justMissedMs: 30_000,
  /** Wrap-up after a call that came through no queue. */
  wrapUpMs: 60_000,
  /** Ringing of colleagues and outside numbers where no setting says otherwise. */
  ringTimeoutMs: 30_000,
  dialTimeoutMs: 60_000,
  /** No prompt or collection is waited for longer than this: telephony that lost one never blocks a call. */
  playMsMax: 600_000,
} as const;

type ScenarioBody = Omit<Scenario, "name">;
export type QueueConfig = CoreConfig["queues"][number];

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

/** The queues of a configuration with their qualified members, without contacts or operators in them yet. */
export function indexQueues(config: ConfigIndex): {
  queues: Map<string, QueueIndex>;
  memberships: Map<string, readonly QueueIndex[]>;
} {
  const queues = new Map<string, QueueIndex>();
  const memberships = new Map<string, QueueIndex[]>();
  for (const queue of config.core.queues) {
    const index = emptyQueueIndex(queue, config);
    queues.set(queue.id, index);
    for (const operatorId of index.tierOf.keys()) {
      const list = memberships.get(operatorId);
      if (list === undefined) memberships.set(operatorId, [index]);
      else list.push(index);
    }
  }
  return { queues, memberships };
}
