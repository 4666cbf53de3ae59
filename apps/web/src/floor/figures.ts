import type { FloorView, OperatorStateName } from "@centrala/contract";
import { serviceLevel as levelOf } from "@centrala/domain/metrics";

export type FloorOperator = FloorView["operators"][number];
export type FloorQueue = FloorView["queues"][number];
export type FloorFilter = { client: string; queue: string; state: string; text: string };
export const noFilter: FloorFilter = { client: "", queue: "", state: "", text: "" };

/** Per cent of those answered in time; null before the first call. */
export function serviceLevel(queue: FloorQueue): number | null {
  const level = levelOf(queue);
  return level === null ? null : level * 100;
}

export type LevelTone = "available" | "offered" | "trouble";
/** Green at the target, amber up to ten points below, red beneath. */
export function levelTone(level: number, target: number): LevelTone {
  if (level >= target) return "available";
  return level >= target - 10 ? "offered" : "trouble";
}

/** Somebody waits longer than the target and nobody is free: a supervisor should act now. */
export function needsHelp(queue: FloorQueue, now: number): boolean {
  if (queue.waiting === 0 || queue.free > 0 || queue.longestSince === null) return false;
  return now - queue.longestSince > queue.target.withinMs;
}

type Ways = Pick<FloorQueue, "offered" | "answered" | "abandoned" | "voicemail" | "other">;

/** What became of those offered, for the sentence that adds it up. */
export function sumValues(ways: Ways, format: (value: number) => string): Record<keyof Ways, string> {
  const { offered, answered, abandoned, voicemail, other } = ways;
  return {
    offered: format(offered),
    answered: format(answered),
    abandoned: format(abandoned),
    voicemail: format(voicemail),
    other: format(other),
  };
}

export type Figures = {
  waiting: number;
  longestSince: number | null;
  kept: number;
  queues: number;
  offered: number;
  answered: number;
  abandoned: number;
  voicemail: number;
  other: number;
  states: Record<OperatorStateName, number>;
  onDuty: number;
  /** Available, and can be rung. */
  free: number;
};

/** The figures over the shown queues and operators, so that what stands on one page adds up. */
export function figuresOf(queues: readonly FloorQueue[], operators: readonly FloorOperator[]): Figures {
  const states = { offline: 0, available: 0, offered: 0, talking: 0, "wrap-up": 0, break: 0 };
  for (const operator of operators) states[operator.state] += 1;
  const sum = (value: (queue: FloorQueue) => number) => queues.reduce((total, queue) => total + value(queue), 0);
  const rated = queues.filter((queue) => serviceLevel(queue) !== null);
  const since = queues.map((queue) => queue.longestSince).filter((at) => at !== null);
  return {
    waiting: sum((queue) => queue.waiting),
    longestSince: since.length > 0 ? Math.min(...since) : null,
    kept: rated.filter((queue) => (serviceLevel(queue) ?? 0) >= queue.target.percent).length,
    queues: rated.length,
    offered: sum((queue) => queue.offered),
    answered: sum((queue) => queue.answered),
    abandoned: sum((queue) => queue.abandoned),
    voicemail: sum((queue) => queue.voicemail),
    other: sum((queue) => queue.other),
    states,
    onDuty: operators.length - states.offline,
    free: operators.filter((operator) => operator.state === "available" && !isStranded(operator)).length,
  };
}

/** Those in trouble first, then those with somebody waiting (longest first), then by name. */
export function sortQueues(queues: readonly FloorQueue[], now: number): FloorQueue[] {
  const weight = (queue: FloorQueue) => (needsHelp(queue, now) ? 2 : queue.waiting > 0 ? 1 : 0);
  return [...queues].sort(
    (a, b) =>
      weight(b) - weight(a) ||
      (a.longestSince ?? Number.POSITIVE_INFINITY) - (b.longestSince ?? Number.POSITIVE_INFINITY) ||
      a.name.localeCompare(b.name),
  );
}

const order: Record<OperatorStateName, number> = {
  offered: 0,
  talking: 1,
  "wrap-up": 2,
  break: 3,
  available: 4,
  offline: 5,
};

/** A phone nobody can reach comes first, then by state; the longest within a state stands first. */
export function sortOperators(operators: readonly FloorOperator[]): FloorOperator[] {
  const weight = (operator: FloorOperator) => (isStranded(operator) ? -1 : order[operator.state]);
  return [...operators].sort((a, b) => weight(a) - weight(b) || a.since - b.since || a.name.localeCompare(b.name));
}

/** Available, but with nothing to be rung on. */
export function isStranded(operator: FloorOperator): boolean {
  return operator.state === "available" && operator.device === "none";
}

/** Operators that fit the filter; `memberIds` are those who belong to the chosen queue, null when none is chosen. */
export function filterOperators(
  operators: readonly FloorOperator[],
  filter: FloorFilter,
  memberIds: ReadonlySet<string> | null,
): FloorOperator[] {
  const wanted = filter.text.trim().toLocaleLowerCase();
  return operators.filter(
    (operator) =>
      (filter.state === "" ? operator.state !== "offline" || wanted !== "" : operator.state === filter.state) &&
      (memberIds === null || memberIds.has(operator.id)) &&
      (wanted === "" || operator.name.toLocaleLowerCase().includes(wanted)),
  );
}
