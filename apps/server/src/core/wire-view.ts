import type { SipPause, SipRefusal } from "@centrala/contract";
import type { PhoneService } from "@centrala/phone";
import type { OpenCentre } from "./open-centre.ts";

type Centres = ReadonlyMap<string, Pick<OpenCentre, "config">>;

/**
 * What signalling refused, as one centre may see it: what belongs to its lines, telephones and numbers, and what
 * belongs to nobody. Another centre's is hidden.
 */
export class WireView {
  readonly #wire: PhoneService["wire"];
  readonly #centres: Centres;
  readonly #local: (id: string) => readonly [string, string];

  constructor(wire: PhoneService["wire"], centres: Centres, local: (id: string) => readonly [string, string]) {
    this.#wire = wire;
    this.#centres = centres;
    this.#local = local;
  }

  refusals(centreId: string): readonly SipRefusal[] {
    return this.#wire.refusals.list().flatMap((refusal) => {
      const owner = this.#ownerOf(refusal);
      if (owner !== null && owner !== centreId) return [];
      const own = (id: string | null) => (id === null ? null : this.#local(id)[1]);
      return [{ ...refusal, trunkId: own(refusal.trunkId), deviceId: own(refusal.deviceId) }];
    });
  }

  pauses(centreId: string): readonly SipPause[] {
    return this.#wire.pauses().filter((pause) => {
      const owner = pause.kind === "account" ? this.#centreOfAccount(pause.name) : null;
      return owner === null || owner === centreId;
    });
  }

  /** Refused requests since the start, by reason; of the whole installation. */
  counts(): readonly { readonly reason: string; readonly count: number }[] {
    return [...this.#wire.refusals.counts()].map(([reason, count]) => ({ reason, count }));
  }

  #ownerOf({ trunkId, deviceId, account, called }: SipRefusal): string | null {
    const id = trunkId ?? deviceId;
    if (id !== null) return this.#local(id)[0];
    return (
      (account === null ? null : this.#centreOfAccount(account)) ??
      (called === null ? null : this.#centreOfNumber(called))
    );
  }

  #centreOfAccount(username: string): string | null {
    return this.#centreWith(({ device }) => device.some((each) => each.username === username));
  }

  #centreOfNumber(called: string): string | null {
    const digits = called.replace(/\D/g, "");
    if (digits === "") return null;
    return this.#centreWith(({ number }) => number.some((each) => each.number.replace(/\D/g, "") === digits));
  }

  #centreWith(fits: (config: OpenCentre["config"]["current"]) => boolean): string | null {
    for (const [centreId, { config }] of this.#centres) if (fits(config.current)) return centreId;
    return null;
  }
}
