import type { SessionView } from "@centrala/contract";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { may, sessionKey } from "../api/session.tsx";
import { Reloads } from "./reloads.ts";
import { learnServerTime, onLiveMessage, startLive, stopLive, useLive } from "./store.ts";

const reloads: Record<"contacts" | "missed" | "customers" | "config" | "imports", readonly string[]> = {
  contacts: ["contacts", "contact", "customerContacts"],
  missed: ["missed"],
  customers: ["customers", "customer", "customersOfNumber"],
  config: ["entities", "centre", "session"],
  imports: ["customers"],
};

/** Keeps the live connection while somebody is signed in, and reloads open lists when the server says that they changed. */
export function LiveGate({ session, children }: { session: SessionView; children: ReactNode }) {
  const queries = useQueryClient();
  const desk = may(session, "operator", "supervisor");
  const userId = session.user.id;
  // Another person means another connection.
  useEffect(() => {
    learnServerTime(session.serverTime);
    startLive({ desk });
    const reload = (what: keyof typeof reloads): void => {
      for (const name of reloads[what]) void queries.invalidateQueries({ queryKey: [name] });
    };
    const lists = new Reloads({ reload, now: () => Date.now(), random: () => Math.random() });
    const stop = onLiveMessage((message) => {
      if (message.kind === "changed") {
        if (message.what === "contacts" || message.what === "missed") lists.changed(message.what);
        else reload(message.what);
      }
      if (message.kind === "signedOut") void queries.resetQueries({ queryKey: sessionKey });
    });
    return () => {
      stop();
      lists.close();
      stopLive();
    };
  }, [userId, desk, queries]);
  const away = useLive((live) => live.status === "away");
  useEffect(() => {
    // A session that is over refuses the connection without a word; asking for it tells.
    if (away) void queries.invalidateQueries({ queryKey: sessionKey });
  }, [away, queries]);
  return children;
}
