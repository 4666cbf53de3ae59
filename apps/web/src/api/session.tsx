import type { ResponseOf, Role, SessionView } from "@centrala/contract";
import { type Query, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { call } from "./call.ts";

export const sessionKey = ["session"] as const;
export const SessionContext = createContext<SessionView | null>(null);

/** Who is signed in; only below the app's shell, where somebody always is. */
export function useSession(): SessionView {
  const session = useContext(SessionContext);
  if (!session) throw new Error("useSession outside the signed-in part of the app");
  return session;
}
export function useSessionMaybe(): SessionView | null {
  return useContext(SessionContext);
}

export function useSessionQuery() {
  return useQuery({ queryKey: sessionKey, queryFn: () => call("session"), retry: false, staleTime: Infinity });
}

/** Puts a fresh session in place after signing in, setting up or accepting an invitation. */
export function useEnter(): (session: ResponseOf<"signIn">) => void {
  const queries = useQueryClient();
  return (session) => {
    // What is on the screen follows its query: one that is taken away under it would never tell it of the new session.
    const others = { predicate: (query: Query) => query.queryKey[0] !== sessionKey[0] };
    queries.setQueryData(sessionKey, session);
    queries.removeQueries({ ...others, type: "inactive" });
    void queries.resetQueries({ ...others, type: "active" });
  };
}

/** A manager may all that the others may. */
export function may(session: SessionView, ...roles: Role[]): boolean {
  const own = session.user.roles;
  return own.includes("manager") || roles.some((role) => own.includes(role));
}

/** Where somebody begins: the place of their first role. */
export function homeOf(session: SessionView): "/desk" | "/floor" | "/studio" {
  const own = session.user.roles;
  if (own.includes("operator")) return "/desk";
  if (own.includes("supervisor")) return "/floor";
  return own.includes("manager") ? "/desk" : "/studio";
}
