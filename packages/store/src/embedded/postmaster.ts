import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A server's own word on where it listens (postmaster.pid: pid, data folder, start, port, socket folder, address). */
export type Postmaster = { readonly pid: number; readonly port: number; readonly host: string };

/** Undefined when there is no pid file; port 0 and host "" while the server is still coming up. */
export async function readPostmaster(dataFolder: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(dataFolder, "postmaster.pid"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const [pid, , , port, socketFolder, address] = text.split("\n").map((line) => line.trim());
  const number = Math.abs(Number.parseInt(pid ?? "", 10));
  if (!Number.isSafeInteger(number) || number < 2) return undefined;
  return { pid: number, port: Number.parseInt(port ?? "", 10) || 0, host: socketFolder || address || "" };
}

/** Whether the process lives and is a PostgreSQL server; a number is used again after a reboot. */
export async function isPostgres(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  if (process.platform === "linux") return /postgres/.test(await liveCommand(pid));
  if (process.platform === "win32") return true;
  const listed = await run("ps", ["-p", String(pid), "-o", "comm="]).catch(() => ({ stdout: "" }));
  return /postgres/.test(listed.stdout);
}

/** A zombie that nobody has waited for yet has no command line any more. */
async function liveCommand(pid: number): Promise<string> {
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return command.split("\0")[0] ?? "";
}
