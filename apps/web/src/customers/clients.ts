import { ownClientId } from "@centrala/contract";
import { useTranslation } from "react-i18next";
import { useEntities } from "../api/queries.ts";
import { may, useSession } from "../api/session.tsx";

export type CardClient = { readonly id: string; readonly name: string };

/**
 * Whose customers the reader sees: the clients of their queues; whoever sees the floor all of them and the centre's own. One
 * or none means that there is nothing to tell apart.
 */
export function useCardClients(): readonly CardClient[] {
  const { t } = useTranslation();
  const session = useSession();
  const clients = useEntities("client").data ?? [];
  const queues = useEntities("queue").data ?? [];
  const all = clients.map(({ id, name }) => ({ id, name }));
  if (clients.length < 2) return all;
  if (may(session, "supervisor")) return [...all, { id: ownClientId, name: t("customers:client.own") }];
  const own = queues.filter((queue) => queue.operators.some((member) => member.userId === session.user.id));
  return all.filter(({ id }) => own.some((queue) => queue.clientId === id));
}
