import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ContactDetail, ContactRow, TrunkState } from "@centrala/contract";
import { readWav, type WavSound } from "@centrala/media";
import type { Peer } from "@centrala/sip";
import { Child } from "./child.ts";
import { eventually } from "./eventually.ts";
import { Operator } from "./operator.ts";
import { freePort, freeRange, parties } from "./ports.ts";
import { temporaryFolder } from "./sounds.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));
/** What all people of the test's centre sign in with. */
export const password = "a long enough password";

export type CentreOptions = {
  readonly rtpPortsCount?: number;
  readonly log?: "trace" | "debug" | "info" | "warn" | "silent";
  /** A PostgreSQL that runs already, instead of the embedded one. */
  readonly databaseUrl?: string;
  /** More settings of the server, by their flags: { "public-url": "https://..." }. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Leaves the centre as a fresh installation prints its link. */
  readonly setUp?: boolean;
  readonly recordCalls?: boolean;
  /** The demonstration centre with this many simulated callers a minute; implies that it is not set up otherwise. */
  readonly demoCallsPerMinute?: number;
};

type Ports = {
  readonly http: number;
  readonly https: number;
  readonly sip: number;
  readonly sips: number;
  readonly rtp: string;
};
type Reply = { readonly status: number; readonly body: unknown; readonly headers: Headers };
export type Body = Readonly<Record<string, unknown>>;

const triesMax = 3;

/** Starts a real server on a data folder of its own and sets it up; the caller closes it. */
export async function startCentre(options: CentreOptions = {}): Promise<TestCentre> {
  for (let tries = 1; ; tries += 1) {
    const centre = new TestCentre(options, await freePorts(options.rtpPortsCount ?? 400));
    try {
      await centre.start();
      if (options.setUp !== false && options.demoCallsPerMinute === undefined) await centre.setUp();
      return centre;
    } catch (error) {
      const { output } = centre;
      await centre.close();
      // Between our look and the server's another program may have taken the port.
      if (tries < triesMax && /is taken by another program/.test(output)) continue;
      throw new Error(`the centre did not start: ${String(error)}\n${output.split("\n").slice(-30).join("\n")}`, {
        cause: error,
      });
    }
  }
}

async function freePorts(rtpPortsCount: number): Promise<Ports> {
  const ports = new Set<number>();
  while (ports.size < 4) ports.add(await freePort());
  const [http = 0, https = 0, sip = 0, sips = 0] = ports;
  return { http, https, sip, sips, rtp: await freeRange(rtpPortsCount) };
}

/** A running centre as a test sees it: its process, its API, its files. */
export class TestCentre {
  readonly ports: Ports;
  readonly folder: string;
  readonly #options: CentreOptions;
  readonly #removeFolder: () => void;
  readonly #outputs: string[] = [];
  #process: Child | undefined;
  #token = "";
  #setupToken = "";
  /** The first manager's session. */
  manager = "";

  constructor(options: CentreOptions, ports: Ports) {
    this.#options = options;
    this.ports = ports;
    const folder = temporaryFolder("centre");
    this.folder = folder.path;
    this.#removeFolder = folder.remove;
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports.http}`;
  }

  get setupToken(): string {
    return this.#setupToken;
  }

  /** Where SIP requests are sent. */
  peer(transport: Peer["transport"] = "UDP"): Peer {
    return { transport, address: parties.server, port: transport === "TLS" ? this.ports.sips : this.ports.sip };
  }

  uri(number: string): string {
    return `sip:${number}@${parties.server}:${this.ports.sip}`;
  }

  /** All that the server's processes printed, since the first start. */
  get output(): string {
    return [...this.#outputs, this.#process?.output ?? ""].join("\n");
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Process id of the database's postmaster; undefined with a database of one's own. */
  get postmasterPid(): number | undefined {
    try {
      const text = readFileSync(join(this.folder, "postgres", "data", "postmaster.pid"), "utf8");
      return Number(text.split("\n", 1)[0]);
    } catch {
      return undefined;
    }
  }

  /** Settings of the server as flags, also for other commands on the same folder. */
  get flags(): string[] {
    const { ports } = this;
    return [
      ["data", this.folder],
      ["bind", parties.server],
      ["http-port", ports.http],
      ["https-port", ports.https],
      ["sip-port", ports.sip],
      ["sips-port", ports.sips],
      ["rtp-ports", ports.rtp],
      ["log", this.#options.log ?? "info"],
      ...Object.entries(this.#options.settings ?? {}),
      ...(this.#options.databaseUrl === undefined ? [] : [["database-url", this.#options.databaseUrl]]),
    ].flatMap(([name, value]) => [`--${name}`, String(value)]);
  }

  /** Runs the server and waits until it takes calls. */
  async start(): Promise<void> {
    const demo = this.#options.demoCallsPerMinute;
    const child = new Child("the server", process.execPath, [
      "--disable-warning=ExperimentalWarning",
      "--no-memory-protection-keys",
      join(root, "apps/server/src/main.ts"),
      "serve",
      ...this.flags,
      ...(demo === undefined ? [] : ["--demo", "--rate", String(demo)]),
    ]);
    this.#process = child;
    const ended = child.exited.then(() => {
      throw new Error(`the server ended: ${child.tail()}`);
    });
    const ready = eventually(async () => (await fetch(`${this.url}/readyz`)).ok, {
      what: "the server to be ready",
      withinMs: 60_000,
    });
    ready.catch(() => undefined);
    ended.catch(() => undefined);
    await Promise.race([ready, ended]);
    await child.printed(/Centrala .* is running/);
    const link = child.lines
      .map((line) => /setup\?token=([\w-]+)/.exec(line)?.[1])
      .find((token) => token !== undefined);
    if (link !== undefined) this.#setupToken = link;
  }

  /** Runs another command of `centrala` on this folder. */
  async command(...words: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
    const child = new Child(words[0] ?? "", process.execPath, [
      "--disable-warning=ExperimentalWarning",
      "--no-memory-protection-keys",
      join(root, "apps/server/src/main.ts"),
      ...words,
      ...this.flags,
    ]);
    const { code } = await child.exited;
    return { code, output: child.output };
  }

  /** `kill -9`: nothing is closed, nothing is said. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    child.kill("SIGKILL");
    await child.exited;
    this.#outputs.push(child.output);
    this.#process = undefined;
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    child.kill("SIGTERM");
    // The second signal ends calls that still run; the first alone would wait for them.
    const again = setInterval(() => child.kill("SIGTERM"), 300);
    const force = setTimeout(() => child.kill("SIGKILL"), 15_000);
    const { signal } = await child.exited;
    clearInterval(again);
    clearTimeout(force);
    this.#outputs.push(child.output);
    this.#process = undefined;
    if (signal === "SIGKILL") process.stderr.write(`the server did not stop by itself\n${child.tail()}\n`);
  }

  /** Ends the server and its database and removes the folder. */
  async close(): Promise<void> {
    await this.stop();
    const orphan = this.postmasterPid;
    if (orphan !== undefined && isPostgres(orphan)) {
      signalIfThere(orphan, "SIGQUIT");
      await eventually(() => !isPostgres(orphan), { what: "the database to end" }).catch(() => undefined);
    }
    const logs = process.env.CENTRALA_TEST_LOGS;
    if (logs !== undefined) writeFileSync(join(logs, `${basename(this.folder)}.log`), this.output);
    this.#removeFolder();
  }

  /** Makes the centre with its first manager (login "boss"), and a machine token for this test. */
  async setUp(): Promise<void> {
    const reply = await this.request("POST", "/api/setup", {
      token: this.#setupToken,
      centre: {
        name: "Test centre",
        kind: "in-house",
        country: "BG",
        timeZone: "Europe/Sofia",
        language: "en",
        recordingNotice: false,
        recordCalls: this.#options.recordCalls ?? true,
        recordingRetentionDays: 90,
      },
      manager: { name: "The Boss", login: "boss", password },
    });
    if (reply.status >= 300) throw new Error(`set-up was refused: ${JSON.stringify(reply.body)}`);
    await this.#enter(cookieOf(reply.headers));
  }

  /** Signs the manager in, of a centre that was set up in the browser. */
  async signIn(login: string): Promise<void> {
    const reply = await this.request("POST", "/api/session", { login, password });
    if (reply.status >= 300) throw new Error(`the sign-in was refused: ${JSON.stringify(reply.body)}`);
    await this.#enter(cookieOf(reply.headers));
  }

  async #enter(cookie: string): Promise<void> {
    this.manager = cookie;
    const made = await this.request(
      "POST",
      "/api/tokens",
      { name: "tests", roles: ["manager", "technician"] },
      { cookie: this.manager },
    );
    if (made.status >= 300) throw new Error(`no machine token: ${JSON.stringify(made.body)}`);
    this.#token = (made.body as { token: string }).token;
  }

  /** One request of the API as it is, without judging the answer. */
  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        origin: this.url,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") === true;
    return {
      status: response.status,
      body: isJson && text !== "" ? JSON.parse(text) : text,
      headers: response.headers,
    };
  }

  /** A request with the machine token. @throws Error with the refusal */
  async api<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    // A machine token makes no people and no tokens: what a test sets up, it sets up as the manager.
    const reply = await this.request(method, path, body, { cookie: this.manager });
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply.body as T;
  }

  put(kind: string, id: string, entity: Body): Promise<Body> {
    return this.api("PUT", `/api/config/${kind}/${id}`, { id, ...entity });
  }

  /** Changes some fields of an entity and leaves the others. */
  async change(kind: string, id: string, fields: Body): Promise<void> {
    const { items } = await this.api<{ items: readonly Body[] }>("GET", `/api/config/${kind}`);
    const found = items.find((item) => item.id === id);
    if (found === undefined) throw new Error(`there is no ${kind} ${id}`);
    const { hasPassword: _hidden, ...rest } = found;
    await this.put(kind, id, { ...rest, ...fields });
  }

  /** An operator with a SIP phone, signed in; a member of the queue "main" unless told otherwise. */
  async hire(
    login: string,
    options: { readonly extension?: string; readonly queueId?: string | null } = {},
  ): Promise<Operator> {
    await this.put("user", login, { login, name: login, roles: ["operator"], extension: options.extension ?? null });
    await this.put("device", `${login}-phone`, { userId: login, username: login, password: `secret-of-${login}` });
    const queueId = options.queueId === undefined ? "main" : options.queueId;
    if (queueId !== null) await this.#join(queueId, login);
    const { url } = await this.api<{ url: string }>("POST", `/api/users/${login}/invitation`);
    const token = url.split("/").at(-1) ?? "";
    const accepted = await this.request("POST", `/api/invitations/${token}`, { password });
    if (accepted.status >= 300) throw new Error(`the invitation was refused: ${JSON.stringify(accepted.body)}`);
    return new Operator(this, login, cookieOf(accepted.headers));
  }

  async #join(queueId: string, userId: string): Promise<void> {
    const { items } = await this.api<{ items: readonly Body[] }>("GET", "/api/config/queue");
    const queue = items.find((item) => item.id === queueId);
    if (queue === undefined) throw new Error(`there is no queue ${queueId}`);
    const operators = queue.operators as readonly Body[];
    await this.put("queue", queueId, { ...queue, operators: [...operators, { userId, tier: 1 }] });
  }

  async contacts(): Promise<readonly ContactRow[]> {
    return (await this.api<{ items: readonly ContactRow[] }>("GET", "/api/contacts?limit=200")).items;
  }

  contact(id: string): Promise<ContactDetail> {
    return this.api("GET", `/api/contacts/${id}`);
  }

  /** The newest contact with this caller, as soon as it has ended. */
  async ended(number: string): Promise<ContactDetail> {
    const row = await eventually(
      async () => (await this.contacts()).find((contact) => isWith(contact, number) && contact.endedAt !== null),
      { what: `the contact with ${number} to end` },
    );
    return this.contact(row.id);
  }

  /** How each offer of the newest contact with this caller ended, in order, once the contact has ended. */
  async offers(number: string): Promise<readonly unknown[]> {
    const { timeline } = await this.ended(number);
    return timeline.filter((item) => item.kind === "offerEnded").map((item) => item.params.outcome);
  }

  /** A contact's only recording, as soon as it is written to its end. */
  async recording(contactId: string): Promise<WavSound> {
    const { id } = await eventually(
      async () =>
        (await this.contact(contactId)).recordings.find((recording) => recording.available && recording.durationMs > 0),
      { what: "the recording to be closed" },
    );
    return this.recordedSound(id);
  }

  async recordedSound(id: string): Promise<WavSound> {
    const response = await fetch(`${this.url}/api/recordings/${id}/audio`, {
      headers: { authorization: `Bearer ${this.#token}` },
    });
    if (!response.ok) throw new Error(`the recording cannot be had: ${response.status} ${await response.text()}`);
    const wav = readWav(new Uint8Array(await response.arrayBuffer()));
    if (!wav.ok) throw new Error(`the recording cannot be played: ${wav.message}`);
    return wav.value;
  }

  async trunkState(trunkId: string): Promise<TrunkState | undefined> {
    const { items } = await this.api<{ items: readonly TrunkState[] }>("GET", "/api/trunks/states");
    return items.find((state) => state.trunkId === trunkId);
  }

  async metrics(): Promise<string> {
    const headers = { authorization: `Bearer ${this.#token}` };
    return (await fetch(`${this.url}/metrics`, { headers })).text();
  }
}

function isWith(contact: ContactRow, number: string): boolean {
  return contact.party.e164 === number || contact.party.raw === number;
}

/** "name=value" of the session's cookie in an answer. */
export function cookieOf(headers: Headers): string {
  return (
    headers
      .getSetCookie()
      .find((cookie) => cookie.includes("centrala="))
      ?.split(";", 1)[0] ?? ""
  );
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended between the look and the signal.
  }
}

/** Whether a PostgreSQL server lives under this number; what has ended and was not yet waited for has no command line. */
export function isPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("postgres");
  } catch {
    return false;
  }
}
