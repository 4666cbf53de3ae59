import { type AccountState, accountStates, type ResponseOf, type User } from "@centrala/contract";
import { Button, Modal, Select } from "@mantine/core";
import { IconMailForward } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRoute } from "../api/queries.ts";
import { may, useSession } from "../api/session.tsx";
import { TwoLines } from "../history/HistoryPage.tsx";
import { serverNow } from "../live/store.ts";
import { Chip, type Column, type Tone, useFormat } from "../ui/index.ts";
import { Invitation } from "./Invitation.tsx";
import css from "./studio.module.css";

type Account = ResponseOf<"accounts">["items"][number];

/** Everybody's account by the person's id; empty while it is not known. */
export function useAccounts(): ReadonlyMap<string, Account> {
  // A link runs out and somebody signs in without anybody doing anything on this page.
  const { data } = useRoute("accounts", {}, { staleTime: 0, refetchInterval: 60_000 });
  return useMemo(() => new Map((data?.items ?? []).map((account) => [account.userId, account])), [data]);
}

const tones: Readonly<Record<AccountState, Tone | null>> = {
  active: null,
  invited: "talking",
  expired: "offered",
  none: "offered",
  left: "break",
};

/** How far somebody has come: invited until when, here last when, or not at all. */
export function useAccountColumn(accounts: ReadonlyMap<string, Account>): Column<User> {
  const { t } = useTranslation();
  const format = useFormat();
  return {
    id: "account",
    header: t("studio:account.title"),
    width: "minmax(136px, 1.2fr)",
    render: (row) => {
      const account = accounts.get(row.id);
      if (account === undefined) return null;
      const { state, invitedUntil, seenAt } = account;
      const tone = tones[state];
      const word = t(`studio:account.state.${state}`);
      const second = detail(state, invitedUntil, seenAt);
      return <TwoLines first={tone === null ? word : <Chip tone={tone}>{word}</Chip>} second={second} />;
    },
  };

  function detail(state: AccountState, invitedUntil: number | null, seenAt: number | null): string {
    if (state === "invited" && invitedUntil !== null)
      return t("studio:account.until", { when: format.date(invitedUntil) });
    if (state === "expired" && invitedUntil !== null)
      return t("studio:account.ranOut", { when: format.date(invitedUntil) });
    if (state === "none") return "";
    if (seenAt !== null) return t("studio:account.seen", { when: format.when(seenAt, serverNow()) });
    return state === "active" ? t("studio:account.neverSeen") : "";
  }
}

type FilterProps = {
  users: readonly User[];
  accounts: ReadonlyMap<string, Account>;
  value: AccountState | null;
  onChange: (state: AccountState | null) => void;
};
/** Narrows the list down to those who have come this far, with how many they are. */
export function AccountFilter({ users, accounts, value, onChange }: FilterProps) {
  const { t } = useTranslation();
  const counts = new Map<AccountState, number>();
  for (const { id } of users) {
    const state = accounts.get(id)?.state;
    if (state !== undefined) counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return (
    <Select
      aria-label={t("studio:account.title")}
      placeholder={t("studio:account.title")}
      data={accountStates.map((state) => ({
        value: state,
        label: `${t(`studio:account.state.${state}`)} (${counts.get(state) ?? 0})`,
      }))}
      value={value}
      onChange={(next) => onChange(accountStates.find((state) => state === next) ?? null)}
      clearable
      w={230}
    />
  );
}

/** Invites whoever has not come yet, once more where a link was given already. */
export function InviteButton({ user, account }: { user: User; account: Account | undefined }) {
  const { t } = useTranslation();
  const session = useSession();
  const [open, setOpen] = useState(false);
  if (account === undefined || account.state === "active" || account.state === "left" || !may(session)) return null;
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconMailForward size={14} />}
        aria-label={t("studio:people.inviteTitle", { name: user.name })}
        onClick={() => setOpen(true)}
      >
        {t(account.state === "none" ? "studio:people.invite" : "studio:account.again")}
      </Button>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        size={560}
        title={t("studio:people.inviteTitle", { name: user.name })}
        closeButtonProps={{ "aria-label": t("common:action.close") }}
      >
        <div className={css["invited"]}>
          <Invitation user={user} atOnce isFirst={account.state !== "invited"} />
        </div>
      </Modal>
    </>
  );
}
