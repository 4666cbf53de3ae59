import { Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconUsers } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/call.ts";
import { Clock, EmptyState, SectionTitle, StateChip, useErrorText } from "../ui/index.ts";
import { type FloorOperator, isStranded, sortOperators } from "./figures.ts";
import css from "./floor.module.css";

const tileWidth = 204;
const tileHeight = 66;
const gap = 8;

/** Operators as tiles, those who need somebody first. Only the visible rows are drawn, so that a thousand scroll smoothly. */
export function Operators({ operators, all }: { operators: readonly FloorOperator[]; all: number }) {
  const { t } = useTranslation();
  const sorted = useMemo(() => sortOperators(operators), [operators]);
  return (
    <section className={css["operators"]} aria-label={t("floor:operators.title")}>
      <div style={{ padding: "14px 16px 8px" }}>
        <SectionTitle end={t("floor:operators.attention")}>
          {t("floor:operators.title")}{" "}
          <span className="muted">{t("floor:queues.count", { shown: sorted.length, all })}</span>
        </SectionTitle>
      </div>
      {sorted.length === 0 ? (
        <EmptyState
          icon={IconUsers}
          title={t("floor:operators.none")}
          text={t(all === 0 ? "floor:operators.noneYet" : "floor:operators.noneText")}
        />
      ) : (
        <Tiles operators={sorted} />
      )}
    </section>
  );
}

function Tiles({ operators }: { operators: readonly FloorOperator[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const columns = useColumns(scroller);
  const rows = Math.ceil(operators.length / columns);
  const virtual = useVirtualizer({
    count: rows,
    getScrollElement: () => scroller.current,
    estimateSize: () => tileHeight + gap,
    overscan: 4,
  });
  return (
    <div ref={scroller} className={css["tiles"]}>
      <ul style={{ height: virtual.getTotalSize(), position: "relative", margin: 0, padding: 0, listStyle: "none" }}>
        {virtual.getVirtualItems().flatMap((row) =>
          operators.slice(row.index * columns, (row.index + 1) * columns).map((operator, column) => (
            <li
              key={operator.id}
              aria-posinset={row.index * columns + column + 1}
              aria-setsize={operators.length}
              style={{
                position: "absolute",
                top: 0,
                left: `calc(${(100 / columns) * column}% + ${(gap * column) / columns}px)`,
                width: `calc(${100 / columns}% - ${(gap * (columns - 1)) / columns}px)`,
                height: tileHeight,
                transform: `translateY(${row.start}px)`,
              }}
            >
              <Tile operator={operator} />
            </li>
          )),
        )}
      </ul>
    </div>
  );
}

function useColumns(element: { current: HTMLElement | null }): number {
  const [columns, setColumns] = useState(3);
  // Before the first picture, so that no tile is drawn in a width that is not its own.
  useLayoutEffect(() => {
    const target = element.current;
    if (!target || typeof ResizeObserver === "undefined") return;
    const measure = () => setColumns(Math.max(1, Math.floor((target.clientWidth - 24) / (tileWidth + gap))));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return columns;
}

const tones = {
  offline: "break",
  available: "available",
  offered: "offered",
  talking: "talking",
  "wrap-up": "wrapup",
  break: "break",
} as const;

/** A tile is drawn anew only when its operator's state is another; its clock ticks by itself. */
const Tile = memo(
  function Tile({ operator }: { operator: FloorOperator }) {
    const { t } = useTranslation();
    const stranded = isStranded(operator);
    const tone = stranded ? "trouble" : tones[operator.state];
    const where = [operator.clientName, operator.queueName].filter(Boolean).join(" · ");
    // A tile has room for one name; the queue's says more than its client's.
    const short = operator.queueName ?? operator.clientName ?? "";
    const detail = stranded ? t("floor:operators.noDevice") : (operator.detail ?? short);
    const whole = stranded || operator.detail ? detail : where;
    return (
      <StateMenu operator={operator}>
        <button
          type="button"
          className={css["tile"]}
          style={{ borderLeftColor: `var(--${tone})` }}
          aria-description={t("floor:operators.change", { name: operator.name })}
        >
          <span className={css["tileTop"]}>
            <b className="ellipsis" title={operator.name}>
              {operator.name}
            </b>
            <Clock since={operator.since} />
          </span>
          <span className={css["tileBottom"]}>
            <span className="ellipsis" title={whole} style={stranded ? { color: "var(--trouble)" } : undefined}>
              {detail}
            </span>
            <StateChip state={operator.held ? "held" : operator.state} />
          </span>
        </button>
      </StateMenu>
    );
  },
  (a, b) => JSON.stringify(a.operator) === JSON.stringify(b.operator),
);

const settable = ["available", "break", "offline"] as const;

function StateMenu({ operator, children }: { operator: FloorOperator; children: React.ReactNode }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const change = useStateChange(operator);
  const [opened, setOpened] = useState(false);
  const contactId = operator.contactId;
  return (
    <Menu position="bottom-start" width={250} opened={opened} onChange={setOpened}>
      <Menu.Target>{children}</Menu.Target>
      {opened ? (
        <Menu.Dropdown>
          <Menu.Label>{operator.name}</Menu.Label>
          {settable.map((to) => (
            <Menu.Item key={to} disabled={operator.state === to} onClick={() => void change(to)}>
              {t(`floor:operators.set.${to}`)}
            </Menu.Item>
          ))}
          {contactId ? (
            <>
              <Menu.Divider />
              <Menu.Item onClick={() => void navigate({ to: "/history/$contactId", params: { contactId } })}>
                {t("floor:operators.openCall")}
              </Menu.Item>
            </>
          ) : null}
          <Menu.Label>{t("floor:operators.journalled")}</Menu.Label>
        </Menu.Dropdown>
      ) : null}
    </Menu>
  );
}

function useStateChange(operator: FloorOperator): (to: (typeof settable)[number]) => Promise<void> {
  const { t } = useTranslation();
  const text = useErrorText();
  return async (to) => {
    try {
      await call("floorState", { params: { id: operator.id }, body: { to } });
      const values = { name: operator.name, state: t(`common:state.${to}`) };
      notifications.show({ message: t("floor:operators.changed", values) });
    } catch (error) {
      notifications.show({ message: text(error), color: "trouble" });
    }
  };
}
