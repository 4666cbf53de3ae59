import { NativeSelect } from "@mantine/core";
import { Link, Navigate, useNavigate, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { may, useSession } from "../api/session.tsx";
import { Forbidden } from "../ui/index.ts";
import { AuditSection } from "./AuditSection.tsx";
import { CentreFileSection } from "./CentreFileSection.tsx";
import { CentreSection } from "./CentreSection.tsx";
import { DevicesSection } from "./DevicesSection.tsx";
import { FlowsSection } from "./flow/FlowsSection.tsx";
import { HoursSection } from "./HoursSection.tsx";
import { LinesSection } from "./LinesSection.tsx";
import { NumbersSection } from "./NumbersSection.tsx";
import { OutgoingSection } from "./OutgoingSection.tsx";
import { Overview } from "./Overview.tsx";
import { PeopleSection } from "./PeopleSection.tsx";
import { PromptsSection } from "./PromptsSection.tsx";
import { QueuesSection } from "./QueuesSection.tsx";
import { BreakReasons, Clients, Skills } from "./SmallSections.tsx";
import { SystemSection } from "./SystemSection.tsx";
import { type SectionId, sectionGroups, sectionIcons, useSections } from "./sections.ts";
import css from "./studio.module.css";
import { TokensSection } from "./TokensSection.tsx";

const parts: Record<SectionId, () => React.ReactNode> = {
  overview: Overview,
  people: PeopleSection,
  devices: DevicesSection,
  skills: Skills,
  breaks: BreakReasons,
  numbers: NumbersSection,
  lines: LinesSection,
  flows: FlowsSection,
  queues: QueuesSection,
  prompts: PromptsSection,
  hours: HoursSection,
  out: OutgoingSection,
  clients: Clients,
  centre: CentreSection,
  file: CentreFileSection,
  tokens: TokensSection,
  audit: AuditSection,
  system: SystemSection,
};

/** Where managers and technicians build and configure: a rail of things, and the chosen one beside it. */
export function Page() {
  const session = useSession();
  const { section } = useParams({ strict: false });
  const shown = useSections();
  const id = shown.find((each) => each === (section ?? "overview"));
  if (!may(session, "technician")) return <Forbidden />;
  if (!id) return <Navigate to="/studio" replace />;
  const Part = parts[id];
  return (
    <div className={css["studio"]}>
      <Rail current={id} />
      <Picker current={id} />
      <div className={css["main"]}>
        <Part />
      </div>
    </div>
  );
}

function Rail({ current }: { current: SectionId }) {
  const { t } = useTranslation();
  const shown = useSections();
  return (
    <nav className={css["rail"]} aria-label={t("studio:sections")}>
      {sectionGroups.map((group) => (
        <div key={group.id}>
          <h2>{t(`studio:group.${group.id}`)}</h2>
          <ul>
            {group.sections
              .filter((id) => shown.includes(id))
              .map((id) => {
                const Icon = sectionIcons[id];
                return (
                  <li key={id}>
                    <Link
                      to="/studio/$section"
                      params={{ section: id }}
                      aria-current={id === current ? "page" : undefined}
                    >
                      <Icon size={17} stroke={1.7} aria-hidden="true" />
                      {t(`studio:section.${id}`)}
                    </Link>
                  </li>
                );
              })}
          </ul>
        </div>
      ))}
    </nav>
  );
}

/** The rail of narrow screens. */
function Picker({ current }: { current: SectionId }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const shown = useSections();
  return (
    <div className={css["railPick"]}>
      <NativeSelect
        aria-label={t("studio:sections")}
        value={current}
        onChange={(event) => void navigate({ to: "/studio/$section", params: { section: event.currentTarget.value } })}
        data={sectionGroups.map((group) => ({
          group: t(`studio:group.${group.id}`),
          items: group.sections
            .filter((id) => shown.includes(id))
            .map((id) => ({ value: id, label: t(`studio:section.${id}`) })),
        }))}
      />
    </div>
  );
}
