import type { Instant } from "@centrala/kit";

type Item = { readonly key: string; at: Instant; place: number };

/**
 * When something of the state is due: one instant a key, in a binary heap that knows each key's place, so that setting,
 * moving and clearing a deadline cost the logarithm of their number. Ties go by key, so that every run has one order.
 */
export class Deadlines {
  readonly #heap: Item[] = [];
  readonly #items = new Map<string, Item>();

  get size(): number {
    return this.#heap.length;
  }

  /** The deadline that comes first, undefined when there is none. */
  first(): { readonly key: string; readonly at: Instant } | undefined {
    return this.#heap[0];
  }

  get(key: string): Instant | undefined {
    return this.#items.get(key)?.at;
  }

  /** Sets, moves or (with undefined) clears the deadline of a key. */
  set(key: string, at: Instant | undefined): void {
    const item = this.#items.get(key);
    if (at === undefined) {
      if (item !== undefined) this.#remove(item);
      return;
    }
    if (item === undefined) {
      const added: Item = { key, at, place: this.#heap.length };
      this.#heap.push(added);
      this.#items.set(key, added);
      this.#up(added.place);
      return;
    }
    if (item.at === at) return;
    item.at = at;
    this.#down(this.#up(item.place));
  }

  #remove(item: Item): void {
    const { place } = item;
    const last = this.#heap.length - 1;
    if (place !== last) this.#swap(place, last);
    this.#heap.pop();
    this.#items.delete(item.key);
    if (place < this.#heap.length) this.#down(this.#up(place));
  }

  #before(left: number, right: number): boolean {
    const a = this.#heap[left];
    const b = this.#heap[right];
    if (a === undefined || b === undefined) return false;
    return a.at !== b.at ? a.at < b.at : a.key < b.key;
  }

  #swap(left: number, right: number): void {
    const a = this.#heap[left];
    const b = this.#heap[right];
    if (a === undefined || b === undefined) return;
    this.#heap[left] = b;
    this.#heap[right] = a;
    b.place = left;
    a.place = right;
  }

  #up(start: number): number {
    let place = start;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#before(place, parent)) break;
      this.#swap(place, parent);
      place = parent;
    }
    return place;
  }

  #down(start: number): number {
    let place = start;
    for (;;) {
      let least = place;
      if (this.#before(2 * place + 1, least)) least = 2 * place + 1;
      if (this.#before(2 * place + 2, least)) least = 2 * place + 2;
      if (least === place) return place;
      this.#swap(place, least);
      place = least;
    }
  }
}
