import type { Language } from "@centrala/contract";
import { SeededRandom } from "@centrala/kit";
import type { CallOutcome, SimulatedCall } from "./caller.ts";
import { shippedSpeech } from "./sound.ts";

/** What a simulated caller does, step by step, after the answer. */
export type VisitStep =
  | { readonly kind: "say"; readonly samples: Int16Array }
  | { readonly kind: "press"; readonly keys: string }
  | { readonly kind: "wait"; readonly durationMs: number };

/** Runs the steps on a call and hangs up; ends early when the far end does. A caller who is not answered gives up after `patienceMs`. */
export async function visit(
  call: SimulatedCall,
  steps: readonly VisitStep[],
  patienceMs: number,
): Promise<CallOutcome> {
  const giveUp = setTimeout(() => call.hangUp(), patienceMs);
  const outcome = await Promise.race([call.ended, call.answered.then(() => "answered" as const)]);
  clearTimeout(giveUp);
  if (outcome !== "answered") return outcome;
  for (const step of steps) {
    if (call.state === "ended") break;
    await Promise.race([call.ended, perform(call, step)]);
  }
  call.hangUp();
  return call.ended;
}

async function perform(call: SimulatedCall, step: VisitStep): Promise<void> {
  if (step.kind === "say") return call.audio.say(step.samples);
  if (step.kind === "press") call.audio.press(step.keys);
  const durationMs = step.kind === "press" ? step.keys.length * 220 + 200 : step.durationMs;
  await new Promise((resolve) => setTimeout(resolve, durationMs));
}

/** A person who phones a centre: speaks, perhaps presses a key, waits with more or less patience. Repeatable by seed. */
export function callerBehaviour(
  random: SeededRandom,
  language: Language,
  keys: readonly string[],
): { readonly steps: VisitStep[]; readonly patienceMs: number } {
  const say = (name: string): VisitStep => ({ kind: "say", samples: shippedSpeech(language, name) });
  const wait = (fromMs: number, toMs: number): VisitStep => ({
    kind: "wait",
    durationMs: fromMs + random.below(toMs - fromMs),
  });
  const steps: VisitStep[] = [wait(4_000, 9_000)];
  if (keys.length > 0 && random.below(10) < 8) steps.push({ kind: "press", keys: random.pick(keys) });
  if (random.below(10) < 2) return { steps: [...steps, wait(3_000, 15_000)], patienceMs: 30_000 };
  steps.push(wait(8_000, 20_000), say(random.pick(["sim-order", "sim-support", "sim-complaint"])), wait(4_000, 12_000));
  steps.push(say("sim-thanks"), wait(2_000, 6_000), say("sim-goodbye"), wait(500, 2_000));
  return { steps, patienceMs: 60_000 };
}
