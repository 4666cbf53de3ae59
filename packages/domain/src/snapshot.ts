import type { CoreConfig } from "@centrala/contract";
import { type Arrival, indexArrival } from "./contact/arrival.ts";
import { type Contact, contactDeadline, type EndedContact, type Leg, type Recording } from "./contact/contact.ts";
import { type Operator, operatorDeadline } from "./operator/operator.ts";
import { rebuildOutgoing } from "./outgoing/fold-outgoing.ts";
import type { Bucket, OutgoingLeg } from "./outgoing/usage.ts";
import type { Offer } from "./routing/offer.ts";
import { rebuildQueues } from "./routing/touch.ts";
import { type CentreState, emptyState, indexConfig, type ScenarioVersion } from "./state.ts";

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Raised whenever the shape below changes: an older snapshot is then left aside and the journal folded from its start. */
export const snapshotVersion = 6;

type Snapshot = {
  readonly version: number;
  readonly config: CoreConfig;
  readonly contactsStarted: number;
  readonly contacts: readonly Contact[];
  readonly arrivals: readonly Arrival[];
  readonly legs: readonly Leg[];
  readonly offers: readonly Offer[];
  readonly operators: readonly Operator[];
  readonly ended: readonly EndedContact[];
  readonly recordings: readonly Recording[];
  readonly reachableDevices: readonly string[];
  readonly scenarioVersions: readonly (readonly [string, ScenarioVersion])[];
  /** Absent in snapshots from before calls out were counted: then the day begins anew. */
  readonly outgoing?: {
    readonly dayStart: number;
    readonly dayEnd: number;
    readonly buckets: readonly (readonly [string, Bucket])[];
    readonly legs: readonly OutgoingLeg[];
  };
};

/** The whole state as JSON, without what is derived of it. A copy: the state may change afterwards. */
export function toSnapshot(state: CentreState): JsonValue {
  const snapshot: Snapshot = {
    version: snapshotVersion,
    config: state.config.core,
    contactsStarted: state.contactsStarted,
    contacts: [...state.contacts.values()],
    arrivals: [...state.arrivals.values()],
    legs: [...state.legs.values()],
    offers: [...state.offers.values()],
    operators: [...state.operators.values()],
    ended: [...state.ended.values()],
    recordings: [...state.recordings.values()],
    reachableDevices: [...state.reachableDevices],
    scenarioVersions: [...state.scenarioVersions.entries()],
    outgoing: {
      dayStart: state.outgoing.dayStart,
      dayEnd: state.outgoing.dayEnd,
      buckets: [...state.outgoing.buckets.entries()],
      legs: [...state.outgoing.legs.values()],
    },
  };
  return JSON.parse(JSON.stringify(snapshot)) as JsonValue;
}

/** The state of a snapshot; undefined when it is of another version, so that the journal has to be folded instead. */
export function fromSnapshot(json: JsonValue): CentreState | undefined {
  const snapshot = JSON.parse(JSON.stringify(json)) as Snapshot | null;
  if (snapshot === null || typeof snapshot !== "object" || snapshot.version !== snapshotVersion) return undefined;
  const state = emptyState();
  state.config = indexConfig(snapshot.config);
  state.contactsStarted = snapshot.contactsStarted;
  fill(state.contacts, snapshot.contacts);
  fill(state.legs, snapshot.legs);
  for (const arrival of snapshot.arrivals) indexArrival(state, arrival);
  fill(state.offers, snapshot.offers);
  fill(state.operators, snapshot.operators);
  fill(state.ended, snapshot.ended);
  fill(state.recordings, snapshot.recordings);
  for (const deviceId of snapshot.reachableDevices) state.reachableDevices.add(deviceId);
  for (const [key, version] of snapshot.scenarioVersions) state.scenarioVersions.set(key, version);
  if (snapshot.outgoing !== undefined) {
    const { dayStart, dayEnd, buckets, legs } = snapshot.outgoing;
    state.outgoing = { dayStart, dayEnd, buckets: new Map(buckets), legs: new Map(legs.map((leg) => [leg.id, leg])) };
  }
  rebuildIndexes(state);
  return state;
}

function fill<T extends { readonly id: string }>(map: Map<string, T>, items: readonly T[]): void {
  for (const item of items) map.set(item.id, item);
}

function rebuildIndexes(state: CentreState): void {
  rebuildQueues(state);
  for (const leg of state.legs.values()) {
    if (leg.playId !== null && leg.contactId !== null) state.plays.set(leg.playId, leg.contactId);
  }
  for (const contact of state.contacts.values()) {
    state.deadlines.set(`contact:${contact.id}`, contactDeadline(contact));
    const phase = contact.phase;
    if (phase.kind === "scenario" && phase.collectId !== null) state.plays.set(phase.collectId, contact.id);
  }
  for (const operator of state.operators.values()) {
    state.deadlines.set(`operator:${operator.id}`, operatorDeadline(operator));
  }
  rebuildOutgoing(state);
  for (const offer of state.offers.values()) state.deadlines.set(`offer:${offer.id}`, offer.until);
}
