import type { Prompt } from "@centrala/contract";
import { IconMicrophone } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { type DragEvent, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../api/session.tsx";
import { type Column, formatLength } from "../ui/index.ts";
import { type EditorProps, EntitySection, useOpenId } from "./EntitySection.tsx";
import { AreaField, ChoiceField, TextField, useLanguageChoices } from "./fields.tsx";
import { ListenButton } from "./listen.tsx";
import { audioOf, NewSound, Sound, type SoundDesk, SoundDeskContext, sendSound } from "./PromptSound.tsx";
import { nameOfFile } from "./sound.ts";
import css from "./studio.module.css";

export function PromptsSection() {
  const { t } = useTranslation();
  const { language } = useSession().centre;
  const desk = useRef<SoundDesk>({ chosen: null, take: null, outcome: null });
  const drop = useDrop(desk);
  const queries = useQueryClient();
  const sendChosen = async (prompt: Prompt, isNew: boolean) => {
    const { chosen } = desk.current;
    if (!isNew || chosen === null) return;
    desk.current.chosen = null;
    // The prompt is there: what went wrong with its sound is said where another one is chosen.
    desk.current.outcome = await sendSound(prompt.id, chosen.sound).then(
      (stored) => ({ stored, error: null }),
      (error: unknown) => ({ stored: null, error }),
    );
    await queries.invalidateQueries({ queryKey: ["entities", "prompt"] });
  };
  const columns: Column<Prompt>[] = [
    {
      id: "listen",
      header: "",
      width: "32px",
      render: (row) => (row.sha256 ? <ListenButton src={audioOf(row)} name={row.name} /> : null),
    },
    { id: "name", header: t("studio:prompts.name"), width: "minmax(130px, 1.2fr)", render: (row) => <b>{row.name}</b> },
    {
      id: "words",
      header: t("studio:prompts.words"),
      width: "minmax(140px, 2fr)",
      from: 620,
      render: (row) => <span className="soft">{row.text}</span>,
    },
    {
      id: "language",
      header: t("studio:prompts.language"),
      width: "100px",
      from: 480,
      render: (row) => t(`studio:language.${row.language}`),
    },
    {
      id: "length",
      header: t("studio:prompts.length"),
      width: "minmax(72px, 110px)",
      align: "right",
      render: (row) =>
        row.durationMs === null ? (
          <span style={{ color: "var(--offered)" }}>{t("studio:prompts.none")}</span>
        ) : (
          <span className="num">{formatLength(row.durationMs)}</span>
        ),
    },
  ];
  return (
    <SoundDeskContext value={desk}>
      <div style={{ display: "contents" }} {...drop}>
        <EntitySection
          kind="prompt"
          section="prompts"
          icon={IconMicrophone}
          columns={columns}
          textOf={(row) => `${row.name} ${row.text}`}
          nameOf={(row) => row.name}
          make={() => ({
            id: "",
            name: nameOfFile(desk.current.chosen?.fileName ?? ""),
            language,
            sha256: null,
            durationMs: null,
            text: "",
          })}
          Editor={PromptEditor}
          afterSave={sendChosen}
          confirmRemoval
          staysOpen
          size={520}
        />
      </div>
    </SoundDeskContext>
  );
}

function PromptEditor({ form, isNew }: EditorProps<Prompt>) {
  const { t } = useTranslation();
  return (
    <>
      <TextField form={form} name="name" label={t("studio:prompts.name")} maxLength={120} autoFocus={isNew} />
      <ChoiceField form={form} name="language" label={t("studio:prompts.language")} data={useLanguageChoices()} />
      <AreaField
        form={form}
        name="text"
        label={t("studio:prompts.words")}
        hint={t("studio:prompts.wordsHint")}
        maxLength={2000}
        rows={3}
      />
      <fieldset className={css["part"]}>
        <legend>{t("studio:prompts.sound")}</legend>
        {isNew ? (
          <NewSound form={form} />
        ) : (
          <Sound prompt={form.value} onStored={(sha256, durationMs) => form.set({ sha256, durationMs })} />
        )}
      </fieldset>
    </>
  );
}

/** A file that is dropped on the page makes a prompt, or gives the open one its sound. */
function useDrop(desk: { readonly current: SoundDesk }) {
  const { openId, open } = useOpenId("prompts");
  useEffect(() => {
    if (openId === null) desk.current.chosen = null;
  }, [openId, desk]);
  return {
    onDragOver: (event: DragEvent) => {
      if (event.dataTransfer.types.includes("Files")) event.preventDefault();
    },
    onDrop: (event: DragEvent) => {
      const file = event.dataTransfer.files[0];
      if (file === undefined) return;
      event.preventDefault();
      if (desk.current.take !== null) return desk.current.take(file);
      desk.current.chosen = { sound: file, fileName: file.name };
      open("new");
    },
  };
}
