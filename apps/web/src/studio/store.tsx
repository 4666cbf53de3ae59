import type { Entity, EntityKind } from "@centrala/contract";
import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { ApiError, call } from "../api/call.ts";
import { useErrorText } from "../ui/index.ts";

/** What answers add to an entity for the screen; none of it is the entity's own. */
const added: readonly string[] = ["hasPassword", "version", "updatedAt"];

/** An entity as the contract has it, ready to be checked and sent. */
export function cleaned<T extends object>(entity: T): T {
  const { version: _version, updatedAt: _updatedAt, ...own } = entity as T & { version?: unknown; updatedAt?: unknown };
  return JSON.parse(JSON.stringify(own, (key, value: unknown) => (key === "hasPassword" ? undefined : value))) as T;
}

/** An entity to edit: without its version, which changes by itself and would look like an edit. */
export function editable<T extends object>(entity: T): T {
  const entries = Object.entries(entity).filter(([key]) => key === "hasPassword" || !added.includes(key));
  return Object.fromEntries(entries) as T;
}

/** Whether two states of a form would be stored as the same: neither the order of their fields nor what answers add counts. */
export function sameEntity(one: object, other: object): boolean {
  return JSON.stringify(sorted(cleaned(one))) === JSON.stringify(sorted(cleaned(other)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}

/** The version somebody edits; saving an older one than the stored is refused with CONFLICT. */
export function versionOf(entity: object | null): number | undefined {
  const version: unknown = entity && "version" in entity ? entity.version : undefined;
  return typeof version === "number" ? version : undefined;
}

/** Saves and removes entities of a kind; what was done is said with a button that takes it back. */
export function useStore<K extends EntityKind>(kind: K) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const text = useErrorText();
  const put = async (entity: Entity<K>, version?: number) => {
    const body = { ...entity, ...(version === undefined ? {} : { version }) };
    try {
      await call("putEntity", { params: { kind, id: entity.id }, body });
    } finally {
      await queries.invalidateQueries({ queryKey: ["entities"] });
      if (kind === "user") await queries.invalidateQueries({ queryKey: ["accounts"] });
    }
  };
  const drop = async (id: string) => {
    try {
      await call("removeEntity", { params: { kind, id } });
    } catch (error) {
      throw await namedUses(error, (each, use) => storedName(queries, each, use), t);
    }
    await queries.invalidateQueries({ queryKey: ["entities"] });
  };
  const tell = (message: string, undo: (() => Promise<void>) | null) => {
    const id = `undo-${kind}-${Date.now()}`;
    const run = () => {
      notifications.hide(id);
      undo?.().then(
        () => notifications.show({ message: t("studio:edit.undone") }),
        (error: unknown) => notifications.show({ message: text(error), color: "trouble" }),
      );
    };
    notifications.show({ id, autoClose: 9000, message: undo ? <Undoable message={message} onUndo={run} /> : message });
  };
  return {
    save: async (entity: Entity<K>, before: Entity<K> | null, name: string, version?: number) => {
      await put(entity, version);
      tell(t("studio:edit.saved", { name }), () => (before ? put(cleaned(before)) : drop(entity.id)));
    },
    remove: async (entity: Entity<K>, name: string, undoable: boolean) => {
      await drop(entity.id);
      tell(t("studio:edit.removed", { name }), undoable ? () => put(cleaned(entity)) : null);
    },
  };
}

const sectionOfKind: Record<EntityKind, string> = {
  client: "clients",
  trunk: "lines",
  number: "numbers",
  user: "people",
  device: "devices",
  skill: "skills",
  hours: "hours",
  queue: "queues",
  scenario: "flows",
  prompt: "prompts",
  breakReason: "breaks",
};

/** A refused removal with the places that use the thing, by their names on the screen: "Queues: Orders". */
export async function namedUses(error: unknown, nameOf: NameOf, t: TFunction): Promise<unknown> {
  if (!(error instanceof ApiError) || error.body.code !== "IN_USE") return error;
  const uses = new Map<string, string>();
  for (const detail of error.body.details ?? []) {
    const [, kind, id] = /^([a-zA-Z]+)\/([^.]+)/.exec(detail.path) ?? [];
    if (!id || !isKind(kind) || uses.has(`${kind}/${id}`)) continue;
    uses.set(`${kind}/${id}`, `${t(`studio:section.${sectionOfKind[kind]}`)}: ${await nameOf(kind, id)}`);
  }
  if (uses.size === 0) return error;
  const details = [...uses].map(([code, message]) => ({ path: "", line: null, message, code }));
  return new ApiError(error.status, { ...error.body, details });
}

type NameOf = (kind: EntityKind, id: string) => Promise<string>;
function isKind(kind: string | undefined): kind is EntityKind {
  return kind !== undefined && Object.hasOwn(sectionOfKind, kind);
}

/** The name of an entity of any kind, loaded if no list has shown it yet. */
async function storedName(queries: QueryClient, kind: EntityKind, id: string): Promise<string> {
  const load = async () => (await call("entities", { params: { kind } })).items;
  const items = await queries
    .fetchQuery({ queryKey: ["entities", kind], queryFn: load, staleTime: 60_000 })
    .catch(() => []);
  const found = items.find((entity) => entity["id"] === id);
  return String(found?.["name"] ?? (found?.["label"] || found?.["number"]) ?? id);
}

function Undoable({ message, onUndo }: { message: string; onUndo: () => void }) {
  const { t } = useTranslation();
  return (
    <span style={{ display: "flex", alignItems: "center", justifyContent: "space-between", gap: 12 }}>
      {message}
      <Button size="compact-xs" variant="default" onClick={onUndo}>
        {t("common:action.undo")}
      </Button>
    </span>
  );
}
