import type { ResponseOf, Role } from "@centrala/contract";
import { Anchor, Button, Select, TextInput } from "@mantine/core";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ownUrl } from "../api/base.ts";
import { call } from "../api/call.ts";
import { useRoute } from "../api/queries.ts";
import {
  Chip,
  type Column,
  ConfirmNamed,
  CopyField,
  DataTable,
  EmptyState,
  FormDrawer,
  PageHeader,
  useFormat,
  When,
} from "../ui/index.ts";
import { RoleChoice } from "./PeopleSection.tsx";
import css from "./studio.module.css";

type Token = ResponseOf<"tokens">["items"][number];

export function TokensSection() {
  const { t } = useTranslation();
  const tokens = useRoute("tokens", {});
  const [making, setMaking] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const columns = useColumns(setRevoking);
  return (
    <div className={css["section"]}>
      <PageHeader
        title={t("studio:tokens.title")}
        text={
          <>
            {t("studio:tokens.text")}{" "}
            <Anchor href={ownUrl("/api/docs")} target="_blank" rel="noreferrer" size="sm" underline="always">
              {t("studio:tokens.docs")}
            </Anchor>
          </>
        }
        actions={
          <Button leftSection={<IconPlus size={15} />} onClick={() => setMaking(true)}>
            {t("studio:tokens.add")}
          </Button>
        }
      />
      <div style={{ padding: secret ? "0 20px 14px" : 0, maxWidth: 640 }}>
        {secret ? (
          <CopyField label={t("studio:tokens.token")} description={t("studio:tokens.shown")} value={secret} />
        ) : null}
      </div>
      <div className={css["table"]}>
        <DataTable
          label={t("studio:tokens.title")}
          columns={columns}
          rows={tokens.data?.items ?? []}
          rowKey={(row) => row.id}
          loading={tokens.isPending}
          error={tokens.error}
          onRetry={() => void tokens.refetch()}
          empty={<EmptyState icon={IconKey} title={t("studio:tokens.empty")} text={t("studio:tokens.text")} />}
        />
      </div>
      {making ? <NewToken onClose={() => setMaking(false)} onMade={setSecret} /> : null}
      <Revoke token={revoking} onClose={() => setRevoking(null)} />
    </div>
  );
}

function useColumns(onRevoke: (token: Token) => void): Column<Token>[] {
  const { t } = useTranslation();
  return [
    { id: "name", header: t("studio:tokens.name"), width: "minmax(130px, 1.4fr)", render: (row) => <b>{row.name}</b> },
    {
      id: "roles",
      header: t("studio:people.roles"),
      width: "minmax(110px, 1fr)",
      from: 560,
      render: (row) => row.roles.map((role) => t(`studio:role.${role}`)).join(", "),
    },
    {
      id: "made",
      header: t("studio:tokens.made"),
      width: "100px",
      from: 480,
      render: (row) => <When at={row.createdAt} />,
    },
    {
      id: "used",
      header: t("studio:tokens.used"),
      width: "100px",
      render: (row) => (row.lastUsedAt === null ? t("studio:tokens.never") : <When at={row.lastUsedAt} />),
    },
    {
      id: "until",
      header: t("studio:tokens.until"),
      width: "100px",
      render: (row) => <Until token={row} />,
    },
    {
      id: "revoke",
      header: "",
      width: "100px",
      align: "right",
      render: (row) => (
        <Button size="compact-sm" variant="default" onClick={() => onRevoke(row)}>
          {t("studio:tokens.revoke")}
        </Button>
      ),
    },
  ];
}

function Until({ token }: { token: Token }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (token.ended) return <Chip tone="trouble">{t("studio:tokens.ended")}</Chip>;
  return token.expiresAt === null ? t("studio:tokens.never") : format.date(token.expiresAt);
}

const lifetimes = [30, 90, 180, 365];

function NewToken({ onClose, onMade }: { onClose: () => void; onMade: (token: string) => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [roles, setRoles] = useState<Role[]>(["technician"]);
  const [days, setDays] = useState(90);
  const submit = async () => {
    const made = await call("createToken", { body: { name, roles, expiresInDays: days } });
    onMade(made.token);
    await queries.invalidateQueries({ queryKey: ["tokens"] });
  };
  return (
    <FormDrawer
      opened
      title={t("studio:tokens.add")}
      onClose={onClose}
      onSubmit={submit}
      disabled={name.trim() === "" || roles.length === 0}
    >
      <TextInput
        label={t("studio:tokens.name")}
        maxLength={120}
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <RoleChoice value={roles} onChange={setRoles} />
      <Select
        label={t("studio:tokens.lifetime")}
        description={t("studio:tokens.lifetimeText")}
        allowDeselect={false}
        data={lifetimes.map((count) => ({ value: String(count), label: t("studio:tokens.days", { count }) }))}
        value={String(days)}
        onChange={(value) => setDays(Number(value))}
      />
    </FormDrawer>
  );
}

function Revoke({ token, onClose }: { token: Token | null; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const revoke = async () => {
    if (!token) return;
    await call("revokeToken", { params: { id: token.id } });
    await queries.invalidateQueries({ queryKey: ["tokens"] });
  };
  return (
    <ConfirmNamed
      opened={token !== null}
      title={t("studio:tokens.revokeTitle", { name: token?.name ?? "" })}
      text={t("studio:tokens.revokeText")}
      confirmLabel={t("studio:tokens.revoke")}
      onConfirm={revoke}
      onClose={onClose}
    />
  );
}
