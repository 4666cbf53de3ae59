/** Where drafts are kept and how they are sent; given from outside so that tests need neither browser nor server. */
export type NoteShelf = {
  readonly read: () => Readonly<Record<string, string>>;
  readonly write: (drafts: Readonly<Record<string, string>>) => void;
};
export type NoteState = "saved" | "typing" | "saving" | "failed";
type Draft = { text: string; state: Exclude<NoteState, "saved">; tries: number };
type NoteOptions = {
  readonly shelf: NoteShelf;
  /** Resolves when the server has the text. */
  readonly save: (contactId: string, text: string) => Promise<unknown>;
  /** Whether an error is worth another try: true when the server was not reached. */
  readonly again: (error: unknown) => boolean;
  readonly later: (run: () => void, ms: number) => void;
};

export const saveAfterMs = 700;
const retryMsMax = 30_000;
const draftsMax = 50;

/**
 * Notes being written, by contact. What is typed goes to the shelf at once and to the server when typing pauses; it leaves the shelf only when
 * the server has it, so that neither a reload, a lost connection nor the end of the wrap-up loses a word.
 */
export class Notes {
  readonly #options: NoteOptions;
  readonly #drafts = new Map<string, Draft>();
  readonly #sending = new Set<string>();
  readonly #listeners = new Set<() => void>();
  #version = 0;

  constructor(options: NoteOptions) {
    this.#options = options;
    for (const [contactId, text] of Object.entries(options.shelf.read()).slice(0, draftsMax)) {
      this.#drafts.set(contactId, { text, state: "typing", tries: 0 });
      options.later(() => void this.flush(contactId), 0);
    }
  }

  /** What is typed and not known to the server, or null. */
  draft(contactId: string): string | null {
    return this.#drafts.get(contactId)?.text ?? null;
  }

  state(contactId: string): NoteState {
    return this.#drafts.get(contactId)?.state ?? "saved";
  }

  /** Contacts whose notes could not be saved. */
  failed(): readonly { readonly contactId: string; readonly text: string }[] {
    return [...this.#drafts]
      .filter(([, draft]) => draft.state === "failed")
      .map(([contactId, { text }]) => ({ contactId, text }));
  }

  type(contactId: string, text: string): void {
    this.#drafts.set(contactId, { text, state: "typing", tries: 0 });
    this.#changed();
    this.#options.later(() => {
      if (this.#drafts.get(contactId)?.text === text) void this.flush(contactId);
    }, saveAfterMs);
  }

  /** Sends what is typed now. Whatever is typed meanwhile stays a draft and is sent after it. */
  async flush(contactId: string): Promise<void> {
    const draft = this.#drafts.get(contactId);
    // One at a time, so that an older text never arrives after a newer one.
    if (!draft || this.#sending.has(contactId)) return;
    const { text } = draft;
    this.#sending.add(contactId);
    draft.state = "saving";
    this.#changed();
    const error = await this.#options.save(contactId, text).then(
      () => null,
      (reason: unknown) => ({ reason }),
    );
    this.#sending.delete(contactId);
    this.#settle(contactId, text, error);
  }

  /** Sends everything that is typed now, as before signing out. */
  async flushAll(): Promise<void> {
    await Promise.all([...this.#drafts.keys()].map((contactId) => this.flush(contactId)));
  }

  /** Gives up a note that can't be saved; the person has seen it. */
  discard(contactId: string): void {
    this.#drafts.delete(contactId);
    this.#changed();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  version = (): number => this.#version;

  #settle(contactId: string, text: string, error: { reason: unknown } | null): void {
    const now = this.#drafts.get(contactId);
    if (!now) return;
    if (!error) {
      if (now.text === text) this.#drafts.delete(contactId);
      else this.#resend(contactId, now);
    } else if (this.#options.again(error.reason)) {
      this.#retry(contactId, now);
    } else {
      now.state = "failed";
    }
    this.#changed();
  }

  #resend(contactId: string, draft: Draft): void {
    draft.state = "typing";
    this.#options.later(() => void this.flush(contactId), 0);
  }

  #retry(contactId: string, draft: Draft): void {
    draft.state = "failed";
    draft.tries += 1;
    this.#options.later(() => void this.flush(contactId), Math.min(retryMsMax, 1000 * 2 ** draft.tries));
  }

  #changed(): void {
    this.#version += 1;
    this.#options.shelf.write(
      Object.fromEntries([...this.#drafts].slice(-draftsMax).map(([id, { text }]) => [id, text])),
    );
    for (const listener of [...this.#listeners]) listener();
  }
}
