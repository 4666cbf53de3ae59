import type { LegId } from "@centrala/contract";
import type { Instant } from "@centrala/kit";
import { utf8Decode } from "@centrala/kit";
import { type CallId, type Peer, type SipMessage, serialise } from "@centrala/sip";
import type { TracedMessage } from "./types.ts";

/** Of a talkative leg the first messages are kept and the last, so that its beginning and its BYE are there. */
const firstMax = 50;
const lastMax = 50;
const legsMax = 2_000;
const textMax = 8_192;
/** The last answers of a call come a moment after its end. */
const afterEndMs = 2_000;

/** A message as it was; its text is made when somebody wants to read it. */
interface RawMessage {
  readonly at: Instant;
  readonly direction: "in" | "out";
  readonly message: Uint8Array | SipMessage;
  readonly peer: Peer;
}

interface LegTrace {
  readonly messages: RawMessage[];
  readonly calls: CallId[];
  endsAt: Instant | undefined;
}

/** What was said about each live leg, bounded: of a talkative one the first and the last messages, at the limit of legs the eldest go. */
export class Traces {
  readonly #legs = new Map<LegId, LegTrace>();
  readonly #legOfCall = new Map<CallId, LegId>();
  readonly #tell: ((legId: LegId, messages: readonly TracedMessage[]) => void) | undefined;

  constructor(tell: ((legId: LegId, messages: readonly TracedMessage[]) => void) | undefined) {
    this.#tell = tell;
  }

  /** Messages of this call belong to that leg. */
  bind(call: CallId, legId: LegId): void {
    this.#legOfCall.set(call, legId);
    (this.#legs.get(legId) ?? this.#open(legId)).calls.push(call);
  }

  add(
    call: CallId | undefined,
    now: Instant,
    direction: "in" | "out",
    message: Uint8Array | SipMessage,
    peer: Peer,
  ): void {
    const legId = call === undefined ? undefined : this.#legOfCall.get(call);
    const trace = legId === undefined ? undefined : this.#legs.get(legId);
    if (trace === undefined) return;
    trace.messages.push({ at: now, direction, message, peer });
    if (trace.messages.length > firstMax + lastMax) trace.messages.splice(firstMax, 1);
  }

  read(legId: LegId): readonly TracedMessage[] {
    return (this.#legs.get(legId)?.messages ?? []).map(readable);
  }

  end(legId: LegId, now: Instant): void {
    const trace = this.#legs.get(legId);
    if (trace !== undefined) trace.endsAt ??= now + afterEndMs;
  }

  /** Tells the traces of legs that ended a moment ago; all of ended ones when `now` is infinite. */
  flush(now: Instant): void {
    for (const [legId, trace] of this.#legs) {
      if (trace.endsAt === undefined || trace.endsAt > now) continue;
      this.#forget(legId, trace);
      this.#tell?.(legId, trace.messages.map(readable));
    }
  }

  #open(legId: LegId): LegTrace {
    const trace: LegTrace = { messages: [], calls: [], endsAt: undefined };
    this.#legs.set(legId, trace);
    if (this.#legs.size > legsMax) {
      const oldest = this.#legs.entries().next().value;
      if (oldest !== undefined) this.#forget(...oldest);
    }
    return trace;
  }

  #forget(legId: LegId, trace: LegTrace): void {
    this.#legs.delete(legId);
    for (const call of trace.calls) this.#legOfCall.delete(call);
  }
}

function readable({ at, direction, message, peer }: RawMessage): TracedMessage {
  const bytes = message instanceof Uint8Array ? message : serialise(message);
  const text = withoutSecrets(utf8Decode(bytes.subarray(0, textMax)));
  return {
    at,
    direction,
    peer: `${peer.transport.toLowerCase()} ${peer.address}:${peer.port}`,
    firstLine: text.split("\r\n", 1)[0] ?? "",
    text,
  };
}

/** What keys travel as, beside every body of INFO: KPML and the few types that devices made up. */
const keyTypes = /^(?:content-type|c)[ \t]*:\s*[^\r]*(?:dtmf|telephone-event|digits|kpml)/im;
const infoRequest = /^\s*INFO\s/;
const infoNumber = /^cseq[ \t]*:\s*\d+\s+INFO\b/im;

/** "sip:user:password@host", which RFC 3261 advises against and some write. */
const uriPassword = /(sips?:[^\s:@<>;,"]{1,200}):[^\s@<>;,"]{1,200}@/gi;
/** Keys with which sound is encrypted, and those that open a way for it. */
const soundKeys = /^(a=(?:crypto|key-mgmt|ice-pwd):).*$/gim;

/**
 * The message without Authorization and Proxy-Authorization, their folded lines included, and without the body of INFO or
 * of a type that keys are sent as: what a caller types may be a card or a PIN.
 */
export function withoutSecrets(text: string): string {
  const end = text.indexOf("\r\n\r\n");
  const head = end < 0 ? text : text.slice(0, end + 2);
  const shown = `${head}\r\n`
    .replace(/^(proxy-)?authorization[ \t]*:.*(\r\n[ \t].*)*\r\n/gim, "")
    .replace(uriPassword, "$1:***@")
    .slice(0, -2);
  if (end < 0 || end + 4 >= text.length) return shown + text.slice(head.length);
  const holdsKeys = infoRequest.test(head) || infoNumber.test(head) || keyTypes.test(head);
  const body = text.slice(end + 4).replace(soundKeys, "$1***");
  return `${shown}\r\n${holdsKeys ? "(body not kept: keys)" : body}`;
}
