import { ActionIcon } from "@mantine/core";
import {
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconPlayerSkipBackFilled,
  IconPlayerSkipForwardFilled,
  IconX,
} from "@tabler/icons-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useLive } from "../live/store.ts";
import { formatLength } from "./format.ts";
import css from "./sound.module.css";
import { type Playing, soundPlayer, usePlaying } from "./sound.ts";

/**
 * What plays from the list below it: whose, how far, and a way to move in it. Stops when the page is left, and pauses when a
 * call comes: nobody listens to two people at once.
 */
export function SoundBar() {
  const playing = usePlaying();
  const busy = useLive(({ desk }) => desk !== null && (desk.offer !== null || desk.contact !== null));
  useEffect(() => {
    if (busy) soundPlayer.pause();
  }, [busy]);
  useEffect(() => () => soundPlayer.stop(), []);
  if (playing === null || playing.sound.title === null) return null;
  return <Bar playing={playing} title={playing.sound.title} />;
}

function Bar({ playing, title }: { playing: Playing; title: string }) {
  const { t } = useTranslation();
  const { sound, index, state, positionS, durationS } = playing;
  const on = state === "playing";
  const several = sound.tracks.length > 1;
  return (
    <section className={css["bar"]} aria-label={t("common:sound.bar")}>
      <IconButton label={t(on ? "common:sound.pause" : "common:sound.play")} onClick={() => soundPlayer.toggle(sound)}>
        {on ? <IconPlayerPauseFilled size={15} /> : <IconPlayerPlayFilled size={15} />}
      </IconButton>
      {several ? <Tracks index={index} count={sound.tracks.length} /> : null}
      <span className={css["what"]}>
        <span className="ellipsis" title={title}>
          {title}
        </span>
        {several ? (
          <span className="muted num"> {t("common:sound.of", { place: index + 1, count: sound.tracks.length })}</span>
        ) : null}
      </span>
      <span className="num muted">
        {formatLength(positionS * 1000)} / {formatLength(durationS * 1000)}
      </span>
      <IconButton label={t("common:sound.stop")} onClick={() => soundPlayer.stop()}>
        <IconX size={15} />
      </IconButton>
      {state === "failed" ? (
        <p className={css["failed"]} role="alert">
          {t("common:sound.failed")}
        </p>
      ) : (
        <input
          type="range"
          className={css["position"]}
          aria-label={t("common:sound.position")}
          aria-valuetext={formatLength(positionS * 1000)}
          min={0}
          max={Math.max(1, durationS)}
          step="any"
          value={positionS}
          onChange={(event) => soundPlayer.seek(Number(event.currentTarget.value))}
          onKeyDown={(event) => {
            const step = { ArrowLeft: -stepS, ArrowDown: -stepS, ArrowRight: stepS, ArrowUp: stepS }[event.key];
            if (step === undefined || event.altKey || event.ctrlKey) return;
            event.preventDefault();
            soundPlayer.seek(Math.min(durationS, Math.max(0, positionS + step)));
          }}
        />
      )}
    </section>
  );
}

const stepS = 2;

function Tracks({ index, count }: { index: number; count: number }) {
  const { t } = useTranslation();
  return (
    <span className={css["tracks"]}>
      <IconButton label={t("common:sound.before")} off={index === 0} onClick={() => soundPlayer.skipTo(index - 1)}>
        <IconPlayerSkipBackFilled size={14} />
      </IconButton>
      <IconButton
        label={t("common:sound.after")}
        off={index === count - 1}
        onClick={() => soundPlayer.skipTo(index + 1)}
      >
        <IconPlayerSkipForwardFilled size={14} />
      </IconButton>
    </span>
  );
}

type IconButtonProps = { label: string; off?: boolean; onClick: () => void; children: React.ReactNode };
function IconButton({ label, off = false, onClick, children }: IconButtonProps) {
  return (
    <ActionIcon size={26} aria-label={label} title={label} disabled={off} onClick={onClick}>
      {children}
    </ActionIcon>
  );
}
