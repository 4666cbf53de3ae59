import type { CentreConfig, JournalEntry } from "@centrala/contract";
import { AssertionError, assert, fail, type Instant, ok, type Result } from "@centrala/kit";
import type { AddressInput, AddressRow, BindingRow, DialogRow } from "@centrala/store";
import { StoreError } from "@centrala/store";

type Snapshot = { readonly version: number; readonly seq: number; readonly state: string };

/** What a crash leaves: the simulated database's tables, as far as the core's way touches them. */
export class Disk {
  config: CentreConfig;
  readonly dialogs = new Map<string, DialogRow>();
  readonly bindings = new Map<string, readonly BindingRow[]>();
  readonly secrets: ReadonlyMap<string, string>;
  /** By seq - 1, as JSON: nothing of a program's memory lives on in it. */
  readonly #entries: string[] = [];
  #snapshots: Snapshot[] = [];
  #epoch = 0;
  #renewedAt: Instant | null = null;
  readonly #addresses = new Map<string, AddressRow>();
  /** The lists of facts that were committed, as the program holds them: what it answers with must be among them. */
  readonly #committed = new WeakSet<object>();
  /** The addresses of contacts, which telephones show. */
  readonly #contacts = new Map<string, string | null>();

  constructor(config: CentreConfig, secrets: ReadonlyMap<string, string>) {
    this.config = config;
    this.secrets = secrets;
  }

  get entries(): readonly JournalEntry[] {
    return this.#entries.map((text) => JSON.parse(text) as JournalEntry);
  }

  get lastSeq(): number {
    return this.#entries.length;
  }

  holds(facts: object): boolean {
    return this.#committed.has(facts);
  }

  append(epoch: number, entries: readonly JournalEntry[]): void {
    if (epoch !== this.#epoch) throw new StoreError("FENCED", "another owner has the lease");
    for (const entry of entries) {
      const text = JSON.stringify(entry);
      const stored = this.#entries[entry.seq - 1];
      if (stored !== undefined && stored !== text)
        throw new StoreError("SEQ_CONFLICT", `another entry has ${entry.seq}`);
    }
    for (const entry of entries) this.#put(entry);
  }

  #put(entry: JournalEntry): void {
    const text = JSON.stringify(entry);
    if (this.#entries[entry.seq - 1] === undefined) {
      assert(entry.seq === this.#entries.length + 1, `entry ${entry.seq} follows ${this.#entries.length}`);
      this.#entries.push(text);
      for (const fact of entry.facts)
        if (fact.kind === "contactStarted") this.#contacts.set(fact.contactId, fact.addressId);
    }
    this.#committed.add(entry.facts);
  }

  entriesFrom(seq: number): readonly JournalEntry[] {
    return this.#entries.slice(Math.max(0, seq - 1)).map((text) => JSON.parse(text) as JournalEntry);
  }

  loadSnapshot(version: number): { seq: number; state: unknown } | undefined {
    const newest = this.#snapshots.findLast((snapshot) => snapshot.version === version);
    return newest === undefined ? undefined : { seq: newest.seq, state: JSON.parse(newest.state) as unknown };
  }

  saveSnapshot(version: number, seq: number, state: unknown): void {
    if (seq > this.#entries.length)
      throw new AssertionError(`a snapshot holds ${seq}, the journal ${this.#entries.length}`);
    this.#snapshots = [...this.#snapshots, { version, seq, state: JSON.stringify(state) }].slice(-3);
  }

  acquireLease(at: Instant): Result<{ readonly epoch: number; readonly renewedAt: Instant | null }, "LEASE_HELD"> {
    this.#epoch += 1;
    const lease = { epoch: this.#epoch, renewedAt: this.#renewedAt };
    this.#renewedAt = at;
    return ok(lease);
  }

  renewLease(epoch: number, at: Instant): boolean {
    if (epoch !== this.#epoch) return false;
    this.#renewedAt = at;
    return true;
  }

  /** Another server takes the centre, and is gone again. */
  fence(): void {
    this.#epoch += 1;
  }

  address(input: AddressInput): AddressRow {
    const key = input.e164 ?? input.raw;
    const known = this.#addresses.get(key);
    if (known !== undefined) return known;
    const row = { ...input, id: `address-${this.#addresses.size + 1}` };
    this.#addresses.set(key, row);
    return row;
  }

  addressById(id: string): AddressRow | undefined {
    return [...this.#addresses.values()].find((row) => row.id === id);
  }

  addressOfContact(contactId: string): Result<AddressRow | null, "UNKNOWN"> {
    const addressId = this.#contacts.get(contactId);
    if (addressId === undefined) return fail("UNKNOWN", contactId);
    return ok(addressId === null ? null : (this.addressById(addressId) ?? null));
  }
}
