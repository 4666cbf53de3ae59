import type { Fact, JournalEntry, Language } from "@centrala/contract";
import type { SeededRandom } from "@centrala/kit";
import { SimulatedCall, type SipLine } from "@centrala/sim";
import { centreScope } from "@centrala/store";
import type { App, Centre } from "../app.ts";
import { pause } from "../in-time.ts";
import { between, say } from "./people.ts";

type Options = {
  readonly app: App;
  readonly centre: Centre;
  readonly line: SipLine;
  readonly random: SeededRandom;
};

/** What the centre has done for a caller so far, as its facts tell. */
type Progress = { readonly asks: Promise<void>; readonly talks: Promise<void>; readonly messages: Promise<void> };
type Waiting = Progress & { readonly asking: () => void; readonly talking: () => void; readonly recording: () => void };

/** Somebody who phones: who, whom, in which language, with which keys. */
type Person = { readonly number: string; readonly name: string; readonly language: Language };
type Destination = {
  readonly number: string;
  readonly language: Language;
  readonly clientId: string;
  /** What its callers press, each as often as it stands here; empty: nothing. */
  readonly keys: readonly string[];
  readonly weight: number;
};

export const destinations: readonly Destination[] = [
  {
    number: "+35924001001",
    language: "bg",
    clientId: "zelena-kashta",
    keys: ["1", "1", "1", "2", "2", "0", "5", "9", ""],
    weight: 5,
  },
  { number: "+35924001002", language: "bg", clientId: "zelena-kashta", keys: [], weight: 1 },
  {
    number: "+35924002001",
    language: "ru",
    clientId: "balkan-express",
    keys: ["7012#", "4711#", "58230#", "71199#", ""],
    weight: 3,
  },
  { number: "+442079460101", language: "en", clientId: "nord-service", keys: ["1", "2", "2", "0", ""], weight: 3 },
];
const topics = ["sim-order", "sim-support", "sim-complaint"] as const;
const callsAtOnceMax = 40;
const customersPerClientMax = 200;
/** A flow that never asks for keys gets them all the same. */
const asksMsMax = 20_000;
const callMsMax = 6 * 60_000;

/** Phones in at a rate for as long as it is not stopped: known customers mostly, patient ones and others. */
export class DemoCallers {
  readonly #options: Options;
  readonly #people = new Map<string, Person[]>();
  readonly #calls = new Map<string, SimulatedCall>();
  /** By the caller's number until the contact has started, then by contact. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #contacts = new Map<string, Waiting>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  #forget: () => void = () => {};

  constructor(options: Options) {
    this.#options = options;
  }

  async start(callsPerMinute: number): Promise<void> {
    const { app, centre } = this.#options;
    for (const { clientId } of destinations) this.#people.set(clientId, await customersOf(app, centre, clientId));
    this.#forget = centre.core.onCommitted((entries) => this.#committed(entries));
    this.#schedule(60_000 / callsPerMinute);
  }

  /** Nobody phones any more, and whoever does hangs up. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const calls = [...this.#calls.values()];
    for (const call of calls) call.hangUp();
    await pause(2_000, Promise.all(calls.map((call) => call.ended)));
    this.#forget();
  }

  #schedule(everyMs: number): void {
    if (this.#stopped) return;
    const { random, app } = this.#options;
    // Half to one and a half times the interval: neither a metronome nor bursts that nobody can serve.
    const waitMs = everyMs / 2 + random.below(Math.max(1, Math.round(everyMs)));
    this.#timer = setTimeout(() => {
      if (this.#calls.size < callsAtOnceMax)
        this.#call().catch((error: unknown) => app.log.warn({ err: String(error) }, "a simulated caller failed"));
      this.#schedule(everyMs);
    }, waitMs);
  }

  async #call(): Promise<void> {
    const { app, line, random } = this.#options;
    const destination = this.#destination();
    const person = this.#person(destination);
    if (this.#calls.has(person.number)) return;
    const waiting = newWaiting();
    this.#waiting.set(person.number, waiting);
    try {
      const { sipPort } = app.network;
      const call = await SimulatedCall.place(line, {
        uri: `sip:${destination.number}@127.0.0.1:${sipPort}`,
        peer: { transport: "UDP", address: "127.0.0.1", port: sipPort },
        from: person.number,
      });
      this.#calls.set(person.number, call);
      const tooLong = setTimeout(() => call.hangUp(), callMsMax);
      await this.#behave(call, destination, person, waiting, random);
      call.hangUp();
      await call.ended;
      clearTimeout(tooLong);
    } finally {
      this.#calls.delete(person.number);
      this.#waiting.delete(person.number);
    }
  }

  async #behave(
    call: SimulatedCall,
    destination: Destination,
    { language }: Person,
    progress: Progress,
    random: SeededRandom,
  ): Promise<void> {
    const impatient = random.below(20) === 0;
    await pause(impatient ? between(random, 2_000, 9_000) : 30_000, Promise.race([call.answered, call.ended]));
    if (call.state !== "talking") return;
    if (impatient) return pause(between(random, 3_000, 9_000), call.ended);
    if (destination.keys.length > 0) {
      await pause(asksMsMax, Promise.race([progress.asks, call.ended]));
      await pause(between(random, 1_500, 7_000), call.ended);
      call.audio.press(random.pick(destination.keys));
    }
    const patienceMs = random.below(8) === 0 ? between(random, 8_000, 25_000) : between(random, 60_000, 180_000);
    const what = await Promise.race([
      progress.talks.then(() => "talk" as const),
      progress.messages.then(() => "message" as const),
      pause(patienceMs, call.ended).then(() => "gone" as const),
    ]);
    if (what === "message") await this.#leaveMessage(call, language, random);
    else if (what === "talk") await this.#talk(call, language, random);
  }

  async #talk(call: SimulatedCall, language: Language, random: SeededRandom): Promise<void> {
    const over = call.ended;
    await pause(between(random, 1_500, 3_000), over);
    await say(call.audio, language, random.pick(topics), over);
    await pause(between(random, 4_000, 25_000), over);
    await say(call.audio, language, "sim-thanks", over);
    await pause(between(random, 2_000, 12_000), over);
    await say(call.audio, language, "sim-goodbye", over);
    await pause(between(random, 300, 2_500), over);
  }

  /** The announcement and the tone are over after some seconds; some hang up at the tone. */
  async #leaveMessage(call: SimulatedCall, language: Language, random: SeededRandom): Promise<void> {
    await pause(9_000, call.ended);
    if (random.below(4) === 0) return;
    await say(call.audio, language, random.pick(topics), call.ended);
    await pause(1_500, call.ended);
  }

  #destination(): Destination {
    const { random } = this.#options;
    let left = random.below(destinations.reduce((sum, { weight }) => sum + weight, 0));
    for (const destination of destinations) {
      left -= destination.weight;
      if (left < 0) return destination;
    }
    return destinations[0] as Destination;
  }

  /** Three in four are known; one in thirty withholds the number. */
  #person(destination: Destination): Person {
    const { random } = this.#options;
    const { language, clientId } = destination;
    const known = this.#people.get(clientId) ?? [];
    if (known.length > 0 && random.below(4) > 0) return random.pick(known);
    if (random.below(8) === 0) return { number: "anonymous", name: "", language };
    const digits = String(1_000_000 + random.below(8_999_999));
    return { number: language === "en" ? `+442079460${digits.slice(0, 3)}` : `+35988${digits}`, name: "", language };
  }

  #committed(entries: readonly JournalEntry[]): void {
    for (const { facts } of entries) for (const fact of facts) this.#fact(fact);
  }

  #fact(fact: Fact): void {
    switch (fact.kind) {
      case "contactStarted":
        if (fact.direction === "inbound") void this.#started(fact.contactId, fact.addressId);
        return;
      case "talkStarted":
      case "outsideJoined":
        this.#contacts.get(fact.contactId)?.talking();
        return;
      case "stepEntered":
        if (fact.step === "voicemail") this.#contacts.get(fact.contactId)?.recording();
        if (fact.step === "menu" || fact.step === "collect") this.#contacts.get(fact.contactId)?.asking();
        return;
      case "contactEnded":
        this.#contacts.delete(fact.contactId);
        return;
      default:
        return;
    }
  }

  /** Finds whose call a contact is by the caller's number; what happens to it is told from then on. */
  async #started(contactId: string, addressId: string | null): Promise<void> {
    const { app, centre } = this.#options;
    const address = addressId === null ? undefined : await app.store.addresses.get(centre.id, addressId);
    const waiting = this.#waiting.get(address?.e164 ?? "anonymous");
    if (waiting === undefined) return;
    this.#contacts.set(contactId, waiting);
    const phase = centre.core.state.contacts.get(contactId)?.phase.kind;
    if (phase === "talking") waiting.talking();
    if (phase === undefined) this.#contacts.delete(contactId);
  }
}

function newWaiting(): Waiting {
  const asks = Promise.withResolvers<void>();
  const talks = Promise.withResolvers<void>();
  const messages = Promise.withResolvers<void>();
  return {
    asks: asks.promise,
    talks: talks.promise,
    messages: messages.promise,
    asking: asks.resolve,
    talking: talks.resolve,
    recording: messages.resolve,
  };
}

async function customersOf(app: App, centre: Centre, clientId: string): Promise<Person[]> {
  const page = await app.store.customers.search(centreScope(centre.id), "", { clientId, limit: customersPerClientMax });
  return page.items.flatMap((customer) => {
    const number = customer.handles.find((handle) => handle.kind === "phone")?.value;
    return number === undefined ? [] : [{ number, name: customer.name, language: customer.language ?? "bg" }];
  });
}
