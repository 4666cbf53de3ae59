import type { ResponseOf } from "@centrala/contract";
import { Button } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useRoute } from "../api/queries.ts";
import { useContactColumns } from "../history/HistoryPage.tsx";
import { DataTable, EmptyState, ErrorNote, PageHeader, RowSkeletons, useFormat } from "../ui/index.ts";
import { CustomerForm } from "./CustomerForm.tsx";
import css from "./customers.module.css";

type Customer = ResponseOf<"customer">;

/** A customer's card beside everything that was talked about; "new" makes a card. */
export function Page() {
  const { customerId } = useParams({ strict: false });
  if (customerId === "new") return <NewCustomer />;
  return <KnownCustomer id={customerId ?? ""} key={customerId} />;
}

function BackButton() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <Button
      variant="default"
      leftSection={<IconArrowLeft size={15} />}
      onClick={() => void navigate({ to: "/customers" })}
    >
      {t("customers:back")}
    </Button>
  );
}

function NewCustomer() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { phone?: string; name?: string };
  const opened = (customer: Customer) =>
    void navigate({ to: "/customers/$customerId", params: { customerId: customer.id }, replace: true });
  return (
    <>
      <PageHeader title={t("customers:newCard")} actions={<BackButton />} />
      <div className={css["card"]}>
        <CustomerForm customer={null} phone={search.phone ?? ""} name={search.name ?? ""} onSaved={opened} />
      </div>
    </>
  );
}

function KnownCustomer({ id }: { id: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const customer = useRoute("customer", { params: { id } });
  if (customer.error) {
    return (
      <div style={{ padding: 20, maxWidth: 560 }}>
        <ErrorNote error={customer.error} onRetry={() => void customer.refetch()} />
      </div>
    );
  }
  if (!customer.data) return <RowSkeletons rows={8} />;
  return (
    <>
      <PageHeader
        title={customer.data.name}
        text={t("customers:made", { when: format.date(customer.data.createdAt) })}
        actions={<BackButton />}
      />
      <div className={css["card"]}>
        <CustomerForm customer={customer.data} />
        <Contacts id={id} />
      </div>
    </>
  );
}

function Contacts({ id }: { id: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const contacts = useRoute("customerContacts", { params: { id }, query: { limit: 200 } });
  return (
    <section className={`card ${css["contacts"]}`}>
      <h2>{t("customers:contacts")}</h2>
      <DataTable
        label={t("customers:contacts")}
        columns={useContactColumns({ withoutWho: true })}
        rows={contacts.data?.items ?? []}
        rowKey={(row) => row.id}
        rowHeight={48}
        onOpen={(row) => void navigate({ to: "/history/$contactId", params: { contactId: row.id } })}
        loading={contacts.isPending}
        error={contacts.error}
        onRetry={() => void contacts.refetch()}
        empty={<EmptyState title={t("customers:noContacts")} />}
      />
    </section>
  );
}
