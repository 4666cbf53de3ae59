import type { ContactEndCode, Direction, Fact, JournalEntry, Target } from "@centrala/contract";
import { emptyBook, foldSegments, ofContact, type Segment, type SegmentChange } from "@centrala/domain";
import { type Instant, LruMap } from "@centrala/kit";
import { centreScope, type Store } from "@centrala/store";

/** What screens tell of a contact beyond the core's state: how it came, what was chosen, how it ended. Folded of its facts. */
export type ContactMemory = {
  readonly id: string;
  direction: Direction;
  clientId: string;
  numberId: string | null;
  addressId: string | null;
  calledAddressId: string | null;
  customerId: string | null;
  startedAt: Instant;
  /** Who called, of an internal or outgoing call. */
  startedBy: string | null;
  dialled: Target | null;
  queueId: string | null;
  /** What took how long, in order of beginning; of very long contacts the last. */
  readonly segments: Segment[];
  readonly path: { readonly at: Instant; readonly label: string }[];
  /** Everybody who was rung or talked. */
  readonly operatorIds: Set<string>;
  dispositionId: string | null;
  endCode: ContactEndCode | null;
  endedAt: Instant | null;
  /** Notes by operator; undefined until they were read. */
  notes: Map<string, string> | undefined;
};

const contactsMax = 25_000;
const pathMax = 50;
const segmentsMax = 200;

export class ContactMemories {
  readonly #store: Store;
  readonly #centreId: string;
  readonly #contacts = new LruMap<ContactMemory>(contactsMax);

  constructor(store: Store, centreId: string) {
    this.#store = store;
    this.#centreId = centreId;
  }

  get(contactId: string): ContactMemory | undefined {
    return this.#contacts.get(contactId);
  }

  fold(entry: JournalEntry): void {
    for (const fact of entry.facts) {
      // Nobody can have written a note to a contact that starts now.
      if (fact.kind === "contactStarted")
        this.#contacts.set(fact.contactId, { ...newMemory(fact.contactId), notes: new Map() });
      if (!("contactId" in fact) || fact.contactId === null) continue;
      const memory = this.#contacts.get(fact.contactId);
      if (memory !== undefined) foldMemory(memory, fact, entry.at);
    }
  }

  /** What the figures' fold has changed in contacts that are known here. */
  take(changes: readonly SegmentChange[]): void {
    for (const change of changes) {
      const memory = "segment" in change ? this.#contacts.get(change.segment.contactId) : undefined;
      if (memory !== undefined && "segment" in change) keepSegment(memory.segments, change.segment);
    }
  }

  /** The contact's memory, folded from the journal when it began before this process; with its notes. */
  async load(contactId: string): Promise<ContactMemory | undefined> {
    const memory = this.#contacts.get(contactId) ?? (await this.#read(contactId));
    if (memory !== undefined && memory.notes === undefined) {
      const notes = await this.#store.notes.ofContact(centreScope(this.#centreId), contactId);
      memory.notes ??= new Map(notes.map((note) => [note.operatorId, note.text]));
    }
    return memory;
  }

  async #read(contactId: string): Promise<ContactMemory | undefined> {
    const entries = await this.#store.journal.readContact(this.#centreId, contactId);
    const known = this.#contacts.get(contactId);
    if (known !== undefined || entries.length === 0) return known;
    const memory = newMemory(contactId);
    const book = emptyBook();
    for (const entry of entries) {
      const own = ofContact(entry, contactId);
      for (const fact of own.facts) foldMemory(memory, fact, entry.at);
      for (const change of foldSegments(book, own))
        if ("segment" in change) keepSegment(memory.segments, change.segment);
    }
    this.#contacts.set(contactId, memory);
    return memory;
  }
}

export function newMemory(id: string): ContactMemory {
  return {
    id,
    direction: "inbound",
    clientId: "",
    numberId: null,
    addressId: null,
    calledAddressId: null,
    customerId: null,
    startedAt: 0,
    startedBy: null,
    dialled: null,
    queueId: null,
    segments: [],
    path: [],
    operatorIds: new Set(),
    dispositionId: null,
    endCode: null,
    endedAt: null,
    notes: undefined,
  };
}

export function foldMemory(memory: ContactMemory, fact: Fact, at: Instant): void {
  if ("operatorId" in fact && typeof fact.operatorId === "string") memory.operatorIds.add(fact.operatorId);
  switch (fact.kind) {
    case "contactStarted":
      memory.direction = fact.direction;
      memory.clientId = fact.clientId;
      memory.numberId = fact.numberId;
      memory.addressId = fact.addressId;
      memory.calledAddressId = fact.calledAddressId;
      memory.customerId = fact.customerId;
      memory.startedAt = at;
      memory.startedBy = fact.operatorId;
      return;
    case "dialStarted":
      memory.dialled = fact.target;
      if (fact.target.kind === "outside") memory.addressId ??= fact.target.addressId;
      return;
    case "keysEntered":
      if (fact.label !== "") remember(memory, at, fact.label);
      return;
    case "enqueued":
      memory.queueId = fact.queueId;
      return;
    case "talkStarted":
      if (fact.queueId !== null) memory.queueId = fact.queueId;
      return;
    case "customerLinked":
      memory.customerId = fact.customerId;
      return;
    case "dispositionSet":
      memory.dispositionId = fact.dispositionId;
      return;
    case "contactEnded":
      memory.endCode = fact.code;
      memory.endedAt = at;
      return;
    default:
      return;
  }
}

/** Puts a segment in the place of what it was before. */
function keepSegment(segments: Segment[], segment: Segment): void {
  const place = segments.findLastIndex((each) => each.n === segment.n);
  if (place >= 0) segments[place] = segment;
  else segments.push(segment);
  if (segments.length > segmentsMax) segments.shift();
}

/** How long the contact waited last, or has waited by now. */
export function waitedMs({ segments }: ContactMemory, now: Instant): number {
  const wait = segments.findLast((segment) => segment.kind === "wait");
  return wait === undefined ? 0 : Math.max(0, (wait.to ?? now) - wait.from);
}

/** Since when this operator talks in it; null when they do not. */
export function talkingSince({ segments }: ContactMemory, operatorId: string): Instant | null {
  const running = (segment: Segment) =>
    segment.kind === "service" && segment.operatorId === operatorId && segment.to === null;
  return segments.findLast(running)?.from ?? null;
}

function remember(memory: ContactMemory, at: Instant, label: string): void {
  if (memory.path.length < pathMax) memory.path.push({ at, label });
}
