import { utf8Decode } from "@centrala/kit";
import { emptyBody } from "./message.ts";
import {
  findHeadEnd,
  type Head,
  messageBytesMax,
  type ParseFailure,
  type ParseResult,
  parseHead,
  readContentLength,
  refuse,
} from "./parse.ts";

/** A head that waits for the rest of its body. */
type Waiting = { readonly head: Head; readonly bodyStart: number; readonly bodyEnd: number };

/**
 * Cuts a TCP or TLS stream into messages by Content-Length (RFC 3261 section 18.3). Holds at most one message of
 * 64 KiB and what was pushed with it; call next() until it gives undefined after every push().
 */
export class StreamParser {
  #buffer: Uint8Array = new Uint8Array(4_096);
  #start = 0;
  #end = 0;
  /** Up to here the end of the head has been searched in vain, so that a slow sender costs no second search. */
  #searched = 0;
  #waiting: Waiting | undefined;
  #lineBreaks = 0;
  #failed = false;

  /** True once the framing is lost; nothing more is read and the connection is to be closed. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Takes the next bytes of the stream; they are copied. */
  push(bytes: Uint8Array): void {
    if (this.#failed || bytes.length === 0) return;
    this.#makeRoom(bytes.length);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** The next whole message or failure, undefined until more bytes come. A failure is the stream's last result. */
  next(): ParseResult | undefined {
    if (this.#failed) return undefined;
    if (this.#waiting === undefined) {
      const failure = this.#readHead();
      if (failure !== undefined) return this.#fail(failure);
    }
    return this.#waiting === undefined ? undefined : this.#readBody(this.#waiting);
  }

  /** How many keep-alive pings (CRLF CRLF) came since the last call; each is answered by one CRLF (RFC 5626 section 4.4.1). */
  takePings(): number {
    const pings = Math.floor(this.#lineBreaks / 2);
    this.#lineBreaks %= 2;
    return pings;
  }

  #readHead(): ParseFailure | undefined {
    this.#skipLineBreaks();
    const bytes = this.#buffer.subarray(0, this.#end);
    const end = findHeadEnd(bytes, Math.max(this.#start, this.#searched - 3));
    if (end < 0) {
      this.#searched = this.#end;
      const tooLarge = this.#end - this.#start > messageBytesMax;
      return tooLarge ? { ok: false, reason: "headers too large" } : undefined;
    }
    const head = parseHead(utf8Decode(bytes.subarray(this.#start, end)));
    if (head === undefined) return { ok: false, reason: "no SIP start line" };
    const length = readContentLength(head.message.headers);
    if (length === "malformed") return refuse(head, "malformed Content-Length");
    // RFC 3261 section 20.14: on a stream only Content-Length tells where the message ends.
    if (length === undefined) return refuse(head, head.error ?? "Content-Length is missing");
    if (end + 4 + length - this.#start > messageBytesMax) return refuse(head, "message too large", 513);
    this.#waiting = { head, bodyStart: end + 4, bodyEnd: end + 4 + length };
    return undefined;
  }

  #readBody(waiting: Waiting): ParseResult | undefined {
    const { head, bodyStart, bodyEnd } = waiting;
    if (this.#end < bodyEnd) return undefined;
    head.message.body = bodyStart === bodyEnd ? emptyBody : this.#buffer.slice(bodyStart, bodyEnd);
    this.#waiting = undefined;
    this.#start = bodyEnd;
    this.#searched = bodyEnd;
    // A bad head with a good length leaves the framing intact: the request is refused, the connection stays.
    return head.error === undefined ? { ok: true, message: head.message } : refuse(head, head.error);
  }

  #skipLineBreaks(): void {
    while (this.#start < this.#end) {
      const byte = this.#buffer[this.#start];
      if (byte === 10) this.#lineBreaks += 1;
      else if (byte !== 13) break;
      this.#start += 1;
    }
  }

  #fail(failure: ParseFailure): ParseFailure {
    this.#failed = true;
    this.#buffer = emptyBody;
    return { ...failure, fatal: true };
  }

  /** Moves what is unread to the front, into a larger buffer when it does not fit. */
  #makeRoom(bytes: number): void {
    if (this.#end + bytes <= this.#buffer.length) return;
    const used = this.#end - this.#start;
    let size = 4_096;
    while (size < used + bytes) size *= 2;
    const target = size === this.#buffer.length ? this.#buffer : new Uint8Array(size);
    if (target === this.#buffer) target.copyWithin(0, this.#start, this.#end);
    else target.set(this.#buffer.subarray(this.#start, this.#end));
    this.#shift(this.#start);
    this.#buffer = target;
  }

  #shift(offset: number): void {
    const waiting = this.#waiting;
    if (waiting !== undefined) {
      const { head, bodyStart, bodyEnd } = waiting;
      this.#waiting = { head, bodyStart: bodyStart - offset, bodyEnd: bodyEnd - offset };
    }
    this.#searched = Math.max(0, this.#searched - offset);
    this.#end -= offset;
    this.#start = 0;
  }
}
