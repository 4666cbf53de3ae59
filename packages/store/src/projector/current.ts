import type { Db } from "../database.ts";

type OfCentres<R> = { readonly [K in keyof R]: (centreId: string, ...rest: never[]) => Promise<unknown> };

/**
 * The same repository of projected rows, which asks first that they hold what was committed before: whoever reads after an
 * own action finds it. Waits a moment at most, and not at all where no projector of the centre runs in this process.
 */
export function current<R extends OfCentres<R>>(db: Db, repository: R): R {
  return new Proxy(repository, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      return async (centreId: string, ...rest: readonly unknown[]): Promise<unknown> => {
        await db.projectors.get(centreId)?.caughtUp();
        return Reflect.apply(method, target, [centreId, ...rest]) as unknown;
      };
    },
  });
}
