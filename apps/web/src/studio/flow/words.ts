import type { Language, ScenarioStep } from "@centrala/contract";
import { assertNever } from "@centrala/kit";
import {
  IconArrowRampRight,
  IconArrowsSplit2,
  IconClockHour4,
  IconDialpad,
  IconHourglass,
  IconLanguage,
  IconListDetails,
  IconNumber123,
  IconPencil,
  IconPhoneOff,
  IconRecordMail,
  IconVolume,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useEntities } from "../../api/queries.ts";
import { usePromptWords } from "../PromptRefs.tsx";
import type { Place, StepKind } from "./model.ts";

export const stepIcons: Record<StepKind, typeof IconVolume> = {
  play: IconVolume,
  menu: IconDialpad,
  collect: IconNumber123,
  hours: IconClockHour4,
  set: IconPencil,
  test: IconArrowsSplit2,
  wait: IconHourglass,
  language: IconLanguage,
  transfer: IconArrowRampRight,
  queue: IconListDetails,
  voicemail: IconRecordMail,
  "hang-up": IconPhoneOff,
};

/** A step's name: its label, else what it is and what it does in a few words; what is spoken, in the flow's language. */
export function useStepTitle(language: Language): (step: ScenarioStep) => string {
  const { t } = useTranslation();
  const detail = useStepDetail(language);
  return (step) => {
    const kind = t(`studio:step.${step.kind}`);
    const words = step.label || detail(step);
    return words ? `${kind}: ${words}` : kind;
  };
}

export function useStepDetail(language: Language): (step: ScenarioStep) => string {
  const { t } = useTranslation();
  const queues = useEntities("queue");
  const hours = useEntities("hours");
  const users = useEntities("user");
  const words = usePromptWords(language);
  const nameIn = (items: readonly { id: string; name: string }[] | undefined, id: string) =>
    items?.find((item) => item.id === id)?.name ?? id;
  return (step) => {
    switch (step.kind) {
      case "play":
      case "voicemail":
      case "hang-up":
        return step.prompts[0] ? words.nameOf(step.prompts[0]) : "";
      case "menu":
        return step.choices.map((choice) => `${choice.key} ${choice.label}`.trim()).join(", ");
      case "collect":
        return step.into;
      case "hours":
        return nameIn(hours.data, step.hoursId);
      case "set":
        return `${step.variable} = ${step.value}`;
      case "test":
        return `${step.variable} ${t(`studio:field.operator.${step.operator}`)} ${step.value}`.trim();
      case "wait":
        return `${step.durationMs / 1000} s`;
      case "language":
        return t(`studio:language.${step.language}`);
      case "transfer":
        if (step.target.kind === "queue") return nameIn(queues.data, step.target.queueId);
        return step.target.kind === "operator" ? nameIn(users.data, step.target.operatorId) : step.target.number;
      case "queue":
        return nameIn(queues.data, step.queueId);
      default:
        return assertNever(step);
    }
  };
}

/** What a way out of a step is called: the key with its meaning, "when open", "nobody answered". */
export function useExitName(): (step: ScenarioStep, field: string) => string {
  const { t } = useTranslation();
  return (step, field) => {
    const choice = /^choices\.(\d+)\.next$/.exec(field);
    if (choice && step.kind === "menu") {
      const each = step.choices[Number(choice[1])];
      return each ? `${each.key} ${each.label}`.trim() : "";
    }
    if (
      field === "otherwise" &&
      (step.kind === "menu" || step.kind === "collect" || step.kind === "queue" || step.kind === "transfer")
    ) {
      return t(`studio:exit.${step.kind}Otherwise`);
    }
    return t(`studio:exit.${field}`);
  };
}

/** Whether a place is one way of several, and so deserves its name in the outline. */
export function isBranch(place: Place): boolean {
  return place !== "start" && place.field !== "next";
}
