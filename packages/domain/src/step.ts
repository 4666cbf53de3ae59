import type { Effect, Fact, Input } from "@centrala/contract";
import { assert, assertNever, type Instant } from "@centrala/kit";
import { onConfigChanged, onConfigured } from "./config/configured.ts";
import type { Contact } from "./contact/contact.ts";
import { type Draft, emit, newDraft } from "./core/draft.ts";
import { evolve } from "./evolve.ts";
import {
  onCustomerLinked,
  onDeviceChosen,
  onDeviceReachable,
  onDispositionSet,
  onOperatorDue,
  onOperatorWent,
  onWrapUpFinished,
} from "./operator/duty.ts";
import { missOffer, onOfferAccepted, onOfferDeclined } from "./routing/offers.ts";
import { onKeysCollected, onPlayEnded, onRecordingEnded, onStepDue } from "./scenario/events.ts";
import { guarded, settle } from "./settle.ts";
import type { CentreState } from "./state.ts";
import { abandonContact, onArrivalDue, onCallArrived, onCallArriving, onCallIdentified } from "./voice/arrive.ts";
import { onConsultAsked, onConsultEnded } from "./voice/consult.ts";
import { onOperatorDialled } from "./voice/dial.ts";
import { onHeadsetAttached, onHeadsetLost } from "./voice/headset.ts";
import { onLegAnswered, onLegEnded, onLegRinging, onMediaLost } from "./voice/leg-events.ts";
import { onBucketDue, onOutgoingLegDue } from "./voice/outgoing-due.ts";
import { onLegHeld, onPhoneJoin, onPhoneTransfer, onPhoneTransferTo } from "./voice/phone-keys.ts";
import { onWaitingDue } from "./voice/queue-speech.ts";
import { onRecordingPaused, onRoomToRecord } from "./voice/recording.ts";
import { onRecovered } from "./voice/recover.ts";
import { onHeld, onHungUp, onKeysSent, onMuted, onPartyDropped, operatorLost } from "./voice/talk.ts";
import { onTransferAsked } from "./voice/transfer.ts";

export type Decision = {
  readonly facts: readonly Fact[];
  readonly effects: readonly Effect[];
  /** What was wrong when deciding failed by a bug: the contact of the input was ended, the centre goes on. */
  readonly fault: string | null;
};

/**
 * Decides one input and brings the state to what was decided: the single writer's step. The state changes at once; should
 * the entry never be committed, the shell throws the state away and folds the journal again.
 * @param seq the journal number this entry gets if it has facts; ids made here derive from it
 * @param at milliseconds since 1970, never before the previous step's
 */
export function step(state: CentreState, seq: number, at: Instant, input: Input): Decision {
  const draft = newDraft(state, seq, at, input, evolve);
  draft.about = contactOf(state, input);
  guarded(draft, () => dispatch(draft, input));
  settle(draft);
  return { facts: draft.facts, effects: draft.effects, fault: draft.fault };
}

/** The contact that an input is about, as far as the state knows; undefined for inputs about people, time, or the whole centre. */
export function contactOf(state: CentreState, input: Input): string | undefined {
  if ("contactId" in input) return input.contactId;
  if ("legId" in input && input.legId !== null) return state.legs.get(input.legId)?.contactId ?? undefined;
  if ("playId" in input) return state.plays.get(input.playId);
  if ("collectId" in input) return state.plays.get(input.collectId);
  if ("offerId" in input) return state.offers.get(input.offerId)?.contactId;
  return undefined;
}

/** When the state next needs a `tick`; undefined when it waits for nothing but inputs. */
export function nextDeadline(state: CentreState): Instant | undefined {
  return state.deadlines.first()?.at;
}

function dispatch(draft: Draft, input: Input): void {
  switch (input.kind) {
    case "configured":
      return onConfigured(draft, input);
    case "configChanged":
      return onConfigChanged(draft, input);
    case "callArrived":
      return onCallArrived(draft, input);
    case "callArriving":
      return onCallArriving(draft, input);
    case "callIdentified":
      return onCallIdentified(draft, input);
    case "operatorDialled":
      return onOperatorDialled(draft, input);
    case "operatorWent":
      return onOperatorWent(draft, input);
    case "headsetAttached":
      return onHeadsetAttached(draft, input);
    case "headsetLost":
      return onHeadsetLost(draft, input);
    case "deviceReachable":
      return onDeviceReachable(draft, input);
    case "deviceChosen":
      return onDeviceChosen(draft, input);
    case "offerAccepted":
      return onOfferAccepted(draft, input);
    case "offerDeclined":
      return onOfferDeclined(draft, input);
    case "hungUp":
      return onHungUp(draft, input);
    case "held":
      return onHeld(draft, input);
    case "muted":
      return onMuted(draft, input);
    case "partyDropped":
      return onPartyDropped(draft, input);
    case "keysSent":
      return onKeysSent(draft, input);
    case "transferAsked":
      return onTransferAsked(draft, input);
    case "consultAsked":
      return onConsultAsked(draft, input);
    case "consultEnded":
      return onConsultEnded(draft, input);
    case "recordingPaused":
      return onRecordingPaused(draft, input);
    case "dispositionSet":
      return onDispositionSet(draft, input);
    case "customerLinked":
      return onCustomerLinked(draft, input);
    case "wrapUpFinished":
      return onWrapUpFinished(draft, input);
    case "contactFailed":
      return abandonContact(draft, input.contactId, input.code);
    case "roomToRecord":
      return onRoomToRecord(draft);
    case "tick":
      return onTick(draft);
    case "recovered":
      return onRecovered(draft, input);
    case "legRinging":
      return onLegRinging(draft, input.legId, false);
    case "legEarlyMedia":
      return onLegRinging(draft, input.legId, true);
    case "legAnswered":
      return onLegAnswered(draft, input.legId, input.trunkId ?? null);
    case "legEnded":
      return onLegEnded(draft, input);
    case "playEnded":
      return onPlayEnded(draft, input);
    case "keysCollected":
      return onKeysCollected(draft, input);
    case "recordingClosed":
    case "recordingFailed":
      return onRecordingEnded(draft, input);
    case "mediaLost":
      return onMediaLost(draft, input.legId);
    case "phoneTransfer":
      return onPhoneTransfer(draft, input);
    case "phoneTransferTo":
      return onPhoneTransferTo(draft, input);
    case "phoneJoin":
      return onPhoneJoin(draft, input);
    case "legHeld":
      return onLegHeld(draft, input);
    default:
      return assertNever(input);
  }
}

/** Everything that is due, the earliest first; what follows of one may take away the next. */
function onTick(draft: Draft): void {
  for (;;) {
    const due = draft.state.deadlines.first();
    if (due === undefined || due.at > draft.at) return;
    const before = draft.facts.length;
    const key = due.key;
    guarded(draft, () => onDue(draft, key));
    settle(draft);
    assert(draft.facts.length > before || draft.state.deadlines.first()?.key !== key, `nothing came of ${key}`);
  }
}

function onDue(draft: Draft, key: string): void {
  const place = key.indexOf(":");
  const id = key.slice(place + 1);
  const { contacts, operators, offers } = draft.state;
  switch (key.slice(0, place)) {
    case "contact": {
      const contact = contacts.get(id);
      draft.about = id;
      return contact === undefined ? undefined : onContactDue(draft, contact);
    }
    case "operator": {
      const operator = operators.get(id);
      draft.about = undefined;
      return operator === undefined ? undefined : onOperatorDue(draft, operator);
    }
    case "arrival":
      draft.about = draft.state.arrivals.get(id)?.call.contactId;
      return onArrivalDue(draft, id);
    case "outgoing":
      return onBucketDue(draft, id);
    case "outgoing-leg":
      return onOutgoingLegDue(draft, id);
    case "outgoing-day":
      return emit(draft, { kind: "outgoingDayBegan" });
    default: {
      const offer = offers.get(id);
      draft.about = offer?.contactId;
      return offer === undefined ? undefined : missOffer(draft, offer, "rung-out");
    }
  }
}

function onContactDue(draft: Draft, contact: Contact): void {
  const phase = contact.phase;
  if (phase.kind === "scenario") return onStepDue(draft, contact, phase);
  if (phase.kind === "waiting") return onWaitingDue(draft, contact, phase);
  if (phase.kind !== "talking") return;
  const lost = phase.parties.find((party) => party.lostUntil !== null && party.lostUntil <= draft.at);
  if (lost?.operatorId != null) operatorLost(draft, contact, lost.operatorId);
}
