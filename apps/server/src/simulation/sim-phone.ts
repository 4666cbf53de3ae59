import type { DeviceAccount, IncomingLeg, LegEndCode, TrunkState } from "@centrala/contract";
import { assertNever, type Instant, ok, type Result, type SeededRandom } from "@centrala/kit";
import type { HeadsetState, OwnerOf, PhoneCommand, PhoneEvent, PhoneService } from "@centrala/phone";
import { chanceOf, type VirtualTime } from "@centrala/sim/seeded";
import { centreId, deviceIds } from "./centre.ts";
import type { Course } from "./course.ts";
import type { FarEnd, Outside } from "./outside.ts";
import { SimMedia } from "./sim-media.ts";

type Leg = {
  readonly legId: string;
  readonly kind: "incoming" | "outgoing" | "headset";
  readonly far: FarEnd | undefined;
  answered: boolean;
  dropped: boolean;
  /** What is told of a leg is told in order. */
  tellAtMs: number;
};

type Dial = Extract<PhoneCommand, { kind: "dialTrunk" | "dialDevice" }>;

export type SimPhoneOptions = {
  readonly time: VirtualTime;
  readonly seed: number;
  /** Which run of the server this is the telephony of. */
  readonly run: number;
  readonly outside: Outside;
  readonly course: Course;
  readonly overloaded: () => boolean;
  /** For how long nothing has been wrong with database and server. */
  readonly calmMs: () => number;
  /** Whether there is an entry that can't be stored. */
  readonly isPoisoned: () => boolean;
};

/** What may be asked of a leg that was dropped: commands are idempotent, and a telephone may have been hung up while it was answered. */
const isForGone: ReadonlySet<PhoneCommand["kind"]> = new Set(["dropLeg", "rejectLeg", "reportTransfer"]);
/** A command for a leg that is over is one that crossed its end, as long as the core may not have heard of it. */
const crossingMsMax = 20_000;

/**
 * Telephony without a wire: legs of simulated far ends, sound as events. It holds the server to its word: nothing is asked
 * of a leg after it was dropped, nothing of a leg that never was, nothing of one that is long over.
 */
export class SimPhone implements PhoneService {
  readonly sipPort = 5060;
  readonly wire = { refusals: { list: () => [], counts: () => new Map() }, pauses: () => [], trace: () => [] };
  /** The next command of this kind fails as by a bug. */
  throwsOn: PhoneCommand["kind"] | undefined;
  /** So long signalling and media may take to tell something. */
  lagMs = 15;
  isDead = false;
  readonly media: SimMedia;
  readonly #options: SimPhoneOptions;
  readonly #chance: SeededRandom;
  readonly #legs = new Map<string, Leg>();
  /** When a leg's end was told. */
  readonly #endedAtMs = new Map<string, number>();
  readonly #tombs = new Set<string>();
  readonly #dialogs = new Set<(legId: string, dialog: string | null) => void>();
  readonly #events = new Set<(event: PhoneEvent) => void>();
  readonly #incoming = new Set<(leg: IncomingLeg) => void>();
  readonly #devices = new Set<(deviceId: string, reachable: boolean) => void>();
  readonly #bindings = new Set<
    (deviceId: string, rows: readonly { uri: string; binding: unknown; expiresAt: Instant }[]) => void
  >();
  readonly #headsets = new Set<(state: HeadsetState) => void>();
  readonly #reachable = new Set<string>();
  #ownerOf: OwnerOf = () => null;
  #refusing = false;

  constructor(options: SimPhoneOptions) {
    this.#options = options;
    this.#chance = chanceOf(options.seed, `phone ${options.run}`);
    this.media = new SimMedia(options.time, options.seed, (event) => !this.isDead && this.#tell(event));
    for (const [deviceId, here] of options.outside.devices)
      if (here) options.time.after(this.#chance.below(30_000), () => this.device(deviceId, here));
  }

  // ---- What far ends do ----

  arrives(far: FarEnd, leg: IncomingLeg): void {
    const trunkId = leg.from.kind === "trunk" ? leg.from.trunkId : "";
    const owner = trunkId === "" ? "own" : this.#ownerOf([{ trunkId, called: leg.called }]);
    if (owner === null || this.#refusing || this.#options.overloaded()) {
      this.#options.course.say(`${leg.legId} is refused at the door`);
      this.#options.outside.released(far);
      return;
    }
    const own = this.#add(leg.legId, "incoming", far);
    this.#options.time.after(this.#chance.below(4), () => {
      if (this.#legs.get(leg.legId) === own && !this.isDead) for (const listener of this.#incoming) listener(leg);
    });
  }

  /** The far end has gone; the server hears of it a moment later. */
  left(far: FarEnd, code: LegEndCode): void {
    const leg = this.#legs.get(far.legId);
    if (leg !== undefined) this.#later(leg, () => this.#ended(leg, code));
  }

  device(deviceId: string, reachable: boolean): void {
    const id = `${centreId}:${deviceId}`;
    if (this.isDead || this.#reachable.has(id) === reachable) return;
    if (reachable) this.#reachable.add(id);
    else this.#reachable.delete(id);
    const expiresAt = this.#options.time.wall + 3_600_000;
    for (const listener of this.#bindings) listener(id, reachable ? [{ uri: id, binding: deviceId, expiresAt }] : []);
    for (const listener of this.#devices) listener(id, reachable);
  }

  /** Something that a far end's telephone asks of a call that stands. */
  asks(event: Extract<PhoneEvent, { kind: "phoneTransfer" | "phoneJoin" | "legHeld" | "mediaLost" }>): void {
    const leg = this.#legs.get(event.legId);
    if (leg?.answered === true) this.#later(leg, () => this.#tell(event));
  }

  /** The way of a headset's sound breaks. */
  headsetLost(number: number): void {
    const standing = [...this.#legs.values()].filter((leg) => leg.kind === "headset");
    const legId = standing[number % Math.max(1, standing.length)]?.legId;
    if (legId === undefined || !this.#remove(legId)) return;
    this.#options.course.say(`${legId} is lost`);
    for (const listener of this.#headsets) listener({ kind: "lost", legId, reason: "gone" });
  }

  die(): void {
    this.isDead = true;
  }

  // ---- What the server asks ----

  perform(command: PhoneCommand): void {
    if (this.isDead) return;
    if (this.throwsOn === command.kind) {
      this.throwsOn = undefined;
      throw new Error("simulated: a bug in telephony");
    }
    this.#options.course.say(`phone: ${command.kind} ${"legId" in command ? command.legId : ""}`);
    // A leg is dropped before that is stored: a room that was decided before may name it still.
    if (command.kind === "setRoom")
      for (const legId of Object.keys(command.hears)) if (!this.#tombs.has(legId)) this.#check(legId, command.kind);
    if (!("legId" in command)) return this.media.perform(command);
    if (command.kind === "dialTrunk" || command.kind === "dialDevice") return this.#dial(command);
    if (!isForGone.has(command.kind)) this.#check(command.legId, command.kind);
    this.#performOn(command);
  }

  #performOn(command: Exclude<Extract<PhoneCommand, { legId: string }>, Dial>): void {
    const leg = this.#legs.get(command.legId);
    switch (command.kind) {
      case "ringLeg":
      case "progressLeg":
        return;
      case "answerLeg":
        if (leg !== undefined && leg.far?.over === false) this.#answer(leg, leg.far);
        return;
      case "rejectLeg":
        return this.#drop(command.legId, leg, "DROPPED");
      case "dropLeg":
        if (leg?.kind !== "headset") this.#drop(command.legId, leg, command.code);
        return;
      case "play":
      case "collectKeys":
      case "sendKeys":
      case "muteLeg":
        if (leg !== undefined) this.media.perform(command);
        return;
      case "reportTransfer":
        return;
      default:
        assertNever(command);
    }
  }

  /** 200 OK has gone out; the far end acknowledges it. */
  #answer(leg: Leg, far: FarEnd): void {
    this.#options.outside.answered(far);
    leg.answered = true;
    this.#later(leg, () => {
      for (const listener of this.#dialogs) listener(leg.legId, leg.legId);
      this.#tell({ kind: "legAnswered", legId: leg.legId });
    });
  }

  #drop(legId: string, leg: Leg | undefined, code: LegEndCode): void {
    // Commands are idempotent by their ids: what is dropped may be dropped again.
    if (this.#tombs.has(legId)) return;
    this.#tombs.add(legId);
    if (leg === undefined) return;
    leg.dropped = true;
    if (leg.far !== undefined) this.#options.outside.released(leg.far);
    this.#later(leg, () => this.#ended(leg, code));
  }

  #dial(command: Dial): void {
    const { legId } = command;
    const { outside, course, time } = this.#options;
    if (this.#tombs.has(legId)) return course.violate(`${command.kind} of ${legId}, which was dropped`);
    if (this.#legs.has(legId) || this.#endedAtMs.has(legId))
      return course.violate(`${legId} is dialled although it is or was there`);
    const far = outside.make(legId, command.kind === "dialTrunk" ? "called" : "telephone");
    const leg = this.#add(legId, "outgoing", far);
    const deviceId = command.kind === "dialDevice" ? command.deviceId.slice(centreId.length + 1) : undefined;
    if (deviceId !== undefined && outside.devices.get(deviceId) !== true)
      return this.#later(leg, () => outside.leaves(far, "UNREACHABLE"), 50);
    const trunkId = command.kind === "dialTrunk" ? command.trunkIds[0] : undefined;
    const isAuto = command.kind === "dialDevice" && command.autoAnswer;
    this.#rings(leg, far, isAuto, trunkId);
    time.after(command.ringTimeoutMs, () => !leg.answered && outside.leaves(far, "NO_ANSWER"));
  }

  #rings(leg: Leg, far: FarEnd, isAuto: boolean, trunkId: string | undefined): void {
    const { outside, time } = this.#options;
    const { chance } = far;
    const untilRingingMs = isAuto ? 20 : 50 + chance.below(800);
    time.after(untilRingingMs, () => {
      if (far.over) return;
      const { legId } = leg;
      this.#later(leg, () => this.#tell({ kind: chance.below(3) === 0 ? "legEarlyMedia" : "legRinging", legId }));
    });
    const answer = chance.below(10);
    const afterMs = untilRingingMs + (isAuto ? 30 : 100 + chance.below(9_000));
    if (answer >= 8 && !isAuto) return;
    time.after(afterMs, () => {
      if (far.over || leg.dropped || this.isDead) return;
      if (answer >= 6 && !isAuto) return outside.leaves(far, chance.pick(["BUSY", "DECLINED", "TRUNK_REJECTED"]));
      outside.answered(far);
      leg.answered = true;
      this.#later(leg, () => {
        for (const listener of this.#dialogs) listener(leg.legId, leg.legId);
        this.#tell({ kind: "legAnswered", legId: leg.legId, ...(trunkId === undefined ? {} : { trunkId }) });
      });
    });
  }

  /** Holds the server to what it may ask of a leg. */
  #check(legId: string, what: string): void {
    if (this.#tombs.has(legId)) return this.#options.course.violate(`${what} for ${legId}, which was dropped`);
    if (this.#legs.has(legId)) return;
    const endedAtMs = this.#endedAtMs.get(legId);
    if (endedAtMs === undefined) return this.#options.course.violate(`${what} for ${legId}, which never was`);
    // A headset belongs to no contact that could end in its place: while its end can't be stored it is believed in.
    if (legId.includes("headset") && this.#options.isPoisoned()) return;
    const sinceMs = this.#options.time.elapsedMs - endedAtMs;
    if (Math.min(sinceMs, this.#options.calmMs()) > crossingMsMax)
      this.#options.course.violate(`${what} for ${legId}, which ended ${Math.round(sinceMs / 1_000)} s ago`);
  }

  #add(legId: string, kind: Leg["kind"], far: FarEnd | undefined): Leg {
    const leg: Leg = { legId, kind, far, answered: kind === "headset", dropped: false, tellAtMs: 0 };
    this.#legs.set(legId, leg);
    return leg;
  }

  #remove(legId: string): boolean {
    if (this.isDead || !this.#legs.delete(legId)) return false;
    this.#endedAtMs.set(legId, this.#options.time.elapsedMs);
    this.media.legGone(legId);
    return true;
  }

  #ended(leg: Leg, code: LegEndCode): void {
    if (this.#legs.get(leg.legId) !== leg || !this.#remove(leg.legId)) return;
    for (const listener of this.#dialogs) listener(leg.legId, null);
    this.#tell({ kind: "legEnded", legId: leg.legId, code, sipStatus: null });
  }

  /** In the leg's order, a moment later; not at all when the leg is over by then. */
  #later(leg: Leg, work: () => void, atLeastMs = 0): void {
    const { time } = this.#options;
    const atMs = Math.max(leg.tellAtMs, time.elapsedMs + atLeastMs + this.#chance.below(this.lagMs));
    leg.tellAtMs = atMs;
    time.after(atMs - time.elapsedMs, () => {
      if (!this.isDead && this.#legs.get(leg.legId) === leg) work();
    });
  }

  #tell(event: PhoneEvent): void {
    this.#options.course.say(`tells ${JSON.stringify(event)}`);
    for (const listener of this.#events) listener(event);
  }

  // ---- The rest of the port ----

  /** Now and then no way for sound is found. */
  attachHeadset(legId: string): Promise<Result<{ readonly sdpAnswer: string }>> {
    const leg = this.#add(legId, "headset", undefined);
    const chance = chanceOf(this.#options.seed, legId);
    return new Promise((resolve) => {
      this.#options.time.after(5 + this.#chance.below(this.lagMs), () => {
        resolve(ok({ sdpAnswer: "v=0" }));
        if (chance.below(10) > 0) this.#later(leg, () => this.#headsetUp(legId), 100);
      });
    });
  }

  #headsetUp(legId: string): void {
    for (const listener of this.#headsets) listener({ kind: "up", legId });
  }

  detachHeadset(legId: string): void {
    this.#remove(legId);
  }

  onEvent(listener: (event: PhoneEvent) => void): void {
    this.#events.add(listener);
  }

  onIncoming(listener: (leg: IncomingLeg) => void): void {
    this.#incoming.add(listener);
  }

  setOwnerOf(ownerOf: OwnerOf): void {
    this.#ownerOf = ownerOf;
  }

  setMayRedirect(): void {
    // No carrier redirects.
  }

  setTrunks(): void {
    // Every line is there.
  }

  setDevices(): void {
    // Every telephone may register.
  }

  trunkStates(): readonly TrunkState[] {
    return [];
  }

  onTrunkState(): void {
    // Lines never change.
  }

  onDevice(listener: (deviceId: string, reachable: boolean) => void): void {
    this.#devices.add(listener);
  }

  deviceReachable(deviceId: string): boolean {
    return this.#reachable.has(deviceId);
  }

  deviceAccount(deviceId: string, username: string): DeviceAccount {
    return { deviceId, username, ha1Md5: "", ha1Sha256: "" };
  }

  setWebRtcAddresses(): void {
    // Browsers find us.
  }

  onHeadset(listener: (state: HeadsetState) => void): void {
    this.#headsets.add(listener);
  }

  watchLevels(): void {
    // Nobody looks at levels.
  }

  echoTest(): void {
    // Nobody tests.
  }

  publicAddress(): { readonly address: null; readonly from: "none" } {
    return { address: null, from: "none" };
  }

  onTrace(): void {
    // There are no messages.
  }

  onDialog(listener: (legId: string, dialog: string | null) => void): void {
    this.#dialogs.add(listener);
  }

  endStored(dialogs: readonly string[]): void {
    for (const legId of dialogs) {
      const far = this.#options.outside.of(legId);
      this.#options.course.say(`BYE to ${legId} of an earlier run`);
      if (far !== undefined) this.#options.outside.released(far);
    }
  }

  onBindings(
    listener: (
      deviceId: string,
      rows: readonly { readonly uri: string; readonly binding: unknown; readonly expiresAt: Instant }[],
    ) => void,
  ): void {
    this.#bindings.add(listener);
  }

  restoreBindings(bindings: readonly { readonly deviceId: string }[]): void {
    for (const { deviceId } of bindings)
      if (deviceIds.includes(deviceId.slice(centreId.length + 1))) this.#reachable.add(deviceId);
  }

  refuseNewCalls(): void {
    this.#refusing = true;
  }

  calls(): number {
    return [...this.#legs.values()].filter((leg) => leg.kind !== "headset").length;
  }

  legs(): ReadonlyMap<string, unknown> {
    return this.#legs;
  }

  /** Whether a leg of this run is over. */
  hasEnded(legId: string): boolean {
    return this.#endedAtMs.has(legId);
  }

  /** Legs with a far end. */
  callLegs(): readonly string[] {
    return [...this.#legs.values()].filter((leg) => leg.kind !== "headset").map((leg) => leg.legId);
  }

  counters(): Readonly<Record<string, number>> {
    return {};
  }

  /** Every call is ended, and told to be. */
  async close(): Promise<void> {
    for (const leg of [...this.#legs.values()]) {
      if (leg.kind === "headset") continue;
      if (leg.far !== undefined) this.#options.outside.released(leg.far);
      this.#ended(leg, "DROPPED");
    }
  }
}
