import type { ContactDetail, ContactRow, Fact, JournalEntry } from "@centrala/contract";
import { type ClosedSegment, emptyBook, foldSegments, lengthOf, ofContact } from "@centrala/domain";
import type { MissedCaller, RecordingRow, ContactRow as StoredContact } from "@centrala/store";
import { type CallbackClaims, claimOf } from "./callback-claims.ts";
import type { CentreLive } from "./centre-live.ts";
import { dispositionsOf, partyView } from "./views.ts";

/** Stored contacts with the names of today, as lists show them. */
export async function contactRows(live: CentreLive, rows: readonly StoredContact[]): Promise<ContactRow[]> {
  await live.lookup.load(
    rows.filter((row) => row.direction === "outbound" && row.address === null).map((row) => row.calledAddressId),
    [],
  );
  return rows.map((row) => contactRow(live, row));
}

export function contactRow(live: CentreLive, row: StoredContact): ContactRow {
  const { config } = live.centre;
  const address = row.address ?? (row.direction === "outbound" ? live.lookup.address(row.calledAddressId) : null);
  // A card that was erased leaves its contacts to the number alone.
  const { customerId, customerName } = row;
  const customer = customerId === null || customerName === null ? null : { id: customerId, name: customerName };
  return {
    id: row.id,
    direction: row.direction,
    startedAt: row.startedAt,
    answeredAt: row.answeredAt,
    endedAt: row.endedAt,
    party: partyView(address, customer?.name ?? null),
    customer,
    clientName: config.current.client.some((client) => client.id === row.clientId)
      ? config.name("client", row.clientId)
      : null,
    queueName: row.queueId === null ? null : config.name("queue", row.queueId),
    number: numberOf(live, row.numberId),
    operators: operatorsOf(row).map((id) => ({ id, name: config.name("user", id) })),
    waitMs: row.waitMs,
    talkMs: row.talkMs,
    holdMs: row.holdMs,
    disposition: dispositionName(live, row),
    endCode: row.endCode,
    answered: row.answered,
    hasRecording: row.recorded,
    voicemail: row.voicemail,
  };
}

/** Everybody who talked; of a call that was not answered, who dialled it. */
function operatorsOf(row: StoredContact): readonly string[] {
  return row.operatorIds.length > 0 || row.operatorId === null ? row.operatorIds : [row.operatorId];
}

function numberOf(live: CentreLive, numberId: string | null): string | null {
  return live.centre.config.current.number.find((number) => number.id === numberId)?.number ?? null;
}

function dispositionName(live: CentreLive, row: StoredContact): string | null {
  return row.dispositionId === null ? null : resultName(live, row.queueId, row.clientId, row.dispositionId);
}

/**
 * A result's name in the contact's own queue, or in a queue of its client when it was in none or its queue has it no more.
 * Queues of other clients may call something else by the same key: then the key itself is said.
 */
function resultName(live: CentreLive, queueId: string | null, clientId: string, dispositionId: string): string {
  const { current } = live.centre.config;
  const known = [...dispositionsOf(current, queueId, clientId), ...dispositionsOf(current, null, clientId)];
  return known.find((disposition) => disposition.id === dispositionId)?.name ?? dispositionId;
}

/** A missed caller as the list shows them, with those messages that the reader may hear. */
export function missedRow(
  live: CentreLive,
  caller: MissedCaller,
  mayHear: (queueId: string | null) => boolean,
  calling: ReturnType<CallbackClaims["all"]>,
) {
  const { address, contact } = caller;
  const callingId = address === null ? undefined : calling.get(claimOf(contact.clientId, address.id));
  const row = contactRow(live, caller.contact);
  return {
    contactId: row.id,
    at: caller.lastAt,
    party: row.party,
    customer: row.customer,
    clientName: row.clientName,
    queueName: row.queueName,
    tries: caller.calls,
    waitMs: row.waitMs,
    endCode: row.endCode,
    voicemail: caller.voicemail,
    since: caller.firstAt,
    calling:
      callingId === undefined ? null : { operatorId: callingId, name: live.centre.config.name("user", callingId) },
    messages: caller.messages
      .filter((message) => mayHear(message.queueId))
      .map(({ recordingId, startedAt, durationMs }) => ({ recordingId, at: startedAt, durationMs })),
  };
}

export type Timeline = ContactDetail["timeline"];
type Params = Timeline[number]["params"];

const itemsMax = 2_000;
/** Facts that only keep the machine going tell a person nothing. */
const quiet = new Set<Fact["kind"]>([
  "configured",
  "configChanged",
  "variableSet",
  "queueSpoke",
  "waitReviewed",
  "played",
  "refused",
  "deviceReachable",
  "deviceChosen",
  "deviceMissing",
  "recovered",
]);

/** A contact's facts as lines of its history, with the names of today in their parameters. */
export async function timelineOf(
  live: CentreLive,
  entries: readonly JournalEntry[],
  contact: Pick<StoredContact, "id" | "queueId" | "clientId">,
): Promise<Timeline> {
  const contactId = contact.id;
  const lengths = lengthsOf(contactId);
  const facts = entries.flatMap((entry) => {
    const took = lengths(entry);
    return entry.facts
      .filter((fact) => !quiet.has(fact.kind) && "contactId" in fact && fact.contactId === contactId)
      .map((fact) => ({ entry, fact, took: took(fact) }));
  });
  const shown = facts.slice(0, itemsMax);
  const parameters = shown.map(({ fact }) => fact as unknown as Record<string, unknown>);
  await live.lookup.load(
    parameters.flatMap(addressesIn),
    parameters.map((fact) => text(fact.customerId)),
  );
  const context = contextOf(live, contact);
  return shown.map(({ entry, fact, took }) => ({
    at: entry.at,
    seq: entry.seq,
    kind: fact.kind,
    params: { ...paramsOf(live, contact.clientId, fact), ...context(fact), ...took },
  }));
}

/** How long the wait or the talk took that a fact ends: as its segments say, whatever an older fact holds. */
function lengthsOf(contactId: string): (entry: JournalEntry) => (fact: Fact) => Params {
  const book = emptyBook();
  const holds: ClosedSegment[] = [];
  return (entry) => {
    const closed = foldSegments(book, ofContact(entry, contactId)).flatMap((change) =>
      change.kind === "closed" ? [change.segment] : [],
    );
    holds.push(...closed.filter((segment) => segment.kind === "hold"));
    return (fact): Params => {
      if (fact.kind === "queueLeft") {
        const wait = closed.find((segment) => segment.kind === "wait");
        return wait === undefined ? {} : { waitedMs: lengthOf(wait) };
      }
      if (fact.kind !== "talkEnded") return {};
      const talk = closed.find((segment) => segment.kind === "service" && segment.operatorId === fact.operatorId);
      if (talk === undefined) return {};
      const own = holds.filter((hold) => hold.operatorId === fact.operatorId && hold.from >= talk.from);
      return { talkMs: lengthOf(talk), holdMs: own.reduce((sum, hold) => sum + lengthOf(hold), 0) };
    };
  };
}

/** What a fact means by those before it: whose leg it tells of, and in which queue a result was chosen. */
function contextOf(live: CentreLive, contact: Pick<StoredContact, "queueId" | "clientId">): (fact: Fact) => Params {
  const roles = new Map<string, string>();
  let { queueId } = contact;
  return (fact): Params => {
    switch (fact.kind) {
      case "enqueued":
        queueId = fact.queueId;
        return {};
      case "legStarted":
        roles.set(fact.legId, fact.role);
        return {};
      case "legRinging":
      case "legAnswered":
      case "legEnded": {
        const role = roles.get(fact.legId);
        return role === undefined ? {} : { role };
      }
      case "dispositionSet":
        return { disposition: resultName(live, queueId, contact.clientId, fact.dispositionId) };
      default:
        return {};
    }
  };
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function addressesIn(fact: Record<string, unknown>): (string | null)[] {
  const target = fact.target as { readonly addressId?: unknown } | undefined;
  return [text(fact.addressId), text(fact.calledAddressId), text(target?.addressId)];
}

/** The plain values of a fact; ids of things with a name are followed by the name (`queueId` by `queue`). */
function paramsOf(live: CentreLive, clientId: string, fact: Fact): Params {
  const params: Params = {};
  for (const [key, value] of Object.entries(fact as unknown as Record<string, unknown>)) {
    if (key === "kind" || key === "contactId") continue;
    if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      params[key] = value;
    const name = typeof value === "string" ? nameOf(live, clientId, key, value) : undefined;
    if (name !== undefined) params[key.replace(/Id$/, "")] = name;
  }
  if ("target" in fact) Object.assign(params, targetParams(live, fact.target));
  return params;
}

function targetParams(live: CentreLive, target: Extract<Fact, { kind: "dialStarted" }>["target"]): Params {
  if (target.kind === "operator")
    return { targetKind: "operator", target: live.centre.config.name("user", target.operatorId) };
  if (target.kind === "queue") return { targetKind: "queue", target: live.centre.config.name("queue", target.queueId) };
  return { targetKind: "outside", target: live.lookup.address(target.addressId)?.display ?? "" };
}

const kindOfKey = {
  queueId: "queue",
  clientId: "client",
  operatorId: "user",
  fromOperatorId: "user",
  consultedOperatorId: "user",
  byUserId: "user",
  hoursId: "hours",
  scenarioId: "scenario",
  trunkId: "trunk",
  numberId: "number",
  deviceId: "device",
  reasonId: "breakReason",
  callerNumberId: "number",
} as const;

function nameOf(live: CentreLive, clientId: string, key: string, id: string): string | undefined {
  const kind = (kindOfKey as Partial<Record<string, (typeof kindOfKey)[keyof typeof kindOfKey]>>)[key];
  if (kind !== undefined) return live.centre.config.name(kind, id);
  if (key === "addressId" || key === "calledAddressId") return live.lookup.address(id)?.display;
  return key === "customerId" ? live.lookup.customerOf(clientId, id)?.name : undefined;
}

export function recordingView(row: RecordingRow): ContactDetail["recordings"][number] {
  return {
    id: row.id,
    startedAt: row.startedAt,
    durationMs: row.durationMs ?? 0,
    bytes: row.bytes ?? 0,
    voicemail: row.voicemail,
    available: row.state === "closed",
  };
}
