/** Thrown, and caught again inside this package, when the data ends in the middle or cannot be what it says. */
export class BitsEnd extends Error {}

/** Reads numbers of any width, the highest bit first. */
export class BitReader {
  readonly #bytes: Uint8Array;
  /** In bits from the start. */
  #at: number;

  constructor(bytes: Uint8Array, byteOffset = 0) {
    this.#bytes = bytes;
    this.#at = byteOffset * 8;
  }

  /** The byte that is read next; only between whole bytes. */
  get byteOffset(): number {
    return this.#at >> 3;
  }

  /** @param count 0 to 32 @throws BitsEnd */
  read(count: number): number {
    if (this.#at + count > this.#bytes.length * 8) throw new BitsEnd();
    let value = 0;
    for (let left = count; left > 0; ) {
      const inByte = 8 - (this.#at & 7);
      const take = Math.min(left, inByte);
      const part = ((this.#bytes[this.#at >> 3] as number) >> (inByte - take)) & ((1 << take) - 1);
      value = value * (1 << take) + part;
      this.#at += take;
      left -= take;
    }
    return value;
  }

  /** Two's complement. */
  readSigned(count: number): number {
    const value = this.read(count);
    return count > 0 && value >= 2 ** (count - 1) ? value - 2 ** count : value;
  }

  /** Zeros up to the next one, which is passed over. @throws BitsEnd */
  readUnary(): number {
    let zeros = 0;
    for (;;) {
      const byte = this.#bytes[this.#at >> 3];
      if (byte === undefined) throw new BitsEnd();
      const rest = (byte << (this.#at & 7)) & 0xff;
      if (rest === 0) {
        zeros += 8 - (this.#at & 7);
        this.#at += 8 - (this.#at & 7);
        continue;
      }
      const run = Math.clz32(rest) - 24;
      this.#at += run + 1;
      return zeros + run;
    }
  }

  toWholeByte(): void {
    this.#at = (this.#at + 7) & ~7;
  }
}
