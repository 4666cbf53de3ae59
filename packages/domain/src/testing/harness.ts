import type {
  CallNumbers,
  CoreConfig,
  Effect,
  Fact,
  Input,
  JournalEntry,
  LegEndCode,
  Target,
} from "@centrala/contract";
import { journalVersion } from "@centrala/contract";
import { assert, type Instant, required } from "@centrala/kit";
import type { Contact } from "../contact/contact.ts";
import { type OperatorState, operatorState } from "../operator/operator.ts";
import { emptyBook, foldSegments } from "../report/book.ts";
import type { SegmentBook } from "../report/open.ts";
import type { ClosedSegment, SegmentChange, SegmentKind } from "../report/segment.ts";
import { type CentreState, emptyState } from "../state.ts";
import { type Decision, nextDeadline, step } from "../step.ts";
import { testConfig } from "./config.ts";
import { TestTelephony } from "./telephony.ts";

export { promptMs } from "./telephony.ts";

/** Monday, 2 November 2026, 10:00 in Sofia (08:00 UTC). */
export const monday = 1_793_606_400_000;

/** Nothing is known of who calls, and nothing of whom the flow would call. */
export const noNumbers: CallNumbers = {
  callerAddressId: null,
  calledAddressId: null,
  customerId: null,
  outsideAddressIds: {},
  outsideDestinations: {},
  callerTests: {},
};

/** A centre in virtual time with a telephony of its own: tests say what people do and read what became of it. */
export class TestCentre {
  readonly state: CentreState = emptyState();
  readonly telephony = new TestTelephony();
  readonly entries: JournalEntry[] = [];
  /** Effects of every entry, beside the journal: what a replay should ask for again. */
  readonly effects: Effect[] = [];
  /** What is open of everything that took time, and all that changed in it so far. */
  readonly book: SegmentBook = emptyBook();
  readonly changes: SegmentChange[] = [];
  at: Instant = monday;
  last: Decision = { facts: [], effects: [], fault: null };
  #names = 0;

  constructor(config: CoreConfig = testConfig()) {
    this.send({ kind: "configured", config });
  }

  /** Gives the core an input and performs what it asks for. */
  send(input: Input): Decision {
    this.telephony.see(input);
    const seq = this.entries.length + 1;
    const decision = step(this.state, seq, this.at, input);
    if (decision.fault !== null) throw new Error(`fault on ${JSON.stringify(input)}: ${decision.fault}`);
    assert(decision.facts.length > 0 || decision.effects.length === 0, "no effect without a fact");
    if (decision.facts.length > 0) {
      const entry = { seq, at: this.at, version: journalVersion, input, facts: decision.facts };
      this.entries.push(entry);
      this.changes.push(...foldSegments(this.book, entry));
    }
    for (const effect of decision.effects) {
      this.effects.push(effect);
      this.telephony.perform(this.at, effect);
    }
    this.last = decision;
    return decision;
  }

  /** Lets time pass: prompts end, deadlines come, in their order. */
  advance(durationMs: number): void {
    const end = this.at + durationMs;
    for (;;) {
      const event = this.telephony.next();
      const deadline = nextDeadline(this.state);
      const next = Math.min(event ?? Number.POSITIVE_INFINITY, deadline ?? Number.POSITIVE_INFINITY);
      if (next > end) break;
      this.at = Math.max(this.at, next);
      if (event !== undefined && event <= next) this.send(required(this.telephony.take(), "the scheduled event"));
      else this.#tick();
    }
    this.at = end;
  }

  #tick(): void {
    this.send({ kind: "tick" });
    assert((nextDeadline(this.state) ?? Number.POSITIVE_INFINITY) > this.at, "after a tick nothing is due");
  }

  name(kind: string): string {
    this.#names += 1;
    return `${kind}-${this.#names}`;
  }

  // ---- What people do ----

  /** A caller rings the hotline; gives the contact's id. Its leg is the id with "-leg" behind. */
  call(change: Partial<Extract<Input, { kind: "callArrived" }>> = {}): string {
    const contactId = change.contactId ?? this.name("call");
    this.send({
      kind: "callArrived",
      legId: `${contactId}-leg`,
      trunkId: "carrier",
      numberId: "hotline",
      ...noNumbers,
      callerAddressId: "address-caller",
      calledAddressId: "address-hotline",
      ...change,
      contactId,
    });
    return contactId;
  }

  /** A caller of whom memory knows nothing: the contact's id; its leg is the id with "-leg" behind. */
  arrive(known: Partial<CallNumbers> = {}): string {
    const contactId = this.name("call");
    const call = { contactId, legId: `${contactId}-leg`, trunkId: "carrier", numberId: "hotline" };
    this.send({ kind: "callArriving", ...call, known: { ...noNumbers, ...known } });
    return contactId;
  }

  identify(contactId: string, found: Partial<CallNumbers> = {}): Decision {
    return this.send({ kind: "callIdentified", contactId, legId: `${contactId}-leg`, ...noNumbers, ...found });
  }

  /** An operator opens the desk and is available. */
  online(...operatorIds: string[]): void {
    for (const operatorId of operatorIds) {
      this.headset(operatorId);
      this.go(operatorId, "available");
    }
  }

  headset(operatorId: string): string {
    const legId = this.name(`${operatorId}-headset`);
    this.send({ kind: "headsetAttached", operatorId, legId });
    return legId;
  }

  go(operatorId: string, to: "available" | "break" | "offline", reasonId: string | null = null): Decision {
    return this.send({ kind: "operatorWent", operatorId, to, reasonId, byUserId: null });
  }

  accept(operatorId: string): Decision {
    return this.send({ kind: "offerAccepted", offerId: this.offerOf(operatorId), operatorId });
  }

  decline(operatorId: string): Decision {
    return this.send({ kind: "offerDeclined", offerId: this.offerOf(operatorId), operatorId });
  }

  hangUp(contactId: string, operatorId: string): Decision {
    return this.send({ kind: "hungUp", contactId, operatorId });
  }

  /** The far end of a leg goes; by default it hangs up. */
  legEnds(legId: string, code: LegEndCode = "HUNG_UP"): Decision {
    return this.send({ kind: "legEnded", legId, code, sipStatus: null });
  }

  legAnswers(legId: string): Decision {
    return this.send({ kind: "legAnswered", legId });
  }

  hold(contactId: string, operatorId: string, on: boolean): Decision {
    return this.send({ kind: "held", contactId, operatorId, on });
  }

  transfer(contactId: string, operatorId: string, target: Target): Decision {
    return this.send({ kind: "transferAsked", contactId, operatorId, target });
  }

  consult(contactId: string, operatorId: string, target: Target): Decision {
    return this.send({ kind: "consultAsked", contactId, operatorId, target });
  }

  endConsult(contactId: string, operatorId: string, as: "transfer" | "return" | "conference"): Decision {
    return this.send({ kind: "consultEnded", contactId, operatorId, as });
  }

  dial(operatorId: string, target: Target, legId: string | null = null): string {
    const contactId = this.name("dialled");
    const fixed = { clientId: "shop", callerNumberId: null, customerId: null } as const;
    this.send({ kind: "operatorDialled", contactId, operatorId, legId, target, ...fixed });
    return contactId;
  }

  /** The caller presses keys that the contact's running step waits for. */
  press(contactId: string, keys: string, reference: string | null = null): Decision {
    const shown = reference === null ? keys : null;
    const fixed = { kind: "keysCollected", outcome: "keys", length: keys.length } as const;
    return this.send({ ...fixed, collectId: this.collectOf(contactId), keys: shown, reference });
  }

  pressNothing(contactId: string): Decision {
    const fixed = { kind: "keysCollected", outcome: "timeout", keys: null, reference: null, length: 0 } as const;
    return this.send({ ...fixed, collectId: this.collectOf(contactId) });
  }

  /** An operator who talks: online, called and accepted. */
  talk(operatorId = "anna"): string {
    this.online(operatorId);
    const contactId = this.call();
    this.accept(operatorId);
    return contactId;
  }

  // ---- What became of it ----

  /** The closed segments of a contact of these kinds, in order of ending. */
  segments(contactId: string, ...kinds: SegmentKind[]): ClosedSegment[] {
    const closed = this.changes.flatMap((change) => (change.kind === "closed" ? [change.segment] : []));
    return closed.filter((segment) => segment.contactId === contactId && kinds.includes(segment.kind));
  }

  contact(contactId: string): Contact {
    return required(this.state.contacts.get(contactId), `contact ${contactId}`);
  }

  stateOf(operatorId: string): OperatorState {
    return operatorState(required(this.state.operators.get(operatorId), operatorId));
  }

  offerOf(operatorId: string): string {
    const work = required(this.state.operators.get(operatorId), operatorId).work;
    assert(work.kind === "offered", `${operatorId} is not rung`);
    return work.offerId;
  }

  headsetOf(operatorId: string): string {
    return required(this.state.operators.get(operatorId)?.headsetLegId, `${operatorId}'s headset`);
  }

  collectOf(contactId: string): string {
    const phase = this.contact(contactId).phase;
    assert(phase.kind === "scenario" && phase.collectId !== null, `${contactId} waits for no keys`);
    return phase.collectId;
  }

  /** All facts of the journal of these kinds, in order; of all kinds when none is named. */
  facts<K extends Fact["kind"]>(...kinds: K[]): Extract<Fact, { kind: K }>[] {
    const all = this.entries.flatMap((entry) => entry.facts);
    return all.filter((fact): fact is Extract<Fact, { kind: K }> => (kinds as string[]).includes(fact.kind));
  }

  /** The kinds of the last decision's facts, for tests that state an order. */
  get kinds(): string[] {
    return this.last.facts.map((fact) => fact.kind);
  }

  asked<K extends Effect["kind"]>(...kinds: K[]): Extract<Effect, { kind: K }>[] {
    return this.effects.filter((effect): effect is Extract<Effect, { kind: K }> =>
      (kinds as string[]).includes(effect.kind),
    );
  }

  /** How a contact ended; undefined while it runs. */
  endOf(contactId: string): string | undefined {
    return this.facts("contactEnded").find((fact) => fact.contactId === contactId)?.code;
  }
}
