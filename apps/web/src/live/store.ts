import type { ClientMessage, DeskView, FloorView, LiveCommand, ResponseOf, ServerMessage } from "@centrala/contract";
import { changedFloor } from "@centrala/contract/floor-rows";
import { useSyncExternalStore } from "react";
import { ownUrl } from "../api/base.ts";
import { call } from "../api/call.ts";
import { type CommandInput, LiveCommands } from "./commands.ts";
import { Connection, type ConnectionStatus, type SocketLike } from "./connection.ts";

export type LiveState = {
  readonly status: ConnectionStatus;
  /** Set while what is shown may be old: since when (browser's clock). */
  readonly staleSince: number | null;
  readonly desk: DeskView | null;
  readonly floor: FloorView | null;
  readonly trunks: ResponseOf<"trunkStates">["items"] | null;
  /** True once the server runs another version than this page came from. */
  readonly outdated: boolean;
};

const empty: LiveState = {
  status: "connecting",
  staleSince: null,
  desk: null,
  floor: null,
  trunks: null,
  outdated: false,
};
let state: LiveState = empty;
let offsetMs = 0;
let resume: { stream: string; seq: number } | null = null;
let version: string | null = null;
let wanted = { desk: false, floor: false };
/** Of the floor's picture; null while the whole is asked for. */
let floorRevision: number | null = null;
const listeners = new Set<() => void>();
const hearers = new Set<(message: ServerMessage) => void>();

function change(next: Partial<LiveState>): void {
  state = { ...state, ...next };
  for (const listener of [...listeners]) listener();
}

/** The server's time in ms since 1970, by the offset learnt at welcome and with every ping. */
export function serverNow(): number {
  return Date.now() + offsetMs;
}

/** Sets the clock's offset from a time the server just gave. */
export function learnServerTime(serverTime: number): void {
  offsetMs = serverTime - Date.now();
}

const connection = new Connection({
  open: openSocket,
  now: () => Date.now(),
  random: () => Math.random(),
  hello: () => ({ kind: "hello", ...wanted, tabId: tabId(), resume }),
  onMessage: receive,
  onStatus: (status) => {
    commands.status(status);
    change({ status, staleSince: status === "open" ? null : (state.staleSince ?? Date.now()) });
  },
});
const commands = new LiveCommands((message) => connection.send(message), newId);

/** A click of the desk: over the open connection in one round trip, as a request while there is none. Throws as `call` does. */
export async function command<N extends LiveCommand>(name: N, input: CommandInput<N>): Promise<ResponseOf<N>> {
  const answer = commands.ask(name, input);
  if (answer === null) return call<LiveCommand>(name, input as never) as Promise<ResponseOf<N>>;
  return (await answer) as ResponseOf<N>;
}

/** Opens the live connection for somebody who signed in; `desk` only for those who may have one. */
export function startLive(options: { desk: boolean }): void {
  wanted = { ...wanted, desk: options.desk };
  connection.start();
  window.addEventListener("online", retryNow);
}

/** Closes it and forgets what was seen, so that the next person on this computer sees nothing of it. */
export function stopLive(): void {
  window.removeEventListener("online", retryNow);
  connection.close();
  commands.end();
  resume = null;
  floorRevision = null;
  wanted = { desk: false, floor: false };
  change(empty);
}

function retryNow(): void {
  connection.retryNow();
}

/** The floor's view is sent only while a floor is open. */
export function subscribeFloor(on: boolean): void {
  wanted = { ...wanted, floor: on };
  connection.send({ kind: "subscribe", floor: on });
}

export function sendLive(message: ClientMessage): boolean {
  return connection.send(message);
}

/** Hears every message, for what is no state: levels, headset answers, "changed". Returns the way to stop. */
export function onLiveMessage(hearer: (message: ServerMessage) => void): () => void {
  hearers.add(hearer);
  return () => hearers.delete(hearer);
}

/** A part of the live state; renders again only when that part is another value. */
export function useLive<T>(select: (state: LiveState) => T): T {
  return useSyncExternalStore(subscribe, () => select(state));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Applies one message; exported for tests and the workbench. */
export function receive(message: ServerMessage): void {
  if ("seq" in message && resume) resume = { ...resume, seq: Math.max(resume.seq, message.seq) };
  switch (message.kind) {
    case "welcome":
      learnServerTime(message.serverTime);
      resume = { stream: message.stream, seq: message.seq };
      if (version !== null && version !== message.version) change({ outdated: true });
      version ??= message.version;
      break;
    case "ping":
      learnServerTime(message.serverTime);
      break;
    case "desk":
      change({ desk: message.view });
      break;
    case "queue":
      receiveQueue(message.queue);
      break;
    case "floor":
      floorRevision = message.revision;
      change({ floor: message.view });
      break;
    case "floorChanged":
      receiveFloorChange(message);
      break;
    case "trunks":
      change({ trunks: message.trunks });
      break;
    default:
      break;
  }
  commands.receive(message);
  for (const hearer of [...hearers]) hearer(message);
}

function receiveQueue(queue: Extract<ServerMessage, { kind: "queue" }>["queue"]): void {
  const { desk } = state;
  if (desk === null) return;
  const queues = desk.queues.map((known) => (known.id === queue.id ? { ...known, ...queue } : known));
  change({ desk: { ...desk, queues } });
}

/** One that does not follow on what is shown: the whole is asked for, once. */
function receiveFloorChange(message: Extract<ServerMessage, { kind: "floorChanged" }>): void {
  if (state.floor !== null && floorRevision === message.from) {
    floorRevision = message.revision;
    change({ floor: changedFloor(state.floor, message.change) });
  } else if (floorRevision !== null) {
    floorRevision = null;
    if (wanted.floor) connection.send({ kind: "subscribe", floor: true });
  }
}

function openSocket(): SocketLike {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return new WebSocket(`${scheme}://${location.host}${ownUrl("/api/live")}`) as SocketLike;
}

/** One id per tab and session of the browser; a reload keeps it, so that the headset stays with its tab. */
function tabId(): string {
  const known = sessionStorage.getItem("centrala.tab");
  if (known) return known;
  const fresh = newId();
  sessionStorage.setItem("centrala.tab", fresh);
  return fresh;
}

function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
