import {
  IconActivityHeartbeat,
  IconBuilding,
  IconClockHour4,
  IconCoffee,
  IconDeviceLandlinePhone,
  IconEye,
  IconFileCode,
  IconHome,
  IconKey,
  IconListDetails,
  IconMicrophone,
  IconNumbers,
  IconPhoneOutgoing,
  IconPlugConnected,
  IconRoute,
  IconSettings,
  IconStars,
  IconUsers,
} from "@tabler/icons-react";
import { may, useSession } from "../api/session.tsx";

export const sectionGroups = [
  { id: "start", sections: ["overview"] },
  { id: "who", sections: ["people", "devices", "skills", "breaks"] },
  { id: "calls", sections: ["numbers", "lines", "flows", "queues", "prompts", "hours", "out"] },
  { id: "centre", sections: ["clients", "centre", "file", "tokens", "audit", "system"] },
] as const;
export type SectionId = (typeof sectionGroups)[number]["sections"][number];

export const sectionIcons: Record<SectionId, typeof IconHome> = {
  overview: IconHome,
  people: IconUsers,
  devices: IconDeviceLandlinePhone,
  skills: IconStars,
  breaks: IconCoffee,
  numbers: IconNumbers,
  lines: IconPlugConnected,
  flows: IconRoute,
  queues: IconListDetails,
  prompts: IconMicrophone,
  hours: IconClockHour4,
  out: IconPhoneOutgoing,
  clients: IconBuilding,
  centre: IconSettings,
  file: IconFileCode,
  tokens: IconKey,
  audit: IconEye,
  system: IconActivityHeartbeat,
};

const forManagers: readonly SectionId[] = ["centre", "tokens", "audit"];

/** The sections somebody may open. */
export function useSections(): readonly SectionId[] {
  const session = useSession();
  const all = sectionGroups.flatMap((group): readonly SectionId[] => group.sections);
  return may(session) ? all : all.filter((id) => !forManagers.includes(id));
}
