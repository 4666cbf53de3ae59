import type { IncomingLeg, Input, TelephonyEvent } from "@centrala/contract";
import { type Instant, minute, uuidV7 } from "@centrala/kit";
import type { PhoneCommand } from "@centrala/phone";
import { inTime } from "../in-time.ts";
import type { LegBook } from "./leg-book.ts";
import { type Arrival, numbersOf } from "./numbers.ts";
import type { OpenCentre } from "./open-centre.ts";
import type { PhoneOfCentresOptions } from "./phone-of-centres.ts";
import type { ShownCallers } from "./shown-callers.ts";

type Options = Pick<PhoneOfCentresOptions, "store" | "centres" | "log" | "clock" | "entropy">;
type Rejection = Extract<PhoneCommand, { readonly kind: "rejectLeg" }>;
type Refuse = (status: number, retryAfterS?: number) => void;

/** A telephone that dials hears within this time that its number could not be looked up. */
const lookupMs = 5_000;
/** A telephone that is looked up can be hung up and little else; the first end is what counts. */
const heldMax = 16;

/**
 * Calls that come in, until the core has them (SPEC.md [T1], [T2]): a call on a line at once, its numbers are looked up when
 * the core asks; a call of an operator's telephone once it is known what was dialled, and what happens to it meanwhile
 * waits for that.
 */
export class Arrivals {
  readonly #options: Options;
  readonly #book: LegBook;
  readonly #callers: ShownCallers;
  readonly #tell: (event: TelephonyEvent) => void;
  readonly #end: (command: Rejection) => void;
  /** What to ask the store about calls that the core has just been told of, by leg. */
  readonly #questions = new Map<string, () => Promise<Arrival>>();
  /** Legs of telephones that are being looked up, and what happened to them meanwhile. */
  readonly #held = new Map<string, TelephonyEvent[]>();
  /** By centre and refusal's code, of which there are few. */
  readonly #complainedAt = new Map<string, Instant>();

  constructor(
    options: Options,
    book: LegBook,
    callers: ShownCallers,
    tell: (event: TelephonyEvent) => void,
    end: (command: Rejection) => void,
  ) {
    this.#end = end;
    this.#options = options;
    this.#book = book;
    this.#callers = callers;
    this.#tell = tell;
  }

  arrived(leg: IncomingLeg): void {
    const owner = leg.from.kind === "trunk" ? leg.from.trunkId : leg.from.deviceId;
    const [centreId, ownId] = this.#book.local(owner);
    const centre = this.#options.centres.get(centreId);
    const refuse: Refuse = (status, retryAfterS) =>
      this.#end({ kind: "rejectLeg", legId: leg.legId, status, retryAfterS });
    if (centre === undefined) return refuse(503, 10);
    this.#book.incoming(leg.legId, centreId);
    const contactId = uuidV7(this.#options.clock(), this.#options.entropy);
    this.#book.contact(leg.legId, contactId);
    if (leg.from.kind === "trunk") this.#onLine(centre, leg, ownId, contactId, refuse);
    else void this.#onTelephone(centre, leg, ownId, contactId, refuse);
  }

  /** What the core has asked for: who calls. It goes on without when that can't be found. */
  identify(centreId: string, legId: string): void {
    const ask = this.#questions.get(legId);
    const centre = this.#options.centres.get(centreId);
    if (!this.#questions.delete(legId) || ask === undefined || centre === undefined) return;
    ask().then(
      ({ input, caller }) => {
        if (caller !== null && "contactId" in input) this.#callers.arrived(centreId, input.contactId, caller);
        void centre.core.submit(input);
      },
      (error: unknown) => {
        this.#options.log.error({ centreId, err: String(error) }, "a caller could not be looked up");
        const known = centre.core.state.arrivals.get(legId);
        if (known === undefined) return;
        const { contactId } = known.call;
        void centre.core.submit({ kind: "callIdentified", contactId, legId, ...known.known });
      },
    );
  }

  /** True when the event waits until it is known what its telephone dialled. */
  holds(legId: string, event: TelephonyEvent): boolean {
    const events = this.#held.get(legId);
    if (events !== undefined && events.length < heldMax) events.push(event);
    return events !== undefined;
  }

  isLookedUp(legId: string): boolean {
    return this.#held.has(legId);
  }

  #onLine(centre: OpenCentre, leg: IncomingLeg, trunkId: string, contactId: string, refuse: Refuse): void {
    const arriving = numbersOf(this.#options.store, centre).callArrived(leg, trunkId, contactId);
    if (!arriving.ok) return refuse(404);
    const { input, caller, identify } = arriving.value;
    if (caller !== null) this.#callers.arrived(centre.id, contactId, caller);
    if (identify !== null) this.#questions.set(leg.legId, identify);
    void this.#submit(centre, input, refuse).then(() => this.#questions.delete(leg.legId));
  }

  async #onTelephone(
    centre: OpenCentre,
    leg: IncomingLeg,
    deviceId: string,
    contactId: string,
    refuse: Refuse,
  ): Promise<void> {
    const { legId } = leg;
    this.#held.set(legId, []);
    try {
      const lookup = numbersOf(this.#options.store, centre).deviceDialled(leg, deviceId, contactId);
      const dialled = await inTime(lookup, lookupMs);
      if (!dialled.ok) return refuse(dialled.code === "NUMBER_UNKNOWN" ? 404 : 403);
      void this.#submit(centre, dialled.value.input, refuse).then(() => {
        // A phone's second call belongs to the contact that its operator talks with.
        const joined = centre.core.state.legs.get(legId)?.contactId ?? null;
        if (joined !== null) this.#book.contact(legId, joined);
      });
    } catch (error) {
      this.#options.log.error({ centreId: centre.id, err: String(error) }, "an incoming call could not be looked up");
      refuse(503, 5);
    } finally {
      const events = this.#held.get(legId) ?? [];
      this.#held.delete(legId);
      for (const event of events) this.#tell(event);
    }
  }

  async #submit(centre: OpenCentre, input: Input, refuse: Refuse): Promise<void> {
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
}
