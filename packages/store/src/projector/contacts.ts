import { LruMap } from "@centrala/kit";
import type { Db } from "../database.ts";
import type { ContactProjection } from "../projection/contact.ts";
import { readProjections } from "../projection/write.ts";

const contactsMax = 10_000;

/** The contacts that were folded lately; the others are taken as their rows have them. */
export class KnownContacts {
  readonly #db: Db;
  readonly #centreId: string;
  readonly #contacts = new LruMap<ContactProjection>(contactsMax);

  constructor(db: Db, centreId: string) {
    this.#db = db;
    this.#centreId = centreId;
  }

  async require(ids: readonly string[]): Promise<ReadonlyMap<string, ContactProjection>> {
    const found = new Map<string, ContactProjection>();
    const missing: string[] = [];
    for (const id of ids) {
      const contact = this.#contacts.get(id);
      if (contact === undefined) missing.push(id);
      else found.set(id, contact);
    }
    if (missing.length === 0) return found;
    const read = await this.#db.transact(this.#centreId, (client) => readProjections(client, this.#centreId, missing));
    for (const [id, contact] of read) found.set(id, contact);
    return found;
  }

  remember(contacts: ReadonlyMap<string, ContactProjection>): void {
    for (const [id, contact] of contacts) this.#contacts.set(id, contact);
  }

  forget(ids: readonly string[]): void {
    for (const id of ids) this.#contacts.delete(id);
  }
}
