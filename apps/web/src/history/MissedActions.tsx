import type { ResponseOf } from "@centrala/contract";
import { Button, Menu, Tooltip } from "@mantine/core";
import { IconChevronDown, IconPhone, IconUserMinus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../api/session.tsx";
import { Chip } from "../ui/index.ts";
import { useDial } from "./dial.ts";
import css from "./history.module.css";
import { MessageButton } from "./MessageButton.tsx";
import { dialableOf, usePartyName } from "./party.tsx";

type Missed = ResponseOf<"missed">["items"][number];
export const reasons = ["reached", "later", "wrong", "spam"] as const;
type MissedActionsProps = { row: Missed; onClose: (name: string, reason: string) => void };

/** Hear, call back, take off the list; while a colleague calls this person, who that is in place of the button. */
export function MissedActions({ row, onClose }: MissedActionsProps) {
  const name = usePartyName()(row.party, row.customer);
  return (
    <span className={css["missedDo"]}>
      <MessageButton row={row} name={name} />
      {row.calling === null ? <CallBack row={row} name={name} /> : <Calling calling={row.calling} />}
      <CloseMenu name={name} onClose={(reason) => onClose(name, reason)} />
    </span>
  );
}

/** Somebody calls this person right now: nobody else should. */
export function Calling({ calling }: { calling: NonNullable<Missed["calling"]> }) {
  const { t } = useTranslation();
  const own = useSession().user.id === calling.operatorId;
  const words = own ? t("history:missed.callingSelf") : t("history:missed.calling", { name: calling.name });
  return (
    <Chip tone="talking">
      <IconPhone size={13} aria-hidden="true" />
      <span className={`ellipsis ${css["callingWords"] ?? ""}`} title={words}>
        {words}
      </span>
    </Chip>
  );
}

function CallBack({ row, name }: { row: Missed; name: string }) {
  const { t } = useTranslation();
  const dial = useDial();
  const [pending, setPending] = useState(false);
  const number = dialableOf(row.party);
  const callBack = async () => {
    if (!number) return;
    setPending(true);
    await dial(number, { name, customerId: row.customer?.id ?? null, missedContactId: row.contactId });
    setPending(false);
  };
  const label = `${t("history:missed.call")}: ${number ? name : t("history:missed.noNumber")}`;
  return (
    <Tooltip label={number ? t("history:missed.call") : t("history:missed.noNumber")}>
      <Button
        size="compact-sm"
        variant="light"
        disabled={!number}
        loading={pending}
        onClick={() => void callBack()}
        aria-label={label}
        leftSection={<IconPhone size={15} />}
        className={css["worded"] ?? ""}
      >
        {t("history:missed.call")}
      </Button>
    </Tooltip>
  );
}

function CloseMenu({ name, onClose }: { name: string; onClose: (reason: string) => void }) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="default"
          size="compact-sm"
          aria-label={`${t("history:missed.close")}: ${name}`}
          title={t("history:missed.close")}
          leftSection={<IconUserMinus size={15} />}
          rightSection={<IconChevronDown size={13} />}
          className={css["worded"] ?? ""}
        >
          {t("history:missed.closeShort")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown aria-label={t("history:missed.close")}>
        {reasons.map((reason) => (
          <Menu.Item key={reason} onClick={() => onClose(t(`history:missed.reason.${reason}`))}>
            {t(`history:missed.reason.${reason}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
