import type { LiveContact } from "@centrala/contract";
import { Button, Textarea } from "@mantine/core";
import { IconCheck, IconHeadphones, IconMoodEmpty } from "@tabler/icons-react";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useEntities } from "../api/queries.ts";
import { useSessionMaybe } from "../api/session.tsx";
import { Clock, EmptyState, Kbd, SectionTitle, useFormat, useServerNow } from "../ui/index.ts";
import { useCommands, useDeskCommands } from "./commands.ts";
import { idleText, partyName, useDesk } from "./DeskContext.tsx";
import css from "./desk.module.css";
import { startHeadset, useHeadsetTrouble } from "./headset.ts";
import { Keypad } from "./Keypad.tsx";
import { keyName, useKeyMap } from "./keys.ts";
import type { Notes } from "./notes.ts";
import { TransferPanel } from "./TransferPanel.tsx";

/** The middle of the desk: what to say, what came out of it, what to remember. */
export function ContactWork({ notes }: { notes: Notes }) {
  const { view, panel, openPanel } = useDesk();
  const contact = view.contact;
  return (
    <>
      <HeadsetNotice />
      {contact || view.offer ? null : <NobodyNotice />}
      <UnsavedNotes notes={notes} current={contact?.id ?? null} />
      {contact && panel === "keypad" ? <Keypad contactId={contact.id} onClose={() => openPanel("none")} /> : null}
      {contact && (panel === "transfer" || panel === "consult") ? (
        <TransferPanel contact={contact} first={panel} onClose={() => openPanel("none")} />
      ) : null}
      {view.offer && !contact ? <Saying contact={view.offer.contact} /> : null}
      {contact ? <Work contact={contact} notes={notes} /> : view.offer ? null : <Idle />}
    </>
  );
}

function Work({ contact, notes }: { contact: LiveContact; notes: Notes }) {
  const commands = useDeskCommands();
  return (
    <>
      {contact.phase === "wrap-up" ? <WrapUp contact={contact} /> : <Saying contact={contact} />}
      <Results contact={contact} onChoose={(id) => void commands.result(contact.id, id)} />
      <Note key={contact.id} contact={contact} notes={notes} />
    </>
  );
}

/** How to answer in the client's name, large enough to be read aloud, and the way the caller came. */
function Saying({ contact }: { contact: LiveContact }) {
  const { t } = useTranslation();
  return (
    <>
      {contact.path.length > 0 ? (
        <ol className={css["path"]} aria-label={t("desk:path")}>
          {contact.path.map((step) => (
            <li key={`${step.at}${step.label}`}>{step.label}</li>
          ))}
        </ol>
      ) : null}
      {contact.direction === "inbound" ? <Greeting contact={contact} /> : null}
    </>
  );
}

/** The client's greeting; without one a usual sentence is suggested, so that whoever answers is never left without words. */
function Greeting({ contact }: { contact: LiveContact }) {
  const { t } = useTranslation();
  const me = useSessionMaybe()?.user.name ?? "";
  const { greeting, name } = contact.client;
  if (greeting) return <blockquote className={css["say"]}>{greeting}</blockquote>;
  return (
    <blockquote className={css["say"]}>
      {t("desk:say.usual", { client: name, name: me })}
      <footer className="muted">{t("desk:say.suggested")}</footer>
    </blockquote>
  );
}

function WrapUp({ contact }: { contact: LiveContact }) {
  const { t } = useTranslation();
  const { view } = useDesk();
  return (
    <div className={css["wrapUp"]} role="status">
      <b>{t("desk:wrapUp.title", { name: partyName(contact, t("common:hiddenNumber")) })}</b>
      {contact.wrapUpUntil === null ? null : (
        <span>
          {t(`desk:wrapUp.until.${view.afterCall ?? "available"}`)} <Clock until={contact.wrapUpUntil} />
        </span>
      )}
      {contact.endCode ? <span className="muted">{t(`errors:end.${contact.endCode}`)}</span> : null}
    </div>
  );
}

/** On duty without a headset nothing can ring: this says so and mends it in one click. */
function HeadsetNotice() {
  const { t } = useTranslation();
  const { view, openDialog } = useDesk();
  const trouble = useHeadsetTrouble(view);
  if (!trouble) return null;
  const taken = trouble === "taken";
  return (
    <section className={css["notice"]} role="alert">
      <span>{t(taken ? "desk:headset.taken" : "desk:headset.missing")}</span>
      <Button size="compact-sm" variant="default" onClick={() => (taken ? void startHeadset() : openDialog("headset"))}>
        {t(taken ? "desk:headset.takeOver" : "desk:headset.start")}
      </Button>
    </section>
  );
}

/** Nobody of one's own queues is on duty: where their callers go meanwhile. */
function NobodyNotice() {
  const { t } = useTranslation();
  const { view } = useDesk();
  const parts = (["go-on", "wait"] as const).map((where) => ({
    where,
    names: view.queues.filter(({ nobody }) => nobody === where).map(({ name }) => name),
  }));
  return parts.map(({ where, names }) =>
    names.length === 0 ? null : (
      <p key={where} className={css["notice"]} role="status">
        <span>
          {t("desk:nobody.on", { names: names.join(", ") })} {t(`desk:nobody.${where}`)}
        </span>
      </p>
    ),
  );
}

/** The queue's results; Alt with a digit chooses one of the first nine. */
function Results({ contact, onChoose }: { contact: LiveContact; onChoose: (id: string) => void }) {
  const { t } = useTranslation();
  const keys = useKeyMap();
  const { pending } = useCommands();
  if (contact.dispositions.length === 0) return null;
  return (
    <section className="card" style={{ padding: "12px 14px" }}>
      <SectionTitle end={<Kbd keys={keyName(keys.result)} />}>{t("desk:result.title")}</SectionTitle>
      <div id="desk-results" className={css["results"]} role="radiogroup" aria-label={t("desk:result.title")}>
        {contact.dispositions.map((disposition, index) => (
          <button
            key={disposition.id}
            type="button"
            role="radio"
            aria-checked={contact.dispositionId === disposition.id}
            aria-keyshortcuts={index < 9 ? `Alt+${index + 1}` : undefined}
            className={css["result"]}
            disabled={pending("result")}
            onClick={() => onChoose(disposition.id)}
          >
            <span>{disposition.name}</span>
            {contact.dispositionId === disposition.id ? <IconCheck size={15} aria-hidden="true" /> : null}
            {index < 9 ? <Kbd keys={`Alt+${index + 1}`} /> : null}
          </button>
        ))}
      </div>
    </section>
  );
}

export function useNotes(notes: Notes): void {
  useSyncExternalStore(notes.subscribe, notes.version);
}

/** The note saves itself; nothing typed is lost at the end of the call, of the wrap-up, or of the connection. */
function Note({ contact, notes }: { contact: LiveContact; notes: Notes }) {
  const { t } = useTranslation();
  const keys = useKeyMap();
  useNotes(notes);
  const text = notes.draft(contact.id) ?? contact.note;
  const state = notes.state(contact.id);
  return (
    <section className={`card ${css["note"]}`}>
      <SectionTitle
        end={
          <span className={css["noteState"]} data-state={state} role="status">
            {text === "" && state === "saved" ? null : t(`desk:note.${state}`)} <Kbd keys={keyName(keys.note)} />
          </span>
        }
      >
        <label htmlFor="desk-note">{t("desk:note.title")}</label>
      </SectionTitle>
      <Textarea
        id="desk-note"
        variant="unstyled"
        className={css["noteText"] ?? ""}
        placeholder={t("desk:note.placeholder")}
        aria-keyshortcuts={keyName(keys.note)}
        maxLength={4000}
        value={text}
        onChange={(event) => notes.type(contact.id, event.currentTarget.value)}
        onBlur={() => void notes.flush(contact.id)}
      />
    </section>
  );
}

/** Notes of earlier contacts that the server would not take: shown until they are saved or given up. */
function UnsavedNotes({ notes, current }: { notes: Notes; current: string | null }) {
  const { t } = useTranslation();
  useNotes(notes);
  const failed = notes.failed().filter((note) => note.contactId !== current);
  if (failed.length === 0) return null;
  return (
    <section className={css["unsaved"]} role="alert">
      <b>{t("desk:unsaved.title", { count: failed.length })}</b>
      {failed.slice(0, 3).map((note) => (
        <div key={note.contactId} className={css["unsavedRow"]}>
          <span>{note.text}</span>
          <Button size="compact-sm" variant="default" onClick={() => void notes.flush(note.contactId)}>
            {t("common:action.retry")}
          </Button>
          <Button size="compact-sm" variant="subtle" color="gray" onClick={() => notes.discard(note.contactId)}>
            {t("desk:unsaved.discard")}
          </Button>
        </div>
      ))}
    </section>
  );
}

/** Why nothing rings, and since when; what the bar says already is not said again. */
function IdleWhy() {
  const { t } = useTranslation();
  const { view } = useDesk();
  const format = useFormat();
  const reasons = useEntities("breakReason").data ?? [];
  if (view.state !== "break") return view.state === "offline" ? t(idleText(view)) : null;
  const reason = reasons.find(({ id }) => id === view.breakReasonId);
  const until = reason?.limitMs ? view.since + reason.limitMs : null;
  const words = { reason: reason?.name ?? t("common:state.break"), time: format.time(view.since) };
  return (
    <>
      <b>
        {until === null
          ? t("desk:break.since", words)
          : t("desk:break.sinceUntil", { ...words, until: format.time(until) })}
      </b>
      {until === null ? null : <BreakLeft until={until} />}
      <br />
      {t(idleText(view))}
    </>
  );
}

/** What is left of the break; past its limit by how much, in amber. */
function BreakLeft({ until }: { until: number }) {
  const { t } = useTranslation();
  const over = useServerNow() >= until;
  return (
    <>
      <br />
      <span style={over ? { color: "var(--offered)", fontWeight: 600 } : undefined}>
        {t(over ? "desk:break.over" : "desk:break.left")} {over ? <Clock since={until} /> : <Clock until={until} />}
      </span>
    </>
  );
}

function Idle() {
  const { t, i18n } = useTranslation();
  const { view } = useDesk();
  const session = useSessionMaybe();
  const commands = useDeskCommands();
  const { pending } = useCommands();
  const trouble = useHeadsetTrouble(view);
  if (trouble) return null;
  const ready = view.state === "available";
  const language = i18n.language === "ru" || i18n.language === "bg" ? i18n.language : "en";
  return (
    <div className={css["idleWork"]}>
      <EmptyState
        icon={ready ? IconHeadphones : IconMoodEmpty}
        title={t(`desk:idleTitle.${view.state}`)}
        text={<IdleWhy />}
        {...(ready && session?.guide
          ? { action: { label: t("desk:testCall"), onClick: () => void commands.testCall(language) } }
          : {})}
      />
      {pending("testCall") ? <p className="muted">{t("desk:testCallStarting")}</p> : null}
    </div>
  );
}
