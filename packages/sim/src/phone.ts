import type { AgentEvent, Peer } from "@centrala/sip";
import { SipLine } from "./line.ts";
import { type AnswersAfter, CallTaker, type TakenCall } from "./taker.ts";

export type PhoneOptions = {
  readonly registrar: Peer;
  readonly domain: string;
  readonly username: string;
  readonly password: string;
  readonly address?: string;
  /** How long it rings before somebody takes it; null: nobody does. */
  readonly answersAfterMs: AnswersAfter;
};

const unregisterMsMax = 1_000;

/** A SIP telephone on a desk: registers with digest, rings, is answered, speaks. */
export class SimulatedPhone {
  readonly #line: SipLine;
  readonly #taker: CallTaker;
  readonly #registered: Promise<boolean>;
  #onRegistered!: (ok: boolean) => void;
  #onRemoved: () => void = () => {};
  #closing: Promise<void> | undefined;

  static async open(options: PhoneOptions): Promise<SimulatedPhone> {
    const line = await SipLine.open({
      address: options.address,
      userAgent: "Centrala simulated phone",
      admit: () => ({ kind: "accept", principal: options.username }),
    });
    return new SimulatedPhone(line, options);
  }

  private constructor(line: SipLine, options: PhoneOptions) {
    this.#line = line;
    this.#taker = new CallTaker(line, options.answersAfterMs);
    this.#registered = new Promise((resolve) => {
      this.#onRegistered = resolve;
    });
    line.onOther((event) => this.#event(event));
    line.run((agent, now) =>
      agent.register(now, {
        id: "phone",
        registrar: `sip:${options.domain}`,
        aor: `sip:${options.username}@${options.domain}`,
        contactUser: options.username,
        credentials: { username: options.username, password: options.password },
        expiresS: 300,
        peers: [options.registrar],
      }),
    );
  }

  /** Calls that ring here or talk. */
  get ringing(): number {
    return this.#taker.calls;
  }

  /** Whether the registrar took us, once it has said so. */
  registered(): Promise<boolean> {
    return this.#registered;
  }

  onCall(listener: (call: TakenCall) => void): void {
    this.#taker.onCall(listener);
  }

  onRing(listener: () => void): void {
    this.#taker.onRing(listener);
  }

  /** Ends its calls and takes the registration back; waits for the registrar's answer, a second at most. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const removed = new Promise<void>((resolve) => {
      this.#onRemoved = resolve;
      setTimeout(resolve, unregisterMsMax).unref();
    });
    this.#taker.end();
    this.#line.run((agent, now) => agent.unregister(now, "phone"));
    await removed;
    this.#line.close();
  }

  #event(event: AgentEvent): void {
    if (event.kind === "incoming") void this.#taker.incoming(event);
    if (event.kind !== "registration") return;
    if (event.state === "removed") this.#onRemoved();
    this.#onRegistered(event.state === "registered");
  }
}
