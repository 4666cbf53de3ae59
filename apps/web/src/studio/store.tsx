import type { Entity, EntityKind } from "@centrala/contract";
import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "../api/call.ts";
import { useErrorText } from "../ui/index.ts";

/** An entity as the contract has it: what answers add for the screen (hasPassword) is left out. */
export function cleaned<T extends object>(entity: T): T {
  return JSON.parse(JSON.stringify(entity, (key, value: unknown) => (key === "hasPassword" ? undefined : value))) as T;
}

/** Saves and removes entities of a kind; what was done is said with a button that takes it back. */
export function useStore<K extends EntityKind>(kind: K) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const text = useErrorText();
  const put = async (entity: Entity<K>) => {
    await call("putEntity", { params: { kind, id: entity.id }, body: { ...entity } });
    await queries.invalidateQueries({ queryKey: ["entities"] });
  };
  const drop = async (id: string) => {
    await call("removeEntity", { params: { kind, id } });
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
    save: async (entity: Entity<K>, before: Entity<K> | null, name: string) => {
      await put(entity);
      tell(t("studio:edit.saved", { name }), () => (before ? put(cleaned(before)) : drop(entity.id)));
    },
    remove: async (entity: Entity<K>, name: string, undoable: boolean) => {
      await drop(entity.id);
      tell(t("studio:edit.removed", { name }), undoable ? () => put(cleaned(entity)) : null);
    },
  };
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
