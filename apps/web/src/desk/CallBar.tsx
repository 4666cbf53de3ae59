import type { LiveContact } from "@centrala/contract";
import { type CSSProperties, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEntities } from "../api/queries.ts";
import { onLiveMessage, sendLive, useLive } from "../live/store.ts";
import { altKey, Clock, meterFraction, StateChip, Waveform } from "../ui/index.ts";
import { CallActions, IdleActions, OfferActions, Recording, WrapUpActions } from "./CallActions.tsx";
import { Who } from "./CallWho.tsx";
import css from "./callbar.module.css";
import { idleText, type Scene, sceneOf, useDesk } from "./DeskContext.tsx";
import { useHeadset, useHeadsetTrouble } from "./headset.ts";

/** The call, always at the same place: state, clock, in whose name, who, both sides' levels, and the next action at the right. */
export function CallBar() {
  const { view } = useDesk();
  const scene = sceneOf(view);
  const talking = scene.kind === "talking";
  const several = talking && (scene.contact.consult !== null || scene.contact.conference);
  return (
    <section className={css["bar"]} data-scene={scene.kind} aria-label={useTranslation().t("desk:callBar")}>
      <div className={`${css["line"]} ${several ? css["many"] : ""}`}>
        <Standing scene={scene} />
        {scene.kind === "idle" ? <IdleText /> : <Caller scene={scene} />}
        {talking ? <Sound /> : null}
        <div className={css["actions"]}>
          <span className={css["altOnce"]} aria-hidden="true">
            {altKey} +
          </span>
          {talking ? <Recording contact={scene.contact} /> : null}
          <Actions scene={scene} />
        </div>
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

/** On hold and while a colleague is asked the clock counts that, and the whole call stands below it in small. */
function Talking({ contact }: { contact: LiveContact }) {
  const { t } = useTranslation();
  const since = contact.talkingSince ?? contact.startedAt;
  const label = contact.consult
    ? t("desk:mode.consult")
    : contact.conference
      ? t("desk:conference")
      : contact.held
        ? undefined
        : t("common:state.talking");
  return (
    <>
      <StateChip
        state={contact.held && !contact.consult ? "held" : "talking"}
        {...(label === undefined ? {} : { label })}
        large
      />
      {contact.heldSince === null ? (
        <Clock since={since} className={css["clock"] ?? ""} />
      ) : (
        <span className={css["clocks"]}>
          <Clock since={contact.heldSince} className={css["clock"] ?? ""} />
          <small className="muted" title={t("desk:wholeCall")}>
            {t("desk:ofWhole")} <Clock since={since} />
          </small>
        </span>
      )}
    </>
  );
}

function IdleText() {
  const { view } = useDesk();
  const { t } = useTranslation();
  const trouble = useHeadsetTrouble(view);
  const away = useAway();
  const reasons = useEntities("breakReason").data ?? [];
  // On a break and off duty the middle says why and what follows; here stands the reason only.
  const reason = view.state === "break" ? (reasons.find(({ id }) => id === view.breakReasonId)?.name ?? "") : "";
  const told = view.state === "break" || view.state === "offline" ? reason : t(idleText(view));
  return <p className={`${css["idle"]} soft`}>{away ?? (trouble === null ? told : t(`desk:headset.${trouble}`))}</p>;
}

/** The last truth stays, marked with how old it is; the bar keeps its height. */
function useAway() {
  const { t } = useTranslation();
  const since = useLive((live) => (live.status === "away" ? live.staleSince : null));
  if (since === null) return null;
  return (
    <b className={css["away"]}>
      {t("desk:away")} <Clock since={since} />
    </b>
  );
}

function Caller({ scene }: { scene: Exclude<Scene, { kind: "idle" }> }) {
  const { contact } = scene;
  const away = useAway();
  return (
    <>
      {contact.direction === "internal" ? null : (
        <span className={css["badge"]} style={badgeColours(contact.client.colour)}>
          {contact.client.name}
        </span>
      )}
      <Who scene={scene} away={away} />
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
function Sound() {
  const { t } = useTranslation();
  const { view } = useDesk();
  const sides = useLevels();
  const here = useHeadset().kind === "ready" && view.device === "headset";
  if (!here && !sides.measured) return null;
  return (
    <div className={css["wave"]} title={t("desk:waveTitle")}>
      <Waveform customer={sides.customer} operator={sides.operator} height={28} label={t("desk:waveTitle")} />
    </div>
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
