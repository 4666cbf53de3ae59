export type Notice = "contacts" | "missed" | "trunks";

const gatherMs = 250;

/** Gathers what changed in a centre, so that a busy minute does not become a message a call and tab. */
export class Notices {
  readonly #send: (centreId: string, notices: ReadonlySet<Notice>) => void;
  readonly #pending = new Map<
    string,
    { readonly notices: Set<Notice>; readonly timer: ReturnType<typeof setTimeout> }
  >();

  constructor(send: (centreId: string, notices: ReadonlySet<Notice>) => void) {
    this.#send = send;
  }

  add(centreId: string, notice: Notice): void {
    const pending = this.#pending.get(centreId);
    if (pending !== undefined) {
      pending.notices.add(notice);
      return;
    }
    const notices = new Set([notice]);
    const timer = setTimeout(() => {
      this.#pending.delete(centreId);
      this.#send(centreId, notices);
    }, gatherMs);
    timer.unref();
    this.#pending.set(centreId, { notices, timer });
  }

  close(): void {
    for (const { timer } of this.#pending.values()) clearTimeout(timer);
    this.#pending.clear();
  }
}
