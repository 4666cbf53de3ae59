import type { LiveContact } from "@centrala/contract";
import { ActionIcon, Button } from "@mantine/core";
import { IconAddressBook, IconAlertTriangle, IconPhone, IconUserPlus, IconX } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRoute } from "../api/queries.ts";
import { EmptyState, ErrorNote, formatPhone, RowSkeletons } from "../ui/index.ts";
import { CustomerCard } from "./CustomerCard.tsx";
import { CustomerForm } from "./CustomerForm.tsx";
import { useCommands, useDeskCommands } from "./commands.ts";
import css from "./customer.module.css";
import { partyName, useDesk } from "./DeskContext.tsx";

/** What is being written in the panel: it stays until saved or given up, whatever arrives meanwhile. */
type Writing = {
  readonly customerId: string | null;
  readonly contactId: string | null;
  readonly phones: readonly string[];
  readonly clientId: string | null;
} | null;

/**
 * Who is calling: the card, or the cards of that number, or a new one in two clicks. A card opened by hand stands beside the
 * caller's, marked, because a stranger's history read to the caller is worse than none.
 */
export function CustomerPanel() {
  const { view, opened, openCustomer } = useDesk();
  const contact = view.contact ?? view.offer?.contact ?? null;
  const contactId = contact?.id ?? null;
  const callerId = contact?.customer?.id ?? null;
  const commands = useDeskCommands();
  const [writing, setWriting] = useState<Writing>(null);
  const [front, setFront] = useState<"caller" | "opened">("opened");
  useEffect(() => {
    // The caller's card comes to the front when a call arrives; what is being written stays.
    if (contactId !== null) openCustomer(null);
  }, [contactId, openCustomer]);
  useEffect(() => setFront("opened"), [opened]);
  const onLine = contact !== null && contact.direction !== "internal";
  if (writing) {
    const another = onLine && writing.customerId !== null && writing.customerId !== callerId;
    return (
      <>
        {another ? <NotCaller contact={contact} customerId={writing.customerId} /> : null}
        <CustomerForm
          {...writing}
          onDone={async (customer) => {
            setWriting(null);
            if (customer && writing.contactId && !writing.customerId)
              await commands.link(writing.contactId, customer.id);
            else if (customer && !contact) openCustomer(customer.id);
          }}
        />
      </>
    );
  }
  const beside = onLine && opened !== null && opened !== callerId;
  const shown = opened === callerId || (beside && front === "caller") ? null : opened;
  return (
    <>
      {beside ? <Beside contact={contact} openedId={opened} front={front} onFront={setFront} /> : null}
      <Shown contact={contact} opened={shown} closable={!beside} onWrite={setWriting} />
    </>
  );
}

type ShownProps = {
  contact: LiveContact | null;
  opened: string | null;
  closable: boolean;
  onWrite: (writing: Writing) => void;
};

function Shown({ contact, opened, closable, onWrite: setWriting }: ShownProps) {
  const { t } = useTranslation();
  const { openCustomer } = useDesk();
  const customerId = opened ?? contact?.customer?.id ?? null;
  if (customerId !== null) {
    return (
      <CustomerCard
        key={customerId}
        customerId={customerId}
        contact={opened ? null : contact}
        onEdit={() => setWriting({ customerId, contactId: null, phones: [], clientId: null })}
        {...(opened && closable ? { onClose: () => openCustomer(null) } : {})}
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

type BesideProps = {
  contact: LiveContact;
  openedId: string;
  front: "caller" | "opened";
  onFront: (front: "caller" | "opened") => void;
};

/** The caller's card and the opened one, by name; what is no caller's card says so, and can be made it. */
function Beside({ contact, openedId, front, onFront }: BesideProps) {
  const { t } = useTranslation();
  const { openCustomer } = useDesk();
  const card = useRoute("customer", { params: { id: openedId } });
  const caller = partyName(contact, t("common:hiddenNumber"));
  const opened = card.data?.name ?? "…";
  return (
    <>
      <div className={css["beside"]}>
        <button type="button" aria-pressed={front === "caller"} onClick={() => onFront("caller")} title={caller}>
          <IconPhone size={14} aria-hidden="true" />
          <span className="ellipsis">{t("desk:customer.onLine", { name: caller })}</span>
        </button>
        <button type="button" aria-pressed={front === "opened"} onClick={() => onFront("opened")} title={opened}>
          <span className="ellipsis">{t("desk:customer.opened", { name: opened })}</span>
        </button>
        <ActionIcon size={26} aria-label={t("desk:customer.closeOpened")} onClick={() => openCustomer(null)}>
          <IconX size={15} />
        </ActionIcon>
      </div>
      {front === "opened" ? <NotCaller contact={contact} customerId={openedId} /> : null}
    </>
  );
}

function NotCaller({ contact, customerId }: { contact: LiveContact; customerId: string | null }) {
  const { t } = useTranslation();
  const { openCustomer } = useDesk();
  const commands = useDeskCommands();
  const { pending } = useCommands();
  const thisOne = async () => {
    if (await commands.link(contact.id, customerId)) openCustomer(null);
  };
  return (
    <div className={css["notCaller"]} role="status">
      <IconAlertTriangle size={17} aria-hidden="true" />
      <b>{t("desk:customer.notCaller")}</b>
      <Button size="compact-sm" variant="default" loading={pending("link")} onClick={() => void thisOne()}>
        {t("desk:customer.isCaller")}
      </Button>
    </div>
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
