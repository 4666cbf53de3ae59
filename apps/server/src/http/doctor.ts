import { access, constants, statfs } from "node:fs/promises";
import { type Said, type Sentence, say } from "@centrala/contract";
import type { App, Centre } from "../app.ts";
import { isLoopback } from "./hosts.ts";

export type Check = {
  readonly id: string;
  readonly ok: boolean;
  readonly title: string;
  readonly detail: string;
  /** What to do about it; null when nothing needs doing. */
  readonly mend: string | null;
  /** The same three sentences by code. */
  readonly said: { readonly title: Said; readonly detail: Said; readonly mend: Said | null };
};

const freeBytesMin = 1024 ** 3;
const day = 86_400_000;

/** Checks of a running server: folder, disk, database, certificate, addresses, carriers. Each says how to mend it. */
export async function runDoctor(app: App, centre: Centre): Promise<Check[]> {
  const checks = await Promise.all([folderCheck(app), diskCheck(app), databaseCheck(app)]);
  return [
    ...checks,
    certificateCheck(app),
    networkCheck(app),
    outsideCheck(app, centre),
    portsCheck(app),
    ...passwordCheck(app, centre),
    ...trunkChecks(app, centre),
  ];
}

/** A check is fine when there is nothing to mend. */
function check(id: string, title: Sentence, detail: Sentence, mend: Sentence | null): Check {
  return {
    id,
    ok: mend === null,
    title: title.message,
    detail: detail.message,
    mend: mend?.message ?? null,
    said: { title: saidOf(title), detail: saidOf(detail), mend: mend === null ? null : saidOf(mend) },
  };
}

/** A sentence without its English text. */
export function saidOf({ code, params }: Sentence): { code: Sentence["code"]; params: Sentence["params"] } {
  return { code, params };
}

async function folderCheck(app: App): Promise<Check> {
  const title = say("CHECK_FOLDER");
  const path = app.places.data;
  try {
    await access(path, constants.R_OK | constants.W_OK);
    return check("folder", title, say("FOLDER_FINE", { path }), null);
  } catch {
    return check("folder", title, say("FOLDER_NOT_WRITABLE", { path }), say("MEND_FOLDER"));
  }
}

export type Disk = { readonly freeBytes: number; readonly totalBytes: number };

export async function diskOf(app: App): Promise<Disk> {
  const disk = await statfs(app.places.data);
  return { freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize };
}

async function diskCheck(app: App): Promise<Check> {
  const { freeBytes } = await diskOf(app);
  const mend = freeBytes > freeBytesMin ? null : say("MEND_DISK");
  const detail = say("DISK_FREE", { gigabytes: Math.round(freeBytes / 1e8) / 10 });
  return check("disk", say("CHECK_DISK"), detail, mend);
}

async function databaseCheck(app: App): Promise<Check> {
  const title = say("CHECK_DATABASE");
  const database = databaseName(app).message;
  try {
    await app.store.ping();
    return check("database", title, say("DATABASE_FINE", { database }), null);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return check("database", title, say("DATABASE_AWAY", { database, detail }), say("MEND_DATABASE"));
  }
}

export function databaseName(app: App): Sentence {
  return say(app.settings.databaseUrl === null ? "DATABASE_EMBEDDED" : "DATABASE_GIVEN");
}

function certificateCheck(app: App): Check {
  const { kind, validUntil } = app.network.certificate;
  const count = Math.floor((validUntil - app.clock()) / day);
  const detail = say(kind === "local" ? "CERTIFICATE_LOCAL" : "CERTIFICATE_GIVEN", { count });
  const mend = say(kind === "local" ? "MEND_CERTIFICATE_LOCAL" : "MEND_CERTIFICATE_GIVEN");
  return check("certificate", say("CHECK_CERTIFICATE"), detail, count > 14 ? null : mend);
}

function networkCheck(app: App): Check {
  const { localAddresses } = app.network;
  const title = say("CHECK_NETWORK");
  const address = app.settings.bind;
  if (localAddresses.length === 0 && isLoopback(address))
    return check("network", title, say("NETWORK_BOUND", { address }), say("MEND_BOUND"));
  if (localAddresses.length === 0) return check("network", title, say("NETWORK_NONE"), say("MEND_NETWORK"));
  return check("network", title, say("NETWORK_ADDRESSES", { addresses: localAddresses.join(", ") }), null);
}

export type Reach = { readonly reachable: "yes" | "no" | "unknown"; readonly why: Sentence };

/** Whether carriers can reach this machine, as far as it can be known from inside. */
export function reachOf(app: App, centre: Centre): Reach {
  const { address } = app.network.publicAddress();
  const states = app.phone.trunkStates(centre.id);
  if (states.some((state) => state.registration.state === "registered" && state.learntAddress !== null))
    return { reachable: "yes", why: say("REACH_REGISTERED") };
  if (address === null) return { reachable: "unknown", why: say("REACH_NO_ADDRESS") };
  if (app.network.localAddresses.includes(address)) return { reachable: "yes", why: say("REACH_OWN") };
  return { reachable: "unknown", why: say("REACH_ROUTER", { address, port: app.network.sipPort }) };
}

function outsideCheck(app: App, centre: Centre): Check {
  return check("outside", say("CHECK_OUTSIDE"), reachOf(app, centre).why, null);
}

function portsCheck(app: App): Check {
  const { first, last } = app.settings.rtpPorts;
  const detail = say("PORTS_FINE", { port: app.network.sipPort, first, last, count: Math.floor((last - first) / 4) });
  return check("ports", say("CHECK_PORTS"), detail, null);
}

/** Passwords of telephones from a time when any would do. */
function passwordCheck(app: App, centre: Centre): Check[] {
  const { device } = centre.config.current;
  if (device.length === 0) return [];
  const weak = app.phone.weakDevices(centre.id);
  const names = device.filter(({ id }) => weak.has(id)).map(({ username }) => username);
  const title = say("CHECK_PHONE_PASSWORDS");
  if (names.length === 0) return [check("phone-passwords", title, say("PHONE_PASSWORDS_FINE"), null)];
  const shown = names.length > 20 ? `${names.slice(0, 20).join(", ")} …` : names.join(", ");
  const detail = say("PHONE_PASSWORDS_WEAK", { names: shown });
  return [check("phone-passwords", title, detail, say("MEND_PHONE_PASSWORDS"))];
}

function trunkChecks(app: App, centre: Centre): Check[] {
  const trunks = new Map(app.phone.trunkStates(centre.id).map((state) => [state.trunkId, state]));
  return centre.config.current.trunk
    .filter((trunk) => trunk.enabled)
    .map((trunk) => {
      const state = trunks.get(trunk.id);
      const registration = state?.registration.state ?? "none";
      const health = state?.health.state ?? "unknown";
      const status = state?.registration.sipStatus ?? null;
      const bad = registration === "refused" || registration === "unreachable" || health === "down";
      const detail =
        status === null
          ? say("TRUNK_STATE", { registration, health })
          : say("TRUNK_STATE_SIP", { registration, health, status });
      const mend = say(registration === "refused" ? "MEND_TRUNK_REFUSED" : "MEND_TRUNK_AWAY");
      return check(`trunk/${trunk.id}`, say("CHECK_TRUNK", { name: trunk.name }), detail, bad ? mend : null);
    });
}
