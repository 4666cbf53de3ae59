/** Failures a technician can mend, by the system's code; the setting that mends it is named. */
const systemCodes: Readonly<Record<string, string>> = {
  EADDRINUSE: "is taken by another program",
  EACCES: "may not be used by this user",
  EADDRNOTAVAIL: "is not an address of this machine (CENTRALA_BIND)",
};

/** One line for any failure that ends the process: no stack trace for what a person can mend. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  const { port, address, syscall, setting } = error as {
    port?: number;
    address?: string;
    syscall?: string;
    setting?: string;
  };
  if (
    code !== undefined &&
    systemCodes[code] !== undefined &&
    (syscall === "listen" || syscall === "bind" || port !== undefined)
  ) {
    return `port ${port ?? "?"}${address === undefined ? "" : ` of ${address}`} ${systemCodes[code]}${setting === undefined ? "" : `; set ${setting} to another one`}`;
  }
  if (code === "ENOSPC") return "the disk is full";
  if (code !== undefined) return `${error.message.split("\n")[0]} (${code})`;
  return process.env.CENTRALA_LOG === "debug" || process.env.CENTRALA_LOG === "trace"
    ? (error.stack ?? error.message)
    : (error.message.split("\n")[0] ?? "");
}
