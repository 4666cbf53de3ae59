import { LruMap } from "@centrala/kit";
import type { Identified, Scope } from "../port.ts";

type Change = (scope: Scope, ...rest: readonly unknown[]) => Promise<unknown>;

const callersMax = 20_000;

/**
 * Who called lately and whose card that is, as long as nobody changes a card of the centre: this process writes all of
 * them. A look-up that a change overtook is not remembered.
 */
export class KnownCallers {
  readonly #callers = new LruMap<{ readonly age: number; readonly found: Identified }>(callersMax);
  /** How often a centre's cards were changed; one number a centre. */
  readonly #ages = new Map<string, number>();

  get(centreId: string, clientId: string, key: string): Identified | undefined {
    const known = this.#callers.get(keyOf(centreId, clientId, key));
    return known?.age === this.age(centreId) ? known.found : undefined;
  }

  age(centreId: string): number {
    return this.#ages.get(centreId) ?? 0;
  }

  /** @param age the centre's when the look-up began */
  remember(centreId: string, clientId: string, key: string, age: number, found: Identified): void {
    if (age === this.age(centreId)) this.#callers.set(keyOf(centreId, clientId, key), { age, found });
  }

  forget(centreId: string): void {
    this.#ages.set(centreId, this.age(centreId) + 1);
  }

  /** The repository with methods that change cards. What runs meanwhile may see either side of a change: both are forgotten. */
  forgetting<R extends object>(repository: R, ...names: readonly (keyof R)[]): R {
    const changed = { ...repository };
    for (const name of names) {
      const change = repository[name] as Change;
      const forgetful: Change = async (scope, ...rest) => {
        this.forget(scope.centreId);
        try {
          return await change.call(repository, scope, ...rest);
        } finally {
          this.forget(scope.centreId);
        }
      };
      changed[name] = forgetful as R[keyof R];
    }
    return changed;
  }
}

function keyOf(centreId: string, clientId: string, key: string): string {
  return `${centreId} ${clientId} ${key}`;
}
