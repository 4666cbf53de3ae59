import type { Prompt, ResponseOf } from "@centrala/contract";
import { Button, FileButton } from "@mantine/core";
import { IconPlayerRecordFilled, IconPlayerStopFilled, IconUpload } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type RefObject, useContext, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { call, urlOf } from "../api/call.ts";
import { ErrorNote, formatLength, LevelMeter } from "../ui/index.ts";
import type { Form } from "./fields.tsx";
import { ListenButton } from "./listen.tsx";
import { PromptRecorder, recordingMsMax } from "./recorder.ts";
import { nameOfFile, sendable, soundFiles } from "./sound.ts";
import css from "./studio.module.css";

type Stored = ResponseOf<"uploadPrompt">;
/** What the section and its open form know of sounds on their way. */
export type SoundDesk = {
  /** Of the prompt that is being made: sent once it is saved. */
  chosen: { readonly sound: Blob; readonly fileName: string | null } | null;
  /** Takes a file that is dropped while a form is open. */
  take: ((file: File) => void) | null;
  /** What became of the sound of the prompt that was just made. */
  outcome: { readonly stored: Stored | null; readonly error: unknown } | null;
};
export const SoundDeskContext = createContext<RefObject<SoundDesk>>({
  current: { chosen: null, take: null, outcome: null },
});

/** The hash in the address makes the browser forget an older recording. */
export function audioOf(prompt: Prompt): string {
  return `${urlOf("promptAudio", { params: { id: prompt.id } })}?v=${prompt.sha256 ?? ""}`;
}

export async function sendSound(promptId: string, sound: Blob): Promise<Stored> {
  const file = await sendable(sound);
  return call("uploadPrompt", { params: { id: promptId }, file, fileName: `${promptId}.wav` });
}

/** Files that are dropped anywhere on the page go to the open form. */
function useTaken(take: (file: File) => void): void {
  const desk = useContext(SoundDeskContext);
  useEffect(() => {
    desk.current.take = take;
    return () => {
      if (desk.current.take === take) desk.current.take = null;
    };
  });
}

/** The sound of a prompt that is being made; its name is the file's, unless one was typed. */
export function NewSound({ form }: { form: Form<Prompt> }) {
  const { t } = useTranslation();
  const desk = useContext(SoundDeskContext);
  const [chosen, setChosen] = useState(() => desk.current.chosen);
  const url = useObjectUrl(chosen?.sound ?? null);
  const choose = (sound: Blob, fileName: string | null) => {
    desk.current.chosen = { sound, fileName };
    setChosen(desk.current.chosen);
    if (fileName !== null && form.value.name.trim() === "") form.set({ name: nameOfFile(fileName) });
  };
  useTaken((file) => choose(file, file.name));
  return (
    <>
      {chosen && url ? (
        <div className={css["line"]} role="status">
          <ListenButton src={url} name={chosen.fileName ?? t("studio:prompts.recording")} size={34} />
          <span style={{ overflowWrap: "anywhere" }}>{chosen.fileName ?? t("studio:prompts.recording")}</span>
        </div>
      ) : null}
      <Recording onRecorded={async (wav) => choose(wav, null)} pending={false} />
      <Choosing pending={false} onFile={(file) => choose(file, file.name)} />
    </>
  );
}

function useObjectUrl(blob: Blob | null): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (blob === null) return;
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url;
}

/** The sound of a prompt that is there: what is chosen takes its place at once. */
export function Sound({
  prompt,
  onStored,
}: {
  prompt: Prompt;
  onStored: (sha256: string, durationMs: number) => void;
}) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const desk = useContext(SoundDeskContext);
  const [stored, setStored] = useState<Stored | null>(() => desk.current.outcome?.stored ?? null);
  const [error, setError] = useState<unknown>(() => desk.current.outcome?.error ?? null);
  const [pending, setPending] = useState(false);
  useEffect(() => {
    desk.current.outcome = null;
  }, [desk]);
  const upload = async (file: Blob) => {
    setPending(true);
    setError(null);
    try {
      const result = await sendSound(prompt.id, file);
      setStored(result);
      onStored(result.sha256, result.durationMs);
      await queries.invalidateQueries({ queryKey: ["entities", "prompt"] });
    } catch (failure) {
      setError(failure);
    }
    setPending(false);
  };
  useTaken((file) => void upload(file));
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
      <Choosing pending={pending} onFile={(file) => void upload(file)} />
    </>
  );
}

function Choosing({ pending, onFile }: { pending: boolean; onFile: (file: File) => void }) {
  const { t } = useTranslation();
  return (
    <div className={css["line"]} style={{ flexWrap: "wrap" }}>
      <FileButton accept={soundFiles} onChange={(file) => file && onFile(file)}>
        {(props) => (
          <Button {...props} variant="default" loading={pending} leftSection={<IconUpload size={15} />}>
            {t("studio:prompts.upload")}
          </Button>
        )}
      </FileButton>
      <span className="muted">{t("studio:prompts.uploadHint")}</span>
    </div>
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
