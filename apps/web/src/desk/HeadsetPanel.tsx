import { Button, NativeSelect } from "@mantine/core";
import { IconHeadset, IconMicrophone } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { SoundDevice } from "../headset/index.ts";
import { command } from "../live/store.ts";
import { Chip, ErrorNote, LevelMeter } from "../ui/index.ts";
import css from "./dialogs.module.css";
import { currentHeadset, restartHeadset, setEchoing, startHeadset, useHeadset, useMicrophoneLevel } from "./headset.ts";
import { RingSettings } from "./RingSettings.tsx";

/** The introduction is spoken first, then ten seconds are recorded and played back. */
export const echoTestMs = 30_000;

/** The headset: why the browser asks, which microphone and loudspeaker, a level that moves, and an echo test. Used by the desk and the guide. */
export function HeadsetPanel({ onDone, doneLabel }: { onDone?: () => void; doneLabel?: string }) {
  const headset = useHeadset();
  return (
    <div className={css["headset"]}>
      {headset.kind === "ready" ? (
        <Ready {...(onDone ? { onDone } : {})} {...(doneLabel ? { doneLabel } : {})} />
      ) : (
        <Start />
      )}
    </div>
  );
}

function Start() {
  const { t } = useTranslation();
  const headset = useHeadset();
  const failed = headset.kind === "failed" ? headset.code : null;
  return (
    <>
      <div className={css["headsetWhy"]}>
        <IconHeadset size={34} stroke={1.4} aria-hidden="true" />
        <p>{t(headset.kind === "taken" ? "desk:headset.taken" : "desk:headset.why")}</p>
      </div>
      {failed ? (
        <div className={css["headsetFailed"]} role="alert">
          <b>{t(`desk:headset.code.${failed}`, { defaultValue: t("desk:headset.code.UNKNOWN") })}</b>
          <span>{t(`desk:headset.mend.${failed}`, { defaultValue: t("desk:headset.mend.UNKNOWN") })}</span>
        </div>
      ) : null}
      <Button
        data-autofocus
        leftSection={<IconMicrophone size={16} />}
        loading={headset.kind === "starting"}
        onClick={() => void (failed ? restartHeadset() : startHeadset())}
      >
        {t(headset.kind === "taken" ? "desk:headset.takeOver" : failed ? "common:action.retry" : "desk:headset.start")}
      </Button>
    </>
  );
}

function Ready({ onDone, doneLabel }: { onDone?: () => void; doneLabel?: string }) {
  const { t } = useTranslation();
  const devices = useDevices();
  return (
    <>
      <Devices devices={devices} />
      <div className={css["headsetLevel"]}>
        <span>{t("desk:headset.level")}</span>
        <MicrophoneMeter />
      </div>
      <p className="muted">{t("desk:headset.levelText")}</p>
      <EchoTest />
      <RingSettings outputs={devices.outputs} />
      {onDone ? (
        <Button data-autofocus onClick={onDone}>
          {doneLabel ?? t("desk:headset.done")}
        </Button>
      ) : null}
    </>
  );
}

function MicrophoneMeter() {
  return <LevelMeter dbfs={useMicrophoneLevel()} width="100%" />;
}

/** Microphones and loudspeakers, kept up to date while they are plugged in and out. */
function useDevices() {
  const [devices, setDevices] = useState<{ inputs: readonly SoundDevice[]; outputs: readonly SoundDevice[] }>({
    inputs: [],
    outputs: [],
  });
  useEffect(() => {
    const load = () =>
      void currentHeadset()
        ?.devices()
        .then(setDevices)
        .catch(() => {});
    load();
    navigator.mediaDevices.addEventListener("devicechange", load);
    return () => navigator.mediaDevices.removeEventListener("devicechange", load);
  }, []);
  return devices;
}

function Devices({ devices }: { devices: ReturnType<typeof useDevices> }) {
  const { t } = useTranslation();
  const choices = [
    {
      key: "input",
      label: t("desk:headset.input"),
      list: devices.inputs,
      choose: (id: string) => currentHeadset()?.chooseInput(id),
    },
    {
      key: "output",
      label: t("desk:headset.output"),
      list: devices.outputs,
      choose: (id: string) => currentHeadset()?.chooseOutput(id),
    },
  ];
  return choices.map(({ key, label, list, choose }) =>
    list.length > 0 ? (
      <NativeSelect
        key={key}
        label={label}
        defaultValue={localStorage.getItem(`centrala.${key}`) ?? ""}
        data={list.map((each, index) => ({ value: each.id, label: each.label || `${label} ${index + 1}` }))}
        onChange={(event) => void choose(event.currentTarget.value)?.catch(() => {})}
      />
    ) : null,
  );
}

/** Speaks an introduction, then plays back what the microphone heard. */
function EchoTest() {
  const { t } = useTranslation();
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const stop = () => {
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = null;
    setEchoing(false);
    setRunning(false);
  };
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
      setEchoing(false);
    },
    [],
  );
  const start = async () => {
    setError(null);
    setRunning(true);
    setEchoing(true);
    try {
      await command("echoTest", {});
      timer.current = setTimeout(stop, echoTestMs);
    } catch (failure) {
      setError(failure);
      stop();
    }
  };
  return (
    <>
      <div className={css["echo"]}>
        <Button variant="default" disabled={running} onClick={() => void start()}>
          {t("desk:headset.echo")}
        </Button>
        {running ? (
          <Chip tone="talking">{t("desk:headset.echoRunning")}</Chip>
        ) : (
          <span className="muted">{t("desk:headset.echoText")}</span>
        )}
      </div>
      <ErrorNote error={error} />
    </>
  );
}
