import type { ContactDetail } from "@centrala/contract";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { formatPhone, useFormat } from "../ui/index.ts";
import css from "./history.module.css";
import { partyNumber, usePartyName } from "./party.tsx";
import { isTechnical, type Sentence, sentenceOf, type TimelineItem } from "./timeline.ts";

const tones: Record<string, string> = {
  enqueued: "offered",
  offerMade: "offered",
  talkStarted: "talking",
  outsideJoined: "talking",
  heldChanged: "break",
  consultStarted: "talking",
  transferred: "talking",
  wrapUpStarted: "wrapup",
  recordingFailed: "trouble",
  contactEnded: "ink-2",
};

/** A contact's history in words, one line a fact. `technical` shows the lines for technicians, too. */
export function Timeline({ contact, technical = false }: { contact: ContactDetail; technical?: boolean }) {
  const format = useFormat();
  const items = contact.timeline.filter((item) => technical || !isTechnical(item));
  return (
    <ol className={css["timeline"]}>
      {items.map((item, index) => (
        <li key={`${item.seq}-${index}`} className={css["step"]} data-technical={isTechnical(item) || undefined}>
          <time dateTime={new Date(item.at).toISOString()} title={format.exact(item.at)}>
            {format.clock(item.at)}
          </time>
          <span
            className={css["dot"]}
            style={tones[item.kind] ? ({ "--tone": `var(--${tones[item.kind]})` } as React.CSSProperties) : undefined}
          />
          <Line contact={contact} item={item} />
        </li>
      ))}
    </ol>
  );
}

function Line({ contact, item }: { contact: ContactDetail; item: TimelineItem }) {
  const { t } = useTranslation();
  const party = usePartyName()(contact.party, contact.customer);
  const known = { party, number: contact.number === null ? partyNumber(contact.party) : formatPhone(contact.number) };
  const say = (sentence: Sentence): string => {
    const values = translated(item, { ...known, ...sentence.values }, t);
    return t(sentence.key, { ...values, defaultValue: item.kind });
  };
  const sentence = sentenceOf(item);
  return (
    <span>
      {say(sentence)}
      {sentence.detail ? <span className={css["small"]}> · {say(sentence.detail)}</span> : null}
    </span>
  );
}

/** Codes among the values in the reader's words; what the server could not name shows as a dash. */
function translated(item: TimelineItem, values: Record<string, string | number>, t: TFunction) {
  const { code, role, language, step } = item.params;
  const words: Record<string, string | number> = {
    operator: "–",
    queue: "–",
    target: "–",
    step: "–",
    scenario: "–",
    hours: "–",
    result: "–",
    customer: "–",
    ...values,
  };
  if (typeof step === "string") words["step"] = t(`studio:step.${step}`, { defaultValue: step });
  if (typeof role === "string") words["side"] = t(`history:side.${role}`, { defaultValue: role });
  words["side"] ??= t("history:side.customer");
  if (typeof code === "string") {
    words["end"] = t(`errors:end.${code}`, { defaultValue: code });
    if (item.kind === "refused") words["code"] = t(`errors:refusal.${code}`, { defaultValue: code });
    if (item.kind === "recordingFailed") words["code"] = t(`errors:recording.${code}`, { defaultValue: code });
  }
  if (typeof language === "string") words["language"] = t(`customers:language.${language}`, { defaultValue: language });
  return words;
}
