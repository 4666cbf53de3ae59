import type { ResponseOf, Trunk } from "@centrala/contract";
import { IconCircleCheckFilled, IconCircleDashed, IconCircleXFilled, IconRefresh } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useRoute } from "../api/queries.ts";
import { useLive } from "../live/store.ts";
import css from "./studio.module.css";

export type LineState = ResponseOf<"trunkStates">["items"][number];

/** The lines' states: live where the connection brings them, else as last asked for. */
export function useLineStates(): readonly LineState[] {
  const live = useLive((state) => state.trunks);
  const asked = useRoute("trunkStates", {}, { enabled: live === null });
  return live ?? asked.data?.items ?? [];
}

type Look = { tone: string; words: string; Icon: typeof IconRefresh };

/** Whether calls come in by the line, as far as it is known. */
export function lineWorks(line: Pick<Trunk, "registration">, state: LineState | undefined): boolean {
  return line.registration ? state?.registration.state === "registered" : state?.health.state === "up";
}

/** Whether the carrier does not answer: there is a cure to try. */
export function lineIsAway(state: LineState | undefined): boolean {
  return state?.health.state === "down" || state?.registration.state === "unreachable";
}

/** How a carrier line is, by shape and word: its registration first, because without it nothing comes in. */
export function LineStateChip({
  line,
  state,
}: {
  line: Pick<Trunk, "enabled" | "registration">;
  state: LineState | undefined;
}) {
  const look = useLineLook()(line, state);
  return (
    <span className={css["state"]} style={{ color: `var(--${look.tone})` }}>
      <look.Icon size={15} aria-hidden="true" />
      {look.words}
    </span>
  );
}

function useLineLook(): (line: Pick<Trunk, "enabled" | "registration">, state: LineState | undefined) => Look {
  const { t } = useTranslation();
  const fine = (words: string): Look => ({ tone: "available", words, Icon: IconCircleCheckFilled });
  const bad = (words: string): Look => ({ tone: "trouble", words, Icon: IconCircleXFilled });
  const open = (words: string): Look => ({ tone: "ink-3", words, Icon: IconCircleDashed });
  return (line, state) => {
    if (!line.enabled) return open(t("studio:lines.off"));
    if (!state) return open(t("studio:lines.health.unknown"));
    const { registration, health } = state;
    if (line.registration) {
      if (registration.state === "registered") return fine(t("studio:lines.reg.registered"));
      if (registration.state === "refused") {
        return bad(t("studio:lines.reg.refused", { status: registration.sipStatus ?? "–" }));
      }
      if (registration.state === "unreachable") return bad(t("studio:lines.reg.unreachable"));
      return { tone: "offered", words: t("studio:lines.reg.trying"), Icon: IconRefresh };
    }
    if (health.state === "down") return bad(t("studio:lines.health.down"));
    if (health.state === "unknown") return open(t("studio:lines.health.unknown"));
    if (health.roundTripMs === null) return fine(t("studio:lines.health.upPlain"));
    return fine(t("studio:lines.health.up", { ms: Math.round(health.roundTripMs) }));
  };
}

/** What a refusal usually means, and what is known of the way to the carrier. */
export function LineDetails({ state }: { state: LineState | undefined }) {
  const { t } = useTranslation();
  if (!state) return null;
  const status = state.registration.state === "refused" ? state.registration.sipStatus : null;
  const hint = status === 401 || status === 403 || status === 404 ? t(`studio:lines.refusedHint.${status}`) : null;
  return (
    <div className="soft">
      {hint ? <p>{hint}</p> : null}
      {state.learntAddress ? <p>{t("studio:lines.learnt", { address: state.learntAddress })}</p> : null}
      <p>{t("studio:lines.calls", { count: state.calls })}</p>
    </div>
  );
}
