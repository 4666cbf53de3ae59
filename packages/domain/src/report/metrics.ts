import { countWithin, type Sums } from "./rollup.ts";

const sum = (sums: Sums, name: string) => sums[name] ?? 0;
const share = (part: number, whole: number) => (whole === 0 ? null : part / whole);

type Ways = {
  readonly offered: number;
  readonly answered: number;
  readonly abandoned: number;
  readonly answeredWithin: number;
};

/**
 * Those answered within the time, of those answered or given up; who was sent on, or left a message, counts neither for
 * nor against it. Null before the first one.
 */
export function serviceLevel(ways: Pick<Ways, "answered" | "abandoned" | "answeredWithin">): number | null {
  return share(ways.answeredWithin, ways.answered + ways.abandoned);
}

/** Those who gave up, of all who were offered. */
export function abandonment(ways: Pick<Ways, "offered" | "abandoned">): number | null {
  return share(ways.abandoned, ways.offered);
}

/** What is made of sums, each in one place. */
export const metrics = {
  offered: (sums: Sums) => sum(sums, "offered"),
  answered: (sums: Sums) => sum(sums, "answered"),
  abandoned: (sums: Sums) => sum(sums, "abandoned"),
  voicemail: (sums: Sums) => sum(sums, "voicemail"),
  other: (sums: Sums) => sum(sums, "other"),
  answeredWithin: (sums: Sums, withinMs: number) => countWithin(sums, "answered", withinMs),
  serviceLevel: (sums: Sums, withinMs: number) =>
    serviceLevel({
      answeredWithin: countWithin(sums, "answered", withinMs),
      answered: sum(sums, "answered"),
      abandoned: sum(sums, "abandoned"),
    }),
  abandonment: (sums: Sums) => abandonment({ offered: sum(sums, "offered"), abandoned: sum(sums, "abandoned") }),
  speedOfAnswerMs: (sums: Sums) => share(sum(sums, "answeredMs"), sum(sums, "answered")),
  /** Talking with hold, and the writing after it, for each service. */
  handlingMs: (sums: Sums) => share(sum(sums, "serviceMs") + sum(sums, "wrapUpMs"), sum(sums, "services")),
  /** Time with contacts, of the time with contacts or free for them; breaks are neither. */
  occupancy: (sums: Sums) => {
    const busy = sum(sums, "state/offeredMs") + sum(sums, "state/talkingMs") + sum(sums, "state/wrap-upMs");
    return share(busy, busy + sum(sums, "state/availableMs"));
  },
} as const;
