import type { Role, User } from "@centrala/contract";
import { Button, Checkbox, Modal, Select, TextInput } from "@mantine/core";
import { IconUserPlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/call.ts";
import { useEntities } from "../api/queries.ts";
import { useSession } from "../api/session.tsx";
import { forgetDraft, keepDraft, keptDraft } from "../studio/drafts.ts";
import { freeExtension } from "../studio/extensions.ts";
import { useLanguageChoices } from "../studio/fields.tsx";
import { Invitation } from "../studio/Invitation.tsx";
import { newUser, roles } from "../studio/PeopleSection.tsx";
import { type Problems, problemsFrom } from "../studio/problems.ts";
import { cleaned } from "../studio/store.tsx";
import { ErrorNote, RowSkeletons } from "../ui/index.ts";
import css from "./guide.module.css";
import { StepFooter } from "./StepFooter.tsx";

type Draft = { name: string; login: string; role: Role; language: User["language"]; inQueue: boolean };
const empty: Draft = { name: "", login: "", role: "operator", language: null, inQueue: true };

/** Colleagues: name, login, role; then a link and a QR code for each. New operators join the first queue, or nobody would ring them. */
export function ColleaguesStep({ onNext }: { onNext: () => void }) {
  const { t } = useTranslation();
  const [made, setMade] = useState<User | null>(null);
  const [typed, setTyped] = useState(false);
  const users = useEntities("user");
  const others = (users.data?.length ?? 0) > 1;
  return (
    <div className={css["form"]}>
      <p className={css["text"]}>{t("guide:colleagues.text")}</p>
      {made ? (
        <div className={css["note"]} key={made.id}>
          <b>{t("studio:people.inviteTitle", { name: made.name })}</b>
          <Invitation user={made} atOnce isFirst />
          <Button variant="default" style={{ justifySelf: "start" }} onClick={() => setMade(null)}>
            {t("guide:colleagues.another")}
          </Button>
        </div>
      ) : (
        <NewColleague onMade={setMade} onTyped={setTyped} quiet={others && !typed} />
      )}
      {users.data ? <PeopleList users={users.data} /> : <RowSkeletons rows={3} />}
      <StepFooter onNext={others ? onNext : undefined} onLater={onNext} quiet={made === null && typed} />
    </div>
  );
}

type NewColleagueProps = {
  onMade: (user: User) => void;
  /** Whether something stands in the form: then adding is the next action, not the next step. */
  onTyped: (typed: boolean) => void;
  quiet: boolean;
};
function NewColleague({ onMade, onTyped, quiet }: NewColleagueProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const queues = useEntities("queue");
  const users = useEntities("user");
  const languages = useLanguageChoices();
  const [draft, setDraft] = useState<Draft>(() => ({ ...empty, ...keptDraft<Draft>("guide", "colleague") }));
  const [error, setError] = useState<unknown>(null);
  const [pending, setPending] = useState(false);
  const set = (change: Partial<Draft>) => setDraft((old) => ({ ...old, ...change }));
  const [problems, setProblems] = useState<Problems>({});
  const typed = draft.name.trim() !== "" || draft.login !== "";
  useEffect(() => keepDraft("guide", "colleague", draft), [draft]);
  useEffect(() => onTyped(typed), [typed, onTyped]);
  const queue = queues.data?.[0];
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setError(null);
    const missing = {
      ...(draft.name.trim() === "" ? { name: t("said:FIELD_EMPTY") } : {}),
      ...(draft.login === "" ? { login: t("said:FIELD_EMPTY") } : {}),
    };
    setProblems(missing);
    if (Object.keys(missing).length > 0) return;
    setPending(true);
    try {
      const user: User = {
        ...newUser(),
        id: crypto.randomUUID(),
        name: draft.name,
        login: draft.login,
        roles: [draft.role],
        language: draft.language,
        extension: freeExtension(users.data ?? []),
      };
      await call("putEntity", { params: { kind: "user", id: user.id }, body: user });
      if (queue && draft.role === "operator" && draft.inQueue) {
        const operators = [...queue.operators, { userId: user.id, tier: 1 }];
        await call("putEntity", { params: { kind: "queue", id: queue.id }, body: { ...cleaned(queue), operators } });
      }
      await queries.invalidateQueries({ queryKey: ["entities"] });
      forgetDraft("guide", "colleague");
      onMade(user);
    } catch (failure) {
      const atFields = problemsFrom(failure, t);
      setProblems(atFields);
      // What is said at its field is not said again below.
      setError("name" in atFields || "login" in atFields ? null : failure);
      setPending(false);
    }
  };
  return (
    <form className={css["form"]} onSubmit={(event) => void submit(event)}>
      <div className={css["pair"]}>
        <TextInput
          label={t("studio:people.name")}
          maxLength={120}
          value={draft.name}
          error={problems["name"]}
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
        <TextInput
          label={t("studio:people.login")}
          autoCapitalize="none"
          autoComplete="off"
          maxLength={120}
          value={draft.login}
          error={problems["login"]}
          onChange={(event) => set({ login: event.currentTarget.value.replace(/\s/g, "") })}
        />
        <Select
          label={t("studio:people.roles")}
          data={roles.map((role) => ({ value: role, label: t(`studio:role.${role}`) }))}
          value={draft.role}
          allowDeselect={false}
          onChange={(role) => set({ role: roles.find((each) => each === role) ?? "operator" })}
        />
        <Select
          label={t("studio:people.language")}
          data={[{ value: "", label: t("studio:language.centre") }, ...languages]}
          value={draft.language ?? ""}
          allowDeselect={false}
          onChange={(language) => set({ language: (language || null) as User["language"] })}
        />
      </div>
      {queue && draft.role === "operator" ? (
        <Checkbox
          label={t("guide:colleagues.inQueue", { queue: queue.name })}
          checked={draft.inQueue}
          onChange={(event) => set({ inQueue: event.currentTarget.checked })}
        />
      ) : null}
      <ErrorNote error={error} />
      <Button
        type="submit"
        leftSection={<IconUserPlus size={16} />}
        variant={quiet ? "default" : "filled"}
        loading={pending || !users.data}
        style={{ justifySelf: "start" }}
      >
        {t("guide:colleagues.add")}
      </Button>
    </form>
  );
}

function PeopleList({ users }: { users: readonly User[] }) {
  const { t } = useTranslation();
  const session = useSession();
  const [inviting, setInviting] = useState<User | null>(null);
  return (
    <div>
      <b>{t("guide:colleagues.list")}</b>
      <ul className={css["people"]}>
        {users.slice(0, 50).map((user) => (
          <li key={user.id}>
            <span className="ellipsis">
              {user.name} <span className="muted">{user.login}</span>
            </span>
            <span className="muted">{user.roles.map((role) => t(`studio:role.${role}`)).join(", ")}</span>
            {user.id === session.user.id ? (
              <span className="muted">{t("guide:colleagues.you")}</span>
            ) : (
              <Button size="compact-sm" variant="default" onClick={() => setInviting(user)}>
                {t("studio:people.invite")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Modal
        opened={inviting !== null}
        onClose={() => setInviting(null)}
        size={560}
        title={inviting ? t("studio:people.inviteTitle", { name: inviting.name }) : ""}
        closeButtonProps={{ "aria-label": t("common:action.close") }}
      >
        {inviting ? (
          <div className={css["form"]}>
            <Invitation user={inviting} atOnce />
          </div>
        ) : null}
      </Modal>
    </div>
  );
}
