import type { OperatorStateName } from "@centrala/contract";
import { IconAddressBook, IconPhone, IconUser, IconUsers } from "@tabler/icons-react";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatPhone, StateChip } from "../ui/index.ts";
import css from "./desk.module.css";
import type { Found } from "./targets.ts";

const icons = { number: IconPhone, operator: IconUser, queue: IconUsers, customer: IconAddressBook };
const states: readonly string[] = ["offline", "available", "offered", "talking", "wrap-up", "break"];

/** Arrow keys and Enter over a list of finds, for an input above it. */
export function useFoundList(found: readonly Found[], onPick: (found: Found) => void) {
  const listId = useId();
  const [active, setActive] = useState(0);
  const index = Math.min(active, Math.max(0, found.length - 1));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.nativeEvent.isComposing) return;
    if (event.key === "ArrowDown") setActive(Math.min(index + 1, found.length - 1));
    else if (event.key === "ArrowUp") setActive(Math.max(index - 1, 0));
    else if (event.key === "Enter") {
      const chosen = found[index];
      if (chosen && !(chosen.kind === "operator" && chosen.disabled)) onPick(chosen);
    } else return;
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
  return { listId, active: index, setActive, inputProps, reset: () => setActive(0) };
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
  const disabled = found.kind === "operator" && found.disabled;
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
      onClick={disabled ? undefined : onPick}
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
