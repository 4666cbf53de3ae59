import { createHash } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import type { Peer } from "@centrala/sip";
import { eventually } from "./eventually.ts";

/** A UDP socket that sends and receives text as it is: what our own code would never say can be said here. */
export class Wire {
  readonly #socket: Socket;
  readonly received: string[] = [];
  #answerWith: (text: string) => string | undefined = () => undefined;

  static async open(address: string): Promise<Wire> {
    const wire = new Wire();
    await new Promise<void>((resolve, reject) => {
      wire.#socket.once("error", reject);
      wire.#socket.bind(0, address, resolve);
    });
    return wire;
  }

  private constructor() {
    this.#socket = createSocket("udp4");
    this.#socket.on("message", (bytes, from) => {
      const text = bytes.toString("latin1");
      this.received.push(text);
      const answer = this.#answerWith(text);
      if (answer !== undefined) this.#socket.send(answer, from.port, from.address);
    });
  }

  get address(): string {
    return this.#socket.address().address;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** What to say to a message that comes in; undefined says nothing. */
  answerWith(answer: (text: string) => string | undefined): void {
    this.#answerWith = answer;
  }

  send(text: string | Uint8Array, to: Peer): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#socket.send(text, to.port, to.address, (error) => (error ? reject(error) : resolve())),
    );
  }

  /** Sends a request and gives the first final answer to it. */
  async ask(text: string, to: Peer): Promise<string> {
    const callId = header(text, "Call-ID");
    await this.send(text, to);
    return eventually(
      () => this.received.find((answer) => header(answer, "Call-ID") === callId && !answer.startsWith("SIP/2.0 1")),
      { what: `an answer to ${text.split("\r\n", 1)[0]}` },
    );
  }

  close(): void {
    this.#socket.close();
  }
}

/** A header's value, whatever the case of its name; "" when it is not there. */
export function header(text: string, name: string): string {
  const match = new RegExp(`^${name}\\s*:\\s*(.*)$`, "im").exec(text);
  return match?.[1]?.trim() ?? "";
}

export type PlainRequest = {
  readonly method: string;
  readonly uri: string;
  readonly from: Wire;
  readonly user: string;
  readonly to?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
};

let counted = 0;

/** A request outside of any dialog as text. */
export function plainRequest(options: PlainRequest): string {
  counted += 1;
  const { from, method, uri, user, body = "" } = options;
  const at = `${from.address}:${from.port}`;
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP ${at};branch=z9hG4bK${process.pid}x${counted};rport`,
    `From: <sip:${user}@${at}>;tag=t${counted}`,
    `To: <${options.to ?? uri}>`,
    `Call-ID: ${process.pid}-${counted}@${from.address}`,
    `CSeq: ${counted} ${method}`,
    `Contact: <sip:${user}@${at}>`,
    "Max-Forwards: 70",
    ...(options.headers ?? []),
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

/** The answer to a request, with the headers that belong into it (RFC 3261 8.2.6). */
export function plainAnswer(request: string, status: number, reason: string, headers: readonly string[] = []): string {
  const vias = [...request.matchAll(/^Via\s*:.*$/gim)].map((match) => match[0]);
  const to = header(request, "To");
  return [
    `SIP/2.0 ${status} ${reason}`,
    ...vias,
    `From: ${header(request, "From")}`,
    `To: ${to}${/;tag=/.test(to) ? "" : ";tag=plain"}`,
    `Call-ID: ${header(request, "Call-ID")}`,
    `CSeq: ${header(request, "CSeq")}`,
    ...headers,
    "Content-Length: 0",
    "",
    "",
  ].join("\r\n");
}

export type DigestAlgorithm = "MD5" | "SHA-256";

/** The response that RFC 7616 wants, computed apart from our own code so that both may be wrong only independently. */
export function digestResponse(
  algorithm: DigestAlgorithm,
  secret: { readonly username: string; readonly realm: string; readonly password: string },
  request: { readonly method: string; readonly uri: string },
  values: { readonly nonce: string; readonly nc: string; readonly cnonce: string; readonly qop: string },
): string {
  const hash = (text: string): string =>
    createHash(algorithm === "MD5" ? "md5" : "sha256")
      .update(text)
      .digest("hex");
  const ha1 = hash(`${secret.username}:${secret.realm}:${secret.password}`);
  const ha2 = hash(`${request.method}:${request.uri}`);
  const { nonce, nc, cnonce, qop } = values;
  return hash(qop === "" ? `${ha1}:${nonce}:${ha2}` : `${ha1}:${nonce}:${nc}:${cnonce}:${qop}:${ha2}`);
}

/** A parameter of a digest header, without its quotes. */
export function digestParameter(value: string, name: string): string {
  const match = new RegExp(`[ ,]${name}\\s*=\\s*(?:"([^"]*)"|([^,\\s]*))`, "i").exec(` ${value}`);
  return match?.[1] ?? match?.[2] ?? "";
}
