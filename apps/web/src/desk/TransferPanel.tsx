import type { LiveContact } from "@centrala/contract";
import { Button, CloseButton, SegmentedControl, TextInput } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote, RowSkeletons, SectionTitle } from "../ui/index.ts";
import { useCommands, useDeskCommands } from "./commands.ts";
import { partyName } from "./DeskContext.tsx";
import css from "./desk.module.css";
import { FoundList, useFoundList } from "./FoundList.tsx";
import { type Found, useTargets } from "./targets.ts";

type TransferPanelProps = { contact: LiveContact; first: "transfer" | "consult"; onClose: () => void };

/** One field over colleagues, queues and numbers; at once, or after asking. Stands above the note, which stays in sight. */
export function TransferPanel({ contact, first, onClose }: TransferPanelProps) {
  const { t } = useTranslation();
  const commands = useDeskCommands();
  const { pending } = useCommands();
  const [way, setWay] = useState<"transfer" | "consult">(first);
  const [text, setText] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    setWay(first);
    field.current?.focus();
  }, [first]);
  const { found, loading, error } = useTargets(text, { queues: true, customers: false });
  // A queue cannot be asked beforehand: nobody is there yet.
  const shown = way === "consult" ? found.filter((each) => each.kind !== "queue") : found;
  const go = async (each: Found, by: "transfer" | "consult") => {
    if (each.kind === "customer") return;
    if (await commands[by](contact.id, each.target)) onClose();
  };
  const list = useFoundList(shown, { loading, onPick: (each) => void go(each, way) });
  return (
    <section
      className={`card ${css["panel"]}`}
      aria-label={t("desk:transfer.title")}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <SectionTitle end={<CloseButton size="sm" aria-label={t("common:action.close")} onClick={onClose} />}>
        {t("desk:transfer.of", { name: partyName(contact, t("common:hiddenNumber")) })}
      </SectionTitle>
      <div className={css["transferHead"]}>
        <TextInput
          ref={field}
          style={{ flex: "1 1 220px" }}
          aria-label={t("desk:transfer.search")}
          placeholder={t("desk:transfer.search")}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            list.reset();
          }}
          {...list.inputProps}
        />
        <SegmentedControl
          aria-label={t("desk:transfer.way")}
          value={way}
          onChange={(value) => {
            setWay(value === "consult" ? "consult" : "transfer");
            field.current?.focus();
          }}
          data={[
            { value: "transfer", label: t("desk:transfer.atOnce") },
            { value: "consult", label: t("desk:transfer.askFirst") },
          ]}
        />
      </div>
      <p className="muted">{t(way === "transfer" ? "desk:transfer.atOnceText" : "desk:transfer.askFirstText")}</p>
      <ErrorNote error={error} />
      {loading && shown.length === 0 ? <RowSkeletons rows={3} /> : null}
      {!loading && shown.length === 0 && !error ? <p className={css["hint"]}>{t("desk:transfer.nothing")}</p> : null}
      <div className={css["transferList"]}>
        <FoundList
          listId={list.listId}
          label={t("desk:transfer.search")}
          found={shown}
          active={list.active}
          onPick={list.pick}
        />
      </div>
      <div className={css["transferFoot"]}>
        <span className="muted">{t("desk:transfer.keys")}</span>
        <Button
          loading={pending(way)}
          disabled={shown[list.active] === undefined}
          onClick={() => {
            const chosen = shown[list.active];
            if (chosen) list.pick(chosen);
          }}
        >
          {t(way === "transfer" ? "desk:transfer.goAtOnce" : "desk:transfer.goAsk")}
        </Button>
      </div>
    </section>
  );
}
