import type { LiveContact } from "@centrala/contract";
import { Button } from "@mantine/core";
import { type CSSProperties, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { partyNumber } from "../history/party.tsx";
import { onLiveMessage, sendLive } from "../live/store.ts";
import { Chip, Clock, formatLength, formatPhone, Kbd, meterFraction, StateChip, Waveform } from "../ui/index.ts";
import { CallActions, IdleActions, OfferActions, WrapUpActions } from "./CallActions.tsx";
import css from "./callbar.module.css";
import { useCommands, useDeskCommands } from "./commands.ts";
import { idleText, partyName, type Scene, sceneOf, useDesk } from "./DeskContext.tsx";
import { useHeadset, useHeadsetTrouble } from "./headset.ts";
import { keyName, useKeyMap } from "./keys.ts";

/** The call, always at the same place: state, clock, in whose name, who, both sides' levels, and the next action at the right. */
export function CallBar() {
  const { view } = useDesk();
  const scene = sceneOf(view);
  return (
    <section className={css["bar"]} data-scene={scene.kind} aria-label={useTranslation().t("desk:callBar")}>
      <Standing scene={scene} />
      {scene.kind === "idle" ? <IdleText /> : <Caller scene={scene} />}
      {scene.kind === "talking" ? <Sound contact={scene.contact} /> : null}
      <div className={css["actions"]}>
        <Actions scene={scene} />
      </div>
    </section>
  );
}

function Actions({ scene }: { scene: Scene }) {
  switch (scene.kind) {
    case "offer":
      return <OfferActions offerId={scene.offerId} />;
    case "idle":
      return <IdleActions />;
    case "wrap-up":
      return <WrapUpActions contact={scene.contact} />;
    default:
      return <CallActions contact={scene.contact} dialling={scene.kind === "dialling"} />;
  }
}

/** The state by shape, word and colour, and its clock. */
function Standing({ scene }: { scene: Scene }) {
  const { view } = useDesk();
  const { t } = useTranslation();
  const clock = css["clock"] ?? "";
  switch (scene.kind) {
    case "offer":
      return (
        <>
          <span className={css["ringing"]}>
            <StateChip state="offered" large />
          </span>
          <Clock until={scene.until} className={clock} />
        </>
      );
    case "dialling":
      return (
        <>
          <StateChip state="offered" label={t("desk:dialling")} large />
          <Clock since={scene.contact.startedAt} className={clock} />
        </>
      );
    case "talking":
      return <Talking contact={scene.contact} />;
    case "wrap-up":
      return (
        <>
          <StateChip state="wrap-up" large />
          {scene.contact.wrapUpUntil !== null ? <Clock until={scene.contact.wrapUpUntil} className={clock} /> : null}
        </>
      );
    case "idle":
      return (
        <>
          <StateChip state={view.state} large />
          {view.state === "offline" ? null : <Clock since={view.since} className={clock} />}
        </>
      );
  }
}

function Talking({ contact }: { contact: LiveContact }) {
  return (
    <>
      <StateChip state={contact.held && !contact.consult ? "held" : "talking"} large />
      <Clock since={contact.talkingSince ?? contact.startedAt} className={css["clock"] ?? ""} />
    </>
  );
}

/** Why it rings, where it is no caller's turn in a queue. */
function Why({ purpose, from }: Pick<Extract<Scene, { kind: "offer" }>, "purpose" | "from">) {
  const { t } = useTranslation();
  if (purpose !== "transfer" && purpose !== "consult") return null;
  return (
    <Chip tone="offered">
      <span className="ellipsis">{from === null ? t("desk:why.back") : t(`desk:why.${purpose}`, { name: from })}</span>
    </Chip>
  );
}

/** What is special about the call right now comes before its facts. */
function Now({ contact }: { contact: LiveContact }) {
  const { t } = useTranslation();
  return (
    <>
      {contact.consult ? (
        <Chip tone="offered">
          <span className="ellipsis">{t(`desk:consult.${contact.consult.state}`, { name: contact.consult.with })}</span>
        </Chip>
      ) : null}
      {contact.held && contact.heldSince !== null && !contact.consult ? (
        <Chip tone="break">
          {t("desk:heldFor")} <Clock since={contact.heldSince} />
        </Chip>
      ) : null}
      {contact.muted ? <Chip tone="offered">{t("desk:muted")}</Chip> : null}
      {contact.conference ? <Chip tone="talking">{t("desk:conference")}</Chip> : null}
    </>
  );
}

function IdleText() {
  const { view } = useDesk();
  const { t } = useTranslation();
  const trouble = useHeadsetTrouble(view);
  const text = trouble === null ? t(idleText(view)) : t(`desk:headset.${trouble}`);
  return <p className={`${css["idle"]} soft`}>{text}</p>;
}

function Caller({ scene }: { scene: Exclude<Scene, { kind: "idle" }> }) {
  const { t } = useTranslation();
  const { contact } = scene;
  const name = partyName(contact, t("common:hiddenNumber"));
  const path = contact.path.map((step) => step.label).join(", ");
  const line = contact.number
    ? [contact.number.label, formatPhone(contact.number.number)].filter(Boolean).join(" ")
    : "";
  const number = partyNumber(contact.party);
  const wait = contact.waitedMs >= 1000 ? t("desk:waited", { time: formatLength(contact.waitedMs) }) : "";
  const words = [line, wait, contact.queue?.name ?? "", path ? t("desk:pressed", { path }) : ""]
    .filter(Boolean)
    .join(" · ");
  return (
    <>
      {contact.direction === "internal" ? null : (
        <span className={css["badge"]} style={badgeColours(contact.client.colour)}>
          {contact.client.name}
        </span>
      )}
      <div className={css["who"]}>
        <div className={css["name"]}>
          <b title={name}>{name}</b>
          {name === number ? null : <span className="muted num">{number}</span>}
        </div>
        <div className={css["facts"]}>
          {scene.kind === "offer" ? <Why purpose={scene.purpose} from={scene.from} /> : <Now contact={contact} />}
          <span className={css["factLine"]} title={words}>
            {words}
          </span>
        </div>
      </div>
    </>
  );
}

/** White or dark ink on the client's colour, whichever reads better (WCAG relative luminance). */
export function badgeColours(colour: string): CSSProperties {
  const channel = (from: number) => {
    const value = Number.parseInt(colour.slice(from, from + 2), 16) / 255;
    return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
  return { background: colour, color: luminance > 0.179 ? "#14171d" : "#ffffff" };
}

const barsMax = 43;

/**
 * Both sides' levels of the last seconds; nobody has to ask "can you hear me". Levels are measured on this page's headset:
 * who talks on a telephone is shown none, because a flat line would say that nobody speaks.
 */
function Sound({ contact }: { contact: LiveContact }) {
  const { t } = useTranslation();
  const { view } = useDesk();
  const sides = useLevels();
  const here = useHeadset().kind === "ready" && view.device === "headset";
  return (
    <>
      {here || sides.measured ? (
        <div className={css["wave"]} title={t("desk:waveTitle")}>
          <Waveform customer={sides.customer} operator={sides.operator} height={28} label={t("desk:waveTitle")} />
        </div>
      ) : null}
      <Recording contact={contact} />
    </>
  );
}

function useLevels(): { measured: boolean; customer: readonly number[]; operator: readonly number[] } {
  const [sides, setSides] = useState(() => ({
    measured: false,
    customer: Array<number>(barsMax).fill(0),
    operator: Array<number>(barsMax).fill(0),
  }));
  useEffect(() => {
    sendLive({ kind: "levels", on: true });
    const stop = onLiveMessage((message) => {
      // After a break of the connection the server has forgotten the wish.
      if (message.kind === "welcome") sendLive({ kind: "levels", on: true });
      if (message.kind !== "level") return;
      setSides((before) => ({
        measured: true,
        customer: [...before.customer.slice(1 - barsMax), meterFraction(message.customerDbfs) ** 1.6],
        operator: [...before.operator.slice(1 - barsMax), meterFraction(message.operatorDbfs) ** 1.6],
      }));
    });
    return () => {
      stop();
      sendLive({ kind: "levels", on: false });
    };
  }, []);
  return sides;
}

/** Says whether the call is recorded, and pauses it for card data. */
function Recording({ contact }: { contact: LiveContact }) {
  const { t } = useTranslation();
  const keys = useKeyMap();
  const commands = useDeskCommands();
  const { pending } = useCommands();
  if (contact.recording === "off") return null;
  const paused = contact.recording === "paused";
  return (
    <span className={css["rec"]} data-paused={paused || undefined}>
      <i aria-hidden="true" />
      <span>{t(paused ? "desk:recording.paused" : "desk:recording.on")}</span>
      <Button
        size="compact-xs"
        variant="subtle"
        color="gray"
        loading={pending("pause")}
        aria-keyshortcuts={keyName(keys.pause)}
        title={t("desk:recording.why")}
        onClick={() => void commands.pause(contact.id, !paused)}
        rightSection={<Kbd keys={keyName(keys.pause)} />}
      >
        {t(paused ? "desk:recording.resume" : "desk:recording.pause")}
      </Button>
    </span>
  );
}
