/** The last 64 packet indices, so that a packet counts once (RFC 3711 section 3.3.2). */
export class ReplayWindow {
  #top = -1;
  /** Bit n of these 64 stands for index `top - n`. */
  #recent = 0;
  #older = 0;

  /** True when `index` is new: ahead of all others, or among the last 64 and not yet seen. */
  isNew(index: number): boolean {
    if (index > this.#top) return true;
    const behind = this.#top - index;
    if (behind >= 64) return false;
    const bits = behind < 32 ? this.#recent : this.#older;
    return (bits & (1 << (behind & 31))) === 0;
  }

  /** Remembers an index for which {@link isNew} was true. */
  mark(index: number): void {
    if (index > this.#top) this.#advance(this.#top < 0 ? 64 : index - this.#top, index);
    const behind = this.#top - index;
    if (behind < 32) this.#recent |= 1 << behind;
    else this.#older |= 1 << (behind - 32);
  }

  #advance(by: number, top: number): void {
    if (by >= 64) {
      this.#older = 0;
      this.#recent = 0;
    } else if (by >= 32) {
      this.#older = this.#recent << (by - 32);
      this.#recent = 0;
    } else {
      this.#older = (this.#older << by) | (this.#recent >>> (32 - by));
      this.#recent <<= by;
    }
    this.#top = top;
  }
}
