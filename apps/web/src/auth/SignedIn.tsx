import { useQueryClient } from "@tanstack/react-query";
import { Navigate, Outlet, useLocation } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, onSignedOut } from "../api/call.ts";
import { homeOf, SessionContext, sessionKey, useSession, useSessionQuery } from "../api/session.tsx";
import { DutyLine } from "../desk/DutyLine.tsx";
import { languageIsChosen } from "../i18n/index.ts";
import { LiveGate } from "../live/LiveGate.tsx";
import { AppShell } from "../ui/AppShell.tsx";
import { EmptyState, RowSkeletons } from "../ui/EmptyState.tsx";
import { ErrorNote } from "../ui/ErrorNote.tsx";
import { preparePhones, setHomeCountry } from "../ui/phone.ts";

/** Everything behind the sign-in: the session, the live connection and the rail around the page. */
export function SignedIn() {
  const session = useSessionQuery();
  const queries = useQueryClient();
  const location = useLocation();
  const { i18n } = useTranslation();
  useEffect(() => onSignedOut(() => void queries.resetQueries({ queryKey: sessionKey })), [queries]);
  const own = session.data?.user.language ?? session.data?.centre.language;
  useEffect(() => {
    if (own && !languageIsChosen()) void i18n.changeLanguage(own);
  }, [own, i18n]);
  const phonesAreReady = usePhones();
  if (session.isPending && session.fetchStatus !== "idle") return <RowSkeletons />;
  const gone = session.error instanceof ApiError && session.error.status === 401;
  if (session.data && !gone) {
    // The tables come while the session is asked for; numbers are written in one form from the first row on.
    if (!phonesAreReady) return <RowSkeletons />;
    setHomeCountry(session.data.centre.country);
    return (
      <SessionContext value={session.data}>
        <LiveGate session={session.data}>
          <AppShell line={<DutyLine />}>
            <Outlet />
          </AppShell>
        </LiveGate>
      </SessionContext>
    );
  }
  if (gone || !session.error) {
    // While the sign-in page loads this one still stands; sending it on again from there would never end.
    if (location.pathname === "/sign-in") return <RowSkeletons />;
    return <Navigate to="/sign-in" search={location.pathname === "/" ? {} : { next: location.href }} replace />;
  }
  return (
    <div style={{ maxWidth: 480, margin: "15vh auto", padding: 16 }}>
      <ErrorNote error={session.error} onRetry={() => void session.refetch()} />
    </div>
  );
}

/** True when numbers can be written as people write them. */
export function usePhones(): boolean {
  const [ready, setReady] = useState(false);
  useEffect(() => void preparePhones().then(() => setReady(true)), []);
  return ready;
}

export function HomePage() {
  return <Navigate to={homeOf(useSession())} replace />;
}

export function NotFoundPage() {
  const { t } = useTranslation();
  return <EmptyState title={t("common:notFound.title")} text={t("common:notFound.text")} />;
}
