import type { Prompt, ResponseOf } from "@centrala/contract";
import { Button, FileButton } from "@mantine/core";
import { IconMicrophone, IconPlayerRecordFilled, IconPlayerStopFilled, IconUpload } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { call, urlOf } from "../api/call.ts";
import { useSession } from "../api/session.tsx";
import { type Column, ErrorNote, formatLength, LevelMeter } from "../ui/index.ts";
import { type EditorProps, EntitySection } from "./EntitySection.tsx";
import { AreaField, ChoiceField, TextField, useLanguageChoices } from "./fields.tsx";
import { ListenButton } from "./listen.tsx";
import { PromptRecorder, recordingMsMax } from "./recorder.ts";
import css from "./studio.module.css";

export function PromptsSection() {
  const { t } = useTranslation();
  const { language } = useSession().centre;
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
    <EntitySection
      kind="prompt"
      section="prompts"
      icon={IconMicrophone}
      columns={columns}
      textOf={(row) => `${row.name} ${row.text}`}
      nameOf={(row) => row.name}
      make={() => ({ id: "", name: "", language, sha256: null, durationMs: null, text: "" })}
      Editor={PromptEditor}
      confirmRemoval
      staysOpen
      size={520}
    />
  );
}

/** The hash in the address makes the browser forget an older recording. */
function audioOf(prompt: Prompt): string {
  return `${urlOf("promptAudio", { params: { id: prompt.id } })}?v=${prompt.sha256 ?? ""}`;
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
          <p className="muted">{t("studio:prompts.saveFirst")}</p>
        ) : (
          <Sound prompt={form.value} onStored={(sha256, durationMs) => form.set({ sha256, durationMs })} />
        )}
      </fieldset>
    </>
  );
}

type Stored = ResponseOf<"uploadPrompt">;
function Sound({ prompt, onStored }: { prompt: Prompt; onStored: (sha256: string, durationMs: number) => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [stored, setStored] = useState<Stored | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [pending, setPending] = useState(false);
  const upload = async (file: Blob) => {
    setPending(true);
    setError(null);
    try {
      const result = await call("uploadPrompt", { params: { id: prompt.id }, file, fileName: `${prompt.id}.wav` });
      setStored(result);
      onStored(result.sha256, result.durationMs);
      await queries.invalidateQueries({ queryKey: ["entities", "prompt"] });
    } catch (failure) {
      setError(failure);
    }
    setPending(false);
  };
  return (
    <>
      {prompt.sha256 ? (
        <div className={css["line"]}>
          <ListenButton src={audioOf(prompt)} name={prompt.name} size={34} />
          <span className="num">{formatLength(prompt.durationMs ?? 0)}</span>
        </div>
      ) : (
        <p className="muted">{t("studio:prompts.none")}</p>
      )}
      {stored ? <StoredNote stored={stored} /> : null}
      <ErrorNote error={error} />
      <Recording onRecorded={upload} pending={pending} />
      <div className={css["line"]}>
        <FileButton accept="audio/wav,audio/mpeg,.wav,.mp3" onChange={(file) => file && void upload(file)}>
          {(props) => (
            <Button {...props} variant="default" loading={pending} leftSection={<IconUpload size={15} />}>
              {t("studio:prompts.upload")}
            </Button>
          )}
        </FileButton>
        <span className="muted">{t("studio:prompts.uploadHint")}</span>
      </div>
    </>
  );
}

const quietDbfs = -32;
function StoredNote({ stored }: { stored: Stored }) {
  const { t } = useTranslation();
  const level = Math.round(stored.levelDbfs);
  return (
    <div role="status">
      <p>{t("studio:prompts.uploaded", { length: formatLength(stored.durationMs), level })}</p>
      {stored.clipped ? <p style={{ color: "var(--offered)" }}>{t("studio:prompts.clipped")}</p> : null}
      {stored.levelDbfs < quietDbfs ? <p style={{ color: "var(--offered)" }}>{t("studio:prompts.quiet")}</p> : null}
    </div>
  );
}

function Recording({ onRecorded, pending }: { onRecorded: (wav: Blob) => Promise<void>; pending: boolean }) {
  const { t } = useTranslation();
  const { state, levelDbfs, start, stop, discard } = useRecording();
  if (state.kind === "recording") {
    return (
      <div className={css["line"]}>
        <Button leftSection={<IconPlayerStopFilled size={15} />} onClick={() => void stop()}>
          {t("studio:prompts.stop", { length: formatLength(state.lengthMs) })}
        </Button>
        <LevelMeter dbfs={levelDbfs} width={160} />
      </div>
    );
  }
  if (state.kind === "recorded") {
    return (
      <div className={css["line"]} style={{ flexWrap: "wrap" }}>
        <ListenButton src={state.url} name={t("studio:prompts.sound")} size={34} />
        <Button loading={pending} onClick={() => void onRecorded(state.wav).then(discard)}>
          {t("studio:prompts.use")}
        </Button>
        <Button variant="default" onClick={() => void start()}>
          {t("studio:prompts.again")}
        </Button>
      </div>
    );
  }
  return (
    <>
      {state.kind === "failed" ? (
        <p role="alert" style={{ color: "var(--offered)" }}>
          {t("studio:prompts.noMicrophone", { why: state.why })}
        </p>
      ) : null}
      <Button
        variant="default"
        leftSection={<IconPlayerRecordFilled size={15} />}
        onClick={() => void start()}
        style={{ justifySelf: "start" }}
      >
        {t("studio:prompts.record")}
      </Button>
    </>
  );
}

type RecordingState =
  | { kind: "idle" }
  | { kind: "recording"; lengthMs: number }
  | { kind: "recorded"; wav: Blob; url: string }
  | { kind: "failed"; why: string };

function useRecording() {
  const [state, setState] = useState<RecordingState>({ kind: "idle" });
  const [levelDbfs, setLevel] = useState(Number.NEGATIVE_INFINITY);
  const recorder = useRef<PromptRecorder | null>(null);
  const timer = useRef<ReturnType<typeof setInterval> | null>(null);
  const release = () => {
    if (timer.current !== null) clearInterval(timer.current);
    timer.current = null;
    recorder.current?.close();
    recorder.current = null;
  };
  const url = state.kind === "recorded" ? state.url : null;
  useEffect(
    () => () => {
      if (url) URL.revokeObjectURL(url);
    },
    [url],
  );
  // Only leaving the page lets go of the microphone.
  useEffect(() => release, []);
  const fail = (error: unknown) => {
    release();
    setState({ kind: "failed", why: error instanceof Error ? error.message : String(error) });
  };
  const stop = async () => {
    const own = recorder.current;
    if (!own) return;
    if (timer.current !== null) clearInterval(timer.current);
    timer.current = null;
    try {
      const wav = await own.stop();
      recorder.current = null;
      setState({ kind: "recorded", wav, url: URL.createObjectURL(wav) });
    } catch (error) {
      fail(error);
    }
  };
  const start = async () => {
    release();
    try {
      const own = await PromptRecorder.open();
      recorder.current = own;
      const began = performance.now();
      setState({ kind: "recording", lengthMs: 0 });
      timer.current = setInterval(() => {
        const lengthMs = performance.now() - began;
        setLevel(own.levelDbfs());
        setState({ kind: "recording", lengthMs });
        if (lengthMs > recordingMsMax) void stop();
      }, 100);
    } catch (error) {
      fail(error);
    }
  };
  return { state, levelDbfs, start, stop, discard: () => setState({ kind: "idle" }) };
}
