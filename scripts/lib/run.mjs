import { spawn } from "node:child_process";
import { join } from "node:path";
import { environment, nodeFlags, root } from "./toolchain.mjs";

/**
 * Runs a program of the project in this one's place: output, signals and the exit code pass through.
 * A terminal's Ctrl-C reaches the child twice then, from the terminal and from here; the server takes that for one.
 */
export function become(node, script, args, extra = {}) {
  const child = spawn(node, [...nodeFlags, join(root, script), ...args], {
    stdio: "inherit",
    env: environment(node, extra),
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
}
