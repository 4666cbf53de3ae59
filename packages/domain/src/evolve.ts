import type { Fact } from "@centrala/contract";
import { assertNever, type Instant } from "@centrala/kit";
import { changedConfig } from "./config/change.ts";
import { foldConfigured } from "./config/fold-configured.ts";
import { foldArrived, foldCallArriving, foldCallerGone } from "./contact/arrival.ts";
import { foldContactEnded, foldContactStarted, touchContact } from "./contact/fold-contact.ts";
import { foldEnqueued, foldQueueLeft, foldQueueSpoke, foldWaitReviewed } from "./contact/fold-wait.ts";
import { foldPlayed } from "./core/legs.ts";
import {
  foldDeviceMissing,
  foldDeviceReachable,
  foldHeadsetAttached,
  foldHeadsetLost,
  foldOperatorChanged,
  foldWrapUpEnded,
  foldWrapUpStarted,
} from "./operator/fold-operator.ts";
import {
  foldOutgoingAlarm,
  foldOutgoingAnswered,
  foldOutgoingEnded,
  foldOutgoingStarted,
  turnDay,
} from "./outgoing/fold-outgoing.ts";
import { foldOfferEnded, foldOfferMade } from "./routing/fold-offer.ts";
import { touchOperator } from "./routing/touch.ts";
import { foldScenarioEntered, foldStepEntered } from "./scenario/fold-scenario.ts";
import type { CentreState } from "./state.ts";
import { foldConsultAnswered, foldConsultEnded, foldConsultStarted } from "./voice/fold-consult.ts";
import { foldReattached, foldTalkLost } from "./voice/fold-headset.ts";
import { foldLegEnded, foldLegStarted, foldRecordingStarted } from "./voice/fold-legs.ts";
import {
  foldDialStarted,
  foldHeldChanged,
  foldOutsideJoined,
  foldTalkEnded,
  foldTalkStarted,
  foldTransferred,
} from "./voice/fold-talk.ts";

/**
 * The state after one fact. It changes the given state in place and returns it: a centre's state is written by one loop
 * only, and copying twenty thousand contacts for every fact would cost more than deciding. Nothing else in the package
 * writes to a state, so folding the facts of the journal gives exactly the state that decided them.
 */
export function evolve(state: CentreState, fact: Fact, at: Instant): CentreState {
  foldFact(state, fact, at);
  if ("contactId" in fact && fact.contactId !== null) touchContact(state, fact.contactId);
  return state;
}

function foldFact(state: CentreState, fact: Fact, at: Instant): void {
  switch (fact.kind) {
    case "configured":
      return foldConfigured(state, fact.config, at);
    case "configChanged":
      return foldConfigured(state, changedConfig(state.config.core, fact.change), at);
    case "callArriving":
      return foldCallArriving(state, fact);
    case "callerGone":
      return foldCallerGone(state, fact);
    case "contactStarted":
      if (fact.customerLegId !== null) foldArrived(state, fact.customerLegId);
      return foldContactStarted(state, fact, at);
    case "legStarted":
      foldLegStarted(state, fact);
      return foldOutgoingStarted(state, fact, at);
    case "legRinging":
      return changeLeg(state, fact.legId, fact.earlyMedia ? "early" : "ringing", fact.contactId);
    case "legAnswered":
      changeLeg(state, fact.legId, "answered", fact.contactId);
      return foldOutgoingAnswered(state, fact, at);
    case "legEnded":
      foldLegEnded(state, fact);
      return foldOutgoingEnded(state, fact.legId, at);
    case "scenarioEntered":
      return foldScenarioEntered(state, fact);
    case "stepEntered":
      return foldStepEntered(state, fact);
    case "variableSet":
      return changeContact(state, fact.contactId, (contact) => {
        contact.variables[fact.name] = fact.value;
      });
    case "languageSet":
      return changeContact(state, fact.contactId, (contact) => {
        contact.language = fact.language;
      });
    case "enqueued":
      return foldEnqueued(state, fact, at);
    case "queueSpoke":
      return foldQueueSpoke(state, fact);
    case "waitReviewed":
      return foldWaitReviewed(state, fact, at);
    case "queueLeft":
      return foldQueueLeft(state, fact);
    case "offerMade":
      return foldOfferMade(state, fact, at);
    case "offerEnded":
      return foldOfferEnded(state, fact, at);
    case "talkStarted":
      return foldTalkStarted(state, fact, at);
    case "dialStarted":
      return foldDialStarted(state, fact);
    case "played":
      return foldPlayed(state, fact.legId, fact.playId);
    case "outsideJoined":
      return foldOutsideJoined(state, fact, at);
    case "heldChanged":
      return foldHeldChanged(state, fact, at);
    case "mutedChanged":
      return setMuted(state, fact);
    case "consultStarted":
      return foldConsultStarted(state, fact);
    case "consultAnswered":
      return foldConsultAnswered(state, fact, at);
    case "consultEnded":
      return foldConsultEnded(state, fact, at);
    case "transferred":
      return foldTransferred(state, fact);
    case "talkEnded":
      return foldTalkEnded(state, fact, at);
    case "wrapUpStarted":
      foldWrapUpStarted(state, fact, at);
      return touchOperator(state, fact.operatorId);
    case "wrapUpEnded":
      foldWrapUpEnded(state, fact, at);
      return touchOperator(state, fact.operatorId);
    case "recordingStarted":
      return foldRecordingStarted(state, fact);
    case "recordingPaused":
      return changeContact(state, fact.contactId, (contact) => {
        contact.recordingPaused = fact.on;
      });
    case "recordingStopped":
      return changeContact(state, fact.contactId, (contact) => {
        if (contact.recordingId === fact.recordingId) contact.recordingId = null;
        contact.recordingPaused = false;
        if (contact.phase.kind === "scenario") contact.phase.recordingId = null;
      });
    case "recordingClosed":
    case "recordingFailed":
      state.recordings.delete(fact.recordingId);
      return changeContact(state, fact.contactId, (contact) => {
        if (contact.recordingId === fact.recordingId) contact.recordingId = null;
      });
    case "contactEnded":
      return foldContactEnded(state, fact, at);
    case "dispositionSet":
      return changeContact(state, fact.contactId, (contact) => {
        contact.dispositionId = fact.dispositionId;
      });
    case "customerLinked":
      return changeContact(state, fact.contactId, (contact) => {
        contact.customerId = fact.customerId;
      });
    case "operatorChanged":
      foldOperatorChanged(state, fact, at);
      return touchOperator(state, fact.operatorId);
    case "headsetAttached":
      foldReattached(state, fact, foldHeadsetAttached(state, fact));
      return touchOperator(state, fact.operatorId);
    case "headsetLost":
      foldHeadsetLost(state, fact);
      foldTalkLost(state, fact);
      return touchOperator(state, fact.operatorId);
    case "deviceReachable":
      foldDeviceReachable(state, fact);
      return touchOperator(state, state.config.deviceOwners.get(fact.deviceId) ?? "");
    case "deviceMissing":
      foldDeviceMissing(state, fact);
      return touchOperator(state, fact.operatorId);
    case "deviceChosen": {
      const operator = state.operators.get(fact.operatorId);
      if (operator !== undefined) operator.chosen = fact.device;
      return touchOperator(state, fact.operatorId);
    }
    case "keysEntered":
      return changeContact(state, fact.contactId, (contact) => {
        if (fact.choice !== null) contact.choices.push(fact.choice);
      });
    case "outgoingAlarm":
      return foldOutgoingAlarm(state, fact, at);
    case "outgoingDayBegan":
      return turnDay(state, at);
    case "outgoingRefused":
    case "hoursTested":
    case "keysSent":
    case "refused":
    case "recovered":
      return;
    default:
      return assertNever(fact);
  }
}

type ContactOf = CentreState["contacts"] extends Map<string, infer C> ? C : never;

function changeContact(state: CentreState, contactId: string, change: (contact: ContactOf) => void): void {
  const contact = state.contacts.get(contactId);
  if (contact !== undefined) change(contact);
}

function changeLeg(state: CentreState, legId: string, to: "ringing" | "early" | "answered", contactId: string): void {
  const leg = state.legs.get(legId);
  if (leg === undefined) return;
  leg.state = to;
  if (to !== "early") return;
  changeContact(state, contactId, (contact) => {
    contact.roomOpen = true;
  });
}

function setMuted(state: CentreState, fact: Extract<Fact, { kind: "mutedChanged" }>): void {
  const contact = state.contacts.get(fact.contactId);
  if (contact?.phase.kind !== "talking") return;
  const party = contact.phase.parties.find((one) => one.operatorId === fact.operatorId);
  const { consult } = contact.phase;
  if (party !== undefined) party.muted = fact.on;
  else if (consult !== null && consult.operatorId === fact.operatorId) consult.muted = fact.on;
}
