import type { LiveContact, ResponseOf } from "@centrala/contract";
import { ActionIcon, Tooltip } from "@mantine/core";
import { IconPencil, IconPhone, IconUnlink, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useRoute } from "../api/queries.ts";
import { languageNames } from "../i18n/index.ts";
import { ErrorNote, formatPhone, RowSkeletons } from "../ui/index.ts";
import { CustomerHistory } from "./CustomerHistory.tsx";
import { useCommands, useDeskCommands } from "./commands.ts";
import css from "./customer.module.css";
import { useDesk } from "./DeskContext.tsx";

type Customer = ResponseOf<"customer">;
type CardProps = { customerId: string; contact: LiveContact | null; onEdit: () => void; onClose?: () => void };

/** A customer's card and, below it, everything there was with them. */
export function CustomerCard({ customerId, contact, onEdit, onClose }: CardProps) {
  const { t } = useTranslation();
  const card = useRoute("customer", { params: { id: customerId } });
  const commands = useDeskCommands();
  if (card.error && !card.data) {
    return (
      <div style={{ padding: 16 }}>
        <ErrorNote error={card.error} onRetry={() => void card.refetch()} />
      </div>
    );
  }
  // While the card loads, what the call itself says about the customer is shown.
  const name = card.data?.name ?? contact?.customer?.name;
  if (!name) return <RowSkeletons rows={6} />;
  return (
    <div className={css["customer"]}>
      <div className={css["customerHead"]}>
        <span className={css["avatar"]} aria-hidden="true">
          {initials(name)}
        </span>
        <div style={{ minWidth: 0, flex: 1 }}>
          <h2 className={css["customerName"]}>{name}</h2>
          {card.data?.company ? <div className="soft">{card.data.company}</div> : null}
        </div>
        <div className={css["customerTools"]}>
          {contact?.customer ? (
            <Tooltip label={t("desk:customer.unlink")}>
              <ActionIcon
                size={30}
                aria-label={t("desk:customer.unlink")}
                onClick={() => void commands.link(contact.id, null)}
              >
                <IconUnlink size={16} />
              </ActionIcon>
            </Tooltip>
          ) : null}
          <Tooltip label={t("common:action.edit")}>
            <ActionIcon
              id="desk-edit-card"
              size={30}
              variant="default"
              aria-label={t("common:action.edit")}
              onClick={onEdit}
            >
              <IconPencil size={16} />
            </ActionIcon>
          </Tooltip>
          {onClose ? (
            <Tooltip label={t("common:action.close")}>
              <ActionIcon size={30} aria-label={t("common:action.close")} onClick={onClose}>
                <IconX size={16} />
              </ActionIcon>
            </Tooltip>
          ) : null}
        </div>
      </div>
      {card.data ? <CardFields card={card.data} callable={contact === null} /> : <RowSkeletons rows={3} />}
      <CustomerHistory customerId={customerId} currentId={contact?.id ?? null} />
    </div>
  );
}

function CardFields({ card, callable }: { card: Customer; callable: boolean }) {
  const { t } = useTranslation();
  return (
    <dl className={css["fields"]}>
      <dt>{t("desk:customer.phones")}</dt>
      <dd>
        {card.phones.length === 0 ? <span className="muted">{t("common:none")}</span> : null}
        {card.phones.map((phone) => (
          <Phone key={phone} phone={phone} customerId={card.id} callable={callable} />
        ))}
      </dd>
      {card.emails.length > 0 ? (
        <>
          <dt>{t("desk:customer.emails")}</dt>
          <dd>
            {card.emails.map((email) => (
              <div key={email} className={css["breakable"]}>
                {email}
              </div>
            ))}
          </dd>
        </>
      ) : null}
      {card.language ? (
        <>
          <dt>{t("desk:customer.language")}</dt>
          <dd lang={card.language}>{languageNames[card.language]}</dd>
        </>
      ) : null}
      {card.note ? (
        <>
          <dt>{t("desk:customer.note")}</dt>
          <dd className={css["cardNote"]}>{card.note}</dd>
        </>
      ) : null}
    </dl>
  );
}

function Phone({ phone, customerId, callable }: { phone: string; customerId: string; callable: boolean }) {
  const { t } = useTranslation();
  const { view } = useDesk();
  const commands = useDeskCommands();
  const { pending } = useCommands();
  return (
    <div className={css["phone"]}>
      <span className="num">{formatPhone(phone)}</span>
      {callable && view.contact === null && view.state !== "offline" ? (
        <ActionIcon
          size={22}
          disabled={pending("dial")}
          aria-label={t("desk:customer.callNumber", { number: formatPhone(phone) })}
          onClick={() => void commands.dial({ kind: "number", number: phone }, { customerId })}
        >
          <IconPhone size={14} />
        </ActionIcon>
      ) : null}
    </div>
  );
}

export function initials(name: string): string {
  const words = name
    .trim()
    .split(/\s+/)
    .filter((word) => /^\p{L}/u.test(word));
  return words
    .slice(0, 2)
    .map((word) => [...word][0]?.toLocaleUpperCase() ?? "")
    .join("");
}
