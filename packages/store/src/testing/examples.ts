import {
  type Centre,
  centreSchema,
  type Fact,
  type Input,
  type JournalEntry,
  journalVersion,
} from "@centrala/contract";

export const exampleCentre: Centre = centreSchema.parse({
  name: "Example",
  kind: "in-house",
  country: "BG",
  timeZone: "Europe/Sofia",
  language: "bg",
  recordingNotice: true,
  recordCalls: true,
  recordingRetentionDays: 90,
});

export function entry(seq: number, at: number, facts: readonly Fact[], input: Input = { kind: "tick" }): JournalEntry {
  return { seq, at, version: journalVersion, input, facts };
}

/** The facts of an incoming call up to its arrival. */
export function started(contactId: string, changes: Partial<Extract<Fact, { kind: "contactStarted" }>> = {}): Fact {
  return {
    kind: "contactStarted",
    contactId,
    direction: "inbound",
    clientId: "acme",
    trunkId: "carrier",
    numberId: "main",
    addressId: null,
    calledAddressId: null,
    customerId: null,
    customerLegId: `${contactId}-leg`,
    operatorId: null,
    language: "en",
    outsideAddressIds: {},
    outsideDestinations: {},
    callerTests: {},
    ...changes,
  };
}
