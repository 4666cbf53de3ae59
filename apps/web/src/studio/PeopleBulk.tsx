import type { Queue, ResponseOf, User, UserAction } from "@centrala/contract";
import { Button, Menu, Modal, NumberInput, Select } from "@mantine/core";
import { IconCopy } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/call.ts";
import { useEntities } from "../api/queries.ts";
import { may, useSession } from "../api/session.tsx";
import type { BulkPart } from "../ui/bulk.ts";
import { BulkBar, ConfirmNamed, type Selection, useBulk } from "../ui/index.ts";
import { choicesOf, useLanguageChoices } from "./fields.tsx";
import { cleaned } from "./store.tsx";
import css from "./studio.module.css";

type Step = ResponseOf<"bulkUsers">;
type Link = Step["invitations"][number];
type Asked = "join" | "leave" | "skill" | "language" | "off";

const ask = (action: UserAction) => (part: BulkPart) =>
  call("bulkUsers", { body: { ids: "ids" in part ? part.ids : [], action } });

/** What can be done with many people at once. */
export function PeopleBulk({ selection, found: users }: { selection: Selection; found: readonly User[] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const manager = may(useSession());
  const queues = useEntities("queue").data ?? [];
  const [asked, setAsked] = useState<Asked | null>(null);
  const [links, setLinks] = useState<readonly Link[]>([]);
  const { start, view } = useBulk(async () => {
    await queries.invalidateQueries({ queryKey: ["entities"] });
    await queries.invalidateQueries({ queryKey: ["accounts"] });
  });
  const nameOf = (id: string) => users.find((user) => user.id === id)?.name ?? id;
  const ids = selection.keys;

  const run = (title: string, action: UserAction) => {
    setAsked(null);
    const queue = "queueId" in action ? queues.find(({ id }) => id === action.queueId) : undefined;
    void start<Step>({
      title,
      ids,
      total: ids.length,
      ask: ask(action),
      nameOf,
      ...(action.do === "invite"
        ? { after: (steps) => setLinks(steps.flatMap(({ invitations }) => invitations)) }
        : { undo: (steps) => (queue === undefined ? restore(steps) : putBack(queue)) }),
    });
    selection.clear();
  };

  return (
    <>
      <BulkBar label={t("studio:people.title")} selection={selection} found={users.length}>
        <Menu.Item onClick={() => setAsked("join")}>{t("studio:bulk.join")} …</Menu.Item>
        <Menu.Item onClick={() => setAsked("leave")}>{t("studio:bulk.leave")} …</Menu.Item>
        {manager ? (
          <>
            <Menu.Item onClick={() => setAsked("skill")}>{t("studio:bulk.skill")} …</Menu.Item>
            <Menu.Item onClick={() => setAsked("language")}>{t("studio:bulk.language")} …</Menu.Item>
            <Menu.Divider />
            <Menu.Item onClick={() => run(t("studio:bulk.invite"), { do: "invite" })}>
              {t("studio:bulk.invite")}
            </Menu.Item>
            <Menu.Item onClick={() => setAsked("off")}>{t("studio:bulk.off")} …</Menu.Item>
            <Menu.Item onClick={() => run(t("studio:bulk.on"), { do: "active", active: true })}>
              {t("studio:bulk.on")}
            </Menu.Item>
          </>
        ) : null}
      </BulkBar>
      {asked === "off" ? (
        <ConfirmNamed
          opened
          title={t("studio:bulk.offTitle", { count: ids.length })}
          text={t("studio:bulk.offText")}
          confirmLabel={t("studio:bulk.off")}
          onConfirm={async () => run(t("studio:bulk.off"), { do: "active", active: false })}
          onClose={() => setAsked(null)}
        />
      ) : asked === null ? null : (
        <ActionForm asked={asked} count={ids.length} queues={queues} onRun={run} onClose={() => setAsked(null)} />
      )}
      {view}
      <Links links={links} users={users} onClose={() => setLinks([])} />
    </>
  );
}

async function restore(steps: readonly Step[]): Promise<void> {
  for (const { before } of steps)
    if (before.length > 0)
      await call("bulkUsers", { body: { ids: before.map(({ id }) => id), action: { do: "restore", people: before } } });
}

/** The queue as it was: it is one thing, whoever was put into it. */
function putBack(queue: Queue): Promise<unknown> {
  return call("putEntity", { params: { kind: "queue", id: queue.id }, body: cleaned(queue) });
}

type FormProps = {
  asked: Exclude<Asked, "off">;
  count: number;
  queues: readonly Queue[];
  onRun: (title: string, action: UserAction) => void;
  onClose: () => void;
};
/** Asks what is still needed: which queue and line, which skill and level, which language. */
function ActionForm({ asked, count, queues, onRun, onClose }: FormProps) {
  const { t } = useTranslation();
  const skills = useEntities("skill").data ?? [];
  const languages = useLanguageChoices();
  const [chosen, setChosen] = useState<string | null>(null);
  const [number, setNumber] = useState<number | null>(asked === "skill" ? 5 : 1);
  const action = actionOf(asked, chosen, number);
  const title = t(`studio:bulk.${asked}`);
  const fields: Readonly<Record<FormProps["asked"], ReactNode>> = {
    join: (
      <>
        <Select
          label={t("studio:bulk.queue")}
          data={choicesOf(queues)}
          value={chosen}
          onChange={setChosen}
          searchable
        />
        <Level label={t("studio:bulk.tier")} max={9} value={number} onChange={setNumber} />
      </>
    ),
    leave: (
      <Select label={t("studio:bulk.queue")} data={choicesOf(queues)} value={chosen} onChange={setChosen} searchable />
    ),
    skill: (
      <>
        <Select
          label={t("studio:bulk.skillName")}
          data={choicesOf(skills)}
          value={chosen}
          onChange={setChosen}
          searchable
        />
        <Level label={t("studio:skills.level")} max={10} value={number} onChange={setNumber} />
      </>
    ),
    language: (
      <Select
        label={t("studio:people.language")}
        data={[{ value: "centre", label: t("studio:language.centre") }, ...languages]}
        value={chosen}
        onChange={setChosen}
      />
    ),
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (action !== null) onRun(title, action);
  };
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ "aria-label": t("common:action.close") }}>
      <form onSubmit={submit} className={css["invited"]}>
        <p className="muted num">{t("common:bulk.selected", { count })}</p>
        {fields[asked]}
        <div className={css["bulkFoot"]}>
          <Button variant="default" onClick={onClose}>
            {t("common:action.cancel")}
          </Button>
          <Button type="submit" disabled={action === null}>
            {t("studio:bulk.apply")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

function actionOf(asked: FormProps["asked"], chosen: string | null, number: number | null): UserAction | null {
  if (chosen === null || number === null) return null;
  if (asked === "join") return { do: "join", queueId: chosen, tier: number };
  if (asked === "leave") return { do: "leave", queueId: chosen };
  if (asked === "skill") return { do: "skill", skillId: chosen, level: number };
  return { do: "language", language: chosen === "en" || chosen === "ru" || chosen === "bg" ? chosen : null };
}

type LevelProps = { label: string; max: number; value: number | null; onChange: (value: number | null) => void };
function Level({ label, max, value, onChange }: LevelProps) {
  return (
    <NumberInput
      label={label}
      min={1}
      max={max}
      w={120}
      allowDecimal={false}
      value={value ?? ""}
      onChange={(next) => onChange(typeof next === "number" && next >= 1 && next <= max ? next : null)}
    />
  );
}

/** The links of many invitations, to be sent to each. They are shown once: only what makes them valid is stored. */
function Links({ links, users, onClose }: { links: readonly Link[]; users: readonly User[]; onClose: () => void }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  if (links.length === 0) return null;
  const rows = links.map((link) => ({ ...link, user: users.find(({ id }) => id === link.userId) }));
  const text = rows.map(({ url, user }) => `${user?.name ?? ""}\t${user?.login ?? ""}\t${url}`).join("\n");
  const copy = () => void navigator.clipboard.writeText(text).then(() => setCopied(true));
  return (
    <Modal
      opened
      onClose={() => {
        setCopied(false);
        onClose();
      }}
      size={720}
      title={t("studio:bulk.links", { count: links.length })}
      closeButtonProps={{ "aria-label": t("common:action.close") }}
    >
      <p>{t("studio:bulk.linksText")}</p>
      <ul className={css["links"]}>
        {rows.map(({ url, userId, user }) => (
          <li key={userId}>
            <b>{user?.name ?? userId}</b> <span className="muted">{user?.login}</span>
            <code>{url}</code>
          </li>
        ))}
      </ul>
      <div className={css["bulkFoot"]}>
        <Button leftSection={<IconCopy size={15} />} onClick={copy}>
          {t(copied ? "studio:bulk.copied" : "studio:bulk.copyAll")}
        </Button>
      </div>
    </Modal>
  );
}
