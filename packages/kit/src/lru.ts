/** A map that forgets what was used longest ago when it is full. */
export class LruMap<V> {
  readonly #limit: number;
  readonly #items = new Map<string, V>();

  /** @param limit how many entries are kept, 1 or more */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#items.size;
  }

  get(key: string): V | undefined {
    const value = this.#items.get(key);
    if (value !== undefined) {
      this.#items.delete(key);
      this.#items.set(key, value);
    }
    return value;
  }

  has(key: string): boolean {
    return this.#items.has(key);
  }

  set(key: string, value: V): void {
    this.#items.delete(key);
    this.#items.set(key, value);
    if (this.#items.size <= this.#limit) return;
    const [oldest] = this.#items.keys();
    if (oldest !== undefined) this.#items.delete(oldest);
  }

  /** What was used longest ago first. */
  [Symbol.iterator](): IterableIterator<[string, V]> {
    return this.#items.entries();
  }

  delete(key: string): void {
    this.#items.delete(key);
  }
}
