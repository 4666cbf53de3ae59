import type { AccountState, Role, User } from "@centrala/contract";
import { Checkbox } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useEntities } from "../api/queries.ts";
import { may, useSession } from "../api/session.tsx";
import type { Column } from "../ui/index.ts";
import { AccountFilter, InviteButton, useAccountColumn, useAccounts } from "./accounts.tsx";
import { type EditorProps, EntitySection } from "./EntitySection.tsx";
import { freeExtension } from "./extensions.ts";
import { ChoiceField, SwitchField, TextField, useLanguageChoices } from "./fields.tsx";
import { Invitation } from "./Invitation.tsx";
import { PeopleBulk } from "./PeopleBulk.tsx";
import { QueueMembership } from "./QueueMembership.tsx";
import { SkillLevels } from "./SkillLevels.tsx";
import css from "./studio.module.css";

export const roles: readonly Role[] = ["operator", "supervisor", "manager", "technician"];

/** A colleague before anything is known of them. */
export function newUser(): User {
  return {
    id: "",
    login: "",
    name: "",
    roles: ["operator"],
    language: null,
    extension: null,
    active: true,
    skills: [],
  };
}

export function PeopleSection() {
  const { t } = useTranslation();
  const queues = useEntities("queue");
  const users = useEntities("user");
  const accounts = useAccounts();
  const [state, setState] = useState<AccountState | null>(null);
  const rolesOf = (user: User) => user.roles.map((role) => t(`studio:role.${role}`)).join(", ");
  const queuesOf = (user: User) =>
    (queues.data ?? []).filter((queue) => queue.operators.some((operator) => operator.userId === user.id));
  const columns: Column<User>[] = [
    { id: "name", header: t("studio:people.name"), width: "minmax(150px, 2fr)", render: (row) => <b>{row.name}</b> },
    {
      id: "login",
      header: t("studio:people.login"),
      width: "minmax(90px, 1fr)",
      from: 460,
      render: (row) => row.login,
    },
    {
      id: "roles",
      header: t("studio:people.roles"),
      width: "minmax(110px, 1.4fr)",
      from: 520,
      render: rolesOf,
    },
    {
      id: "extension",
      header: t("studio:people.extension"),
      width: "104px",
      from: 700,
      render: (row) => <span className="num">{row.extension ?? "–"}</span>,
    },
    {
      id: "queues",
      header: t("studio:people.queues"),
      width: "minmax(120px, 1.4fr)",
      from: 820,
      render: (row) => {
        const names = queuesOf(row).map((queue) => queue.name);
        if (names.length > 0) return names.join(", ");
        if (!row.roles.includes("operator")) return null;
        return <span style={{ color: "var(--offered)" }}>{t("studio:people.noQueue")}</span>;
      },
    },
    useAccountColumn(accounts),
    {
      id: "invite",
      header: "",
      width: "166px",
      align: "right",
      from: 900,
      render: (row) => <InviteButton user={row} account={accounts.get(row.id)} />,
    },
  ];
  return (
    <EntitySection
      kind="user"
      section="people"
      icon={IconUsers}
      columns={columns}
      filters={<AccountFilter users={users.data ?? []} accounts={accounts} value={state} onChange={setState} />}
      {...(state === null ? {} : { matches: (row: User) => accounts.get(row.id)?.state === state })}
      textOf={(row) => `${row.name} ${row.login} ${row.extension ?? ""} ${rolesOf(row)}`}
      nameOf={(row) => row.name}
      make={() => ({ ...newUser(), extension: freeExtension(users.data ?? []) })}
      newId={() => crypto.randomUUID()}
      Editor={UserEditor}
      confirmRemoval
      staysOpen
      size={520}
      rowHeight={48}
      byName
      Bulk={PeopleBulk}
    />
  );
}

function UserEditor({ form, isNew }: EditorProps<User>) {
  const { t } = useTranslation();
  const session = useSession();
  return (
    <>
      <TextField form={form} name="name" label={t("studio:people.name")} maxLength={120} autoFocus={isNew} />
      <TextField
        form={form}
        name="login"
        label={t("studio:people.login")}
        hint={t("studio:people.loginHint")}
        maxLength={120}
      />
      <RoleChoice
        value={form.value.roles}
        onChange={(next) => form.set({ roles: next })}
        problem={form.problem("roles")}
      />
      <div className={css["pair"]}>
        <TextField
          form={form}
          name="extension"
          nullable
          label={t("studio:people.extension")}
          hint={t("studio:people.extensionHint")}
          maxLength={6}
        />
        <ChoiceField
          form={form}
          name="language"
          label={t("studio:people.language")}
          none={t("studio:language.centre")}
          data={useLanguageChoices()}
        />
      </div>
      <SkillLevels
        label={t("studio:people.skills")}
        value={form.value.skills}
        onChange={(skills) => form.set({ skills })}
      />
      {!isNew && form.value.roles.includes("operator") ? <QueueMembership userId={form.value.id} /> : null}
      {isNew ? null : <SwitchField form={form} name="active" label={t("studio:people.active")} />}
      {may(session) ? (
        <fieldset className={css["part"]}>
          <legend>{t("studio:people.invite")}</legend>
          {isNew ? <p className="muted">{t("studio:people.saveFirst")}</p> : <Invitation user={form.value} />}
        </fieldset>
      ) : null}
    </>
  );
}

type RoleProps = { value: readonly Role[]; onChange: (roles: Role[]) => void; problem?: string | undefined };
export function RoleChoice({ value, onChange, problem }: RoleProps) {
  const { t } = useTranslation();
  return (
    <Checkbox.Group
      label={t("studio:people.roles")}
      value={[...value]}
      onChange={(next) => onChange(roles.filter((role) => next.includes(role)))}
      error={problem}
    >
      <div style={{ display: "grid", gap: 8, marginTop: 4 }}>
        {roles.map((role) => (
          <Checkbox
            key={role}
            value={role}
            label={t(`studio:role.${role}`)}
            description={t(`studio:roleText.${role}`)}
          />
        ))}
      </div>
    </Checkbox.Group>
  );
}
