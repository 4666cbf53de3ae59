import type { TelephonyEvent } from "@centrala/contract";
import { type Entropy, type Instant, uuidV7 } from "@centrala/kit";

type KeysCollected = Extract<TelephonyEvent, { kind: "keysCollected" }>;

const keptMs = 10 * 60_000;
const keptMax = 10_000;

/**
 * Keys pressed at a step marked sensitive stay here, in memory, for ten minutes: the core and the journal get a reference
 * and a length. Nothing writes them to a disk or a log.
 */
export class SensitiveKeys {
  readonly #clock: () => Instant;
  readonly #entropy: Entropy;
  readonly #expected = new Set<string>();
  readonly #kept = new Map<string, { readonly keys: string; readonly until: Instant }>();

  constructor(clock: () => Instant, entropy: Entropy) {
    this.#clock = clock;
    this.#entropy = entropy;
  }

  /** The collection of this id is sensitive. */
  expect(collectId: string): void {
    this.#expected.add(collectId);
  }

  /** The event as the core may see it. */
  filter(collectId: string, event: KeysCollected): KeysCollected {
    if (!this.#expected.delete(collectId) || event.keys === null) return event;
    const reference = uuidV7(this.#clock(), this.#entropy);
    this.#forgetOld();
    this.#kept.set(reference, { keys: event.keys, until: this.#clock() + keptMs });
    return { ...event, keys: null, reference };
  }

  /** The keys behind a reference, once; undefined when they are gone. */
  take(reference: string): string | undefined {
    const kept = this.#kept.get(reference);
    this.#kept.delete(reference);
    return kept !== undefined && kept.until > this.#clock() ? kept.keys : undefined;
  }

  #forgetOld(): void {
    const now = this.#clock();
    for (const [reference, kept] of this.#kept) {
      if (kept.until > now && this.#kept.size < keptMax) break;
      this.#kept.delete(reference);
    }
  }
}
