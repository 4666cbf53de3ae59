import type { ContactProjection } from "../projection/contact.ts";

const contactsMax = 20_000;

/**
 * The projections of contacts that were written lately, so that a batch need not read them back. Right as long as this process is
 * the centre's only writer; forgotten whenever a commit fails or a lease begins.
 */
export class ContactCache {
  readonly #centres = new Map<string, Map<string, ContactProjection>>();

  /** The known ones of `ids`; those that are not in memory are asked of `load` in one go. */
  async require(
    centreId: string,
    ids: readonly string[],
    load: (missing: readonly string[]) => Promise<ReadonlyMap<string, ContactProjection>>,
  ): Promise<ReadonlyMap<string, ContactProjection>> {
    const known = this.#centres.get(centreId);
    const found = new Map<string, ContactProjection>();
    const missing: string[] = [];
    for (const id of ids) {
      const contact = known?.get(id);
      if (contact === undefined) missing.push(id);
      else found.set(id, contact);
    }
    if (missing.length > 0) for (const [id, contact] of await load(missing)) found.set(id, contact);
    return found;
  }

  /** Keeps the newest; the oldest written are dropped and read from the database when they change again. */
  remember(centreId: string, contacts: ReadonlyMap<string, ContactProjection>): void {
    const known = this.#centres.get(centreId) ?? new Map<string, ContactProjection>();
    this.#centres.set(centreId, known);
    for (const [id, contact] of contacts) {
      known.delete(id);
      known.set(id, contact);
    }
    for (const id of known.keys()) {
      if (known.size <= contactsMax) break;
      known.delete(id);
    }
  }

  forget(centreId: string): void {
    this.#centres.delete(centreId);
  }
}
