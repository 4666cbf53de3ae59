import type { PromptRef, Scenario } from "@centrala/contract";
import type { Trial, TrialMove, TrialPlace } from "@centrala/domain";
import { assertNever } from "@centrala/kit";
import { Button } from "@mantine/core";
import { IconPhoneOff } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useEntities } from "../../api/queries.ts";
import { formatLength, formatPhone } from "../../ui/index.ts";
import { ListenButton } from "../listen.tsx";
import { usePromptWords } from "../PromptRefs.tsx";
import { stepOf } from "./model.ts";
import css from "./trial.module.css";
import { stepIcons, useStepTitle } from "./words.ts";

type Move = (move: TrialMove) => void;
type CardProps = {
  flow: Scenario;
  trial: Trial;
  typed: string;
  onKey: (key: string) => void;
  onMove: Move;
  onChoose: (stepId: string) => void;
};
type Asking = Extract<TrialPlace, { kind: "asking" }>;

/** Where the caller is now: what is heard there, and what can happen next. */
export function TrialPlaceCard(props: CardProps) {
  const { t } = useTranslation();
  const { place, answered } = props.trial;
  const said = useSaid(props.trial);
  return (
    <div className={css["place"]} data-over={place.kind === "over" || undefined}>
      <div role="status">
        <PlaceTitle {...props} />
        <span className="visually-hidden">{said}</span>
        {answered || place.kind === "over" ? null : <p className="muted">{t("studio:trial.unanswered")}</p>}
      </div>
      <Place {...props} place={place} />
    </div>
  );
}

/** What is said as one text, for who hears the page instead of seeing it. */
function useSaid({ place, language }: Trial): string {
  const { nameOf } = usePromptWords(language);
  return place.kind === "speaking" || place.kind === "asking" ? place.says.map(nameOf).join(" ") : "";
}

function PlaceTitle({ flow, trial, onChoose }: CardProps) {
  const { t } = useTranslation();
  const title = useStepTitle(flow.language);
  const { place } = trial;
  if (place.kind === "over") {
    return (
      <h3>
        <IconPhoneOff size={17} aria-hidden="true" />
        <span>{t("studio:trial.over", { end: t(`errors:end.${place.code}`) })}</span>
      </h3>
    );
  }
  const step = stepOf(flow, place.stepId);
  if (step === undefined) return null;
  const Icon = stepIcons[step.kind];
  const { stepId } = place;
  return (
    <h3>
      <Icon size={17} aria-hidden="true" />
      <button type="button" onClick={() => onChoose(stepId)}>
        {title(step)}
      </button>
    </h3>
  );
}

function Place({ place, trial, typed, onKey, onMove }: CardProps & { place: TrialPlace }) {
  const { t } = useTranslation();
  const on = () => onMove({ kind: "on" });
  switch (place.kind) {
    case "speaking":
      return (
        <>
          {place.notice ? <p className="muted">{t("studio:trial.notice")}</p> : null}
          <Says says={place.says} trial={trial} />
          <Next label={t("studio:trial.heard")} onClick={on} />
        </>
      );
    case "asking":
      return (
        <>
          <Says says={place.says} trial={trial} />
          <Keys place={place} typed={typed} onKey={onKey} onMove={onMove} />
        </>
      );
    case "waiting":
      return (
        <>
          <p>{t("studio:trial.waits", { time: formatLength(place.durationMs) })}</p>
          <Next label={t("studio:trial.waited")} onClick={on} />
        </>
      );
    case "recording":
      return (
        <>
          <p>{t("studio:trial.records", { time: formatLength(place.durationMsMax) })}</p>
          <Next label={t("studio:trial.full")} onClick={on} />
        </>
      );
    case "queue":
    case "transfer":
      return (
        <>
          <p>
            <HandedOver place={place} />
          </p>
          <Button variant="default" onClick={() => onMove({ kind: "unanswered" })}>
            {t(`studio:trial.${place.kind}Unanswered`)}
          </Button>
        </>
      );
    case "over":
      return null;
    default:
      return assertNever(place);
  }
}

function Next({ label, onClick }: { label: ReactNode; onClick: () => void }) {
  return <Button onClick={onClick}>{label}</Button>;
}

/** Where the flow has brought the caller: from here people take over. */
function HandedOver({ place }: { place: Extract<TrialPlace, { kind: "queue" | "transfer" }> }) {
  const { t } = useTranslation();
  const queues = useEntities("queue").data;
  const users = useEntities("user").data;
  const nameIn = (items: readonly { id: string; name: string }[] | undefined, id: string) =>
    items?.find((item) => item.id === id)?.name ?? id;
  if (place.kind === "queue") return t("studio:trial.inQueue", { name: nameIn(queues, place.queueId) });
  const { target } = place;
  switch (target.kind) {
    case "queue":
      return t("studio:trial.inQueue", { name: nameIn(queues, target.queueId) });
    case "operator":
      return t("studio:trial.rings", { name: nameIn(users, target.operatorId) });
    case "number":
      return t("studio:trial.rings", { name: formatPhone(target.number) });
    default:
      return assertNever(target);
  }
}

function Says({ says, trial }: { says: readonly PromptRef[]; trial: Trial }) {
  const { t } = useTranslation();
  const words = usePromptWords(trial.language);
  if (says.length === 0) return <p className="muted">{t("studio:trial.saysNothing")}</p>;
  return (
    <ul className={css["says"]} aria-label={t("studio:trial.says")}>
      {says.map((prompt, index) => {
        const name = words.nameOf(prompt);
        return (
          // The same prompt may be said twice; its place tells them apart.
          <li key={`${index} ${name}`}>
            <ListenButton src={words.srcOf(prompt)} name={name} />
            <q>{name}</q>
          </li>
        );
      })}
    </ul>
  );
}

const padKeys = [..."123456789*0#"];

type KeysProps = { place: Asking; typed: string; onKey: (key: string) => void; onMove: Move };
function Keys({ place, typed, onKey, onMove }: KeysProps) {
  const { t } = useTranslation();
  return (
    <>
      <p className="muted">
        {t("studio:trial.attempt", { attempt: place.attempt, attempts: place.attempts })}
        {place.keysMax > 1 ? `, ${t("studio:trial.keysMax", { count: place.keysMax })}` : ""}
        {place.terminator ? `, ${t("studio:trial.terminator", { key: place.terminator })}` : ""}
      </p>
      <div className={css["pad"]} role="group" aria-label={t("studio:trial.pad")}>
        {place.keysMax > 1 ? <output className="num">{typed || " "}</output> : null}
        {padKeys.map((key) => (
          <button key={key} type="button" onClick={() => onKey(key)}>
            {key}
          </button>
        ))}
      </div>
      <Button variant="default" onClick={() => onMove({ kind: "keys", keys: typed })}>
        {t(typed === "" ? "studio:trial.nothing" : "studio:trial.noMore")}
      </Button>
    </>
  );
}
