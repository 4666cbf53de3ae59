import type { Input, JournalEntry } from "@centrala/contract";
import { type Instant, required } from "@centrala/kit";
import { chanceOf, type VirtualTime } from "@centrala/sim/seeded";
import type { Store } from "@centrala/store";
import pino, { type Logger } from "pino";
import { Centres } from "../core/centres.ts";
import { isReport } from "../core/inputs.ts";
import { stuckAfterMs } from "../core/loop.ts";
import type { OpenCentre } from "../core/open-centre.ts";
import { PhoneOfCentres } from "../core/phone-of-centres.ts";
import { steadyClock } from "../core/steady-clock.ts";
import { LiveFigures } from "../live/figures.ts";
import { FiguresStart } from "../live/figures-start.ts";
import { Headsets } from "../live/headsets.ts";
import { centreId } from "./centre.ts";
import type { Course } from "./course.ts";
import type { Database } from "./database.ts";
import type { Disk } from "./disk.ts";
import type { Outside } from "./outside.ts";
import { SimPhone } from "./sim-phone.ts";
import { simStore } from "./sim-store.ts";

export type ServerRunOptions = {
  readonly time: VirtualTime;
  readonly seed: number;
  /** Counts the runs of this world. */
  readonly run: number;
  readonly disk: Disk;
  readonly database: Database;
  readonly outside: Outside;
  readonly course: Course;
  readonly calmMs: () => number;
  readonly onCommitted: (entries: readonly JournalEntry[]) => void;
  /** Its centre has opened: the first time, and each time after another server had it. */
  readonly onOpened: (headsets: Headsets) => void;
  readonly onClosed: () => void;
};

type Submitted = { readonly input: Input; readonly atMs: number };

/** From one start of the server to its end: the real core and the real seam between simulated telephony and store. */
export class ServerRun {
  readonly telephony: SimPhone;
  readonly #options: ServerRunOptions;
  #alive = true;
  #centres: Centres | undefined;
  #headsets: Headsets | undefined;
  /** The floor's, of the centre that is open. */
  figures: LiveFigures | undefined;
  #close: () => Promise<void> = async () => undefined;
  /** Asked and not answered yet. */
  readonly #waiting = new Set<Submitted>();

  constructor(options: ServerRunOptions) {
    this.#options = options;
    this.telephony = new SimPhone({
      ...options,
      isPoisoned: () => options.database.isPoisoned,
      overloaded: () => (this.centre?.core.stuckMs ?? 0) > stuckAfterMs,
    });
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  /** Undefined until it has opened, while another server has it, and when this one is dead. */
  get centre(): OpenCentre | undefined {
    return this.#alive ? this.#centres?.running.get(centreId) : undefined;
  }

  get waiting(): readonly Submitted[] {
    return [...this.#waiting];
  }

  /** As the composition root does it. Rejects when the database does not play along; never ends when it died meanwhile. */
  async start(): Promise<void> {
    const { seed, run, disk, database, course } = this.#options;
    const idle = (): boolean => this.telephony.calls() === 0 && (this.centre?.core.state.contacts.size ?? 0) === 0;
    const clock = steadyClock({ wall: Date.now, elapsed: () => performance.now(), idle });
    const store = simStore(disk, database, clock, () => this.#alive, course);
    const log = this.#log();
    const entropy = chanceOf(seed, `entropy ${run}`);
    const places = placesOf();
    const own = new Centres(
      { store, places, log, clock, nodeId: `node ${run}`, sole: true, onJournal: () => undefined },
      () => phone,
    );
    this.#centres = own;
    this.#watchOpening(own.running, (centre) => this.#count(centre, store, clock()));
    own.onClosed(() => this.#alive && this.#options.onClosed());
    const centres = own.running;
    const phone = new PhoneOfCentres({ service: this.telephony, store, places, centres, log, clock, entropy });
    this.#headsets = new Headsets({ phone, centres, clock, entropy, log }, () => undefined);
    this.#close = () => phone.close();
    await own.startAll();
  }

  /** Whoever is asked from the first moment on is watched. */
  #watchOpening(running: Map<string, OpenCentre>, count: (centre: OpenCentre) => void): void {
    const set = running.set.bind(running);
    running.set = (id, centre) => {
      this.#watch(centre);
      count(centre);
      if (this.#alive) this.#options.onOpened(required(this.#headsets, "the headsets"));
      return set(id, centre);
    };
  }

  submit(input: Input): void {
    void this.centre?.core.submit(input);
  }

  /** In order, as on Ctrl-C. */
  async stop(): Promise<void> {
    await this.telephony.close();
    await this.#centres?.close();
    await this.#close();
    for (const { input } of this.#waiting)
      this.#options.course.violate(`${input.kind} was never answered, and the server has stopped`);
  }

  /** From now on nothing of it is heard. */
  die(): void {
    this.#alive = false;
    this.telephony.die();
  }

  /** What the core takes is answered, and what is answered with is in the journal. */
  #watch(centre: OpenCentre): void {
    const { core } = centre;
    const { course, disk, time } = this.#options;
    const submit = core.submit.bind(core);
    core.submit = (input) => {
      const submitted = { input, atMs: time.elapsedMs };
      this.#waiting.add(submitted);
      const outcome = submit(input);
      void outcome.then((answer) => {
        this.#waiting.delete(submitted);
        if (!this.#alive) return;
        if (!answer.ok) this.#refused(input, answer.code);
        else if (answer.value.facts.length > 0 && !disk.holds(answer.value.facts))
          course.violate(`${input.kind} was answered, and is not in the journal`);
      });
      return outcome;
    };
    core.onCommitted((entries) => {
      for (const { seq, input, facts } of entries)
        course.say(`#${seq} ${input.kind}: ${facts.map((fact) => fact.kind).join(" ")}`);
      if (this.#alive) this.#options.onCommitted(entries);
    });
  }

  /** A report of what has happened is refused by nobody but a core that stops, or for want of a place to store it. */
  #refused(input: Input, code: string): void {
    const { course } = this.#options;
    if (input.kind !== "muted") course.say(`${input.kind} is refused: ${code}`);
    if (isReport(input) && (code === "OVERLOADED" || code === "DATABASE_AWAY"))
      course.violate(`${input.kind}, which has happened, is refused: ${code}`);
  }

  /** As the floor does. */
  #count(centre: OpenCentre, store: Store, now: Instant): void {
    const figures = new LiveFigures(() => centre.config.current.centre.timeZone);
    this.figures = figures;
    centre.core.onCommitted((entries) => {
      for (const entry of entries) figures.committed(entry);
    });
    const failed = async (error: unknown): Promise<boolean> => {
      this.#options.course.say(`the figures could not be read: ${String(error)}`);
      await this.#options.time.wait(1_000);
      return this.#alive && this.figures === figures;
    };
    const source = { centreId, projector: centre.projector, store, now: () => now };
    void new FiguresStart(source, figures, { tell: () => undefined, begun: () => undefined, failed }).read();
  }

  #log(): Logger {
    const { course } = this.#options;
    const write = (line: string): void => {
      if (!this.#alive) return;
      const { msg, err } = JSON.parse(line) as { msg: string; err?: { message?: string; stack?: string } | string };
      const cause = typeof err === "object" ? (err.message ?? "") : (err ?? "");
      course.say(`log: ${msg}${cause === "" ? "" : `: ${cause}`}`);
      const isBug = msg.includes("mistake") || msg.includes("could not be carried out");
      if (isBug && !cause.includes("simulated"))
        course.violate(`${msg}: ${typeof err === "object" ? (err.stack ?? cause) : cause}`);
    };
    return pino({ level: "warn" }, { write });
  }
}

function placesOf() {
  const path = (...names: string[]): string => `/simulated/${names.join("/")}`;
  return {
    data: path(),
    recordings: path("recordings"),
    trash: path("trash"),
    prompts: path("prompts"),
    keys: path("keys"),
    backups: path("backups"),
    recording: (...names: string[]) => path("recordings", ...names),
    trashed: (...names: string[]) => path("trash", ...names),
    prompt: (...names: string[]) => path("prompts", ...names),
  };
}
