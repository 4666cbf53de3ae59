import type { Fact, JournalEntry } from "@centrala/contract";
import type { CentreLive } from "./centre-live.ts";

/** Whom a batch of facts concerns. */
export type Touched = {
  /** Desks to send at once: something rings, or stopped ringing. */
  readonly urgent: Set<string>;
  /** Desks whose own contact or state changed. */
  readonly operators: Set<string>;
  /** Everyone: the server was away. */
  everyone: boolean;
  readonly changed: Set<"contacts" | "missed">;
};

/** Which desks and lists have to be shown anew after these entries. */
export function touchedBy(live: CentreLive, entries: readonly JournalEntry[]): Touched {
  const touched: Touched = {
    urgent: new Set(),
    operators: new Set(),
    everyone: false,
    changed: new Set(),
  };
  for (const entry of entries) for (const fact of entry.facts) touch(live, touched, fact);
  return touched;
}

function touch(live: CentreLive, touched: Touched, fact: Fact): void {
  if (fact.kind === "recovered") touched.everyone = true;
  if ("operatorId" in fact && typeof fact.operatorId === "string") touched.operators.add(fact.operatorId);
  if (fact.kind === "offerMade" || fact.kind === "offerEnded" || fact.kind === "talkStarted")
    touched.urgent.add(fact.operatorId);
  if (fact.kind === "deviceReachable") touchOwner(live, touched, fact.deviceId);
  if (fact.kind === "contactStarted" || fact.kind === "contactEnded" || fact.kind === "recordingClosed")
    touched.changed.add("contacts");
  // A call that starts may be a missed caller's: everybody sees at once who calls back.
  if (fact.kind === "contactStarted" && fact.direction === "outbound") touched.changed.add("missed");
  if (fact.kind === "contactEnded" || (fact.kind === "talkStarted" && fact.queueId === null))
    touched.changed.add("missed");
  // What a missed caller left is heard once its file is whole, which may be after the call.
  if (fact.kind === "recordingClosed" && leftMessage(live, fact.contactId)) touched.changed.add("missed");
  if (!("contactId" in fact) || fact.contactId === null || fact.kind === "queueSpoke" || fact.kind === "waitReviewed")
    return;
  for (const operatorId of live.memories.get(fact.contactId)?.operatorIds ?? []) touched.operators.add(operatorId);
}

/** Of a contact that is no longer in memory it may be so. */
function leftMessage(live: CentreLive, contactId: string): boolean {
  const memory = live.memories.get(contactId);
  return memory === undefined || memory.endCode === "VOICEMAIL_LEFT";
}

function touchOwner(live: CentreLive, touched: Touched, deviceId: string): void {
  const owner = live.centre.core.state.config.deviceOwners.get(deviceId);
  if (owner !== undefined) touched.operators.add(owner);
}
