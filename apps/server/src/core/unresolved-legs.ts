import type { TelephonyEvent } from "@centrala/contract";

/**
 * Legs about which something is still being looked up: who an incoming call is for, or what number an outgoing one dials.
 * What happens to them meanwhile waits, so that nothing overtakes: a caller who is gone is not queued after the end, a call
 * that was hung up is not dialled afterwards. One entry a leg, for as long as its lookup runs.
 */
export class UnresolvedLegs {
  readonly #arriving = new Map<string, TelephonyEvent[]>();
  readonly #dialling = new Set<string>();

  /** Runs the lookup of an incoming leg; what was told of it meanwhile is told afterwards. */
  async arriving(legId: string, lookup: () => Promise<void>, tell: (event: TelephonyEvent) => void): Promise<void> {
    this.#arriving.set(legId, []);
    try {
      await lookup();
    } finally {
      const events = this.#arriving.get(legId) ?? [];
      this.#arriving.delete(legId);
      for (const event of events) tell(event);
    }
  }

  isArriving(legId: string): boolean {
    return this.#arriving.has(legId);
  }

  /** True when the event waits for the lookup of its leg. */
  holds(legId: string, event: TelephonyEvent): boolean {
    const events = this.#arriving.get(legId);
    // A leg that arrives can ring, be cancelled and little else; the first end is what counts.
    if (events !== undefined && events.length < 16) events.push(event);
    return events !== undefined;
  }

  /** Dials once `lookup` is through, unless the leg was dropped meanwhile. Rejects as `lookup` does, a dropped leg's apart. */
  async dialling<T>(legId: string, lookup: Promise<T>, dial: (ready: T) => void): Promise<void> {
    this.#dialling.add(legId);
    try {
      const ready = await lookup;
      if (this.#dialling.has(legId)) dial(ready);
    } catch (error) {
      if (this.#dialling.has(legId)) throw error;
    } finally {
      this.#dialling.delete(legId);
    }
  }

  /** True when the leg was not dialled yet, and now never will be. */
  dropped(legId: string): boolean {
    return this.#dialling.delete(legId);
  }

  /** All legs that are being looked up. */
  *ids(): Iterable<string> {
    yield* this.#arriving.keys();
    yield* this.#dialling;
  }
}
