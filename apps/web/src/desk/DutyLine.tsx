import type { DeskView } from "@centrala/contract";
import { Button } from "@mantine/core";
import { IconPhone, IconPhoneOff } from "@tabler/icons-react";
import { Link, useLocation } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useLive } from "../live/store.ts";
import { Clock, Kbd, StateChip } from "../ui/index.ts";
import { useCallNotice } from "./callNotice.ts";
import { CommandsContext, useCommandRunner, useCommands, useDeskCommands } from "./commands.ts";
import { partyName, type Scene, sceneOf } from "./DeskContext.tsx";
import css from "./duty.module.css";
import { keyName, useDeskKeys, useKeyMap } from "./keys.ts";
import { playSound, useRing } from "./ring.ts";
import { useHeadsetDuty } from "./useHeadsetDuty.ts";

/**
 * Being on duty, on whatever page: the headset stands, calls ring, and away from the desk one line shows the call. It lives with the shell,
 * so that looking into the history never interrupts a conversation.
 */
export function DutyLine() {
  const view = useLive((live) => live.desk);
  const commands = useCommandRunner();
  useHeadsetDuty(view);
  if (!view) return null;
  return (
    <CommandsContext value={commands}>
      <Announcer view={view} />
      <AwayFromDesk view={view} />
    </CommandsContext>
  );
}

/** Rings, and tells screen readers and the window's title. */
function Announcer({ view }: { view: DeskView }) {
  const { t } = useTranslation();
  const offer = view.offer?.contact ?? null;
  const text = offer
    ? t("desk:announce", { name: partyName(offer, t("common:hiddenNumber")), client: offer.client.name })
    : null;
  useCallNotice(
    offer === null
      ? null
      : {
          title: partyName(offer, t("common:hiddenNumber")),
          body: t("desk:noticeText", { client: offer.client.name }),
        },
  );
  useRing(offer !== null && view.device === "headset", text);
  const onPhone = offer !== null && view.device === "phone";
  useEffect(() => {
    // The telephone rings itself; one short sound says that the card is here.
    if (onPhone) playSound("offer");
  }, [onPhone]);
  return (
    <div className="visually-hidden" role="status" aria-live="assertive">
      {text}
    </div>
  );
}

function AwayFromDesk({ view }: { view: DeskView }) {
  const path = useLocation({ select: (location) => location.pathname });
  const scene = sceneOf(view);
  if (path === "/desk" || scene.kind === "idle") return null;
  return <Line scene={scene} />;
}

function Line({ scene }: { scene: Exclude<Scene, { kind: "idle" }> }) {
  const { t } = useTranslation();
  const keys = useKeyMap();
  const commands = useDeskCommands();
  const { pending } = useCommands();
  const { contact } = scene;
  const offerId = scene.kind === "offer" ? scene.offerId : null;
  useDeskKeys(
    offerId === null
      ? {}
      : { answer: () => void commands.accept(offerId), decline: () => void commands.decline(offerId) },
  );
  return (
    <section className={css["line"]} data-scene={scene.kind} aria-label={t("desk:callBar")}>
      <StateChip state={scene.kind === "offer" ? "offered" : scene.kind === "wrap-up" ? "wrap-up" : "talking"} />
      {scene.kind === "offer" ? (
        <Clock until={scene.until} />
      ) : (
        <Clock since={contact.talkingSince ?? contact.startedAt} />
      )}
      <b className="ellipsis">{partyName(contact, t("common:hiddenNumber"))}</b>
      <span className="soft ellipsis">{contact.client.name}</span>
      <span style={{ flex: 1 }} />
      {offerId === null ? null : (
        <>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPhoneOff size={14} />}
            rightSection={<Kbd keys={keyName(keys.decline)} />}
            loading={pending("decline")}
            onClick={() => void commands.decline(offerId)}
          >
            {t("desk:action.decline")}
          </Button>
          <Button
            size="compact-sm"
            className={css["answer"] ?? ""}
            leftSection={<IconPhone size={14} />}
            rightSection={<Kbd keys={keyName(keys.answer)} />}
            loading={pending("answer")}
            onClick={() => void commands.accept(offerId)}
          >
            {t("desk:action.answer")}
          </Button>
        </>
      )}
      <Link to="/desk">{t("desk:toDesk")}</Link>
    </section>
  );
}
