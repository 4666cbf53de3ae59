import type { Input } from "@centrala/contract";
import { assertNever } from "@centrala/kit";

/** What asks for new work, and may be refused while the database is away. */
export function isNewWork(input: Input): boolean {
  return input.kind === "callArrived" || input.kind === "callArriving" || input.kind === "operatorDialled";
}

/**
 * Whether an input tells what has happened already. Such an input is taken at any time and decided until it is stored; one
 * that asks for something is refused where it can't be done, and whoever asked hears of it.
 */
export function isReport(input: Input): boolean {
  switch (input.kind) {
    case "callIdentified":
    case "legRinging":
    case "legEarlyMedia":
    case "legAnswered":
    case "legEnded":
    case "playEnded":
    case "keysCollected":
    case "recordingClosed":
    case "recordingFailed":
    case "mediaLost":
    case "legHeld":
    case "configured":
    case "configChanged":
    case "headsetAttached":
    case "headsetLost":
    case "deviceReachable":
    case "contactFailed":
    case "roomToRecord":
    case "tick":
    case "recovered":
      return true;
    case "phoneTransfer":
    case "phoneTransferTo":
    case "phoneJoin":
    case "callArrived":
    case "callArriving":
    case "operatorDialled":
    case "operatorWent":
    case "deviceChosen":
    case "offerAccepted":
    case "offerDeclined":
    case "hungUp":
    case "held":
    case "muted":
    case "partyDropped":
    case "keysSent":
    case "transferAsked":
    case "consultAsked":
    case "consultEnded":
    case "recordingPaused":
    case "dispositionSet":
    case "customerLinked":
    case "wrapUpFinished":
      return false;
    default:
      return assertNever(input);
  }
}
