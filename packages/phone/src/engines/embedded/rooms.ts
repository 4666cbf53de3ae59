import type { LegId, RoomId } from "@centrala/contract";
import type { MediaLeg } from "./leg.ts";

type Hears = Readonly<Record<LegId, readonly LegId[]>>;

interface Room {
  readonly roomId: RoomId;
  readonly slot: number;
  hears: Hears;
}

/** The most rooms, and the most legs in one; a command that wants more is ignored. */
const roomsMax = 5_000;
const legsMax = 64;

/**
 * Who hears whom. A room's matrix may name legs that are not open yet; they take their place when they open. A leg is in one
 * room at a time: a new one takes it out of the old one.
 */
export class Rooms {
  readonly #rooms = new Map<RoomId, Room>();
  readonly #roomOf = new Map<LegId, Room>();
  readonly #legs: ReadonlyMap<LegId, MediaLeg>;
  #nextSlot = 0;

  constructor(legs: ReadonlyMap<LegId, MediaLeg>) {
    this.#legs = legs;
  }

  get size(): number {
    return this.#rooms.size;
  }

  /** Replaces a room's matrix as a whole. False when a limit stands against it. */
  set(roomId: RoomId, hears: Hears): boolean {
    const legIds = Object.keys(hears);
    const known = this.#rooms.get(roomId);
    if (legIds.length > legsMax || (known === undefined && this.#rooms.size >= roomsMax)) return false;
    const room = known ?? this.#create(roomId);
    const before = Object.keys(room.hears);
    room.hears = hears;
    for (const legId of before) if (!(legId in hears)) this.#leave(legId, room);
    for (const legId of legIds) this.#enter(legId, room);
    if (legIds.length === 0) this.#rooms.delete(roomId);
    this.#link(room);
    return true;
  }

  /** Ends a room: its legs hear nobody. False when there is no such room. */
  close(roomId: RoomId): boolean {
    const room = this.#rooms.get(roomId);
    if (room === undefined) return false;
    this.#rooms.delete(roomId);
    for (const legId of Object.keys(room.hears)) this.#leave(legId, room);
    return true;
  }

  /** A leg was opened: if a matrix already names it, it takes its place. */
  legOpened(legId: LegId): void {
    const room = this.#roomOf.get(legId);
    if (room !== undefined) this.#link(room);
  }

  /** A leg is gone: nobody hears it any more. */
  legClosed(leg: MediaLeg): void {
    const room = this.#roomOf.get(leg.legId);
    this.#roomOf.delete(leg.legId);
    unlink(leg);
    if (room !== undefined) this.#takeOut(leg.legId, room);
  }

  #create(roomId: RoomId): Room {
    const room: Room = { roomId, slot: this.#nextSlot, hears: {} };
    this.#nextSlot = (this.#nextSlot + 1) % 4;
    this.#rooms.set(roomId, room);
    return room;
  }

  #enter(legId: LegId, room: Room): void {
    const old = this.#roomOf.get(legId);
    if (old === room) return;
    this.#roomOf.set(legId, room);
    if (old !== undefined) this.#takeOut(legId, old);
  }

  /** Takes a leg out of a matrix; a room that nobody is left in is closed. */
  #takeOut(legId: LegId, room: Room): void {
    const { [legId]: _left, ...rest } = room.hears;
    room.hears = rest;
    if (Object.keys(rest).length === 0) this.#rooms.delete(room.roomId);
    this.#link(room);
  }

  #leave(legId: LegId, room: Room): void {
    if (this.#roomOf.get(legId) !== room) return;
    this.#roomOf.delete(legId);
    const leg = this.#legs.get(legId);
    if (leg !== undefined) unlink(leg);
  }

  /** Turns the matrix into lists of legs, so that the hot path looks nothing up. */
  #link(room: Room): void {
    const members: MediaLeg[] = [];
    for (const legId of Object.keys(room.hears)) {
      const leg = this.#legs.get(legId);
      if (leg !== undefined && !leg.closed && this.#roomOf.get(legId) === room) members.push(leg);
    }
    for (const leg of members) {
      const heard = room.hears[leg.legId] ?? [];
      leg.slot = room.slot;
      leg.roomId = room.roomId;
      leg.sources = members.filter((other) => other !== leg && heard.includes(other.legId));
    }
    for (const leg of members) leg.listeners = members.filter((other) => other.sources.includes(leg));
    for (const leg of members) leg.updateMode();
    for (const leg of members) leg.updateMixed();
  }
}

function unlink(leg: MediaLeg): void {
  for (const source of leg.sources) source.listeners = source.listeners.filter((listener) => listener !== leg);
  for (const listener of leg.listeners) {
    listener.sources = listener.sources.filter((source) => source !== leg);
    listener.updateMode();
  }
  const sources = leg.sources;
  leg.sources = [];
  leg.listeners = [];
  leg.roomId = undefined;
  leg.updateMode();
  leg.updateMixed();
  for (const source of sources) source.updateMixed();
}
