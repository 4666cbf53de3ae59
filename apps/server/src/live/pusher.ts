import type { CentreLive } from "./centre-live.ts";
import { deskShown, type QueueBoard } from "./queue-board.ts";
import type { Stream } from "./stream.ts";
import { Throttle } from "./throttle.ts";
import { deskView } from "./views.ts";

const deskEveryMs = 100;
const congestedRetryMs = 300;

/** Sends one tab's desk when something in it changed, at most every 100 ms. */
export class Pusher {
  readonly #live: CentreLive;
  readonly #stream: Stream;
  readonly #queues: QueueBoard;
  readonly #desk: Throttle;
  #lastDesk = "";

  constructor(live: CentreLive, stream: Stream, queues: QueueBoard) {
    this.#live = live;
    this.#stream = stream;
    this.#queues = queues;
    const onError = (error: unknown): void =>
      live.app.log.warn({ err: String(error) }, "a live view could not be made");
    this.#desk = new Throttle(deskEveryMs, () => this.#sendDesk(), live.app.clock, onError);
  }

  /** The desk is to be shown anew; `urgent` does not wait for its turn. */
  desk(urgent = false): void {
    if (this.#stream.desk) this.#desk.ask(urgent);
  }

  /** The whole view again, whatever was sent before. */
  fresh(): void {
    this.#lastDesk = "";
    this.desk(true);
  }

  close(): void {
    this.#desk.close();
  }

  async #sendDesk(): Promise<void> {
    if (this.#stream.socket === null) return;
    if (this.#stream.congested) return this.#desk.later(congestedRetryMs);
    const view = await deskView(this.#live, this.#stream.operatorId, this.#live.app.clock(), this.#queues);
    const shown = deskShown(view);
    if (shown === this.#lastDesk || !this.#stream.desk) return;
    this.#lastDesk = shown;
    this.#stream.tell({ kind: "desk", view });
  }
}
