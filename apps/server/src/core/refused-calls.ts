import type { Destination, Fact, OutgoingRefusal, OutgoingScope } from "@centrala/contract";
import { outgoingRefusals } from "@centrala/contract";
import type { Instant } from "@centrala/kit";

export type RefusedCall = {
  readonly at: Instant;
  readonly operatorId: string | null;
  readonly code: OutgoingRefusal;
  readonly scope: OutgoingScope | null;
  readonly destination: Destination | null;
};
type RefusedFact = Extract<Fact, { kind: "refused" | "outgoingRefused" }>;

const kept = 50;
const logEveryMs = 1_000;
const codes: ReadonlySet<string> = new Set(outgoingRefusals);

/**
 * Calls out that were not dialled: the last ones with the reason, and how many since the start. They stand in no journal,
 * so that whoever is refused a thousand times a second fills nothing.
 */
export class RefusedCalls {
  readonly #last: RefusedCall[] = [];
  readonly #counts = new Map<OutgoingRefusal, number>();
  readonly #log: (call: RefusedCall, leftOut: number) => void;
  #loggedAt: Instant = 0;
  #leftOut = 0;

  /** @param log at most once a second; with how many it was not called for since */
  constructor(log: (call: RefusedCall, leftOut: number) => void = () => undefined) {
    this.#log = log;
  }

  /** The newest first. */
  get last(): readonly RefusedCall[] {
    return this.#last;
  }

  get counts(): ReadonlyMap<OutgoingRefusal, number> {
    return this.#counts;
  }

  see(facts: readonly Fact[], at: Instant): void {
    for (const fact of facts) {
      if ((fact.kind === "refused" || fact.kind === "outgoingRefused") && codes.has(fact.code)) this.#add(fact, at);
    }
  }

  #add({ code: given, operatorId, scope, destination }: RefusedFact, at: Instant): void {
    const code = given as OutgoingRefusal;
    const call = { at, operatorId, code, scope, destination };
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
    this.#last.unshift(call);
    this.#last.length = Math.min(this.#last.length, kept);
    if (at - this.#loggedAt < logEveryMs) {
      this.#leftOut += 1;
      return;
    }
    this.#log(call, this.#leftOut);
    this.#loggedAt = at;
    this.#leftOut = 0;
  }
}
