import type { TelephonyEvent } from "@centrala/contract";
import type { Logger } from "pino";
import { warmNumbers } from "./numbers.ts";
import type { OpenCentre } from "./open-centre.ts";
import type { PhoneOfCentres } from "./phone-of-centres.ts";

/** What of the telephones a centre's core meets. */
type Telephones = Pick<PhoneOfCentres, "onEvent" | "configure" | "deviceReachable" | "targetOf" | "perform">;
type PhoneTransfer = Extract<TelephonyEvent, { kind: "phoneTransfer" }>;

/**
 * Joins a centre that has just been opened: its configuration reaches the service, the service's events reach its core.
 * @returns what parts them again
 */
export async function connectPhone(phone: Telephones, centre: OpenCentre, log: Logger): Promise<() => void> {
  const transfers = new PhoneTransfers(phone, centre, log);
  const stop = phone.onEvent(centre.id, (event) => {
    if (event.kind === "phoneTransfer") transfers.asked(event);
    else if ("legId" in event) transfers.after(event.legId, () => void centre.core.submit(event));
    else void centre.core.submit(event);
  });
  centre.config.onChange(() => {
    void warmNumbers(centre.config.running);
    return phone.configure(centre);
  });
  await warmNumbers(centre.config.running);
  await phone.configure(centre);
  // The core may still believe in telephones whose registration ran out while the server was away.
  const { core, config } = centre;
  const believed = core.state.reachableDevices;
  const told = [...new Set([...config.current.device.map(({ id }) => id), ...believed])].map(async (deviceId) => {
    const reachable = phone.deviceReachable(centre.id, deviceId);
    if (reachable !== believed.has(deviceId)) await core.submit({ kind: "deviceReachable", deviceId, reachable });
  });
  await Promise.all(told);
  return stop;
}

/** The transfer key of desk phones: the core knows extensions, numbers outside are looked up here. */
class PhoneTransfers {
  readonly #phone: Telephones;
  readonly #centre: OpenCentre;
  readonly #log: Logger;
  /** One a leg at most, gone when it is decided. */
  readonly #running = new Map<string, Promise<void>>();

  constructor(phone: Telephones, centre: OpenCentre, log: Logger) {
    this.#phone = phone;
    this.#centre = centre;
    this.#log = log;
  }

  asked(event: PhoneTransfer): void {
    const { legId } = event;
    if (this.#running.has(legId)) return;
    const running = this.#transfer(event)
      .catch((error: unknown) => {
        this.#log.error({ centreId: this.#centre.id, err: String(error) }, "a telephone's transfer failed");
        this.#report(legId, 500);
      })
      .finally(() => this.#running.delete(legId));
    this.#running.set(legId, running);
  }

  /** Phones may hang up as soon as they have asked: the end of the call must not overtake its transfer. */
  after(legId: string, work: () => void): void {
    const running = this.#running.get(legId);
    if (running === undefined) work();
    else void running.then(work);
  }

  async #transfer(event: PhoneTransfer): Promise<void> {
    const { legId } = event;
    const decided = await this.#centre.core.submit(event);
    if (decided.ok) return;
    if (decided.code !== "TARGET_UNKNOWN") {
      // Refused by the core, which has told the phone why; or not decided at all.
      this.#report(legId, 503);
      return;
    }
    if (!/^\+?[0-9*#]{1,32}$/.test(event.target.replace(/[\s().-]/g, ""))) {
      this.#report(legId, 404);
      return;
    }
    const target = await this.#phone.targetOf(this.#centre, event.target);
    const again = await this.#centre.core.submit({ kind: "phoneTransferTo", legId, target });
    if (!again.ok) this.#report(legId, 503);
  }

  /** The phone takes one answer: after the core's own this is nothing. */
  #report(legId: string, status: number): void {
    this.#phone.perform(this.#centre.id, { kind: "reportTransfer", legId, status });
  }
}
