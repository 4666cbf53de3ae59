import type { OperatorStateName } from "@centrala/contract";
import {
  IconCircleCheckFilled,
  IconCircleDashed,
  IconClockPause,
  IconPencil,
  IconPhoneCall,
  IconPhoneFilled,
  IconPlayerPauseFilled,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import css from "./ui.module.css";

const looks = {
  offline: { tone: "break", icon: IconCircleDashed },
  available: { tone: "available", icon: IconCircleCheckFilled },
  offered: { tone: "offered", icon: IconPhoneCall },
  talking: { tone: "talking", icon: IconPhoneFilled },
  "wrap-up": { tone: "wrapup", icon: IconPencil },
  break: { tone: "break", icon: IconClockPause },
  held: { tone: "break", icon: IconPlayerPauseFilled },
} as const;
export type ChipState = OperatorStateName | "held";
export type Tone = "available" | "offered" | "talking" | "wrapup" | "break" | "trouble" | "accent";

/** A state by shape, word and colour, so that it reads in greyscale. */
export function StateChip({ state, label, large }: { state: ChipState; label?: string; large?: boolean }) {
  const { t } = useTranslation();
  const look = looks[state];
  const Icon = look.icon;
  return (
    <Chip tone={look.tone} {...(large ? { large } : {})}>
      <Icon size={large ? 16 : 13} aria-hidden="true" />
      {label ?? t(`common:state.${state}`)}
    </Chip>
  );
}

/** A small coloured word for anything that is not an operator's state. */
export function Chip({ tone, large, children }: { tone: Tone; large?: boolean; children: React.ReactNode }) {
  const style = { color: `var(--${tone})`, background: `var(--${tone}-soft)` };
  return (
    <span className={css["chip"]} data-large={large || undefined} style={style}>
      {children}
    </span>
  );
}
