import { ownClientId, say } from "@centrala/contract";
import type { ContactRow, CustomerRow, Scope } from "@centrala/store";
import { scopeFor, sightOf } from "../accounts/sight.ts";
import type { App } from "../app.ts";
import { fieldProblem, found, HttpProblem } from "./errors.ts";
import { type Caller, seesAll } from "./handler.ts";

type Asked = { readonly app: App; readonly caller: Caller };
type Belonging = Pick<ContactRow, "operatorId" | "operatorIds" | "queueId" | "missed" | "clientId">;

/**
 * An operator sees contacts they took part in, those of their queues, and missed callers of no queue, whom anybody works
 * off in the clients of their queues: who calls back has to hear the message. Whoever sees the floor sees all.
 */
export function mayRead(caller: Caller, row: Belonging): boolean {
  if (seesAll(caller)) return true;
  if (caller.userId === null) return false;
  if (row.operatorId === caller.userId || row.operatorIds.includes(caller.userId)) return true;
  if (row.queueId !== null) return ownQueueIds(caller).includes(row.queueId);
  return row.missed && seesClient(caller, row.clientId);
}

/** Whose rows the database gives and changes for the caller. */
export function scopeOf({ centre, roles, userId }: Caller): Scope {
  return scopeFor(centre.id, centre.config.current, roles, userId);
}

/** The clients whose customers and contacts the caller sees; null: all of them, and the centre's own. */
export function clientsOf(caller: Caller): readonly string[] | null {
  return sightOf(caller.centre.config.current, caller.roles, caller.userId)?.clientIds ?? null;
}

export function seesClient(caller: Caller, clientId: string): boolean {
  return clientsOf(caller)?.includes(clientId) ?? true;
}

/** Whose a new card is: as asked, else of the only client that comes into question, else the centre's own. @throws INPUT_INVALID */
export function clientOfCard(caller: Caller, asked: string | undefined): string {
  const all = caller.centre.config.current.client.map((client) => client.id);
  const sees = clientsOf(caller);
  if (asked !== undefined) {
    const known = asked === ownClientId ? sees === null : all.includes(asked) && seesClient(caller, asked);
    if (!known) throw fieldProblem("clientId", say("CLIENT_UNKNOWN"));
    return asked;
  }
  if (sees === null) return all.length === 1 ? (all[0] ?? ownClientId) : ownClientId;
  const [first] = sees;
  if (first === undefined) throw fieldProblem("clientId", say("CLIENT_UNKNOWN"));
  return first;
}

export function ownQueueIds(caller: Caller): readonly string[] {
  return sightOf(caller.centre.config.current, caller.roles, caller.userId)?.queueIds ?? [];
}

/** A contact that the caller may see. @throws NOT_FOUND alike for what is not there and what is not theirs */
export async function readableContact({ app, caller }: Asked, contactId: string): Promise<ContactRow> {
  const row = found(await app.store.contacts.get(scopeOf(caller), contactId));
  if (!mayRead(caller, row)) throw new HttpProblem("NOT_FOUND");
  return row;
}

/** A customer's card that the caller may see. @throws NOT_FOUND */
export async function readableCustomer({ app, caller }: Asked, customerId: string): Promise<CustomerRow> {
  const row = found(await app.store.customers.get(scopeOf(caller), customerId));
  if (!seesClient(caller, row.clientId)) throw new HttpProblem("NOT_FOUND");
  return row;
}
