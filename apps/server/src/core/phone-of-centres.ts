import { fileURLToPath } from "node:url";
import type {
  DeviceAccount,
  Effect,
  Language,
  MediaItem,
  SipPause,
  SipRefusal,
  Target,
  TelephonyEvent,
  TrunkState,
} from "@centrala/contract";
import type { Entropy, Instant, Result } from "@centrala/kit";
import type { PhoneCommand, PhoneService } from "@centrala/phone";
import { isSoundName, soundFile } from "@centrala/phone/sounds";
import type { Store, TraceInput } from "@centrala/store";
import type { Logger } from "pino";
import type { HeadsetEvent, Phone, Places } from "../app.ts";
import { Arrivals } from "./arrivals.ts";
import { guarded } from "./guarded.ts";
import { globalId, LegBook } from "./leg-book.ts";
import type { LegsOfTelephony } from "./leg-check.ts";
import { LegOrder } from "./leg-order.ts";
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

/** What a command has to look up is found within this time, or the call is not placed. */
const lookupMs = 10_000;

/**
 * Joins the telephone service with the centres: gives ids their centre, looks numbers, files and names up, and keeps
 * sensitive keys out of the core.
 */
export class PhoneOfCentres implements Phone {
  readonly #options: PhoneOfCentresOptions;
  readonly #book: LegBook;
  readonly #commands: PhoneCommands;
  readonly #traces: MessageTraces;
  /** By centre. */
  readonly #eventListeners = new Map<string, (event: TelephonyEvent) => void>();
  readonly #headsetListeners = new Set<(event: HeadsetEvent) => void>();
  readonly #trunkListeners = new Set<(centreId: string, state: TrunkState) => void>();
  readonly sensitive: SensitiveKeys;
  readonly #dialogs: StoredDialogs;
  readonly #callers = new ShownCallers();
  readonly #order = new LegOrder();
  readonly #arrivals: Arrivals;
  /** What is being recorded just now. */
  readonly #recordings = new Set<string>();
  readonly #wire: WireView;
  readonly #accounts: PhoneAccounts;
  #faults = 0;

  constructor(options: PhoneOfCentresOptions) {
    this.#options = options;
    this.#dialogs = new StoredDialogs(options.store.dialogs, (error) =>
      options.log.warn({ err: String(error) }, "dialogs were not stored"),
    );
    this.sensitive = new SensitiveKeys(options.clock, options.entropy);
    this.#book = new LegBook(options.clock);
    this.#commands = new PhoneCommands(options, this.#book, this.sensitive, this.#callers);
    this.#arrivals = new Arrivals(
      options,
      this.#book,
      this.#callers,
      (event) => this.#event(event),
      (command) => this.#end(command),
    );
    this.#traces = new MessageTraces(options.store, options.log);
    this.#accounts = new PhoneAccounts(options);
    const { service } = options;
    this.#wire = new WireView(service.wire, options.centres, (id) => this.#local(id));
    service.setOwnerOf((candidates) => this.#ownerOf(candidates));
    service.setMayRedirect((legId, number) => this.#mayRedirect(legId, number));
    this.#listen();
  }

  /** One message that stumbles costs the call that it belongs to, and no other. */
  #listen(): void {
    const { service } = this.#options;
    const guard = <Given extends readonly unknown[]>(work: (...given: Given) => void, failed?: typeof work) =>
      guarded(work, (error) => this.#fault(error), failed);
    const drop = (event: TelephonyEvent): void => {
      if ("legId" in event && event.kind !== "legEnded")
        this.#end({ kind: "dropLeg", legId: event.legId, code: "DROPPED" });
    };
    service.onEvent(guard((event) => this.#event(event), drop));
    service.onIncoming(
      guard(
        (leg) => this.#arrivals.arrived(leg),
        ({ legId }) => this.#end({ kind: "rejectLeg", legId, status: 503, retryAfterS: 5 }),
      ),
    );
    service.onTrunkState(guard((state) => this.#trunkState(state)));
    service.onDevice(guard((deviceId, reachable) => this.#device(deviceId, reachable)));
    service.onHeadset(
      guard((state) => {
        const [, legId] = this.#local(state.legId);
        for (const listener of this.#headsetListeners) listener({ ...state, legId });
      }),
    );
    service.onTrace(guard((message) => this.#trace(message)));
    service.onDialog(guard((legId, dialog) => this.#dialog(legId, dialog)));
    service.onBindings(
      guard((deviceId, bindings) => {
        const [centreId, id] = this.#local(deviceId);
        this.#quietly(
          this.#options.store.bindings.save(centreId, id, bindings),
          "a telephone's registration was not stored",
        );
      }),
    );
  }

  #fault(error: unknown): void {
    this.#faults += 1;
    this.#options.log.error({ err: error }, "what telephony told could not be taken");
  }

  perform(centreId: string, command: Effect): void {
    if (command.kind === "identifyCaller") return this.#arrivals.identify(centreId, command.legId);
    if (command.kind === "record" && !this.#mayRecord(centreId, command.recordingId)) return;
    const resolved = this.#commands.resolve(centreId, command);
    const { service } = this.#options;
    const failed = (error: unknown): void => this.#failDial(centreId, command, error);
    if (resolved instanceof Promise) {
      const legId = "legId" in command ? this.#book.global(centreId, command.legId) : "";
      this.#order.runAfter(legId, resolved, lookupMs, (ready) => service.perform(ready), failed);
    } else if (resolved.kind === "dropLeg" || resolved.kind === "rejectLeg") {
      this.#end(resolved);
    } else if ("legId" in resolved) {
      this.#order.run(resolved.legId, () => service.perform(resolved), failed);
    } else service.perform(resolved);
  }

  #end(command: Extract<PhoneCommand, { readonly kind: "dropLeg" | "rejectLeg" }>): void {
    this.#order.end(command.legId);
    this.#options.service.perform(command);
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
        for (const id of [...this.#options.service.legs().keys(), ...this.#order.waiting()]) {
          const [owner, legId] = this.#local(id);
          if (owner === centreId) alive.add(legId);
        }
        return alive;
      },
      dropUnknown: (legId) => {
        const id = this.#book.global(centreId, legId);
        if (this.#arrivals.isLookedUp(id) || !(this.#options.service.legs().has(id) || this.#order.isWaiting(id)))
          return;
        this.#options.log.warn({ centreId, legId }, "a leg that no contact knows is ended");
        this.perform(centreId, { kind: "dropLeg", legId, code: "DROPPED" });
      },
    };
  }

  onEvent(centreId: string, listener: (event: TelephonyEvent) => void): () => void {
    this.#eventListeners.set(centreId, listener);
    return () => {
      if (this.#eventListeners.get(centreId) === listener) this.#eventListeners.delete(centreId);
    };
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
    return { ...this.#options.service.counters(), handlerFaults: this.#faults };
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

  #failDial(centreId: string, command: Effect, error: unknown): void {
    this.#options.log.error({ centreId, command: command.kind, err: String(error) }, "a call could not be placed");
    if ("legId" in command)
      this.#tell(centreId, { kind: "legEnded", legId: command.legId, code: "UNREACHABLE", sipStatus: null });
  }

  #tell(centreId: string, event: TelephonyEvent): void {
    this.#eventListeners.get(centreId)?.(event);
  }

  #event(event: TelephonyEvent): void {
    if (event.kind === "recordingClosed" || event.kind === "recordingFailed")
      this.#recordings.delete(event.recordingId);
    if ("legId" in event && this.#arrivals.holds(event.legId, event)) return;
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
