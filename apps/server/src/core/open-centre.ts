import type { Effect, JournalEntry } from "@centrala/contract";
import { emptyState, evolve, fromSnapshot, type JsonValue, snapshotVersion, toSnapshot } from "@centrala/domain";
import type { Instant } from "@centrala/kit";
import { failsForGood, type Projector, type Store, StoreError } from "@centrala/store";
import type { Logger } from "pino";
import type { Centre } from "../app.ts";
import { CentreLease } from "./centre-lease.ts";
import { StoredConfig } from "./config-service.ts";
import type { LegsOfTelephony } from "./leg-check.ts";
import { CoreLoop } from "./loop.ts";
import { RefusedCalls } from "./refused-calls.ts";

const snapshotEveryEntries = 5_000;
const commitEveryMsMax = 4;
/** What a crash left unwritten is a moment's; whatever takes longer comes while the centre runs. */
const rowsMsMax = 10_000;

export type OpenCentreOptions = {
  readonly store: Store;
  readonly centreId: string;
  readonly log: Logger;
  readonly clock: () => Instant;
  /** Names this process among all that share the database. */
  readonly nodeId: string;
  /** The embedded database: the folder's lock proves that nobody else serves this centre. */
  readonly sole: boolean;
  readonly perform: (effect: Effect) => void;
  readonly legs: LegsOfTelephony;
  /** Called with the lease held, before the core decides what became of the last run's calls. */
  readonly prepare: () => Promise<void>;
  /** When the newest entry was written that a run before this one left. */
  readonly onJournal?: (newestAt: Instant) => void;
  /** This server lost the centre: it must decide and write nothing of it any more. */
  readonly onLost: (reason: string) => void;
};

export type OpenCentre = Centre & {
  readonly core: CoreLoop;
  readonly config: StoredConfig;
  close(): Promise<void>;
  /** Stops without a word to the database: another server owns the centre. */
  abandon(): Promise<void>;
};

/**
 * Takes the centre's lease, folds snapshot and journal, starts the loop, and tells the core that it was restarted.
 * @throws Error with code CENTRE_TAKEN when another server holds the lease
 */
export async function openCentre(options: OpenCentreOptions): Promise<OpenCentre> {
  const { store, centreId, log } = options;
  const lease = await CentreLease.take({ ...options, journal: store.journal });
  lease.keep(options.onLost);
  const projector = await openProjector(options, lease.epoch);
  const recovered = await recover(store, centreId, log);
  await caughtUp(projector, recovered.seq, options);
  if (recovered.at !== null) options.onJournal?.(recovered.at);
  const config = await StoredConfig.load(store, centreId, log);

  const core = new CoreLoop({
    state: recovered.state,
    seq: recovered.seq,
    at: recovered.at,
    clock: options.clock,
    commitEveryMsMax,
    append: (entries) => store.journal.append(centreId, lease.epoch, entries),
    perform: options.perform,
    refold: () => recover(store, centreId, log),
    isFatal: (error) => error instanceof StoreError && (error.code === "FENCED" || error.code === "SEQ_CONFLICT"),
    isPermanent: failsForGood,
    legs: options.legs,
    onFatal: (error) => {
      log.error({ centreId, err: error }, "this server no longer owns the centre");
      options.onLost("another server took this centre over");
    },
    onBug: (error, input) =>
      log.error({ centreId, err: error, input: input.kind }, "the core made a mistake over an input"),
    onFault: (error, what) =>
      log.error({ centreId, err: error, what }, "what was decided could not be carried out whole"),
    refusedCalls: new RefusedCalls(({ operatorId, code, scope, destination }, leftOut) =>
      log.warn({ centreId, operatorId, code, scope, ...destination, leftOut }, "a call out was refused"),
    ),
    onCommitFailed: (error, attempt) => {
      if (attempt === 1 || attempt % 20 === 0)
        log.error({ centreId, attempt, err: String(error) }, "the journal cannot be written; trying again");
    },
  });
  core.onCommitted((entries) => logFacts(log, entries));
  snapshotNowAndThen(store, centreId, core, log);

  await options.prepare();
  const aliveUntil = Math.max(recovered.at ?? 0, lease.renewedAt ?? 0);
  await core.submit({ kind: "recovered", legsAlive: [], aliveUntil: aliveUntil > 0 ? aliveUntil : null });
  await config.attach(core);
  return {
    id: centreId,
    core,
    config,
    projector,
    abandon: () => {
      lease.stop();
      config.close();
      projector.abandon();
      return core.stop();
    },
    close: async () => {
      lease.stop();
      config.close();
      await core.stop();
      await projector.close();
      await saveSnapshot(store, centreId, core, log);
      await lease.release();
    },
  };
}

function openProjector({ store, centreId, log }: OpenCentreOptions, epoch: number): Promise<Projector> {
  return store.projections.open(centreId, epoch, {
    failed: (error, attempt) => {
      if (attempt === 1 || attempt % 20 === 0)
        log.error({ centreId, attempt, err: String(error) }, "history cannot be written; trying again");
    },
    leftOut: (error, seq) => log.error({ centreId, seq, err: error }, "an entry could not be written into history"),
  });
}

async function caughtUp(projector: Projector, seq: number, { centreId, log }: OpenCentreOptions): Promise<void> {
  if (await projector.reached(seq, rowsMsMax)) return;
  log.warn({ centreId, behind: projector.figures.behind }, "history is behind the journal and catches up");
}

async function recover(
  store: Store,
  centreId: string,
  log: Logger,
): Promise<{ state: ReturnType<typeof emptyState>; seq: number; at: Instant | null }> {
  const snapshot = await store.journal.loadSnapshot(centreId, snapshotVersion);
  // The store gives back the JSON it was given; a snapshot of another shape is left aside.
  const restored = snapshot === undefined ? undefined : fromSnapshot(snapshot.state as JsonValue);
  let state = restored ?? emptyState();
  let seq = restored === undefined ? 0 : (snapshot?.seq ?? 0);
  let at: Instant | null = null;
  const from = seq;
  // Read once more: the snapshot does not know when its last entry was.
  for await (const entry of store.journal.readFrom(centreId, Math.max(seq, 1))) {
    at = entry.at;
    if (entry.seq <= from) continue;
    for (const fact of entry.facts) state = evolve(state, fact, entry.at);
    seq = entry.seq;
  }
  log.info({ centreId, seq, folded: seq - from }, "journal folded");
  return { state, seq, at };
}

function snapshotNowAndThen(store: Store, centreId: string, core: CoreLoop, log: Logger): void {
  let sinceSnapshot = 0;
  core.onCommitted((entries) => {
    sinceSnapshot += entries.length;
    if (sinceSnapshot >= snapshotEveryEntries) {
      sinceSnapshot = 0;
      void saveSnapshot(store, centreId, core, log);
    }
  });
}

async function saveSnapshot(store: Store, centreId: string, core: CoreLoop, log: Logger): Promise<void> {
  try {
    // Taken in one turn of the event loop, so that state and seq belong together; what is not committed yet is waited for.
    const state = toSnapshot(core.state);
    const seq = core.seq;
    const { refolds } = core.committed;
    await core.settled();
    // What this state was decided of may have been left out of the journal meanwhile, or be another owner's to decide.
    if (core.committed.fenced || core.committed.refolds !== refolds || core.committed.seq < seq) return;
    await store.journal.saveSnapshot(centreId, snapshotVersion, seq, state);
  } catch (error) {
    log.warn({ centreId, err: String(error) }, "the snapshot was not saved; the journal is folded instead");
  }
}

/** One line a fact, with the contact's id; keys, numbers and names are not in facts. */
function logFacts(log: Logger, entries: readonly JournalEntry[]): void {
  if (!log.isLevelEnabled("info")) return;
  for (const entry of entries) {
    for (const fact of entry.facts) {
      if (fact.kind === "configured")
        log.info({ seq: entry.seq, fact: fact.kind, version: fact.config.version }, fact.kind);
      else if (fact.kind === "configChanged")
        log.info({ seq: entry.seq, fact: fact.kind, version: fact.change.version }, fact.kind);
      else if (fact.kind === "keysEntered")
        log.info({ seq: entry.seq, contactId: fact.contactId, stepId: fact.stepId, length: fact.length }, fact.kind);
      // Its value is what was typed.
      else if (fact.kind === "variableSet")
        log.info({ seq: entry.seq, contactId: fact.contactId, name: fact.name }, fact.kind);
      else if (fact.kind === "outgoingAlarm")
        log.warn(
          { seq: entry.seq, ...fact, fact: fact.kind, kind: undefined },
          "a limit of calls out is nearly used up, or is",
        );
      else log.info({ seq: entry.seq, ...fact, fact: fact.kind, kind: undefined }, fact.kind);
    }
  }
}
