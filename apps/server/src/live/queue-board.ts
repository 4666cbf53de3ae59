import type { CentreConfig, DeskView, Queue, ServerMessage } from "@centrala/contract";
import type { CentreState } from "@centrala/domain";
import type { CentreLive } from "./centre-live.ts";
import { encode } from "./stream.ts";
import { Throttle } from "./throttle.ts";

const queuesEveryMs = 1_000;

export type DeskQueue = Extract<ServerMessage, { kind: "queue" }>["queue"];
/** Where a desk takes the figures of its queues from. */
export type QueueFigures = { of(queue: Queue): DeskQueue };

/** As they are at this moment. */
export function figuresNow(state: CentreState): QueueFigures {
  return {
    of: (queue) => ({
      id: queue.id,
      ...waitingIn(state, queue.id),
      nobody: onDutyIn(state, queue.id) > 0 ? null : queue.leaveWhenNobody ? "go-on" : "wait",
    }),
  };
}

export function onDutyIn(state: CentreState, queueId: string): number {
  let onDuty = 0;
  for (const count of state.queues.get(queueId)?.onDuty.values() ?? []) onDuty += count;
  return onDuty;
}

/** Who stands in a queue, and since when the one who has waited longest is there: this time, whatever was before. */
export function waitingIn(state: CentreState, queueId: string): { waiting: number; longestSince: number | null } {
  const index = state.queues.get(queueId);
  if (index === undefined) return { waiting: 0, longestSince: null };
  let longestSince: number | null = null;
  for (const { contactId } of index.waiting) {
    const phase = state.contacts.get(contactId)?.phase;
    if (phase?.kind !== "waiting") continue;
    if (longestSince === null || phase.enteredAt < longestSince) longestSince = phase.enteredAt;
  }
  return { waiting: index.waiting.size, longestSince };
}

/**
 * The figures of a centre's queues as desks were told them: once a second at most, one text a queue for all its operators. A
 * desk's whole view carries the same figures, so that whatever comes last is right.
 */
export class QueueBoard implements QueueFigures {
  readonly #live: CentreLive;
  readonly #tell: (queueId: string, text: Buffer) => void;
  readonly #told = new Map<string, DeskQueue>();
  readonly #throttle: Throttle;

  /** @param tell sends a text to the desks of a queue's operators */
  constructor(live: CentreLive, tell: (queueId: string, text: Buffer) => void) {
    this.#live = live;
    this.#tell = tell;
    this.#throttle = new Throttle(
      queuesEveryMs,
      () => this.#turn(),
      live.app.clock,
      (error) => live.app.log.warn({ err: String(error) }, "figures of queues could not be told"),
    );
  }

  of(queue: Queue): DeskQueue {
    const told = this.#told.get(queue.id);
    if (told !== undefined) return told;
    const figures = figuresNow(this.#live.centre.core.state).of(queue);
    this.#told.set(queue.id, figures);
    return figures;
  }

  /** Something happened in the centre. */
  touch(): void {
    this.#throttle.ask(false);
  }

  close(): void {
    this.#throttle.close();
  }

  #turn(): Promise<void> {
    const { centre } = this.#live;
    const now = figuresNow(centre.core.state);
    const { queue: queues } = centre.config.current;
    for (const queue of queues) {
      const figures = now.of(queue);
      const told = this.#told.get(queue.id);
      if (told !== undefined && sameFigures(told, figures)) continue;
      this.#told.set(queue.id, figures);
      this.#tell(queue.id, encode({ kind: "queue", queue: figures }));
    }
    if (this.#told.size > queues.length) this.#forgetGone(queues);
    return Promise.resolve();
  }

  #forgetGone(queues: readonly Queue[]): void {
    const there = new Set(queues.map(({ id }) => id));
    for (const queueId of this.#told.keys()) if (!there.has(queueId)) this.#told.delete(queueId);
  }
}

function sameFigures(left: DeskQueue, right: DeskQueue): boolean {
  return left.waiting === right.waiting && left.longestSince === right.longestSince && left.nobody === right.nobody;
}

const members = new WeakMap<CentreConfig, ReadonlyMap<string, readonly string[]>>();

/** Whose desks show a queue. */
export function membersOf(config: CentreConfig, queueId: string): readonly string[] {
  let known = members.get(config);
  if (known === undefined) {
    known = new Map(config.queue.map(({ id, operators }) => [id, operators.map(({ userId }) => userId)]));
    members.set(config, known);
  }
  return known.get(queueId) ?? [];
}

/**
 * What of a desk is worth a message when it changes: times of waiting run on the screen by themselves, and figures of queues
 * come by themselves.
 */
export function deskShown(view: DeskView): string {
  const queues = view.queues.map(({ id, name }) => [id, name]);
  return JSON.stringify({ ...view, queues }, (key, value: unknown) => (key === "waitedMs" ? undefined : value));
}
