import type { ContactDetail } from "@centrala/contract";
import { Button, Switch } from "@mantine/core";
import { IconArrowBackUp, IconArrowLeft, IconPhone, IconUserPlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useCanGoBack, useNavigate, useParams, useRouter } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, call } from "../api/call.ts";
import { useRoute } from "../api/queries.ts";
import {
  Chip,
  EmptyState,
  ErrorNote,
  formatLength,
  formatPhone,
  PageHeader,
  RowSkeletons,
  useFormat,
} from "../ui/index.ts";
import { useDial } from "./dial.ts";
import css from "./history.module.css";
import { dialableOf, partyNumber, usePartyName } from "./party.tsx";
import { RecordingPlayer } from "./RecordingPlayer.tsx";
import { Timeline } from "./TimelineList.tsx";

/** One contact: what it was, what was said, and every step it went through. */
export function Page() {
  const { contactId } = useParams({ strict: false });
  const { t } = useTranslation();
  const navigate = useNavigate();
  const contact = useRoute("contact", { params: { id: contactId ?? "" } });
  if (contact.data) return <ContactView contact={contact.data} />;
  if (contact.error instanceof ApiError && contact.error.status === 404) {
    return (
      <EmptyState
        title={t("history:contact.unknown")}
        text={t("history:contact.unknownText")}
        action={{ label: t("history:contact.back"), onClick: () => void navigate({ to: "/history" }) }}
      />
    );
  }
  if (contact.error) {
    return (
      <div style={{ padding: 20, maxWidth: 560 }}>
        <ErrorNote error={contact.error} onRetry={() => void contact.refetch()} />
      </div>
    );
  }
  return <RowSkeletons rows={10} />;
}

function ContactView({ contact }: { contact: ContactDetail }) {
  const { t } = useTranslation();
  const name = usePartyName()(contact.party, contact.customer);
  const format = useFormat();
  const navigate = useNavigate();
  const router = useRouter();
  // Back to the list as it was left, with its filters and its place.
  const canGoBack = useCanGoBack();
  return (
    <>
      <PageHeader
        title={name}
        text={`${t(`history:direction.${contact.direction}`)}, ${format.dateTime(contact.startedAt)}`}
        actions={
          <>
            <Button
              variant="default"
              leftSection={<IconArrowLeft size={15} />}
              onClick={() => (canGoBack ? router.history.back() : void navigate({ to: "/history" }))}
            >
              {t("history:contact.back")}
            </Button>
            <CallBackButton contact={contact} name={name} />
          </>
        }
      />
      <div className={css["detail"]}>
        <div className={css["column"]}>
          <TakenOff contact={contact} />
          <Recordings contact={contact} />
          <TimelinePanel contact={contact} />
        </div>
        <div className={css["column"]}>
          <Facts contact={contact} />
          <Notes contact={contact} />
        </div>
      </div>
    </>
  );
}

function CallBackButton({ contact, name }: { contact: ContactDetail; name: string }) {
  const { t } = useTranslation();
  const dial = useDial();
  const [pending, setPending] = useState(false);
  const number = dialableOf(contact.party);
  if (!number) return null;
  const start = async () => {
    setPending(true);
    await dial(number, { name, customerId: contact.customer?.id ?? null });
    setPending(false);
  };
  return (
    <Button leftSection={<IconPhone size={15} />} loading={pending} onClick={() => void start()}>
      {t("history:contact.callBack")}
    </Button>
  );
}

/** Who took this missed caller off the list, and the way back onto it. */
function TakenOff({ contact }: { contact: ContactDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const queries = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  const { missedClosed } = contact;
  if (missedClosed === null) return null;
  const reopen = async () => {
    try {
      await call("reopenMissed", { params: { id: contact.id } });
      await Promise.all(["missed", "contact"].map((name) => queries.invalidateQueries({ queryKey: [name] })));
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <section className={`card ${css["panel"]}`}>
      <div className={css["panelHead"]}>
        <span>
          <span className="muted num">{format.dateTime(missedClosed.at)}</span>{" "}
          {t("history:contact.missedClosed", missedClosed)}
        </span>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconArrowBackUp size={15} />}
          onClick={() => void reopen()}
        >
          {t("history:contact.reopen")}
        </Button>
      </div>
      <ErrorNote error={error} />
    </section>
  );
}

/** A titled card of a page. */
export function Panel({ title, end, children }: { title: string; end?: ReactNode; children: ReactNode }) {
  return (
    <section className={`card ${css["panel"]}`}>
      <div className={css["panelHead"]}>
        <h2>{title}</h2>
        {end}
      </div>
      {children}
    </section>
  );
}

/** The recordings of a contact, each with its player; says so when there is none any more. */
export function Recordings({ contact }: { contact: ContactDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (contact.recordings.length === 0) {
    return (
      <Panel title={t("history:contact.recordings")}>
        <p className="muted">{t("history:contact.noRecording")}</p>
      </Panel>
    );
  }
  return contact.recordings.map((recording) => {
    const at = { time: format.time(recording.startedAt) };
    const title = recording.voicemail ? t("history:contact.voicemailAt", at) : t("history:contact.recordingAt", at);
    return (
      <Panel
        key={recording.id}
        title={title}
        end={<span className="num muted">{formatLength(recording.durationMs)}</span>}
      >
        {recording.available ? (
          <RecordingPlayer recordingId={recording.id} durationMs={recording.durationMs} />
        ) : (
          <p className="muted">{t("history:contact.recordingGone")}</p>
        )}
      </Panel>
    );
  });
}

function TimelinePanel({ contact }: { contact: ContactDetail }) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  return (
    <Panel
      title={t("history:contact.timeline")}
      end={
        <Switch
          size="xs"
          label={t("history:contact.allSteps")}
          checked={all}
          onChange={(event) => setAll(event.currentTarget.checked)}
        />
      }
    >
      <Timeline contact={contact} technical={all} />
    </Panel>
  );
}

function Facts({ contact }: { contact: ContactDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const end = contact.endCode
    ? t(`errors:end.${contact.endCode}`, { defaultValue: contact.endCode })
    : t("history:contact.running");
  const rows: [string, ReactNode][] = [
    [t("history:contact.customer"), <CustomerLink key="customer" contact={contact} />],
    [
      t("history:column.who"),
      <span key="who" className="num">
        {partyNumber(contact.party) || t("common:hiddenNumber")}
      </span>,
    ],
    [t("history:contact.client"), contact.clientName ?? "–"],
    [t("history:contact.queue"), contact.queueName ?? "–"],
    [
      t("history:contact.number"),
      <span key="number" className="num">
        {contact.number === null ? "–" : formatPhone(contact.number)}
      </span>,
    ],
    [t("history:contact.started"), format.exact(contact.startedAt)],
    [
      t("history:contact.wait"),
      <span key="wait" className="num">
        {formatLength(contact.waitMs)}
      </span>,
    ],
    [
      t("history:contact.talk"),
      <span key="talk" className="num">
        {formatLength(contact.talkMs)}
      </span>,
    ],
    [
      t("history:contact.hold"),
      <span key="hold" className="num">
        {formatLength(contact.holdMs)}
      </span>,
    ],
    [t("history:contact.operators"), contact.operators.map((operator) => operator.name).join(", ") || "–"],
    [t("history:contact.end"), end],
  ];
  return (
    <Panel
      title={t("history:contact.facts")}
      end={
        <Chip tone={contact.answered ? "available" : "offered"}>
          {t(contact.answered ? "history:answered.yes" : "history:answered.no")}
        </Chip>
      }
    >
      <dl className={css["facts"]}>
        <dt>{t("history:contact.result")}</dt>
        <dd>
          <b>{contact.disposition ?? t("history:contact.noResult")}</b>
        </dd>
        {rows.map(([label, value]) => (
          <FactRow key={label} label={label} value={value} />
        ))}
      </dl>
    </Panel>
  );
}

function FactRow({ label, value }: { label: string; value: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </>
  );
}

function CustomerLink({ contact }: { contact: ContactDetail }) {
  const { t } = useTranslation();
  if (contact.customer) {
    return (
      <Link to="/customers/$customerId" params={{ customerId: contact.customer.id }}>
        {contact.customer.name}
      </Link>
    );
  }
  const number = dialableOf(contact.party);
  return (
    <Button
      renderRoot={(props) => (
        <Link
          to="/customers/$customerId"
          params={{ customerId: "new" }}
          search={number ? { phone: number } : {}}
          {...props}
        />
      )}
      variant="default"
      size="compact-xs"
      leftSection={<IconUserPlus size={13} />}
    >
      {t("history:contact.newCustomer")}
    </Button>
  );
}

function Notes({ contact }: { contact: ContactDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Panel title={t("history:contact.notes")}>
      {contact.notes.length === 0 ? <p className="muted">{t("history:contact.noNotes")}</p> : null}
      {contact.notes.map((note) => (
        <div key={`${note.at}${note.operator}`} className={css["note"]}>
          <div className={css["small"]}>
            {note.operator}, <time dateTime={new Date(note.at).toISOString()}>{format.time(note.at)}</time>
          </div>
          {note.text}
        </div>
      ))}
    </Panel>
  );
}
