import { ownClientId } from "@centrala/contract";
import { assert } from "@centrala/kit";
import type { Trx } from "../database.ts";
import {
  type CustomerHandle,
  type CustomerInput,
  type CustomerRepository,
  type CustomerRow,
  importRowsMax,
  type Scope,
} from "../port.ts";
import type { Context } from "./context.ts";
import { cleanCustomer } from "./customer-card.ts";
import { mergeCustomer, newCustomer, toCustomer, writeCustomers } from "./customer-row.ts";

type Outcome = Awaited<ReturnType<CustomerRepository["importMany"]>>;

/** A list of customers, known ones by their first phone within the client: found or made, in one transaction. */
export async function importCustomers(
  context: Context,
  scope: Scope,
  customers: readonly CustomerInput[],
): Promise<Outcome> {
  assert(customers.length <= importRowsMax, `at most ${importRowsMax} rows at once`);
  return context.db.inScope(scope, async (trx) => {
    const known = await readKnown(trx, scope, customers);
    const touched = new Map<string, CustomerRow>();
    const created = new Set<string>();
    let unchanged = 0;
    for (const input of customers.map(cleanCustomer)) {
      const key = keyOf(input.clientId, firstPhone(input));
      const before = key === undefined ? undefined : known.get(key);
      const after = before === undefined ? newCustomer(context, input) : mergeImported(before, input, context.now());
      if (key !== undefined) known.set(key, after);
      if (before === undefined) created.add(after.id);
      if (after === before) unchanged += 1;
      else touched.set(after.id, after);
    }
    await writeCustomers(trx, scope, [...touched.values()]);
    return { created: created.size, updated: touched.size - created.size, unchanged };
  });
}

function firstPhone(customer: CustomerInput): string | undefined {
  return customer.handles.find((handle) => handle.kind === "phone")?.value.trim();
}

function keyOf(clientId: string | null, phone: string | undefined): string | undefined {
  return phone === undefined ? undefined : JSON.stringify([clientId ?? ownClientId, phone]);
}

async function readKnown(
  trx: Trx,
  scope: Scope,
  customers: readonly CustomerInput[],
): Promise<Map<string, CustomerRow>> {
  const phones = new Set(customers.map(firstPhone).filter((phone) => phone !== undefined));
  if (phones.size === 0) return new Map();
  const rows = await trx
    .selectFrom("customer_handle as h")
    .innerJoin("customer as c", (join) =>
      join.onRef("c.centre_id", "=", "h.centre_id").onRef("c.id", "=", "h.customer_id"),
    )
    .selectAll("c")
    .select("h.value as phone")
    .where("h.centre_id", "=", scope.centreId)
    .where("h.kind", "=", "phone")
    .where("h.value", "in", [...phones])
    .orderBy("c.updated_at")
    .execute();
  const known = new Map<string, CustomerRow>();
  for (const row of rows) known.set(keyOf(row.client_id, row.phone) ?? "", toCustomer(row));
  return known;
}

/** Fields that the list leaves empty keep what is known; handles are added. */
function mergeImported(before: CustomerRow, input: CustomerInput, at: number): CustomerRow {
  const seen = new Set(before.handles.map(handleKey));
  const added = input.handles.filter((handle) => !seen.has(handleKey(handle)));
  const filled = Object.entries(input.fields).filter(([, value]) => value !== "");
  const content: CustomerInput = {
    clientId: before.clientId,
    name: input.name === "" ? before.name : input.name,
    company: input.company === "" ? before.company : input.company,
    language: input.language ?? before.language,
    handles: [...before.handles, ...added],
    fields: { ...before.fields, ...Object.fromEntries(filled) },
  };
  return mergeCustomer(before, content, at);
}

function handleKey(handle: CustomerHandle): string {
  return `${handle.kind}:${handle.value}`;
}
