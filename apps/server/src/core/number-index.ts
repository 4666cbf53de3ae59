import type { ExternalNumber } from "@centrala/contract";

/** One line's numbers by each way a carrier may write them; of equal ones the first. */
type Line = {
  readonly written: Map<string, ExternalNumber>;
  readonly digits: Map<string, ExternalNumber>;
  readonly international: Map<string, ExternalNumber>;
};

/**
 * A centre's numbers, found by line and dialled text in constant time. What carriers usually send is there at once; the
 * international forms take a moment each to be read, so `warm` reads them a few at a time before they are asked for.
 */
export class NumberIndex {
  readonly #numbers: readonly ExternalNumber[];
  readonly #international: (raw: string, trunkId: string) => string | null;
  readonly #lines = new Map<string, Line>();
  #read = 0;

  constructor(numbers: readonly ExternalNumber[], international: (raw: string, trunkId: string) => string | null) {
    this.#numbers = numbers;
    this.#international = international;
    for (const number of numbers) {
      const { trunkId } = number;
      const line = this.#lines.get(trunkId) ?? { written: new Map(), digits: new Map(), international: new Map() };
      this.#lines.set(trunkId, line);
      keepFirst(line.written, number.number, number);
      keepFirst(line.digits, digitsOf(number.number), number);
    }
  }

  find(trunkId: string, called: string): ExternalNumber | undefined {
    const line = this.#lines.get(trunkId);
    if (line === undefined) return undefined;
    const written = line.written.get(called) ?? line.digits.get(digitsOf(called));
    if (written !== undefined) return written;
    this.warm(this.#numbers.length);
    return line.international.get(this.#international(called, trunkId) ?? "");
  }

  /** Reads so many more numbers. @returns true while there are some left */
  warm(count: number): boolean {
    for (const number of this.#numbers.slice(this.#read, this.#read + count)) {
      const international = this.#international(number.number, number.trunkId) ?? "";
      keepFirst(this.#lines.get(number.trunkId)?.international, international, number);
    }
    this.#read = Math.min(this.#numbers.length, this.#read + count);
    return this.#read < this.#numbers.length;
  }
}

function digitsOf(text: string): string {
  return text.replace(/\D/g, "");
}

function keepFirst(map: Map<string, ExternalNumber> | undefined, key: string, number: ExternalNumber): void {
  if (map !== undefined && key !== "" && !map.has(key)) map.set(key, number);
}
