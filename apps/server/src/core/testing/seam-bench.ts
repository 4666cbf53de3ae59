import type { IncomingLeg, Input, TelephonyEvent } from "@centrala/contract";
import {
  type CentreConfig,
  deviceSchema,
  numberSchema,
  queueSchema,
  scenarioSchema,
  trunkSchema,
  userSchema,
} from "@centrala/contract";
import { defaultConfig, emptyState, toCoreConfig } from "@centrala/domain";
import type { PhoneCommand, PhoneService } from "@centrala/phone";
import type { AddressInput, Identified, Store } from "@centrala/store";
import type { Places } from "../../app.ts";
import { connectPhone } from "../connect-phone.ts";
import { CoreLoop } from "../loop.ts";
import type { OpenCentre } from "../open-centre.ts";
import { PhoneOfCentres } from "../phone-of-centres.ts";
import { fold } from "./loop-bench.ts";
import { silentLog } from "./silent-log.ts";

export const centreId = "00000000-0000-7000-8000-000000000001";
const base = defaultConfig({ kind: "in-house", country: "BG", language: "en", timeZone: "Europe/Sofia", name: "Test" });

const seamConfig: CentreConfig = {
  ...base,
  centre: { ...base.centre, recordingNotice: false },
  trunk: [trunkSchema.parse({ id: "carrier", name: "Carrier", host: "127.0.0.1" })],
  number: [
    numberSchema.parse({
      id: "hotline",
      number: "+35924001001",
      trunkId: "carrier",
      clientId: "main",
      scenarioId: "main",
    }),
  ],
  user: [userSchema.parse({ id: "anna", login: "anna", name: "Anna", roles: ["operator"], extension: "201" })],
  device: [deviceSchema.parse({ id: "phone", userId: "anna", username: "anna-phone" })],
  queue: [
    queueSchema.parse({ id: "sales", name: "Sales", clientId: "main", operators: [{ userId: "anna", tier: 1 }] }),
  ],
  scenario: [
    scenarioSchema.parse({
      id: "main",
      name: "Main",
      clientId: "main",
      language: "en",
      start: "queue",
      steps: { queue: { kind: "queue", queueId: "sales", otherwise: null } },
    }),
  ],
};

type Listener = (...args: never[]) => void;
/** What the test lets the store find, in the order in which it was asked. */
type Question = {
  readonly what: "identify" | "addresses" | "address";
  readonly answer: (customers?: Identified["customers"]) => void;
  readonly fail: (error: Error) => void;
};

/**
 * The real core's loop and the real seam between a telephone service and a store that do what the test says: look-ups end
 * when it lets them, and what reaches the telephone is written down.
 */
export class SeamBench {
  readonly performed: PhoneCommand[] = [];
  readonly questions: Question[] = [];
  readonly inputs: Input[] = [];
  readonly legs = new Set<string>();
  /** Numbers that the store's memory knows. */
  readonly remembered = new Map<string, Identified>();
  readonly phone: PhoneOfCentres;
  readonly core: CoreLoop;
  readonly centre: OpenCentre;
  reachable = new Set<string>();
  readonly #listeners = new Map<string, Listener>();
  #legs = 0;

  private constructor() {
    const journal: Parameters<typeof fold>[0][number][] = [];
    this.core = new CoreLoop({
      state: emptyState(),
      seq: 0,
      clock: Date.now,
      append: async (entries) => void journal.push(...entries),
      perform: (effect) => this.phone.perform(centreId, effect),
      isFatal: () => false,
      onFatal: () => undefined,
      isPermanent: () => false,
      onBug: (error) => {
        throw error;
      },
      onFault: (error) => {
        throw error;
      },
      legs: {
        alive: () => this.phone.legsOf(centreId).alive(),
        dropUnknown: (legId) => this.phone.legsOf(centreId).dropUnknown(legId),
      },
      refold: async () => ({ state: fold(journal), seq: journal.at(-1)?.seq ?? 0 }),
      onCommitFailed: () => undefined,
    });
    this.core.onCommitted((entries) => this.inputs.push(...entries.map((entry) => entry.input)));
    const current = seamConfig;
    this.centre = {
      id: centreId,
      core: this.core,
      config: { current, running: current, onChange: () => () => undefined },
    } as unknown as OpenCentre;
    this.phone = new PhoneOfCentres({
      service: this.#service(),
      store: this.#store(),
      places: { recording: () => "recording", prompt: () => "prompt" } as unknown as Places,
      centres: new Map([[centreId, this.centre]]),
      log: silentLog(),
      clock: Date.now,
      entropy: { fill: (out) => void crypto.getRandomValues(out as Uint8Array<ArrayBuffer>) },
    });
  }

  static async start(): Promise<SeamBench> {
    const bench = new SeamBench();
    await bench.core.submit({ kind: "configured", config: toCoreConfig(seamConfig) });
    await connectPhone(bench.phone, bench.centre, silentLog());
    await bench.operator();
    bench.inputs.length = 0;
    return bench;
  }

  /** Anna is at her desk with a headset. */
  async operator(): Promise<void> {
    await this.core.submit({ kind: "headsetAttached", operatorId: "anna", legId: "headset" });
    await this.core.submit({
      kind: "operatorWent",
      operatorId: "anna",
      to: "available",
      reasonId: null,
      byUserId: null,
    });
  }

  /** A call comes in; gives its leg. */
  arrives(change: Partial<IncomingLeg> = {}): string {
    this.#legs += 1;
    const legId = `in-${this.#legs}`;
    this.legs.add(legId);
    this.#say("onIncoming", {
      legId,
      from: { kind: "trunk", trunkId: `${centreId}:carrier` },
      called: "+35924001001",
      caller: "+359888123456",
      callerName: null,
      asserted: null,
      sipCallId: "call",
      ...change,
    } satisfies IncomingLeg);
    return legId;
  }

  /** Telephony tells of what happened; a leg that ended is over there. */
  tell(event: TelephonyEvent): void {
    if (event.kind === "legEnded") this.legs.delete(event.legId);
    this.#say("onEvent", event);
  }

  ends(legId: string): void {
    this.tell({ kind: "legEnded", legId, code: "CANCELLED", sipStatus: 487 });
  }

  /** The kinds of what reached the telephone about this leg. */
  asked(legId: string): string[] {
    return this.performed.flatMap((command) => ("legId" in command && command.legId === legId ? [command.kind] : []));
  }

  /** Everything that is due is done. */
  async settled(): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      await this.core.settled();
    }
  }

  #say(listener: string, ...args: readonly unknown[]): void {
    this.#listeners.get(listener)?.(...(args as never[]));
  }

  #service(): PhoneService {
    const listen = (name: string) => (listener: Listener) => void this.#listeners.set(name, listener);
    const fixed: Record<string, unknown> = {
      perform: (command: PhoneCommand) => {
        this.performed.push(command);
        if (command.kind === "dialTrunk" || command.kind === "dialDevice") this.legs.add(command.legId);
        if (command.kind === "dropLeg" || command.kind === "rejectLeg") this.legs.delete(command.legId);
      },
      legs: () => new Map([...this.legs].map((legId) => [legId, legId])),
      deviceReachable: (deviceId: string) => this.reachable.has(deviceId),
      wire: {},
      trunkStates: () => [],
      setOwnerOf: listen("setOwnerOf"),
      setMayRedirect: listen("setMayRedirect"),
      setTrunks: () => undefined,
      setDevices: () => undefined,
    };
    return new Proxy(fixed, {
      get: (known, name: string) => known[name] ?? (name.startsWith("on") ? listen(name) : undefined),
    }) as unknown as PhoneService;
  }

  #store(): Store {
    const ask = <T>(what: Question["what"], found: (customers: Identified["customers"]) => T): Promise<T> =>
      new Promise((resolve, reject) => {
        this.questions.push({ what, answer: (customers = []) => resolve(found(customers)), fail: reject });
      });
    const idOf = (address: AddressInput): string => `address of ${address.e164 ?? address.raw}`;
    const addresses = {
      identified: (_centre: string, address: AddressInput) => this.remembered.get(idOf(address)),
      remembered: (_centre: string, address: AddressInput) =>
        address.e164 === "+35924001001" ? idOf(address) : undefined,
      identify: (_centre: string, address: AddressInput) =>
        ask("identify", (customers) => ({ addressId: idOf(address), customers })),
      findOrCreate: (_centre: string, address: AddressInput) => ask("addresses", () => idOf(address)),
      findOrCreateMany: async (_centre: string, wanted: readonly AddressInput[]) => wanted.map(idOf),
      get: (_centre: string, id: string) =>
        ask("address", () => ({ id, raw: "0888", display: "0888", e164: "+359888000000" })),
    };
    return {
      addresses,
      secrets: { list: async () => new Map() },
      dialogs: { change: async () => undefined },
      traces: { append: async () => undefined },
    } as unknown as Store;
  }
}
