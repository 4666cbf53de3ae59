import type { CoreConfig } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import type { SortedList } from "./sorted.ts";

export type QueueConfig = CoreConfig["queues"][number];
export type WaitKey = {
  readonly priority: number;
  readonly since: Instant;
  readonly order: number;
  readonly contactId: string;
};
export type IdleKey = { readonly tier: number; readonly idleSince: Instant; readonly operatorId: string };
export type RoutingClass = "offline" | "break" | "busy" | "wrap-up" | "no-device" | "available";

/**
 * A queue's callers and operators in the order in which they are taken, kept up to date by the fold. Nothing here is
 * stored: it is derived of contacts and operators, so that a decision costs the same with five operators and five hundred.
 */
export type QueueIndex = {
  readonly config: QueueConfig;
  /** Everybody who waits, and of them those who are not being offered right now. */
  readonly waiting: SortedList<WaitKey>;
  readonly open: SortedList<WaitKey>;
  readonly available: SortedList<IdleKey>;
  readonly tierOf: ReadonlyMap<string, number>;
  /** The queue's tiers, lowest first, and how many of each are on duty. */
  readonly tiers: readonly number[];
  readonly onDuty: Map<number, number>;
  readonly classes: Record<RoutingClass, number>;
  readonly classOf: Map<string, { readonly class: RoutingClass; readonly idleSince: Instant }>;
  /** Members whose skills do not reach what the queue asks for. */
  readonly unskilled: number;
};
