import { utf8Decode, utf8Encode } from "@centrala/kit";
import { type AgentEvent, answerAudio, type CallId, formatSdp, parseSdp } from "@centrala/sip";
import { PhoneAudio } from "./audio.ts";
import type { SipLine } from "./line.ts";

export type TakenCall = {
  readonly audio: PhoneAudio;
  readonly hangUp: () => void;
  readonly ended: Promise<void>;
  /** The caller's From header as it came. */
  readonly from: string;
  /** The number that was called, as it came. */
  readonly called: string;
};

/** How long it rings before somebody takes a call; null: nobody does. */
export type AnswersAfter = number | null | (() => number | null);

/** One call as it goes on: its end, the wait for somebody to take it, its sound. */
type Ring = { over: boolean; timer: ReturnType<typeof setTimeout> | undefined; audio: PhoneAudio | undefined };
type Ringing = { readonly id: CallId; readonly audio: PhoneAudio; readonly offer: Uint8Array };

/** Takes the calls that come in on a line: rings, is answered after a while, follows new offers. */
export class CallTaker {
  readonly #line: SipLine;
  readonly #answersAfter: AnswersAfter;
  readonly #ends = new Map<CallId, () => void>();
  #onCall: (call: TakenCall) => void = () => {};
  #onRing: () => void = () => {};
  /** Calls that ring or talk. */
  calls = 0;

  constructor(line: SipLine, answersAfter: AnswersAfter) {
    this.#line = line;
    this.#answersAfter = answersAfter;
  }

  onCall(listener: (call: TakenCall) => void): void {
    this.#onCall = listener;
  }

  onRing(listener: () => void): void {
    this.#onRing = listener;
  }

  /** To be told of every "incoming" event of the line. */
  async incoming(event: Extract<AgentEvent, { kind: "incoming" }>): Promise<void> {
    const id = event.call;
    const { headers, uri, body } = event.request;
    const over = Promise.withResolvers<void>();
    // Calls may end while the socket for sound is still being opened: what is told meanwhile must not get lost.
    const ring: Ring = { over: false, timer: undefined, audio: undefined };
    this.#ends.set(id, over.resolve);
    this.calls += 1;
    this.#line.listen(id, (told) => {
      if (told.kind === "reoffered" && ring.audio !== undefined) this.#reanswer(id, ring.audio, told.body);
      if (told.kind !== "ended") return;
      ring.over = true;
      clearTimeout(ring.timer);
      this.#ends.delete(id);
      this.calls -= 1;
      ring.audio?.close();
      over.resolve();
    });
    const opened = await PhoneAudio.open(this.#line.address);
    ring.audio = opened;
    if (ring.over) return opened.close();
    this.#line.run((agent, now) => agent.progress(now, id, 180));
    this.#onRing();
    const afterMs = typeof this.#answersAfter === "function" ? this.#answersAfter() : this.#answersAfter;
    if (afterMs === null) return;
    const call: TakenCall = {
      audio: opened,
      ended: over.promise,
      from: headers.get("from") ?? "",
      called: /^sips?:([^@;>]+)@/.exec(uri)?.[1] ?? "",
      hangUp: () => this.#line.run((agent, now) => agent.end(now, id)),
    };
    ring.timer = setTimeout(() => this.#answer({ id, audio: opened, offer: body }) && this.#onCall(call), afterMs);
  }

  /** Ends every call. */
  end(): void {
    for (const id of [...this.#ends.keys()]) this.#line.run((agent, now) => agent.end(now, id));
  }

  #answer({ id, audio, offer }: Ringing): boolean {
    const parsed = parseSdp(utf8Decode(offer));
    const answer = parsed === undefined ? undefined : answerAudio(parsed, audio.local(["pcma", "pcmu"]));
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
