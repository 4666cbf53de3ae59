import { spawn } from "node:child_process";
import { join } from "node:path";
import { environment, root } from "./toolchain.mjs";

/**
 * Runs a program of the project in this one's place: output, signals and the exit code pass through.
 * Ctrl-C reaches the child by itself, because it shares the terminal; we only wait for it to finish.
 */
export function become(node, script, args, extra = {}) {
  const child = spawn(node, ["--disable-warning=ExperimentalWarning", join(root, script), ...args], {
    stdio: "inherit",
    env: environment(node, extra),
  });
  const pass = (signal) => () => child.kill(signal);
  // A terminal sends SIGINT to the whole group already; passing it on again would count as a second Ctrl-C.
  process.on("SIGINT", () => {
    if (!process.stdin.isTTY) child.kill("SIGINT");
  });
  process.on("SIGTERM", pass("SIGTERM"));
  process.on("SIGHUP", pass("SIGHUP"));
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
}
