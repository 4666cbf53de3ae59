import type { Centre, Places } from "../app.ts";
import { connectPhone } from "./connect-phone.ts";
import { repairRecordings } from "./housekeeping.ts";
import { type OpenCentre, type OpenCentreOptions, openCentre } from "./open-centre.ts";
import type { PhoneOfCentres } from "./phone-of-centres.ts";

const takeAgainMs = 10_000;

export type CentresOptions = Pick<OpenCentreOptions, "store" | "log" | "clock" | "nodeId" | "sole" | "onJournal"> & {
  readonly places: Places;
};

/**
 * The centres that run in this process. Each stands for itself: one that another server has taken is closed, or not opened,
 * and asked for again until that server lets it go; the others go on.
 */
export class Centres {
  readonly running = new Map<string, OpenCentre>();
  readonly #options: CentresOptions;
  readonly #phone: () => PhoneOfCentres;
  readonly #opening = new Map<string, Promise<Centre>>();
  readonly #waiting = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #closedListeners = new Set<(centreId: string) => void>();
  readonly #disconnects = new Map<string, () => void>();
  #stopped = false;

  constructor(options: CentresOptions, phone: () => PhoneOfCentres) {
    this.#options = options;
    this.#phone = phone;
  }

  /** Called when a centre runs here no more, though the process goes on. */
  onClosed(listener: (centreId: string) => void): void {
    this.#closedListeners.add(listener);
  }

  /**
   * All that there are; of those that are taken the log tells.
   * @throws Error with code CENTRE_TAKEN when every one is taken
   */
  async startAll(): Promise<void> {
    const rows = await this.#options.store.centres.list();
    let taken: unknown;
    for (const { id } of rows) {
      try {
        await this.start(id);
      } catch (error) {
        if (!isTaken(error)) throw error;
        taken = error;
        this.#options.log.error({ centreId: id }, "another server runs this centre; it is asked for again");
        this.#later(id);
      }
    }
    if (taken !== undefined && this.running.size === 0) throw taken;
  }

  /** Opens a centre; one that runs, or is being opened, is not opened twice. */
  start(centreId: string): Promise<Centre> {
    const running = this.running.get(centreId);
    if (running !== undefined) return Promise.resolve(running);
    const known = this.#opening.get(centreId);
    if (known !== undefined) return known;
    const opening = this.#open(centreId).finally(() => this.#opening.delete(centreId));
    this.#opening.set(centreId, opening);
    return opening;
  }

  async close(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    for (const centre of this.running.values()) await centre.close();
  }

  async #open(centreId: string): Promise<Centre> {
    const { store, places, log } = this.#options;
    const phone = this.#phone();
    let isLost = false;
    const lost = (reason: string): void => {
      if (isLost) return;
      isLost = true;
      const centre = this.running.get(centreId);
      if (centre !== undefined) void this.#lose(centre, reason);
    };
    const centre = await openCentre({
      ...this.#options,
      centreId,
      perform: (effect) => phone.perform(centreId, effect),
      legs: phone.legsOf(centreId),
      onLost: lost,
      prepare: () => phone.recoverBeforeStart(centreId),
    });
    try {
      // Before there are calls: what is recorded now is nothing to be mended.
      for (const repaired of await repairRecordings({ store, places, log }, centreId))
        await centre.core.submit({ kind: "recordingClosed", ...repaired });
      // From its first step on it hears what happens to calls, and only then there are any.
      const connecting = connectPhone(phone, centre, log);
      this.running.set(centreId, centre);
      this.#disconnects.set(centreId, await connecting);
    } catch (error) {
      // Half open it would take no calls, and nobody would open it again.
      await this.#closeHere(centre);
      throw error;
    }
    if (isLost) await this.#lose(centre, "another server took it while it was opened");
    return centre;
  }

  /** Another server decides about its calls now: what of them is here is ended, and nothing of it is written any more. */
  async #lose(centre: OpenCentre, reason: string): Promise<void> {
    const { log } = this.#options;
    if (this.#stopped || this.running.get(centre.id) !== centre) return;
    log.error({ centreId: centre.id, reason }, "this centre is closed here; the others go on");
    await this.#closeHere(centre);
    this.#later(centre.id);
  }

  async #closeHere(centre: OpenCentre): Promise<void> {
    this.running.delete(centre.id);
    this.#disconnects.get(centre.id)?.();
    this.#disconnects.delete(centre.id);
    const phone = this.#phone();
    try {
      for (const legId of phone.legsOf(centre.id).alive())
        phone.perform(centre.id, { kind: "dropLeg", legId, code: "DROPPED" });
      for (const listener of this.#closedListeners) listener(centre.id);
      await phone.forget(centre.id);
      await centre.abandon();
    } catch (error) {
      this.#options.log.error({ centreId: centre.id, err: error }, "a centre did not close cleanly");
    }
  }

  #later(centreId: string): void {
    if (this.#stopped) return;
    const timer = setTimeout(() => {
      this.#waiting.delete(centreId);
      this.start(centreId).then(
        () => this.#options.log.info({ centreId }, "the centre runs here"),
        (error: unknown) => {
          if (!isTaken(error)) this.#options.log.error({ centreId, err: error }, "a centre could not be opened");
          this.#later(centreId);
        },
      );
    }, takeAgainMs);
    timer.unref();
    this.#waiting.set(centreId, timer);
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "CENTRE_TAKEN";
}
