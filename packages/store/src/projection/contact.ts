import type { Fact } from "@centrala/contract";
import { type ClosedSegment, lengthOf, type Segment, type SegmentChange } from "@centrala/domain";
import type { Instant } from "@centrala/kit";
import type { ContactColumns, ContactOperatorColumns } from "../schema.ts";

/** A contact as its facts tell it: the columns that no person writes. Pure; replaying the journal gives the same again. */
export type ContactProjection = Omit<
  ContactColumns,
  "generation" | "reached_at" | "missed_closed_at" | "missed_closed_by" | "missed_close_reason"
> & { readonly operators: Readonly<Record<string, OperatorPart>> };
export type OperatorPart = Omit<ContactOperatorColumns, "contact_id" | "operator_id">;

export type ContactFact = Extract<Fact, { readonly contactId: string }>;

/** Facts that name a contact; refusals only say which contact was meant. */
export function isContactFact(fact: Fact): fact is ContactFact {
  return "contactId" in fact && fact.kind !== "refused" && typeof fact.contactId === "string";
}

/**
 * The contact after one fact; the same object when nothing changes. Facts of contacts that never started, and kinds from a newer
 * version, change nothing.
 */
export function foldContact(
  before: ContactProjection | undefined,
  at: Instant,
  fact: ContactFact,
): ContactProjection | undefined {
  if (fact.kind === "contactStarted") return before ?? startContact(at, fact);
  return before === undefined ? undefined : foldStarted(before, at, fact);
}

function startContact(at: Instant, fact: Extract<Fact, { kind: "contactStarted" }>): ContactProjection {
  return {
    id: fact.contactId,
    direction: fact.direction,
    client_id: fact.clientId,
    trunk_id: fact.trunkId,
    number_id: fact.numberId,
    address_id: fact.addressId,
    called_address_id: fact.calledAddressId,
    customer_id: fact.customerId,
    customer_leg_id: fact.customerLegId,
    language: fact.language,
    queue_id: null,
    operator_id: fact.operatorId,
    operator_ids: [],
    started_at: at,
    answered_at: null,
    ended_at: null,
    wait_ms: 0,
    talk_ms: 0,
    hold_ms: 0,
    wrap_up_ms: 0,
    offers: 0,
    disposition_id: null,
    end_code: null,
    answered: false,
    voicemail: false,
    recorded: false,
    while_closed: false,
    missed: false,
    folded: 0,
    // Whoever dials takes part, even when nobody answers.
    operators: fact.operatorId === null ? {} : { [fact.operatorId]: freshPart(at) },
  };
}

function freshPart(at: Instant): OperatorPart {
  return { started_at: at, talk_ms: 0, hold_ms: 0, wrap_up_ms: 0, wrap_up_since: null, talked: false };
}

function foldStarted(contact: ContactProjection, at: Instant, fact: ContactFact): ContactProjection {
  switch (fact.kind) {
    case "legStarted":
      return fact.role === "customer" ? { ...contact, customer_leg_id: fact.legId } : contact;
    case "legAnswered":
      return foldLegAnswered(contact, at, fact.legId);
    case "languageSet":
      return { ...contact, language: fact.language };
    case "hoursTested":
      return fact.open ? contact : { ...contact, while_closed: true };
    case "enqueued":
      return { ...contact, queue_id: fact.queueId };
    case "queueLeft":
      // A queue that lets nobody in is left without having been entered.
      return { ...contact, queue_id: fact.queueId };
    case "recordingStarted":
      return {
        ...contact,
        recorded: true,
        voicemail: contact.voicemail || fact.voicemail,
        queue_id: fact.queueId ?? contact.queue_id,
      };
    case "dispositionSet":
      return { ...contact, disposition_id: fact.dispositionId };
    case "customerLinked":
      return { ...contact, customer_id: fact.customerId };
    case "contactEnded":
      return contact.ended_at === null ? endContact(contact, at, fact) : contact;
    case "talkStarted":
      return startTalk(contact, at, fact.operatorId);
    default:
      return contact;
  }
}

/** Outgoing: the customer's answer counts. Incoming legs are answered by the scenario's first prompt, so there it is the talk. */
function foldLegAnswered(contact: ContactProjection, at: Instant, legId: string): ContactProjection {
  const counts = contact.direction === "outbound" && legId === contact.customer_leg_id;
  return counts && mayBeAnswered(contact) ? { ...contact, answered_at: at, answered: true } : contact;
}

function mayBeAnswered(contact: ContactProjection): boolean {
  return contact.answered_at === null && contact.ended_at === null;
}

function startTalk(contact: ContactProjection, at: Instant, operatorId: string): ContactProjection {
  const known = contact.operator_ids.includes(operatorId);
  // An outgoing call's operator may already sit in the room while the far end still rings.
  const first = mayBeAnswered(contact) && contact.direction !== "outbound";
  const changed: ContactProjection = {
    ...contact,
    operator_id: operatorId,
    operator_ids: known ? contact.operator_ids : [...contact.operator_ids, operatorId],
    ...(first ? { answered_at: at, answered: true } : {}),
  };
  return changeOperator(changed, operatorId, at, (part) => ({ ...part, talked: true }));
}

/** The contact after one change of its segments: every time and count of it comes from these. */
export function foldSegment(contact: ContactProjection, change: SegmentChange): ContactProjection {
  switch (change.kind) {
    case "opened":
      return openSegment(contact, change.segment);
    case "closed":
      return closeSegment(contact, change.segment);
    case "contact-closed":
      // What a crash cut off ended with the run before, not when the server came back.
      return { ...contact, missed: change.missed, ended_at: change.at };
    default:
      return contact;
  }
}

function openSegment(contact: ContactProjection, { kind, operatorId, from }: Segment): ContactProjection {
  if (kind === "offer") return { ...contact, offers: contact.offers + 1 };
  if (kind !== "wrap-up" || operatorId === null) return contact;
  return changeOperator(contact, operatorId, from, (part) => ({ ...part, wrap_up_since: from }));
}

function closeSegment(contact: ContactProjection, segment: ClosedSegment): ContactProjection {
  const { kind, operatorId } = segment;
  const ms = lengthOf(segment);
  if (kind === "wait") return { ...contact, wait_ms: contact.wait_ms + ms };
  if (operatorId === null) return contact;
  switch (kind) {
    case "service":
      return addUp(contact, operatorId, { talk_ms: ms });
    case "hold":
      return addUp(contact, operatorId, { hold_ms: ms });
    case "wrap-up": {
      const added = addUp(contact, operatorId, { wrap_up_ms: ms });
      return changeOperator(added, operatorId, contact.started_at, (part) => ({ ...part, wrap_up_since: null }));
    }
    default:
      return contact;
  }
}

type Times = Partial<Pick<OperatorPart, "talk_ms" | "hold_ms" | "wrap_up_ms">>;

/** To the contact's sums and to the operator's. */
function addUp(contact: ContactProjection, operatorId: string, times: Times): ContactProjection {
  const add = <T extends Required<Times>>(to: T): T => ({
    ...to,
    talk_ms: to.talk_ms + (times.talk_ms ?? 0),
    hold_ms: to.hold_ms + (times.hold_ms ?? 0),
    wrap_up_ms: to.wrap_up_ms + (times.wrap_up_ms ?? 0),
  });
  return changeOperator(add(contact), operatorId, contact.started_at, add);
}

function changeOperator(
  contact: ContactProjection,
  operatorId: string,
  at: Instant,
  change: (part: OperatorPart) => OperatorPart,
): ContactProjection {
  const part = change(contact.operators[operatorId] ?? freshPart(at));
  return { ...contact, operators: { ...contact.operators, [operatorId]: part } };
}

function endContact(
  contact: ContactProjection,
  at: Instant,
  fact: Extract<Fact, { kind: "contactEnded" }>,
): ContactProjection {
  return {
    ...contact,
    ended_at: at,
    end_code: fact.code,
    answered: fact.answered,
    answered_at: fact.answered ? (contact.answered_at ?? at) : null,
  };
}
