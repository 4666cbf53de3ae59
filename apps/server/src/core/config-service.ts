import type { CentreConfig, EntityKind } from "@centrala/contract";
import { toCoreConfig } from "@centrala/domain";
import type { Store } from "@centrala/store";
import type { CentreCore, ConfigService } from "../app.ts";

/** Keeps a centre's configuration in memory and tells everyone concerned when it was changed. */
export class StoredConfig implements ConfigService {
  readonly #store: Store;
  readonly #centreId: string;
  readonly #listeners = new Set<(config: CentreConfig) => void | Promise<void>>();
  #current: CentreConfig;
  #names = new Map<string, string>();
  #core: CentreCore | undefined;

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

  /** From now on the core hears of every change; called once at start. */
  async attach(core: CentreCore): Promise<void> {
    this.#core = core;
    await core.submit({ kind: "configured", config: toCoreConfig(this.#current) });
  }

  onChange(listener: (config: CentreConfig) => void | Promise<void>): void {
    this.#listeners.add(listener);
  }

  async reload(): Promise<void> {
    this.#current = await this.#store.entities.loadConfig(this.#centreId);
    this.#index();
    await this.#core?.submit({ kind: "configured", config: toCoreConfig(this.#current) });
    for (const listener of this.#listeners) await listener(this.#current);
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
    for (const kind of kinds) for (const entity of this.#current[kind]) names.set(`${kind}/${entity.id}`, entity.name);
    for (const number of this.#current.number)
      names.set(`number/${number.id}`, number.label === "" ? number.number : number.label);
    this.#names = names;
  }
}
