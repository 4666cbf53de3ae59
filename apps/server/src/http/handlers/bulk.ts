import {
  bulkMax,
  type CustomerAction,
  type Language,
  type MissedAction,
  ownClientId,
  type ResponseOf,
} from "@centrala/contract";
import type { CustomerRow } from "@centrala/store";
import { bulkPeople, refusal } from "../../accounts/bulk-people.ts";
import { sightOf } from "../../accounts/sight.ts";
import { type CustomerView, customerView } from "../../customers/card.ts";
import { type Column, sendTable } from "../../exports/table.ts";
import { exportWords } from "../../exports/words.ts";
import { HttpProblem } from "../errors.ts";
import { type Call, type Caller, type Handlers, liveOf, personOf, whoOf } from "../handler.ts";
import { clientOfCard, mayRead, scopeOf } from "../sight.ts";
import { missedChanged } from "./contacts.ts";
import { columnsOf, lookOf } from "./exports.ts";

type Names = "bulkUsers" | "bulkCustomers" | "bulkMissed" | "exportCustomers" | "exportChosenCustomers";
type Counted = Pick<ResponseOf<"bulkMissed">, "done" | "refused">;
type Chosen = { readonly ids: readonly string[]; readonly next: string | null };

const pageRows = 200;

export const bulkHandlers: Pick<Handlers, Names> = {
  bulkUsers: async (call) => {
    const { services, caller, body } = call;
    const outcome = await services.changes.run(() => bulkPeople({ services, caller, ids: body.ids }, body.action));
    const what = body.action.do === "restore" ? { do: body.action.do } : body.action;
    await audited(call, "users.bulk", "users", what, outcome);
    return outcome;
  },

  bulkCustomers: async (call) => {
    const { caller, body, services } = call;
    const chosen = body.ids === undefined ? await foundCustomers(call) : { ids: [...new Set(body.ids)], next: null };
    const outcome = await changeCustomers(call, chosen.ids, body.action);
    const live = liveOf(call);
    for (const id of outcome.done) live.lookup.forgetCustomer(id);
    await audited(call, "customers.bulk", "customers", body.action, outcome);
    services.hub?.changed(caller.centre.id, "customers");
    return { ...outcome, next: chosen.next };
  },

  bulkMissed: async (call) => {
    const { body } = call;
    // A machine settles no promise: it has called nobody.
    const personId = personOf(call.caller);
    const chosen = body.ids === undefined ? await foundMissed(call) : { ids: [...new Set(body.ids)], next: null };
    const outcome = await settleMissed(call, chosen.ids, body.action, personId);
    await audited(call, "missed.bulk", "missed", body.action, outcome);
    missedChanged(call);
    return { ...outcome, next: chosen.next };
  },

  exportCustomers: async (call) => {
    const { app, caller, query } = call;
    const look = lookOf(caller, query);
    await app.store.audit.add(caller.centre.id, {
      who: whoOf(caller),
      what: "customers.export",
      target: "customers",
      detail: { format: look.format, clientId: query.clientId ?? null, searched: (query.search ?? "") !== "" },
    });
    return sendTable(
      call.reply,
      customerTable(caller, look.language, async (cursor) => {
        const asked = { limit: pageRows, clientId: query.clientId, ...(cursor === undefined ? {} : { cursor }) };
        const page = await app.store.customers.search(scopeOf(caller), query.search ?? "", asked);
        return { rows: page.items.map(customerView), nextCursor: page.nextCursor };
      }),
      look,
    );
  },

  exportChosenCustomers: async (call) => {
    const { app, caller, body } = call;
    const look = lookOf(caller, body);
    const ids = [...new Set(body.ids)];
    const found = await app.store.customers.getMany(scopeOf(caller), ids);
    const rows = ids.flatMap((id): CustomerRow[] => {
      const row = found.get(id);
      return row === undefined ? [] : [row];
    });
    await app.store.audit.add(caller.centre.id, {
      who: whoOf(caller),
      what: "customers.export",
      target: "customers",
      detail: { format: look.format, rows: rows.length, ids: ids.join(" ") },
    });
    return sendTable(
      call.reply,
      customerTable(caller, look.language, async () => ({ rows: rows.map(customerView), nextCursor: null })),
      look,
    );
  },
};

/** One line for all that was done at once: what, with how many, and with which. */
function audited(
  { app, caller }: Pick<Call<Names>, "app" | "caller">,
  what: `${string}.bulk`,
  target: string,
  action: Readonly<Record<string, unknown>>,
  { done, refused }: Counted,
): Promise<void> {
  const detail = { ...action, count: done.length, refused: refused.length, ids: done.join(" ") };
  return app.store.audit.add(caller.centre.id, { who: whoOf(caller), what, target, detail });
}

async function foundCustomers({ app, caller, body }: Call<"bulkCustomers">): Promise<Chosen> {
  return gathered(body.cursor, async (cursor) => {
    const asked = { limit: pageRows, clientId: body.clientId, ...(cursor === null ? {} : { cursor }) };
    const page = await app.store.customers.search(scopeOf(caller), body.search ?? "", asked);
    return { ids: page.items.map(({ id }) => id), next: page.nextCursor };
  });
}

async function foundMissed({ app, caller, body }: Call<"bulkMissed">): Promise<Chosen> {
  const own = sightOf(caller.centre.config.current, caller.roles, caller.userId);
  const { queueId, clientId } = body;
  return gathered(body.cursor, async (cursor) => {
    const page = await app.store.missed.list(scopeOf(caller), { limit: pageRows, cursor, queueId, clientId, own });
    return { ids: page.items.map(({ contact }) => contact.id), next: page.nextCursor };
  });
}

/** As many pages of a list as one request may change. */
async function gathered(
  first: string | undefined,
  pageAt: (cursor: string | null) => Promise<Chosen>,
): Promise<Chosen> {
  const ids: string[] = [];
  let next: string | null = first ?? null;
  do {
    const page = await pageAt(next);
    ids.push(...page.ids);
    next = page.next;
  } while (next !== null && ids.length + pageRows <= bulkMax);
  return { ids, next };
}

async function changeCustomers(
  { app, caller }: Call<"bulkCustomers">,
  ids: readonly string[],
  action: CustomerAction,
): Promise<Counted & { before: { id: string; clientId: string }[] }> {
  const { customers } = app.store;
  if (action.do === "erase") {
    // What is erased does not come back.
    if (!caller.roles.includes("manager")) throw new HttpProblem("FORBIDDEN");
    return { ...counted(ids, await customers.deleteMany(scopeOf(caller), ids)), before: [] };
  }
  const clientId = clientOfCard(caller, action.clientId);
  const before = await customers.giveMany(scopeOf(caller), ids, clientId);
  const moved = before.filter((row) => row.clientId !== clientId);
  return {
    ...counted(
      ids,
      before.map(({ id }) => id),
    ),
    before: moved.map(({ id, clientId: was }) => ({ id, clientId: was })),
  };
}

function counted(asked: readonly string[], done: readonly string[]): Counted {
  const known = new Set(done);
  return { done: [...done], refused: asked.filter((id) => !known.has(id)).map((id) => refusal(id, "ROW_GONE")) };
}

async function settleMissed(
  { app, caller }: Call<"bulkMissed">,
  ids: readonly string[],
  action: MissedAction,
  personId: string,
): Promise<Counted> {
  const { contacts, missed } = app.store;
  const rows = await contacts.getMany(scopeOf(caller), ids);
  const own = new Set(rows.filter((row) => mayRead(caller, row)).map(({ id }) => id));
  const may = ids.filter((id) => own.has(id));
  const done =
    action.do === "close"
      ? await missed.closeMany(scopeOf(caller), may, personId, action.reason)
      : await missed.reopenMany(scopeOf(caller), may);
  const settled = new Set(done);
  const left = ids.filter((id) => !settled.has(id));
  return {
    done: [...done],
    refused: left.map((id) => refusal(id, own.has(id) ? "MISSED_SETTLED" : "ROW_GONE")),
  };
}

type CustomerPage = (
  cursor: string | undefined,
) => Promise<{ rows: readonly CustomerView[]; nextCursor: string | null }>;

function customerTable(caller: Caller, language: Language, pageAt: CustomerPage) {
  const words = exportWords[language];
  const column = columnsOf<keyof typeof words.card, CustomerView>(words.card);
  const clientName = (id: string): string =>
    id === ownClientId ? words.ownClient : caller.centre.config.name("client", id);
  const columns: Column<CustomerView>[] = [
    column("name", "text", 28, (row) => row.name),
    column("company", "text", 24, (row) => row.company),
    column("phones", "text", 22, (row) => row.phones.join(", ")),
    column("emails", "text", 28, (row) => row.emails.join(", ")),
    column("client", "text", 22, (row) => clientName(row.clientId)),
    column("note", "text", 40, (row) => row.note),
    column("created", "time", 19, (row) => row.createdAt),
    column("changed", "time", 19, (row) => row.updatedAt),
  ];
  return { name: "customers", sheet: words.customers, columns, pageAt };
}
