import type { Effect, Input } from "@centrala/contract";
import { assertNever } from "@centrala/kit";
import { isReport } from "./inputs.ts";

/** What waits to be committed, as far as its hurry is concerned. */
type Waiting = { readonly pending: { readonly input: Input }; readonly effects: readonly Effect[] };

const rateWindowMs = 500;
const entriesPerSecondAndMs = 60;
/** What nobody waits for comes along with what somebody does, or so many times the longest pause later. */
const patience = 5;

/**
 * When the next commit begins. Each costs waking the database and an fsync, whatever is in it: what somebody waits for is
 * committed at once, under load a few milliseconds after the last commit began; what nobody waits for is gathered longer.
 */
export class CommitPace {
  readonly #everyMsMax: number;
  #begunAt = 0;
  #waitingSince: number | undefined;
  #entriesPerSecond = 0;
  #hurry: (() => void) | undefined;

  /** @param everyMsMax the longest pause between the beginnings of two commits that somebody waits for */
  constructor(everyMsMax: number) {
    this.#everyMsMax = everyMsMax;
  }

  /** Undefined when what waits is to be committed now; else resolves when it is. */
  due(waiting: () => readonly Waiting[]): Promise<void> | undefined {
    if (this.#everyMsMax === 0) return undefined;
    this.#waitingSince ??= performance.now();
    return this.#waitMs(waiting()) >= 1 ? this.#wait(waiting) : undefined;
  }

  /** Something waits beside what waited already: it may be in a hurry. */
  added(added: Waiting): void {
    if (isUrgent(added)) this.#hurry?.();
  }

  begun(entries: number): void {
    const now = performance.now();
    const sinceMs = Math.max(0.1, now - this.#begunAt);
    const share = Math.exp(-sinceMs / rateWindowMs);
    this.#entriesPerSecond = this.#entriesPerSecond * share + (entries / sinceMs) * 1_000 * (1 - share);
    this.#begunAt = now;
    this.#waitingSince = undefined;
  }

  /** The more is going on, the longer: at 60 entries a second 1 ms after the last commit began. */
  #waitMs(waiting: readonly Waiting[]): number {
    const now = performance.now();
    if (!waiting.some(isUrgent)) return (this.#waitingSince ?? now) + this.#everyMsMax * patience - now;
    return this.#begunAt + Math.min(this.#everyMsMax, this.#entriesPerSecond / entriesPerSecondAndMs) - now;
  }

  async #wait(waiting: () => readonly Waiting[]): Promise<void> {
    for (let ms = this.#waitMs(waiting()); ms >= 1; ms = this.#waitMs(waiting())) await this.#pause(ms);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#hurry = () => {
        this.#hurry = undefined;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Somebody asked for it, or somebody hears or sees at once what comes of it. */
function isUrgent({ pending, effects }: Waiting): boolean {
  // A call whose caller is being looked up shares a commit with what is found, a moment later.
  if (pending.input.kind === "callArriving") return effects.length > 0;
  return !isReport(pending.input) || effects.some((effect) => isWaitedFor(effect, pending.input));
}

function isWaitedFor(effect: Effect, input: Input): boolean {
  switch (effect.kind) {
    case "ringLeg":
    case "progressLeg":
    case "answerLeg":
    case "rejectLeg":
    case "dialTrunk":
    case "dialDevice":
    case "setRoom":
    case "sendKeys":
    case "muteLeg":
    case "pauseRecording":
    case "reportTransfer":
      return true;
    case "play":
      return !effect.loop;
    case "collectKeys":
      // Who types goes on typing.
      return input.kind === "keysCollected";
    case "dropLeg":
    case "closeRoom":
    case "identifyCaller":
    case "stopPlay":
    case "stopCollect":
    case "record":
    case "stopRecording":
      return false;
    default:
      return assertNever(effect);
  }
}
