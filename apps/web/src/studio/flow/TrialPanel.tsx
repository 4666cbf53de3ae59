import type { Scenario } from "@centrala/contract";
import { Button, Switch } from "@mantine/core";
import { IconArrowBackUp, IconPhoneOff, IconRotate2 } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { soundPlayer } from "../../ui/index.ts";
import { usePromptWords } from "../PromptRefs.tsx";
import { TrialGivenFields } from "./TrialGivenFields.tsx";
import { TrialPath } from "./TrialPath.tsx";
import { TrialPlaceCard } from "./TrialPlaceCard.tsx";
import css from "./trial.module.css";
import { movesMax, type TrialHandle } from "./useTrial.ts";

type TrialPanelProps = { flow: Scenario; handle: TrialHandle; onChoose: (stepId: string) => void };

/** The flow as a caller goes through it, by keys and without a call: what is said, what one presses, and where it ends. */
export function TrialPanel({ flow, handle, onChoose }: TrialPanelProps) {
  const { t } = useTranslation();
  const { trial } = handle;
  const { place } = trial;
  const [aloud, setAloud] = useState(false);
  const [typed, setTyped] = useTyped(handle);
  const box = useRef<HTMLElement>(null);
  useSpeech(handle, aloud);
  useEffect(() => box.current?.focus(), []);
  // The button that had the focus may be gone with the place it belonged to; the keys go on all the same.
  useEffect(() => {
    if (place.kind !== "over" && document.activeElement === document.body) box.current?.focus({ preventScroll: true });
  }, [place]);
  const press = (key: string) => {
    if (place.kind !== "asking") return;
    if (key === place.terminator) return handle.move({ kind: "keys", keys: typed });
    const all = typed + key;
    if (all.length >= place.keysMax) handle.move({ kind: "keys", keys: all });
    else setTyped(all);
  };
  const goOn = () => handle.move(place.kind === "asking" ? { kind: "keys", keys: typed } : { kind: "on" });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || isIn(event.target, fields)) return;
    if (/^[0-9*#]$/.test(event.key)) press(event.key);
    else if (event.key === "Enter" && !isIn(event.target, "button, a, input")) goOn();
    else if (event.key === "Backspace") handle.back();
    else return;
    event.preventDefault();
  };
  return (
    <section
      ref={box}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      className={css["trial"]}
      aria-label={t("studio:trial.title")}
    >
      <header>
        <h2>{t("studio:trial.title")}</h2>
        <p className="muted">{t("studio:trial.text")}</p>
      </header>
      <TrialGivenFields flow={flow} handle={handle} />
      <TrialPath flow={flow} trial={trial} onChoose={onChoose} />
      <TrialPlaceCard flow={flow} trial={trial} typed={typed} onKey={press} onMove={handle.move} onChoose={onChoose} />
      <div className={css["buttons"]}>
        <Button
          variant="default"
          leftSection={<IconArrowBackUp size={15} />}
          disabled={handle.moves === 0}
          onClick={handle.back}
        >
          {t("studio:trial.back")}
        </Button>
        <Button
          variant="default"
          leftSection={<IconPhoneOff size={15} />}
          disabled={place.kind === "over"}
          onClick={() => handle.move({ kind: "hungUp" })}
        >
          {t("studio:trial.hangUp")}
        </Button>
        <Button
          variant="default"
          leftSection={<IconRotate2 size={15} />}
          disabled={handle.moves === 0}
          onClick={handle.restart}
        >
          {t("studio:trial.restart")}
        </Button>
        <Switch
          size="xs"
          label={t("studio:trial.aloud")}
          checked={aloud}
          onChange={(event) => setAloud(event.currentTarget.checked)}
        />
      </div>
      <p className="muted">{t(handle.moves < movesMax ? "studio:trial.keys" : "studio:trial.enough")}</p>
    </section>
  );
}

/** Where keys are text and not the caller's. */
const fields = "input:not([type=radio]):not([type=checkbox]), [role=listbox]";

function isIn(target: EventTarget, selector: string): boolean {
  return target instanceof HTMLElement && target.closest(selector) !== null;
}

/** The keys typed so far; with the next place they begin anew. */
function useTyped({ trial }: TrialHandle): [string, (text: string) => void] {
  const [typed, setTyped] = useState({ place: trial.place, text: "" });
  const text = typed.place === trial.place ? typed.text : "";
  return [text, (next) => setTyped({ place: trial.place, text: next })];
}

/** Speaks what is said at each place, where that is wished; the next move cuts it short, as a caller's key does. */
function useSpeech({ trial }: TrialHandle, aloud: boolean): void {
  const { srcOf } = usePromptWords(trial.language);
  const { place } = trial;
  const says = place.kind === "speaking" || place.kind === "asking" ? place.says : [];
  const sources = says.map(srcOf).join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same words are spoken again at another place.
  useEffect(() => {
    if (!aloud || sources === "") return;
    soundPlayer.stop();
    soundPlayer.toggle({ key: "trial", title: null, tracks: sources.split("\n").map((src) => ({ src })) });
    return () => soundPlayer.stop();
  }, [aloud, sources, place]);
}
