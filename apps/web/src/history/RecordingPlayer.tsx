import { ActionIcon, Button, SegmentedControl, Tooltip } from "@mantine/core";
import {
  IconDownload,
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconRewindBackward5,
  IconRewindForward5,
} from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import WaveSurfer from "wavesurfer.js";
import { urlOf } from "../api/call.ts";
import { useRoute } from "../api/queries.ts";
import { ErrorNote, formatLength, RowSkeletons } from "../ui/index.ts";
import { TwoSides } from "../ui/sides.ts";
import css from "./history.module.css";

const bucketsOfWave = 900;
const stepS = 5;
const speeds = ["0.75", "1", "1.25", "1.5", "2"];

/** A recording as a waveform of two lanes, customer above and operator below. Space plays, arrows move five seconds. */
export function RecordingPlayer({ recordingId, durationMs }: { recordingId: string; durationMs: number }) {
  const peaks = useRoute(
    "recordingPeaks",
    { params: { id: recordingId }, query: { buckets: bucketsOfWave } },
    { staleTime: Number.POSITIVE_INFINITY },
  );
  if (peaks.error) return <ErrorNote error={peaks.error} onRetry={() => void peaks.refetch()} />;
  if (!peaks.data) return <RowSkeletons rows={3} height={30} />;
  return <Player recordingId={recordingId} durationMs={peaks.data.durationMs || durationMs} peaks={peaks.data} />;
}

type PlayerProps = {
  recordingId: string;
  durationMs: number;
  peaks: { customer: number[]; operator: number[] };
};

function Player({ recordingId, durationMs, peaks }: PlayerProps) {
  const { t } = useTranslation();
  const src = urlOf("recordingAudio", { params: { id: recordingId } });
  const player = usePlayer(src, durationMs, peaks);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target instanceof HTMLElement && event.target.closest("button, input, a")) return;
    if (event.key === " ") player.toggle();
    else if (event.key === "ArrowLeft") player.skip(-stepS);
    else if (event.key === "ArrowRight") player.skip(stepS);
    else if (event.key === "Home") player.seek(0);
    else return;
    event.preventDefault();
  };
  return (
    <div className={css["player"]}>
      <div
        ref={player.container}
        className={css["wave"]}
        role="slider"
        tabIndex={0}
        onKeyDown={onKeyDown}
        aria-label={t("history:player.waveform", { length: formatLength(durationMs) })}
        aria-valuemin={0}
        aria-valuemax={Math.round(durationMs / 1000)}
        aria-valuenow={Math.round(player.positionS)}
        aria-valuetext={formatLength(player.positionS * 1000)}
      />
      {player.failed ? <p style={{ color: "var(--trouble)" }}>{t("history:player.failed")}</p> : null}
      <Controls player={player} durationMs={durationMs} src={src} />
    </div>
  );
}

type PlayerState = ReturnType<typeof usePlayer>;
function Controls({ player, durationMs, src }: { player: PlayerState; durationMs: number; src: string }) {
  const { t } = useTranslation();
  return (
    <div className={css["controls"]}>
      <Tooltip label={t("history:player.back")}>
        <ActionIcon onClick={() => player.skip(-stepS)} aria-label={t("history:player.back")} size={30}>
          <IconRewindBackward5 size={18} />
        </ActionIcon>
      </Tooltip>
      <Button
        onClick={player.toggle}
        leftSection={player.playing ? <IconPlayerPauseFilled size={14} /> : <IconPlayerPlayFilled size={14} />}
      >
        {t(player.playing ? "history:player.pause" : "history:player.play")}
      </Button>
      <Tooltip label={t("history:player.forward")}>
        <ActionIcon onClick={() => player.skip(stepS)} aria-label={t("history:player.forward")} size={30}>
          <IconRewindForward5 size={18} />
        </ActionIcon>
      </Tooltip>
      <span className="num">
        {formatLength(player.positionS * 1000)} / {formatLength(durationMs)}
      </span>
      <span className={css["spacer"]} />
      <SideButton player={player} side="customer" />
      <SideButton player={player} side="operator" />
      <SegmentedControl
        size="xs"
        aria-label={t("history:player.speed")}
        value={player.speed}
        onChange={player.setSpeed}
        data={speeds.map((value) => ({ value, label: `${value}×` }))}
      />
      <Tooltip label={t("history:player.download")}>
        <ActionIcon component="a" href={src} download aria-label={t("history:player.download")} size={30}>
          <IconDownload size={17} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}

function SideButton({ player, side }: { player: PlayerState; side: "customer" | "operator" }) {
  const { t } = useTranslation();
  const name = t(`history:player.${side}`);
  const on = player.heard[side];
  return (
    <Tooltip label={t("history:player.hear", { side: name })}>
      <Button
        size="compact-sm"
        variant="default"
        aria-pressed={on}
        onClick={() => player.setHeard(side, !on)}
        style={on ? undefined : { color: "var(--ink-3)", textDecoration: "line-through" }}
      >
        <span className={css["side"]}>
          <span className={css["swatch"]} style={{ background: `var(--${side})`, opacity: on ? 1 : 0.35 }} />
          {name}
        </span>
      </Button>
    </Tooltip>
  );
}

function usePlayer(src: string, durationMs: number, peaks: { customer: number[]; operator: number[] }) {
  const container = useRef<HTMLDivElement>(null);
  const surfer = useRef<WaveSurfer | null>(null);
  const sides = useRef<TwoSides | null>(null);
  const [playing, setPlaying] = useState(false);
  const [positionS, setPositionS] = useState(0);
  const [failed, setFailed] = useState(false);
  const [speed, setSpeed] = useState("1");
  const [heard, setHeardState] = useState({ customer: true, operator: true });
  useEffect(() => {
    const element = container.current;
    if (!element) return;
    const audio = new Audio();
    audio.preload = "metadata";
    audio.src = src;
    const wave = makeWave(element, audio, durationMs, peaks);
    surfer.current = wave;
    sides.current = new TwoSides(audio);
    wave.on("play", () => setPlaying(true));
    wave.on("pause", () => setPlaying(false));
    wave.on("timeupdate", setPositionS);
    wave.on("seeking", setPositionS);
    wave.on("error", () => setFailed(true));
    return () => {
      sides.current?.close();
      wave.destroy();
      audio.removeAttribute("src");
      surfer.current = null;
    };
  }, [src, durationMs, peaks]);
  const toggle = () => {
    sides.current?.open();
    void surfer.current?.playPause().catch(() => setFailed(true));
  };
  return {
    container,
    playing,
    positionS,
    failed,
    speed,
    heard,
    toggle,
    skip: (seconds: number) => surfer.current?.skip(seconds),
    seek: (seconds: number) => surfer.current?.setTime(seconds),
    setSpeed: (value: string) => {
      setSpeed(value);
      surfer.current?.setPlaybackRate(Number(value), true);
    },
    setHeard: (side: "customer" | "operator", on: boolean) => {
      setHeardState((old) => ({ ...old, [side]: on }));
      sides.current?.hear(side, on);
    },
  };
}

function makeWave(
  container: HTMLElement,
  media: HTMLAudioElement,
  durationMs: number,
  peaks: { customer: number[]; operator: number[] },
): WaveSurfer {
  const style = getComputedStyle(container);
  const lane = (name: string) => {
    const colour = style.getPropertyValue(name).trim() || "#2f5bea";
    return { waveColor: `color-mix(in srgb, ${colour} 55%, transparent)`, progressColor: colour };
  };
  return WaveSurfer.create({
    container,
    media,
    peaks: [peaks.customer, peaks.operator],
    duration: durationMs / 1000,
    height: 50,
    barWidth: 2,
    barGap: 1,
    barRadius: 1,
    barMinHeight: 1,
    maxPeak: 1,
    cursorColor: style.getPropertyValue("--ink").trim() || "#171a21",
    dragToSeek: true,
    splitChannels: [lane("--customer"), lane("--operator")],
  });
}
