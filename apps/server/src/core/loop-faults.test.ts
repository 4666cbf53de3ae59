import { createHash } from "node:crypto";
import type { Effect, Input, JournalEntry, Target } from "@centrala/contract";
import { type CentreState, contactViews, emptyState, evolve, toSnapshot } from "@centrala/domain";
import { monday, noNumbers, testConfig } from "@centrala/domain/testing";
import { SeededRandom } from "@centrala/kit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CoreLoop } from "./loop.ts";

/** How often something goes wrong, in a thousand. */
type Faults = {
  readonly permanent: number;
  readonly transient: number;
  readonly unknown: number;
  readonly effect: number;
};
const none: Faults = { permanent: 0, transient: 0, unknown: 0, effect: 0 };

/**
 * A centre over a store and a telephony that fail by the seed: entries that can never be stored (which ones is a matter of
 * what they hold, as it is with a database), commits that fail once, or whose outcome stays unknown, effects that throw.
 */
class FaultyCentre {
  now = monday;
  faults: Faults = none;
  readonly random: SeededRandom;
  readonly journal: JournalEntry[] = [];
  /** What telephony has: an operator's headset is never dropped. */
  readonly legs = new Map<string, "headset" | "call">();
  readonly acknowledged: Input[] = [];
  /** What the loop let fall although nothing was wrong with it. */
  readonly dropped: string[] = [];
  readonly lost = { leftOut: 0, faults: 0 };
  readonly loop: CoreLoop;
  #names = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.loop = new CoreLoop({
      state: emptyState(),
      seq: 0,
      clock: () => this.now,
      append: (entries) => this.#append(entries),
      perform: (effect) => this.#perform(effect),
      isFatal: () => false,
      onFatal: () => undefined,
      isPermanent: (error) => (error as Error).message === "PERMANENT",
      onBug: () => {
        this.lost.leftOut += 1;
      },
      onFault: () => {
        this.lost.faults += 1;
      },
      refold: async () => ({ state: fold(this.journal), seq: this.journal.length }),
      legs: { alive: () => new Set(this.legs.keys()), dropUnknown: (legId) => this.#drop(legId) },
      onCommitFailed: () => undefined,
      batchMax: 1 + this.random.below(40),
    });
  }

  async #append(entries: readonly JournalEntry[]): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.random.below(3)));
    if (this.#happens(this.faults.transient)) throw new Error("away");
    if (entries.some((entry) => this.#isBad(entry))) throw new Error("PERMANENT");
    const first = entries[0]?.seq ?? 0;
    expect(this.journal.length + 1).toBeGreaterThanOrEqual(first);
    for (const entry of entries) {
      const known = this.journal[entry.seq - 1];
      if (known === undefined) this.journal.push(entry);
      else expect(known).toBe(entry);
    }
    if (this.#happens(this.faults.unknown)) throw new Error("connection lost");
  }

  /** The same entry is bad whenever it is tried. The end of a contact always can be stored, or else nothing could be promised. */
  #isBad({ input, facts, at }: JournalEntry): boolean {
    if (input.kind === "contactFailed") return false;
    const digest = createHash("sha256")
      .update(JSON.stringify([input, facts, at]))
      .digest();
    return digest.readUInt32LE() % 1_000 < this.faults.permanent;
  }

  #happens(inAThousand: number): boolean {
    return this.random.below(1_000) < inAThousand;
  }

  #perform(effect: Effect): void {
    if (this.#happens(this.faults.effect)) throw new Error("a mistake");
    if (effect.kind === "dialDevice" || effect.kind === "dialTrunk") this.legs.set(effect.legId, "call");
    if (effect.kind === "dropLeg" || effect.kind === "rejectLeg") this.#drop(effect.legId);
  }

  #drop(legId: string): void {
    if (this.legs.get(legId) === "headset" || !this.legs.delete(legId)) return;
    this.tell({ kind: "legEnded", legId, code: "DROPPED", sipStatus: null });
  }

  /** Gives the core an input; what it says yes to must be in the journal for ever. */
  tell(input: Input, refused: () => void = () => undefined): void {
    void this.loop.submit(input).then((outcome) => {
      if (!outcome.ok) {
        refused();
        if (outcome.code === "STOPPED" || outcome.code === "OVERLOADED") this.dropped.push(input.kind);
      }
      if (outcome.ok && outcome.value.facts.length > 0) this.acknowledged.push(input);
    });
  }

  name(kind: string): string {
    this.#names += 1;
    return `${kind}-${this.#names}`;
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1_000) {
      this.now += Math.min(left, 1_000);
      await vi.advanceTimersByTimeAsync(Math.min(left, 1_000));
    }
  }

  /** Nothing fails any more, and everything that waits is through. */
  async calm(): Promise<void> {
    this.faults = none;
    let through = false;
    void this.loop.settled().then(() => {
      through = true;
    });
    for (let round = 0; round < 100 && !through; round += 1) await this.pass(1_000);
    await this.pass(1_000);
  }
}

function fold(entries: readonly JournalEntry[]): CentreState {
  let state = emptyState();
  for (const { at, facts } of entries) for (const fact of facts) state = evolve(state, fact, at);
  return state;
}

const operators = ["anna", "boris", "vera"];

function pick<T>(random: SeededRandom, items: readonly T[]): T | undefined {
  return items.length === 0 ? undefined : items[random.below(items.length)];
}

function target(random: SeededRandom): Target {
  const kind = random.below(3);
  if (kind === 0) return { kind: "queue", queueId: "sales" };
  if (kind === 1) return { kind: "outside", addressId: "outside", emergency: false };
  return { kind: "operator", operatorId: pick(random, operators) ?? "" };
}

type Move = (centre: FaultyCentre, random: SeededRandom) => void;
const call: Move = (centre) => {
  const contactId = centre.name("call");
  const legId = `${contactId}-leg`;
  centre.legs.set(legId, "call");
  const input: Input = {
    kind: "callArrived",
    contactId,
    legId,
    trunkId: "carrier",
    numberId: "hotline",
    ...noNumbers,
  };
  // Telephony refuses a call that the core does not take.
  centre.tell(input, () => centre.legs.delete(legId));
};
const hangUpFar: Move = (centre, random) => {
  const calls = [...centre.legs].flatMap(([legId, kind]) => (kind === "call" ? [legId] : []));
  const legId = pick(random, calls);
  if (legId === undefined) return;
  centre.legs.delete(legId);
  centre.tell({ kind: "legEnded", legId, code: "HUNG_UP", sipStatus: null });
};
const answerFar: Move = (centre, random) => {
  const legId = pick(random, [...centre.loop.state.legs.keys()]);
  if (legId !== undefined && centre.legs.has(legId)) centre.tell({ kind: "legAnswered", legId });
};
const loseHeadset: Move = (centre, random) => {
  const operatorId = pick(random, operators) ?? "";
  const legId = centre.loop.state.operators.get(operatorId)?.headsetLegId;
  if (legId == null) return;
  centre.legs.delete(legId);
  centre.tell({ kind: "headsetLost", operatorId, legId });
};
const attachHeadset: Move = (centre, random) => {
  const operatorId = pick(random, operators) ?? "";
  const legId = centre.name("headset");
  for (const [old] of centre.legs) if (old.startsWith(`headset-${operatorId}`)) centre.legs.delete(old);
  centre.legs.set(legId, "headset");
  centre.tell({ kind: "headsetAttached", operatorId, legId });
};
const goAvailable: Move = (centre, random) =>
  centre.tell({
    kind: "operatorWent",
    operatorId: pick(random, operators) ?? "",
    to: random.below(8) === 0 ? "break" : "available",
    reasonId: null,
    byUserId: null,
  });
const decideOffer: Move = (centre, random) => {
  const offer = pick(random, [...centre.loop.state.offers.values()]);
  if (offer === undefined) return;
  const kind = random.below(5) === 0 ? "offerDeclined" : "offerAccepted";
  centre.tell({ kind, offerId: offer.id, operatorId: offer.operatorId });
};
const talk: Move = (centre, random) => {
  const talking = [...centre.loop.state.operators.values()].flatMap(({ id, work }) =>
    work.kind === "talking" ? [{ contactId: work.contactId, operatorId: id }] : [],
  );
  const own = pick(random, talking);
  if (own === undefined) return;
  const inputs: Input[] = [
    { kind: "hungUp", ...own },
    { kind: "held", ...own, on: random.below(2) === 0 },
    { kind: "transferAsked", ...own, target: target(random) },
    { kind: "consultAsked", ...own, target: target(random) },
    { kind: "consultEnded", ...own, as: "transfer" },
    { kind: "muted", ...own, on: true },
  ];
  const input = pick(random, inputs);
  if (input !== undefined) centre.tell(input);
};
const finishWrapUp: Move = (centre, random) => {
  const operatorId = pick(random, operators) ?? "";
  const work = centre.loop.state.operators.get(operatorId)?.work;
  if (work?.kind === "wrap-up") centre.tell({ kind: "wrapUpFinished", contactId: work.contactId, operatorId });
};
const dial: Move = (centre, random) =>
  centre.tell({
    kind: "operatorDialled",
    contactId: centre.name("dialled"),
    operatorId: pick(random, operators) ?? "",
    legId: null,
    target: target(random),
    clientId: "shop",
    callerNumberId: null,
    customerId: null,
  });
const moves: readonly Move[] = [
  ...[call, call, call, call, hangUpFar, hangUpFar, answerFar, answerFar, loseHeadset, attachHeadset, attachHeadset],
  ...[
    goAvailable,
    goAvailable,
    decideOffer,
    decideOffer,
    decideOffer,
    decideOffer,
    talk,
    talk,
    talk,
    dial,
    finishWrapUp,
  ],
];

async function play(seed: number, faults: Faults): Promise<FaultyCentre> {
  const centre = new FaultyCentre(seed);
  const { random } = centre;
  const steps = { queue: { kind: "queue", queueId: "sales", otherwise: null } };
  centre.tell({ kind: "configured", config: testConfig({ recordCalls: true, recordingNotice: false }, steps) });
  await centre.pass(10);
  for (let round = 0; round < 4; round += 1) {
    centre.faults = faults;
    for (let move = 0; move < 40; move += 1) {
      pick(random, moves)?.(centre, random);
      if (random.below(3) === 0) await centre.pass(random.below(10) === 0 ? 20_000 : 1 + random.below(400));
    }
    await centre.calm();
    check(centre, seed);
  }
  return centre;
}

/** When all is quiet: memory is the journal's fold, both sides know the same legs, what was acknowledged is stored. */
function check(centre: FaultyCentre, seed: number): void {
  const { state } = centre.loop;
  expect(centre.loop.backlog, `seed ${seed}`).toBe(0);
  expect(toSnapshot(state), `seed ${seed}`).toEqual(toSnapshot(fold(centre.journal)));
  expect(centre.dropped, `seed ${seed}`).toEqual([]);
  const calls = (legs: Iterable<string>): string[] => [...legs].filter((id) => !id.startsWith("headset")).toSorted();
  expect(calls(state.legs.keys()), `seed ${seed}`).toEqual(calls(centre.legs.keys()));
  const stored = new Set(centre.journal.map((entry) => entry.input));
  expect(
    centre.acknowledged.filter((input) => !stored.has(input)),
    `seed ${seed}`,
  ).toEqual([]);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("whatever the store and telephony do", () => {
  const mixes: readonly (readonly [string, Faults])[] = [
    ["commits that fail for a while", { ...none, transient: 150, unknown: 100 }],
    ["entries that can never be stored", { ...none, permanent: 60 }],
    ["effects that throw", { ...none, effect: 40 }],
    ["all of it at once", { permanent: 40, transient: 100, unknown: 60, effect: 20 }],
  ];
  it.each(mixes)("no call and no leg is left behind, nothing acknowledged is lost: %s", async (_name, faults) => {
    let leftOut = 0;
    for (let seed = 1; seed <= 5; seed += 1) {
      const centre = await play(seed, faults);
      leftOut += centre.lost.leftOut;
      for (const legId of [...centre.legs.keys()].filter((id) => centre.legs.get(id) === "call")) {
        centre.legs.delete(legId);
        centre.tell({ kind: "legEnded", legId, code: "HUNG_UP", sipStatus: null });
      }
      await centre.calm();
      // Two colleagues with headsets have no legs but those: one of them hangs up.
      for (const { contactId, direction, operatorIds } of contactViews(centre.loop.state)) {
        const [operatorId] = operatorIds;
        if (direction === "internal" && operatorId !== undefined)
          centre.tell({ kind: "hungUp", contactId, operatorId });
      }
      await centre.calm();
      await centre.pass(120_000);
      expect(contactViews(centre.loop.state), `seed ${seed}`).toEqual([]);
    }
    expect(leftOut > 0).toBe(faults.permanent > 0);
  });
});
