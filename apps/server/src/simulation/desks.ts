import type { Fact, Input, JournalEntry, Target } from "@centrala/contract";
import { type SeededRandom, uuidV7 } from "@centrala/kit";
import { chanceOf, type VirtualTime } from "@centrala/sim/seeded";
import type { Headsets } from "../live/headsets.ts";
import { noRights } from "../live/rights.ts";
import { Stream } from "../live/stream.ts";
import { centreId, operatorIds } from "./centre.ts";
import type { Course } from "./course.ts";

type Desk = {
  readonly operatorId: string;
  /** Its open pages, the newest last; each offers a headset, and one has it. */
  readonly tabs: Stream[];
  /** The offer that rings on the headset. */
  offerId: string | undefined;
  contactId: string | undefined;
  wrapUpOf: string | undefined;
  isHolding: boolean;
};

/** What of the running server the desks use; undefined while none runs. */
export type DeskServer = {
  readonly headsets: Headsets;
  submit(input: Input): void;
};

const tabsMax = 2;

/** The operators before their screens: they see what is committed, and click. */
export class Desks {
  server: DeskServer | undefined;
  hurry = false;
  readonly #time: VirtualTime;
  readonly #seed: number;
  readonly #course: Course;
  readonly #desks: readonly Desk[];
  #pages = 0;

  constructor(time: VirtualTime, seed: number, course: Course) {
    this.#time = time;
    this.#seed = seed;
    this.#course = course;
    this.#desks = operatorIds.map((operatorId) => ({
      operatorId,
      tabs: [],
      offerId: undefined,
      contactId: undefined,
      wrapUpOf: undefined,
      isHolding: false,
    }));
  }

  desk(number: number): Desk {
    return this.#desks[number % this.#desks.length] as Desk;
  }

  /** The centre opened: every desk opens a page and offers a headset. */
  connected(server: DeskServer): void {
    this.server = server;
    for (const desk of this.#desks) {
      desk.tabs.length = 0;
      Object.assign(desk, { offerId: undefined, contactId: undefined, wrapUpOf: undefined });
      this.#pages += 1;
      const chance = chanceOf(this.#seed, `${desk.operatorId} ${this.#pages}`);
      this.#time.after(chance.below(10_000), () => this.server === server && this.offer(desk, true));
    }
  }

  /** The centre is closed here: so are its pages. */
  disconnected(): void {
    const { server } = this;
    this.server = undefined;
    for (const { tabs } of this.#desks) for (const tab of tabs.splice(0)) server?.headsets.release(centreId, tab);
  }

  /** A page offers a headset: a new one, or the last one again. */
  offer(desk: Desk, isNew: boolean): void {
    const { server } = this;
    if (server === undefined) return;
    if (isNew || desk.tabs.length === 0) {
      this.#pages += 1;
      const id = `page-${this.#pages}`;
      desk.tabs.push(new Stream(id, desk.operatorId, id, id, this.#time.wall, () => noRights));
      if (desk.tabs.length > tabsMax) server.headsets.release(centreId, desk.tabs.shift() as Stream);
    }
    const tab = desk.tabs.at(-1);
    if (tab !== undefined) void server.headsets.offer(centreId, tab, `request ${this.#pages}`, "v=0");
  }

  /** A page's connection breaks or its page is closed; some come back. */
  breaks(desk: Desk, b: number): void {
    const tab = desk.tabs[b % Math.max(1, desk.tabs.length)];
    const { server } = this;
    if (tab === undefined || server === undefined) return;
    const isLeaving = b % 3 === 0;
    server.headsets.disconnected(centreId, tab, isLeaving);
    if (isLeaving) desk.tabs.splice(desk.tabs.indexOf(tab), 1);
    else this.#time.after(b % 9_000, () => this.server === server && server.headsets.reconnected(centreId, tab));
  }

  /** What a desk is shown after a commit. */
  see(entries: readonly JournalEntry[]): void {
    for (const { facts } of entries) for (const fact of facts) this.#see(fact);
  }

  #see(fact: Fact): void {
    const desk = "operatorId" in fact ? this.#desks.find((one) => one.operatorId === fact.operatorId) : undefined;
    switch (fact.kind) {
      case "offerMade":
        if (desk !== undefined && fact.device.kind === "headset") this.#rung(desk, fact.offerId);
        return;
      case "offerEnded":
        if (desk?.offerId === fact.offerId) desk.offerId = undefined;
        return;
      case "talkStarted":
      case "dialStarted":
        if (desk !== undefined) Object.assign(desk, { contactId: fact.contactId, isHolding: false });
        return;
      case "wrapUpStarted":
        if (desk !== undefined) desk.wrapUpOf = fact.contactId;
        return;
      case "wrapUpEnded":
        if (desk !== undefined) desk.wrapUpOf = undefined;
        return;
      case "talkEnded":
        if (desk?.contactId === fact.contactId) desk.contactId = undefined;
        return;
      case "contactEnded":
        for (const one of this.#desks) if (one.contactId === fact.contactId) one.contactId = undefined;
        return;
      default:
    }
  }

  #rung(desk: Desk, offerId: string): void {
    desk.offerId = offerId;
    const chance = chanceOf(this.#seed, `${desk.operatorId} ${offerId}`);
    const what = this.hurry ? 0 : chance.below(10);
    // Some do not look.
    if (what >= 8) return;
    const kind = what < 7 ? "offerAccepted" : "offerDeclined";
    this.#time.after(200 + chance.below(5_000), () => {
      if (desk.offerId === offerId) this.#submit({ kind, offerId, operatorId: desk.operatorId });
    });
  }

  /** What an operator does of their own will: of the things there are, the numbers choose. */
  acts(kind: string, a: number, b: number, chance: SeededRandom): void {
    const desk = this.desk(a);
    const input = this.#input(kind, desk, b, chance);
    if (input !== undefined) this.#submit(input);
  }

  #input(kind: string, desk: Desk, b: number, chance: SeededRandom): Input | undefined {
    const { operatorId, contactId, offerId, wrapUpOf } = desk;
    const went = { kind: "operatorWent", operatorId, byUserId: null } as const;
    if (kind === "available") return { ...went, to: "available", reasonId: null };
    if (kind === "break")
      return { ...went, to: b % 3 === 0 ? "offline" : "break", reasonId: b % 3 === 0 ? null : "lunch" };
    if (kind === "choose") return { kind: "deviceChosen", operatorId, device: b % 2 === 0 ? "phone" : "headset" };
    if (kind === "decline") return offerId === undefined ? undefined : { kind: "offerDeclined", offerId, operatorId };
    if (kind === "finish")
      return wrapUpOf === undefined ? undefined : { kind: "wrapUpFinished", contactId: wrapUpOf, operatorId };
    if (kind === "dial") {
      const fixed = { legId: null, clientId: "main", callerNumberId: "hotline", customerId: null } as const;
      const id = uuidV7(this.#time.wall, chance);
      return { kind: "operatorDialled", contactId: id, operatorId, target: targetOf(b), ...fixed };
    }
    return contactId === undefined ? undefined : this.#talking(kind, desk, contactId, b);
  }

  #talking(kind: string, desk: Desk, contactId: string, b: number): Input | undefined {
    const own = { contactId, operatorId: desk.operatorId };
    switch (kind) {
      case "hangUp":
        return { kind: "hungUp", ...own };
      case "hold":
        desk.isHolding = !desk.isHolding;
        return { kind: "held", ...own, on: desk.isHolding };
      case "mute":
        return { kind: "muted", ...own, on: b % 2 === 0 };
      case "pauseRecording":
        return { kind: "recordingPaused", ...own, on: b % 2 === 0 };
      case "transfer":
        return { kind: "transferAsked", ...own, target: targetOf(b) };
      case "consult":
        return { kind: "consultAsked", ...own, target: targetOf(b) };
      case "endConsult":
        return { kind: "consultEnded", ...own, as: (["transfer", "return", "conference"] as const)[b % 3] ?? "return" };
      default:
        throw new Error(`nobody knows how to ${kind}`);
    }
  }

  /** Everybody ends what they have. */
  finishAll(): void {
    this.hurry = true;
    for (const { operatorId, contactId } of this.#desks)
      if (contactId !== undefined) this.#submit({ kind: "hungUp", contactId, operatorId });
  }

  #submit(input: Input): void {
    this.#course.say(`clicks ${JSON.stringify(input)}`);
    this.server?.submit(input);
  }
}

function targetOf(b: number): Target {
  const rest = b >> 3;
  if (b % 8 === 0) return { kind: "queue", queueId: rest % 2 === 0 ? "sales" : "second" };
  if (b % 8 < 4) {
    // The first address of the simulated disk.
    const destination = { country: "BG", class: "mobile", pricePerMinute: 100_000, listed: null } as const;
    return { kind: "outside", addressId: "address-1", emergency: rest % 9 === 0, destination };
  }
  return { kind: "operator", operatorId: operatorIds[rest % operatorIds.length] ?? "anna" };
}
