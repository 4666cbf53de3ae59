import type { Entity, EntityKind } from "@centrala/contract";
import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconTrash } from "@tabler/icons-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/call.ts";
import { said } from "../i18n/said.ts";
import { ConfirmNamed, FormDrawer, useErrorText } from "../ui/index.ts";
import { forgetDraft, keepDraft, keptDraft } from "./drafts.ts";
import type { SectionProps } from "./EntitySection.tsx";
import { keyOf } from "./keys.ts";
import { formError, type Problems, problemsFrom, problemsOf } from "./problems.ts";
import { cleaned, editable, sameEntity, useStore, versionOf } from "./store.tsx";
import css from "./studio.module.css";

type DrawerProps<K extends EntityKind> = SectionProps<K> & {
  id: string;
  entities: readonly Entity<K>[];
  onClose: () => void;
  onOpen: (id: string) => void;
};

/** The form of one thing. Closing it keeps what was typed as a draft; saving and removing can be taken back. */
export function EntityDrawer<K extends EntityKind>(props: DrawerProps<K>) {
  const { t } = useTranslation();
  const editor = useEditor(props);
  const { stored, draft, dirty } = editor;
  const isNew = stored === null;
  const title = isNew ? t(`studio:${props.section}.add`) : props.nameOf(stored);
  return (
    <FormDrawer
      opened
      title={title}
      size={props.size ?? 480}
      onClose={() => {
        const created = editor.takeCreated();
        if (created !== null && props.staysOpen) props.onOpen(created);
        else props.onClose();
      }}
      onSubmit={editor.save}
      disabled={!isNew && !dirty}
      extra={isNew ? null : <RemoveButton {...props} entity={stored} />}
    >
      {(editor.restored || editor.conflict) && dirty ? (
        <div className={css["restored"]} role="status">
          <span>{t(editor.conflict ? "studio:edit.conflict" : "studio:edit.restored")}</span>
          <Button size="compact-xs" variant="default" onClick={editor.discard}>
            {t("studio:edit.discard")}
          </Button>
        </div>
      ) : null}
      <props.Editor form={editor.form} isNew={isNew} />
      {isNew ? null : <span className="muted">{t("studio:edit.key", { key: draft.id })}</span>}
    </FormDrawer>
  );
}

function useEditor<K extends EntityKind>(props: DrawerProps<K>) {
  const { t } = useTranslation();
  const { kind, id, entities } = props;
  const store = useStore(kind);
  const stored = entities.find((entity) => entity.id === id) ?? null;
  const [start] = useState<Entity<K>>(() => props.make());
  const base = useMemo(() => (stored ? editable(stored) : start), [stored, start]);
  const [kept] = useState(() => keptDraft<Entity<K>>(kind, id));
  const [draft, setDraft] = useState<Entity<K>>(() => (kept ? { ...base, ...kept } : base));
  const [problems, setProblems] = useState<Problems>({});
  const created = useRef<string | null>(null);
  const lock = useVersionLock(kind, stored);
  useFollowed(base, setDraft);
  // The list may bring what was just saved only after the form is gone; until then it is what was sent.
  const sent = useRef<Entity<K> | null>(null);
  const dirty = !sameEntity(draft, base) && (sent.current === null || !sameEntity(draft, sent.current));
  useEffect(() => {
    if (dirty) keepDraft(kind, id, draft);
    else forgetDraft(kind, id);
  }, [dirty, draft, kind, id]);
  const save = async () => {
    const taken = entities.map((entity) => entity.id);
    const newId = props.newId ?? ((entity: Entity<K>) => keyOf(props.nameOf(entity), taken, kind.toLowerCase()));
    const whole = cleaned({ ...draft, id: stored ? stored.id : newId(draft, taken) });
    const body = props.clean ? props.clean(whole) : whole;
    const found = problemsOf(kind, body, t);
    setProblems(found);
    if (Object.keys(found).length > 0) throw formError();
    try {
      await store.save(body, stored, props.nameOf(body), lock.version());
    } catch (error) {
      lock.learn(error);
      setProblems(problemsFrom(error, t));
      throw error;
    }
    await props.afterSave?.(body, stored === null);
    sent.current = body;
    forgetDraft(kind, id);
    setDraft((old) => ({ ...old, ...body }));
    if (!stored) created.current = body.id;
  };
  return {
    takeCreated: () => {
      const made = created.current;
      created.current = null;
      return made;
    },
    stored,
    draft,
    dirty,
    restored: kept !== null,
    conflict: lock.conflict,
    save,
    discard: () => setDraft(base),
    form: {
      value: draft,
      set: (change: Partial<Entity<K>>) => setDraft((old) => ({ ...old, ...change })),
      problem: (path: string) => problems[path],
    },
  };
}

/** Their passwords and sounds are stored by requests of their own, which raise the version without anybody's edit. */
const unlocked: readonly EntityKind[] = ["prompt", "device"];

/** The version that was opened goes with what is saved; after a conflict the newer one does, so that saving again is a decision. */
export function useVersionLock(kind: EntityKind, stored: object | null) {
  const opened = useRef(versionOf(stored));
  const latest = useRef(stored);
  latest.current = stored;
  const [conflict, setConflict] = useState(false);
  return {
    conflict,
    version: () => {
      if (unlocked.includes(kind)) return undefined;
      return conflict ? versionOf(latest.current) : opened.current;
    },
    learn: (error: unknown) => {
      if (error instanceof ApiError && error.body.code === "CONFLICT") setConflict(true);
    },
    saved: () => {
      setConflict(false);
      opened.current = undefined;
    },
  };
}

/** An untouched form follows what somebody else saves meanwhile. */
function useFollowed<T extends object>(base: T, setDraft: (change: (old: T) => T) => void): void {
  const before = useRef(base);
  useEffect(() => {
    const old = before.current;
    before.current = base;
    setDraft((draft) => (sameEntity(draft, old) ? base : draft));
  }, [base, setDraft]);
}

function RemoveButton<K extends EntityKind>(props: DrawerProps<K> & { entity: Entity<K> }) {
  const { t } = useTranslation();
  const store = useStore(props.kind);
  const text = useErrorText();
  const [asking, setAsking] = useState(false);
  const name = props.nameOf(props.entity);
  const remove = async () => {
    await store.remove(props.entity, name, !props.confirmRemoval);
    forgetDraft(props.kind, props.id);
    props.onClose();
  };
  const tell = (error: unknown) => {
    const uses = error instanceof ApiError ? (error.body.details ?? []).map((detail) => said(t, detail)) : [];
    notifications.show({ message: [text(error), ...uses].join(" "), color: "trouble", autoClose: 12_000 });
  };
  return (
    <>
      <Button
        variant="subtle"
        color="gray"
        leftSection={<IconTrash size={15} />}
        onClick={() => (props.confirmRemoval ? setAsking(true) : void remove().catch(tell))}
      >
        {t("studio:edit.remove")}
      </Button>
      <ConfirmNamed
        opened={asking}
        title={t("studio:edit.removeTitle", { name })}
        text={props.confirmRemoval ? t("studio:edit.removeText") : null}
        confirmLabel={t("studio:edit.remove")}
        onConfirm={remove}
        onClose={() => setAsking(false)}
      />
    </>
  );
}
