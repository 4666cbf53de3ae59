import { say } from "@centrala/contract";
import type { CustomerRow } from "@centrala/store";
import type { App } from "../../app.ts";
import { readNumber } from "../../core/numbers.ts";
import { customerInput, customerView } from "../../customers/card.ts";
import { isWholeNumber, phoneValue } from "../../customers/number.ts";
import { contactRows } from "../../live/history.ts";
import { fieldProblem, HttpProblem } from "../errors.ts";
import { type Caller, type Handlers, liveOf, whoOf } from "../handler.ts";
import { clientOfCard, readableCustomer, scopeOf } from "../sight.ts";

type Names = "customers" | "customer" | "createCustomer" | "changeCustomer" | "customerContacts" | "customersOfNumber";

/** Counting further would cost more than anybody learns by it. */
const countedMax = 10_000;
const foundCountedMax = 1_000;

export const customerHandlers: Pick<Handlers, Names> = {
  customers: async ({ app, caller, query, services }) => {
    const { customers } = app.store;
    const [scope, text] = [scopeOf(caller), query.search ?? ""];
    const { limit, cursor, clientId } = query;
    const countMax = text === "" ? countedMax : foundCountedMax;
    const [page, count] = await Promise.all([
      customers.search(scope, text, { limit, cursor, clientId }),
      cursor === undefined ? customers.count(scope, text, countMax, { clientId }) : null,
    ]);
    await services.reads.note(caller, text === "" ? "customers.list" : "customers.search", page.items.length);
    return { items: page.items.map(customerView), next: page.nextCursor, count, countMax };
  },

  customer: async (call) => customerView(await readableCustomer(call, call.params.id)),

  createCustomer: async ({ app, caller, body, services }) => {
    const clientId = clientOfCard(caller, body.clientId);
    await checkPhones(app, caller, body.phones ?? [], []);
    const input = customerInput({ ...body, clientId }, caller.centre.config.current.centre.country);
    const row = await app.store.customers.create(scopeOf(caller), input);
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
    const before = await readableCustomer(call, params.id);
    if (body.clientId !== undefined && body.clientId !== before.clientId) clientOfCard(caller, body.clientId);
    await checkPhones(app, caller, body.phones ?? [], customerView(before).phones);
    const input = customerInput(body, caller.centre.config.current.centre.country, before);
    const changed = await app.store.customers.update(scopeOf(caller), params.id, input, body.version);
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
    await readableCustomer(call, params.id);
    const page = await app.store.contacts.historyOfCustomer(scopeOf(caller), params.id, {
      limit: query.limit,
      cursor: query.cursor,
    });
    return { items: await contactRows(liveOf(call), page.items), next: page.nextCursor };
  },

  customersOfNumber: async ({ app, caller, query }) => {
    const { e164 } = readNumber(query.number, caller.centre.config.current.centre.country);
    const rows: readonly CustomerRow[] =
      e164 === null ? [] : await app.store.customers.findByPhone(scopeOf(caller), e164);
    return { items: rows.map((row) => summary(row)) };
  },
};

/**
 * Half a number is refused, because nobody could be called by it. What a carrier or another switch once sent stays
 * possible, however short, and so does what stood on the card before.
 */
async function checkPhones(
  app: App,
  caller: Caller,
  phones: readonly string[],
  kept: readonly string[],
): Promise<void> {
  const { country } = caller.centre.config.current.centre;
  for (const [index, phone] of phones.entries()) {
    const value = phoneValue(phone, country);
    if (value === "" || isWholeNumber(phone, country) || kept.includes(value)) continue;
    if (await app.store.addresses.isKnown(caller.centre.id, readNumber(phone, country))) continue;
    throw fieldProblem(`phones.${index}`, say("PHONE_INVALID", { value: phone }));
  }
}

function summary(row: CustomerRow) {
  const view = customerView(row);
  return { id: view.id, name: view.name, phones: view.phones, note: view.note };
}
