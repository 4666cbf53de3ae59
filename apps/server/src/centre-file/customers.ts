import { type CustomerInput, type CustomerRow, centreScope, type Store } from "@centrala/store";
import { customerInput, customerView } from "../customers/card.ts";
import { changedFields, type PlanChange } from "./changes.ts";
import type { FileCustomer } from "./schema.ts";

export type CustomerChange = {
  readonly plan: PlanChange;
  readonly input: CustomerInput;
  readonly row: CustomerRow | undefined;
};

/** Which cards the file makes or changes. A card is found by its first phone, without a phone by its name; none is removed. */
export async function customerChanges(
  store: Store,
  centreId: string,
  country: string,
  customers: readonly FileCustomer[],
  defaultClient: string,
): Promise<CustomerChange[]> {
  const changes: CustomerChange[] = [];
  for (const { client, ...customer } of customers) {
    const given = client === undefined ? customer : { ...customer, clientId: client };
    const wanted = customerInput({ clientId: defaultClient, ...given }, country);
    const row = await findCard(store, centreId, wanted, client);
    const input = row === undefined ? wanted : customerInput(given, country, row);
    const fields =
      row === undefined
        ? Object.keys(customer)
        : changedFields(shown(row), shown({ ...row, ...input, clientId: input.clientId ?? row.clientId }));
    if (row !== undefined && fields.length === 0) continue;
    changes.push({
      plan: { action: row === undefined ? "create" : "change", kind: "customer", id: customer.name, fields },
      input,
      row,
    });
  }
  return changes;
}

export async function applyCustomers(
  store: Store,
  centreId: string,
  changes: readonly CustomerChange[],
): Promise<void> {
  for (const { input, row } of changes) {
    if (row === undefined) await store.customers.create(centreScope(centreId), input);
    else await store.customers.update(centreScope(centreId), row.id, input);
  }
}

function shown(row: CustomerRow): object {
  const { id: _id, createdAt: _createdAt, updatedAt: _updatedAt, version: _version, ...card } = customerView(row);
  return card;
}

async function findCard(
  store: Store,
  centreId: string,
  wanted: CustomerInput,
  client: string | undefined,
): Promise<CustomerRow | undefined> {
  const phone = wanted.handles.find((handle) => handle.kind === "phone");
  if (phone !== undefined) {
    const cards = await store.customers.findByPhone(centreScope(centreId), phone.value, { clientId: client });
    return cards.find((card) => card.name === wanted.name) ?? cards[0];
  }
  const page = await store.customers.search(centreScope(centreId), wanted.name, { limit: 50, clientId: client });
  return page.items.find(
    (card) => card.name === wanted.name && card.handles.every((handle) => handle.kind !== "phone"),
  );
}
