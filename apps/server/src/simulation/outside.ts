import type { LegEndCode } from "@centrala/contract";
import type { SeededRandom } from "@centrala/kit";
import { chanceOf, type VirtualTime } from "@centrala/sim/seeded";
import { calledNumber, centreId, deviceIds, extensions } from "./centre.ts";
import type { Course } from "./course.ts";
import type { SimPhone } from "./sim-phone.ts";

/** Whoever is at the other end of a leg: a caller, somebody called, an operator's telephone. It lives on when the server dies. */
export type FarEnd = {
  readonly legId: string;
  readonly kind: "caller" | "called" | "telephone" | "dialling-telephone";
  readonly chance: SeededRandom;
  answeredAtMs: number | null;
  over: boolean;
  /** The server that it was connected with is dead. */
  orphaned: boolean;
};

/** How long somebody who hears nothing at all stays on the line. */
const silenceMs = 40_000;
const callerWaitsMsMax = 180_000;

/** Callers, called ones and operators' telephones: what each does is a matter of chance that belongs to its leg alone. */
export class Outside {
  /** The telephony of the server that runs, if one does. */
  phone: SimPhone | undefined;
  /** Everybody finishes soon. */
  hurry = false;
  readonly devices = new Map<string, boolean>(deviceIds.map((id) => [id, true]));
  readonly #time: VirtualTime;
  readonly #seed: number;
  readonly #course: Course;
  readonly #fars = new Map<string, FarEnd>();

  constructor(time: VirtualTime, seed: number, course: Course) {
    this.#time = time;
    this.#seed = seed;
    this.#course = course;
  }

  get living(): readonly FarEnd[] {
    return [...this.#fars.values()].filter((far) => !far.over);
  }

  of(legId: string): FarEnd | undefined {
    return this.#fars.get(legId);
  }

  make(legId: string, kind: FarEnd["kind"]): FarEnd {
    const chance = chanceOf(this.#seed, legId);
    const far: FarEnd = { legId, kind, chance, answeredAtMs: null, over: false, orphaned: false };
    this.#fars.set(legId, far);
    return far;
  }

  /** Somebody calls the centre's number. */
  call(name: string): void {
    const legId = `in-${name}`;
    const { phone } = this;
    if (phone === undefined) return;
    const far = this.make(legId, "caller");
    const withheld = far.chance.below(8) === 0;
    this.#course.say(`${legId} calls`);
    phone.arrives(far, {
      legId,
      from: { kind: "trunk", trunkId: `${centreId}:carrier` },
      called: calledNumber,
      caller: withheld ? null : `+35988${String(1_000_000 + far.chance.below(50))}`,
      callerName: null,
      asserted: null,
      sipCallId: legId,
    });
    this.#givesUp(far);
  }

  /** An operator dials at a telephone. */
  dialAt(deviceId: string, name: string, b: number): void {
    const legId = `in-${name}`;
    const { phone } = this;
    if (phone === undefined || this.devices.get(deviceId) !== true) return;
    const far = this.make(legId, "dialling-telephone");
    const called =
      b % 3 === 0 ? `0888${String(100_000 + far.chance.below(5))}` : far.chance.pick([...extensions, "99", "112"]);
    this.#course.say(`${legId}: ${deviceId} dials ${called}`);
    const from = { kind: "device", deviceId: `${centreId}:${deviceId}` } as const;
    phone.arrives(far, { legId, from, called, caller: null, callerName: null, asserted: null, sipCallId: legId });
    this.#givesUp(far);
  }

  /** The far end hangs up, or its answer is no. */
  leaves(far: FarEnd, code: LegEndCode = far.answeredAtMs === null ? "CANCELLED" : "HUNG_UP"): void {
    if (far.over) return;
    far.over = true;
    this.#course.say(`${far.legId} is gone: ${code}`);
    this.phone?.left(far, code);
  }

  /** The server said BYE, CANCEL or no. */
  released(far: FarEnd): void {
    far.over = true;
  }

  answered(far: FarEnd): void {
    if (far.answeredAtMs !== null) return;
    far.answeredAtMs = this.#time.elapsedMs;
    const staysMs = this.hurry
      ? far.chance.below(5_000)
      : 500 + far.chance.below(far.chance.pick([5_000, 60_000, 240_000]));
    this.#time.after(staysMs, () => this.leaves(far));
  }

  /** The server is dead: who was not connected yet hears nothing more, the others wait for a voice. */
  orphan(): void {
    this.phone = undefined;
    for (const far of this.living) {
      if (far.answeredAtMs === null) this.leaves(far);
      far.orphaned = true;
      this.#time.after(silenceMs, () => this.leaves(far));
    }
  }

  /** Nobody stays longer than a moment from now on. */
  allLeave(): void {
    this.hurry = true;
    for (const far of this.living) this.#time.after(far.chance.below(5_000), () => this.leaves(far));
  }

  #givesUp(far: FarEnd): void {
    const { chance } = far;
    const atMs = chance.pick([chance.below(30), chance.below(2_000), chance.below(20_000), callerWaitsMsMax]);
    this.#time.after(atMs, () => {
      if (far.answeredAtMs === null) this.leaves(far);
    });
  }
}
