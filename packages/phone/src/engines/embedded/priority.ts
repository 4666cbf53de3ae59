import { readlinkSync } from "node:fs";
import { setPriority } from "node:os";

/** As urgent as the sound servers of desktops, below what keeps the system going. */
const mediaPriority = -11;

/**
 * Puts this thread before others of a busy machine, as far as the system permits (Linux, as root or with LimitNICE): sound that comes
 * late is lost, whatever else may wait, and needs little time. On Linux a priority is a thread's own. @returns whether it was permitted
 */
export function putThreadFirst(
  threadPath: () => string = () => readlinkSync("/proc/thread-self"),
  set: (thread: number, priority: number) => void = setPriority,
): boolean {
  try {
    const [, thread] = /\/task\/(\d+)$/.exec(threadPath()) ?? [];
    if (thread === undefined) return false;
    set(Number(thread), mediaPriority);
    return true;
  } catch {
    return false;
  }
}
