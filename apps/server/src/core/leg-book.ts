import { incomingLegPrefix } from "@centrala/contract";
import { type Instant, minute } from "@centrala/kit";

/** Signalling tells a leg's messages a moment after its end; until then the leg's contact must be known. */
const keptAfterEndMs = minute;

/** An id of one centre among those of all: ids of the core are unique in their centre only. */
const idSeparator = ":";

export function globalId(centreId: string, id: string): string {
  return `${centreId}${idSeparator}${id}`;
}

type Page = { centreId: string | null; contactId: string | null; endedAt: Instant | null };

/** Whose a leg is: the centre of an incoming one (its id is no centre's own), and the contact of any. */
export class LegBook {
  readonly #clock: () => Instant;
  readonly #pages = new Map<string, Page>();
  /** In order of their ends. */
  readonly #ended = new Map<string, Page>();

  constructor(clock: () => Instant) {
    this.#clock = clock;
  }

  /** An incoming leg, whose id stands as it is in every place. */
  incoming(legId: string, centreId: string): void {
    this.#page(legId).centreId = centreId;
  }

  contact(legId: string, contactId: string): void {
    this.#page(legId).contactId = contactId;
  }

  /** A leg of a centre among those of all. */
  global(centreId: string, legId: string): string {
    // One that came in is told by its id, too: its page is gone soon after its end, and with the process.
    const cameIn = this.#pages.get(legId)?.centreId != null || legId.startsWith(incomingLegPrefix);
    return cameIn ? legId : globalId(centreId, legId);
  }

  /** Centre and own id of a global one, of a leg or of anything else; of an incoming leg its id is its own everywhere. */
  local(id: string): [string, string] {
    const owner = this.#pages.get(id)?.centreId ?? null;
    if (owner !== null) return [owner, id];
    const at = id.indexOf(idSeparator);
    return at < 0 ? ["", id] : [id.slice(0, at), id.slice(at + 1)];
  }

  contactOf(legId: string): string | null {
    return this.#pages.get(legId)?.contactId ?? null;
  }

  /** Global ids of the legs of a contact that are known still. */
  legsOf(contactId: string): readonly string[] {
    return [...this.#pages].flatMap(([legId, page]) => (page.contactId === contactId ? [legId] : []));
  }

  ended(legId: string): void {
    const page = this.#pages.get(legId);
    const now = this.#clock();
    if (page !== undefined) {
      page.endedAt = now;
      this.#ended.set(legId, page);
    }
    for (const [id, old] of this.#ended) {
      if (old.endedAt !== null && now - old.endedAt < keptAfterEndMs) break;
      this.#ended.delete(id);
      this.#pages.delete(id);
    }
  }

  #page(legId: string): Page {
    const known = this.#pages.get(legId);
    if (known !== undefined) return known;
    const page: Page = { centreId: null, contactId: null, endedAt: null };
    this.#pages.set(legId, page);
    return page;
  }
}
