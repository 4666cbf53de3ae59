import type { ContactRow } from "@centrala/contract";
import { ActionIcon, Button } from "@mantine/core";
import {
  IconPhoneIncoming,
  IconPhoneOutgoing,
  IconPhoneX,
  IconPlayerPlayFilled,
  IconPlayerStopFilled,
  IconRecordMail,
  IconUsers,
} from "@tabler/icons-react";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { call, urlOf } from "../api/call.ts";
import { ErrorNote, formatLength, RowSkeletons, SectionTitle, useFormat, useServerNow } from "../ui/index.ts";
import css from "./customer.module.css";

/** Everything there was with a customer, one line each, newest first. */
export function CustomerHistory({ customerId, currentId }: { customerId: string; currentId: string | null }) {
  const { t } = useTranslation();
  const history = useInfiniteQuery({
    queryKey: ["customerContacts", { id: customerId }],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      call("customerContacts", {
        params: { id: customerId },
        query: { limit: 30, ...(pageParam ? { cursor: pageParam } : {}) },
        signal,
      }),
    getNextPageParam: (last) => last.next,
  });
  const rows = (history.data?.pages ?? []).flatMap((page) => page.items).filter((row) => row.id !== currentId);
  return (
    <section className={css["history"]}>
      <SectionTitle end={rows.length > 0 ? `${rows.length}${history.hasNextPage ? "+" : ""}` : null}>
        {t("desk:history.title")}
      </SectionTitle>
      <ErrorNote error={history.error} onRetry={() => void history.refetch()} />
      {history.isPending ? <RowSkeletons rows={3} /> : null}
      {history.data && rows.length === 0 ? <p className={css["hint"]}>{t("desk:history.none")}</p> : null}
      <ul>
        {rows.map((row) => (
          <HistoryLine key={row.id} row={row} />
        ))}
      </ul>
      {history.hasNextPage ? (
        <Button
          variant="subtle"
          size="compact-sm"
          loading={history.isFetchingNextPage}
          onClick={() => void history.fetchNextPage()}
        >
          {t("common:action.more")}
        </Button>
      ) : null}
    </section>
  );
}

function HistoryLine({ row }: { row: ContactRow }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useServerNow();
  const end = row.endCode && !row.answered ? t(`errors:end.${row.endCode}`) : null;
  const people = row.operators.map((each) => each.name).join(", ");
  const plain = t(row.answered ? "desk:history.answered" : "desk:history.unanswered");
  const about = [row.disposition ?? end ?? plain, people, row.queueName].filter(Boolean).join(" · ");
  return (
    <li className={css["line"]} data-missed={!row.answered || undefined}>
      <Direction row={row} />
      <Link
        to="/history/$contactId"
        params={{ contactId: row.id }}
        className={css["lineWhen"]}
        title={format.exact(row.startedAt)}
      >
        {format.when(row.startedAt, now)}
      </Link>
      <span className={css["lineText"]} title={about}>
        {about}
      </span>
      <span className="num muted">{row.answered ? formatLength(row.talkMs) : ""}</span>
      {row.hasRecording || row.voicemail ? <PlayButton contactId={row.id} /> : <span />}
    </li>
  );
}

function Direction({ row }: { row: ContactRow }) {
  const { t } = useTranslation();
  const props = { size: 15, stroke: 1.8 } as const;
  if (row.voicemail) return <IconRecordMail {...props} aria-label={t("desk:history.voicemail")} />;
  if (!row.answered) return <IconPhoneX {...props} aria-label={t("desk:history.unanswered")} />;
  if (row.direction === "internal") return <IconUsers {...props} aria-label={t("desk:history.internal")} />;
  if (row.direction === "outbound") return <IconPhoneOutgoing {...props} aria-label={t("desk:history.outbound")} />;
  return <IconPhoneIncoming {...props} aria-label={t("desk:history.inbound")} />;
}

/** Plays a contact's first recording where it stands. Only one plays at a time, and none during somebody else's ring: it is stopped by leaving the line. */
function PlayButton({ contactId }: { contactId: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const audio = useRef<HTMLAudioElement | null>(null);
  const [state, setState] = useState<"idle" | "loading" | "playing" | "failed">("idle");
  const stop = () => {
    audio.current?.pause();
    audio.current = null;
    setState("idle");
  };
  useEffect(() => () => audio.current?.pause(), []);
  const play = async () => {
    setState("loading");
    try {
      const detail = await queries.fetchQuery({
        queryKey: ["contact", { id: contactId }, null],
        queryFn: () => call("contact", { params: { id: contactId } }),
      });
      const recording = detail.recordings.find((each) => each.available);
      if (!recording) throw new Error("no recording");
      const player = new Audio(urlOf("recordingAudio", { params: { id: recording.id } }));
      audio.current = player;
      player.onended = stop;
      player.onerror = () => setState("failed");
      await player.play();
      setState("playing");
    } catch {
      setState("failed");
    }
  };
  const label = t(
    state === "playing" ? "desk:history.stop" : state === "failed" ? "desk:history.failed" : "desk:history.play",
  );
  return (
    <ActionIcon
      size={22}
      loading={state === "loading"}
      aria-label={label}
      title={label}
      data-failed={state === "failed" || undefined}
      onClick={() => (state === "playing" ? stop() : void play())}
    >
      {state === "playing" ? <IconPlayerStopFilled size={13} /> : <IconPlayerPlayFilled size={13} />}
    </ActionIcon>
  );
}
