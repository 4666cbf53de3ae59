import { Button, Menu, Modal, Progress } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconArrowBackUp, IconChevronDown, IconX } from "@tabler/icons-react";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { said } from "../i18n/said.ts";
import { type BulkPart, type BulkStep, type Refused, runBulk, totals } from "./bulk.ts";
import { ErrorNote, useErrorText } from "./ErrorNote.tsx";
import type { Selection } from "./selection.ts";
import css from "./table.module.css";

type BarProps = {
  label: string;
  selection: Selection;
  /** How many the list finds; null: more than are counted or loaded. */
  found: number | null;
  /** What the menu is called; "Actions" when absent. */
  action?: string;
  /** The menu's items: what can be done with them. */
  children: ReactNode;
};

/** Below a list while rows are ticked: how many, and what can be done with them. It stands where no row moves because of it. */
export function BulkBar({ label, selection, found, action, children }: BarProps) {
  const { t } = useTranslation();
  const name = action ?? t("common:bulk.actions");
  const { all, keys } = selection;
  if (!all && keys.length === 0) return null;
  const more = !all && (found === null || found > keys.length);
  return (
    <section className={css["bulk"]} aria-label={t("common:bulk.label", { list: label })}>
      <b role="status" className="num">
        {all && found === null
          ? t("common:bulk.all")
          : t("common:bulk.selected", { count: all ? (found ?? 0) : keys.length })}
      </b>
      {more ? (
        <Button size="compact-sm" variant="subtle" onClick={selection.chooseAll}>
          {found === null ? t("common:bulk.chooseFound") : t("common:bulk.chooseAll", { count: found })}
        </Button>
      ) : null}
      <span className={css["bulkDo"]}>
        <Menu position="top-end">
          <Menu.Target>
            <Button size="compact-sm" rightSection={<IconChevronDown size={14} aria-hidden="true" />}>
              {name}
            </Button>
          </Menu.Target>
          <Menu.Dropdown aria-label={name}>{children}</Menu.Dropdown>
        </Menu>
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          leftSection={<IconX size={14} />}
          onClick={() => {
            selection.clear();
            focusList();
          }}
        >
          {t("common:bulk.clear")}
        </Button>
      </span>
    </section>
  );
}

/** The keys go on in the list: the bar that had the focus is gone. */
function focusList(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[role="grid"] [data-row][tabindex="0"]')?.focus());
}

export type BulkJob<S extends BulkStep> = {
  /** What is done, as the title: "Into a queue". */
  title: string;
  ids: readonly string[] | null;
  /** How many there are, as far as that is known. */
  total: number | null;
  ask: (part: BulkPart) => Promise<S>;
  nameOf: (id: string) => string;
  /** Takes back what the steps did. */
  undo?: (steps: readonly S[]) => Promise<unknown>;
  /** After the last step. */
  after?: (steps: readonly S[]) => void;
};
type Progressing = {
  readonly title: string;
  readonly total: number | null;
  readonly done: number;
  readonly running: boolean;
  readonly refused: readonly { readonly name: string; readonly why: Refused }[];
  readonly error: unknown;
};

/** Runs work on many rows, part by part: `view` shows how far it is, and who was left out for what reason. */
export function useBulk(onDone: () => Promise<unknown>) {
  const { t } = useTranslation();
  const text = useErrorText();
  const [state, setState] = useState<Progressing | null>(null);
  const stopped = useRef(false);

  const undoing = async (undo: () => Promise<unknown>) => {
    await undo().then(
      () => notifications.show({ message: t("common:bulk.undone") }),
      (error: unknown) => notifications.show({ message: text(error), color: "trouble" }),
    );
    await onDone();
    focusList();
  };

  const start = async <S extends BulkStep>(job: BulkJob<S>) => {
    stopped.current = false;
    const { title, total } = job;
    const show = (steps: readonly S[], running: boolean, error: unknown = null) => {
      const { done, refused } = totals(steps);
      const named = refused.map((why) => ({ name: job.nameOf(why.id), why }));
      setState({ title, total, done: done.length, running, refused: named, error });
    };
    let steps: readonly S[] = [];
    show([], true);
    try {
      await runBulk(
        job.ids,
        job.ask,
        (some) => {
          steps = [...some];
          show(steps, true);
        },
        () => !stopped.current,
      );
    } catch (error) {
      show(steps, false, error);
      await onDone();
      return;
    }
    const { done, refused } = totals(steps);
    if (refused.length > 0) show(steps, false);
    else setState(null);
    job.after?.(steps);
    await onDone();
    focusList();
    const { undo } = job;
    if (done.length === 0) return;
    const id = notifications.show({
      autoClose: undo === undefined ? 5_000 : 15_000,
      message: (
        <span className={css["bulkTold"]}>
          {t("common:bulk.done", { title, count: done.length })}
          {undo === undefined ? null : (
            <Button
              size="compact-sm"
              variant="default"
              style={{ flex: "none" }}
              leftSection={<IconArrowBackUp size={15} />}
              onClick={() => {
                notifications.hide(id);
                void undoing(() => undo(steps));
              }}
            >
              {t("common:action.undo")}
            </Button>
          )}
        </span>
      ),
    });
  };
  const view = <BulkProgress state={state} onStop={() => (stopped.current = true)} onClose={() => setState(null)} />;
  return { start, view };
}

type ProgressProps = { state: Progressing | null; onStop: () => void; onClose: () => void };
function BulkProgress({ state, onStop, onClose }: ProgressProps) {
  const { t } = useTranslation();
  if (state === null) return null;
  const { title, total, done, running, refused, error } = state;
  const gone = done + refused.length;
  return (
    <Modal
      opened
      onClose={() => (running ? undefined : onClose())}
      withCloseButton={!running}
      title={title}
      closeButtonProps={{ "aria-label": t("common:action.close") }}
    >
      <p role="status" className="num">
        {total === null ? t("common:bulk.soFar", { count: gone }) : t("common:bulk.progress", { done: gone, total })}
      </p>
      {running ? (
        <Progress aria-label={title} value={total === null || total === 0 ? 100 : (gone * 100) / total} animated />
      ) : null}
      <ErrorNote error={error} />
      {refused.length > 0 ? (
        <>
          <p>
            <b>{t("common:bulk.refused", { count: refused.length })}</b>
          </p>
          <ul className={css["bulkRefused"]}>
            {refused.slice(0, 200).map(({ name, why }) => (
              <li key={why.id}>
                <b>{name}</b>: {said(t, why)}
              </li>
            ))}
          </ul>
        </>
      ) : null}
      <div className={css["bulkFoot"]}>
        <Button variant="default" onClick={running ? onStop : onClose} data-autofocus>
          {t(running ? "common:bulk.stop" : "common:action.close")}
        </Button>
      </div>
    </Modal>
  );
}
