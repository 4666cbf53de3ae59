// The load generator's own process: callers, telephones and far ends, told by the benchmark over the process's channel.
import { type CallerFigures, type CallerRun, Callers } from "./callers.ts";
import { type PhoneBehaviour, Phones } from "./phones.ts";
import { Voice } from "./voice.ts";

export type Order =
  | {
      readonly kind: "open";
      readonly server: { readonly address: string; readonly port: number };
      readonly carrier: string;
      readonly far: string;
      readonly phones: readonly string[];
    }
  | { readonly kind: "register"; readonly usernames: readonly string[] }
  | { readonly kind: "behave"; readonly phones: PhoneBehaviour; readonly far: PhoneBehaviour }
  | { readonly kind: "voices"; readonly callers: number; readonly far: number; readonly speak: boolean }
  | { readonly kind: "begin"; readonly run: CallerRun }
  | { readonly kind: "hangUp"; readonly rate: number }
  /** Every telephone ends the call it has, one after another. */
  | { readonly kind: "phonesHangUp"; readonly overMs: number }
  | { readonly kind: "settled"; readonly withinMs: number }
  | { readonly kind: "figures" }
  | { readonly kind: "reset" };

export type LoadFigures = {
  readonly callers: CallerFigures;
  readonly talking: number;
  readonly live: number;
  /** From each caller's INVITE to the INVITE at the one who is rung for it, in milliseconds. */
  readonly offerMs: readonly number[];
  readonly idleMs: readonly number[];
  readonly taken: number;
  readonly voice: { readonly sent: number; readonly received: number; readonly delaysMs: readonly number[] };
};
export type Opened = { readonly carrier: number; readonly far: number };

const phonesPerSocket = 100;

class Load {
  readonly callers: Callers;
  readonly far: Phones;
  readonly phones: readonly Phones[];
  readonly #order: Extract<Order, { kind: "open" }>;
  #offerMs: number[] = [];
  #voice: Voice | undefined;

  static async open(order: Extract<Order, { kind: "open" }>): Promise<Load> {
    const callers = await Callers.open(order.carrier, order.server);
    const far = await Phones.open(order.far, order.server);
    const phones = await Promise.all(order.phones.map((address) => Phones.open(address, order.server)));
    return new Load(order, callers, far, phones);
  }

  private constructor(
    order: Extract<Order, { kind: "open" }>,
    callers: Callers,
    far: Phones,
    phones: readonly Phones[],
  ) {
    this.#order = order;
    this.callers = callers;
    this.far = far;
    this.phones = phones;
    for (const phone of [far, ...phones]) phone.onInvite = (digits, at) => this.#rung(digits, at);
  }

  #rung(digits: string, at: number): void {
    const invitedAt = this.callers.invitedAt.get(digits.slice(-7));
    if (invitedAt !== undefined) this.#offerMs.push(at - invitedAt);
  }

  async register(usernames: readonly string[]): Promise<void> {
    await Promise.all(
      this.phones.map((phone, index) => {
        const own = usernames.slice(index * phonesPerSocket, (index + 1) * phonesPerSocket);
        return phone.register(own.map((username) => ({ username, password: `secret of ${username}` })));
      }),
    );
  }

  async voices(order: Extract<Order, { kind: "voices" }>): Promise<void> {
    this.#voice?.close();
    const voice = await Voice.open(this.#order.carrier, order.callers + order.far);
    this.#voice = voice;
    const { ports } = voice;
    this.callers.rtpPorts = ports.slice(0, order.callers);
    this.far.rtpPorts = ports.slice(order.callers);
    for (const end of [this.callers, this.far]) end.onAnswered = (ours, theirs) => voice.connect(ours, theirs);
    if (order.speak) voice.speak(this.#order.server.address);
  }

  get live(): number {
    return this.callers.live + this.far.live + this.phones.reduce((sum, phone) => sum + phone.live, 0);
  }

  figures(): LoadFigures {
    return {
      callers: this.callers.figures(),
      talking: this.callers.talking,
      live: this.live,
      offerMs: this.#offerMs,
      idleMs: this.phones.flatMap((phone) => phone.idleMs),
      taken: this.far.taken + this.phones.reduce((sum, phone) => sum + phone.taken, 0),
      voice: this.#voice?.figures() ?? { sent: 0, received: 0, delaysMs: [] },
    };
  }

  reset(): void {
    this.callers.reset();
    this.callers.invitedAt.clear();
    this.#offerMs = [];
    for (const phone of [this.far, ...this.phones]) {
      phone.idleMs = [];
      phone.taken = 0;
    }
    this.#voice?.reset();
  }

  async settled(withinMs: number): Promise<void> {
    const until = performance.now() + withinMs;
    while (this.live > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

let load: Load | undefined;

async function obey(order: Order): Promise<unknown> {
  if (order.kind === "open") {
    load = await Load.open(order);
    return { carrier: load.callers.port, far: load.far.port } satisfies Opened;
  }
  if (load === undefined) throw new Error("the load generator is not open yet");
  switch (order.kind) {
    case "register":
      return load.register(order.usernames);
    case "behave":
      for (const phone of load.phones) phone.behaviour = order.phones;
      load.far.behaviour = order.far;
      return;
    case "voices":
      return load.voices(order);
    case "begin":
      return load.callers.begin(order.run);
    case "hangUp":
      return load.callers.hangUp(order.rate);
    case "phonesHangUp":
      for (const phone of load.phones) phone.hangUpAll(order.overMs);
      return;
    case "settled":
      return load.settled(order.withinMs);
    case "figures":
      return load.figures();
    case "reset":
      return load.reset();
  }
}

process.on("message", (order: Order) => {
  obey(order).then(
    (value) => process.send?.({ value: value ?? null }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
