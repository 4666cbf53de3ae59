import { createSocket } from "node:dgram";
import { utf8Decode, utf8Encode } from "@centrala/kit";
import { PhoneAudio, SipLine } from "@centrala/sim";
import {
  type AgentEvent,
  answerAudio,
  type CallId,
  createAudioOffer,
  createInDialogRequest,
  type Dialog,
  dialogFromJson,
  formatSdp,
  parseMessage,
  parseSdp,
  readAudioAnswer,
  serialise,
} from "@centrala/sip";
import type { TestCentre } from "./centre.ts";
import { eventually, within } from "./eventually.ts";
import { hearsFrom } from "./listening.ts";
import type { Operator } from "./operator.ts";
import { parties } from "./ports.ts";
import { voice } from "./sounds.ts";

/** A telephone with two lines and keys for hold and transfer, which baresip's commands do not have all of. */
export class DeskPhone {
  readonly line: SipLine;
  readonly centre: TestCentre;
  readonly account: Operator["phone"];
  /** The tone that is spoken into it. */
  readonly hz: number;
  readonly #incoming: PhoneCall[] = [];

  /** Registers as the operator's telephone; the operator may go on duty then. */
  static async open(centre: TestCentre, operator: Operator, hz: number): Promise<DeskPhone> {
    const line = await SipLine.open({
      address: parties.phone,
      admit: () => ({ kind: "accept", principal: operator.id }),
    });
    return new DeskPhone(line, centre, operator.phone, hz);
  }

  private constructor(line: SipLine, centre: TestCentre, account: Operator["phone"], hz: number) {
    this.line = line;
    this.centre = centre;
    this.account = account;
    this.hz = hz;
    line.onOther((event) => void this.#event(event));
    const { username } = account;
    const settings = { id: "phone", registrar: `sip:${parties.server}`, aor: `sip:${username}@${parties.server}` };
    line.run((agent, now) =>
      agent.register(now, {
        ...settings,
        contactUser: username,
        credentials: account,
        expiresS: 300,
        peers: [centre.peer()],
      }),
    );
  }

  async #event(event: AgentEvent): Promise<void> {
    if (event.kind !== "incoming") return;
    const audio = await PhoneAudio.open(this.line.address);
    this.#incoming.push(new PhoneCall(this, event.call, audio, event.request.body));
  }

  /** The next call that rings here. */
  rung(): Promise<PhoneCall> {
    return eventually(() => this.#incoming.shift(), { what: `${this.account.username}'s telephone to ring` });
  }

  /** Takes up another line and calls. */
  async dials(number: string): Promise<PhoneCall> {
    const audio = await PhoneAudio.open(this.line.address);
    const { username } = this.account;
    const call = this.line.run((agent, now) =>
      agent.invite(now, {
        principal: "phone",
        uri: this.centre.uri(number),
        peer: this.centre.peer(),
        from: `<sip:${username}@${parties.server}>`,
        contactUser: username,
        callId: crypto.randomUUID(),
        body: audio.offer(["pcma"]),
        credentials: this.account,
        headers: [],
      }),
    );
    if (call === undefined) throw new Error("the telephone has no line left");
    return new PhoneCall(this, call, audio, new Uint8Array(0));
  }

  close(): void {
    this.line.close();
  }
}

/** One of a telephone's calls. */
export class PhoneCall {
  readonly #phone: DeskPhone;
  readonly #id: CallId;
  readonly #audio: PhoneAudio;
  readonly #offer: Uint8Array;
  #version = 1;
  #rings = false;
  #talks = false;
  #settled = 0;
  /** Statuses with which the other side refused changes of the sound. */
  readonly #refused: number[] = [];
  /** Far above the numbers of the requests that the line itself sends in the call. */
  #referSeq = 10_000;
  #status: number | null | undefined;
  #over: () => void = () => {};
  readonly #ended: Promise<void> = new Promise((resolve) => {
    this.#over = resolve;
  });

  constructor(phone: DeskPhone, id: CallId, audio: PhoneAudio, offer: Uint8Array) {
    this.#phone = phone;
    this.#id = id;
    this.#audio = audio;
    this.#offer = offer;
    phone.line.listen(id, (event) => this.#event(event));
    if (offer.length > 0) phone.line.run((agent, now) => agent.progress(now, id, 180));
  }

  #event(event: AgentEvent): void {
    if (event.kind === "provisional") this.#rings = true;
    if (event.kind === "answered") this.#connect(event.body);
    if (event.kind === "acked") this.#talks = true;
    if (event.kind === "reoffer-answered") this.#settled += 1;
    if (event.kind === "reoffer-failed") this.#refused.push(event.status);
    if (event.kind !== "ended") return;
    this.#status = event.cause.status;
    this.#audio.close();
    this.#over();
  }

  #connect(body: Uint8Array): void {
    const sdp = parseSdp(utf8Decode(body));
    const remote = sdp === undefined ? undefined : readAudioAnswer(this.#audio.local(["pcma"]), sdp);
    if (remote === undefined) throw new Error("the answer cannot be understood");
    this.#audio.connect(remote);
    this.#talks = true;
    void this.#audio.say(voice(this.#phone.hz));
  }

  async answers(): Promise<void> {
    const offer = parseSdp(utf8Decode(this.#offer));
    const answer = offer === undefined ? undefined : answerAudio(offer, this.#audio.local(["pcma"]));
    if (answer === undefined || !answer.ok) throw new Error("the offer cannot be answered");
    const body = utf8Encode(formatSdp(answer.answer));
    this.#phone.line.run((agent, now) => agent.answer(now, this.#id, body));
    this.#audio.connect(answer.audio);
    void this.#audio.say(voice(this.#phone.hz));
    await this.talks();
  }

  async rings(): Promise<void> {
    await eventually(() => this.#rings, { what: "the other end to ring" });
  }

  async talks(): Promise<void> {
    await eventually(() => this.#talks, { what: "the call to stand" });
  }

  /** The hold key, or the same key once more. */
  async holds(on: boolean): Promise<void> {
    this.#version += 1;
    const direction = on ? "sendonly" : "sendrecv";
    const offer = createAudioOffer({ ...this.#audio.local(["pcma"], this.#version), direction });
    const body = utf8Encode(formatSdp(offer));
    const before = this.#settled;
    const press = () => this.#phone.line.run((agent, now) => agent.reoffer(now, this.#id, body));
    await eventually(press, { what: "the request before the hold to be over" });
    await eventually(() => this.#settled > before || this.#refused.length > 0, { what: "the answer to the hold" });
    if (this.#refused.length > 0) throw new Error(`the hold was refused with ${this.#refused.join(", ")}`);
  }

  hears(hz: number, isThere = true): Promise<void> {
    return hearsFrom(this.#audio, hz, `${this.#phone.account.username}'s telephone`, isThere);
  }

  /**
   * The transfer key: to a number, or to whom another call talks with. Gives the answer's status.
   * 491 says that the transfer before is not decided yet: the key is pressed again, as telephones do.
   */
  transfers(to: string | PhoneCall): Promise<number> {
    const press = async () => {
      const status = await this.#refer(to);
      return status === 491 ? undefined : status;
    };
    return eventually(press, { what: "the transfer before to be decided" });
  }

  #refer(to: string | PhoneCall): Promise<number> {
    const { line } = this.#phone;
    this.#referSeq += 1;
    const request = createInDialogRequest(this.#dialog(), "REFER", this.#referSeq);
    request.headers.prepend(
      "via",
      `SIP/2.0/UDP ${line.address}:${line.port};branch=z9hG4bK${crypto.randomUUID()};rport`,
    );
    request.headers.append("contact", `<sip:${this.#phone.account.username}@${line.address}:${line.port}>`);
    request.headers.append(
      "refer-to",
      typeof to === "string" ? `<${this.#phone.centre.uri(to)}>` : `<${to.#replaced()}>`,
    );
    return this.#ask(serialise(request));
  }

  /** RFC 5589 section 7.3: whoever gets this URI takes the place of this call. */
  #replaced(): string {
    const { callId, localTag, remoteTag, remoteTarget } = this.#dialog();
    const value = `${callId};to-tag=${remoteTag};from-tag=${localTag}`;
    return `${remoteTarget.split(/[;?]/)[0]}?Replaces=${encodeURIComponent(value)}`;
  }

  #dialog(): Dialog {
    const stored = this.#phone.line.agent.store(this.#id) ?? "{}";
    const { dialog } = JSON.parse(stored) as { dialog?: string };
    const read = dialogFromJson(dialog ?? "");
    if (!read.ok) throw new Error("the call does not stand");
    return read.value;
  }

  /** A request that the line knows nothing of, from a socket of its own. */
  async #ask(bytes: Uint8Array): Promise<number> {
    const socket = createSocket("udp4");
    const answered = new Promise<number>((resolve) => {
      socket.on("message", (reply) => {
        const parsed = parseMessage(reply);
        if (!parsed.ok || parsed.message.kind !== "response") return;
        if (parsed.message.status >= 200) resolve(parsed.message.status);
      });
    });
    await new Promise<void>((resolve) => socket.bind(0, this.#phone.line.address, resolve));
    const { address, port } = this.#phone.centre.peer();
    socket.send(bytes, port, address);
    return within(answered, "the answer to REFER").finally(() => socket.close());
  }

  hangsUp(): void {
    this.#phone.line.run((agent, now) => agent.end(now, this.#id));
  }

  /** Waits for the end from the other side; gives the status of a call that never stood. */
  async ended(): Promise<number | null> {
    await within(this.#ended, "the end of the telephone's call");
    return this.#status ?? null;
  }
}
