import type { TrunkState } from "@centrala/contract";
import { type CentreState, operatorState } from "@centrala/domain";
import type { ProjectorFigures } from "@centrala/store";
import { collectDefaultMetrics, Gauge, Histogram, Registry } from "@prometheus-io/client";
import type { App } from "../app.ts";

/** Figures of a core's loop, where it keeps any. */
type LoopFigures = {
  readonly backlog?: number;
  readonly counters?: {
    readonly inputs: number;
    readonly entries: number;
    readonly batches: number;
    readonly refused: number;
    readonly commitMsTotal: number;
    readonly commitMsMax: number;
    readonly bugs: number;
    readonly leftOut: number;
    readonly faults: number;
  };
};

/** A gauge that somebody else fills when Prometheus asks: name in snake case with its unit last, value by labels. */
export type Figure = {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  read(): readonly { readonly labels?: Readonly<Record<string, string>>; readonly value: number }[];
};

/** Everything that /metrics answers. Telephony and others add their figures by `register`. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #http: Histogram<"method" | "route" | "status">;

  constructor(app: App) {
    // By default these wake an idle server thirty times a second.
    collectDefaultMetrics({
      register: this.#registry,
      eventLoopMonitoringPrecision: 500,
      eventLoopUtilizationTimeout: 5_000,
    });
    this.#http = new Histogram({
      name: "centrala_http_request_seconds",
      help: "Time to answer an HTTP request",
      labelNames: ["method", "route", "status"],
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
      registers: [this.#registry],
    });
    for (const figure of [...coreFigures(app), ...projectorFigures(app)]) this.register(figure);
  }

  /** Adds a figure; a name that is taken is replaced. */
  register(figure: Figure): void {
    this.#registry.removeSingleMetric(figure.name);
    new Gauge({
      name: figure.name,
      help: figure.help,
      labelNames: [...(figure.labels ?? [])],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { labels, value } of figure.read()) this.set(labels ?? {}, value);
      },
    });
  }

  observe(method: string, route: string, status: number, ms: number): void {
    this.#http.observe({ method, route, status: String(status) }, ms / 1_000);
  }

  async text(): Promise<{ readonly type: string; readonly body: string }> {
    return { type: this.#registry.contentType, body: await this.#registry.metrics() };
  }
}

function coreFigures(app: App): readonly Figure[] {
  const each = (read: (state: CentreState) => number) => () =>
    [...app.centres.values()].map((centre) => ({ labels: { centre: centre.id }, value: read(centre.core.state) }));
  const loop = (read: (figures: LoopFigures) => number | undefined) => () =>
    [...app.centres.values()].map((centre) => ({
      labels: { centre: centre.id },
      value: read(centre.core as unknown as LoopFigures) ?? 0,
    }));
  const figure = (name: string, help: string, read: Figure["read"]): Figure => ({
    name,
    help,
    labels: ["centre"],
    read,
  });
  return [
    figure(
      "centrala_calls",
      "Contacts that live now",
      each((state) => state.contacts.size),
    ),
    figure(
      "centrala_legs",
      "Legs that live now",
      each((state) => state.legs.size),
    ),
    figure("centrala_contacts_waiting", "Contacts that wait in queues", each(waitingIn)),
    {
      name: "centrala_operators",
      help: "Operators by state",
      labels: ["centre", "state"],
      read: () => operatorsByState(app),
    },
    figure("centrala_journal_seq", "Last entry decided", () =>
      [...app.centres.values()].map((centre) => ({ labels: { centre: centre.id }, value: centre.core.seq })),
    ),
    figure(
      "centrala_inbox_size",
      "Inputs and decisions not committed yet",
      loop((core) => core.backlog),
    ),
    figure(
      "centrala_inputs_total",
      "Inputs decided since the start",
      loop((core) => core.counters?.inputs),
    ),
    figure(
      "centrala_inputs_refused_total",
      "Inputs refused at a limit",
      loop((core) => core.counters?.refused),
    ),
    figure(
      "centrala_core_bugs_total",
      "Inputs on which the core failed",
      loop((core) => core.counters?.bugs),
    ),
    figure(
      "centrala_entries_left_out_total",
      "Journal entries that could never be stored; each ended its contact",
      loop((core) => core.counters?.leftOut),
    ),
    figure(
      "centrala_effect_faults_total",
      "Effects and listeners that failed by a mistake",
      loop((core) => core.counters?.faults),
    ),
    figure(
      "centrala_commits_total",
      "Batches committed since the start",
      loop((core) => core.counters?.batches),
    ),
    figure(
      "centrala_commit_seconds_total",
      "Time spent committing",
      loop((core) => (core.counters?.commitMsTotal ?? 0) / 1_000),
    ),
    figure(
      "centrala_commit_seconds_max",
      "The longest commit since the start",
      loop((core) => (core.counters?.commitMsMax ?? 0) / 1_000),
    ),
    {
      name: "centrala_calls_out_refused_total",
      help: "Calls out that the limits refused since the start, by reason",
      labels: ["centre", "code"],
      read: () => callsOutRefused(app),
    },
    figure(
      "centrala_calls_out",
      "Legs outside that live now",
      each((state) => state.outgoing.legs.size),
    ),
    {
      name: "centrala_trunk_up",
      help: "1 when calls can come and go by the line, 0 when not; absent while nothing tells",
      labels: ["centre", "trunk"],
      read: () => trunksSay(app, ({ up }) => up),
    },
    {
      name: "centrala_trunk_registered",
      help: "1 when the line is registered, 0 when not; only of lines that register",
      labels: ["centre", "trunk"],
      read: () => trunksSay(app, ({ registered }) => registered),
    },
    {
      name: "centrala_trunk_answers",
      help: "1 when the carrier answers OPTIONS, 0 when not; only of lines that are asked, once there was an answer",
      labels: ["centre", "trunk"],
      read: () => trunksSay(app, ({ answers }) => answers),
    },
  ];
}

/** How far history and figures are behind what happened, and what went wrong on the way. */
function projectorFigures(app: App): readonly Figure[] {
  const figure = (name: string, help: string, pick: (figures: ProjectorFigures) => number): Figure => ({
    name,
    help,
    labels: ["centre"],
    read: () =>
      [...app.centres.values()].map((centre) => ({
        labels: { centre: centre.id },
        value: pick(centre.projector.figures),
      })),
  });
  return [
    figure(
      "centrala_projector_behind",
      "Committed entries that history and figures do not hold yet",
      ({ behind }) => behind,
    ),
    figure(
      "centrala_projector_to_rebuild",
      "Entries that a rebuild of history and figures still has before it",
      ({ toRebuild }) => toRebuild ?? 0,
    ),
    figure(
      "centrala_projector_failures_total",
      "Batches of history that could not be written and were tried again",
      ({ failures }) => failures,
    ),
    figure(
      "centrala_projector_left_out_total",
      "Entries that could never be written into history",
      ({ leftOut }) => leftOut,
    ),
  ];
}

function waitingIn(state: CentreState): number {
  let waiting = 0;
  for (const queue of state.queues.values()) waiting += queue.waiting.size;
  return waiting;
}

function operatorsByState(app: App): ReturnType<Figure["read"]> {
  return [...app.centres.values()].flatMap((centre) => {
    const counts = new Map<string, number>();
    for (const operator of centre.core.state.operators.values()) {
      const state = operatorState(operator);
      counts.set(state, (counts.get(state) ?? 0) + 1);
    }
    return [...counts].map(([state, value]) => ({ labels: { centre: centre.id, state }, value }));
  });
}

function callsOutRefused(app: App): ReturnType<Figure["read"]> {
  return [...app.centres.values()].flatMap((centre) =>
    [...centre.core.refusedCalls.counts].map(([code, value]) => ({ labels: { centre: centre.id, code }, value })),
  );
}

function trunksSay(app: App, pick: (says: TrunkSays) => boolean | null): ReturnType<Figure["read"]> {
  return [...app.centres.values()].flatMap((centre) =>
    app.phone.trunkStates(centre.id).flatMap((state) => {
      const value = pick(trunkSays(state));
      if (value === null) return [];
      return [{ labels: { centre: centre.id, trunk: state.trunkId }, value: value ? 1 : 0 }];
    }),
  );
}

type TrunkSays = { readonly registered: boolean | null; readonly answers: boolean | null; readonly up: boolean | null };

/**
 * What a line's state says; null where it says nothing. A line that registers gets no calls while it is not, whatever
 * OPTIONS say; one by address that is never asked can't be known.
 */
export function trunkSays({ registration, health }: Pick<TrunkState, "registration" | "health">): TrunkSays {
  const registered = registration.state === "none" ? null : registration.state === "registered";
  const answers = health.state === "unknown" ? null : health.state === "up";
  return { registered, answers, up: registered === false || answers === false ? false : (registered ?? answers) };
}
