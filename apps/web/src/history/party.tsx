import type { ContactRow } from "@centrala/contract";
import { IconArrowDownLeft, IconArrowsLeftRight, IconArrowUpRight } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { formatPhone } from "../ui/index.ts";

type Party = ContactRow["party"];

/** How a party is called: the customer's name, else what the carrier gave, else the number, else "hidden number". */
export function usePartyName(): (party: Party, customer?: { name: string } | null) => string {
  const { t } = useTranslation();
  return (party, customer) => customer?.name ?? party.name ?? (partyNumber(party) || t("common:hiddenNumber"));
}

export function partyNumber(party: Party): string {
  return formatPhone(party.e164 ?? party.display);
}

/** What can be dialled to reach this party again; null when the number was hidden. */
export function dialableOf(party: Party): string | null {
  return party.e164 ?? (party.raw && /\d/.test(party.raw) ? party.raw : null);
}

const arrows = { inbound: IconArrowDownLeft, outbound: IconArrowUpRight, internal: IconArrowsLeftRight } as const;

type DirectionProps = { direction: ContactRow["direction"]; answered: boolean; running: boolean };

/** The direction as an arrow with its word for screen readers; calls nobody answered are amber and thick, running ones are neither yet. */
export function DirectionIcon({ direction, answered, running }: DirectionProps) {
  const { t } = useTranslation();
  const Icon = arrows[direction];
  const state = running ? "contact.running" : answered ? "answered.yes" : "answered.no";
  const words = `${t(`history:direction.${direction}`)}, ${t(`history:${state}`)}`;
  const color = running ? "var(--talking)" : answered ? "var(--ink-3)" : "var(--offered)";
  return (
    <span title={words} style={{ color, lineHeight: 0 }}>
      <Icon size={16} stroke={answered || running ? 1.6 : 3} aria-hidden="true" />
      <span className="visually-hidden">{words}</span>
    </span>
  );
}
