import { access, constants, statfs } from "node:fs/promises";
import type { App, Centre } from "../app.ts";

export type Check = {
  readonly id: string;
  readonly ok: boolean;
  readonly title: string;
  readonly detail: string;
  /** What to do about it; null when nothing needs doing. */
  readonly mend: string | null;
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
    ...trunkChecks(app, centre),
  ];
}

async function folderCheck(app: App): Promise<Check> {
  const title = "Data folder";
  const detail = app.places.data;
  try {
    await access(app.places.data, constants.R_OK | constants.W_OK);
    return { id: "folder", ok: true, title, detail, mend: null };
  } catch {
    return {
      id: "folder",
      ok: false,
      title,
      detail: `${detail} cannot be written`,
      mend: "Give the user of this server the right to write there, or set CENTRALA_DATA.",
    };
  }
}

export type Disk = { readonly freeBytes: number; readonly totalBytes: number };

export async function diskOf(app: App): Promise<Disk> {
  const disk = await statfs(app.places.data);
  return { freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize };
}

async function diskCheck(app: App): Promise<Check> {
  const { freeBytes } = await diskOf(app);
  const ok = freeBytes > freeBytesMin;
  const mend = ok ? null : "Make room: a day of one operator's calls takes about 150 MB.";
  return { id: "disk", ok, title: "Disk", detail: `${Math.round(freeBytes / 1024 ** 2)} MB free`, mend };
}

async function databaseCheck(app: App): Promise<Check> {
  const title = "Database";
  const kind = databaseName(app);
  try {
    await app.store.ping();
    return { id: "database", ok: true, title, detail: `${kind} answers`, mend: null };
  } catch (error) {
    const detail = `${kind} does not answer: ${error instanceof Error ? error.message : String(error)}`;
    return {
      id: "database",
      ok: false,
      title,
      detail,
      mend: "Restart Centrala; with an own PostgreSQL, check CENTRALA_DATABASE_URL.",
    };
  }
}

export function databaseName(app: App): string {
  return app.settings.databaseUrl === null ? "embedded PostgreSQL" : "PostgreSQL of CENTRALA_DATABASE_URL";
}

function certificateCheck(app: App): Check {
  const { kind, validUntil } = app.network.certificate;
  const days = Math.floor((validUntil - app.clock()) / day);
  const ok = days > 14;
  const detail = `${kind === "local" ? "made here" : "given"}, valid for ${days} days`;
  const mend =
    kind === "local"
      ? "Restart Centrala: it makes a new one."
      : "Renew the files of CENTRALA_TLS_CERT and CENTRALA_TLS_KEY, then restart.";
  return { id: "certificate", ok, title: "Certificate", detail, mend: ok ? null : mend };
}

function networkCheck(app: App): Check {
  const { localAddresses } = app.network;
  const ok = localAddresses.length > 0;
  const mend = ok ? null : "Connect this computer to a network to take calls from others.";
  return { id: "network", ok, title: "Network", detail: localAddresses.join(", ") || "no address but loopback", mend };
}

export type Reach = { readonly reachable: "yes" | "no" | "unknown"; readonly why: string };

/** Whether carriers can reach this machine, as far as it can be known from inside. */
export function reachOf(app: App, centre: Centre): Reach {
  const { address, from } = app.network.publicAddress();
  const states = app.phone.trunkStates(centre.id);
  if (states.some((state) => state.registration.state === "registered" && state.learntAddress !== null))
    return {
      reachable: "yes",
      why: "A carrier's line is registered: calls come in over the connection that this machine opened.",
    };
  if (address === null)
    return {
      reachable: "unknown",
      why: "The public address is not known yet: it is learnt from the carrier, or set by CENTRALA_PUBLIC_ADDRESS.",
    };
  if (app.network.localAddresses.includes(address))
    return { reachable: "yes", why: "The public address is one of this machine's own." };
  const how = from === "setting" ? "set" : "learnt";
  return {
    reachable: "unknown",
    why: `The public address ${address} (${how}) belongs to a router. Carriers that call by address need port ${app.network.sipPort} and the voice ports forwarded to this machine.`,
  };
}

function outsideCheck(app: App, centre: Centre): Check {
  const { reachable, why } = reachOf(app, centre);
  return { id: "outside", ok: reachable !== "no", title: "Reachable from outside", detail: why, mend: null };
}

function portsCheck(app: App): Check {
  const { first, last } = app.settings.rtpPorts;
  const calls = Math.floor((last - first) / 4);
  const detail = `SIP ${app.network.sipPort}, voice ${first}-${last} (about ${calls} calls at once)`;
  return { id: "ports", ok: true, title: "Ports", detail, mend: null };
}

function trunkChecks(app: App, centre: Centre): Check[] {
  const trunks = new Map(app.phone.trunkStates(centre.id).map((state) => [state.trunkId, state]));
  return centre.config.current.trunk
    .filter((trunk) => trunk.enabled)
    .map((trunk) => {
      const state = trunks.get(trunk.id);
      const registration = state?.registration.state ?? "none";
      const status = state?.registration.sipStatus;
      const bad = registration === "refused" || registration === "unreachable" || state?.health.state === "down";
      const answered = status === null || status === undefined ? "" : ` (SIP ${status})`;
      return {
        id: `trunk/${trunk.id}`,
        ok: !bad,
        title: `Line ${trunk.name}`,
        detail: `registration ${registration}${answered}, health ${state?.health.state ?? "unknown"}`,
        mend: bad ? trunkMend(registration) : null,
      };
    });
}

function trunkMend(registration: string): string {
  if (registration === "refused")
    return "The carrier refuses the name or password: compare both with the carrier's letter.";
  return "The carrier does not answer: check its host name, this machine's connection, and whether a firewall stops SIP.";
}
