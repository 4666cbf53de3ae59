import { assert } from "@centrala/kit";
import {
  type BindingRepository,
  type DialogRepository,
  type TraceInput,
  type TraceRepository,
  tracesPerContactMax,
} from "../port.ts";
import { cleanText, joinRecords, toJson } from "../text.ts";
import type { Context } from "./context.ts";

const dialogsMax = 20_000;
const bindingsMax = 50_000;
const perDeviceMax = 10;
const traceTextMax = 8_192;

/** What signalling needs again after a crash. */
export function createDialogs({ db, now }: Context): DialogRepository {
  const change: DialogRepository["change"] = async (centreId, answered, ended) => {
    if (answered.length + ended.length === 0) return;
    const rows = answered.map(({ legId, contactId, dialog }) => ({ leg_id: legId, contact_id: contactId, dialog }));
    const text = "SELECT change_dialogs($1::uuid, $2::jsonb, $3, $4)";
    await db.call("change-dialogs", text, centreId, [toJson(rows), ended, now()]);
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

export function createTraces({ db }: Context): TraceRepository {
  return {
    append: async (centreId, messages) => {
      const rows = traceRows(messages);
      if (rows.length === 0) return;
      await db.call("append-traces", "SELECT append_traces($1::uuid, $2, $3, $4)", centreId, [
        rows.map((row) => row.contactId),
        rows.map((row) => row.at),
        joinRecords(rows.map((row) => `[${row.parts.join(",")}]`)),
      ]);
    },
    ofContact: async (centreId, contactId) => {
      const rows = await db.inCentre(centreId, (trx) =>
        trx
          .selectFrom("sip_trace")
          .select("messages")
          .where("centre_id", "=", centreId)
          .where("contact_id", "=", cleanText(contactId))
          .orderBy("id")
          .limit(tracesPerContactMax)
          .execute(),
      );
      return rows.flatMap((row) => readTraces(contactId, row.messages)).slice(0, tracesPerContactMax);
    },
    deleteBefore: (centreId, at) =>
      db.inCentre(centreId, async (trx) => {
        const gone = await trx
          .deleteFrom("sip_trace")
          .where("centre_id", "=", centreId)
          .where("at", "<", at)
          .executeTakeFirst();
        return Number(gone.numDeletedRows);
      }),
  };
}

/** A row's texts together stay below a page of the database, so that it is stored as it is. */
const traceRowTextMax = 7_000;

type TraceRow = { readonly contactId: string; readonly at: number; readonly parts: string[]; length: number };
/** A message as it stands in a row. */
type StoredTrace = readonly [legId: string | null, at: number, direction: "in" | "out", peer: string, text: string];

/** Messages of one contact share rows, in their order. */
function traceRows(messages: readonly TraceInput[]): readonly TraceRow[] {
  const rows: TraceRow[] = [];
  const open = new Map<string, TraceRow>();
  for (const { contactId, legId, at, direction, peer, text } of messages) {
    const stored: StoredTrace = [legId, at, direction, peer, text.slice(0, traceTextMax)];
    const part = toJson(stored);
    let row = open.get(contactId);
    if (row === undefined || row.length + part.length > traceRowTextMax) {
      row = { contactId: cleanText(contactId), at, parts: [], length: 0 };
      rows.push(row);
      open.set(contactId, row);
    }
    row.parts.push(part);
    row.length += part.length;
  }
  return rows;
}

function readTraces(contactId: string, text: string): readonly TraceInput[] {
  const stored = JSON.parse(text) as readonly StoredTrace[];
  return stored.map(([legId, at, direction, peer, message]) => ({
    ...{ contactId, legId, at, direction, peer },
    text: message,
  }));
}
