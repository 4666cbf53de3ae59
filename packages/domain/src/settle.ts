import { assert, assertNever } from "@centrala/kit";
import type { Contact } from "./contact/contact.ts";
import type { Draft } from "./core/draft.ts";
import type { FollowUp } from "./core/follow.ts";
import { matchTouched } from "./routing/match.ts";
import { missOffer } from "./routing/offers.ts";
import { enterScenario, enterStep, waitOver } from "./scenario/run.ts";
import { abandonContact, ringUnanswered } from "./voice/arrive.ts";
import { offerMissed, offerTaken } from "./voice/offered.ts";
import { targetFailed } from "./voice/return.ts";

/**
 * Decides everything that follows, until nothing does: first what was said to follow, each thing with all that follows of
 * it in turn before the next, and when nothing is left who may be rung for whom.
 */
export function settle(draft: Draft): void {
  const waiting: FollowUp[] = [];
  do {
    for (;;) {
      // Taken from the end, so that what was said first lies on top.
      for (let next = draft.follows.pop(); next !== undefined; next = draft.follows.pop()) waiting.push(next);
      const followUp = waiting.pop();
      if (followUp === undefined) break;
      guarded(draft, () => decideFollowUp(draft, followUp));
    }
    guarded(draft, () => matchTouched(draft));
  } while (draft.follows.length > 0);
  assert(waiting.length === 0, "a step ends when nothing follows any more");
}

/** A bug ends the one call it happened in. Without a call to end there is nothing to save: the shell stops the centre. */
export function guarded(draft: Draft, decide: () => void): void {
  try {
    decide();
  } catch (error) {
    draft.fault ??= error instanceof Error ? error.message : "unknown";
    const { about } = draft;
    assert(about !== undefined, `a step failed apart from any contact: ${draft.fault}`);
    abandonContact(draft, about);
  }
}

function decideFollowUp(draft: Draft, followUp: FollowUp): void {
  const contact = draft.state.contacts.get(followUp.contactId);
  if (contact === undefined) return;
  draft.about = contact.id;
  decideOf(draft, contact, followUp);
}

function decideOf(draft: Draft, contact: Contact, followUp: FollowUp): void {
  switch (followUp.kind) {
    case "offerTaken":
      return offerTaken(draft, contact, followUp);
    case "offerMissed":
      return offerMissed(draft, contact, followUp);
    case "offerLeft": {
      const offer = draft.state.offers.get(followUp.offerId);
      return offer === undefined ? undefined : missOffer(draft, offer, "declined");
    }
    case "targetFailed":
      return targetFailed(draft, contact, followUp.code);
    case "waitOver":
      return waitOver(draft, contact, followUp.stepId);
    case "stepReached":
      return enterStep(draft, contact, followUp.stepId);
    case "scenarioReached":
      return enterScenario(draft, contact, followUp.scenarioId);
    case "callStarted":
      return ringUnanswered(draft, contact.id, followUp.legId);
    default:
      return assertNever(followUp);
  }
}
