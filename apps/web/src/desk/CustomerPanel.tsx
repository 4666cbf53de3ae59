import type { LiveContact } from "@centrala/contract";
import { Button } from "@mantine/core";
import { IconAddressBook, IconUserPlus } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRoute } from "../api/queries.ts";
import { EmptyState, ErrorNote, formatPhone, RowSkeletons } from "../ui/index.ts";
import { CustomerCard } from "./CustomerCard.tsx";
import { CustomerForm } from "./CustomerForm.tsx";
import { useCommands, useDeskCommands } from "./commands.ts";
import css from "./customer.module.css";
import { useDesk } from "./DeskContext.tsx";

/** What is being written in the panel: it stays until saved or given up, whatever arrives meanwhile. */
type Writing = {
  readonly customerId: string | null;
  readonly contactId: string | null;
  readonly phones: readonly string[];
  readonly clientId: string | null;
} | null;

/** Who is calling: the card, or the cards of that number, or a new one in two clicks. */
export function CustomerPanel() {
  const { t } = useTranslation();
  const { view, opened, openCustomer } = useDesk();
  const [writing, setWriting] = useState<Writing>(null);
  const contact = view.contact ?? view.offer?.contact ?? null;
  const commands = useDeskCommands();
  const contactId = contact?.id ?? null;
  useEffect(() => {
    // The caller's card comes to the front when a call arrives; what is being written stays.
    if (contactId !== null) openCustomer(null);
  }, [contactId, openCustomer]);
  if (writing) {
    return (
      <CustomerForm
        {...writing}
        onDone={async (customer) => {
          setWriting(null);
          if (customer && writing.contactId && !writing.customerId) await commands.link(writing.contactId, customer.id);
          else if (customer && !contact) openCustomer(customer.id);
        }}
      />
    );
  }
  const customerId = opened ?? contact?.customer?.id ?? null;
  if (customerId !== null) {
    return (
      <CustomerCard
        key={customerId}
        customerId={customerId}
        contact={opened ? null : contact}
        onEdit={() => setWriting({ customerId, contactId: null, phones: [], clientId: null })}
        {...(opened ? { onClose: () => openCustomer(null) } : {})}
      />
    );
  }
  if (contact && contact.direction !== "internal") {
    const phones = contact.party.e164 ? [contact.party.e164] : contact.party.raw ? [contact.party.raw] : [];
    return (
      <UnknownCaller
        contact={contact}
        onNew={() => setWriting({ customerId: null, contactId: contact.id, phones, clientId: contact.client.id })}
      />
    );
  }
  return (
    <EmptyState
      icon={IconAddressBook}
      title={t("desk:customer.emptyTitle")}
      text={t("desk:customer.emptyText")}
      action={{
        label: t("desk:customer.new"),
        onClick: () => setWriting({ customerId: null, contactId: null, phones: [], clientId: null }),
      }}
    />
  );
}

/** A number without a linked card: the cards that have it, or a new one. */
function UnknownCaller({ contact, onNew }: { contact: LiveContact; onNew: () => void }) {
  const { t } = useTranslation();
  const commands = useDeskCommands();
  const { pending } = useCommands();
  const number = contact.party.e164 ?? contact.party.raw ?? "";
  const matches = useRoute("customersOfNumber", { query: { number } }, { enabled: number !== "" });
  const cards = matches.data?.items ?? [];
  if (matches.isLoading) return <RowSkeletons rows={4} />;
  return (
    <div className={css["unknown"]}>
      <h2>{number ? formatPhone(number) : t("common:hiddenNumber")}</h2>
      <p className="soft">
        {t(
          cards.length > 1
            ? "desk:customer.several"
            : cards.length === 1
              ? "desk:customer.one"
              : "desk:customer.unknown",
        )}
      </p>
      <ErrorNote error={matches.error} onRetry={() => void matches.refetch()} />
      {cards.map((card) => (
        <button
          key={card.id}
          type="button"
          className={css["match"]}
          disabled={pending("link")}
          onClick={() => void commands.link(contact.id, card.id)}
        >
          <b>{card.name}</b>
          <span className="muted num">{card.phones.map(formatPhone).join(" · ")}</span>
          {card.note ? <span className="soft ellipsis">{card.note}</span> : null}
        </button>
      ))}
      <Button
        id="desk-new-card"
        leftSection={<IconUserPlus size={16} />}
        variant={cards.length > 0 ? "default" : "filled"}
        onClick={onNew}
      >
        {t("desk:customer.newFor")}
      </Button>
    </div>
  );
}
