import { CloseButton } from "@mantine/core";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { SectionTitle } from "../ui/index.ts";
import { useDeskCommands } from "./commands.ts";
import css from "./desk.module.css";
import { playSound } from "./ring.ts";

const rows = ["123", "456", "789", "*0#"] as const;

/** Keys for the far end's menu, by mouse or keyboard. What was sent is not kept: it may be a code. */
export function Keypad({ contactId, onClose }: { contactId: string; onClose: () => void }) {
  const { t } = useTranslation();
  const commands = useDeskCommands();
  const [sent, setSent] = useState("");
  const pad = useRef<HTMLDivElement>(null);
  useEffect(() => pad.current?.focus(), []);
  const press = (key: string) => {
    playSound("key");
    setSent((before) => `${before}${key}`.slice(-16));
    void commands.keys(contactId, key);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape") onClose();
    else if (/^[0-9*#]$/.test(event.key)) press(event.key);
    else return;
    event.preventDefault();
  };
  return (
    <section className={`card ${css["panel"]}`} aria-label={t("desk:keypad.title")}>
      <SectionTitle end={<CloseButton size="sm" aria-label={t("common:action.close")} onClick={onClose} />}>
        {t("desk:keypad.title")}
      </SectionTitle>
      <div
        ref={pad}
        role="group"
        tabIndex={-1}
        onKeyDown={onKeyDown}
        className={css["keypad"]}
        aria-label={t("desk:keypad.title")}
      >
        <output className={css["keypadSent"]}>{sent || t("desk:keypad.hint")}</output>
        {rows.flatMap((row) =>
          [...row].map((key) => (
            <button key={key} type="button" className={css["padKey"]} onClick={() => press(key)}>
              {key}
            </button>
          )),
        )}
      </div>
    </section>
  );
}
