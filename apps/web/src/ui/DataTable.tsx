import { Button, Checkbox } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import type { TFunction } from "i18next";
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/call.ts";
import { EmptyState, Forbidden, RowSkeletons } from "./EmptyState.tsx";
import { ErrorNote } from "./ErrorNote.tsx";
import type { Selection } from "./selection.ts";
import css from "./table.module.css";

export type Column<T> = {
  id: string;
  header: ReactNode;
  /** A CSS grid track: "120px", "minmax(120px, 2fr)". */
  width: string;
  render: (row: T) => ReactNode;
  align?: "left" | "right";
  /** Shown only where the table is at least this wide, in px. */
  from?: number;
};

export type DataTableProps<T> = {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  onOpen?: (row: T) => void;
  loading?: boolean;
  error?: unknown;
  onRetry?: () => void;
  /** There are more rows to load; called when the end comes into sight. */
  hasMore?: boolean;
  onMore?: () => void;
  loadingMore?: boolean;
  empty?: ReactNode;
  rowHeight?: number;
  /** Marks a row, for example the one that is open beside the table. */
  selected?: string | null;
  /** Rows can be ticked: by a click, with Shift from the one before, by the space bar, all shown at once by Ctrl and A. */
  selection?: Selection;
  /** What a row is called where it is ticked. */
  rowName?: (row: T) => string;
};

/** A list of any length: only what is visible is drawn, arrows move, Enter opens, and empty, loading, broken and forbidden are states of their own. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { t } = useTranslation();
  if (props.error instanceof ApiError && props.error.status === 403) return <Forbidden />;
  if (props.error && props.rows.length === 0) {
    return (
      <div style={{ padding: 16 }}>
        <ErrorNote error={props.error} {...(props.onRetry ? { onRetry: props.onRetry } : {})} />
      </div>
    );
  }
  if (props.loading && props.rows.length === 0) return <RowSkeletons rows={10} />;
  if (props.rows.length === 0) return props.empty ?? <EmptyState title={t("common:empty.title")} />;
  return <Rows {...props} />;
}

type Place = { readonly offset: number; readonly active: number };
/** Where each list was left, so that coming back from one of its rows finds the place and the focus again. */
const places = new Map<string, Place>();
const placesMax = 50;

function Rows<T>(props: DataTableProps<T>) {
  const { t } = useTranslation();
  const { rows, rowKey, onOpen, rowHeight = 40 } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const placeKey = `${location.pathname}${location.search}#${props.label}`;
  const left = places.get(placeKey);
  const [active, setActive] = useState(Math.min(left?.active ?? 0, rows.length - 1));
  const width = useWidth(scroller);
  const { selection } = props;
  const fitting = props.columns.filter((column) => width === 0 || (column.from ?? 0) <= width);
  const columns = selection === undefined ? fitting : [tickColumn<T>(t, selection, rows.length), ...fitting];
  const template = columns.map((column) => column.width).join(" ");
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    initialOffset: left?.offset ?? 0,
  });
  /** Remembers the place when a row is opened: by its key, its click, or a link in it. */
  const leave = (index: number) => {
    if (places.size >= placesMax) places.clear();
    places.set(placeKey, { offset: scroller.current?.scrollTop ?? 0, active: index });
  };
  useReturn(scroller, placeKey, left);
  const items = virtual.getVirtualItems();
  useMoreAtEnd(props, items.at(-1)?.index ?? 0);
  const focusRow = (index: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, index));
    setActive(next);
    virtual.scrollToIndex(next);
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const onRow = (event.target as HTMLElement).dataset["row"] !== undefined;
    if (selection !== undefined && onRow && !event.altKey) {
      if ((event.ctrlKey || event.metaKey) && event.code === "KeyA") {
        event.preventDefault();
        return selection.toggleLoaded();
      }
      if (event.key === " " && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        return selection.toggle(active, event.shiftKey);
      }
    }
    if (event.altKey || event.ctrlKey || event.metaKey || !(event.target as HTMLElement).dataset["row"]) return;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -rows.length, End: rows.length }[
      event.key
    ];
    const row = rows[active];
    if (step !== undefined) focusRow(active + step);
    else if (event.key === "Enter" && onOpen && row !== undefined) {
      leave(active);
      onOpen(row);
    } else return;
    event.preventDefault();
  };
  return (
    <div ref={scroller} className={css["scroller"]}>
      <div
        role="grid"
        tabIndex={-1}
        aria-label={props.label}
        aria-multiselectable={selection === undefined ? undefined : true}
        aria-rowcount={props.hasMore ? -1 : rows.length + 1}
        onKeyDown={onKeyDown}
        style={{ minWidth: 0 }}
      >
        <div role="row" className={css["head"]} style={{ gridTemplateColumns: template }}>
          {columns.map((column) => (
            <span
              key={column.id}
              role="columnheader"
              data-align={column.align}
              className={column.id === tickId ? css["tick"] : css["cell"]}
            >
              {column.header}
            </span>
          ))}
        </div>
        <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {items.map((item) => {
            const row = rows[item.index] as T;
            const key = rowKey(row);
            return (
              <div
                key={key}
                role="row"
                aria-rowindex={item.index + 2}
                aria-selected={selection === undefined ? props.selected === key || undefined : selection.has(key)}
                aria-current={selection !== undefined && props.selected === key ? true : undefined}
                data-row={item.index}
                data-open={onOpen ? true : undefined}
                tabIndex={item.index === active ? 0 : -1}
                className={css["row"]}
                style={{ gridTemplateColumns: template, height: rowHeight, transform: `translateY(${item.start}px)` }}
                onFocus={() => setActive(item.index)}
                onClick={(event) => {
                  leave(item.index);
                  if (!(event.target as HTMLElement).closest("a, button, input")) onOpen?.(row);
                }}
              >
                {columns.map((column) => (
                  <span
                    key={column.id}
                    role="gridcell"
                    data-align={column.align}
                    className={column.id === tickId ? css["tick"] : css["cell"]}
                  >
                    {column.id === tickId && selection !== undefined ? (
                      <Tick
                        label={t("common:bulk.row", { name: props.rowName?.(row) ?? item.index + 1 })}
                        ticked={selection.has(key)}
                        onClick={(range) => selection.toggle(item.index, range)}
                      />
                    ) : (
                      column.render(row)
                    )}
                  </span>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      <TableEnd {...props} />
    </div>
  );
}

const tickId = "~tick";

/** The column of ticks; in its head all rows that are loaded are ticked or not. */
function tickColumn<T>(t: TFunction, selection: Selection, loaded: number): Column<T> {
  const ticked = selection.all ? loaded : selection.keys.length;
  return {
    id: tickId,
    width: "24px",
    header: (
      <Checkbox
        size="xs"
        aria-label={t("common:bulk.loaded")}
        checked={ticked === loaded}
        indeterminate={ticked > 0 && ticked < loaded}
        onChange={selection.toggleLoaded}
      />
    ),
    render: () => null,
  };
}

type TickProps = { label: string; ticked: boolean; onClick: (range: boolean) => void };
/** Its click does not open the row. The row itself is what the keys stand on, so the tick is not one more stop. */
function Tick({ label, ticked, onClick }: TickProps) {
  return (
    <Checkbox
      size="xs"
      tabIndex={-1}
      aria-label={label}
      checked={ticked}
      readOnly
      onClick={(event) => onClick(event.shiftKey)}
    />
  );
}

/** Once: the list stands where it was left, and the row that was opened has the focus. */
function useReturn(scroller: { current: HTMLElement | null }, key: string, left: Place | undefined): void {
  const back = useRef(left);
  useEffect(() => {
    const place = back.current;
    back.current = undefined;
    if (place === undefined || !scroller.current) return;
    places.delete(key);
    scroller.current.scrollTop = place.offset;
    const frame = requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-row="${place.active}"]`)?.focus({ preventScroll: true }),
    );
    return () => cancelAnimationFrame(frame);
  }, [scroller, key]);
}

function TableEnd<T>({ error, onRetry, hasMore, onMore, loadingMore }: DataTableProps<T>) {
  const { t } = useTranslation();
  if (error) return <ErrorNote error={error} {...(onRetry ? { onRetry } : {})} />;
  if (!hasMore || !onMore) return null;
  return (
    <div style={{ padding: 8, textAlign: "center" }}>
      <Button variant="subtle" size="compact-sm" loading={loadingMore ?? false} onClick={onMore}>
        {t("common:action.more")}
      </Button>
    </div>
  );
}

function useMoreAtEnd<T>({ hasMore, loadingMore, onMore, rows, error }: DataTableProps<T>, last: number): void {
  const near = last >= rows.length - 20;
  useEffect(() => {
    if (near && hasMore && !loadingMore && !error) onMore?.();
  }, [near, hasMore, loadingMore, onMore, error]);
}

function useWidth(element: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const target = element.current;
    if (!target || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(() => setWidth(target.clientWidth));
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
