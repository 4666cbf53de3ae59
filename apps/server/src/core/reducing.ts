import type { Effect, Input } from "@centrala/contract";

/** What an effect concerns, as far as the order of effects about it matters. */
function subjectsOf(effect: Effect): readonly string[] {
  const subjects: string[] = [];
  if ("legId" in effect) subjects.push(`leg ${effect.legId}`);
  if ("playId" in effect) subjects.push(`play ${effect.playId}`);
  if ("recordingId" in effect) subjects.push(`recording ${effect.recordingId}`);
  return subjects;
}

/** It takes something away from those who talk and gives nobody anything. */
function isReducing(effect: Effect): boolean {
  switch (effect.kind) {
    case "dropLeg":
    case "stopPlay":
      return true;
    case "muteLeg":
      return effect.muted;
    case "pauseRecording":
      return effect.paused;
    default:
      return false;
  }
}

/** What an operator may ask for at any time, for it only takes away: it does not wait for a database that is away. */
export function onlyReduces(input: Input): boolean {
  switch (input.kind) {
    case "hungUp":
    case "partyDropped":
      return true;
    case "muted":
    case "recordingPaused":
      return input.on;
    default:
      return false;
  }
}

/**
 * Which effects are carried out before their commit (SPEC.md [T7]): questions, and what only reduces, unless something that
 * waits for its commit concerns the same leg, sound or recording: then the order counts for more. A leg is dropped at once
 * all the same, for what waits for it is not done any more; only what the same decision asks of it comes first.
 */
export class EarlyEffects {
  /** How many waiting effects concern each. */
  readonly #waiting = new Map<string, number>();

  /** Splits a decision's effects, each part in order; those of `late` wait until they are given to `done`. */
  split(effects: readonly Effect[]): { readonly early: readonly Effect[]; readonly late: readonly Effect[] } {
    const early: Effect[] = [];
    const late: Effect[] = [];
    const own = new Set<string>();
    for (const effect of effects) {
      const subjects = subjectsOf(effect);
      if (this.#mayGoFirst(effect, subjects, own)) {
        early.push(effect);
        continue;
      }
      late.push(effect);
      for (const subject of subjects) own.add(subject);
    }
    for (const effect of late) for (const subject of subjectsOf(effect)) this.#count(subject, 1);
    return { early, late };
  }

  /** They wait no more: they are carried out, or never will be. */
  done(late: readonly Effect[]): void {
    for (const effect of late) for (const subject of subjectsOf(effect)) this.#count(subject, -1);
  }

  #mayGoFirst(effect: Effect, subjects: readonly string[], own: ReadonlySet<string>): boolean {
    if (effect.kind === "identifyCaller") return true;
    if (!isReducing(effect) || subjects.some((subject) => own.has(subject))) return false;
    return effect.kind === "dropLeg" || !subjects.some((subject) => this.#waiting.has(subject));
  }

  #count(subject: string, by: 1 | -1): void {
    const count = (this.#waiting.get(subject) ?? 0) + by;
    if (count === 0) this.#waiting.delete(subject);
    else this.#waiting.set(subject, count);
  }
}
