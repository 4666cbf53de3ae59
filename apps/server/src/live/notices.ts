export type Notice = "contacts" | "missed" | "trunks";

const gatherMs = 250;
/** In a busy centre, where every tab would be told the same several times a second. */
const everyMs = 2_000;

/** Gathers what changed in a centre, so that a busy minute does not become a message a call and tab. */
export class Notices {
  readonly #send: (centreId: string, notices: ReadonlySet<Notice>) => void;
  readonly #pending = new Map<
    string,
    { readonly notices: Set<Notice>; readonly timer: ReturnType<typeof setTimeout> }
  >();

  readonly #sentAt = new Map<string, number>();

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
    const sinceMs = performance.now() - (this.#sentAt.get(centreId) ?? Number.NEGATIVE_INFINITY);
    const timer = setTimeout(
      () => {
        this.#pending.delete(centreId);
        this.#sentAt.set(centreId, performance.now());
        this.#send(centreId, notices);
      },
      Math.max(gatherMs, everyMs - sinceMs),
    );
    timer.unref();
    this.#pending.set(centreId, { notices, timer });
  }

  close(): void {
    for (const { timer } of this.#pending.values()) clearTimeout(timer);
    this.#pending.clear();
  }
}
