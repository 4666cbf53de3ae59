import type { Fact, Input, Language } from "@centrala/contract";
import { operatorState } from "@centrala/domain";
import type { SeededRandom } from "@centrala/kit";
import { SimulatedPhone, type TakenCall } from "@centrala/sim";
import { centreScope } from "@centrala/store";
import type { App, Centre } from "../app.ts";
import { pause } from "../in-time.ts";
import { between, say } from "./people.ts";

export type OperatorOptions = {
  readonly app: App;
  readonly centre: Centre;
  readonly random: SeededRandom;
  readonly userId: string;
  readonly username: string;
  readonly password: string;
  /** Whether one more of them may take a break now. */
  readonly mayRest: () => boolean;
};

const notes: Readonly<Record<Language, readonly string[]>> = {
  bg: [
    "Клиентът ще потвърди утре.",
    "Изпратена оферта по имейл.",
    "Моли за обаждане след 17 часа.",
    "Доставката е уточнена.",
  ],
  ru: [
    "Клиент подтвердит завтра.",
    "Отправили накладную по почте.",
    "Просит позвонить после обеда.",
    "Адрес доставки уточнён.",
  ],
  en: [
    "Will confirm tomorrow.",
    "Sent the form by e-mail.",
    "Asked to be called after lunch.",
    "Visit booked for Friday.",
  ],
};

/** One simulated operator with a telephone; steps aside while a person sits at this operator's desk. */
export class DemoOperator {
  readonly #options: OperatorOptions;
  #phone: SimulatedPhone | undefined;
  #turning: Promise<void> = Promise.resolve();
  #stopped = false;
  #attended = false;
  readonly #stop = Promise.withResolvers<void>();

  constructor(options: OperatorOptions) {
    this.#options = options;
  }

  get id(): string {
    return this.#options.userId;
  }

  /** Whether a person sits at this operator's desk: signed in lately, or with a headset. */
  get isPerson(): boolean {
    return this.#attended || (this.#options.centre.core.state.operators.get(this.id)?.headsetLegId ?? null) !== null;
  }

  /** Somebody has signed in as this operator, or signed out again: the desk is theirs, the telephone is not. */
  async attend(attended: boolean): Promise<void> {
    if (attended === this.#attended || this.#stopped) return;
    this.#attended = attended;
    if (!attended) return this.start();
    // Without a telephone it is the person who is on duty, since before this process.
    if (this.#phone !== undefined) await this.#leave();
    await this.#unplug();
  }

  get resting(): boolean {
    return this.#options.centre.core.state.operators.get(this.id)?.duty.state === "break";
  }

  /** Plugs the telephone in and goes on duty. */
  start(): Promise<void> {
    return this.#turn(async () => {
      if (this.#stopped || this.#phone !== undefined || this.isPerson) return;
      const { app, username, password, random } = this.#options;
      const phone = await SimulatedPhone.open({
        registrar: { transport: "UDP", address: "127.0.0.1", port: app.network.sipPort },
        domain: "127.0.0.1",
        username,
        password,
        answersAfterMs: () => (random.below(25) === 0 ? null : between(random, 1_500, 6_000)),
      });
      this.#phone = phone;
      phone.onCall((call) => void this.#talk(call));
      if (!(await phone.registered())) app.log.warn({ username }, "a simulated telephone was not let in");
      await this.#submit({
        kind: "operatorWent",
        operatorId: this.id,
        to: "available",
        reasonId: null,
        byUserId: null,
      });
    });
  }

  /** Leaves duty and pulls the plug. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stop.resolve();
    if (!this.isPerson) await this.#leave();
    await this.#unplug();
  }

  async #leave(): Promise<void> {
    await this.#submit({ kind: "operatorWent", operatorId: this.id, to: "offline", reasonId: null, byUserId: null });
  }

  /** A fact about this operator. */
  fact(fact: Extract<Fact, { readonly operatorId: string | null }>): void {
    switch (fact.kind) {
      case "headsetAttached":
        void this.#unplug();
        return;
      case "operatorChanged":
        if (fact.state === "break") void this.#comeBack(fact.cause === "supervisor" ? 180_000 : 45_000);
        if (fact.state === "offline") void this.#comeBack(fact.cause === "self" ? 5_000 : 30_000);
        return;
      case "talkStarted":
        if (this.#options.random.below(8) === 0) void this.#hold(fact.contactId);
        return;
      case "wrapUpStarted":
        void this.#wrapUp(fact.contactId);
        return;
      default:
        return;
    }
  }

  /** Speaks with the caller; hangs up sometimes, the caller does mostly. */
  async #talk(call: TakenCall): Promise<void> {
    const { random } = this.#options;
    await pause(400, call.ended);
    const language = this.#language();
    await say(call.audio, language, "greeting-client", call.ended);
    await pause(between(random, 9_000, 14_000), call.ended);
    await say(call.audio, language, "callback-saved", call.ended);
    await pause(between(random, 15_000, 60_000), call.ended);
    await say(call.audio, language, "goodbye", call.ended);
    call.hangUp();
  }

  #language(): Language {
    const work = this.#options.centre.core.state.operators.get(this.id)?.work;
    const contactId = work !== undefined && "contactId" in work ? work.contactId : "";
    return this.#options.centre.core.state.contacts.get(contactId)?.language ?? "bg";
  }

  async #hold(contactId: string): Promise<void> {
    const { random } = this.#options;
    await this.#wait(between(random, 7_000, 12_000));
    const held = { kind: "held", contactId, operatorId: this.id } as const;
    if (this.isPerson || !(await this.#submit({ ...held, on: true }))) return;
    await this.#wait(between(random, 4_000, 9_000));
    await this.#submit({ ...held, on: false });
  }

  /** Chooses a result, writes a note at times, then takes the next call or a break. */
  async #wrapUp(contactId: string): Promise<void> {
    const { app, centre, random } = this.#options;
    await this.#wait(between(random, 3_000, 14_000));
    if (this.isPerson || this.#stopped) return;
    const contact = await app.store.contacts.get(centreScope(centre.id), contactId);
    const results = centre.config.current.queue.find(({ id }) => id === contact?.queueId)?.dispositions ?? [];
    const own = { contactId, operatorId: this.id };
    if (results.length > 0)
      await this.#submit({ kind: "dispositionSet", ...own, dispositionId: random.pick(results).id });
    if (contact !== undefined && random.below(3) === 0)
      await app.store.notes.put(centreScope(centre.id), contactId, this.id, random.pick(notes[contact.language]));
    if (random.below(10) === 0 && this.#options.mayRest()) await this.#rest();
    else await this.#submit({ kind: "wrapUpFinished", ...own });
  }

  async #rest(): Promise<void> {
    const { centre, random } = this.#options;
    const reasons = centre.config.current.breakReason;
    if (reasons.length === 0) return;
    const reasonId = random.pick(reasons).id;
    await this.#submit({ kind: "operatorWent", operatorId: this.id, to: "break", reasonId, byUserId: null });
  }

  /** Back from a break, or in a person's place who has left. */
  async #comeBack(afterMs: number): Promise<void> {
    const { random, centre } = this.#options;
    await this.#wait(between(random, afterMs, afterMs * 2));
    if (this.#stopped || this.isPerson) return;
    await this.start();
    const operator = centre.core.state.operators.get(this.id);
    if (operator === undefined || operatorState(operator) === "available") return;
    await this.#submit({ kind: "operatorWent", operatorId: this.id, to: "available", reasonId: null, byUserId: null });
  }

  #unplug(): Promise<void> {
    return this.#turn(async () => {
      const phone = this.#phone;
      this.#phone = undefined;
      await phone?.close();
    });
  }

  /** Plugging in and out happen one after the other. */
  #turn(work: () => Promise<void>): Promise<void> {
    const { app, username } = this.#options;
    this.#turning = this.#turning
      .then(work)
      .catch((error: unknown) => app.log.warn({ username, err: String(error) }, "a simulated operator failed"));
    return this.#turning;
  }

  #wait(durationMs: number): Promise<void> {
    return pause(durationMs, this.#stop.promise);
  }

  async #submit(input: Input): Promise<boolean> {
    return (await this.#options.centre.core.submit(input)).ok;
  }
}
