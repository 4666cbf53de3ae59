import { failsForGood } from "../error.ts";
import { Narrowing, Pass, type Whose } from "./pass.ts";
import { clearStale, switchOver, takeUpRebuild } from "./rebuild-statements.ts";

const lookEveryMs = 5_000;
const restMsMin = 20;
const restMsMax = 1_000;

type Told = {
  /** There is something to do. */
  readonly wake: () => void;
  readonly failed: (error: unknown) => void;
  readonly leftOut: (error: unknown, seq: number) => void;
};

/**
 * Builds all rows again, a portion at a time between what is live, and clears what counts no more. What it has built is kept
 * with its place, so that the next start goes on from there; when it has caught up, its rows take the others' place at once.
 */
export class Rebuilding {
  readonly #whose: Whose;
  readonly #told: Told;
  readonly #narrowing = new Narrowing();
  #pass: Pass | undefined;
  /** Somebody may have asked for one. */
  #look = true;
  #stale = true;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** As long as a portion took, so that it takes half of the time at most. */
  restMs = restMsMin;

  constructor(whose: Whose, told: Told) {
    this.#whose = whose;
    this.#told = told;
  }

  /** Looks now and then whether one was asked for. */
  watch(): void {
    this.#timer = setInterval(() => {
      this.#look = true;
      this.#told.wake();
    }, lookEveryMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#pass = undefined;
  }

  hasWork(): boolean {
    return this.#look || this.#stale || this.#pass !== undefined;
  }

  left(of: number): number | null {
    return this.#pass === undefined ? null : Math.max(0, of - this.#pass.seq);
  }

  /** Does some of it. True when its rows have taken the live ones' place, which have to be loaded again. */
  async turn(live: Pass): Promise<boolean> {
    const started = performance.now();
    try {
      return await this.#portion(live);
    } catch (error) {
      this.#told.failed(error);
      const seq = failsForGood(error) ? await this.#pass?.narrow().catch(() => undefined) : undefined;
      if (seq !== undefined) this.#told.leftOut(error, seq);
      // What is in memory may be ahead of the rows. Other failures wait for the next look.
      this.#pass = undefined;
      this.#look = failsForGood(error);
      return false;
    } finally {
      this.restMs = Math.min(restMsMax, Math.max(restMsMin, performance.now() - started));
    }
  }

  async #portion(live: Pass): Promise<boolean> {
    if (this.#pass === undefined && this.#look) await this.#takeUp();
    const pass = this.#pass;
    if (pass === undefined) {
      if (this.#stale) this.#stale = await clearStale(this.#whose);
      return false;
    }
    if (pass.seq < live.seq) {
      const entries = await pass.next();
      // It was cancelled, or asked for anew.
      if (!(await pass.apply(entries.filter(({ seq }) => seq <= live.seq)))) this.#again();
      live.forget(pass.takeWritten());
      return false;
    }
    const switched = await switchOver(this.#whose, pass);
    this.#again();
    return switched;
  }

  async #takeUp(): Promise<void> {
    this.#look = false;
    if (await takeUpRebuild(this.#whose)) this.#pass = await Pass.load(this.#whose, this.#narrowing, "rebuild");
  }

  #again(): void {
    this.#pass = undefined;
    this.#look = true;
    this.#stale = true;
  }
}
