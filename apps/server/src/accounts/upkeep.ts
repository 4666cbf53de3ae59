import type { App } from "../app.ts";
import { sessionTtlMs } from "./access.ts";

const everyMs = 30_000;

/** Twice a minute: when sessions and tokens were used is written down, and those that ended elsewhere are forgotten. */
export class AccountUpkeep {
  readonly #app: App;
  readonly #timer: ReturnType<typeof setInterval>;
  #running: Promise<void> | null = null;

  constructor(app: App) {
    this.#app = app;
    this.#timer = setInterval(() => void this.round(), everyMs);
    this.#timer.unref();
  }

  /** Never rejects: without a database whoever is known stays known, and is looked at again the next time. */
  round(): Promise<void> {
    this.#running ??= this.#confirm().finally(() => (this.#running = null));
    return this.#running;
  }

  /** Writes down what is left. Idempotent. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.round();
  }

  async #confirm(): Promise<void> {
    const { store, log } = this.#app;
    try {
      await store.sessions.confirm(sessionTtlMs);
      await store.tokens.confirm();
    } catch (error) {
      log.warn({ err: String(error) }, "sessions could not be confirmed");
    }
  }
}
