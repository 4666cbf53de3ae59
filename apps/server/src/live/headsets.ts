import { uuidV7 } from "@centrala/kit";
import type { App, HeadsetEvent } from "../app.ts";
import type { Stream } from "./stream.ts";

type Attached = {
  readonly centreId: string;
  readonly legId: string;
  readonly operatorId: string;
  readonly requestId: string;
  readonly stream: Stream;
  /** The one that it replaces as soon as sound can flow over it. */
  before: Attached | undefined;
  isUp: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
};
/** What of the server headsets need. */
type HeadsetApp = Pick<App, "phone" | "centres" | "clock" | "entropy" | "log">;
type Grace = { readonly timer: ReturnType<typeof setTimeout>; readonly legId: string };

/** A tab whose connection broke keeps its headset this long: the voice has its own path and may be well. */
const graceMs = 6_000;
/** A browser gives up after 12 s; whoever has no way for sound by then is told so by us, too. */
const upMsMax = 15_000;

/**
 * The standing headsets: one leg an operator, owned by the tab that offered last. Tells the core when one came, which is
 * when sound can flow over it and not before, or went.
 */
export class Headsets {
  readonly #app: HeadsetApp;
  readonly #byOperator = new Map<string, Attached>();
  readonly #byLeg = new Map<string, Attached>();
  readonly #grace = new Map<string, Grace>();
  /** Offers are answered one after another for each operator, so that the newest really wins. */
  readonly #turns = new Map<string, Promise<void>>();

  readonly #comes: (centreId: string, operatorId: string, isComing: boolean) => void;

  constructor(app: HeadsetApp, comes: (centreId: string, operatorId: string, isComing: boolean) => void) {
    this.#app = app;
    this.#comes = comes;
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
    for (const { timer } of this.#byLeg.values()) clearTimeout(timer);
    this.#grace.clear();
  }

  async #attach(centreId: string, stream: Stream, requestId: string, sdp: string): Promise<void> {
    const legId = `headset-${uuidV7(this.#app.clock(), this.#app.entropy)}`;
    const answer = await this.#app.phone.attachHeadset(centreId, legId, sdp);
    if (!answer.ok) {
      stream.tell({ kind: "headsetFailed", requestId, code: answer.code });
      return;
    }
    const { operatorId } = stream;
    const last = this.#byOperator.get(keyOf(centreId, operatorId));
    // One that never stood leaves its place without a word to the core.
    if (last?.isUp === false) this.#forget(last);
    const before = last?.isUp === false ? last.before : last;
    const attached: Attached = {
      centreId,
      legId,
      operatorId,
      requestId,
      stream,
      before,
      isUp: false,
      timer: undefined,
    };
    attached.timer = setTimeout(() => this.#fails(attached), upMsMax);
    attached.timer.unref();
    this.#byOperator.set(keyOf(centreId, operatorId), attached);
    this.#byLeg.set(legId, attached);
    this.#comes(centreId, operatorId, true);
    stream.tell({ kind: "headsetAnswer", requestId, sdp: answer.value.sdpAnswer });
  }

  /** Sound can flow: now it is the operator's headset. */
  async #stands(attached: Attached): Promise<void> {
    const { centreId, legId, operatorId, requestId, stream, before } = attached;
    clearTimeout(attached.timer);
    attached.isUp = true;
    attached.before = undefined;
    if (before !== undefined && before.stream !== stream) before.stream.tell({ kind: "headsetTaken" });
    const told = await this.#app.centres.get(centreId)?.core.submit({ kind: "headsetAttached", operatorId, legId });
    this.#comes(centreId, operatorId, false);
    if (told === undefined || told.ok) {
      if (before !== undefined) this.#forget(before);
      if (stream.levels) this.#app.phone.watchLevels(centreId, [legId], true);
      return;
    }
    this.#forget(attached);
    // The core still has the one before, whose page has been told that it is taken: it has none now, and must hear of it.
    if (before !== undefined && this.#byLeg.has(before.legId)) this.#lose(before);
    stream.tell({ kind: "headsetFailed", requestId, code: told.code });
  }

  /** No way for sound was found. What stood before stands, as long as it does. */
  #fails(attached: Attached): void {
    const { centreId, operatorId, requestId, stream, before } = attached;
    this.#forget(attached);
    if (before !== undefined && this.#byLeg.has(before.legId))
      this.#byOperator.set(keyOf(centreId, operatorId), before);
    this.#comes(centreId, operatorId, false);
    stream.tell({ kind: "headsetFailed", requestId, code: "NO_MEDIA" });
  }

  watchLevels(centreId: string, stream: Stream, on: boolean): void {
    stream.levels = on;
    const attached = this.#byOperator.get(keyOf(centreId, stream.operatorId));
    if (attached?.stream === stream) this.#app.phone.watchLevels(centreId, [attached.legId], on);
  }

  #onHeadset(event: HeadsetEvent): void {
    const attached = this.#byLeg.get(event.legId);
    if (attached === undefined) return;
    if (event.kind === "up") return attached.isUp ? undefined : void this.#stands(attached);
    if (event.kind === "lost") return attached.isUp ? this.#lose(attached) : this.#fails(attached);
    if (!attached.stream.levels) return;
    attached.stream.tell({ kind: "level", customerDbfs: event.outDbfs, operatorDbfs: event.inDbfs });
  }

  #lose(attached: Attached): void {
    this.#forget(attached);
    const { centreId, operatorId, legId, before } = attached;
    if (!attached.isUp) this.#comes(centreId, operatorId, false);
    if (before !== undefined && this.#byLeg.has(before.legId)) this.#lose(before);
    if (!attached.isUp) return;
    void this.#app.centres.get(centreId)?.core.submit({ kind: "headsetLost", operatorId, legId });
  }

  #forget(attached: Attached): void {
    clearTimeout(attached.timer);
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
