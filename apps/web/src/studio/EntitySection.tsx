import type { Entity, EntityKind } from "@centrala/contract";
import { Button, TextInput } from "@mantine/core";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ComponentType, type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEntities } from "../api/queries.ts";
import { Chip, type Column, DataTable, EmptyState, PageHeader, type Selection, useSelection } from "../ui/index.ts";
import { draftIds } from "./drafts.ts";
import { EntityDrawer } from "./EntityDrawer.tsx";
import type { Form } from "./fields.tsx";
import css from "./studio.module.css";

export type EditorProps<T> = { form: Form<T>; isNew: boolean };
export type SectionProps<K extends EntityKind> = {
  kind: K;
  section: string;
  columns: readonly Column<Entity<K>>[];
  /** What the search looks in. */
  textOf: (entity: Entity<K>) => string;
  nameOf: (entity: Entity<K>) => string;
  /** False while what a new entity's first values are made of is still being loaded. */
  ready?: boolean;
  /** A new entity's first values; its id is made of its name when it is saved. */
  make: () => Entity<K>;
  /** The id of a new entity; without it a key is made of its name. */
  newId?: (entity: Entity<K>, taken: readonly string[]) => string;
  Editor: ComponentType<EditorProps<Entity<K>>>;
  /** Asked before removing what can't be put back, because it has a secret or a file. */
  confirmRemoval?: boolean;
  /** Changes what is sent, for example leaves out what the server alone sets. */
  clean?: (entity: Entity<K>) => Entity<K>;
  /** Follows what was saved, for example with a file; what goes wrong here is told elsewhere. */
  afterSave?: (entity: Entity<K>, isNew: boolean) => Promise<void>;
  /** After creating, the thing stays open, because something follows: an invitation, a password, a sound. */
  staysOpen?: boolean;
  size?: number;
  actions?: ReactNode;
  icon?: ComponentType<{ size?: number; stroke?: number }>;
  rowHeight?: number;
  byName?: boolean;
  /** What can be done with many at once; the rows can be ticked then. */
  Bulk?: ComponentType<{ selection: Selection; found: readonly Entity<K>[] }>;
  /** Beside the search, and what they leave over. */
  filters?: ReactNode;
  matches?: (entity: Entity<K>) => boolean;
};

/** A kind of thing: list with search, and the one that is open in a drawer beside it. Which one stands in the address. */
export function EntitySection<K extends EntityKind>(props: SectionProps<K>) {
  const { t, i18n } = useTranslation();
  const { section } = props;
  const { compare } = useMemo(() => new Intl.Collator(i18n.language, { numeric: true }), [i18n.language]);
  const { openId, open } = useOpenId(section);
  const entities = useEntities(props.kind);
  const [text, setText] = useState("");
  const all = entities.data ?? [];
  const wanted = text.trim().toLocaleLowerCase();
  const { matches } = props;
  const ordered = props.byName === true ? [...all].sort((a, b) => compare(props.nameOf(a), props.nameOf(b))) : all;
  const matching = matches === undefined ? ordered : ordered.filter(matches);
  const shown = wanted
    ? matching.filter((entity) => props.textOf(entity).toLocaleLowerCase().includes(wanted))
    : matching;
  const selection = useSelection(
    shown.map(({ id }) => id),
    "",
  );
  const { Bulk } = props;
  return (
    <div className={css["section"]}>
      <PageHeader
        title={t(`studio:${section}.title`)}
        text={t(`studio:${section}.text`)}
        actions={
          <>
            {props.actions}
            <Button leftSection={<IconPlus size={15} />} onClick={() => open("new")}>
              {t(`studio:${section}.add`)}
            </Button>
          </>
        }
      />
      <div className={css["search"]}>
        <TextInput
          type="search"
          aria-label={t("studio:list.search")}
          placeholder={t("studio:list.search")}
          leftSection={<IconSearch size={15} />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {props.filters}
        <span className="muted num">{t("studio:list.count", { shown: shown.length, all: all.length })}</span>
      </div>
      <div className={css["table"]}>
        <DataTable
          label={t(`studio:${section}.title`)}
          columns={useDraftMarks(props, openId)}
          rows={shown}
          rowKey={(row) => row.id}
          rowHeight={props.rowHeight ?? 44}
          onOpen={(row) => open(row.id)}
          selected={openId}
          {...(Bulk === undefined ? {} : { selection, rowName: props.nameOf })}
          loading={entities.isPending}
          error={entities.error}
          onRetry={() => void entities.refetch()}
          empty={<Empty {...props} searched={wanted !== "" || matches !== undefined} onAdd={() => open("new")} />}
        />
      </div>
      {Bulk === undefined ? null : <Bulk selection={selection} found={shown} />}
      {openId !== null && entities.data && props.ready !== false ? (
        <EntityDrawer
          {...props}
          key={openId}
          id={openId}
          entities={entities.data}
          onClose={() => open(null)}
          onOpen={open}
        />
      ) : null}
    </div>
  );
}

/** The open thing's id in the address: links lead to it, and going back closes it. */
export function useOpenId(section: string) {
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { id?: string };
  const open = (id: string | null) =>
    void navigate({ to: "/studio/$section", params: { section }, search: id === null ? {} : { id } });
  return { openId: search.id ?? null, open };
}

function useDraftMarks<K extends EntityKind>(
  props: SectionProps<K>,
  openId: string | null,
): readonly Column<Entity<K>>[] {
  const { t } = useTranslation();
  const drafts = draftIds(props.kind);
  if (drafts.size === 0 || (drafts.size === 1 && openId !== null && drafts.has(openId))) return props.columns;
  const mark: Column<Entity<K>> = {
    id: "draft",
    header: "",
    width: "110px",
    align: "right",
    render: (row) => (drafts.has(row.id) ? <Chip tone="offered">{t("studio:list.draft")}</Chip> : null),
  };
  return [...props.columns, mark];
}

function Empty<K extends EntityKind>(props: SectionProps<K> & { searched: boolean; onAdd: () => void }) {
  const { t } = useTranslation();
  if (props.searched) return <EmptyState title={t("studio:list.noMatch")} />;
  return (
    <EmptyState
      {...(props.icon ? { icon: props.icon } : {})}
      title={t(`studio:${props.section}.empty`)}
      text={t(`studio:${props.section}.text`)}
      action={{ label: t(`studio:${props.section}.add`), onClick: props.onAdd }}
    />
  );
}
