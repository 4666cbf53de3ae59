import { createHash, randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";

/** A SIP message as the load generator needs it: cut into lines, nothing checked. */
export type Message = {
  readonly start: string;
  readonly lines: readonly string[];
  readonly body: string;
  /** The status of a response, 0 for a request. */
  readonly status: number;
  readonly method: string;
};

/** Reads a message of a peer that is trusted to write well-formed ones. */
export function readMessage(bytes: Buffer): Message {
  const text = bytes.toString("latin1");
  const end = text.indexOf("\r\n\r\n");
  const lines = text.slice(0, end).split("\r\n");
  const start = lines[0] ?? "";
  const status = start.startsWith("SIP/2.0 ") ? Number(start.slice(8, 11)) : 0;
  const method = status === 0 ? start.slice(0, start.indexOf(" ")) : (header(lines, "cseq").split(" ")[1] ?? "");
  return { start, lines, body: text.slice(end + 4), status, method };
}

/** The first header of this lower-case name, empty when there is none. */
export function header(lines: readonly string[], name: string): string {
  for (let index = 1; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    if (line.length > name.length && line.charCodeAt(name.length) === 58) {
      if (line.slice(0, name.length).toLowerCase() === name) return line.slice(name.length + 1).trim();
    }
  }
  return "";
}

/** What stands between angle brackets, or the whole value. */
export function uriIn(value: string): string {
  const open = value.indexOf("<");
  return open < 0 ? value : value.slice(open + 1, value.indexOf(">", open));
}

/** The user part of the address in a header, digits only. */
export function digitsIn(value: string): string {
  const uri = uriIn(value);
  return uri.slice(0, Math.max(0, uri.indexOf("@"))).replace(/\D/g, "");
}

/** A response that answers `request`, with `toTag` where the request has none. */
export function response(request: Message, status: string, toTag: string, extra: string, body = ""): string {
  const copied: string[] = [];
  for (const line of request.lines) {
    const name = line.slice(0, line.indexOf(":")).toLowerCase();
    if (name === "via" || name === "from" || name === "call-id" || name === "cseq") copied.push(line);
    else if (name === "to") copied.push(line.includes("tag=") ? line : `${line};tag=${toTag}`);
  }
  return `SIP/2.0 ${status}\r\n${copied.join("\r\n")}\r\n${extra}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** G.711 at one port; `inactive` wants no sound in either direction. */
export function sdp(address: string, port: number, codecs: string, active: boolean): string {
  const direction = active ? "sendrecv" : "inactive";
  return (
    `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\n` +
    `m=audio ${port} RTP/AVP ${codecs} 101\r\na=rtpmap:101 telephone-event/8000\r\na=${direction}\r\n`
  );
}

/** The port that a description names for audio; 0 when it names none. */
export function audioPort(body: string): number {
  return Number(/^m=audio (\d+)/m.exec(body)?.[1] ?? 0);
}

export function token(): string {
  return randomBytes(8).toString("hex");
}

/** The Authorization header that answers a challenge (RFC 7616, quality of protection "auth"). */
export function authorization(challenge: string, method: string, uri: string, user: string, password: string): string {
  const field = (name: string): string => new RegExp(`${name}="?([^",]+)`, "i").exec(challenge)?.[1] ?? "";
  const algorithm = field("algorithm").toUpperCase() === "SHA-256" ? "SHA-256" : "MD5";
  const hash = (text: string): string =>
    createHash(algorithm === "MD5" ? "md5" : "sha256")
      .update(text)
      .digest("hex");
  const [realm, nonce, cnonce] = [field("realm"), field("nonce"), token()];
  const ha1 = hash(`${user}:${realm}:${password}`);
  const answer = hash(`${ha1}:${nonce}:00000001:${cnonce}:auth:${hash(`${method}:${uri}`)}`);
  return (
    `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${answer}", ` +
    `algorithm=${algorithm}, qop=auth, nc=00000001, cnonce="${cnonce}"`
  );
}

/** One UDP socket that reads SIP; keep-alives are left out. */
export class Wire {
  readonly address: string;
  readonly #socket: Socket;

  static async open(address: string, read: (message: Message, at: number) => void): Promise<Wire> {
    const socket = createSocket({
      type: "udp4",
      recvBufferSize: 4 << 20,
      sendBufferSize: 4 << 20,
      lookup: (host, _options, done) => done(null, host, 4),
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(0, address, resolve);
    });
    socket.on("message", (bytes) => {
      if (bytes.length > 12) read(readMessage(bytes), performance.now());
    });
    return new Wire(address, socket);
  }

  private constructor(address: string, socket: Socket) {
    this.address = address;
    this.#socket = socket;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  send(text: string, port: number, address: string): void {
    this.#socket.send(text, port, address);
  }
}
