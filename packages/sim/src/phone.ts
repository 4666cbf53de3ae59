import { utf8Decode, utf8Encode } from "@centrala/kit";
import { type AgentEvent, answerAudio, type CallId, formatSdp, type Peer, parseSdp } from "@centrala/sip";
import { PhoneAudio } from "./audio.ts";
import { SipLine } from "./line.ts";

export type PhoneOptions = {
  readonly registrar: Peer;
  readonly domain: string;
  readonly username: string;
  readonly password: string;
  readonly address?: string;
  /** How long it rings before somebody takes it; null: nobody does. */
  readonly answersAfterMs: number | null;
};

export type TakenCall = {
  readonly audio: PhoneAudio;
  readonly hangUp: () => void;
  readonly ended: Promise<void>;
  readonly from: string;
};

/** A SIP telephone on a desk: registers with digest, rings, is answered, speaks. */
export class SimulatedPhone {
  readonly #line: SipLine;
  readonly #options: PhoneOptions;
  readonly #ends = new Map<CallId, () => void>();
  readonly #registered: Promise<boolean>;
  #onRegistered!: (ok: boolean) => void;
  #onCall: (call: TakenCall) => void = () => {};
  #onRing: () => void = () => {};
  ringing = 0;

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
    this.#options = options;
    this.#registered = new Promise((resolve) => {
      this.#onRegistered = resolve;
    });
    line.onOther((event) => void this.#event(event));
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

  /** Whether the registrar took us, once it has said so. */
  registered(): Promise<boolean> {
    return this.#registered;
  }

  onCall(listener: (call: TakenCall) => void): void {
    this.#onCall = listener;
  }

  onRing(listener: () => void): void {
    this.#onRing = listener;
  }

  close(): void {
    for (const id of this.#ends.keys()) this.#line.run((agent, now) => agent.end(now, id));
    this.#line.run((agent, now) => agent.unregister(now, "phone"));
    this.#line.close();
  }

  async #event(event: AgentEvent): Promise<void> {
    if (event.kind === "registration") this.#onRegistered(event.state === "registered");
    if (event.kind === "incoming")
      await this.#ring(event.call, event.request.body, event.request.headers.get("from") ?? "");
  }

  async #ring(id: CallId, body: Uint8Array, from: string): Promise<void> {
    const audio = await PhoneAudio.open(this.#line.address);
    let over: () => void = () => {};
    const ended = new Promise<void>((resolve) => {
      over = resolve;
    });
    this.ringing += 1;
    this.#ends.set(id, over);
    const ringing: { timer: ReturnType<typeof setTimeout> | undefined } = { timer: undefined };
    this.#line.listen(id, (event) => {
      if (event.kind === "reoffered") this.#reanswer(id, audio, event.body);
      if (event.kind !== "ended") return;
      clearTimeout(ringing.timer);
      this.#ends.delete(id);
      this.ringing -= 1;
      audio.close();
      over();
    });
    this.#line.run((agent, now) => agent.progress(now, id, 180));
    this.#onRing();
    if (this.#options.answersAfterMs === null) return;
    ringing.timer = setTimeout(() => {
      if (!this.#answer(id, audio, body)) return;
      this.#onCall({ audio, ended, from, hangUp: () => this.#line.run((agent, now) => agent.end(now, id)) });
    }, this.#options.answersAfterMs);
  }

  #answer(id: CallId, audio: PhoneAudio, body: Uint8Array): boolean {
    const offer = parseSdp(utf8Decode(body));
    const answer = offer === undefined ? undefined : answerAudio(offer, audio.local(["pcma", "pcmu"]));
    if (answer === undefined || !answer.ok) {
      this.#line.run((agent, now) => agent.end(now, id, { status: 488 }));
      return false;
    }
    audio.connect(answer.audio);
    return this.#line.run((agent, now) => agent.answer(now, id, utf8Encode(formatSdp(answer.answer))));
  }

  #reanswer(id: CallId, audio: PhoneAudio, body: Uint8Array): void {
    const offer = parseSdp(utf8Decode(body));
    const answer = offer === undefined ? undefined : answerAudio(offer, audio.local(["pcma", "pcmu"], 2));
    if (answer?.ok !== true) this.#line.run((agent, now) => agent.rejectReoffer(now, id));
    else {
      audio.connect(answer.audio);
      this.#line.run((agent, now) => agent.answerReoffer(now, id, utf8Encode(formatSdp(answer.answer))));
    }
  }
}
