import type { CustomerRow } from "@centrala/store";
import { readNumber } from "../../core/numbers.ts";
import { customerInput, customerView } from "../../customers/card.ts";
import { guessMapping, takeIn } from "../../customers/import.ts";
import { readTable } from "../../customers/table.ts";
import { contactRows } from "../../live/history.ts";
import { found, HttpProblem } from "../errors.ts";
import { type Handlers, liveOf, whoOf } from "../handler.ts";
import { readUpload } from "../upload.ts";

type Names =
  | "customers"
  | "customer"
  | "createCustomer"
  | "changeCustomer"
  | "customerContacts"
  | "customersOfNumber"
  | "importPreview"
  | "importRun";

const previewRows = 50;
const tableBytesMax = 20 * 1024 * 1024;

export const customerHandlers: Pick<Handlers, Names> = {
  customers: async ({ app, caller, query }) => {
    const page = await app.store.customers.search(caller.centre.id, query.search ?? "", {
      limit: query.limit,
      cursor: query.cursor,
    });
    return { items: page.items.map(customerView), next: page.nextCursor };
  },

  customer: async ({ app, caller, params }) =>
    customerView(found(await app.store.customers.get(caller.centre.id, params.id))),

  createCustomer: async ({ app, caller, body, services }) => {
    const input = customerInput(body, caller.centre.config.current.centre.country);
    const row = await app.store.customers.create(caller.centre.id, input);
    await app.store.audit.add(caller.centre.id, {
      who: whoOf(caller),
      what: "customer.create",
      target: `customer/${row.id}`,
    });
    services.hub?.changed(caller.centre.id, "customers");
    return customerView(row);
  },

  changeCustomer: async (call) => {
    const { app, caller, params, body, services } = call;
    const before = found(await app.store.customers.get(caller.centre.id, params.id));
    const input = customerInput(body, caller.centre.config.current.centre.country, before);
    const changed = await app.store.customers.update(caller.centre.id, params.id, input, body.version);
    if (!changed.ok) throw new HttpProblem(changed.code === "CUSTOMER_UNKNOWN" ? "NOT_FOUND" : "CONFLICT");
    liveOf(call).lookup.forgetCustomer(params.id);
    await app.store.audit.add(caller.centre.id, {
      who: whoOf(caller),
      what: "customer.change",
      target: `customer/${params.id}`,
    });
    services.hub?.changed(caller.centre.id, "customers");
    if (caller.userId !== null) services.hub?.refreshDesk(caller.centre.id, caller.userId);
    return customerView(changed.value);
  },

  customerContacts: async (call) => {
    const { app, caller, params, query } = call;
    found(await app.store.customers.get(caller.centre.id, params.id));
    const page = await app.store.contacts.historyOfCustomer(caller.centre.id, params.id, {
      limit: query.limit,
      cursor: query.cursor,
    });
    return { items: await contactRows(liveOf(call), page.items), next: page.nextCursor };
  },

  customersOfNumber: async ({ app, caller, query }) => {
    const { e164 } = readNumber(query.number, caller.centre.config.current.centre.country);
    const rows: readonly CustomerRow[] =
      e164 === null ? [] : await app.store.customers.findByPhone(caller.centre.id, e164);
    return { items: rows.map((row) => summary(row)) };
  },

  importPreview: async ({ caller, request, services }) => {
    const file = await readUpload(request, tableBytesMax);
    const table = await readTable(file.name, file.bytes);
    const importId = services.imports.add({ centreId: caller.centre.id, ...table });
    return {
      columns: [...table.columns],
      rows: table.rows.slice(0, previewRows).map((row) => [...row]),
      total: table.rows.length,
      mapping: guessMapping(table.columns, table.rows),
      importId,
      problems: [],
    };
  },

  importRun: async ({ app, caller, params, body, services }) => {
    const table = found(services.imports.get(params.id, caller.centre.id));
    const outcome = await takeIn(
      app.store,
      caller.centre.id,
      caller.centre.config.current.centre.country,
      table,
      body.mapping,
    );
    services.imports.remove(params.id);
    await app.store.audit.add(caller.centre.id, {
      who: whoOf(caller),
      what: "customers.import",
      target: "customers",
      detail: { created: outcome.created, updated: outcome.updated, skipped: outcome.skipped },
    });
    services.hub?.changed(caller.centre.id, "customers");
    return outcome;
  },
};

function summary(row: CustomerRow) {
  const view = customerView(row);
  return { id: view.id, name: view.name, phones: view.phones, note: view.note };
}
