import { HttpProblem } from "./errors.ts";
import { type Caller, whoOf } from "./handler.ts";
import type { Services } from "./services.ts";

/**
 * Counts a change of somebody's, by whichever door it comes. Commands of this machine bring whole centres at once; strangers
 * have limits of their own. @throws TOO_MANY_REQUESTS
 */
export function limitWrites({ app, writes }: Services, caller: Caller | null, cost: number): void {
  if (caller === null || caller.commandLine) return;
  const waitMs = writes.take(`${caller.centre.id}/${whoOf(caller)}`, app.clock(), cost);
  if (waitMs > 0) throw new HttpProblem("TOO_MANY_REQUESTS", { retryAfterS: Math.ceil(waitMs / 1_000) });
}
