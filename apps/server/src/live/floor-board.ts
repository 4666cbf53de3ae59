import { type FloorView, floorChange } from "@centrala/contract";
import type { CentreLive } from "./centre-live.ts";
import { encode, type Stream } from "./stream.ts";
import { Throttle } from "./throttle.ts";
import { floorView } from "./views.ts";

const floorEveryMs = 500;
const congestedRetryMs = 300;

type Sent = { readonly text: Buffer; readonly revision: number };

/**
 * The floor of a centre, made once for everybody who looks at it: each gets the whole when they come, and from then on what
 * changed, at most every half second. Nothing is kept but the newest picture.
 */
export class FloorBoard {
  readonly #picture: () => Promise<FloorView>;
  readonly #throttle: Throttle;
  /** Which revision each has; -1 when it needs the whole. */
  readonly #lookers = new Map<Stream, number>();
  #view: FloorView | undefined;
  #whole: Sent | undefined;
  #revision = 0;
  /** Something happened since the picture was made. */
  #stale = true;

  constructor(live: CentreLive, picture = () => floorView(live, live.app.clock())) {
    this.#picture = picture;
    this.#throttle = new Throttle(
      floorEveryMs,
      () => this.#turn(),
      live.app.clock,
      (error) => live.app.log.warn({ err: String(error) }, "the floor could not be shown"),
    );
  }

  /** Something happened in the centre. */
  touch(): void {
    this.#stale = true;
    if (this.#lookers.size > 0) this.#throttle.ask(false);
  }

  /** Sends the whole, and from then on what changes. */
  show(stream: Stream): void {
    this.#lookers.set(stream, -1);
    if (this.#stale) this.#throttle.ask(true);
    else this.#send(stream, undefined);
  }

  hide(stream: Stream): void {
    this.#lookers.delete(stream);
  }

  close(): void {
    this.#throttle.close();
    this.#lookers.clear();
  }

  async #turn(): Promise<void> {
    const changed = this.#stale ? await this.#make() : undefined;
    for (const stream of [...this.#lookers.keys()]) {
      // Whoever does not keep up is left out until they do: then they get the whole, because only the newest counts.
      if (stream.congested) this.#throttle.later(congestedRetryMs);
      else this.#send(stream, changed);
    }
  }

  /** Makes the picture anew; gives what leads to it from the one before, where that can be said. */
  async #make(): Promise<{ readonly from: number; readonly text: Buffer } | undefined> {
    this.#stale = false;
    const before = this.#view;
    const view = await this.#picture();
    const after = before === undefined ? view : { ...view, waiting: inOrderOf(before.waiting, view.waiting) };
    const change = before === undefined ? null : floorChange(before, after);
    if (change !== null && Object.keys(change).length === 0) return undefined;
    this.#view = after;
    this.#whole = undefined;
    const from = this.#revision;
    this.#revision += 1;
    if (change === null) return undefined;
    return { from, text: encode({ kind: "floorChanged", from, revision: this.#revision, change }) };
  }

  #send(stream: Stream, changed: { readonly from: number; readonly text: Buffer } | undefined): void {
    const has = this.#lookers.get(stream);
    if (stream.socket === null || !stream.floor) {
      this.#lookers.delete(stream);
      return;
    }
    if (has === this.#revision || this.#view === undefined) return;
    if (changed !== undefined && has === changed.from) stream.share(changed.text);
    else stream.share(this.#wholeOf(this.#view));
    this.#lookers.set(stream, this.#revision);
  }

  #wholeOf(view: FloorView): Buffer {
    if (this.#whole?.revision !== this.#revision)
      this.#whole = {
        revision: this.#revision,
        text: encode({ kind: "floor", revision: this.#revision, view }),
      };
    return this.#whole.text;
  }
}

/** Who waited before keeps the place, so that a change can be said. */
function inOrderOf(before: FloorView["waiting"], after: FloorView["waiting"]): FloorView["waiting"] {
  const places = new Map(before.map(({ contactId }, place) => [contactId, place]));
  const placeOf = (row: FloorView["waiting"][number]): number => places.get(row.contactId) ?? before.length;
  return after.toSorted((a, b) => placeOf(a) - placeOf(b));
}
