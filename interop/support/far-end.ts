import { utf8Decode, utf8Encode } from "@centrala/kit";
import { PhoneAudio, SipLine } from "@centrala/sim";
import { answerAudio, type CallId, createAudioOffer, formatSdp, parseSdp, type SipRequest } from "@centrala/sip";
import { eventually, within } from "./eventually.ts";
import { hearsFrom } from "./listening.ts";

/** Somebody outside who is called through a carrier: rings, lets something be heard before the answer, answers, speaks. */
export class FarEnd {
  readonly #line: SipLine;
  readonly calls: FarCall[] = [];

  static async open(address: string): Promise<FarEnd> {
    return new FarEnd(await SipLine.open({ address, admit: () => ({ kind: "accept", principal: "carrier" }) }));
  }

  private constructor(line: SipLine) {
    this.#line = line;
    line.onOther((event) => {
      if (event.kind === "incoming")
        void FarCall.take(line, event.call, event.request).then((call) => this.calls.push(call));
    });
  }

  get port(): number {
    return this.#line.port;
  }

  /** The newest call, as soon as it comes. */
  async rung(): Promise<FarCall> {
    return eventually(() => this.calls.shift(), { what: "a call to the far end" });
  }

  close(): void {
    this.#line.close();
  }
}

export class FarCall {
  readonly #line: SipLine;
  readonly #id: CallId;
  readonly request: SipRequest;
  readonly audio: PhoneAudio;
  readonly #answer: Uint8Array;
  #version = 1;
  #settled = 0;
  #refused: number | undefined;
  #over: () => void = () => {};
  readonly #ended: Promise<void> = new Promise((resolve) => {
    this.#over = resolve;
  });

  static async take(line: SipLine, id: CallId, request: SipRequest): Promise<FarCall> {
    return new FarCall(line, id, request, await PhoneAudio.open(line.address));
  }

  private constructor(line: SipLine, id: CallId, request: SipRequest, audio: PhoneAudio) {
    this.#line = line;
    this.#id = id;
    this.request = request;
    this.audio = audio;
    const offer = parseSdp(utf8Decode(request.body));
    const answer = offer === undefined ? undefined : answerAudio(offer, audio.local(["pcma", "pcmu"]));
    if (answer === undefined || !answer.ok) throw new Error("the offer cannot be answered");
    this.#answer = utf8Encode(formatSdp(answer.answer));
    audio.connect(answer.audio);
    line.listen(id, (event) => {
      if (event.kind === "reoffer-answered") this.#settled += 1;
      if (event.kind === "reoffer-failed") this.#refused = event.status;
      if (event.kind !== "ended") return;
      audio.close();
      this.#over();
    });
  }

  header(name: string): string {
    return this.request.headers.get(name) ?? "";
  }

  /** Waits until the tone is heard here, in half a second received from now on. */
  hears(hz: number): Promise<void> {
    return hearsFrom(this.audio, hz, "the far end");
  }

  rings(): void {
    this.#line.run((agent, now) => agent.progress(now, this.#id, 180));
  }

  /** 183 with its SDP: what is spoken from now on may be heard. */
  letsHear(): void {
    this.#line.run((agent, now) => agent.progress(now, this.#id, 183, this.#answer));
  }

  answers(): void {
    this.#line.run((agent, now) => agent.answer(now, this.#id, this.#answer));
  }

  refuses(status: number): void {
    this.#line.run((agent, now) => agent.end(now, this.#id, { status }));
  }

  /** The hold key, or the same key once more: a re-INVITE. */
  async holds(on: boolean): Promise<void> {
    this.#version += 1;
    const direction = on ? "sendonly" : "sendrecv";
    const offer = createAudioOffer({ ...this.audio.local(["pcma"], this.#version), direction });
    const before = this.#settled;
    const body = utf8Encode(formatSdp(offer));
    const press = () => this.#line.run((agent, now) => agent.reoffer(now, this.#id, body));
    await eventually(press, { what: "the request before the hold to be over" });
    await eventually(() => this.#settled > before || this.#refused !== undefined, { what: "the answer to the hold" });
    if (this.#refused !== undefined) throw new Error(`the hold was refused with ${this.#refused}`);
  }

  hangsUp(): void {
    this.#line.run((agent, now) => agent.end(now, this.#id));
  }

  ended(): Promise<void> {
    return within(this.#ended, "the end of the far end's call");
  }
}
