import { Button, Modal } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useEntities } from "../api/queries.ts";
import { Kbd } from "../ui/index.ts";
import { useCommands, useDeskCommands } from "./commands.ts";
import { type DeskDialog, useDesk } from "./DeskContext.tsx";
import css from "./dialogs.module.css";
import { HeadsetPanel } from "./HeadsetPanel.tsx";
import { stopHeadset } from "./headset.ts";
import { changeKey, type DeskAction, deskActions, keyName, resetKeys, useKeyMap } from "./keys.ts";

/** The desk's few dialogs: keys, headset, the reason of a break. */
export function Dialogs({ dialog, onClose }: { dialog: DeskDialog; onClose: () => void }) {
  const { t } = useTranslation();
  const close = { "aria-label": t("common:action.close") };
  return (
    <>
      <Modal
        opened={dialog === "keys"}
        onClose={onClose}
        title={t("desk:keys.title")}
        size={780}
        closeButtonProps={close}
      >
        <KeyHelp />
      </Modal>
      <HeadsetDialog dialog={dialog} onClose={onClose} />
      <Modal
        opened={dialog === "break"}
        onClose={onClose}
        title={t("desk:break.title")}
        size="xs"
        closeButtonProps={close}
      >
        <BreakReasons onDone={onClose} />
      </Modal>
    </>
  );
}

/** The headset's dialog; on the way to being available it ends with going there. */
function HeadsetDialog({ dialog, onClose }: { dialog: DeskDialog; onClose: () => void }) {
  const { t } = useTranslation();
  const { view } = useDesk();
  const commands = useDeskCommands();
  const onDuty = dialog === "duty";
  const leave = () => {
    // Off duty the microphone is held for the test only.
    if (view.state === "offline") stopHeadset();
    onClose();
  };
  const done = async () => {
    if (!onDuty) return leave();
    if (await commands.state("available")) onClose();
  };
  return (
    <Modal
      opened={dialog === "headset" || onDuty}
      onClose={leave}
      title={t("desk:headset.title")}
      closeButtonProps={{ "aria-label": t("common:action.close") }}
    >
      <DeviceChoice />
      {view.device === "headset" ? (
        <HeadsetPanel onDone={() => void done()} {...(onDuty ? { doneLabel: t("desk:action.available") } : {})} />
      ) : null}
    </Modal>
  );
}

/** All keys, and another one by pressing it. */
function KeyHelp() {
  const { t } = useTranslation();
  const keys = useKeyMap();
  const [asking, setAsking] = useState<DeskAction | null>(null);
  return (
    <>
      <p className="soft">{t("desk:keys.text")}</p>
      <ul className={css["keyList"]}>
        {deskActions.map((action) => (
          <li key={action}>
            <span>{t(`desk:keys.${action}`)}</span>
            <Button
              size="compact-sm"
              variant={asking === action ? "filled" : "default"}
              aria-label={`${t(`desk:keys.${action}`)}: ${keyName(keys[action])}`}
              onClick={() => setAsking(asking === action ? null : action)}
              onBlur={() => setAsking(null)}
              onKeyDown={(event) => {
                if (asking !== action || event.key === "Alt" || event.key === "Tab") return;
                event.preventDefault();
                event.stopPropagation();
                if (changeKey(action, event.code) || event.key === "Escape") setAsking(null);
              }}
            >
              {asking === action ? t("desk:keys.press") : <Kbd keys={keyName(keys[action])} />}
            </Button>
          </li>
        ))}
        <li>
          <span>{t("desk:keys.digits")}</span>
          <Kbd keys="Alt+1…9" />
        </li>
      </ul>
      <Button variant="subtle" color="gray" size="compact-sm" onClick={resetKeys}>
        {t("desk:keys.reset")}
      </Button>
    </>
  );
}

/** The browser headset or a SIP phone, where there is one. */
function DeviceChoice() {
  const { t } = useTranslation();
  const { view } = useDesk();
  const commands = useDeskCommands();
  const { pending } = useCommands();
  const inCall = view.contact !== null || view.offer !== null;
  if (view.phones.length === 0) return null;
  return (
    <fieldset className={css["devices"]} disabled={inCall || pending("device")}>
      <legend>{t("desk:device.title")}</legend>
      {(["headset", "phone"] as const).map((device) => (
        <label key={device} data-on={view.device === device || undefined}>
          <input
            type="radio"
            name="device"
            checked={view.device === device}
            onChange={() => void commands.device(device)}
          />
          <span>
            <b>{t(`desk:device.${device}`)}</b>
            <span className="muted">
              {device === "headset"
                ? t("desk:device.headsetText")
                : view.phones
                    .map(
                      (phone) => `${phone.name}: ${t(phone.reachable ? "desk:device.reachable" : "desk:device.away")}`,
                    )
                    .join(", ")}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function BreakReasons({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const commands = useDeskCommands();
  const reasons = useEntities("breakReason").data ?? [];
  const go = async (id: string | null) => {
    if (await commands.state("break", id)) onDone();
  };
  return (
    <div className={css["reasons"]}>
      {reasons.map((reason, index) => (
        <Button
          key={reason.id}
          variant="default"
          justify="space-between"
          data-autofocus={index === 0 || undefined}
          onClick={() => void go(reason.id)}
        >
          <span>{reason.name}</span>
          {reason.limitMs === null ? null : (
            <span className="muted num">{t("desk:break.minutes", { minutes: reason.limitMs / 60_000 })}</span>
          )}
        </Button>
      ))}
      {reasons.length === 0 ? (
        <Button data-autofocus onClick={() => void go(null)}>
          {t("desk:break.start")}
        </Button>
      ) : null}
    </div>
  );
}
