import type { ContactRow, CustomerRow } from "@centrala/store";
import type { App } from "../app.ts";
import { found, HttpProblem } from "./errors.ts";
import { type Caller, seesAll } from "./handler.ts";

type Asked = { readonly app: App; readonly caller: Caller };
type Belonging = Pick<ContactRow, "operatorId" | "operatorIds" | "queueId" | "missed">;

/**
 * An operator sees contacts they took part in, those of their queues, and missed callers of no queue, whom anybody works
 * off: who calls back has to hear the message. Whoever sees the floor sees all.
 */
export function mayRead(caller: Caller, row: Belonging): boolean {
  if (seesAll(caller)) return true;
  if (caller.userId === null) return false;
  if (row.operatorId === caller.userId || row.operatorIds.includes(caller.userId)) return true;
  return row.queueId === null ? row.missed : ownQueueIds(caller).includes(row.queueId);
}

export function ownQueueIds(caller: Caller): readonly string[] {
  return caller.centre.config.current.queue
    .filter((queue) => queue.operators.some((member) => member.userId === caller.userId))
    .map((queue) => queue.id);
}

/** A contact that the caller may see. @throws NOT_FOUND alike for what is not there and what is not theirs */
export async function readableContact({ app, caller }: Asked, contactId: string): Promise<ContactRow> {
  const row = found(await app.store.contacts.get(caller.centre.id, contactId));
  if (!mayRead(caller, row)) throw new HttpProblem("NOT_FOUND");
  return row;
}

/** A customer's card that the caller may see. @throws NOT_FOUND */
export async function readableCustomer({ app, caller }: Asked, customerId: string): Promise<CustomerRow> {
  return found(await app.store.customers.get(caller.centre.id, customerId));
}
