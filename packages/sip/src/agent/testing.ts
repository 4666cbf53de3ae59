import { type Instant, SeededRandom, utf8Decode, utf8Encode } from "@centrala/kit";
import { Registrar } from "../registrar/index.ts";
import type { Peer, Transport } from "../transaction/index.ts";
import { SipAgent } from "./agent.ts";
import type { AgentOptions } from "./core.ts";
import type { AgentEvent } from "./events.ts";

export interface NetworkFaults {
  /** Share of datagrams lost, delivered twice, and delayed by up to 300 ms, each 0 to 1. */
  readonly loss?: number;
  readonly duplication?: number;
  readonly reordering?: number;
}

interface Flight {
  readonly at: Instant;
  readonly order: number;
  readonly from: TestNode;
  readonly to: TestNode;
  readonly bytes: Uint8Array;
}

/** One agent in a virtual network, with what it told so far. */
export class TestNode {
  readonly network: VirtualNetwork;
  readonly address: string;
  readonly agent: SipAgent;
  readonly events: AgentEvent[] = [];
  /** First lines of what it sent, in order. */
  readonly sent: string[] = [];
  readonly registrar = new Registrar();
  /** What to do on an event, at once. */
  react: (event: AgentEvent, now: Instant) => void = () => {};

  constructor(network: VirtualNetwork, address: string, options: Partial<AgentOptions>) {
    this.network = network;
    this.address = address;
    this.agent = new SipAgent({
      entropy: network.random,
      userAgent: "test",
      addressFor: () => ({ host: address, port: 5060 }),
      admit: () => ({ kind: "accept", principal: "peer" }),
      ...options,
    });
  }

  peerTo(other: TestNode, transport: Transport = "UDP"): Peer {
    return { transport, address: other.address, port: 5060 };
  }

  /** Events of one kind, in order. */
  told<Kind extends AgentEvent["kind"]>(kind: Kind): Extract<AgentEvent, { kind: Kind }>[] {
    return this.events.filter((event): event is Extract<AgentEvent, { kind: Kind }> => event.kind === kind);
  }

  kinds(): string[] {
    return this.events.map((event) => event.kind);
  }
}

/** Agents joined by datagrams in virtual time; what goes wrong is decided by the seed. */
export class VirtualNetwork {
  readonly random: SeededRandom;
  /** May change while calls run. */
  faults: NetworkFaults;
  readonly #nodes = new Map<string, TestNode>();
  #flights: Flight[] = [];
  #order = 0;
  now: Instant = 1_000_000;
  /** Sees every datagram on its way. */
  tap: (bytes: Uint8Array) => void = () => {};

  constructor(seed: number, faults: NetworkFaults = {}) {
    this.random = new SeededRandom(seed);
    this.faults = faults;
  }

  add(address: string, options: Partial<AgentOptions> = {}): TestNode {
    const node = new TestNode(this, address, options);
    this.#nodes.set(address, node);
    return node;
  }

  /** Takes a node away: what is sent there is lost. */
  remove(address: string): void {
    this.#nodes.delete(address);
  }

  /** Lets everything happen up to `durationMs` from now. */
  run(durationMs: number): void {
    const until = this.now + durationMs;
    for (;;) {
      const next = this.#drainAll();
      if (next === undefined || next > until) break;
      this.now = Math.max(this.now, next);
      this.#deliver();
    }
    this.now = until;
    this.#drainAll();
  }

  /** @returns the earliest moment at which something happens */
  #drainAll(): Instant | undefined {
    let next: Instant | undefined;
    for (const node of this.#nodes.values()) {
      const deadline = this.#drain(node);
      if (deadline !== undefined && (next === undefined || deadline < next)) next = deadline;
    }
    for (const flight of this.#flights) if (next === undefined || flight.at < next) next = flight.at;
    return next;
  }

  #drain(node: TestNode): Instant | undefined {
    for (;;) {
      const deadline = node.agent.poll(this.now);
      for (const packet of node.agent.takePackets()) {
        node.sent.push(firstLine(packet.bytes));
        this.#post(node, packet.peer.address, packet.bytes, packet.peer.transport);
      }
      const events = node.agent.takeEvents();
      if (events.length === 0) return deadline;
      for (const event of events) {
        node.events.push(event);
        node.react(event, this.now);
      }
    }
  }

  #post(from: TestNode, address: string, bytes: Uint8Array, transport: Transport): void {
    this.tap(bytes);
    const to = this.#nodes.get(address);
    const chance = () => this.random.below(1_000_000) / 1_000_000;
    const { loss = 0, duplication = 0, reordering = 0 } = this.faults;
    if (to === undefined || (transport === "UDP" && chance() < loss)) return;
    const copies = chance() < duplication ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const delayMs = chance() < reordering ? this.random.below(300) : 5;
      this.#order += 1;
      this.#flights.push({ at: this.now + delayMs, order: this.#order, from, to, bytes });
    }
  }

  #deliver(): void {
    const due = this.#flights.filter((flight) => flight.at <= this.now);
    this.#flights = this.#flights.filter((flight) => flight.at > this.now);
    due.sort((a, b) => a.at - b.at || a.order - b.order);
    for (const { from, to, bytes } of due) {
      to.agent.handleBytes(this.now, bytes, { transport: "UDP", address: from.address, port: 5060 });
      this.#drain(to);
    }
  }
}

function firstLine(bytes: Uint8Array): string {
  return utf8Decode(bytes).split("\r\n")[0] ?? "";
}

export function text(bytes: Uint8Array): string {
  return utf8Decode(bytes);
}

export const offer = utf8Encode("offer");
export const answerBody = utf8Encode("answer");

/** A call from `from` to `to`; its number at `from`. */
export function call(from: TestNode, to: TestNode, extra: Partial<Parameters<SipAgent["invite"]>[1]> = {}): number {
  const id = from.agent.invite(from.network.now, {
    principal: "peer",
    uri: `sip:100@${to.address}`,
    peer: from.peerTo(to),
    from: `<sip:200@${from.address}>`,
    contactUser: "200",
    callId: `call-${from.network.random.next()}`,
    body: offer,
    ...extra,
  });
  if (id === undefined) throw new Error("the agent is full");
  return id;
}

/** Makes `node` ring and answer every call. */
export function answersAll(node: TestNode, afterRing = true): void {
  node.react = (event, now) => {
    if (event.kind !== "incoming") return;
    if (afterRing) node.agent.progress(now, event.call);
    node.agent.answer(now, event.call, answerBody);
  };
}
