import {
  type CentreConfig,
  type CoreConfig,
  type EntityKind,
  testNumberId,
  testScenarioId,
  testTrunkId,
} from "@centrala/contract";
import { toCoreConfig } from "@centrala/domain";
import type { Store } from "@centrala/store";
import type { CentreCore, ConfigService, TestLine } from "../app.ts";
import { canonical } from "../centre-file/changes.ts";
import { stuckAfterMs } from "./loop.ts";

/** Whether two configurations are the same but for their version; what is absent equals null. */
function sameDecisions(left: CoreConfig, right: CoreConfig): boolean {
  return canonical({ ...left, version: 0 }) === canonical({ ...right, version: 0 });
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

/**
 * Waits for what the core was told, as long as the journal takes entries at all: the change is stored, the core takes it
 * as soon as it can, and whoever saved it is not kept waiting for a disk that is full.
 */
async function orStuck(core: CentreCore, told: Promise<unknown>): Promise<void> {
  let look: ReturnType<typeof setInterval> | undefined;
  const stuck = new Promise<void>((resolve) => {
    look = setInterval(() => core.stuckMs > stuckAfterMs && resolve(), stuckAfterMs);
  });
  try {
    await Promise.race([told, stuck]);
  } finally {
    clearInterval(look);
  }
}

/** Keeps a centre's configuration in memory and tells everyone concerned when it was changed. */
export class StoredConfig implements ConfigService {
  readonly #store: Store;
  readonly #centreId: string;
  readonly #listeners = new Set<(config: CentreConfig) => void | Promise<void>>();
  #current: CentreConfig;
  #names = new Map<string, string>();
  #core: CentreCore | undefined;
  #testLine: TestLine | null = null;
  #made: { readonly current: CentreConfig; readonly line: TestLine | null; readonly running: CentreConfig } | undefined;
  #turn: Promise<void> = Promise.resolve();

  static async load(store: Store, centreId: string): Promise<StoredConfig> {
    return new StoredConfig(store, centreId, await store.entities.loadConfig(centreId));
  }

  private constructor(store: Store, centreId: string, config: CentreConfig) {
    this.#store = store;
    this.#centreId = centreId;
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
    await this.#tell(core);
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

  async #load(): Promise<void> {
    this.#current = await this.#store.entities.loadConfig(this.#centreId);
    this.#index();
    if (this.#core !== undefined) await this.#tell(this.#core);
    for (const listener of this.#listeners) await listener(this.#current);
  }

  /** The journal keeps every configuration for ever: one that the core decides the same with is not told again. */
  async #tell(core: CentreCore): Promise<void> {
    // Nobody calls out by the test line.
    const config = { ...toCoreConfig(this.running), trunks: toCoreConfig(this.#current).trunks };
    if (sameDecisions(config, core.state.config.core)) return;
    await orStuck(core, core.submit({ kind: "configured", config }));
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
