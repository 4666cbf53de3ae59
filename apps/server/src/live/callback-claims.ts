type Running = { readonly claim: string; readonly operatorId: string };

/** Whom a call back is to: a number in a client's name. Who calls the same number for another client is nobody's business. */
export function claimOf(clientId: string, addressId: string): string {
  return `${clientId} ${addressId}`;
}

/**
 * Who calls a missed caller back right now. The running call is the claim: it is seen by everybody, stands through a reload,
 * and is over with the call. Between pressing the button and the call's first fact the claim is held here, so that of two
 * who press at the same moment one is told of the other.
 */
export class CallbackClaims {
  readonly #running: () => Iterable<Running>;
  /** At most one an operator: nobody dials twice at once. */
  readonly #dialling = new Map<string, string>();

  constructor(running: () => Iterable<Running>) {
    this.#running = running;
  }

  /** Operators by what they claim. */
  all(): ReadonlyMap<string, string> {
    const holders = new Map<string, string>();
    for (const { claim, operatorId } of this.#running()) holders.set(claim, operatorId);
    for (const [operatorId, claim] of this.#dialling) if (!holders.has(claim)) holders.set(claim, operatorId);
    return holders;
  }

  /** Holds the claim while `dial` runs. Gives who else has it, without dialling, or what `dial` gave. */
  async while<T>(
    claim: string,
    operatorId: string,
    dial: () => Promise<T>,
  ): Promise<{ readonly takenBy: string } | { readonly dialled: T }> {
    const holder = this.all().get(claim);
    if (holder !== undefined && holder !== operatorId) return { takenBy: holder };
    this.#dialling.set(operatorId, claim);
    try {
      return { dialled: await dial() };
    } finally {
      this.#dialling.delete(operatorId);
    }
  }
}
