import type { EntityKind, FloorView } from "@centrala/contract";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useEntities } from "../api/queries.ts";
import { may, useSession } from "../api/session.tsx";
import { GuideCard } from "../guide/GuideCard.tsx";
import { subscribeFloor, useLive } from "../live/store.ts";
import { PageHeader } from "../ui/index.ts";
import { type SectionId, sectionIcons, useSections } from "./sections.ts";
import css from "./studio.module.css";

const counted: readonly [SectionId, EntityKind][] = [
  ["people", "user"],
  ["numbers", "number"],
  ["lines", "trunk"],
  ["flows", "scenario"],
  ["queues", "queue"],
  ["devices", "device"],
  ["hours", "hours"],
  ["prompts", "prompt"],
  ["clients", "client"],
  ["skills", "skill"],
  ["breaks", "breakReason"],
];

/** The guide's open steps, and what the centre is made of. */
export function Overview() {
  const { t } = useTranslation();
  const shown = useSections();
  return (
    <>
      <PageHeader title={t("studio:overview.title")} text={t("studio:overview.text")} />
      <div className={css["page"]} style={{ maxWidth: 1080 }}>
        <NobodyOnDuty />
        <GuideCard />
        <div className={css["cards"]}>
          {counted
            .filter(([section]) => shown.includes(section))
            .map(([section, kind]) => (
              <CountCard key={section} section={section} kind={kind} />
            ))}
          {shown.includes("system") ? <CountCard section="system" kind={null} /> : null}
        </div>
      </div>
    </>
  );
}

/** Says which queues nobody serves right now, and where their callers go meanwhile. */
function NobodyOnDuty() {
  const supervises = may(useSession(), "supervisor");
  const live = useLive((state) => state.floor);
  useEffect(() => {
    if (!supervises) return;
    subscribeFloor(true);
    return () => subscribeFloor(false);
  }, [supervises]);
  return live && supervises ? <Unserved floor={live} /> : null;
}

function Unserved({ floor }: { floor: FloorView }) {
  const { t } = useTranslation();
  const stored = useEntities("queue").data;
  const unserved = floor.queues.filter((queue) => queue.onDuty === 0);
  if (!stored || unserved.length === 0) return null;
  const goOn = new Set(stored.filter((queue) => queue.leaveWhenNobody).map((queue) => queue.id));
  const parts = [
    { key: "studio:overview.goOn", queues: unserved.filter((queue) => goOn.has(queue.id)) },
    { key: "studio:overview.wait", queues: unserved.filter((queue) => !goOn.has(queue.id)) },
  ] as const;
  return (
    <div className={css["unserved"]} role="status">
      {parts.map(({ key, queues }) =>
        queues.length === 0 ? null : (
          <p key={key}>
            <b>{t("studio:overview.nobody", { names: queues.map((queue) => queue.name).join(", ") })}</b> {t(key)}
          </p>
        ),
      )}
    </div>
  );
}

function CountCard({ section, kind }: { section: SectionId; kind: EntityKind | null }) {
  const { t } = useTranslation();
  const Icon = sectionIcons[section];
  return (
    <Link className="card" to="/studio/$section" params={{ section }}>
      <Icon size={20} stroke={1.6} aria-hidden="true" />
      <b>{t(`studio:section.${section}`)}</b>
      {kind ? <Count kind={kind} /> : <span className="muted ellipsis">{t("studio:system.checks")}</span>}
    </Link>
  );
}

function Count({ kind }: { kind: EntityKind }) {
  const entities = useEntities(kind);
  return <span className="muted num">{entities.data?.length ?? "…"}</span>;
}
