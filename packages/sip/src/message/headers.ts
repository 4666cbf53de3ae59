import { splitOutside } from "./chars.ts";
import { canonicalName, isListName } from "./names.ts";

/**
 * The header fields of one message in the order of the wire. Names are given in any case or compact form and kept in
 * lower-case long form; a line that carries a list is split only when somebody asks for its values.
 */
export class Headers {
  readonly #names: string[] = [];
  readonly #values: string[] = [];

  constructor(entries: Iterable<readonly [string, string]> = []) {
    for (const [name, value] of entries) this.append(name, value);
  }

  /** How many header lines there are. */
  get size(): number {
    return this.#names.length;
  }

  /** The first value, unfolded and trimmed. */
  get(name: string): string | undefined {
    const canonical = canonicalName(name);
    const at = this.#names.indexOf(canonical);
    if (at < 0) return undefined;
    const value = this.#values[at] ?? "";
    return value.indexOf(",") >= 0 && isListName(canonical) ? splitList(value)[0] : value;
  }

  /** Every value in order; lists are split at commas outside quotes and angle brackets. */
  getAll(name: string): readonly string[] {
    const canonical = canonicalName(name);
    const list = isListName(canonical);
    const values: string[] = [];
    for (let at = this.#names.indexOf(canonical); at >= 0; at = this.#names.indexOf(canonical, at + 1)) {
      const value = this.#values[at] ?? "";
      if (list && value.indexOf(",") >= 0) values.push(...splitList(value));
      else values.push(value);
    }
    return values;
  }

  /** How many lines carry this name, a list counting as one. */
  count(name: string): number {
    const canonical = canonicalName(name);
    let lines = 0;
    for (let at = this.#names.indexOf(canonical); at >= 0; at = this.#names.indexOf(canonical, at + 1)) lines += 1;
    return lines;
  }

  /** Replaces all values by one, at the place of the first. */
  set(name: string, value: string): void {
    const canonical = canonicalName(name);
    const at = this.#names.indexOf(canonical);
    if (at < 0) {
      this.append(canonical, value);
      return;
    }
    this.#values[at] = oneLine(value);
    this.#deleteFrom(canonical, at + 1);
  }

  /** Replaces all values by these, at the place of the first. */
  setAll(name: string, values: readonly string[]): void {
    const canonical = canonicalName(name);
    const first = this.#names.indexOf(canonical);
    const at = first < 0 ? this.#names.length : first;
    this.#deleteFrom(canonical, at);
    this.#names.splice(at, 0, ...values.map(() => canonical));
    this.#values.splice(at, 0, ...values.map(oneLine));
  }

  /** Adds a value after the existing ones of this name, or at the end when there is none. */
  append(name: string, value: string): void {
    const canonical = canonicalName(name);
    const last = this.#names.lastIndexOf(canonical);
    if (last < 0 || last === this.#names.length - 1) {
      this.#names.push(canonical);
      this.#values.push(oneLine(value));
      return;
    }
    this.#names.splice(last + 1, 0, canonical);
    this.#values.splice(last + 1, 0, oneLine(value));
  }

  /** Adds a value before the existing ones of this name, or at the top when there is none (Via, Record-Route). */
  prepend(name: string, value: string): void {
    const canonical = canonicalName(name);
    const at = Math.max(0, this.#names.indexOf(canonical));
    this.#names.splice(at, 0, canonical);
    this.#values.splice(at, 0, oneLine(value));
  }

  /** Adds a line at the end as it was received; the parser's way in, `canonical` must be canonical. */
  push(canonical: string, value: string): void {
    this.#names.push(canonical);
    this.#values.push(value);
  }

  delete(name: string): void {
    this.#deleteFrom(canonicalName(name), 0);
  }

  /** Removes the first value; the other values of the same line stay. */
  deleteFirst(name: string): void {
    const canonical = canonicalName(name);
    const at = this.#names.indexOf(canonical);
    if (at < 0) return;
    const rest = isListName(canonical) ? splitList(this.#values[at] ?? "").slice(1) : [];
    if (rest.length > 0) {
      this.#values[at] = rest.join(", ");
      return;
    }
    this.#names.splice(at, 1);
    this.#values.splice(at, 1);
  }

  has(name: string): boolean {
    return this.#names.indexOf(canonicalName(name)) >= 0;
  }

  /** Every line as [canonical name, value], lists not split. */
  *entries(): IterableIterator<readonly [string, string]> {
    for (let index = 0; index < this.#names.length; index += 1) yield [this.nameAt(index), this.valueAt(index)];
  }

  /** The canonical name of line `index`, from 0 to size - 1. */
  nameAt(index: number): string {
    return this.#names[index] ?? "";
  }

  /** The value of line `index`, from 0 to size - 1. */
  valueAt(index: number): string {
    return this.#values[index] ?? "";
  }

  clone(): Headers {
    const copy = new Headers();
    for (let index = 0; index < this.#names.length; index += 1) copy.push(this.nameAt(index), this.valueAt(index));
    return copy;
  }

  #deleteFrom(canonical: string, from: number): void {
    for (let at = this.#names.indexOf(canonical, from); at >= 0; at = this.#names.indexOf(canonical, at)) {
      this.#names.splice(at, 1);
      this.#values.splice(at, 1);
    }
  }
}

/** A value on one line: a line break in a value would let its author add headers of his own. */
function oneLine(value: string): string {
  if (value.indexOf("\n") < 0 && value.indexOf("\r") < 0) return value.trim();
  return value.replaceAll("\r", " ").replaceAll("\n", " ").trim();
}

/** The values of a list; a comma too many makes none. */
function splitList(value: string): string[] {
  return splitOutside(value, ",").filter((part) => part !== "");
}
