import { assert } from "@centrala/kit";
import type { BindingRepository, DialogRepository } from "../port.ts";
import { cleanText, toJson } from "../text.ts";
import type { Context } from "./context.ts";

const dialogsMax = 20_000;
const bindingsMax = 50_000;
const perDeviceMax = 10;

/** What signalling needs again after a crash. */
export function createDialogs({ db, now }: Context): DialogRepository {
  const change: DialogRepository["change"] = async (centreId, answered, ended) => {
    if (answered.length + ended.length === 0) return;
    const rows = answered.map(({ legId, contactId, dialog }) => ({ leg_id: legId, contact_id: contactId, dialog }));
    const text = "SELECT change_dialogs($1::uuid, $2::jsonb, $3, $4)";
    await db.write("change-dialogs", text, centreId, [toJson(rows), ended, now()]);
  };
  return {
    save: (centreId, legId, contactId, dialog) => change(centreId, [{ legId, contactId, dialog }], []),
    change,
    remove: (centreId, legIds) => change(centreId, [], legIds),
    list: async (centreId) => {
      const rows = await db.inCentre(centreId, (trx) =>
        trx
          .selectFrom("sip_dialog")
          .selectAll()
          .where("centre_id", "=", centreId)
          .orderBy("saved_at")
          .limit(dialogsMax)
          .execute(),
      );
      return rows.map((row) => ({
        legId: row.leg_id,
        contactId: row.contact_id,
        dialog: row.dialog,
        savedAt: row.saved_at,
      }));
    },
  };
}

export function createBindings({ db, now }: Context): BindingRepository {
  return {
    save: async (centreId, deviceId, bindings) => {
      assert(bindings.length <= perDeviceMax, `a device has at most ${perDeviceMax} bindings`);
      const byUri = new Map(bindings.map((binding) => [cleanText(binding.uri), binding]));
      const rows = [...byUri].map(([uri, binding]) => {
        const own = { centre_id: centreId, device_id: deviceId, uri };
        return { ...own, binding: toJson(binding.binding), expires_at: binding.expiresAt };
      });
      await db.inCentre(centreId, async (trx) => {
        await trx
          .deleteFrom("registrar_binding")
          .where("centre_id", "=", centreId)
          .where("device_id", "=", deviceId)
          .execute();
        if (rows.length > 0) await trx.insertInto("registrar_binding").values(rows).execute();
      });
    },
    list: async (centreId) => {
      const rows = await db.inCentre(centreId, (trx) =>
        trx
          .selectFrom("registrar_binding")
          .selectAll()
          .where("centre_id", "=", centreId)
          .where("expires_at", ">", now())
          .orderBy("device_id")
          .orderBy("uri")
          .limit(bindingsMax)
          .execute(),
      );
      return rows.map((row) => ({
        deviceId: row.device_id,
        uri: row.uri,
        binding: row.binding,
        expiresAt: row.expires_at,
      }));
    },
  };
}
