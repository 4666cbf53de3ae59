import { centreSchema } from "@centrala/contract";
import { fail, ok } from "@centrala/kit";
import { translate, violatedConstraint } from "../database.ts";
import { StoreError } from "../error.ts";
import type { CentreRepository, CentreRow } from "../port.ts";
import { toJson } from "../text.ts";
import { type Context, hashOf, newId } from "./context.ts";
import type { createEntities } from "./entities.ts";

/** The installation's centres and how they are found by login and host. */
export function createCentres(context: Context, entities: ReturnType<typeof createEntities>): CentreRepository {
  const { db } = context;
  return {
    create: (slug, centre) => create(context, slug, centre),
    list: () =>
      db.outside(async (kysely) => {
        const rows = await kysely
          .selectFrom("centre_directory")
          .selectAll()
          .orderBy("created_at")
          .limit(10_000)
          .execute();
        return rows.map((row) => ({ id: row.centre_id, slug: row.slug, createdAt: row.created_at }));
      }),
    get: (centreId) => get(context, centreId),
    put: entities.putCentre,
    findByLogin: (login) => findCentres(context, "login", login.trim().toLowerCase()),
    findByHost: async (host) => (await findCentres(context, "host", host.toLowerCase()))[0],
    setHost: (host, centreId) => setHost(context, host.toLowerCase(), centreId),
  };
}

async function create(
  { db, now }: Context,
  slug: string,
  centre: Parameters<CentreRepository["create"]>[1],
): ReturnType<CentreRepository["create"]> {
  const at = now();
  const row: CentreRow = { id: newId(at), slug, createdAt: at };
  try {
    await db.inCentre(row.id, async (trx) => {
      await trx.insertInto("centre_directory").values({ centre_id: row.id, slug, created_at: at }).execute();
      const values = { centre_id: row.id, data: toJson(centre), version: 1, config_version: 1, updated_at: at };
      await trx.insertInto("centre").values(values).execute();
    });
    return ok(row);
  } catch (error) {
    if (violatedConstraint(error) !== "centre_directory_slug_key") throw translate(error);
    return fail("SLUG_TAKEN", `another centre is called ${slug}`);
  }
}

async function get({ db }: Context, centreId: string): ReturnType<CentreRepository["get"]> {
  const row = await db.inCentre(centreId, (trx) =>
    trx.selectFrom("centre").selectAll().where("centre_id", "=", centreId).executeTakeFirst(),
  );
  if (row === undefined) return undefined;
  const parsed = centreSchema.safeParse(row.data);
  if (!parsed.success) throw new StoreError("ENTITY_BROKEN", "the centre's settings are broken", parsed.error);
  return { centre: parsed.data, version: row.version };
}

async function findCentres({ db }: Context, kind: "login" | "host", name: string): Promise<readonly string[]> {
  return db.outside(async (kysely) => {
    const found = await kysely
      .selectFrom("directory")
      .select("centre_id")
      .where("kind", "=", kind)
      .where("key_hash", "=", hashOf(name))
      .orderBy("centre_id")
      .limit(100)
      .execute();
    return found.map((row) => row.centre_id);
  });
}

async function setHost({ db }: Context, host: string, centreId: string | null): Promise<void> {
  const key = hashOf(host);
  await db.outside((kysely) =>
    kysely.transaction().execute(async (trx) => {
      await trx.deleteFrom("directory").where("kind", "=", "host").where("key_hash", "=", key).execute();
      if (centreId === null) return;
      await trx.insertInto("directory").values({ kind: "host", key_hash: key, centre_id: centreId }).execute();
    }),
  );
}
