import type { CentreConfig, Role } from "@centrala/contract";
import { centreScope, type Scope } from "@centrala/store";

/** Of which queues and clients somebody sees things. */
export type Sight = { readonly queueIds: readonly string[]; readonly clientIds: readonly string[] };

/**
 * What somebody may see of contacts, missed callers and customers: null stands for all, the centre's own among them. Who sees
 * the floor sees all. An operator sees what belongs to the clients of their queues; where a centre has one client only, nobody
 * is kept apart, and everybody works for it. A machine with an operator's rights is in no queue and sees nobody's.
 */
export function sightOf(config: CentreConfig, roles: readonly Role[], userId: string | null): Sight | null {
  if (roles.includes("manager") || roles.includes("supervisor")) return null;
  if (userId === null) return { queueIds: [], clientIds: [] };
  const own = config.queue.filter((queue) => queue.operators.some((member) => member.userId === userId));
  const only = config.client.length === 1 ? config.client.map((client) => client.id) : [];
  return {
    queueIds: own.map((queue) => queue.id),
    clientIds: [...new Set([...only, ...own.map((queue) => queue.clientId)])],
  };
}

/** The same as the database understands it, for everything that is done in somebody's name. */
export function scopeFor(centreId: string, config: CentreConfig, roles: readonly Role[], userId: string | null): Scope {
  const sight = sightOf(config, roles, userId);
  if (sight === null) return centreScope(centreId);
  return { centreId, clients: sight.clientIds, personId: userId, queueIds: sight.queueIds };
}
