/**
 * Whose data may be touched by what is done: all of a centre's, or those of some of its clients. The database's own
 * policies refuse everything else. Besides their clients' a person sees the contacts they took part in and those of their
 * queues, which may serve the callers of several clients.
 */
export type Scope =
  | { readonly centreId: string; readonly clients: "all" }
  | {
      readonly centreId: string;
      readonly clients: readonly string[];
      /** Null for a machine, which takes part in nothing. */
      readonly personId: string | null;
      readonly queueIds: readonly string[];
    };

/** What jobs and calls work with, and people who see all clients. */
export function centreScope(centreId: string): Scope {
  return { centreId, clients: "all" };
}
