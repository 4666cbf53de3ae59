import type { LegId } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import type { AgentEvent, CallId } from "@centrala/sip";
import { userOf } from "./identity.ts";
import type { LegsContext } from "./legs-context.ts";

type StandingEvent = Extract<AgentEvent, { kind: "keys" | "asked" | "refer" }>;

/** What far ends do on legs that stand, whoever called whom. */
export class StandingLegs {
  readonly #context: Pick<LegsContext, "agent" | "emit">;
  readonly #legOf: (call: CallId) => LegId | undefined;

  constructor(context: Pick<LegsContext, "agent" | "emit">, legOf: (call: CallId) => LegId | undefined) {
    this.#context = context;
    this.#legOf = legOf;
  }

  tell(now: Instant, event: StandingEvent): void {
    if (event.kind === "refer") {
      this.#refer(now, event);
      return;
    }
    const legId = this.#legOf(event.call);
    if (legId === undefined) return;
    if (event.kind === "asked") this.#context.emit({ kind: "asked", legId, alive: event.alive });
    else for (const key of event.keys) this.#context.emit({ kind: "key", legId, key });
  }

  /** A transfer key: to be answered by `reportTransfer`. What leads to no leg is answered here. */
  #refer(now: Instant, event: Extract<AgentEvent, { kind: "refer" }>): void {
    const { agent, emit } = this.#context;
    const legId = this.#legOf(event.call);
    const otherLegId = event.replaces === null ? null : this.#legOf(event.replaces);
    const target = userOf(event.target);
    if (legId === undefined || otherLegId === undefined) agent.notifyRefer(now, event.call, 481);
    else if (otherLegId !== null) emit({ kind: "joinAsked", legId, otherLegId });
    else if (target === null) agent.notifyRefer(now, event.call, 404);
    else emit({ kind: "transferAsked", legId, target });
  }
}
