import { Button, Menu, Modal, PasswordInput, Tooltip } from "@mantine/core";
import {
  IconAddressBook,
  IconHeadset,
  IconHistory,
  IconLayoutDashboard,
  IconLogout,
  IconPasswordUser,
  IconPhoneX,
  IconSettings,
  IconUser,
} from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { ownUrl } from "../api/base.ts";
import { call } from "../api/call.ts";
import { may, useSession } from "../api/session.tsx";
import { leave } from "../auth/leave.ts";
import { useLive } from "../live/store.ts";
import { ErrorNote } from "./ErrorNote.tsx";
import { ServerNotices } from "./ServerNotices.tsx";
import { LanguageSwitch, RailMenu, ThemeSwitch } from "./Switches.tsx";
import css from "./shell.module.css";

/** The rail of places on the left (below on a telephone), the line that tells of a lost connection, and the page. */
export function AppShell({ line, children }: { line?: ReactNode; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={css["shell"]}>
      <a className={css["skip"]} href="#page">
        {t("common:skip")}
      </a>
      <Rail />
      <main id="page" className={css["page"]} tabIndex={-1}>
        <div>
          <ServerNotices />
          {line}
        </div>
        <div className={css["content"]}>{children}</div>
        <ConnectionLine />
      </main>
    </div>
  );
}

function Rail() {
  const { t } = useTranslation();
  const session = useSession();
  const missed = useLive((live) => live.desk?.missedOpen ?? 0);
  const operator = may(session, "operator", "supervisor");
  const places = [
    { to: "/desk", icon: IconHeadset, label: t("common:place.desk"), shown: operator, count: 0 },
    { to: "/missed", icon: IconPhoneX, label: t("common:place.missed"), shown: operator, count: missed },
    { to: "/history", icon: IconHistory, label: t("common:place.history"), shown: operator, count: 0 },
    { to: "/customers", icon: IconAddressBook, label: t("common:place.customers"), shown: operator, count: 0 },
    {
      to: "/floor",
      icon: IconLayoutDashboard,
      label: t("common:place.floor"),
      shown: may(session, "supervisor"),
      count: 0,
    },
    { to: "/studio", icon: IconSettings, label: t("common:place.studio"), shown: may(session, "technician"), count: 0 },
  ] as const;
  return (
    <nav className={css["rail"]} aria-label={t("common:places")}>
      <img className={css["mark"]} src={ownUrl("/icon.svg")} alt="Centrala" width={30} height={30} />
      {places.map(({ to, icon: Icon, label, shown, count }) =>
        shown ? (
          <Tooltip key={to} label={label} position="right">
            <Link
              to={to}
              className={css["place"]}
              aria-label={count > 0 ? `${label}: ${count > 99 ? "99+" : count}` : label}
            >
              <Icon size={20} stroke={1.7} aria-hidden="true" />
              {count > 0 ? <span className={css["count"]}>{count > 99 ? "99+" : count}</span> : null}
            </Link>
          </Tooltip>
        ) : null,
      )}
      <span className={css["grow"]} />
      <LanguageSwitch onChange={(language) => void call("changeLanguage", { body: { language } }).catch(() => {})} />
      <ThemeSwitch />
      <UserMenu />
    </nav>
  );
}

function UserMenu() {
  const { t } = useTranslation();
  const session = useSession();
  const queries = useQueryClient();
  const [changing, setChanging] = useState(false);
  const signOut = async () => {
    await leave(session.user.id);
    queries.clear();
    location.assign(ownUrl("/sign-in"));
  };
  return (
    <>
      <RailMenu
        label={`${t("common:account")}: ${session.user.name}`}
        icon={<IconUser size={19} stroke={1.7} />}
        width={240}
      >
        <Menu.Label>
          <b className="ellipsis" style={{ display: "block", color: "var(--ink)" }}>
            {session.user.name}
          </b>
          {session.centre.name}
        </Menu.Label>
        <Menu.Item leftSection={<IconPasswordUser size={15} />} onClick={() => setChanging(true)}>
          {t("common:password.change")}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={15} />} onClick={() => void signOut()}>
          {t("common:action.signOut")}
        </Menu.Item>
      </RailMenu>
      <Modal
        opened={changing}
        onClose={() => setChanging(false)}
        title={t("common:password.change")}
        closeButtonProps={{ "aria-label": t("common:action.close") }}
      >
        <PasswordForm onDone={() => setChanging(false)} />
      </Modal>
    </>
  );
}

function PasswordForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [error, setError] = useState<unknown>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    call("changePassword", { body: { current, next } }).then(onDone, setError);
  };
  const eye = { "aria-label": t("common:signIn.showPassword") };
  return (
    <form onSubmit={submit} style={{ display: "grid", gap: 14 }}>
      <PasswordInput
        label={t("common:password.current")}
        autoComplete="current-password"
        value={current}
        onChange={(event) => setCurrent(event.currentTarget.value)}
        visibilityToggleButtonProps={eye}
      />
      <PasswordInput
        label={t("common:password.next")}
        description={t("common:password.rule")}
        autoComplete="new-password"
        value={next}
        onChange={(event) => setNext(event.currentTarget.value)}
        visibilityToggleButtonProps={eye}
      />
      <ErrorNote error={error} />
      <Button type="submit" disabled={next.length < 10 || current === ""}>
        {t("common:action.save")}
      </Button>
    </form>
  );
}

/**
 * The last known truth stays visible while reconnecting; this line marks it as such. Below the page, so that nothing moves under
 * the pointer; the desk says it in its own bar.
 */
function ConnectionLine() {
  const { t } = useTranslation();
  const onDesk = useLocation({ select: (location) => location.pathname === "/desk" });
  const away = useLive((live) => live.status === "away");
  const outdated = useLive((live) => live.outdated);
  return (
    <div aria-live="polite">
      {away ? <div className={onDesk ? "visually-hidden" : css["line"]}>{t("common:live.away")}</div> : null}
      {outdated && !away ? (
        <div className={css["line"]} data-tone="info">
          {t("common:live.outdated")}
          <Button size="compact-xs" variant="default" onClick={() => location.reload()}>
            {t("common:action.reload")}
          </Button>
        </div>
      ) : null}
    </div>
  );
}
