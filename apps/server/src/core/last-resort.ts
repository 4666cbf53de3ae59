import type { Logger } from "pino";

const windowMs = 10_000;
const perWindowMax = 100;

export type LastResortOptions = {
  readonly log: Pick<Logger, "error" | "fatal">;
  readonly elapsed: () => number;
  /** Ends the process: it makes mistakes faster than anything can be right. */
  readonly giveUp: () => void;
};

/**
 * What nobody caught: one mistake in a listener, a timer or a promise that nobody waits for must not end every call of the
 * process. It is counted and logged with its cause, and the rest goes on; a process that stumbles a hundred times in ten
 * seconds is ended, so that its supervisor starts a fresh one.
 */
export class LastResort {
  readonly #options: LastResortOptions;
  readonly counts = { uncaughtException: 0, unhandledRejection: 0 };
  #windowFrom = Number.NEGATIVE_INFINITY;
  #inWindow = 0;

  constructor(options: LastResortOptions) {
    this.#options = options;
  }

  /** From now on; gives a function that ends it. */
  install(target: Pick<NodeJS.Process, "on" | "off"> = process): () => void {
    const onException = (error: unknown): void => this.#caught("uncaughtException", error);
    const onRejection = (reason: unknown): void => this.#caught("unhandledRejection", reason);
    target.on("uncaughtException", onException);
    target.on("unhandledRejection", onRejection);
    return () => {
      target.off("uncaughtException", onException);
      target.off("unhandledRejection", onRejection);
    };
  }

  #caught(kind: keyof LastResort["counts"], error: unknown): void {
    const now = this.#options.elapsed();
    this.counts[kind] += 1;
    if (now - this.#windowFrom > windowMs) {
      this.#windowFrom = now;
      this.#inWindow = 0;
    }
    this.#inWindow += 1;
    const err = error instanceof Error ? error : new Error(String(error));
    this.#options.log.error({ err, kind }, "a mistake of ours that nobody caught; everything else goes on");
    if (this.#inWindow !== perWindowMax) return;
    this.#options.log.fatal({ within: windowMs, times: perWindowMax }, "too many mistakes at once: the process ends");
    this.#options.giveUp();
  }
}
