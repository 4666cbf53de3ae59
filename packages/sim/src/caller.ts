import { utf8Decode, utf8Encode } from "@centrala/kit";
import {
  type AgentEvent,
  type AudioCodec,
  answerAudio,
  type CallId,
  createAudioOffer,
  type EndCause,
  formatSdp,
  type Peer,
  parseSdp,
  readAudioAnswer,
} from "@centrala/sip";
import { PhoneAudio } from "./audio.ts";
import type { SipLine } from "./line.ts";

export type CallOptions = {
  /** Whom to call, "sip:0700123@127.0.0.1:5060". */
  readonly uri: string;
  /** Where the request is sent. */
  readonly peer: Peer;
  /** The caller's number or name, user part of From. */
  readonly from: string;
  readonly displayName?: string;
  readonly codecs?: readonly AudioCodec[];
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly headers?: readonly (readonly [string, string])[];
  /** False: takes and sends no keys by RFC 4733. */
  readonly events?: boolean;
};

/** What became of a simulated call. */
export type CallOutcome = {
  readonly answered: boolean;
  readonly status: number | null;
  readonly cause: EndCause | null;
};

/** One outgoing call of a simulated telephone. */
export class SimulatedCall {
  readonly #line: SipLine;
  readonly audio: PhoneAudio;
  readonly #id: CallId;
  readonly #codecs: readonly AudioCodec[];
  readonly #local: Parameters<typeof createAudioOffer>[0];
  #answer!: () => void;
  #end!: (outcome: CallOutcome) => void;
  /** Resolves when the call was answered; never when it was not. */
  readonly answered: Promise<void> = new Promise((resolve) => {
    this.#answer = resolve;
  });
  /** Resolves when the call is over. */
  readonly ended: Promise<CallOutcome> = new Promise((resolve) => {
    this.#end = resolve;
  });
  state: "calling" | "ringing" | "talking" | "ended" = "calling";
  /** Milliseconds of performance.now() for the benchmark and for reports. */
  readonly startedAt = performance.now();
  answeredAt: number | undefined;
  /** Keys that came by SIP INFO, in order. */
  infoKeysHeard = "";

  /** Starts a call; rejects with AGENT_FULL when the line carries too many. */
  static async place(line: SipLine, options: CallOptions): Promise<SimulatedCall> {
    return new SimulatedCall(line, options, await PhoneAudio.open(line.address));
  }

  private constructor(line: SipLine, options: CallOptions, audio: PhoneAudio) {
    this.#line = line;
    this.audio = audio;
    this.#codecs = options.codecs ?? ["pcma", "pcmu"];
    const local = audio.local(this.#codecs);
    this.#local = options.events === false ? { ...local, telephoneEvent: false } : local;
    const name = options.displayName === undefined ? "" : `"${options.displayName.replace(/["\\]/g, "")}" `;
    const id = line.run((agent, now) =>
      agent.invite(now, {
        principal: "simulated",
        uri: options.uri,
        peer: options.peer,
        from: `${name}<sip:${options.from}@${line.address}:${line.port}>`,
        contactUser: options.from.replace(/[^a-zA-Z0-9+]/g, "") || "caller",
        callId: crypto.randomUUID(),
        body: utf8Encode(formatSdp(createAudioOffer(this.#local))),
        credentials: options.credentials,
        headers: options.headers ?? [],
      }),
    );
    if (id === undefined) throw Object.assign(new Error("the line carries too many calls"), { code: "AGENT_FULL" });
    this.#id = id;
    line.listen(id, (event) => this.#event(event));
  }

  /** Hangs up, or gives up before the answer. */
  hangUp(): void {
    this.#line.run((agent, now) => agent.end(now, this.#id));
  }

  /** Presses keys by SIP INFO; false when the call does not stand. */
  pressByInfo(keys: string): boolean {
    return this.#line.run((agent, now) => agent.sendInfoKeys(now, this.#id, keys));
  }

  #event(event: AgentEvent): void {
    switch (event.kind) {
      case "provisional":
        this.state = "ringing";
        this.#connect(event.body);
        break;
      case "answered":
        this.state = "talking";
        this.answeredAt = performance.now();
        this.#connect(event.body);
        this.#answer();
        break;
      case "reoffered":
        this.#reoffered(event.body);
        break;
      case "keys":
        this.infoKeysHeard += event.keys;
        break;
      case "ended":
        this.state = "ended";
        this.audio.close();
        this.#end({ answered: event.cause.answered, status: event.cause.status, cause: event.cause });
        break;
      default:
        break;
    }
  }

  #connect(body: Uint8Array): void {
    const sdp = body.length === 0 ? undefined : parseSdp(utf8Decode(body));
    const remote = sdp === undefined ? undefined : readAudioAnswer(this.#local, sdp);
    if (remote !== undefined) this.audio.connect(remote);
  }

  #reoffered(body: Uint8Array): void {
    const offer = parseSdp(utf8Decode(body));
    const answer = offer === undefined ? undefined : answerAudio(offer, { ...this.#local, sessionVersion: 2 });
    if (answer === undefined || !answer.ok) {
      this.#line.run((agent, now) => agent.rejectReoffer(now, this.#id));
      return;
    }
    this.audio.connect(answer.audio);
    this.#line.run((agent, now) => agent.answerReoffer(now, this.#id, utf8Encode(formatSdp(answer.answer))));
  }
}
