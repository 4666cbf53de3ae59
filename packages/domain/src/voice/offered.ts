import { assertNever } from "@centrala/kit";
import type { Contact } from "../contact/contact.ts";
import type { Draft } from "../core/draft.ts";
import type { FollowUp } from "../core/follow.ts";
import { leaveQueue } from "../routing/waiting.ts";
import { consultFailed, consultJoined } from "./consult.ts";
import { internalAnswered, internalFailed } from "./dial.ts";
import { targetFailed } from "./return.ts";
import { joinTalk } from "./talk.ts";

type FollowUpOf<K extends FollowUp["kind"]> = Extract<FollowUp, { kind: K }>;

/** An operator took the contact on this leg: what they were rung for begins. */
export function offerTaken(draft: Draft, contact: Contact, taken: FollowUpOf<"offerTaken">): void {
  const { purpose, operatorId, legId, queueId } = taken;
  switch (purpose) {
    case "queue":
      leaveQueue(draft, contact, "answered");
      return joinTalk(draft, contact, operatorId, legId, queueId);
    case "transfer":
      return joinTalk(draft, contact, operatorId, legId, queueId);
    case "consult":
      return consultJoined(draft, contact, operatorId, legId);
    case "internal":
      return internalAnswered(draft, contact, operatorId, legId);
    default:
      return assertNever(purpose);
  }
}

/** An operator did not take it. In a queue the contact keeps its place, and routing looks for somebody else. */
export function offerMissed(draft: Draft, contact: Contact, { purpose, code }: FollowUpOf<"offerMissed">): void {
  switch (purpose) {
    case "queue":
      return;
    case "transfer":
      return targetFailed(draft, contact, code);
    case "consult":
      return consultFailed(draft, contact, code);
    case "internal":
      return internalFailed(draft, contact, code);
    default:
      return assertNever(purpose);
  }
}
