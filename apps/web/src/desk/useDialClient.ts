import type { Entity, LiveContact } from "@centrala/contract";
import { useEffect, useState } from "react";
import { useEntities } from "../api/queries.ts";
import { useSession } from "../api/session.tsx";

type Client = Entity<"client">;
export type DialClient = {
  readonly clients: readonly Client[];
  /** Null: nobody has said, and there are several. */
  readonly chosen: string | null;
  readonly colour: string | null;
  readonly choose: (id: string) => void;
};

/** So that a reload does not forget in whose name one spoke last; another computer, another tab ask anew. */
const key = "centrala.dialClient";

/**
 * In whose name the next call goes out: the client of the call in hand, else of the last one, else what was chosen since.
 * With several clients and none of these nothing is chosen: the first of the alphabet would be the wrong company's name.
 */
export function useDialClient(contact: LiveContact | null): DialClient {
  const clients = useOwnClients();
  const [stored, setStored] = useState(() => sessionStorage.getItem(key));
  const choose = (id: string) => {
    sessionStorage.setItem(key, id);
    setStored(id);
  };
  const ofCall = contact !== null && contact.direction !== "internal" ? contact.client.id : null;
  const contactId = contact?.id ?? null;
  // Each call sets it anew; what is chosen by hand meanwhile stands until the next one.
  // biome-ignore lint/correctness/useExhaustiveDependencies: not when the list of clients comes anew
  useEffect(() => {
    if (ofCall !== null) choose(ofCall);
  }, [contactId, ofCall]);
  const chosen = chosenClient(clients, stored);
  return { clients, chosen: chosen?.id ?? null, colour: chosen?.colour ?? null, choose };
}

/** Those in whose name this person may call: of the own queues, for supervisors and managers all. */
function useOwnClients(): readonly Client[] {
  const { user } = useSession();
  const clients = useEntities("client").data ?? [];
  const queues = useEntities("queue").data ?? [];
  if (user.roles.includes("supervisor") || user.roles.includes("manager")) return clients;
  const own = queues.filter((queue) => queue.operators.some((member) => member.userId === user.id));
  return clients.filter(({ id }) => own.some((queue) => queue.clientId === id));
}

export function chosenClient<T extends { readonly id: string }>(
  clients: readonly T[],
  stored: string | null,
): T | undefined {
  return clients.find(({ id }) => id === stored) ?? (clients.length === 1 ? clients[0] : undefined);
}
