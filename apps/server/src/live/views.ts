import type { CentreConfig, DeskView, FloorView, LiveContact, Queue } from "@centrala/contract";
import { type CentreState, metrics, type OperatorView, operatorView, type Sums } from "@centrala/domain";
import type { Instant } from "@centrala/kit";
import type { AddressRow } from "@centrala/store";
import { type Sight, sightOf } from "../accounts/sight.ts";
import type { CentreLive } from "./centre-live.ts";
import { type ContactMemory, talkingSince, waitedMs } from "./memory.ts";
import { outgoingAlarms } from "./outgoing.ts";
import { figuresNow, onDutyIn, type QueueFigures, waitingIn } from "./queue-board.ts";

type CoreContact = CentreState["contacts"] extends Map<string, infer C> ? C : never;
type CoreOperator = CentreState["operators"] extends Map<string, infer O> ? O : never;

/** How a number or its absence is shown. */
export function partyView(address: AddressRow | null, name: string | null): LiveContact["party"] {
  if (address === null) return { addressId: null, raw: null, display: name ?? "", e164: null, name };
  return { addressId: address.id, raw: address.raw, display: address.display, e164: address.e164, name };
}

/** Everything an operator's desk shows; names are read from the database only when they are not in memory. */
export async function deskView(
  live: CentreLive,
  operatorId: string,
  now: Instant,
  figures: QueueFigures = figuresNow(live.centre.core.state),
): Promise<DeskView> {
  const { state } = live.centre.core;
  const contactIds = contactsOf(state.operators.get(operatorId));
  await loadContacts(live, contactIds);
  const missedOpen = await live.missedOpen(sightOfUser(live.centre.config.current, operatorId));
  // Everything below is read in one turn of the event loop, so that the view is of one moment.
  const operator = state.operators.get(operatorId);
  const config = live.centre.config.current;
  const workId =
    operator !== undefined && (operator.work.kind === "talking" || operator.work.kind === "wrap-up")
      ? operator.work.contactId
      : null;
  const core = operatorView(state, operatorId);
  const waits = operator !== undefined && operator.work.kind !== "none" && operator.duty.state !== "available";
  return {
    operatorId,
    state: core?.state ?? "offline",
    since: core?.since ?? 0,
    breakReasonId: operator?.duty.state === "break" ? operator.duty.reasonId : null,
    stateCause: operator?.duty.cause ?? "self",
    afterCall: waits ? operator.duty.state : null,
    device: chosenDevice(state, operatorId),
    headset: operator?.headsetLegId != null ? "attached" : live.headsetsComing.has(operatorId) ? "connecting" : "none",
    phones: config.device
      .filter((device) => device.userId === operatorId)
      .map((device) => ({ id: device.id, name: device.name, reachable: state.reachableDevices.has(device.id) })),
    offer: core?.offer == null ? null : offerView(live, core.offer, operatorId, now),
    contact: workId === null ? null : liveContact(live, workId, operatorId, now),
    queues: ownQueues(config, operatorId).map((queue) => ({ ...figures.of(queue), name: queue.name })),
    today: operatorToday(live.figures.day.operator(operatorId, now)),
    missedOpen,
  };
}

function offerView(
  live: CentreLive,
  { offerId, until, purpose, fromOperatorId, contact: { contactId } }: NonNullable<OperatorView["offer"]>,
  operatorId: string,
  now: Instant,
): DeskView["offer"] {
  const contact = liveContact(live, contactId, operatorId, now);
  const from = fromOperatorId === null ? null : live.centre.config.name("user", fromOperatorId);
  return contact === null ? null : { offerId, until, contact, purpose, from };
}

function contactsOf(operator: CoreOperator | undefined): readonly string[] {
  return operator === undefined || operator.work.kind === "none" ? [] : [operator.work.contactId];
}

/** Brings memory, numbers and cards of contacts into memory. */
export async function loadContacts(live: CentreLive, contactIds: readonly string[]): Promise<void> {
  const memories: ContactMemory[] = [];
  for (const contactId of contactIds) {
    const memory = await live.memories.load(contactId);
    if (memory !== undefined) memories.push(memory);
  }
  await live.lookup.load(
    memories.flatMap((memory) => [memory.addressId ?? outboundAddress(memory), ...legAddresses(live, memory.id)]),
    memories.map((memory) => memory.customerId),
  );
}

/** Whom a running contact reaches outside: consulted, or in the conference. */
function legAddresses(live: CentreLive, contactId: string): readonly (string | null)[] {
  const { contacts, legs } = live.centre.core.state;
  return (contacts.get(contactId)?.legIds ?? []).map((legId) => legs.get(legId)?.addressId ?? null);
}

function outboundAddress(memory: ContactMemory): string | null {
  return memory.direction === "outbound" ? memory.calledAddressId : null;
}

/** A contact as an operator's desk shows it; null when nothing is known of it. */
export function liveContact(live: CentreLive, contactId: string, operatorId: string, now: Instant): LiveContact | null {
  const memory = live.memories.get(contactId);
  if (memory === undefined) return null;
  const { state } = live.centre.core;
  const config = live.centre.config.current;
  const contact = state.contacts.get(contactId);
  const operator = state.operators.get(operatorId);
  const wrapUp = operator?.work.kind === "wrap-up" && operator.work.contactId === contactId ? operator.work : null;
  const queueId = contact?.queueId ?? memory.queueId;
  return {
    id: contactId,
    direction: memory.direction,
    phase: wrapUp !== null ? "wrap-up" : phaseOf(contact),
    client: clientView(config, memory.clientId),
    queue: queueId === null ? null : { id: queueId, name: live.centre.config.name("queue", queueId) },
    number: numberView(config, memory.numberId),
    party: livePartyView(live, memory, operatorId),
    customer: customerView(live, memory),
    startedAt: memory.startedAt,
    waitedMs: waitedMs(memory, now),
    talkingSince: talkingSince(memory, operatorId),
    path: memory.path,
    ...talkView(live, contact, operatorId),
    participants: participantsOf(live, contact, memory, operatorId),
    recording: contact?.recordingId == null ? "off" : contact.recordingPaused ? "paused" : "on",
    dispositionId: contact?.dispositionId ?? memory.dispositionId,
    note: memory.notes?.get(operatorId) ?? "",
    dispositions: dispositionsOf(config, queueId, memory.clientId),
    wrapUpUntil: wrapUp?.until ?? null,
    endCode: memory.endCode,
  };
}

function talkView(
  live: CentreLive,
  contact: CoreContact | undefined,
  operatorId: string,
): Pick<LiveContact, "held" | "heldSince" | "muted" | "consult" | "conference"> {
  if (contact?.phase.kind !== "talking")
    return { held: false, heldSince: null, muted: false, consult: null, conference: false };
  const { hold, consult, parties } = contact.phase;
  return {
    held: hold !== null,
    heldSince: hold?.since ?? null,
    muted:
      parties.some((party) => party.operatorId === operatorId && party.muted) ||
      (consult?.operatorId === operatorId && consult.muted),
    consult:
      consult === null
        ? null
        : {
            with: consultName(live, consult, operatorId),
            state: consult.talking ? "talking" : "ringing",
            asked: consult.by !== operatorId,
          },
    conference: contact.direction !== "internal" && parties.length > 1,
  };
}

/** Of a conference everybody by name, the customer first. */
function participantsOf(
  live: CentreLive,
  contact: CoreContact | undefined,
  memory: ContactMemory,
  operatorId: string,
): LiveContact["participants"] {
  if (contact?.phase.kind !== "talking" || contact.direction === "internal" || contact.phase.parties.length < 2)
    return [];
  const party = livePartyView(live, memory, operatorId);
  const customer = { legId: contact.customerLegId ?? "", name: party.name ?? party.display, kind: "customer" as const };
  const others = contact.phase.parties.slice(0, participantsMax - 1).map((each) => ({
    legId: each.legId,
    name: each.operatorId === null ? outsideName(live, each.legId) : live.centre.config.name("user", each.operatorId),
    kind: each.operatorId === null ? ("outside" as const) : ("operator" as const),
    self: each.operatorId === operatorId,
  }));
  return [...(contact.customerLegId === null ? [] : [{ ...customer, self: false }]), ...others];
}

const participantsMax = 20;

function outsideName(live: CentreLive, legId: string): string {
  const addressId = live.centre.core.state.legs.get(legId)?.addressId ?? null;
  return live.lookup.address(addressId)?.display ?? "";
}

function consultName(
  live: CentreLive,
  consult: {
    readonly by: string;
    readonly target: { readonly kind: string } & Record<string, unknown>;
    readonly operatorId: string | null;
  },
  operatorId: string,
): string {
  if (consult.operatorId === operatorId) return live.centre.config.name("user", consult.by);
  if (consult.operatorId !== null) return live.centre.config.name("user", consult.operatorId);
  const { target } = consult;
  if (target.kind === "operator") return live.centre.config.name("user", String(target.operatorId));
  if (target.kind === "queue") return live.centre.config.name("queue", String(target.queueId));
  return live.lookup.address(String(target.addressId))?.display ?? "";
}

function phaseOf(contact: CoreContact | undefined): LiveContact["phase"] {
  if (contact === undefined) return "ended";
  return contact.phase.kind === "between" ? "scenario" : contact.phase.kind;
}

/** Of a call inside the house the other one is shown: whom one called, or who calls. */
function livePartyView(live: CentreLive, memory: ContactMemory, operatorId: string): LiveContact["party"] {
  if (memory.direction === "internal") {
    const other =
      memory.startedBy === operatorId
        ? memory.dialled?.kind === "operator"
          ? memory.dialled.operatorId
          : null
        : memory.startedBy;
    return partyView(null, other === null ? null : live.centre.config.name("user", other));
  }
  const customer = live.lookup.customerOf(memory.clientId, memory.customerId);
  return partyView(live.lookup.address(memory.addressId ?? outboundAddress(memory)), customer?.name ?? null);
}

function clientView(config: CentreConfig, clientId: string): LiveContact["client"] {
  const client = config.client.find((candidate) => candidate.id === clientId);
  if (client === undefined) return { id: clientId, name: clientId, colour: "#1f6f43", greeting: "" };
  return { id: client.id, name: client.name, colour: client.colour, greeting: client.greeting };
}

function numberView(config: CentreConfig, numberId: string | null): LiveContact["number"] {
  const number = config.number.find((candidate) => candidate.id === numberId);
  return number === undefined ? null : { id: number.id, number: number.number, label: number.label };
}

function customerView(live: CentreLive, { clientId, customerId }: ContactMemory): LiveContact["customer"] {
  const customer = live.lookup.customerOf(clientId, customerId);
  if (customer === null) return null;
  const phones = customer.handles.filter((handle) => handle.kind === "phone").map((handle) => handle.value);
  return { id: customer.id, name: customer.name, phones, note: customer.fields.note ?? "" };
}

/** The results an operator may choose: the queue's, or without a queue all of the client's. */
export function dispositionsOf(
  config: CentreConfig,
  queueId: string | null,
  clientId: string,
): LiveContact["dispositions"] {
  const own = config.queue.find((queue) => queue.id === queueId);
  const queues = own === undefined ? config.queue.filter((queue) => queue.clientId === clientId) : [own];
  const byId = new Map(
    queues.flatMap((queue) => queue.dispositions).map((disposition) => [disposition.id, disposition.name]),
  );
  return [...byId].map(([id, name]) => ({ id, name }));
}

function chosenDevice(state: CentreState, operatorId: string): "headset" | "phone" {
  const operator = state.operators.get(operatorId);
  if (operator?.chosen != null) return operator.chosen;
  const devices = state.config.operators.get(operatorId)?.deviceIds ?? [];
  const phoneOnly = operator?.headsetLegId == null && devices.some((deviceId) => state.reachableDevices.has(deviceId));
  return phoneOnly ? "phone" : "headset";
}

function ownQueues(config: CentreConfig, operatorId: string): readonly Queue[] {
  return config.queue.filter((queue) => queue.operators.some((member) => member.userId === operatorId));
}

function sightOfUser(config: CentreConfig, userId: string): Sight | null {
  return sightOf(config, config.user.find((user) => user.id === userId)?.roles ?? [], userId);
}

function operatorToday(sums: Sums): DeskView["today"] {
  return { contacts: sums["contacts"] ?? 0, talkMs: sums["serviceMs"] ?? 0 };
}

/** Those who came to a queue today and left it, by how: they add up to those offered. */
function queueToday(sums: Sums, withinMs: number) {
  return {
    offered: metrics.offered(sums),
    answered: metrics.answered(sums),
    abandoned: metrics.abandoned(sums),
    voicemail: metrics.voicemail(sums),
    other: metrics.other(sums),
    answeredWithin: metrics.answeredWithin(sums, withinMs),
  };
}

const waitingShownMax = 500;

/** What a supervisor sees. */
export async function floorView(live: CentreLive, now: Instant): Promise<FloorView> {
  const { state } = live.centre.core;
  const config = live.centre.config.current;
  const waitingIds = [...state.contacts.values()]
    .filter((contact) => contact.phase.kind === "waiting")
    .slice(0, waitingShownMax);
  await loadContacts(
    live,
    waitingIds.map((contact) => contact.id),
  );
  return {
    operators: config.user
      .filter((user) => user.active && state.operators.has(user.id))
      .map((user) => floorOperator(live, user.id, user.name)),
    queues: config.queue.map((queue) => floorQueue(live, queue, now)),
    waiting: waitingIds.flatMap((contact) =>
      contact.phase.kind === "waiting"
        ? [floorWaiting(live, contact.id, contact.phase.queueId, contact.phase.enteredAt)]
        : [],
    ),
    calls: state.contacts.size,
    outgoing: outgoingAlarms(live.centre, now),
    trunks: live.app.phone.trunkStates(live.centre.id).map((trunk) => ({
      id: trunk.trunkId,
      name: live.centre.config.name("trunk", trunk.trunkId),
      state: trunkSummary(trunk.health.state, trunk.registration.state),
    })),
  };
}

/** One word for a carrier's line: what it answers to OPTIONS counts first, then our registration. */
export function trunkSummary(health: "unknown" | "up" | "down", registration: string): "up" | "down" | "unknown" {
  if (registration === "refused" || registration === "unreachable") return "down";
  if (health !== "unknown") return health;
  return registration === "registered" ? "up" : "unknown";
}

function floorOperator(live: CentreLive, operatorId: string, name: string): FloorView["operators"][number] {
  const { state } = live.centre.core;
  const operator = state.operators.get(operatorId);
  const core = operatorView(state, operatorId);
  const contactId = contactsOf(operator)[0] ?? null;
  const contact = contactId === null ? undefined : state.contacts.get(contactId);
  const memory = contactId === null ? undefined : live.memories.get(contactId);
  const queueId = contact?.queueId ?? memory?.queueId ?? null;
  const clientId = contact?.clientId ?? memory?.clientId ?? null;
  const reasonId = operator?.duty.state === "break" ? operator.duty.reasonId : null;
  return {
    id: operatorId,
    name,
    state: core?.state ?? "offline",
    since: core?.since ?? 0,
    detail: reasonId === null ? null : live.centre.config.name("breakReason", reasonId),
    contactId,
    queueName: queueId === null ? null : live.centre.config.name("queue", queueId),
    clientName: clientId === null || clientId === "" ? null : live.centre.config.name("client", clientId),
    device: deviceOf(state, operatorId),
    held: contact?.phase.kind === "talking" && contact.phase.hold !== null,
  };
}

function deviceOf(state: CentreState, operatorId: string): "headset" | "phone" | "none" {
  const operator = state.operators.get(operatorId);
  const devices = state.config.operators.get(operatorId)?.deviceIds ?? [];
  const phone = devices.some((deviceId) => state.reachableDevices.has(deviceId));
  const headset = operator?.headsetLegId != null;
  if (headset && phone) return chosenDevice(state, operatorId);
  return headset ? "headset" : phone ? "phone" : "none";
}

function floorQueue(live: CentreLive, queue: Queue, now: Instant): FloorView["queues"][number] {
  const { state } = live.centre.core;
  const index = state.queues.get(queue.id);
  return {
    id: queue.id,
    name: queue.name,
    clientName: live.centre.config.name("client", queue.clientId),
    ...waitingIn(state, queue.id),
    free: index?.available.size ?? 0,
    onDuty: onDutyIn(state, queue.id),
    ...queueToday(live.figures.day.queue(queue.id, now), queue.serviceLevel.withinMs),
    target: queue.serviceLevel,
  };
}

function floorWaiting(
  live: CentreLive,
  contactId: string,
  queueId: string,
  since: Instant,
): FloorView["waiting"][number] {
  const memory = live.memories.get(contactId);
  const party =
    memory === undefined
      ? ""
      : (live.lookup.customerOf(memory.clientId, memory.customerId)?.name ??
        live.lookup.address(memory.addressId)?.display ??
        "");
  return { contactId, queueId, queueName: live.centre.config.name("queue", queueId), party, since };
}
