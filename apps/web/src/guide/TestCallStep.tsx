import type { DeskView, LiveContact } from "@centrala/contract";
import { Button, SegmentedControl, Textarea } from "@mantine/core";
import { IconPhone, IconPhoneOff } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRoute } from "../api/queries.ts";
import { useSession } from "../api/session.tsx";
import { partyName, sceneOf } from "../desk/DeskContext.tsx";
import { HeadsetPanel } from "../desk/HeadsetPanel.tsx";
import { useHeadset } from "../desk/headset.ts";
import { useRing } from "../desk/ring.ts";
import { startForDuty } from "../desk/useHeadsetDuty.ts";
import { Panel, Recordings } from "../history/ContactPage.tsx";
import { Timeline } from "../history/TimelineList.tsx";
import { command, useLive } from "../live/store.ts";
import { Clock, ErrorNote, Kbd, RowSkeletons } from "../ui/index.ts";
import css from "./guide.module.css";
import { StepFooter } from "./StepFooter.tsx";

type Language = "en" | "ru" | "bg";
type Stage =
  | { readonly kind: "ready" }
  | { readonly kind: "coming"; readonly since: number }
  | { readonly kind: "call"; readonly contactId: string }
  | { readonly kind: "over"; readonly contactId: string };

/** A simulated caller phones in over real SIP; the page rings, and what stays of the call is shown afterwards. */
export function TestCallStep({ onNext }: { onNext: () => void }) {
  const { t } = useTranslation();
  const wasDone = useSession().guide?.testCall === "done";
  const view = useLive((live) => live.desk);
  const headset = useHeadset();
  const ready = headset.kind === "ready" || view?.device === "phone";
  const test = useTestCall(view);
  const { stage } = test;
  return (
    <div className={css["form"]}>
      {stage.kind === "over" ? null : <p className={css["text"]}>{t("guide:testCall.text")}</p>}
      {!view ? <RowSkeletons rows={4} /> : null}
      {view && !ready && stage.kind === "ready" ? (
        <>
          <p>{t("guide:testCall.headsetFirst")}</p>
          <HeadsetPanel />
        </>
      ) : null}
      {view && ready && stage.kind === "ready" ? <Start test={test} again={wasDone} /> : null}
      {stage.kind === "coming" ? <Coming since={stage.since} /> : null}
      {view && stage.kind === "call" ? <Call view={view} /> : null}
      {stage.kind === "over" ? <Over contactId={stage.contactId} onAgain={test.again} /> : null}
      <ErrorNote error={test.error} />
      <StepFooter onNext={wasDone ? onNext : undefined} onLater={onNext} quiet={isRunning(stage) || !ready} />
    </div>
  );
}

/** While it rings, while one talks and until it is finished, the call has the next action. */
function isRunning(stage: Stage): boolean {
  return stage.kind === "coming" || stage.kind === "call";
}

type Test = ReturnType<typeof useTestCall>;

function useTestCall(view: DeskView | null) {
  const { user, centre } = useSession();
  const [stage, setStage] = useState<Stage>({ kind: "ready" });
  const [error, setError] = useState<unknown>(null);
  const [pending, setPending] = useState(false);
  const [language, setLanguage] = useState<Language>(user.language ?? centre.language);
  const wasOffline = useRef(false);
  const contactId = view ? (view.offer?.contact.id ?? view.contact?.id ?? null) : null;
  useEffect(() => {
    setStage((old) => {
      if (contactId !== null && old.kind !== "over") return { kind: "call", contactId };
      if (contactId === null && old.kind === "call") return { kind: "over", contactId: old.contactId };
      return old;
    });
  }, [contactId]);
  useEffect(() => {
    // The guide rings for the test only: whoever was off duty before is off duty after it.
    if (stage.kind !== "over" || !wasOffline.current) return;
    wasOffline.current = false;
    void command("deskState", { body: { to: "offline" } }).catch(() => {});
  }, [stage.kind]);
  const start = async () => {
    setPending(true);
    setError(null);
    try {
      wasOffline.current = view?.state === "offline";
      if (view?.device === "headset") await startForDuty();
      if (view?.state !== "available") await command("deskState", { body: { to: "available" } });
      await command("testCall", { body: { language } });
      setStage((old) => (old.kind === "ready" ? { kind: "coming", since: Date.now() } : old));
    } catch (failure) {
      setError(failure);
    }
    setPending(false);
  };
  return { stage, error, pending, language, setLanguage, start, again: () => setStage({ kind: "ready" }) };
}

function Start({ test, again }: { test: Test; again: boolean }) {
  const { t } = useTranslation();
  return (
    <div className={css["call"]}>
      <SegmentedControl
        aria-label={t("guide:testCall.language")}
        value={test.language}
        onChange={(value) => test.setLanguage(value === "ru" || value === "bg" ? value : "en")}
        data={(["en", "ru", "bg"] as const).map((value) => ({ value, label: t(`studio:language.${value}`) }))}
      />
      <Button
        size="lg"
        variant={again ? "default" : "filled"}
        leftSection={<IconPhone size={18} />}
        loading={test.pending}
        onClick={() => void test.start()}
      >
        {t("guide:testCall.start")}
      </Button>
    </div>
  );
}

const slowMs = 15_000;

function Coming({ since }: { since: number }) {
  const { t } = useTranslation();
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), since + slowMs - Date.now());
    return () => clearTimeout(timer);
  }, [since]);
  return (
    <div className={css["call"]} role="status">
      <h2>{t("guide:testCall.coming")}</h2>
      {slow ? (
        <p>
          {t("guide:testCall.slow")}{" "}
          <Link to="/studio/$section" params={{ section: "system" }}>
            {t("guide:testCall.look")}
          </Link>
        </p>
      ) : null}
    </div>
  );
}

function Call({ view }: { view: DeskView }) {
  const scene = sceneOf(view);
  if (scene.kind === "idle") return null;
  if (scene.kind === "offer") return <Rings contact={scene.contact} offerId={scene.offerId} until={scene.until} />;
  if (scene.kind === "wrap-up") return <WrapUp contact={scene.contact} />;
  return <Talking contact={scene.contact} />;
}

/** A command with its pending state and its error; a second click while it runs does nothing. */
function useCommand(command: () => Promise<unknown>) {
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const running = useRef(false);
  const run = async () => {
    if (running.current) return;
    running.current = true;
    setPending(true);
    setError(null);
    await command().catch(setError);
    running.current = false;
    setPending(false);
  };
  return { pending, error, run };
}

/** Alt and a physical key, as on the desk. */
function useAltKey(code: string, run: () => Promise<void>): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!event.altKey || event.ctrlKey || event.metaKey || event.code !== code || event.repeat) return;
      event.preventDefault();
      void latest.current();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [code]);
}

function Rings({ contact, offerId, until }: { contact: LiveContact; offerId: string; until: number }) {
  const { t } = useTranslation();
  const answer = useCommand(() => command("acceptOffer", { params: { id: offerId } }));
  const name = partyName(contact, t("common:hiddenNumber"));
  useRing(true, `${t("guide:testCall.rings")}: ${name}`);
  useAltKey("KeyA", answer.run);
  return (
    <div className={css["call"]} data-scene="rings" role="alert">
      <h2>
        {t("guide:testCall.rings")} <Clock until={until} />
      </h2>
      <p className={css["who"]}>{name}</p>
      <p>
        {contact.client.name}
        {contact.client.greeting ? `: ${t("guide:testCall.greeting", { text: contact.client.greeting })}` : ""}
      </p>
      <Button
        size="lg"
        style={{ background: "var(--available)" }}
        leftSection={<IconPhone size={18} />}
        rightSection={<Kbd keys="Alt+A" />}
        aria-keyshortcuts="Alt+A"
        loading={answer.pending}
        onClick={() => void answer.run()}
      >
        {t("guide:testCall.answer")}
      </Button>
      <ErrorNote error={answer.error} />
    </div>
  );
}

function Talking({ contact }: { contact: LiveContact }) {
  const { t } = useTranslation();
  const end = useCommand(() => command("hangUp", { params: { id: contact.id } }));
  useAltKey("KeyE", end.run);
  return (
    <div className={css["call"]} data-scene="talking">
      <h2>
        {t("guide:testCall.talking")} <Clock since={contact.talkingSince ?? contact.startedAt} />
      </h2>
      <p className={css["who"]}>{partyName(contact, t("common:hiddenNumber"))}</p>
      <p>{t("guide:testCall.talkingText")}</p>
      <Button
        size="md"
        variant="default"
        leftSection={<IconPhoneOff size={17} />}
        rightSection={<Kbd keys="Alt+E" />}
        aria-keyshortcuts="Alt+E"
        loading={end.pending}
        onClick={() => void end.run()}
      >
        {t("guide:testCall.end")}
      </Button>
      <ErrorNote error={end.error} />
    </div>
  );
}

function WrapUp({ contact }: { contact: LiveContact }) {
  const { t } = useTranslation();
  const [note, setNote] = useState(contact.note);
  const [error, setError] = useState<unknown>(null);
  const finish = useCommand(async () => {
    if (note !== contact.note) await command("note", { params: { id: contact.id }, body: { text: note } });
    await command("finishWrapUp", { params: { id: contact.id } });
  });
  const choose = (dispositionId: string) =>
    void command("disposition", { params: { id: contact.id }, body: { dispositionId } }).catch(setError);
  return (
    <div className={css["call"]} data-scene="wrap-up">
      <h2>
        {t("guide:testCall.wrapUp")} {contact.wrapUpUntil === null ? null : <Clock until={contact.wrapUpUntil} />}
      </h2>
      <p>{t("guide:testCall.wrapUpText")}</p>
      <div className={css["buttons"]}>
        {contact.dispositions.map((disposition) => (
          <Button
            key={disposition.id}
            variant={contact.dispositionId === disposition.id ? "filled" : "default"}
            aria-pressed={contact.dispositionId === disposition.id}
            onClick={() => choose(disposition.id)}
          >
            {disposition.name}
          </Button>
        ))}
      </div>
      <Textarea
        w="100%"
        maw={460}
        label={t("guide:testCall.note")}
        autosize
        minRows={2}
        maxLength={4000}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <Button loading={finish.pending} onClick={() => void finish.run()}>
        {t("guide:testCall.finish")}
      </Button>
      <ErrorNote error={error ?? finish.error} />
    </div>
  );
}

const storingPauseMs = 1_500;

function Over({ contactId, onAgain }: { contactId: string; onAgain: () => void }) {
  const { t } = useTranslation();
  const contact = useRoute("contact", { params: { id: contactId } }, { staleTime: 0 });
  const waits = contact.data?.answered === true && !contact.data.recordings.some((recording) => recording.available);
  const refetch = contact.refetch;
  useEffect(() => {
    if (!waits) return;
    const timer = setInterval(() => void refetch(), storingPauseMs);
    return () => clearInterval(timer);
  }, [waits, refetch]);
  if (contact.error) return <ErrorNote error={contact.error} onRetry={() => void refetch()} />;
  if (!contact.data) return <RowSkeletons rows={6} />;
  const { answered } = contact.data;
  return (
    <div className={css["after"]}>
      <div>
        <h2>{t(answered ? "guide:testCall.done" : "guide:testCall.missed")}</h2>
        <p className={css["text"]}>{t("guide:testCall.doneText")}</p>
      </div>
      {waits ? <p role="status">{t("guide:testCall.storing")}</p> : <Recordings contact={contact.data} />}
      <Panel
        title={t("history:contact.timeline")}
        end={
          <Button variant="default" size="compact-sm" onClick={onAgain}>
            {t("guide:testCall.again")}
          </Button>
        }
      >
        <Timeline contact={contact.data} />
      </Panel>
    </div>
  );
}
