import type { CentreConfig, DeviceAccount, TrunkSettings } from "@centrala/contract";
import { isWeakDevicePassword } from "@centrala/contract";
import type { PhoneService } from "@centrala/phone";
import type { Store } from "@centrala/store";
import { globalId } from "./leg-book.ts";

type Service = Pick<PhoneService, "setTrunks" | "setDevices" | "deviceAccount">;
type Known = { readonly username: string; readonly password: string; readonly account: DeviceAccount };
type Own = {
  readonly trunks: readonly TrunkSettings[];
  /** By the device's id of all centres. */
  readonly devices: ReadonlyMap<string, Known>;
  readonly weak: ReadonlySet<string>;
};

/** Trunks and telephones of all centres, as the service wants them; a centre that changes touches no other's. */
export class PhoneAccounts {
  readonly #store: Pick<Store, "secrets">;
  readonly #service: Service;
  readonly #centres = new Map<string, Own>();
  readonly #turns = new Map<string, Promise<void>>();

  constructor(options: { readonly store: Pick<Store, "secrets">; readonly service: Service }) {
    this.#store = options.store;
    this.#service = options.service;
  }

  /** One after another a centre: an answer of the database that comes late puts nothing older in place. */
  set(centreId: string, config: () => CentreConfig): Promise<void> {
    const before = this.#turns.get(centreId) ?? Promise.resolve();
    const turn = before.then(() => this.#set(centreId, config()));
    this.#turns.set(
      centreId,
      turn.catch(() => undefined),
    );
    return turn;
  }

  async remove(centreId: string): Promise<void> {
    await this.#turns.get(centreId);
    this.#turns.delete(centreId);
    if (this.#centres.delete(centreId)) this.#tell();
  }

  /** Telephones of a centre whose passwords can be guessed. */
  weak(centreId: string): ReadonlySet<string> {
    return this.#centres.get(centreId)?.weak ?? new Set();
  }

  async #set(centreId: string, config: CentreConfig): Promise<void> {
    const [trunkSecrets, deviceSecrets] = await Promise.all([
      this.#store.secrets.list(centreId, "trunk"),
      this.#store.secrets.list(centreId, "device"),
    ]);
    const known = this.#centres.get(centreId)?.devices;
    const active = new Set(config.user.filter((user) => user.active).map((user) => user.id));
    const devices = new Map<string, Known>();
    const weak = new Set<string>();
    for (const { id, userId, username } of config.device) {
      const password = deviceSecrets.get(id);
      if (password === undefined || !active.has(userId)) continue;
      if (isWeakDevicePassword(password, username)) weak.add(id);
      const deviceId = globalId(centreId, id);
      devices.set(deviceId, this.#account(deviceId, username, password, known?.get(deviceId)));
    }
    this.#centres.set(centreId, { trunks: trunksOf(centreId, config, trunkSecrets), devices, weak });
    this.#tell();
  }

  /** Digests cost: those of a telephone whose password stays are not made again. */
  #account(deviceId: string, username: string, password: string, before: Known | undefined): Known {
    if (before?.username === username && before.password === password) return before;
    return { username, password, account: this.#service.deviceAccount(deviceId, username, password) };
  }

  #tell(): void {
    const all = [...this.#centres.values()];
    this.#service.setTrunks(all.flatMap(({ trunks }) => trunks));
    this.#service.setDevices(all.flatMap(({ devices }) => [...devices.values()].map(({ account }) => account)));
  }
}

function trunksOf(
  centreId: string,
  config: CentreConfig,
  secrets: ReadonlyMap<string, string>,
): readonly TrunkSettings[] {
  return config.trunk
    .filter((trunk) => trunk.enabled)
    .map((trunk) => ({
      ...trunk,
      trunkId: globalId(centreId, trunk.id),
      registration:
        trunk.registration === null ? null : { ...trunk.registration, password: secrets.get(trunk.id) ?? "" },
    }));
}
