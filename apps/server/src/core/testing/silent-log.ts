import { type Logger, pino } from "pino";

/** A log that nobody reads. */
export function silentLog(): Logger {
  return pino({ level: "silent" });
}
