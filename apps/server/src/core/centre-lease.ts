import type { Instant } from "@centrala/kit";
import type { JournalStore } from "@centrala/store";
import type { Logger } from "pino";

const leaseTtlMs = 10_000;
const leaseRenewMs = 3_000;
const takeAgainMs = 1_000;
/** A server that was killed leaves a lease that runs out by itself: longer than that it is somebody's who lives. */
const takeTimesMax = 12;

export type LeaseOptions = {
  readonly journal: Pick<JournalStore, "acquireLease" | "renewLease" | "releaseLease">;
  readonly centreId: string;
  /** Drawn at random when the process starts: numbers of processes are the same in every container. */
  readonly nodeId: string;
  /** The embedded database: the folder's lock proves that nobody else serves this centre. */
  readonly sole: boolean;
  readonly log: Logger;
};

/** The right to run a centre, kept for as long as it is renewed. */
export class CentreLease {
  readonly epoch: number;
  /** When the one before was renewed last; null when there was none. */
  readonly renewedAt: Instant | null;
  readonly #options: LeaseOptions;
  #renewal: ReturnType<typeof setInterval> | undefined;

  private constructor(options: LeaseOptions, epoch: number, renewedAt: Instant | null) {
    this.#options = options;
    this.epoch = epoch;
    this.renewedAt = renewedAt;
  }

  /** @throws Error with code CENTRE_TAKEN when another server holds the lease */
  static async take(options: LeaseOptions): Promise<CentreLease> {
    const { journal, centreId, nodeId, sole } = options;
    for (let times = 1; ; times += 1) {
      const lease = await journal.acquireLease(centreId, nodeId, leaseTtlMs, sole);
      if (lease.ok) return new CentreLease(options, lease.value.epoch, lease.value.renewedAt);
      if (times > takeTimesMax)
        throw Object.assign(new Error("another server runs this centre"), { code: "CENTRE_TAKEN" });
      await new Promise((resolve) => setTimeout(resolve, takeAgainMs));
    }
  }

  /** Renews it from now on; `lost` is called once another server has taken it. */
  keep(lost: (reason: string) => void): void {
    const { journal, centreId, log } = this.#options;
    this.#renewal = setInterval(() => {
      journal.renewLease(centreId, this.epoch, leaseTtlMs).then(
        (ours) => {
          if (ours || this.#renewal === undefined) return;
          this.stop();
          lost("the lease was taken by another server");
        },
        (error: unknown) => log.warn({ centreId, err: String(error) }, "the lease could not be renewed"),
      );
    }, leaseRenewMs);
  }

  /** Renews it no more. */
  stop(): void {
    clearInterval(this.#renewal);
    this.#renewal = undefined;
  }

  /** Gives it back, so that another server need not wait for its end. */
  async release(): Promise<void> {
    this.stop();
    await this.#options.journal.releaseLease(this.#options.centreId, this.epoch);
  }
}
