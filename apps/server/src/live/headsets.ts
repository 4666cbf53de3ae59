import { uuidV7 } from "@centrala/kit";
import type { App, HeadsetEvent } from "../app.ts";
import type { Stream } from "./stream.ts";

type Attached = { readonly centreId: string; readonly legId: string; readonly operatorId: string; stream: Stream };
type Grace = { readonly timer: ReturnType<typeof setTimeout>; readonly legId: string };

/** A tab whose connection broke keeps its headset this long: the voice has its own path and may be well. */
const graceMs = 6_000;

/**
 * The standing headsets: one leg an operator, owned by the tab that offered last. Tells the core when one came or went.
 */
export class Headsets {
  readonly #app: App;
  readonly #byOperator = new Map<string, Attached>();
  readonly #byLeg = new Map<string, Attached>();
  readonly #grace = new Map<string, Grace>();
  /** Offers are answered one after another for each operator, so that the newest really wins. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(app: App) {
    this.#app = app;
    app.phone.onHeadset((event) => this.#onHeadset(event));
  }

  /** Answers a tab's offer and makes it the operator's headset; the tab before is told. */
  offer(centreId: string, stream: Stream, requestId: string, sdp: string): Promise<void> {
    const key = keyOf(centreId, stream.operatorId);
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(() => this.#attach(centreId, stream, requestId, sdp));
    const settled = turn.catch((error: unknown) => {
      this.#app.log.error({ err: error }, "a headset could not be attached");
      stream.tell({ kind: "headsetFailed", requestId, code: "MEDIA_FAILED" });
    });
    this.#turns.set(key, settled);
    void settled.then(() => this.#turns.get(key) === settled && this.#turns.delete(key));
    return settled;
  }

  /** The tab gave its headset up. */
  release(centreId: string, stream: Stream): void {
    const attached = this.#byOperator.get(keyOf(centreId, stream.operatorId));
    if (attached?.stream === stream) this.#lose(attached);
  }

  /** The tab's connection broke; `leaving`: it said so itself, or its page was closed. */
  disconnected(centreId: string, stream: Stream, leaving: boolean): void {
    const attached = this.#byOperator.get(keyOf(centreId, stream.operatorId));
    if (attached === undefined || attached.stream !== stream) return;
    if (leaving) return this.#lose(attached);
    const timer = setTimeout(() => {
      this.#grace.delete(attached.legId);
      if (this.#byLeg.get(attached.legId) === attached) this.#lose(attached);
    }, graceMs);
    timer.unref();
    this.#grace.set(attached.legId, { timer, legId: attached.legId });
  }

  /** The tab's connection is back. */
  reconnected(centreId: string, stream: Stream): void {
    const attached = this.#byOperator.get(keyOf(centreId, stream.operatorId));
    if (attached?.stream === stream) this.#endGrace(attached.legId);
  }

  legOf(centreId: string, operatorId: string): string | undefined {
    return this.#byOperator.get(keyOf(centreId, operatorId))?.legId;
  }

  close(): void {
    for (const { timer } of this.#grace.values()) clearTimeout(timer);
    this.#grace.clear();
  }

  async #attach(centreId: string, stream: Stream, requestId: string, sdp: string): Promise<void> {
    const legId = `headset-${uuidV7(this.#app.clock(), this.#app.entropy)}`;
    const answer = await this.#app.phone.attachHeadset(centreId, legId, sdp);
    if (!answer.ok) {
      stream.tell({ kind: "headsetFailed", requestId, code: answer.code });
      return;
    }
    const before = this.#byOperator.get(keyOf(centreId, stream.operatorId));
    const attached: Attached = { centreId, legId, operatorId: stream.operatorId, stream };
    this.#byOperator.set(keyOf(centreId, stream.operatorId), attached);
    this.#byLeg.set(legId, attached);
    stream.tell({ kind: "headsetAnswer", requestId, sdp: answer.value.answerSdp });
    if (before !== undefined && before.stream !== stream) before.stream.tell({ kind: "headsetTaken" });
    const told = await this.#app.centres
      .get(centreId)
      ?.core.submit({ kind: "headsetAttached", operatorId: stream.operatorId, legId });
    if (before !== undefined) this.#forget(before);
    if (told === undefined || told.ok) {
      if (stream.levels) this.#app.phone.watchLevels(centreId, [legId], true);
      return;
    }
    this.#forget(attached);
    stream.tell({ kind: "headsetFailed", requestId, code: told.code });
  }

  watchLevels(centreId: string, stream: Stream, on: boolean): void {
    stream.levels = on;
    const attached = this.#byOperator.get(keyOf(centreId, stream.operatorId));
    if (attached?.stream === stream) this.#app.phone.watchLevels(centreId, [attached.legId], on);
  }

  #onHeadset(event: HeadsetEvent): void {
    const attached = this.#byLeg.get(event.legId);
    if (attached === undefined) return;
    if (event.kind === "lost") return this.#lose(attached);
    if (!attached.stream.levels) return;
    attached.stream.tell({ kind: "level", customerDbfs: event.outDbfs, operatorDbfs: event.inDbfs });
  }

  #lose(attached: Attached): void {
    this.#forget(attached);
    const { centreId, operatorId, legId } = attached;
    void this.#app.centres.get(centreId)?.core.submit({ kind: "headsetLost", operatorId, legId });
  }

  #forget(attached: Attached): void {
    this.#endGrace(attached.legId);
    this.#byLeg.delete(attached.legId);
    const key = keyOf(attached.centreId, attached.operatorId);
    if (this.#byOperator.get(key) === attached) this.#byOperator.delete(key);
    this.#app.phone.detachHeadset(attached.centreId, attached.legId);
  }

  #endGrace(legId: string): void {
    const grace = this.#grace.get(legId);
    if (grace === undefined) return;
    clearTimeout(grace.timer);
    this.#grace.delete(legId);
  }
}

function keyOf(centreId: string, operatorId: string): string {
  return `${centreId}/${operatorId}`;
}
