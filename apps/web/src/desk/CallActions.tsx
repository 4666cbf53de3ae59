import type { LiveContact } from "@centrala/contract";
import { ActionIcon, Button, Menu } from "@mantine/core";
import {
  IconArrowsJoin2,
  IconCircleFilled,
  IconDialpad,
  IconDots,
  IconMicrophone,
  IconMicrophoneOff,
  IconPhone,
  IconPhoneOff,
  IconPlayerPause,
  IconPlayerPauseFilled,
  IconPlayerPlay,
  IconTransfer,
  IconUserQuestion,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Kbd } from "../ui/index.ts";
import css from "./callbar.module.css";
import { useCommands, useDeskCommands } from "./commands.ts";
import { useDesk } from "./DeskContext.tsx";
import { type DeskAction, keyName, useKeyMap } from "./keys.ts";

type ActionProps = {
  action: DeskAction;
  label: string;
  /** The word that stands here at other times: both have room, so that nothing moves when one takes the other's place. */
  otherLabel?: string;
  /** What it does in full, where the label is short; begins with the label. */
  full?: string;
  icon: ReactNode;
  onClick: () => void;
  look?: "plain" | "primary" | "answer" | "end" | "on" | "paused";
  busy?: boolean;
  disabled?: boolean;
  pressed?: boolean;
};

/** A button with its key shown. Where the bar is narrow the icon stays, with the word for screen readers. */
export function ActionButton(props: ActionProps) {
  const { action, label, otherLabel, full, icon, onClick, look = "plain", busy, disabled, pressed } = props;
  const keys = useKeyMap();
  const name = keyName(keys[action]);
  return (
    <Button
      className={css["action"] ?? ""}
      data-look={look}
      data-action={action}
      variant={look === "primary" || look === "answer" || look === "end" ? "filled" : "default"}
      leftSection={icon}
      rightSection={<Kbd keys={name} />}
      loading={busy ?? false}
      disabled={disabled ?? false}
      aria-keyshortcuts={name}
      aria-pressed={pressed}
      title={full ?? label}
      onClick={onClick}
    >
      <span className={css["words"]}>
        <span>
          {label}
          {full === undefined ? null : <span className="visually-hidden">{full.replace(label, "")}</span>}
        </span>
        {otherLabel === undefined ? null : <span aria-hidden="true">{otherLabel}</span>}
      </span>
    </Button>
  );
}

export function OfferActions({ offerId }: { offerId: string }) {
  const { t } = useTranslation();
  const commands = useDeskCommands();
  const { pending } = useCommands();
  return (
    <>
      <ActionButton
        action="decline"
        label={t("desk:action.decline")}
        icon={<IconPhoneOff size={16} />}
        busy={pending("decline")}
        disabled={pending("answer")}
        onClick={() => void commands.decline(offerId)}
      />
      <ActionButton
        action="answer"
        look="answer"
        label={t("desk:action.answer")}
        icon={<IconPhone size={16} />}
        busy={pending("answer")}
        disabled={pending("decline")}
        onClick={() => void commands.accept(offerId)}
      />
    </>
  );
}

export function IdleActions() {
  const { t } = useTranslation();
  const { view, goAvailable, goOnBreak } = useDesk();
  const { pending } = useCommands();
  if (view.state === "available") {
    return (
      <ActionButton
        action="break"
        label={t("desk:action.break")}
        icon={<IconPlayerPause size={16} />}
        busy={pending("state")}
        onClick={goOnBreak}
      />
    );
  }
  return (
    <ActionButton
      action="wrapUp"
      look="primary"
      label={t("desk:action.available")}
      icon={<IconPlayerPlay size={16} />}
      busy={pending("state")}
      onClick={() => void goAvailable()}
    />
  );
}

export function WrapUpActions({ contact }: { contact: LiveContact }) {
  const { t } = useTranslation();
  const commands = useDeskCommands();
  const { pending } = useCommands();
  return (
    <ActionButton
      action="wrapUp"
      look="primary"
      label={t("desk:action.finish")}
      icon={<IconPlayerPlay size={16} />}
      busy={pending("finish")}
      onClick={() => void commands.finish(contact.id)}
    />
  );
}

export function CallActions({ contact, dialling }: { contact: LiveContact; dialling: boolean }) {
  return (
    <>
      {dialling ? null : contact.consult ? <ConsultActions contact={contact} /> : <TalkActions contact={contact} />}
      <EndAction contact={contact} />
    </>
  );
}

/** Says whether the call is recorded, and pauses it for card data: one button of one width, whose sign and word change. */
export function Recording({ contact }: { contact: LiveContact }) {
  const { t } = useTranslation();
  const commands = useDeskCommands();
  const { pending } = useCommands();
  if (contact.recording === "off") return null;
  const paused = contact.recording === "paused";
  const words = { on: t("desk:recording.on"), paused: t("desk:recording.paused") };
  return (
    <ActionButton
      action="pause"
      look={paused ? "paused" : "plain"}
      pressed={paused}
      label={paused ? words.paused : words.on}
      otherLabel={paused ? words.on : words.paused}
      full={`${paused ? words.paused : words.on}: ${t(paused ? "desk:recording.resume" : "desk:recording.why")}`}
      icon={paused ? <IconPlayerPauseFilled size={14} /> : <IconCircleFilled size={14} style={{ padding: 1.5 }} />}
      busy={pending("pause")}
      onClick={() => void commands.pause(contact.id, !paused)}
    />
  );
}

/** Of several on the line one leaves, and the others go on; alone with the customer the call ends. */
function EndAction({ contact }: { contact: LiveContact }) {
  const { t } = useTranslation();
  const leaves = contact.phase === "talking" && (contact.conference || contact.consult?.asked === true);
  const hands = contact.phase === "talking" && contact.consult !== null && !contact.consult.asked;
  const commands = useDeskCommands();
  const { pending } = useCommands();
  return (
    <ActionButton
      action="end"
      look="end"
      label={t(leaves ? "desk:action.leave" : "desk:action.end")}
      {...(leaves ? { full: t("desk:action.leaveFull") } : hands ? { full: t("desk:action.endHands") } : {})}
      icon={<IconPhoneOff size={16} />}
      busy={pending("end")}
      onClick={() => void commands.end(contact.id)}
    />
  );
}

function TalkActions({ contact }: { contact: LiveContact }) {
  const { t } = useTranslation();
  const { openPanel } = useDesk();
  const commands = useDeskCommands();
  const { pending } = useCommands();
  return (
    <>
      <MuteAction contact={contact} />
      <ActionButton
        action="hold"
        look={contact.held ? "on" : "plain"}
        pressed={contact.held}
        label={t(contact.held ? "desk:action.resume" : "desk:action.hold")}
        otherLabel={t(contact.held ? "desk:action.hold" : "desk:action.resume")}
        icon={contact.held ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
        busy={pending("hold")}
        onClick={() => void commands.hold(contact.id, !contact.held)}
      />
      <ActionButton
        action="transfer"
        label={t("desk:action.transfer")}
        icon={<IconTransfer size={16} />}
        busy={pending("transfer") || pending("consult")}
        disabled={!mayTransfer(contact)}
        {...(contact.conference ? { full: t("desk:action.transferNot") } : {})}
        onClick={() => openPanel("transfer")}
      />
      <MoreActions contact={contact} />
    </>
  );
}

function MuteAction({ contact }: { contact: LiveContact }) {
  const { t } = useTranslation();
  const commands = useDeskCommands();
  const { pending } = useCommands();
  return (
    <ActionButton
      action="mute"
      look={contact.muted ? "on" : "plain"}
      pressed={contact.muted}
      label={t(contact.muted ? "desk:action.unmute" : "desk:action.mute")}
      otherLabel={t(contact.muted ? "desk:action.mute" : "desk:action.unmute")}
      full={t(contact.muted ? "desk:action.unmuteFull" : "desk:action.muteFull")}
      icon={contact.muted ? <IconMicrophoneOff size={16} /> : <IconMicrophone size={16} />}
      busy={pending("mute")}
      onClick={() => void commands.mute(contact.id, !contact.muted)}
    />
  );
}

/** Colleagues among themselves, and several with one customer, hang up to leave: there is nobody to hand over. */
export function mayTransfer(contact: LiveContact): boolean {
  return contact.direction !== "internal" && !contact.conference;
}

function MoreActions({ contact }: { contact: LiveContact }) {
  const { t } = useTranslation();
  const keys = useKeyMap();
  const { openPanel } = useDesk();
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon className={css["more"] ?? ""} variant="default" size={36} aria-label={t("desk:action.more")}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconUserQuestion size={16} />}
          rightSection={<Kbd keys={keyName(keys.consult)} />}
          disabled={!mayTransfer(contact)}
          onClick={() => openPanel("consult")}
        >
          {t("desk:action.consult")}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconDialpad size={16} />}
          rightSection={<Kbd keys={keyName(keys.keypad)} />}
          onClick={() => openPanel("keypad")}
        >
          {t("desk:action.keypad")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** A colleague is on the line: hand over, go back, or all three together. */
function ConsultActions({ contact }: { contact: LiveContact }) {
  const { t } = useTranslation();
  const commands = useDeskCommands();
  const { pending } = useCommands();
  const there = contact.consult?.state === "talking";
  // Whoever is asked mutes and leaves; the rest is for the one who asks.
  if (contact.consult?.asked) return <MuteAction contact={contact} />;
  return (
    <>
      <MuteAction contact={contact} />
      <ActionButton
        action="consult"
        label={t("desk:action.backToCustomer")}
        icon={<IconPlayerPlay size={16} />}
        busy={pending("consult-return")}
        onClick={() => void commands.endConsult(contact.id, "return")}
      />
      {there ? (
        <ActionButton
          action="join"
          label={t("desk:action.join")}
          icon={<IconArrowsJoin2 size={16} />}
          busy={pending("consult-conference")}
          onClick={() => void commands.endConsult(contact.id, "conference")}
        />
      ) : null}
      <ActionButton
        action="transfer"
        look="primary"
        label={t("desk:action.handOver")}
        icon={<IconTransfer size={16} />}
        busy={pending("consult-transfer")}
        onClick={() => void commands.endConsult(contact.id, "transfer")}
      />
    </>
  );
}
