import type { FloorView } from "@centrala/contract";
import { Button } from "@mantine/core";
import { IconDeviceTv } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useEntities, useRoute } from "../api/queries.ts";
import { may, useSession } from "../api/session.tsx";
import { subscribeFloor, useLive } from "../live/store.ts";
import { ErrorNote, Forbidden, Kbd, RowSkeletons } from "../ui/index.ts";
import { FigureBar } from "./FigureBar.tsx";
import { FloorFilters } from "./FloorFilters.tsx";
import { Freshness } from "./Freshness.tsx";
import { type FloorFilter, figuresOf, filterOperators } from "./figures.ts";
import css from "./floor.module.css";
import { Operators } from "./Operators.tsx";
import { Alarms, Queues } from "./Queues.tsx";
import { Trunks, Waiting } from "./SideLists.tsx";
import { Wall } from "./Wall.tsx";

/** The supervisor's live picture: figures, queues, operators, who waits, and the lines. */
export function Page() {
  const session = useSession();
  if (!may(session, "supervisor")) return <Forbidden />;
  return <Floor />;
}

function Floor() {
  const live = useLive((state) => state.floor);
  const first = useRoute("floor", {}, { enabled: live === null });
  useEffect(() => {
    subscribeFloor(true);
    return () => subscribeFloor(false);
  }, []);
  const view = live ?? first.data;
  if (view) return <Picture view={view} />;
  if (!first.error) return <RowSkeletons rows={12} />;
  return (
    <div style={{ padding: 20, maxWidth: 560 }}>
      <ErrorNote error={first.error} onRetry={() => void first.refetch()} />
    </div>
  );
}

function Picture({ view }: { view: FloorView }) {
  const { filter, setFilter, wall, setWall } = useFloorSearch();
  const members = useMembers(filter.queue);
  const shown = useMemo(() => {
    const queues = view.queues.filter(
      (queue) => (!filter.client || queue.clientName === filter.client) && (!filter.queue || queue.id === filter.queue),
    );
    const names = new Set(queues.map((queue) => queue.id));
    const everyone = view.operators.filter((operator) => members === null || members.has(operator.id));
    return {
      queues,
      operators: filterOperators(view.operators, filter, members),
      waiting: view.waiting.filter((caller) => names.has(caller.queueId)),
      figures: figuresOf(queues, everyone),
    };
  }, [view, filter, members]);
  const leave = useCallback(() => setWall(false), [setWall]);
  if (wall) return <Wall view={view} queues={shown.queues} figures={shown.figures} onLeave={leave} />;
  return (
    <div className={css["floor"]}>
      <Header view={view} filter={filter} setFilter={setFilter} onWall={() => setWall(true)} />
      <FigureBar figures={shown.figures} calls={view.calls} />
      <div className={css["body"]}>
        <div className={css["left"]}>
          <Alarms queues={shown.queues} trunks={view.trunks} outgoing={view.outgoing} />
          <Queues queues={shown.queues} all={view.queues.length} />
          <div className={css["lists"]}>
            <Waiting waiting={shown.waiting} />
            <Trunks trunks={view.trunks} />
          </div>
        </div>
        <Operators operators={shown.operators} all={view.operators.length} />
      </div>
    </div>
  );
}

type HeaderProps = {
  view: FloorView;
  filter: FloorFilter;
  setFilter: (filter: FloorFilter) => void;
  onWall: () => void;
};
function Header({ view, filter, setFilter, onWall }: HeaderProps) {
  const { t } = useTranslation();
  useWallKey(onWall);
  return (
    <header className={css["header"]}>
      <h1>{t("floor:title")}</h1>
      <FloorFilters view={view} filter={filter} onChange={setFilter} />
      <span style={{ flex: 1 }} />
      <Freshness />
      <Button
        variant="default"
        leftSection={<IconDeviceTv size={15} />}
        rightSection={<Kbd keys="W" />}
        aria-keyshortcuts="W"
        onClick={onWall}
      >
        {t("floor:wall")}
      </Button>
    </header>
  );
}

function useWallKey(onWall: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.code !== "KeyW" || event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
      if (event.target instanceof HTMLElement && event.target.closest("input, textarea, select, [contenteditable]"))
        return;
      onWall();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [onWall]);
}

/** Who belongs to the chosen queue, by the configuration; null while none is chosen. */
function useMembers(queueId: string): ReadonlySet<string> | null {
  const queues = useEntities("queue");
  return useMemo(() => {
    if (!queueId) return null;
    const queue = queues.data?.find((each) => each.id === queueId);
    return new Set(queue?.operators.map((operator) => operator.userId) ?? []);
  }, [queueId, queues.data]);
}

/** Filter and wall mode stand in the address, so that a wall screen can be started by a bookmark. */
function useFloorSearch() {
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Partial<FloorFilter> & { wall?: string };
  const { client = "", queue = "", state = "", text = "", wall } = search;
  const filter = useMemo(() => ({ client, queue, state, text }), [client, queue, state, text]);
  const go = useCallback(
    (next: FloorFilter, onWall: boolean) => {
      const entries = Object.entries(next).filter(([, value]) => value !== "");
      const values: Record<string, string> = { ...Object.fromEntries(entries), ...(onWall ? { wall: "1" } : {}) };
      void navigate({ to: "/floor", search: values, replace: true });
    },
    [navigate],
  );
  return {
    filter,
    wall: wall === "1",
    setFilter: (next: FloorFilter) => go(next, false),
    setWall: useCallback((on: boolean) => go(filter, on), [go, filter]),
  };
}
