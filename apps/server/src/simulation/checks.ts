import type { JournalEntry } from "@centrala/contract";
import {
  type CentreState,
  emptyBook,
  emptyState,
  evolve,
  foldSegments,
  knowsLeg,
  type SegmentChange,
  toSnapshot,
} from "@centrala/domain";
import { checkAccounts, checkOpen, checkState } from "@centrala/domain/testing";
import { LiveFigures } from "../live/figures.ts";
import { centreId, operatorIds } from "./centre.ts";
import type { Course } from "./course.ts";
import type { Database } from "./database.ts";
import type { Disk } from "./disk.ts";
import type { Outside } from "./outside.ts";
import type { ServerRun } from "./server-run.ts";

/** So long core and telephony may believe different things of a leg while nothing disturbs them. */
const beliefMsMax = 40_000;

/** What must hold in a simulated world, at every instant and at rest. */
export class Checks {
  readonly #course: Course;
  readonly #disk: Disk;
  readonly #outside: Outside;
  readonly #database: Database;
  readonly #calmMs: () => number;
  #seq = 0;
  #at = 0;
  #server: ServerRun | undefined;
  /** Since when core and telephony differ about a leg. */
  readonly #doubtful = new Map<string, number>();

  constructor(course: Course, disk: Disk, database: Database, outside: Outside, calmMs: () => number) {
    this.#course = course;
    this.#database = database;
    this.#disk = disk;
    this.#outside = outside;
    this.#calmMs = calmMs;
  }

  committed(entries: readonly JournalEntry[]): void {
    this.#at = entries.at(-1)?.at ?? this.#at;
  }

  /** The core's state holds together. */
  afterStep(server: ServerRun | undefined): void {
    const core = server?.centre?.core;
    if (core === undefined || (server === this.#server && core.seq === this.#seq)) return;
    this.#server = server;
    this.#seq = core.seq;
    this.#holds(() => checkState(core.state, this.#at));
  }

  /** Core and telephony agree about every leg before long. */
  beliefs(server: ServerRun | undefined, nowMs: number): void {
    const core = server?.centre?.core;
    if (server === undefined || core === undefined || this.#calmMs() <= 0) return this.#doubtful.clear();
    // A headset belongs to no contact that could end in its place: while its end can't be stored it is believed in.
    const { isPoisoned } = this.#database;
    const differing = new Set(
      differences(core.state, server).filter((what) => !(isPoisoned && what.includes("headset"))),
    );
    for (const what of this.#doubtful.keys()) if (!differing.has(what)) this.#doubtful.delete(what);
    for (const what of differing) {
      const sinceMs = this.#doubtful.get(what) ?? nowMs;
      this.#doubtful.set(what, sinceMs);
      if (nowMs - sinceMs > beliefMsMax) return this.#course.violate(`for ${beliefMsMax / 1_000} s now ${what}`);
    }
  }

  /** What a crash needs is on the disk: who was connected for some seconds hears a BYE after the start. */
  beforeDeath(server: ServerRun): void {
    if (server.centre === undefined || this.#calmMs() < 10_000) return;
    for (const legId of server.telephony.callLegs()) {
      const { answeredAtMs, over } = this.#outside.of(legId) ?? { answeredAtMs: null, over: true };
      if (over || answeredAtMs === null || this.#course.nowMs - answeredAtMs < 10_000) continue;
      if (!this.#disk.dialogs.has(localId(legId))) this.#course.violate(`the dialog of ${legId} is not stored`);
    }
  }

  /** Nothing is left, and the journal says the same as memory. */
  atRest(server: ServerRun | undefined): void {
    const core = server?.centre?.core;
    if (server === undefined || core === undefined) return this.#course.violate("at rest no server runs");
    const { state } = core;
    this.#empty("the core holds contacts", [...state.contacts.keys()]);
    this.#empty("the core holds calls that arrive", [...state.arrivals.keys()]);
    this.#empty("the core holds offers", [...state.offers.keys()]);
    this.#empty(
      "the core holds legs",
      [...state.legs.values()].filter((leg) => !leg.standing).map((leg) => leg.id),
    );
    const { telephony } = server;
    this.#empty("telephony holds legs", telephony.callLegs());
    this.#empty("sound is played", [...telephony.media.plays.keys()]);
    this.#empty("keys are waited for", [...telephony.media.collects.keys()]);
    this.#empty("recordings run", [...telephony.media.recordings.keys()]);
    this.#empty("rooms are open", [...telephony.media.rooms]);
    this.#empty(
      "far ends are connected",
      this.#outside.living.map((far) => far.legId),
    );
    // What a dead run still had under way may have been written after the next one looked.
    const own = (legId: string): boolean => telephony.hasEnded(legId) || telephony.hasEnded(`${centreId}:${legId}`);
    this.#empty("dialogs are stored", [...this.#disk.dialogs.keys()].filter(own));
    this.#empty(
      "nobody answered",
      server.waiting.map(({ input }) => input.kind),
    );
    if (core.backlog > 0) this.#course.violate(`${core.backlog} inputs wait`);
    this.#journal(core.state);
    this.#accounts(core.state, server.figures);
  }

  /** Times and counts add up, over all restarts, and the floor shows what the journal comes to. */
  #accounts(state: CentreState, shown: LiveFigures | undefined): void {
    const { entries } = this.#disk;
    const book = emptyBook();
    const changes: SegmentChange[] = [];
    const counted = new LiveFigures(() => this.#disk.config.centre.timeZone);
    counted.begin({ seq: 0, book: emptyBook(), rollups: [] });
    for (const entry of entries) {
      changes.push(...foldSegments(book, entry));
      counted.count(entry);
    }
    this.#holds(() => checkAccounts({ entries: [...entries], changes, book }));
    this.#holds(() => checkOpen({ state, book }));
    if (shown === undefined || shown.seq !== counted.seq)
      return this.#course.violate(`the floor counts to entry ${shown?.seq}, the journal has ${counted.seq}`);
    const now = entries.at(-1)?.at ?? 0;
    const sums = (figures: LiveFigures) => [
      ...this.#disk.config.queue.map(({ id }) => [id, figures.day.queue(id, now)]),
      ...operatorIds.map((id) => [id, figures.day.operator(id, now)]),
    ];
    const [floor, journal] = [JSON.stringify(sums(shown)), JSON.stringify(sums(counted))];
    if (floor !== journal) this.#course.violate(`the floor shows ${floor}, the journal comes to ${journal}`);
  }

  #holds(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.#course.violate(error instanceof Error ? error.message : String(error));
    }
  }

  #journal(state: CentreState): void {
    const entries = this.#disk.entries;
    const folded = emptyState();
    const running = new Set<string>();
    let at = 0;
    for (const entry of entries) {
      if (entry.at < at) this.#course.violate(`entry ${entry.seq} runs back in time by ${at - entry.at} ms`);
      at = entry.at;
      for (const fact of entry.facts) {
        evolve(folded, fact, entry.at);
        if (fact.kind === "contactStarted") running.add(fact.contactId);
        if (fact.kind === "contactEnded" && !running.delete(fact.contactId))
          this.#course.violate(`${fact.contactId} ended without running`);
      }
    }
    this.#empty("contacts never ended", [...running]);
    if (JSON.stringify(toSnapshot(folded)) !== JSON.stringify(toSnapshot(state)))
      this.#course.violate("the journal, folded, is another state than memory");
  }

  #empty(what: string, items: readonly string[]): void {
    if (items.length > 0) this.#course.violate(`at rest ${what}: ${items.slice(0, 5).join(", ")}`);
  }
}

function localId(legId: string): string {
  return legId.startsWith(`${centreId}:`) ? legId.slice(centreId.length + 1) : legId;
}

function differences(state: CentreState, server: ServerRun): string[] {
  const alive = new Set([...server.telephony.legs().keys()].map(localId));
  const arriving = [...state.arrivals.values()].filter(({ gone }) => gone === null).map(({ id }) => id);
  const believed = [...state.legs.keys(), ...arriving].filter((legId) => !alive.has(legId));
  const unknown = server.telephony
    .callLegs()
    .map(localId)
    .filter((legId) => !knowsLeg(state, legId));
  return [
    ...believed.map((legId) => `the core believes in ${legId}, which is over`),
    ...unknown.map((legId) => `nobody in the core knows ${legId}, which is alive`),
  ];
}
