import { type ChildProcess, fork } from "node:child_process";
import { startCentre, type TestCentre } from "../../interop/support/centre.ts";
import { parties } from "../../interop/support/ports.ts";
import type { CallerRun } from "./callers.ts";
import type { LoadFigures, Opened, Order } from "./load.ts";
import { type CpuTime, cpuTime, residentKib } from "./processes.ts";

/** Numbers of the benchmark's centre, by what the caller meets there. */
export const numbers = {
  /** Answers at once and waits for keys, without a sound. */
  held: "+35924000001",
  /** Leads to somebody outside. */
  bridged: "+35924000002",
  queue: "+35924000003",
} as const;

export type RigOptions = {
  readonly operators?: number;
  readonly record?: boolean;
  readonly wrapUpMsMax?: number;
};

export const quiet = { active: false, codecs: "8 0" } as const;

const rtpPortsCount = 5_000;
const startsMax = 8;
const phonesPerSocket = 100;
/** What one person may change without waiting, and how often after it (http/write-limit.ts). */
const changesAtOnce = 200;
const changeEveryMs = 300;
const outsideNumber = "+35929876543";

/** A real server in its own process with its own database, and the load generator in another. */
export class Rig {
  readonly centre: TestCentre;
  readonly #load: ChildProcess;

  static async start(options: RigOptions = {}): Promise<Rig> {
    const recordCalls = options.record ?? false;
    const folder = process.env["BENCH_PROFILE"];
    if (folder !== undefined) process.env["NODE_OPTIONS"] = `--cpu-prof --cpu-prof-dir=${folder}`;
    const centre = await startSomewhere(recordCalls);
    delete process.env["NODE_OPTIONS"];
    const rig = new Rig(centre, fork(new URL("./load.ts", import.meta.url), { serialization: "advanced" }));
    try {
      await rig.#furnish(options);
      return rig;
    } catch (error) {
      await rig.close();
      throw error;
    }
  }

  private constructor(centre: TestCentre, load: ChildProcess) {
    this.centre = centre;
    this.#load = load;
  }

  async #furnish(options: RigOptions): Promise<void> {
    const operators = options.operators ?? 0;
    const logins = Array.from({ length: operators }, (_, index) => `op${index}`);
    const sockets = Math.ceil(operators / phonesPerSocket);
    const opened = await this.order<Opened>({
      kind: "open",
      server: { address: parties.server, port: this.centre.ports.sip },
      carrier: parties.carrier,
      far: parties.carrier,
      phones: Array.from({ length: sockets }, (_, index) => `127.0.1.${index + 1}`),
    });
    await this.#apply(centreFile(opened, logins, options), logins);
    await this.order({ kind: "behave", phones: { ...quiet, talkMs: null }, far: { ...quiet, talkMs: null } });
    if (operators === 0) return;
    await this.order({ kind: "register", usernames: logins });
    const { items } = await this.centre.api<{ items: readonly { id: string; login: string }[] }>(
      "GET",
      "/api/config/user",
    );
    const users = items.filter((item) => /^op\d+$/.test(item.login));
    for (const [index, user] of users.entries()) {
      if (index >= changesAtOnce) await pause(changeEveryMs);
      await this.centre.api("POST", `/api/floor/operators/${user.id}/state`, { to: "available" });
    }
  }

  async #apply(file: object, logins: readonly string[]): Promise<void> {
    const secrets = Object.fromEntries(logins.map((login) => [`env:SECRET_${login}`, `secret of ${login}`]));
    const { problems } = await this.centre.api<{ problems: readonly unknown[] }>("POST", "/api/centre-file/apply", {
      yaml: JSON.stringify(file),
      secrets,
    });
    if (problems.length > 0) throw new Error(`the centre file has problems: ${JSON.stringify(problems.slice(0, 3))}`);
  }

  order<T = void>(order: Order): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#load.once("message", (reply: { value?: T; error?: string }) =>
        reply.error === undefined ? resolve(reply.value as T) : reject(new Error(reply.error)),
      );
      this.#load.send(order);
    });
  }

  begin(run: CallerRun): Promise<void> {
    return this.order({ kind: "begin", run });
  }

  figures(): Promise<LoadFigures> {
    return this.order({ kind: "figures" });
  }

  reset(): Promise<void> {
    return this.order({ kind: "reset" });
  }

  settled(withinMs = 15_000): Promise<void> {
    return this.order({ kind: "settled", withinMs });
  }

  cpu(): CpuTime {
    return cpuTime(this.centre.pid, this.centre.postmasterPid ?? 0);
  }

  /** Processor time that the work took, and how long it lasted. */
  async measured(work: () => Promise<void>): Promise<CpuTime & { readonly tookMs: number }> {
    const before = this.cpu();
    const startedAt = performance.now();
    await work();
    const tookMs = performance.now() - startedAt;
    const after = this.cpu();
    return { server: after.server - before.server, database: after.database - before.database, tookMs };
  }

  residentKib(): number {
    return residentKib(this.centre.pid);
  }

  async close(): Promise<void> {
    this.#load.kill();
    await this.centre.close();
    const complaints = this.centre.output.split("\n").filter((line) => line.startsWith("{"));
    if (complaints.length > 0) console.error(`the server complained ${complaints.length} times: ${complaints[0]}`);
  }
}

/** Ports are chosen at random, so the wide range for voice may lie over another: then again. */
async function startSomewhere(recordCalls: boolean): Promise<TestCentre> {
  for (let start = 1; ; start += 1) {
    try {
      return await startCentre({ log: "warn", rtpPortsCount, recordCalls });
    } catch (error) {
      if (start >= startsMax || !String(error).includes("has this port already")) throw error;
    }
  }
}

/** Lets time pass in which the server is watched. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function centreFile(opened: Opened, logins: readonly string[], options: RigOptions): object {
  // One carrier, as callers meet it: it sends from one port and takes calls at another.
  const carrier = { id: "carrier", name: "carrier", host: parties.carrier, port: opened.far, country: "BG" };
  const flow = (id: string, first: object): object => ({
    ...{ id, name: id, clientId: "main", language: "en", start: "first", steps: { first } },
  });
  return {
    version: 1,
    trunks: [{ ...carrier, sources: [parties.carrier], maxCalls: 10_000, optionsEveryS: null }],
    numbers: Object.entries(numbers).map(([id, number]) => ({
      ...{ id, number, trunkId: "carrier", clientId: "main", scenarioId: id, label: id },
    })),
    users: [boss, ...logins.map(user)],
    queues: [queue(logins, options)],
    scenarios: [
      flow("held", {
        kind: "collect",
        prompts: [],
        into: "keys",
        keysMax: 1,
        timeoutMs: 60_000,
        attempts: 10,
        next: null,
        otherwise: null,
      }),
      flow("bridged", { kind: "transfer", target: { kind: "number", number: outsideNumber }, otherwise: null }),
      flow("queue", { kind: "queue", queueId: "main", otherwise: null }),
    ],
  };
}

/** The first manager stays: a section of a centre file holds all there is. */
const boss = { login: "boss", name: "The Boss", roles: ["manager", "technician", "supervisor", "operator"] };

function user(login: string): object {
  const devices = [{ id: login, username: login, password: { env: `SECRET_${login}` } }];
  return { login, name: login, roles: ["operator"], devices };
}

function queue(logins: readonly string[], options: RigOptions): object {
  const operators = logins.map((login) => ({ login, tier: 1 }));
  const silent = { welcome: [], announcements: [], announcePosition: false };
  const wrapUpMsMax = options.wrapUpMsMax ?? 0;
  return { id: "main", name: "Main", clientId: "main", waitingMax: 10_000, wrapUpMsMax, ...silent, operators };
}
