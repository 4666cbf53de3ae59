import type { VirtualTime } from "@centrala/sim/seeded";

const linesMax = 200_000;

/** What happened in a simulated world, line by line, and the first thing that must not have. */
export class Course {
  readonly #time: VirtualTime;
  readonly lines: string[] = [];
  wrong: string | undefined;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  get nowMs(): number {
    return this.#time.elapsedMs;
  }

  say(text: string): void {
    if (this.lines.length < linesMax) this.lines.push(`${this.#time.elapsedMs.toFixed(1).padStart(10)}  ${text}`);
  }

  /** Something that must not happen. The first one counts. */
  violate(text: string): void {
    this.say(`WRONG: ${text}`);
    this.wrong ??= text;
  }
}
