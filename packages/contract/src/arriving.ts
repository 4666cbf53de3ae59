import type { Destination } from "./outgoing.ts";

/** A call on a line: the contact it becomes, and the number of the centre's that was called. */
export type ArrivingCall = {
  readonly contactId: string;
  readonly legId: string;
  readonly trunkId: string;
  readonly numberId: string;
};

/** What the shell looks up of a call's numbers, so that none of them stands in the journal. */
export type CallNumbers = {
  readonly callerAddressId: string | null;
  readonly calledAddressId: string | null;
  readonly customerId: string | null;
  /** Addresses of the scenario's outside transfer targets, by number as written there. */
  readonly outsideAddressIds: Readonly<Record<string, string>>;
  /** Where those numbers lead, by number as well. */
  readonly outsideDestinations: Readonly<Record<string, Destination>>;
  /** What the scenario's tests of `caller` and `called` come to, by step: numbers are not known to the core. */
  readonly callerTests: Readonly<Record<string, boolean>>;
};
