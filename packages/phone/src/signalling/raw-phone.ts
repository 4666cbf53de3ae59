import { createSocket, type Socket } from "node:dgram";
import { parseMessage, type SipMessage } from "@centrala/sip";

/** A SIP end written by hand for tests: says exactly the lines it is given, over one UDP socket. */
export class RawPhone {
  readonly #socket: Socket;
  readonly #target: number;
  readonly #received: SipMessage[] = [];
  #wake: () => void = () => {};

  private constructor(socket: Socket, target: number) {
    this.#socket = socket;
    this.#target = target;
    socket.on("message", (bytes) => {
      const result = parseMessage(bytes);
      if (result.ok) this.#received.push(result.message);
      this.#wake();
    });
  }

  static async open(target: number): Promise<RawPhone> {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    return new RawPhone(socket, target);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Sends a request of one call; `extra` are header lines. */
  send(
    method: string,
    seq: number,
    options: {
      readonly toTag?: string;
      readonly extra?: readonly string[];
      readonly body?: string;
      readonly contentType?: string;
      readonly callId?: string;
    } = {},
  ): void {
    const { body = "", callId = "raw-call" } = options;
    const lines = [
      `${method} sip:100@127.0.0.1:${this.#target} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK${method}${seq}${callId};rport`,
      "Max-Forwards: 70",
      "From: <sip:raw@127.0.0.1>;tag=raw",
      `To: <sip:100@127.0.0.1>${options.toTag === undefined ? "" : `;tag=${options.toTag}`}`,
      `Call-ID: ${callId}`,
      `CSeq: ${seq} ${method}`,
      `Contact: <sip:raw@127.0.0.1:${this.port}>`,
      ...(body === "" ? [] : [`Content-Type: ${options.contentType ?? "application/sdp"}`]),
      ...(options.extra ?? []),
      `Content-Length: ${body.length}`,
    ];
    this.#socket.send(`${lines.join("\r\n")}\r\n\r\n${body}`, this.#target, "127.0.0.1");
  }

  /** Answers a request of ours with a status and nothing more. */
  answer(request: SipMessage, code: number): void {
    const copied = ["via", "from", "to", "call-id", "cseq"].flatMap((name) =>
      request.headers.getAll(name).map((value) => `${name}: ${value}`),
    );
    const lines = [`SIP/2.0 ${code} Test`, ...copied, "Content-Length: 0", "", ""];
    this.#socket.send(lines.join("\r\n"), this.#target, "127.0.0.1");
  }

  /** The next message that fits, among those not looked at yet. */
  async next(fits: (message: SipMessage) => boolean): Promise<SipMessage> {
    for (;;) {
      const at = this.#received.findIndex(fits);
      if (at >= 0) return this.#received.splice(0, at + 1)[at] as SipMessage;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#socket.close();
  }
}

export function status(wanted: number): (message: SipMessage) => boolean {
  return (message) => message.kind === "response" && message.status === wanted;
}

export function sdp(port: number, direction = "sendrecv", codecs = "8 101"): string {
  return [
    "v=0",
    "o=- 1 1 IN IP4 127.0.0.1",
    "s=-",
    "c=IN IP4 127.0.0.1",
    "t=0 0",
    `m=audio ${port} RTP/AVP ${codecs}`,
    "a=rtpmap:101 telephone-event/8000",
    `a=${direction}`,
    "",
  ].join("\r\n");
}
