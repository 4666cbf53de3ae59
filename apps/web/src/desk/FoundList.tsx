import type { OperatorStateName } from "@centrala/contract";
import { ActionIcon } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconAddressBook, IconId, IconPhone, IconUser, IconUsers } from "@tabler/icons-react";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatPhone, StateChip } from "../ui/index.ts";
import css from "./desk.module.css";
import { type Found, isAway } from "./targets.ts";

const icons = { number: IconPhone, operator: IconUser, queue: IconUsers, customer: IconAddressBook };
const states: readonly string[] = ["offline", "available", "offered", "talking", "wrap-up", "break"];

type Options = {
  /** What is found for the text as it stands is not there yet. */
  readonly loading: boolean;
  readonly onPick: (found: Found) => void;
  /** Shift+Enter on a customer. */
  readonly onOpen?: (customerId: string) => void;
};

/**
 * Arrow keys and Enter over a list of finds, for an input above it. Enter acts on the marked line or says why it can't; while
 * the search is still going on, it waits for its end, unless a whole number was typed.
 */
export function useFoundList(found: readonly Found[], { loading, onPick, onOpen }: Options) {
  const { t } = useTranslation();
  const listId = useId();
  const [active, setActive] = useState(0);
  const entered = useRef(false);
  const index = Math.min(active, Math.max(0, found.length - 1));
  const pick = (chosen: Found): void => {
    if (!isAway(chosen)) return onPick(chosen);
    notifications.show({ id: "found-away", color: "trouble", message: t("desk:found.away", { name: chosen.title }) });
  };
  const enter = (shift: boolean): void => {
    const chosen = found[index];
    const whole = chosen?.kind === "number" && chosen.whole;
    if (loading && !whole) {
      entered.current = true;
      return;
    }
    if (chosen === undefined) return;
    if (shift && chosen.kind === "customer") onOpen?.(chosen.customerId);
    else pick(chosen);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the end of the search is what Enter waited for
  useEffect(() => {
    if (loading || !entered.current) return;
    entered.current = false;
    enter(false);
  }, [loading]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.nativeEvent.isComposing) return;
    if (event.key === "ArrowDown") setActive(Math.min(index + 1, found.length - 1));
    else if (event.key === "ArrowUp") setActive(Math.max(index - 1, 0));
    else if (event.key === "Enter") enter(event.shiftKey);
    else return;
    event.preventDefault();
  };
  const inputProps = {
    role: "combobox",
    "aria-expanded": found.length > 0,
    "aria-controls": listId,
    "aria-autocomplete": "list",
    "aria-activedescendant": found[index] ? `${listId}-${index}` : undefined,
    onKeyDown,
  } as const;
  const reset = () => {
    entered.current = false;
    setActive(0);
  };
  return { listId, active: index, setActive, inputProps, reset, pick };
}

/** The way to a customer's card, beside the line whose Enter calls. */
export function OpenCard({ name, onOpen }: { name: string; onOpen: () => void }) {
  const { t } = useTranslation();
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      tabIndex={-1}
      aria-label={t("desk:dial.openCard", { name })}
      title={t("desk:dial.openCard", { name })}
      onClick={(event) => {
        event.stopPropagation();
        onOpen();
      }}
    >
      <IconId size={16} />
    </ActionIcon>
  );
}

type FoundListProps = {
  listId: string;
  label: string;
  found: readonly Found[];
  active: number;
  onPick: (found: Found) => void;
  /** More to do with a line, beside picking it. */
  extra?: (found: Found) => ReactNode;
};

export function FoundList({ listId, label, found, active, onPick, extra }: FoundListProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div ref={list} id={listId} role="listbox" aria-label={label} className={css["found"]}>
      {found.map((each, index) => (
        <FoundLine
          key={each.key}
          id={`${listId}-${index}`}
          found={each}
          active={index === active}
          onPick={() => onPick(each)}
          extra={extra?.(each)}
        />
      ))}
    </div>
  );
}

type LineProps = { id: string; found: Found; active: boolean; onPick: () => void; extra: ReactNode };

function FoundLine({ id, found, active, onPick, extra }: LineProps) {
  const { t } = useTranslation();
  const Icon = icons[found.kind];
  const disabled = isAway(found);
  return (
    // The input above keeps the focus and handles keys (aria-activedescendant); the mouse picks here.
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={active}
      aria-disabled={disabled || undefined}
      className={css["foundLine"]}
      onMouseDown={(event) => event.preventDefault()}
      onClick={onPick}
      onKeyDown={undefined}
    >
      <Icon size={16} stroke={1.7} aria-hidden="true" />
      <span className={css["foundText"]}>
        <span className={css["foundTitle"]}>
          {found.kind === "number" ? t("desk:dial.number", { number: formatPhone(found.title) }) : found.title}
        </span>
        {found.kind === "customer" && found.phones[0] ? (
          <span className="muted num">{formatPhone(found.phones[0])}</span>
        ) : null}
        {found.kind === "operator" && found.extension ? <span className="muted num">{found.extension}</span> : null}
        {found.kind === "queue" ? (
          <span className="muted">{t("desk:queueWaiting", { count: found.waiting })}</span>
        ) : null}
      </span>
      {found.kind === "operator" && states.includes(found.state) ? (
        <StateChip state={found.state as OperatorStateName} />
      ) : null}
      {extra}
    </div>
  );
}
