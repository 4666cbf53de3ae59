/** What can wait travels so much later at the latest: with what cannot, or with what came meanwhile. */
const gatherMs = 20;

/**
 * Messages from one thread to another, in their order. Waking a thread costs more than most messages, so what is urgent leaves
 * at the end of this turn of the event loop and takes along what waits; what can wait is gathered for a moment.
 */
export class Outbox<Message> {
  readonly #send: (messages: readonly Message[]) => void;
  #messages: Message[] = [];
  #leaving = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (messages: readonly Message[]) => void) {
    this.#send = send;
  }

  post(message: Message, urgent: boolean): void {
    this.#messages.push(message);
    if (this.#leaving) return;
    if (urgent) {
      this.#leaving = true;
      clearTimeout(this.#timer);
      setImmediate(this.#flush);
    } else this.#timer ??= setTimeout(this.#flush, gatherMs);
  }

  /** Forgets what has not left. */
  clear(): void {
    this.#messages = [];
  }

  readonly #flush = (): void => {
    this.#leaving = false;
    this.#timer = undefined;
    const messages = this.#messages;
    this.#messages = [];
    if (messages.length > 0) this.#send(messages);
  };
}
