import {
  type CentreConfig,
  type CoreConfig,
  type EntityKind,
  testNumberId,
  testScenarioId,
  testTrunkId,
} from "@centrala/contract";
import { changeOfConfig, isEmptyChange, toCoreConfig } from "@centrala/domain";
import type { Store } from "@centrala/store";
import type { Logger } from "pino";
import type { CentreCore, ConfigService, TestLine } from "../app.ts";
import { stuckAfterMs } from "./loop.ts";

const retryMsMin = 2_000;
const retryMsMax = 60_000;

/** The change is stored; the core does not decide with it yet, and will be told again. */
export class NotInEffect extends Error {
  override readonly name = "NotInEffect";
}

function leadsSomewhere({ scenario }: TestLine, config: CentreConfig): boolean {
  const known = config.client.some((client) => client.id === scenario.clientId);
  return (
    known &&
    Object.values(scenario.steps).every(
      (step) => step.kind !== "queue" || config.queue.some((queue) => queue.id === step.queueId),
    )
  );
}

/** Whether the core took it; false as well when the journal takes no entries at all, so that nobody waits for a full disk. */
async function takenInTime(core: CentreCore, told: Promise<boolean>): Promise<boolean> {
  let look: ReturnType<typeof setInterval> | undefined;
  const stuck = new Promise<boolean>((resolve) => {
    look = setInterval(() => core.stuckMs > stuckAfterMs && resolve(false), stuckAfterMs);
  });
  try {
    return await Promise.race([told, stuck]);
  } finally {
    clearInterval(look);
  }
}

/** Keeps a centre's configuration in memory and tells everyone concerned when it was changed. */
export class StoredConfig implements ConfigService {
  readonly #store: Store;
  readonly #centreId: string;
  readonly #log: Logger | undefined;
  readonly #listeners = new Set<(config: CentreConfig) => void | Promise<void>>();
  #current: CentreConfig;
  #names = new Map<string, string>();
  #core: CentreCore | undefined;
  #testLine: TestLine | null = null;
  #made: { readonly current: CentreConfig; readonly line: TestLine | null; readonly running: CentreConfig } | undefined;
  #turn: Promise<void> = Promise.resolve();
  /** What the core was told last: the next difference is made when this one is decided. */
  #told: Promise<boolean> = Promise.resolve(true);
  #retry: ReturnType<typeof setTimeout> | undefined;
  #retryMs = retryMsMin;
  #closed = false;

  static async load(store: Store, centreId: string, log?: Logger): Promise<StoredConfig> {
    return new StoredConfig(store, centreId, await store.entities.loadConfig(centreId), log);
  }

  private constructor(store: Store, centreId: string, config: CentreConfig, log: Logger | undefined) {
    this.#store = store;
    this.#centreId = centreId;
    this.#log = log;
    this.#current = config;
    this.#index();
  }

  get current(): CentreConfig {
    return this.#current;
  }

  /** The same object until something changes: indices are made of it. */
  get running(): CentreConfig {
    const made = this.#made;
    if (made?.current === this.#current && made.line === this.#testLine) return made.running;
    const running = this.#withTestLine();
    this.#made = { current: this.#current, line: this.#testLine, running };
    return running;
  }

  #withTestLine(): CentreConfig {
    const line = this.#testLine;
    if (line === null || !leadsSomewhere(line, this.#current)) return this.#current;
    const { trunk, number, scenario } = this.#current;
    return {
      ...this.#current,
      trunk: line.trunk === null ? trunk : [...trunk.filter(({ id }) => id !== testTrunkId), line.trunk],
      number: [...number.filter(({ id }) => id !== testNumberId), line.number],
      scenario: [...scenario.filter(({ id }) => id !== testScenarioId), line.scenario],
    };
  }

  setTestLine(line: TestLine): Promise<void> {
    this.#testLine = line;
    return this.reload();
  }

  /** From now on the core hears of every change; called once at start. */
  async attach(core: CentreCore): Promise<void> {
    this.#core = core;
    await takenInTime(core, this.#tell(core));
  }

  onChange(listener: (config: CentreConfig) => void | Promise<void>): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** One after another: an answer of the database that comes late must not put an older configuration in place. */
  reload(): Promise<void> {
    const turn = this.#turn.then(() => this.#load());
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
  }

  async #load(): Promise<void> {
    const loaded = await this.#store.entities.loadConfig(this.#centreId);
    if (loaded.version >= this.#current.version) this.#current = loaded;
    this.#index();
    const core = this.#core;
    const taken = core === undefined || (await takenInTime(core, this.#tell(core)));
    for (const listener of this.#listeners) await this.#hear(listener);
    if (!taken) throw new NotInEffect("the core does not decide with this configuration yet");
  }

  /** One that fails costs the others nothing. */
  async #hear(listener: (config: CentreConfig) => void | Promise<void>): Promise<void> {
    try {
      await listener(this.#current);
    } catch (error) {
      this.#log?.error({ centreId: this.#centreId, err: error }, "a new configuration did not reach everything");
    }
  }

  #tell(core: CentreCore): Promise<boolean> {
    this.#told = this.#told
      .then(() => this.#tellNow(core))
      .catch((error: unknown) => {
        this.#log?.error({ centreId: this.#centreId, err: error }, "the core could not be told a configuration");
        return false;
      });
    return this.#told;
  }

  /** The journal keeps what was told for ever: only what is different, and nothing where the core decides the same with it. */
  async #tellNow(core: CentreCore): Promise<boolean> {
    // Nobody calls out by the test line.
    const config: CoreConfig = { ...toCoreConfig(this.running), trunks: toCoreConfig(this.#current).trunks };
    const change = changeOfConfig(core.state.config.core, config);
    if (change !== null && isEmptyChange(change)) return true;
    const outcome = await core.submit(
      change === null ? { kind: "configured", config } : { kind: "configChanged", change },
    );
    if (outcome.ok) this.#retryMs = retryMsMin;
    else this.#tellLater(core, outcome.code);
    return outcome.ok;
  }

  /** What is stored counts sooner or later. */
  #tellLater(core: CentreCore, code: string): void {
    if (this.#closed) return;
    const { version } = this.#current;
    this.#log?.error(
      { centreId: this.#centreId, code, version },
      "the core did not take the configuration; it is told again",
    );
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#tell(core), this.#retryMs);
    this.#retry.unref();
    this.#retryMs = Math.min(retryMsMax, this.#retryMs * 2);
  }

  name(kind: EntityKind, id: string): string {
    return this.#names.get(`${kind}/${id}`) ?? id;
  }

  #index(): void {
    const kinds = [
      "client",
      "trunk",
      "user",
      "device",
      "skill",
      "hours",
      "queue",
      "scenario",
      "prompt",
      "breakReason",
    ] as const;
    const names = new Map<string, string>();
    for (const kind of kinds) for (const entity of this.running[kind]) names.set(`${kind}/${entity.id}`, entity.name);
    for (const number of this.running.number)
      names.set(`number/${number.id}`, number.label === "" ? number.number : number.label);
    this.#names = names;
  }
}
