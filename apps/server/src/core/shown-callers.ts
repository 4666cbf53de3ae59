import { LruMap } from "@centrala/kit";

/** What the telephones of operators show of a caller. */
export type ShownCaller = {
  readonly number: string;
  readonly name: string;
  /** The customer that the name is of. */
  readonly customerId: string | null;
};

const callersMax = 10_000;

/** Callers as they were looked up when they arrived, so that an offer need not ask the database again while nobody rings yet. */
export class ShownCallers {
  readonly #callers = new LruMap<ShownCaller>(callersMax);

  arrived(centreId: string, contactId: string, caller: ShownCaller): void {
    this.#callers.set(centreId + contactId, caller);
  }

  /** Undefined when not known here, or when the contact has another customer by now. */
  get(centreId: string, contactId: string, customerId: string | null): ShownCaller | undefined {
    const caller = this.#callers.get(centreId + contactId);
    return caller?.customerId === customerId ? caller : undefined;
  }
}
