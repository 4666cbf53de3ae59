import { Button, NativeSelect, Slider, Switch } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { SoundDevice } from "../headset/index.ts";
import { noticesWanted, showNotice, useNoticePermission, useNoticesWanted, wantNotices } from "./callNotice.ts";
import css from "./dialogs.module.css";
import { Rings, ringVolume, secondOutput, setRingVolume, setSecondOutput } from "./ring.ts";

const trialMs = 4_000;

/** How a call makes itself heard and seen: loudness, a second loudspeaker, a notice of the system, and a trial of all three. */
export function RingSettings({ outputs }: { outputs: readonly SoundDevice[] }) {
  const { t } = useTranslation();
  return (
    <fieldset className={css["ringing"]}>
      <legend>{t("desk:headset.ringing")}</legend>
      <RingVolume />
      {outputs.length > 0 ? <SecondOutput outputs={outputs} /> : null}
      <Notices />
      <Trial />
    </fieldset>
  );
}

function RingVolume() {
  const { t } = useTranslation();
  const [volume, setVolume] = useState(() => Math.round(ringVolume() * 100));
  return (
    <label className={css["headsetLevel"]}>
      <span>{t("desk:headset.ringVolume")}</span>
      <Slider
        min={0}
        max={100}
        step={5}
        value={volume}
        thumbLabel={t("desk:headset.ringVolume")}
        onChange={setVolume}
        onChangeEnd={(value) => setRingVolume(value / 100)}
      />
    </label>
  );
}

function SecondOutput({ outputs }: { outputs: readonly SoundDevice[] }) {
  const { t } = useTranslation();
  const label = t("desk:headset.secondOutput");
  const known = outputs.some((each) => each.id === secondOutput());
  return (
    <NativeSelect
      label={label}
      defaultValue={known ? secondOutput() : ""}
      data={[
        { value: "", label: t("desk:headset.secondNone") },
        ...outputs
          .filter((each) => each.id !== "")
          .map((each, index) => ({ value: each.id, label: each.label || `${label} ${index + 1}` })),
      ]}
      onChange={(event) => setSecondOutput(event.currentTarget.value)}
    />
  );
}

function Notices() {
  const { t } = useTranslation();
  const permission = useNoticePermission();
  const wanted = useNoticesWanted();
  if (permission === "absent") return null;
  return (
    <Switch
      label={t("desk:headset.notices")}
      description={permission === "denied" ? t("desk:headset.noticesDenied") : t("desk:headset.noticesText")}
      disabled={permission === "denied"}
      checked={wanted}
      onChange={(event) => void wantNotices(event.currentTarget.checked)}
    />
  );
}

/** Rings for a few seconds as a call would, with its notice. */
function Trial() {
  const { t } = useTranslation();
  const [running, setRunning] = useState(false);
  const stop = useRef<(() => void) | null>(null);
  useEffect(() => () => stop.current?.(), []);
  const start = () => {
    const rings = new Rings();
    rings.start();
    const takeBack = noticesWanted() ? showNotice(t("desk:headset.trialTitle"), t("desk:headset.trialText")) : null;
    setRunning(true);
    const timer = setTimeout(() => stop.current?.(), trialMs);
    stop.current = () => {
      clearTimeout(timer);
      rings.close();
      takeBack?.();
      setRunning(false);
      stop.current = null;
    };
  };
  return (
    <Button variant="default" onClick={() => (running ? stop.current?.() : start())}>
      {t(running ? "desk:headset.trialStop" : "desk:headset.trial")}
    </Button>
  );
}
