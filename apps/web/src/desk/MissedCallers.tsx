import type { ResponseOf } from "@centrala/contract";
import { ActionIcon, Tooltip } from "@mantine/core";
import { IconPhone, IconRecordMail } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { usePages } from "../api/queries.ts";
import { MessageButton, messagesMs } from "../history/MessageButton.tsx";
import { Calling } from "../history/MissedActions.tsx";
import { partyNumber } from "../history/party.tsx";
import { Age, ErrorNote, formatLength, SectionTitle } from "../ui/index.ts";
import { useCommands, useDeskCommands } from "./commands.ts";
import { useDesk } from "./DeskContext.tsx";
import css from "./desk.module.css";

type Missed = ResponseOf<"missed">["items"][number];
const shownMax = 8;

/** Callers nobody has reached since: what they left is heard here, and one click calls back. */
export function MissedCallers() {
  const { t } = useTranslation();
  const { view } = useDesk();
  const { pending } = useCommands();
  const missed = usePages("missed", { limit: shownMax });
  const busy = view.state === "offline" || view.contact !== null || pending("dial");
  return (
    <section>
      <SectionTitle
        end={view.missedOpen > 0 ? <Link to="/missed">{t("desk:missed.all", { count: view.missedOpen })}</Link> : 0}
      >
        {t("desk:missed.title")}
      </SectionTitle>
      {missed.error ? <ErrorNote error={missed.error} onRetry={() => void missed.refetch()} /> : null}
      {missed.data && missed.rows.length === 0 && view.missedOpen === 0 ? (
        <p className={css["hint"]}>{t("desk:missed.none")}</p>
      ) : null}
      <ul className={css["missed"]}>
        {missed.rows.slice(0, shownMax).map((row) => (
          <Caller key={row.contactId} row={row} busy={busy} />
        ))}
      </ul>
    </section>
  );
}

function Caller({ row, busy }: { row: Missed; busy: boolean }) {
  const { t } = useTranslation();
  const commands = useDeskCommands();
  const name = row.customer?.name ?? row.party.name ?? (partyNumber(row.party) || t("common:hiddenNumber"));
  const number = row.party.e164 ?? row.party.raw;
  const call = () =>
    void commands.dial(
      { kind: "number", number: number ?? "" },
      { customerId: row.customer?.id ?? null, missedContactId: row.contactId },
    );
  return (
    <li>
      <span className={css["missedText"]}>
        <span className={css["missedName"]}>
          <span className="ellipsis" title={name}>
            {name}
          </span>
          {row.voicemail && row.messages.length === 0 ? (
            <IconRecordMail size={17} aria-label={t("desk:missed.voicemail")} />
          ) : null}
        </span>
        {row.calling ? (
          <Calling calling={row.calling} />
        ) : (
          <span className="muted ellipsis">
            <Age at={row.since} />
            {row.messages.length > 0 ? ` · ${t("desk:missed.message", { length: formatLength(messagesMs(row)) })}` : ""}
            {row.queueName ? ` · ${row.queueName}` : ""}
            {row.tries > 1 ? ` · ${t("desk:missed.tries", { count: row.tries })}` : ""}
          </span>
        )}
      </span>
      <MessageButton row={row} name={name} size={30} />
      {row.calling === null && number ? (
        <Tooltip label={t("desk:missed.callBack", { name })}>
          <ActionIcon
            variant="default"
            size={30}
            disabled={busy}
            aria-label={t("desk:missed.callBack", { name })}
            onClick={call}
          >
            <IconPhone size={15} />
          </ActionIcon>
        </Tooltip>
      ) : null}
    </li>
  );
}
