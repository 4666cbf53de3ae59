import { createSocket } from "node:dgram";
import { statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { localAddresses } from "../network.ts";
import { preparePlaces } from "../places.ts";
import type { LoadedSettings } from "../settings/load.ts";
import { variableOf } from "../settings/load.ts";
import { isRunning, withApi } from "./running.ts";

type Check = { readonly ok: boolean; readonly title: string; readonly detail: string; readonly mend: string | null };

const freeBytesMin = 1 << 30;

/** `centrala doctor`: asks the running server, or checks by itself whether one could run. */
export async function doctor(loaded: LoadedSettings): Promise<void> {
  const checks = (await isRunning(loaded)) ? await askServer(loaded) : await checkOffline(loaded);
  for (const check of checks) {
    process.stdout.write(`${check.ok ? "ok  " : "BAD "} ${check.title}: ${check.detail}\n`);
    if (!check.ok && check.mend !== null) process.stdout.write(`     ${check.mend}\n`);
  }
  process.exitCode = checks.every((check) => check.ok) ? 0 : 1;
}

async function askServer(loaded: LoadedSettings): Promise<Check[]> {
  return withApi(loaded, async (api) => {
    const answer = await api("GET", "/api/system/doctor");
    if (answer.status !== 200) throw new Error(`the running server answered ${answer.status}`);
    return (JSON.parse(answer.text) as { checks: Check[] }).checks;
  });
}

async function checkOffline(loaded: LoadedSettings): Promise<Check[]> {
  const { settings } = loaded;
  const checks: Check[] = [];
  try {
    const places = preparePlaces(settings.data);
    const disk = await statfs(places.data);
    const free = disk.bavail * disk.bsize;
    checks.push({ ok: true, title: "Data folder", detail: places.data, mend: null });
    checks.push({
      ok: free > freeBytesMin,
      title: "Disk",
      detail: `${Math.round(free / 2 ** 20)} MB free`,
      mend: "Make room: a day of one operator's calls takes about 150 MB.",
    });
  } catch (error) {
    checks.push({
      ok: false,
      title: "Data folder",
      detail: error instanceof Error ? error.message : String(error),
      mend: "Set CENTRALA_DATA to a folder you may write.",
    });
  }
  for (const name of ["httpPort", "httpsPort", "sipPort", "sipsPort"] as const)
    checks.push(await portCheck(name, settings[name], settings.bind, name === "sipPort"));
  const addresses = localAddresses();
  checks.push({
    ok: addresses.length > 0,
    title: "Network",
    detail: addresses.join(", ") || "no address but loopback",
    mend: "Connect this computer to a network to take calls from others.",
  });
  return checks;
}

async function portCheck(
  name: "httpPort" | "httpsPort" | "sipPort" | "sipsPort",
  port: number,
  bind: string,
  udp: boolean,
): Promise<Check> {
  const code = (await bindCode(port, bind)) ?? (udp ? await bindUdpCode(port, bind) : undefined);
  return {
    ok: code === undefined,
    title: `Port ${port}`,
    detail: code === undefined ? `free (${variableOf(name)})` : `${code}`,
    mend: `Another program holds it: stop that one, or set ${variableOf(name)}.`,
  };
}

function bindCode(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "ERROR"));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

function bindUdpCode(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "ERROR"));
    socket.bind(port, host, () => socket.close(() => resolve(undefined)));
  });
}
