import { type Instant, type SeededRandom, second } from "@centrala/kit";
import { chanceOf, type Kind, type Move, type Plan, VirtualTime } from "@centrala/sim/seeded";
import type { Headsets } from "../live/headsets.ts";
import { deviceIds, devicePassword, outsideNumber, simulatedCentre, smallerCentre } from "./centre.ts";
import { Checks } from "./checks.ts";
import { Course } from "./course.ts";
import { Database, paces } from "./database.ts";
import { Desks } from "./desks.ts";
import { Disk } from "./disk.ts";
import { Outside } from "./outside.ts";
import { ServerRun } from "./server-run.ts";

/** Monday, 2 November 2026, 10:00 in Sofia. */
const monday: Instant = 1_793_606_400_000;
const restartMs = 1_000;
/** A centre that was taken is asked for again within this time. */
const takenMs = 15 * second;
/** The longest that anything of a centre goes on by itself: a queue, a wrap-up, a message, a headset that is waited for. */
const quietMs = 600 * second;
/** More than the inbox of a core holds. */
const floodMax = 21_000;
const wallOffsetMsMax = 25 * 60_000;

const byDesk: readonly Kind[] = [
  { kind: "available", weight: 8 },
  { kind: "break", weight: 2 },
  { kind: "choose", weight: 1 },
  { kind: "decline", weight: 1 },
  { kind: "finish", weight: 4 },
  { kind: "dial", weight: 6 },
  { kind: "hangUp", weight: 4 },
  { kind: "hold", weight: 4 },
  { kind: "mute", weight: 2 },
  { kind: "pauseRecording", weight: 1 },
  { kind: "transfer", weight: 5 },
  { kind: "consult", weight: 6 },
  { kind: "endConsult", weight: 5 },
];
const deskKinds = new Set(byDesk.map(({ kind }) => kind));

/** What people, telephones and machines do in a simulated centre, each as often as its number says. */
export const kinds: readonly Kind[] = [
  { kind: "call", weight: 24 },
  ...byDesk,
  { kind: "dialAt", weight: 4 },
  { kind: "farLeaves", weight: 4 },
  { kind: "headset", weight: 2 },
  { kind: "headsetLost", weight: 2 },
  { kind: "tabBreaks", weight: 2 },
  { kind: "device", weight: 2 },
  { kind: "phoneAsks", weight: 3 },
  { kind: "mediaLost", weight: 1 },
  { kind: "configure", weight: 1, rare: true },
  { kind: "lag", weight: 1, rare: true },
  { kind: "pace", weight: 3, rare: true },
  { kind: "away", weight: 3, rare: true },
  { kind: "silent", weight: 3, rare: true },
  { kind: "doubt", weight: 3, rare: true },
  { kind: "lose", weight: 2, rare: true },
  { kind: "poison", weight: 2, rare: true },
  { kind: "fence", weight: 1, rare: true },
  { kind: "crash", weight: 2, rare: true },
  { kind: "restart", weight: 1, rare: true },
  { kind: "clock", weight: 2, rare: true },
  { kind: "bug", weight: 2, rare: true },
  { kind: "flood", weight: 0.2, rare: true },
];

/** A centre with its callers, telephones, operators and database, all simulated but the core and the seam. */
export class World {
  readonly course: Course;
  readonly #time = new VirtualTime(monday);
  readonly #plan: Plan;
  readonly #database: Database;
  readonly #disk: Disk;
  readonly #outside: Outside;
  readonly #desks: Desks;
  readonly #checks: Checks;
  #server: ServerRun | undefined;
  #runs = 0;
  #disturbedMs = 0;

  constructor(plan: Plan) {
    const time = this.#time;
    this.#plan = plan;
    this.course = new Course(time);
    this.#database = new Database(time, chanceOf(plan.seed, "database"), () => this.#disturb(0));
    this.#disk = new Disk(simulatedCentre(), new Map(deviceIds.map((id) => [id, devicePassword])));
    this.#disk.address({ raw: outsideNumber, display: outsideNumber, e164: outsideNumber });
    this.#outside = new Outside(time, plan.seed, this.course);
    this.#desks = new Desks(time, plan.seed, this.course);
    this.#checks = new Checks(this.course, this.#disk, this.#database, this.#outside, () => this.#calmMs());
  }

  /** Lets everything happen, then lets it come to rest. Afterwards `course.wrong` says what was. */
  async run(): Promise<void> {
    const giveBack = this.#time.takeOver();
    const onRejection = (error: unknown): void => {
      this.course.violate(`nobody caught ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    };
    process.on("unhandledRejection", onRejection);
    try {
      await this.#live();
    } finally {
      process.off("unhandledRejection", onRejection);
      this.#server?.die();
      giveBack();
    }
  }

  async #live(): Promise<void> {
    this.#boot();
    await this.#pass(20 * second);
    const startedMs = this.#time.elapsedMs;
    for (const move of this.#plan.moves) {
      await this.#pass(startedMs + move.atMs - this.#time.elapsedMs);
      if (this.course.wrong !== undefined) return;
      this.#move(move, chanceOf(this.#plan.seed, `move ${move.id}`));
      this.#look();
    }
    await this.#pass(5 * second);
    await this.#comeToRest();
  }

  /** Whatever was wrong is over and everybody goes home: nothing may be left. */
  async #comeToRest(): Promise<void> {
    this.course.say("the world comes to rest");
    this.#database.heal();
    this.#outside.allLeave();
    // What could not be stored is tried again within this time.
    this.#disturb(40 * second);
    if (this.#server !== undefined) this.#server.telephony.throwsOn = undefined;
    for (let round = 0; round < 12 && this.course.wrong === undefined; round += 1) {
      this.#desks.finishAll();
      await this.#pass(quietMs / 12);
    }
    if (this.course.wrong === undefined) this.#checks.atRest(this.#server);
  }

  async #pass(durationMs: number): Promise<void> {
    const endMs = this.#time.elapsedMs + durationMs;
    // Believing in what is over is a matter of time, so it is looked at now and then even when nothing happens.
    while (this.#time.elapsedMs < endMs && this.course.wrong === undefined) {
      await this.#time.run(Math.min(second, endMs - this.#time.elapsedMs), () => this.#look());
      this.#checks.beliefs(this.#server, this.#time.elapsedMs);
    }
  }

  #look(): void {
    if (this.course.wrong === undefined) this.#checks.afterStep(this.#server);
  }

  #calmMs(): number {
    return this.#database.isWell ? this.#time.elapsedMs - this.#disturbedMs : 0;
  }

  #disturb(durationMs: number): void {
    this.#disturbedMs = Math.max(this.#disturbedMs, this.#time.elapsedMs + durationMs);
  }

  // ---- The server ----

  #boot(): void {
    this.#runs += 1;
    this.course.say(`the server starts, run ${this.#runs}`);
    const server = new ServerRun({
      time: this.#time,
      seed: this.#plan.seed,
      run: this.#runs,
      disk: this.#disk,
      database: this.#database,
      outside: this.#outside,
      course: this.course,
      calmMs: () => this.#calmMs(),
      onCommitted: (entries) => {
        this.#checks.committed(entries);
        this.#desks.see(entries);
      },
      onOpened: (headsets) => this.#opened(server, headsets),
      onClosed: () => {
        this.course.say("the centre is another server's");
        this.#desks.disconnected();
        this.#disturb(takenMs);
      },
    });
    this.#server = server;
    this.#outside.phone = server.telephony;
    server.start().catch((error: unknown) => {
      this.course.say(`the server does not start: ${String(error)}`);
      if (this.#server === server) this.#crash("start");
    });
  }

  #opened(server: ServerRun, headsets: Headsets): void {
    if (this.#server !== server) return;
    this.course.say("the centre has opened");
    this.#disturb(0);
    this.#desks.connected({ headsets, submit: (input) => server.submit(input) });
  }

  #crash(why: string): void {
    const server = this.#server;
    if (server?.isAlive !== true) return;
    this.course.say(`the server dies (${why})`);
    this.#checks.beforeDeath(server);
    server.die();
    this.#server = undefined;
    this.#desks.server = undefined;
    this.#time.dropProgram();
    this.#outside.orphan();
    this.#disturb(restartMs);
    this.#time.after(restartMs, () => this.#boot());
  }

  #restart(): void {
    const server = this.#server;
    if (server?.centre === undefined) return;
    this.course.say("the server is stopped");
    this.#desks.server = undefined;
    this.#disturb(30_000);
    // Whoever stops it waits so long for the end.
    let isOver = false;
    const end = (why: string): void => {
      if (isOver || this.#server !== server) return;
      isOver = true;
      this.#crash(why);
    };
    server.stop().then(
      () => end("stopped"),
      (error: unknown) => end(String(error)),
    );
    this.#time.after(10_000, () => end("killed"));
  }

  // ---- What happens ----

  #move({ id, kind, a, b }: Move, chance: SeededRandom): void {
    this.course.say(`move ${id}: ${kind} ${a} ${b}`);
    if (deskKinds.has(kind)) return this.#desks.acts(kind, a, b, chance);
    if (!this.#moveOfPeople(`${id}`, kind, a, b)) this.#fault(kind, a, b);
  }

  #moveOfPeople(name: string, kind: string, a: number, b: number): boolean {
    const telephony = this.#server?.telephony;
    switch (kind) {
      case "call":
        this.#outside.call(name);
        return true;
      case "dialAt":
        this.#outside.dialAt(pick(deviceIds, a) ?? "", name, b);
        return true;
      case "farLeaves": {
        const far = pick(this.#outside.living, a);
        if (far !== undefined) this.#outside.leaves(far);
        return true;
      }
      case "headset":
        this.#desks.offer(this.#desks.desk(a), b % 2 === 0);
        return true;
      case "tabBreaks":
        this.#desks.breaks(this.#desks.desk(a), b);
        return true;
      case "headsetLost":
        telephony?.headsetLost(a);
        return true;
      case "device": {
        const deviceId = pick(deviceIds, a) ?? "";
        this.#outside.devices.set(deviceId, b % 3 !== 0);
        telephony?.device(deviceId, b % 3 !== 0);
        return true;
      }
      case "phoneAsks":
        this.#phoneAsks(a, b);
        return true;
      case "mediaLost": {
        const far = pick(this.#outside.living, a);
        if (far !== undefined) telephony?.asks({ kind: "mediaLost", legId: far.legId });
        return true;
      }
      default:
        return false;
    }
  }

  /** The keys of a telephone: hold, transfer, join. */
  #phoneAsks(a: number, b: number): void {
    const fars = this.#outside.living.filter(({ kind }) => kind === "telephone" || kind === "dialling-telephone");
    const far = pick(fars, a);
    const other = pick(fars, a >> 4);
    if (far === undefined || other === undefined) return;
    const { legId } = far;
    const telephony = this.#server?.telephony;
    if (b % 3 === 0) telephony?.asks({ kind: "legHeld", legId, on: b % 2 === 0 });
    else if (b % 3 === 1)
      telephony?.asks({
        kind: "phoneTransfer",
        legId,
        target: pick(["11", "12", "13", "99", "0888100001"], b >> 2) ?? "",
      });
    else telephony?.asks({ kind: "phoneJoin", legId, otherLegId: other.legId });
  }

  #fault(kind: string, a: number, b: number): void {
    const forMs = (pick([50, 800, 4_000, 15_000, 60_000], a) ?? 0) + (b % 997);
    this.#disturb(kind === "away" || kind === "silent" ? forMs : 0);
    switch (kind) {
      case "configure":
        this.#disk.config =
          this.#disk.config.queue.length > 2
            ? smallerCentre(this.#disk.config)
            : largerCentre(this.#disk.config.version);
        this.#server?.centre?.config
          .reload()
          .catch((error: unknown) => this.course.say(`not reloaded: ${String(error)}`));
        return;
      case "lag":
        if (this.#server !== undefined) this.#server.telephony.lagMs = pick([2, 15, 200, 1_500], a) ?? 15;
        return;
      case "pace":
        this.#database.pace = pick(paces, a) ?? this.#database.pace;
        return;
      case "away":
        return this.#database.away(forMs);
      case "silent":
        return this.#database.silent(forMs);
      case "doubt":
        return this.#database.doubt(1 + (a % 4));
      case "lose":
        return this.#database.lose(1 + (a % 4));
      case "poison":
        return this.#database.poison();
      case "fence":
        return this.#disk.fence();
      case "crash":
        return this.#crash("crash");
      case "restart":
        return this.#restart();
      case "clock":
        return this.#setClock((pick([-1_500_000, -60_000, -2_000, 2_000, 60_000, 1_500_000], a) ?? 0) + (b % 500));
      case "bug":
        if (this.#server !== undefined)
          this.#server.telephony.throwsOn = pick(
            ["play", "setRoom", "answerLeg", "record", "dialTrunk", "dialDevice"],
            a,
          );
        return;
      case "flood":
        this.course.say(`${floodMax} clicks at once`);
        for (let click = 0; click < floodMax; click += 1)
          this.#server?.submit({ kind: "muted", contactId: "nobody's", operatorId: "anna", on: true });
        return;
      default:
        throw new Error(`a simulated world has no ${kind}`);
    }
  }

  #setClock(byMs: number): void {
    const offset = this.#time.wallOffsetMs + byMs;
    this.#time.wallOffsetMs = Math.max(-wallOffsetMsMax, Math.min(wallOffsetMsMax, offset));
  }
}

function largerCentre(version: number): ReturnType<typeof simulatedCentre> {
  return { ...simulatedCentre(), version: version + 1 };
}

function pick<T>(items: readonly T[], number: number): T | undefined {
  return items[number % Math.max(1, items.length)];
}
