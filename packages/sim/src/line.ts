import { randomFillSync } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import type { Entropy } from "@centrala/kit";
import {
  type Admission,
  type AgentEvent,
  type CallId,
  type Peer,
  type Registrar,
  SipAgent,
  type SipRequest,
} from "@centrala/sip";

export type LineEvent = AgentEvent;
export type LineOptions = {
  /** The address it binds and writes into Via, Contact and SDP. */
  readonly address?: string;
  readonly port?: number;
  readonly userAgent?: string;
  /** Judges requests outside a dialog; refuses them unless given. */
  readonly admit?: (request: SipRequest) => Admission;
  /** Takes registrations whose senders `admit` has accepted, by principal. */
  readonly registrar?: Registrar;
};

const entropy: Entropy = { fill: (out) => void randomFillSync(out) };

/** One UDP socket with a SIP user agent behind it: the outside world of a centre, as a carrier or a telephone sees it. */
export class SipLine {
  readonly address: string;
  readonly agent: SipAgent;
  readonly entropy = entropy;
  #socket: Socket;
  #port = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  readonly #listeners = new Map<CallId, (event: AgentEvent) => void>();
  #others: (event: AgentEvent) => void = () => {};

  static async open(options: LineOptions = {}): Promise<SipLine> {
    const line = new SipLine(options);
    await new Promise<void>((resolve, reject) => {
      line.#socket.once("error", reject);
      line.#socket.bind(options.port ?? 0, line.address, () => {
        line.#socket.off("error", reject);
        line.#socket.on("error", () => {});
        line.#port = line.#socket.address().port;
        resolve();
      });
    });
    return line;
  }

  private constructor(options: LineOptions) {
    this.address = options.address ?? "127.0.0.1";
    const admit = options.admit ?? ((): Admission => ({ kind: "refuse", status: 403 }));
    this.agent = new SipAgent({
      entropy,
      userAgent: options.userAgent ?? "Centrala simulated caller",
      registrar: options.registrar,
      addressFor: () => ({ host: this.address, port: this.#port }),
      admit: (_now, request) => admit(request),
    });
    this.#socket = createSocket({
      type: "udp4",
      recvBufferSize: 1 << 20,
      lookup: (host, _options, done) => done(null, host, 4),
    });
    this.#socket.on("message", (bytes, from) => {
      this.agent.handleBytes(Date.now(), bytes, { transport: "UDP", address: from.address, port: from.port });
      this.#turn();
    });
  }

  get port(): number {
    return this.#port;
  }

  /** Runs a command of the agent, then sends and tells whatever came of it. */
  run<T>(command: (agent: SipAgent, now: number) => T): T {
    const result = command(this.agent, Date.now());
    this.#turn();
    return result;
  }

  /** Events of one call go to `listener` until it has ended. */
  listen(call: CallId, listener: (event: AgentEvent) => void): void {
    this.#listeners.set(call, listener);
  }

  /** Events that belong to no listened call: incoming calls, registrations. */
  onOther(listener: (event: AgentEvent) => void): void {
    this.#others = listener;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket.close();
  }

  #turn(): void {
    if (this.#closed) return;
    const deadline = this.agent.poll(Date.now());
    for (const packet of this.agent.takePackets()) this.#send(packet.bytes, packet.peer);
    for (const event of this.agent.takeEvents()) this.#tell(event);
    clearTimeout(this.#timer);
    if (deadline === undefined) return;
    this.#timer = setTimeout(() => this.#turn(), Math.max(0, deadline - Date.now()));
    this.#timer.unref();
  }

  #send(bytes: Uint8Array, peer: Peer): void {
    this.#socket.send(bytes, peer.port, peer.address, () => {});
  }

  #tell(event: AgentEvent): void {
    const call = "call" in event ? event.call : undefined;
    const listener = call === undefined ? undefined : this.#listeners.get(call);
    if (event.kind === "ended") this.#listeners.delete(event.call);
    (listener ?? this.#others)(event);
  }
}
