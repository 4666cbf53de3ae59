import type { Instant } from "@centrala/kit";
import type { SignallingEvent } from "../signalling/index.ts";

export type BindingRow = { readonly uri: string; readonly binding: unknown; readonly expiresAt: Instant };
type OnBindings = (deviceId: string, bindings: readonly BindingRow[]) => void;
type OnDevice = (deviceId: string, reachable: boolean) => void;

/** Where telephones are registered, as far as others want to know: every change, and whether a device can be reached. */
export class Bindings {
  readonly #reachable = new Set<string>();
  readonly #onBindings = new Set<OnBindings>();
  readonly #onDevice = new Set<OnDevice>();

  onBindings(listener: OnBindings): void {
    this.#onBindings.add(listener);
  }

  onDevice(listener: OnDevice): void {
    this.#onDevice.add(listener);
  }

  isReachable(deviceId: string): boolean {
    return this.#reachable.has(deviceId);
  }

  changed({ deviceId, bindings, reachable }: Extract<SignallingEvent, { kind: "deviceBindings" }>): void {
    const rows = bindings.map((binding) => ({ uri: binding.uri, binding, expiresAt: binding.expiresAt }));
    for (const listener of this.#onBindings) listener(deviceId, rows);
    if (this.#reachable.has(deviceId) === reachable) return;
    if (reachable) this.#reachable.add(deviceId);
    else this.#reachable.delete(deviceId);
    for (const listener of this.#onDevice) listener(deviceId, reachable);
  }
}
