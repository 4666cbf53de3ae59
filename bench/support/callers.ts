import { audioPort, header, type Message, response, sdp, token, uriIn, Wire } from "./sip-text.ts";

export type CallerRun = {
  readonly number: string;
  readonly count: number;
  /** Calls begun in a second. */
  readonly rate: number;
  /** From the answer to our BYE; null holds until `hangUp` is asked. */
  readonly holdMs: number | null;
  readonly active: boolean;
  readonly codecs: string;
};

type Server = { readonly address: string; readonly port: number };
type Call = {
  readonly id: string;
  readonly from: string;
  readonly invitedAt: number;
  readonly hold: number | null;
  readonly rtpPort: number;
  to: string;
  target: string;
  state: "inviting" | "talking" | "leaving";
};

/** What became of the calls; times in milliseconds from INVITE to 200. */
export type CallerFigures = {
  readonly begun: number;
  readonly answered: number;
  readonly ended: number;
  readonly failed: Readonly<Record<string, number>>;
  readonly answerMs: readonly number[];
};

/** The carrier: begins calls at a steady rate and ends them, each with a number of its own as the caller's. */
export class Callers {
  readonly #server: Server;
  readonly #calls = new Map<string, Call>();
  readonly #failed: Record<string, number> = {};
  #answerMs: number[] = [];
  #begun = 0;
  #ended = 0;
  #wire!: Wire;
  /** When each caller's INVITE was sent, by the last digits of its number. */
  readonly invitedAt = new Map<string, number>();
  /** Told of both ports when a call with sound is answered. */
  onAnswered: (ours: number, theirs: number) => void = () => {};
  /** Ports to speak from, one a call. */
  rtpPorts: number[] = [];

  static async open(address: string, server: Server): Promise<Callers> {
    const callers = new Callers(server);
    callers.#wire = await Wire.open(address, (message) => callers.#read(message));
    return callers;
  }

  private constructor(server: Server) {
    this.#server = server;
  }

  get port(): number {
    return this.#wire.port;
  }

  get live(): number {
    return this.#calls.size;
  }

  get talking(): number {
    let count = 0;
    for (const call of this.#calls.values()) if (call.state === "talking") count += 1;
    return count;
  }

  figures(): CallerFigures {
    const { failed, answerMs } = { failed: this.#failed, answerMs: this.#answerMs };
    return { begun: this.#begun, answered: answerMs.length, ended: this.#ended, failed: { ...failed }, answerMs };
  }

  reset(): void {
    this.#begun = 0;
    this.#ended = 0;
    this.#answerMs = [];
    for (const key of Object.keys(this.#failed)) delete this.#failed[key];
  }

  /** Begins the calls, evenly spread; resolves when the last has begun. */
  begin(run: CallerRun): Promise<void> {
    const startedAt = performance.now();
    let begun = 0;
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        const due = Math.min(run.count, Math.floor(((performance.now() - startedAt) / 1_000) * run.rate) + 1);
        for (; begun < due; begun += 1) this.#invite(run);
        if (begun < run.count) return;
        clearInterval(timer);
        resolve();
      }, 2);
    });
  }

  /** Ends every call that runs; those not answered are cancelled by nobody and counted as failed. */
  hangUp(rate: number): Promise<void> {
    const calls = [...this.#calls.values()].filter((call) => call.state === "talking");
    const startedAt = performance.now();
    let ended = 0;
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        const due = Math.min(calls.length, Math.floor(((performance.now() - startedAt) / 1_000) * rate) + 1);
        for (; ended < due; ended += 1) this.#bye(calls[ended] as Call);
        if (ended < calls.length) return;
        clearInterval(timer);
        resolve();
      }, 2);
    });
  }

  #invite(run: CallerRun): void {
    const id = `c${token()}`;
    const digits = String(8_000_000 + Math.floor(this.#serial() % 1_999_999));
    const from = `<sip:+35988${digits}@${this.#wire.address}>;tag=${token()}`;
    const rtpPort = this.rtpPorts.pop() ?? 40_000;
    const to = `<sip:${run.number}@${this.#server.address}>`;
    const target = `sip:${run.number}@${this.#server.address}:${this.#server.port}`;
    const invitedAt = performance.now();
    const call: Call = { id, from, invitedAt, hold: run.holdMs, rtpPort, to, target, state: "inviting" };
    this.#calls.set(id, call);
    this.invitedAt.set(digits, invitedAt);
    this.#begun += 1;
    const body = sdp(this.#wire.address, rtpPort, run.codecs, run.active);
    this.#request(call, "INVITE", 1, token(), "Content-Type: application/sdp\r\n", body);
  }

  #count = Math.floor(Math.random() * 1_000_000);
  #serial(): number {
    this.#count += 1;
    return this.#count;
  }

  #request(call: Call, method: string, seq: number, branch: string, extra = "", body = ""): void {
    const host = `${this.#wire.address}:${this.port}`;
    this.#wire.send(
      `${method} ${call.target} SIP/2.0\r\nVia: SIP/2.0/UDP ${host};branch=z9hG4bK${branch};rport\r\n` +
        `Max-Forwards: 70\r\nFrom: ${call.from}\r\nTo: ${call.to}\r\nCall-ID: ${call.id}\r\nCSeq: ${seq} ${method}\r\n` +
        `Contact: <sip:carrier@${host}>\r\n${extra}Content-Length: ${body.length}\r\n\r\n${body}`,
      this.#server.port,
      this.#server.address,
    );
  }

  #read(message: Message): void {
    const call = this.#calls.get(header(message.lines, "call-id"));
    if (message.status === 0) return this.#requested(message, call);
    if (call === undefined || message.status < 200) return;
    if (message.method === "BYE") return this.#over(call);
    if (message.method !== "INVITE") return;
    if (message.status >= 300) return this.#refused(call, message);
    this.#accepted(call, message);
  }

  #requested(message: Message, call: Call | undefined): void {
    if (message.method === "ACK") return;
    this.#wire.send(response(message, "200 OK", token(), ""), this.#server.port, this.#server.address);
    if (message.method === "BYE" && call !== undefined) this.#over(call);
  }

  #accepted(call: Call, message: Message): void {
    call.to = header(message.lines, "to");
    call.target = uriIn(header(message.lines, "contact"));
    this.#request(call, "ACK", 1, token());
    if (call.state !== "inviting") return;
    call.state = "talking";
    this.#answerMs.push(performance.now() - call.invitedAt);
    this.onAnswered(call.rtpPort, audioPort(message.body));
    if (call.hold !== null) setTimeout(() => this.#bye(call), call.hold);
  }

  #refused(call: Call, message: Message): void {
    const branch = /branch=z9hG4bK(\w+)/.exec(header(message.lines, "via"))?.[1] ?? "";
    this.#request({ ...call, to: header(message.lines, "to") }, "ACK", 1, branch);
    const key = String(message.status);
    this.#failed[key] = (this.#failed[key] ?? 0) + 1;
    this.#over(call);
  }

  #bye(call: Call): void {
    if (call.state !== "talking") return;
    call.state = "leaving";
    this.#request(call, "BYE", 2, token());
  }

  #over(call: Call): void {
    if (this.#calls.delete(call.id)) this.#ended += 1;
  }
}
