import type { ContactRow } from "@centrala/contract";
import { ActionIcon, Tooltip } from "@mantine/core";
import { IconPhone } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { call } from "../api/call.ts";
import { useSession } from "../api/session.tsx";
import { DirectionIcon, dialableOf, usePartyName } from "../history/party.tsx";
import { ErrorNote, formatLength, SectionTitle, When } from "../ui/index.ts";
import { useCommands, useDeskCommands } from "./commands.ts";
import { useDesk } from "./DeskContext.tsx";
import css from "./desk.module.css";

const shownMax = 6;

/** The last calls of one's own, to look one up or call again. */
export function RecentCalls() {
  const { t } = useTranslation();
  const { id } = useSession().user;
  const { view } = useDesk();
  const contactId = view.contact?.id ?? null;
  // Asked anew when a call of one's own begins or is over, and not with every call of the centre.
  const recent = useQuery({
    queryKey: ["recentCalls", id, contactId, view.today.contacts],
    queryFn: ({ signal }) => call("contacts", { query: { operatorId: id, limit: shownMax + 1 }, signal }),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
  const rows = (recent.data?.items ?? [])
    .filter((row) => row.id !== contactId && row.endedAt !== null)
    .slice(0, shownMax);
  if (recent.data && rows.length === 0) return null;
  return (
    <section>
      <SectionTitle
        end={
          <Link to="/history" search={{ operatorId: id }}>
            {t("desk:recent.all")}
          </Link>
        }
      >
        {t("desk:recent.title")}
      </SectionTitle>
      <ErrorNote error={recent.error} onRetry={() => void recent.refetch()} />
      <ul className={css["missed"]}>
        {rows.map((row) => (
          <Recent key={row.id} row={row} />
        ))}
      </ul>
    </section>
  );
}

function Recent({ row }: { row: ContactRow }) {
  const { t } = useTranslation();
  const { view } = useDesk();
  const commands = useDeskCommands();
  const { pending } = useCommands();
  const name = usePartyName()(row.party, row.customer);
  const number = row.direction === "internal" ? null : dialableOf(row.party);
  const busy = view.state === "offline" || view.contact !== null || pending("dial");
  const again = () =>
    void commands.dial({ kind: "number", number: number ?? "" }, { customerId: row.customer?.id ?? null });
  return (
    <li>
      <DirectionIcon direction={row.direction} answered={row.answered} running={row.endedAt === null} />
      <span className={css["missedText"]}>
        <Link
          to="/history/$contactId"
          params={{ contactId: row.id }}
          className={`${css["recentName"] ?? ""} ellipsis`}
          title={name}
        >
          {name}
        </Link>
        <span className="muted ellipsis">
          <When at={row.startedAt} />
          {row.answered ? ` · ${formatLength(row.talkMs)}` : ""}
          {row.disposition ? ` · ${row.disposition}` : ""}
        </span>
      </span>
      {number ? (
        <Tooltip label={t("desk:recent.again", { name })}>
          <ActionIcon
            variant="default"
            size={30}
            disabled={busy}
            aria-label={t("desk:recent.again", { name })}
            onClick={again}
          >
            <IconPhone size={15} />
          </ActionIcon>
        </Tooltip>
      ) : null}
    </li>
  );
}
