import { assert } from "@centrala/kit";
import type { Contact } from "../contact/contact.ts";
import { type Operator, operatorState } from "../operator/operator.ts";
import type { Bucket } from "../outgoing/usage.ts";
import { routingClass, tierAllowed, waitKey } from "../routing/queue-index.ts";
import type { CentreState } from "../state.ts";
import { checkOpen } from "./accounts.ts";
import type { TestCentre } from "./harness.ts";

/** What must be true after every step, whatever was put in; throws with what is not. */
export function checkInvariants(centre: TestCentre): void {
  const { state } = centre;
  checkState(state, centre.at);
  for (const leg of state.legs.values()) checkLeg(centre, leg.id, leg.contactId);
  for (const { id, gone } of state.arrivals.values())
    if (gone === null) assert(centre.telephony.legs.has(id), `the core believes that ${id} arrives, which is over`);
  checkFacts(centre);
  checkPlays(centre);
  checkOpen(centre);
}

/** Music goes on for ever where the core has forgotten it. */
function checkPlays({ state, telephony }: TestCentre): void {
  for (const [playId, { legId, loop }] of telephony.plays)
    if (loop)
      assert(state.legs.get(legId)?.playId === playId, `${playId} plays to ${legId}, and the core knows nothing of it`);
}

/** What a state alone must hold; `at`: when its last step was. */
export function checkState(state: CentreState, at: number): void {
  for (const operator of state.operators.values()) checkOperator(state, operator);
  for (const contact of state.contacts.values()) checkContact(state, at, contact);
  for (const offer of state.offers.values()) {
    const work = state.operators.get(offer.operatorId)?.work;
    assert(work?.kind === "offered" && work.offerId === offer.id, "who is offered a contact is in state offered");
    assert(state.contacts.has(offer.contactId), "an offer has a contact");
  }
  for (const { id, until } of state.arrivals.values())
    assert(!state.legs.has(id) && state.deadlines.get(`arrival:${id}`) === until, "who arrives is waited for so long");
  for (const leg of state.outgoing.legs.values()) assert(state.legs.has(leg.id), "what counts is a leg that lives");
  for (const bucket of state.outgoing.buckets.values()) checkBucket(bucket);
  checkQueues(state, at);
}

function checkBucket({ atOnce, running, sinceSum, priceSum, calls, scope }: Bucket): void {
  assert(atOnce >= running && running >= 0 && calls >= 0, `${scope}: no fewer calls than go on`);
  if (running === 0) assert(sinceSum === 0 && priceSum === 0, `${scope}: nothing goes on, so nothing adds up`);
}

function checkOperator(state: CentreState, operator: Operator): void {
  assert(operatorState(operator).length > 0, "an operator has a state");
  const { work } = operator;
  if (work.kind === "offered")
    assert(state.offers.has(work.offerId), `${operator.id} is offered something that is over`);
  if (work.kind === "talking") {
    const contact = state.contacts.get(work.contactId);
    assert(contact !== undefined && takesPart(contact, operator.id), `${operator.id} talks in no contact`);
  }
  if (work.kind === "wrap-up") assert(work.until >= work.since, "wrap-up has an end");
  if (operator.headsetLegId !== null) assert(state.legs.has(operator.headsetLegId), "a headset's leg is known");
}

function takesPart(contact: Contact, operatorId: string): boolean {
  const phase = contact.phase;
  if (phase.kind === "dialling") return phase.operatorId === operatorId;
  if (phase.kind !== "talking") return false;
  return phase.parties.some((party) => party.operatorId === operatorId) || phase.consult?.operatorId === operatorId;
}

function checkContact(state: CentreState, at: number, contact: Contact): void {
  const phase = contact.phase;
  assert(phase.kind !== "between", "between two steps a contact is in a phase");
  for (const legId of contact.legIds)
    assert(state.legs.get(legId)?.contactId === contact.id, "a contact's legs are known");
  const inQueues = [...state.queues.values()].filter((queue) =>
    [...queue.waiting].some((key) => key.contactId === contact.id),
  );
  assert(inQueues.length === (phase.kind === "waiting" ? 1 : 0), "a waiting contact is in exactly one queue");
  if (phase.kind === "ringing") assert((phase.offerId !== null) !== (phase.legId !== null), "one target rings");
  if (phase.kind !== "talking") return;
  assert(phase.parties.length > 0, "in a talk there is somebody to talk with");
  for (const party of phase.parties) {
    if (party.operatorId === null) continue;
    const work = state.operators.get(party.operatorId)?.work;
    assert(work?.kind === "talking" && work.contactId === contact.id, "who is in a talk is in state talking");
    if (party.lostUntil === null) assert(state.legs.has(party.legId), "who talks has a leg");
    else
      assert(
        party.lostUntil > at || state.deadlines.get(`contact:${contact.id}`) !== undefined,
        "a lost headset is waited for so long only",
      );
  }
}

function checkLeg(centre: TestCentre, legId: string, contactId: string | null): void {
  assert(centre.telephony.legs.has(legId), `the core believes in ${legId}, which is over`);
  if (contactId !== null) assert(centre.state.contacts.has(contactId), `${legId} belongs to a contact that is over`);
}

function checkQueues(state: CentreState, at: number): void {
  for (const queue of state.queues.values()) {
    for (const key of queue.open) {
      const phase = state.contacts.get(key.contactId)?.phase;
      assert(phase?.kind === "waiting" && phase.offerId === null, "an open contact waits without an offer");
      const allowed = tierAllowed(queue, phase.since, at);
      const due = phase.reviewAt !== null && phase.reviewAt <= at;
      for (const idle of queue.available) {
        const operator = state.operators.get(idle.operatorId);
        assert(operator !== undefined && routingClass(state, operator) === "available", "the available are available");
        const missed = phase.missed.some((one) => one.operatorId === idle.operatorId && one.until > at);
        assert(missed || due || idle.tier > allowed, `${idle.operatorId} is free while ${key.contactId} waits`);
      }
    }
    for (const key of queue.waiting) {
      const contact = state.contacts.get(key.contactId);
      assert(contact?.phase.kind === "waiting", "who stands in a queue waits");
      assert(waitKey(contact, contact.phase).since === key.since, "the place in the queue is the contact's");
    }
  }
}

function checkFacts(centre: TestCentre): void {
  const { state } = centre;
  const ended = new Set<string>();
  for (const fact of centre.last.facts) {
    if (fact.kind === "refused" || !("contactId" in fact)) continue;
    const known = state.contacts.has(fact.contactId) || state.ended.has(fact.contactId) || ended.has(fact.contactId);
    assert(known, `${fact.kind} is about an unknown contact`);
    if (fact.kind === "contactEnded") ended.add(fact.contactId);
  }
}
