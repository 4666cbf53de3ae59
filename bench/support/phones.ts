import {
  audioPort,
  authorization,
  digitsIn,
  header,
  type Message,
  response,
  sdp,
  token,
  uriIn,
  Wire,
} from "./sip-text.ts";

type Server = { readonly address: string; readonly port: number };
type Account = { readonly username: string; readonly password: string };
type Taken = {
  readonly request: Message;
  readonly tag: string;
  readonly user: string;
  readonly answer: string;
  isOver: boolean;
};
export type PhoneBehaviour = {
  /** From 200 to our own BYE; null leaves the end to the other side. */
  readonly talkMs: number | null;
  readonly active: boolean;
  readonly codecs: string;
};

/**
 * SIP telephones that ring and answer at once, any number of them on one socket; also the far end of a carrier.
 * Notes when each INVITE came.
 */
export class Phones {
  readonly #server: Server;
  readonly #calls = new Map<string, Taken>();
  readonly #registering = new Map<string, { readonly account: Account; readonly done: () => void }>();
  #wire!: Wire;
  behaviour: PhoneBehaviour = { talkMs: null, active: false, codecs: "8 0" };
  rtpPorts: number[] = [];
  /** The caller's digits and when the INVITE came. */
  onInvite: (callerDigits: string, at: number) => void = () => {};
  onAnswered: (ours: number, theirs: number) => void = () => {};
  /** From a telephone's own BYE to the next INVITE at it, in milliseconds. */
  idleMs: number[] = [];
  readonly #freeSince = new Map<string, number>();
  taken = 0;

  static async open(address: string, server: Server): Promise<Phones> {
    const phones = new Phones(server);
    phones.#wire = await Wire.open(address, (message, at) => phones.#read(message, at));
    return phones;
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

  /** Ends every call, spread over the time, so that calls end one by one from then on. */
  hangUpAll(overMs: number): void {
    const calls = [...this.#calls];
    for (const [index, [id, call]] of calls.entries())
      setTimeout(() => this.#hangUp(id, call), (index * overMs) / calls.length);
  }

  async register(accounts: readonly Account[]): Promise<void> {
    for (const account of accounts) {
      await new Promise<void>((done) => {
        const id = `r${token()}`;
        this.#registering.set(id, { account, done });
        this.#sendRegister(id, account, 1, "");
      });
    }
  }

  #sendRegister(id: string, account: Account, seq: number, extra: string): void {
    const host = `${this.#wire.address}:${this.port}`;
    const { address } = this.#server;
    this.#send(
      `REGISTER sip:${address} SIP/2.0\r\nVia: SIP/2.0/UDP ${host};branch=z9hG4bK${token()};rport\r\n` +
        `Max-Forwards: 70\r\nFrom: <sip:${account.username}@${address}>;tag=${token()}\r\n` +
        `To: <sip:${account.username}@${address}>\r\nCall-ID: ${id}\r\nCSeq: ${seq} REGISTER\r\n` +
        `Contact: <sip:${account.username}@${host}>\r\nExpires: 3600\r\n${extra}Content-Length: 0\r\n\r\n`,
    );
  }

  #send(text: string): void {
    this.#wire.send(text, this.#server.port, this.#server.address);
  }

  #read(message: Message, at: number): void {
    const id = header(message.lines, "call-id");
    if (message.status > 0) return this.#responded(id, message);
    switch (message.method) {
      case "INVITE":
        return this.#rung(id, message, at);
      case "ACK":
        return;
      case "CANCEL":
        return this.#cancelled(id, message);
      case "BYE":
        this.#calls.delete(id);
        return this.#send(response(message, "200 OK", token(), ""));
      default:
        return this.#send(response(message, "200 OK", token(), ""));
    }
  }

  #responded(id: string, message: Message): void {
    if (message.method === "BYE") this.#calls.delete(id);
    const registering = this.#registering.get(id);
    if (registering === undefined || message.status < 200) return;
    const { account, done } = registering;
    if (message.status === 401) {
      const uri = `sip:${this.#server.address}`;
      const challenge = header(message.lines, "www-authenticate");
      const answer = authorization(challenge, "REGISTER", uri, account.username, account.password);
      return this.#sendRegister(id, account, 2, `Authorization: ${answer}\r\n`);
    }
    if (message.status !== 200) throw new Error(`${account.username} was not registered: ${message.start}`);
    this.#registering.delete(id);
    done();
  }

  #rung(id: string, request: Message, at: number): void {
    const known = this.#calls.get(id);
    if (known !== undefined) return this.#send(known.answer);
    const user = /sip:([^@]*)@/.exec(request.start)?.[1] ?? "";
    this.onInvite(digitsIn(header(request.lines, "from")), at);
    const freeSince = this.#freeSince.get(user);
    if (freeSince !== undefined) this.idleMs.push(at - freeSince);
    this.#freeSince.delete(user);
    this.taken += 1;
    const tag = token();
    const contact = `Contact: <sip:${user}@${this.#wire.address}:${this.port}>\r\n`;
    const rtpPort = this.rtpPorts.pop() ?? 40_002;
    const body = sdp(this.#wire.address, rtpPort, this.behaviour.codecs, this.behaviour.active);
    const answer = response(request, "200 OK", tag, `${contact}Content-Type: application/sdp\r\n`, body);
    const call: Taken = { request, tag, user, answer, isOver: false };
    this.#calls.set(id, call);
    this.#send(response(request, "180 Ringing", tag, contact));
    this.#send(answer);
    this.onAnswered(rtpPort, audioPort(request.body));
    const { talkMs } = this.behaviour;
    if (talkMs !== null) setTimeout(() => this.#hangUp(id, call), talkMs);
  }

  #cancelled(id: string, message: Message): void {
    this.#calls.delete(id);
    this.#send(response(message, "200 OK", token(), ""));
  }

  #hangUp(id: string, call: Taken): void {
    if (this.#calls.get(id) !== call || call.isOver) return;
    call.isOver = true;
    const { lines } = call.request;
    const host = `${this.#wire.address}:${this.port}`;
    this.#freeSince.set(call.user, performance.now());
    this.#send(
      `BYE ${uriIn(header(lines, "contact"))} SIP/2.0\r\nVia: SIP/2.0/UDP ${host};branch=z9hG4bK${token()};rport\r\n` +
        `Max-Forwards: 70\r\nFrom: ${header(lines, "to")};tag=${call.tag}\r\nTo: ${header(lines, "from")}\r\n` +
        `Call-ID: ${id}\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n`,
    );
  }
}
