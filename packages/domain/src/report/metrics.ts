import { countWithin, type Sums } from "./rollup.ts";

const sum = (sums: Sums, name: string) => sums[name] ?? 0;
const share = (part: number, whole: number) => (whole === 0 ? null : part / whole);

/**
 * What is made of sums, each in one place. Service level: those answered within the time, of those answered or given up.
 * Who was sent on, or left a message, counts neither for nor against it.
 */
export const metrics = {
  offered: (sums: Sums) => sum(sums, "offered"),
  answered: (sums: Sums) => sum(sums, "answered"),
  abandoned: (sums: Sums) => sum(sums, "abandoned"),
  voicemail: (sums: Sums) => sum(sums, "voicemail"),
  other: (sums: Sums) => sum(sums, "other"),
  answeredWithin: (sums: Sums, withinMs: number) => countWithin(sums, "answered", withinMs),
  serviceLevel: (sums: Sums, withinMs: number) =>
    share(countWithin(sums, "answered", withinMs), sum(sums, "answered") + sum(sums, "abandoned")),
  abandonment: (sums: Sums) => share(sum(sums, "abandoned"), sum(sums, "offered")),
  speedOfAnswerMs: (sums: Sums) => share(sum(sums, "answeredMs"), sum(sums, "answered")),
  /** Talking with hold, and the writing after it, for each service. */
  handlingMs: (sums: Sums) => share(sum(sums, "serviceMs") + sum(sums, "wrapUpMs"), sum(sums, "services")),
  /** Time with contacts, of the time with contacts or free for them; breaks are neither. */
  occupancy: (sums: Sums) => {
    const busy = sum(sums, "state/offeredMs") + sum(sums, "state/talkingMs") + sum(sums, "state/wrap-upMs");
    return share(busy, busy + sum(sums, "state/availableMs"));
  },
} as const;
