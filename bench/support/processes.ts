import { readdirSync, readFileSync } from "node:fs";

const tickMs = 10;

/** Processor time used so far in milliseconds, of the server and of its database apart. */
export type CpuTime = { readonly server: number; readonly database: number };

/** Fields of /proc/PID/stat after the name: state first, then the parent. */
function stat(pid: number | string): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

function usedMs(fields: readonly string[] | undefined, withChildren: boolean): number {
  const ticks = (fields ?? []).slice(11, withChildren ? 15 : 13);
  return ticks.reduce((sum, field) => sum + Number(field), 0) * tickMs;
}

/** User and system time of the server process with its threads, and of the postmaster with all its processes, also ended ones. */
export function cpuTime(serverPid: number, postmasterPid: number): CpuTime {
  let database = usedMs(stat(postmasterPid), true);
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const fields = stat(entry);
    if (Number(fields?.[1]) === postmasterPid) database += usedMs(fields, false);
  }
  return { server: usedMs(stat(serverPid), false), database };
}

/** Resident memory in KiB. */
export function residentKib(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0);
}
