import { fileURLToPath } from "node:url";
import type {
  DeviceAccount,
  IncomingLeg,
  Input,
  Language,
  MediaItem,
  SipPause,
  SipRefusal,
  Target,
  TelephonyCommand,
  TelephonyEvent,
  TrunkState,
} from "@centrala/contract";
import type { Entropy } from "@centrala/kit";
import { type Instant, minute, type Result, uuidV7 } from "@centrala/kit";
import type { PhoneService } from "@centrala/phone";
import { isSoundName, soundFile } from "@centrala/phone/sounds";
import type { Store, TraceInput } from "@centrala/store";
import type { Logger } from "pino";
import type { HeadsetEvent, Phone, Places } from "../app.ts";
import { globalId, LegBook } from "./leg-book.ts";
import type { LegsOfTelephony } from "./leg-check.ts";
import { localEvent } from "./local-event.ts";
import { MessageTraces } from "./message-traces.ts";
import { findNumber, numbersOf } from "./numbers.ts";
import type { OpenCentre } from "./open-centre.ts";
import { PhoneAccounts } from "./phone-accounts.ts";
import { PhoneCommands } from "./phone-commands.ts";
import { mayFollow } from "./redirections.ts";
import { SensitiveKeys } from "./sensitive-keys.ts";
import { ShownCallers } from "./shown-callers.ts";
import { StoredDialogs } from "./stored-dialogs.ts";
import { UnresolvedLegs } from "./unresolved-legs.ts";
import { WireView } from "./wire-view.ts";

export type PhoneOfCentresOptions = {
  readonly service: PhoneService;
  readonly store: Store;
  readonly places: Places;
  readonly centres: ReadonlyMap<string, OpenCentre>;
  readonly log: Logger;
  readonly clock: () => Instant;
  readonly entropy: Entropy;
  /** Whether the disk has room for recordings. */
  readonly mayRecord?: () => boolean;
};

type Refuse = (status: number, retryAfterS?: number) => void;

/**
 * Joins the telephone service with the centres: gives ids their centre, looks numbers, files and names up, and keeps
 * sensitive keys out of the core.
 */
export class PhoneOfCentres implements Phone {
  readonly #options: PhoneOfCentresOptions;
  readonly #book: LegBook;
  readonly #commands: PhoneCommands;
  readonly #traces: MessageTraces;
  readonly #eventListeners = new Set<(centreId: string, event: TelephonyEvent) => void>();
  readonly #headsetListeners = new Set<(event: HeadsetEvent) => void>();
  readonly #trunkListeners = new Set<(centreId: string, state: TrunkState) => void>();
  readonly sensitive: SensitiveKeys;
  readonly #dialogs: StoredDialogs;
  readonly #callers = new ShownCallers();
  readonly #unresolved = new UnresolvedLegs();
  /** What is being recorded just now. */
  readonly #recordings = new Set<string>();
  readonly #wire: WireView;
  /** By centre and refusal's code, of which there are few. */
  readonly #complainedAt = new Map<string, Instant>();
  readonly #accounts: PhoneAccounts;

  constructor(options: PhoneOfCentresOptions) {
    this.#options = options;
    this.#dialogs = new StoredDialogs(options.store.dialogs, (error) =>
      options.log.warn({ err: String(error) }, "dialogs were not stored"),
    );
    this.sensitive = new SensitiveKeys(options.clock, options.entropy);
    this.#book = new LegBook(options.clock);
    this.#commands = new PhoneCommands(options, this.#book, this.sensitive, this.#callers);
    this.#traces = new MessageTraces(options.store, options.log);
    this.#accounts = new PhoneAccounts(options);
    const { service } = options;
    this.#wire = new WireView(service.wire, options.centres, (id) => this.#local(id));
    service.setOwnerOf((candidates) => this.#ownerOf(candidates));
    service.setMayRedirect((legId, number) => this.#mayRedirect(legId, number));
    service.onEvent((event) => this.#event(event));
    service.onIncoming((leg) => void this.#arrived(leg));
    service.onTrunkState((state) => this.#trunkState(state));
    service.onDevice((deviceId, reachable) => this.#device(deviceId, reachable));
    service.onHeadset((state) => {
      const [, legId] = this.#local(state.legId);
      for (const listener of this.#headsetListeners) listener({ ...state, legId });
    });
    service.onTrace((message) => this.#trace(message));
    service.onDialog((legId, dialog) => this.#dialog(legId, dialog));
    service.onBindings((deviceId, bindings) => {
      const [centreId, id] = this.#local(deviceId);
      this.#quietly(
        this.#options.store.bindings.save(centreId, id, bindings),
        "a telephone's registration was not stored",
      );
    });
  }

  perform(centreId: string, command: TelephonyCommand): void {
    if (command.kind === "record" && !this.#mayRecord(centreId, command.recordingId)) return;
    const resolved = this.#commands.resolve(centreId, command);
    if (resolved === undefined) return;
    if (resolved instanceof Promise) {
      const legId = "legId" in command ? this.#book.global(centreId, command.legId) : "";
      this.#unresolved
        .dialling(legId, resolved, (ready) => ready !== undefined && this.#options.service.perform(ready))
        .catch((error: unknown) => this.#failDial(centreId, command, error));
    } else if (resolved.kind !== "dropLeg" || !this.#unresolved.dropped(resolved.legId)) {
      this.#options.service.perform(resolved);
    }
  }

  /** What is recorded is kept as far as it came; the calls go on. */
  stopRecordings(): void {
    for (const recordingId of this.#recordings) this.#options.service.perform({ kind: "stopRecording", recordingId });
  }

  /** Without room on the disk no recording begins; the next talk that changes tries again. */
  #mayRecord(centreId: string, recordingId: string): boolean {
    const id = globalId(centreId, recordingId);
    if (this.#options.mayRecord?.() !== false) {
      this.#recordings.add(id);
      return true;
    }
    if (!this.#recordings.has(id))
      this.#tell(centreId, { kind: "recordingFailed", recordingId, code: "RECORDING_DISK_FULL" });
    return false;
  }

  /** A centre's legs, as the check of its core wants them. */
  legsOf(centreId: string): LegsOfTelephony {
    return {
      alive: () => {
        const alive = new Set<string>();
        for (const id of [...this.#options.service.legs(), ...this.#unresolved.ids()]) {
          const [owner, legId] = this.#local(id);
          if (owner === centreId) alive.add(legId);
        }
        return alive;
      },
      dropUnknown: (legId) => {
        const id = this.#book.global(centreId, legId);
        if (this.#unresolved.isArriving(id)) return;
        this.#options.log.warn({ centreId, legId }, "a leg that no contact knows is ended");
        this.perform(centreId, { kind: "dropLeg", legId, code: "DROPPED" });
      },
    };
  }

  onEvent(listener: (centreId: string, event: TelephonyEvent) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  attachHeadset(centreId: string, legId: string, sdpOffer: string): Promise<Result<{ readonly sdpAnswer: string }>> {
    return this.#options.service.attachHeadset(globalId(centreId, legId), sdpOffer);
  }

  detachHeadset(centreId: string, legId: string): void {
    this.#options.service.detachHeadset(globalId(centreId, legId));
  }

  onHeadset(listener: (event: HeadsetEvent) => void): void {
    this.#headsetListeners.add(listener);
  }

  watchLevels(centreId: string, legIds: readonly string[], on: boolean): void {
    this.#options.service.watchLevels(
      legIds.map((legId) => this.#book.global(centreId, legId)),
      on,
    );
  }

  echoTest(centreId: string, legId: string, language: Language): void {
    const sound = (name: string): MediaItem[] =>
      isSoundName(name) ? [{ kind: "file", path: fileURLToPath(soundFile(language, name)) }] : [];
    this.#options.service.echoTest(globalId(centreId, legId), sound("echo-test-intro"), sound("echo-test-end"), 10_000);
  }

  trunkStates(centreId: string): readonly TrunkState[] {
    return this.#options.service.trunkStates().flatMap((state) => {
      const [owner, trunkId] = this.#local(state.trunkId);
      return owner === centreId ? [{ ...state, trunkId }] : [];
    });
  }

  onTrunkState(listener: (centreId: string, state: TrunkState) => void): void {
    this.#trunkListeners.add(listener);
  }

  deviceReachable(centreId: string, deviceId: string): boolean {
    return this.#options.service.deviceReachable(globalId(centreId, deviceId));
  }

  weakDevices(centreId: string): ReadonlySet<string> {
    return this.#accounts.weak(centreId);
  }

  refusals(centreId: string): readonly SipRefusal[] {
    return this.#wire.refusals(centreId);
  }

  pauses(centreId: string): readonly SipPause[] {
    return this.#wire.pauses(centreId);
  }

  refusalCounts(): ReturnType<WireView["counts"]> {
    return this.#wire.counts();
  }

  async liveMessages(centreId: string, contactId: string): Promise<readonly TraceInput[]> {
    const live = this.#book.legsOf(contactId).flatMap((globalLegId) => {
      const [owner, legId] = this.#local(globalLegId);
      if (owner !== centreId) return [];
      const messages = this.#options.service.wire.trace(globalLegId);
      return messages.map(({ at, direction, peer, text }) => ({ contactId, legId, at, direction, peer, text }));
    });
    await this.#traces.flush();
    return live;
  }

  deviceAccount(deviceId: string, username: string, password: string): DeviceAccount {
    return this.#options.service.deviceAccount(deviceId, username, password);
  }

  /** Stores what is on its way; before the store is closed. */
  async close(): Promise<void> {
    await this.#dialogs.flush();
    await this.#traces.flush();
  }

  counters(): Readonly<Record<string, number>> {
    return this.#options.service.counters();
  }

  targetOf(centre: OpenCentre, dialled: string): Promise<Target> {
    return numbersOf(this.#options.store, centre).target(dialled);
  }

  /** Ends the calls of a crashed run on the wire, and takes the telephones' registrations up again. */
  async recoverBeforeStart(centreId: string): Promise<void> {
    const { store, service } = this.#options;
    const dialogs = await store.dialogs.list(centreId);
    service.endStored(dialogs.flatMap((row) => (typeof row.dialog === "string" ? [row.dialog] : [])));
    await store.dialogs.remove(
      centreId,
      dialogs.map((row) => row.legId),
    );
    const bindings = await store.bindings.list(centreId);
    service.restoreBindings(
      bindings.map((row) => ({ deviceId: globalId(centreId, row.deviceId), binding: row.binding })),
    );
  }

  /** Tells the service about a centre's trunks and telephones; those of other centres stay as they are. */
  configure(centre: Pick<OpenCentre, "id" | "config">): Promise<void> {
    return this.#accounts.set(centre.id, () => centre.config.running);
  }

  /** The centre runs here no more. */
  forget(centreId: string): Promise<void> {
    return this.#accounts.remove(centreId);
  }

  #local(id: string): [string, string] {
    return this.#book.local(id);
  }

  #failDial(centreId: string, command: TelephonyCommand, error: unknown): void {
    this.#options.log.error({ centreId, command: command.kind, err: String(error) }, "a call could not be placed");
    if ("legId" in command)
      this.#tell(centreId, { kind: "legEnded", legId: command.legId, code: "UNREACHABLE", sipStatus: null });
  }

  #tell(centreId: string, event: TelephonyEvent): void {
    for (const listener of this.#eventListeners) listener(centreId, event);
  }

  #event(event: TelephonyEvent): void {
    if (event.kind === "recordingClosed" || event.kind === "recordingFailed")
      this.#recordings.delete(event.recordingId);
    if ("legId" in event && this.#unresolved.holds(event.legId, event)) return;
    const [centreId, local] = localEvent(event, (id) => this.#local(id));
    if (local.kind === "keysCollected")
      this.#tell(centreId, this.sensitive.filter(globalId(centreId, local.collectId), local));
    else this.#tell(centreId, local);
    if (event.kind === "legEnded") this.#book.ended(event.legId);
  }

  /**
   * One carrier's address may serve several centres: the called number decides. Should two have it, the older centre
   * does, whatever priority the other gives to its line.
   */
  #ownerOf(candidates: readonly { readonly trunkId: string; readonly called: string }[]): string | null {
    for (const [centreId, { config }] of this.#options.centres) {
      for (const candidate of candidates) {
        const [owner, trunkId] = this.#local(candidate.trunkId);
        if (owner !== centreId) continue;
        if (findNumber(config.running, trunkId, candidate.called) !== undefined) return candidate.trunkId;
      }
    }
    return null;
  }

  #mayRedirect(globalLegId: string, number: string): boolean {
    const [centreId, legId] = this.#local(globalLegId);
    const centre = this.#options.centres.get(centreId);
    return centre !== undefined && mayFollow(centre, legId, number);
  }

  /** A call on a trunk or from a telephone: finds the centre, the number and the caller, and gives it to the core. */
  async #arrived(leg: IncomingLeg): Promise<void> {
    const owner = leg.from.kind === "trunk" ? leg.from.trunkId : leg.from.deviceId;
    const [centreId, ownId] = this.#local(owner);
    const centre = this.#options.centres.get(centreId);
    const refuse: Refuse = (status, retryAfterS) =>
      this.#options.service.perform({ kind: "rejectLeg", legId: leg.legId, status, retryAfterS });
    if (centre === undefined) return refuse(503, 10);
    this.#book.incoming(leg.legId, centreId);
    await this.#unresolved.arriving(
      leg.legId,
      () => this.#lookUp(leg, centre, ownId, refuse),
      (event) => this.#event(event),
    );
  }

  async #lookUp(leg: IncomingLeg, centre: OpenCentre, ownId: string, refuse: Refuse): Promise<void> {
    const centreId = centre.id;
    try {
      const contactId = uuidV7(this.#options.clock(), this.#options.entropy);
      this.#book.contact(leg.legId, contactId);
      const numbers = numbersOf(this.#options.store, centre);
      const arrival =
        leg.from.kind === "trunk"
          ? await numbers.callArrived(leg, ownId, contactId)
          : await numbers.deviceDialled(leg, ownId, contactId);
      if (!arrival.ok) return refuse(arrival.code === "NUMBER_UNKNOWN" ? 404 : 403);
      const { input, caller } = arrival.value;
      if (caller !== null) this.#callers.arrived(centreId, contactId, caller);
      void this.#submitArrival(centre, input, refuse).then(() => {
        // A phone's second call belongs to the contact that its operator talks with.
        const joined = centre.core.state.legs.get(leg.legId)?.contactId ?? null;
        if (joined !== null) this.#book.contact(leg.legId, joined);
      });
    } catch (error) {
      this.#options.log.error({ centreId, err: String(error) }, "an incoming call could not be looked up");
      refuse(503, 5);
    }
  }

  async #submitArrival(centre: OpenCentre, input: Input, refuse: Refuse): Promise<void> {
    const decided = await centre.core.submit(input);
    if (decided.ok) return;
    this.#complain(centre.id, decided.code);
    if (
      decided.code === "OVERLOADED" ||
      decided.code === "DATABASE_AWAY" ||
      decided.code === "STOPPED" ||
      decided.code === "NOT_STORED" ||
      decided.code === "LIMIT_REACHED"
    )
      refuse(503, 5);
    else refuse(decided.code === "NO_TRUNK" ? 404 : 403);
  }

  /** Once a minute for each reason: who is refused calls again at once, and signalling counts every one. */
  #complain(centreId: string, code: string): void {
    const now = this.#options.clock();
    const key = `${centreId} ${code}`;
    if (now - (this.#complainedAt.get(key) ?? Number.NEGATIVE_INFINITY) < minute) return;
    this.#complainedAt.set(key, now);
    this.#options.log.warn({ centreId, code }, "incoming calls are refused");
  }

  #trunkState(state: TrunkState): void {
    const [centreId, trunkId] = this.#local(state.trunkId);
    for (const listener of this.#trunkListeners) listener(centreId, { ...state, trunkId });
  }

  #device(deviceId: string, reachable: boolean): void {
    const [centreId, id] = this.#local(deviceId);
    void this.#options.centres.get(centreId)?.core.submit({ kind: "deviceReachable", deviceId: id, reachable });
  }

  #trace(message: { legId: string; at: number; direction: "in" | "out"; peer: string; text: string }): void {
    const contactId = this.#book.contactOf(message.legId);
    if (contactId === null) return;
    const [centreId, legId] = this.#local(message.legId);
    this.#traces.add(centreId, {
      contactId,
      legId,
      at: message.at,
      direction: message.direction,
      peer: message.peer,
      text: message.text,
    });
  }

  #dialog(globalLegId: string, dialog: string | null): void {
    const [centreId, legId] = this.#local(globalLegId);
    if (centreId === "") return;
    if (dialog === null) this.#dialogs.ended(centreId, legId);
    else this.#dialogs.answered(centreId, legId, this.#book.contactOf(globalLegId), dialog);
  }

  #quietly(work: Promise<unknown>, message: string): void {
    work.catch((error: unknown) => this.#options.log.warn({ err: String(error) }, message));
  }
}
