import type { EntityKind } from "@centrala/contract";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useEntities } from "../api/queries.ts";
import { GuideCard } from "../guide/GuideCard.tsx";
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
