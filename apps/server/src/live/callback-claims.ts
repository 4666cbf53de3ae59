type Running = { readonly addressId: string; readonly operatorId: string };

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

  /** Operators by the address they call. */
  all(): ReadonlyMap<string, string> {
    const holders = new Map<string, string>();
    for (const { addressId, operatorId } of this.#running()) holders.set(addressId, operatorId);
    for (const [operatorId, addressId] of this.#dialling)
      if (!holders.has(addressId)) holders.set(addressId, operatorId);
    return holders;
  }

  /** Holds the address while `dial` runs. Gives who else has it, without dialling, or what `dial` gave. */
  async while<T>(
    addressId: string,
    operatorId: string,
    dial: () => Promise<T>,
  ): Promise<{ readonly takenBy: string } | { readonly dialled: T }> {
    const holder = this.all().get(addressId);
    if (holder !== undefined && holder !== operatorId) return { takenBy: holder };
    this.#dialling.set(operatorId, addressId);
    try {
      return { dialled: await dial() };
    } finally {
      this.#dialling.delete(operatorId);
    }
  }
}
