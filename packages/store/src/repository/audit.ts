import type { AuditRepository, SettingRepository } from "../port.ts";
import { cleanText, toJson } from "../text.ts";
import type { Context } from "./context.ts";
import { decodeCursor, limitOf, toPage } from "./page.ts";

/** Who did what: append-only, also for us. */
export function createAudit({ db, now }: Context): AuditRepository {
  return {
    add: async (centreId, record) => {
      const { who, what, target } = record;
      const words = { who: cleanText(who), what: cleanText(what), target: cleanText(target) };
      await db.inCentre(centreId, (trx) =>
        trx
          .insertInto("audit")
          .values({ centre_id: centreId, at: now(), ...words, detail: toJson(record.detail ?? {}) })
          .execute(),
      );
    },
    list: async (centreId, query) => {
      const limit = limitOf(query);
      const after = decodeCursor(query, ["number"]);
      const rows = await db.inCentre(centreId, (trx) => {
        let found = trx.selectFrom("audit").selectAll().where("centre_id", "=", centreId);
        if (query?.target !== undefined) found = found.where("target", "=", cleanText(query.target));
        if (query?.who !== undefined) found = found.where("who", "=", cleanText(query.who));
        if (query?.what !== undefined) found = found.where("what", "=", cleanText(query.what));
        if (query?.from !== undefined) found = found.where("at", ">=", query.from);
        if (query?.to !== undefined) found = found.where("at", "<", query.to);
        if (after !== undefined) found = found.where("id", "<", after[0]);
        return found
          .orderBy("id", "desc")
          .limit(limit + 1)
          .execute();
      });
      return toPage(
        rows,
        limit,
        ({ id, at, who, what, target, detail }) => ({
          id,
          at,
          who,
          what,
          target,
          detail: detail as Record<string, unknown>,
        }),
        (row) => [row.id],
      );
    },
  };
}

/** Values of the installation, outside any centre. */
export function createSettings({ db }: Context): SettingRepository {
  return {
    get: (key) =>
      db.outside(async (kysely) => {
        const row = await kysely.selectFrom("setting").select("value").where("key", "=", key).executeTakeFirst();
        return row?.value;
      }),
    put: async (key, value) => {
      const row = { value: toJson(value) };
      await db.outside((kysely) =>
        kysely
          .insertInto("setting")
          .values({ key, ...row })
          .onConflict((conflict) => conflict.column("key").doUpdateSet(row))
          .execute(),
      );
    },
    delete: async (key) => {
      await db.outside((kysely) => kysely.deleteFrom("setting").where("key", "=", key).execute());
    },
  };
}
