export { emergencyNumbers, isEmergency } from "./address/emergency.ts";
export { type ParsedPhone, phoneText } from "./address/phone-text.ts";
export { changeOfConfig, isEmptyChange } from "./config/change.ts";
export { outgoingRule, toCoreConfig } from "./config/core-config.ts";
export { defaultConfig, type NewCentre } from "./config/default-config.ts";
export type { Problem } from "./config/problem.ts";
export { newProblems } from "./config/validate.ts";
export { knowsLeg } from "./contact/arrival.ts";
export { hoursOpen, timeZoneExists } from "./core/hours.ts";
export { limits, times } from "./core/limits.ts";
export { evolve } from "./evolve.ts";
export { type Operator, type OperatorState, operatorState } from "./operator/operator.ts";
export { askMayDial } from "./outgoing/ask.ts";
export { type Classified, classify, type DialledNumber, destinationOf } from "./outgoing/destination.ts";
export { mayDial, type OutgoingCall, type Used, type UsedBy, type Verdict } from "./outgoing/may-dial.ts";
export { type Bucket, type OutgoingState, usedBy, usedOf } from "./outgoing/usage.ts";
export { type Difference, decide, fold, Replay, replay } from "./replay.ts";
export { emptyBook, foldSegments, loadBook, ofContact, saveBook } from "./report/book.ts";
export { metrics } from "./report/metrics.ts";
export type { SegmentBook } from "./report/open.ts";
export {
  addSums,
  countWithin,
  type RollupDelta,
  type RollupKey,
  rollupDeltas,
  type Sums,
  slotMs,
  slotOf,
} from "./report/rollup.ts";
export {
  type ClosedSegment,
  type ClosedSpan,
  lengthOf,
  type OperatorSpan,
  type Segment,
  type SegmentChange,
  type SegmentKind,
  type SegmentOutcome,
} from "./report/segment.ts";
export { callerTests } from "./scenario/caller-tests.ts";
export {
  moveTrial,
  startTrial,
  type Trial,
  type TrialGiven,
  type TrialLine,
  type TrialMove,
  type TrialPlace,
} from "./scenario/trial.ts";
export { exitsOf, type ScenarioRefs, validateScenario } from "./scenario/validate.ts";
export { fromSnapshot, type JsonValue, snapshotVersion, toSnapshot } from "./snapshot.ts";
export { type CentreState, emptyState } from "./state.ts";
export { contactOf, type Decision, nextDeadline, step } from "./step.ts";
export { upcast } from "./upcast/upcast.ts";
export {
  type ContactView,
  contactViews,
  type OperatorView,
  operatorView,
  type TalkView,
} from "./views.ts";
