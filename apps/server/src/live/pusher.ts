import type { TrunkState } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import type { CentreLive } from "./centre-live.ts";
import type { Stream } from "./stream.ts";
import { deskView, floorView } from "./views.ts";

export const deskEveryMs = 100;
export const floorEveryMs = 500;
const congestedRetryMs = 300;

/** Sends one tab's views when something in them changed: the desk at most every 100 ms, the floor at most every 500 ms. */
export class Pusher {
  readonly #live: CentreLive;
  readonly #stream: Stream;
  readonly #desk: Throttle;
  readonly #floor: Throttle;
  #lastDesk = "";
  #lastFloor = "";

  constructor(live: CentreLive, stream: Stream) {
    this.#live = live;
    this.#stream = stream;
    const onError = (error: unknown): void =>
      live.app.log.warn({ err: String(error) }, "a live view could not be made");
    this.#desk = new Throttle(deskEveryMs, () => this.#sendDesk(), live.app.clock, onError);
    this.#floor = new Throttle(floorEveryMs, () => this.#sendFloor(), live.app.clock, onError);
  }

  /** The desk is to be shown anew; `urgent` does not wait for its turn. */
  desk(urgent = false): void {
    if (this.#stream.desk) this.#desk.ask(urgent);
  }

  floor(urgent = false): void {
    if (this.#stream.floor) this.#floor.ask(urgent);
  }

  /** Whole views again, whatever was sent before. */
  fresh(): void {
    this.#lastDesk = "";
    this.#lastFloor = "";
    this.desk(true);
    this.floor(true);
  }

  trunks(trunks: readonly TrunkState[]): void {
    this.#stream.push({ kind: "trunks", trunks: trunks.map((trunk) => ({ ...trunk })) });
  }

  close(): void {
    this.#desk.close();
    this.#floor.close();
  }

  async #sendDesk(): Promise<void> {
    if (this.#stream.socket === null) return;
    if (this.#stream.congested) return this.#desk.later(congestedRetryMs);
    const view = await deskView(this.#live, this.#stream.operatorId, this.#live.app.clock());
    // Times of waiting run on the screen by themselves; only what else changed is worth a message.
    const text = JSON.stringify(view, (key, value: unknown) => (key === "waitedMs" ? undefined : value));
    if (text === this.#lastDesk || !this.#stream.desk) return;
    this.#lastDesk = text;
    this.#stream.push({ kind: "desk", view });
  }

  async #sendFloor(): Promise<void> {
    if (this.#stream.socket === null) return;
    if (this.#stream.congested) return this.#floor.later(congestedRetryMs);
    const view = await floorView(this.#live, this.#live.app.clock());
    const text = JSON.stringify(view);
    if (text === this.#lastFloor || !this.#stream.floor) return;
    this.#lastFloor = text;
    this.#stream.push({ kind: "floor", view });
  }
}

/** Runs something at once, then at most every so often; what is asked meanwhile is done once, at the end of the wait. */
class Throttle {
  readonly #everyMs: number;
  readonly #run: () => Promise<void>;
  readonly #clock: () => Instant;
  readonly #onError: (error: unknown) => void;
  #last: Instant = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;
  #again = false;
  #closed = false;

  constructor(everyMs: number, run: () => Promise<void>, clock: () => Instant, onError: (error: unknown) => void) {
    this.#everyMs = everyMs;
    this.#run = run;
    this.#clock = clock;
    this.#onError = onError;
  }

  ask(urgent: boolean): void {
    if (this.#running) {
      this.#again = true;
      return;
    }
    const waitMs = urgent ? 0 : Math.max(0, this.#last + this.#everyMs - this.#clock());
    if (this.#timer !== undefined) {
      if (!urgent) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    if (waitMs === 0) void this.#go();
    else this.later(waitMs);
  }

  later(ms: number): void {
    if (this.#closed || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#go();
    }, ms);
    this.#timer.unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #go(): Promise<void> {
    if (this.#closed) return;
    this.#running = true;
    this.#last = this.#clock();
    try {
      await this.#run();
    } catch (error) {
      this.#onError(error);
    }
    this.#running = false;
    if (!this.#again) return;
    this.#again = false;
    this.later(this.#everyMs);
  }
}
