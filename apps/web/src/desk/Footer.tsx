import { Button, Menu } from "@mantine/core";
import { IconChevronUp, IconDeviceDesktop, IconHeadset, IconKeyboard, IconPhone } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useEntities } from "../api/queries.ts";
import { useLive } from "../live/store.ts";
import { Clock, formatLength, Kbd, LevelMeter, StateChip } from "../ui/index.ts";
import { useCommands, useDeskCommands } from "./commands.ts";
import { useDesk } from "./DeskContext.tsx";
import css from "./desk.module.css";
import { useHeadset, useMicrophoneLevel } from "./headset.ts";
import { keyName, useKeyMap } from "./keys.ts";

/** My state and its clock, today, the sound, the connection, and help with the keys. */
export function Footer() {
  const { t } = useTranslation();
  const { view, openDialog } = useDesk();
  const keys = useKeyMap();
  return (
    <footer className={css["footer"]}>
      <StateMenu />
      <span className={css["today"]}>
        {t("desk:footer.today", { count: view.today.contacts })}
        {view.today.contacts > 0 ? (
          <>
            {" · "}
            {t("desk:footer.average")} <b className="num">{formatLength(view.today.talkMs / view.today.contacts)}</b>
          </>
        ) : null}
      </span>
      {view.missedOpen > 0 ? (
        <Link to="/missed" className={css["footMissed"]}>
          {t("desk:footer.missed", { count: view.missedOpen })}
        </Link>
      ) : null}
      <span style={{ flex: 1 }} />
      <SoundState />
      <Line />
      <Button
        className={css["footHelp"] ?? ""}
        size="compact-sm"
        variant="subtle"
        color="gray"
        leftSection={<IconKeyboard size={15} />}
        rightSection={<Kbd keys={keyName(keys.help)} />}
        aria-keyshortcuts={keyName(keys.help)}
        onClick={() => openDialog("keys")}
      >
        {t("desk:footer.keys")}
      </Button>
    </footer>
  );
}

/** The operator's own state; during a call the choice is for after it. */
function StateMenu() {
  const { t } = useTranslation();
  const { view, goAvailable } = useDesk();
  const commands = useDeskCommands();
  const { pending } = useCommands();
  const reasons = useEntities("breakReason").data ?? [];
  const busy = view.contact !== null || view.offer !== null;
  const reason = reasons.find((each) => each.id === view.breakReasonId)?.name;
  return (
    <Menu position="top-start" width={230}>
      <Menu.Target>
        <Button
          size="compact-sm"
          variant="default"
          loading={pending("state")}
          rightSection={<IconChevronUp size={14} />}
          className={css["stateButton"] ?? ""}
        >
          {busy ? (
            <span className="ellipsis">
              {t("desk:footer.after", { state: t(`common:state.${view.afterCall ?? "available"}`) })}
            </span>
          ) : (
            <span className={css["ownState"]}>
              <StateChip state={view.state} />
              {reason ? <span className="soft">{reason}</span> : null}
              {view.state === "offline" ? null : <Clock since={view.since} />}
            </span>
          )}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t(busy ? "desk:footer.afterTitle" : "desk:footer.stateTitle")}</Menu.Label>
        <Menu.Item onClick={() => void (busy ? commands.state("available") : goAvailable())}>
          <StateChip state="available" />
        </Menu.Item>
        {reasons.length === 0 ? (
          <Menu.Item onClick={() => void commands.state("break")}>
            <StateChip state="break" />
          </Menu.Item>
        ) : null}
        {reasons.map((each) => (
          <Menu.Item
            key={each.id}
            onClick={() => void commands.state("break", each.id)}
            rightSection={<span className="soft">{each.name}</span>}
          >
            <StateChip state="break" />
          </Menu.Item>
        ))}
        <Menu.Item onClick={() => void commands.state("offline")}>
          <StateChip state="offline" />
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Headset or telephone, with the microphone's level while the headset is in use. */
function SoundState() {
  const { t } = useTranslation();
  const { view, openDialog } = useDesk();
  const headset = useHeadset();
  const phone = view.device === "phone";
  const reachable = view.phones.some((each) => each.reachable);
  const trouble = phone ? !reachable : headset.kind === "failed" || headset.kind === "taken";
  const text = phone ? t(reachable ? "desk:sound.phone" : "desk:sound.phoneAway") : t(`desk:sound.${headset.kind}`);
  return (
    <span className={css["sound"]}>
      <Button
        size="compact-sm"
        variant="subtle"
        color={trouble ? "trouble" : "gray"}
        leftSection={
          phone ? (
            <IconPhone size={15} />
          ) : headset.kind === "taken" ? (
            <IconDeviceDesktop size={15} />
          ) : (
            <IconHeadset size={15} />
          )
        }
        aria-label={text}
        onClick={() => openDialog("headset")}
      >
        {text}
      </Button>
      {!phone && headset.kind === "ready" ? <Microphone /> : null}
    </span>
  );
}

function Microphone() {
  const { t } = useTranslation();
  return <LevelMeter dbfs={useMicrophoneLevel()} label={t("desk:sound.microphone")} width={72} />;
}

function Line() {
  const { t } = useTranslation();
  const status = useLive((live) => live.status);
  return (
    <span className={css["lineState"]} data-status={status}>
      <i aria-hidden="true" />
      {t(`desk:line.${status}`)}
    </span>
  );
}
