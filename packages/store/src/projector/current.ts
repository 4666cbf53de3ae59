import type { Db } from "../database.ts";
import type { Scope } from "../port.ts";

type InScope<R> = { readonly [K in keyof R]: (scope: Scope, ...rest: never[]) => Promise<unknown> };

/**
 * The same repository of projected rows, which asks first that they hold what was committed before: whoever reads after an
 * own action finds it. Waits a moment at most, and not at all where no projector of the centre runs in this process.
 */
export function current<R extends InScope<R>>(db: Db, repository: R): R {
  return new Proxy(repository, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      return async (scope: Scope, ...rest: readonly unknown[]): Promise<unknown> => {
        await db.projectors.get(scope.centreId)?.caughtUp();
        return Reflect.apply(method, target, [scope, ...rest]) as unknown;
      };
    },
  });
}
