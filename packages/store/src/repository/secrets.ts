import type { Trx } from "../database.ts";
import type { SecretKind, SecretRepository } from "../port.ts";
import type { Context } from "./context.ts";

/** SIP passwords, for the process that registers or authenticates. */
export function createSecrets(context: Context): SecretRepository {
  const { db } = context;
  return {
    get: (centreId, kind, id) => db.inCentre(centreId, (trx) => getSecret(context, trx, centreId, kind, id)),
    list: async (centreId, kind) => {
      const rows = await db.inCentre(centreId, (trx) =>
        trx
          .selectFrom("secret")
          .select(["id", "sealed"])
          .where("centre_id", "=", centreId)
          .where("kind", "=", kind)
          .execute(),
      );
      return new Map(rows.map((row) => [row.id, context.sealer.open(row.sealed, place(centreId, kind, row.id))]));
    },
    clear: async (centreId, kind, id) => {
      await db.inCentre(centreId, (trx) => clearSecret(trx, centreId, kind, id));
    },
  };
}

function place(centreId: string, kind: SecretKind, id: string): string {
  return `${centreId}/${kind}/${id}`;
}

async function getSecret(
  context: Context,
  trx: Trx,
  centreId: string,
  kind: SecretKind,
  id: string,
): Promise<string | undefined> {
  const row = await trx
    .selectFrom("secret")
    .select("sealed")
    .where("centre_id", "=", centreId)
    .where("kind", "=", kind)
    .where("id", "=", id)
    .executeTakeFirst();
  return row === undefined ? undefined : context.sealer.open(row.sealed, place(centreId, kind, id));
}

/** Seals and stores; false when this very password was there already. */
export async function putSecret(
  context: Context,
  trx: Trx,
  centreId: string,
  kind: SecretKind,
  id: string,
  password: string,
): Promise<boolean> {
  // A password sealed under a lost key can still be replaced.
  const present = await getSecret(context, trx, centreId, kind, id).catch(() => undefined);
  if (present === password) return false;
  const sealed = context.sealer.seal(password, place(centreId, kind, id));
  await trx
    .insertInto("secret")
    .values({ centre_id: centreId, kind, id, sealed })
    .onConflict((conflict) => conflict.columns(["centre_id", "kind", "id"]).doUpdateSet({ sealed }))
    .execute();
  return true;
}

/** Whether there was one. */
export async function clearSecret(trx: Trx, centreId: string, kind: SecretKind, id: string): Promise<boolean> {
  const gone = await trx
    .deleteFrom("secret")
    .where("centre_id", "=", centreId)
    .where("kind", "=", kind)
    .where("id", "=", id)
    .executeTakeFirst();
  return gone.numDeletedRows > 0n;
}
