import type { CentreConfig } from "@centrala/contract";
import { newProblems, type Problem } from "@centrala/domain";
import { soundNames } from "@centrala/phone/sounds";

const sounds: ReadonlySet<string> = new Set(soundNames);

/** Mistakes that a change would bring to a centre, with the sounds that are shipped. */
export function newMistakes(before: CentreConfig, after: CentreConfig): readonly Problem[] {
  return newProblems(before, after, sounds);
}
