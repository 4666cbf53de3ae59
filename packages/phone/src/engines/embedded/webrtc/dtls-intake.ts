import {
  type DtlsRecord,
  dtlsContent,
  dtlsHandshake,
  type HandshakeFragment,
  readHandshakes,
  readRecords,
  wholeHandshakeRecord,
} from "./dtls-records.ts";

/** What a datagram gives to the handshake, in order. */
export type IntakeItem =
  /** One record with one whole message, or an encrypted one. */
  | { readonly kind: "handshake"; readonly record: Buffer }
  /** The client refuses or ends; `record` is encrypted from epoch 1 on. */
  | { readonly kind: "alert"; readonly record: DtlsRecord }
  /** The client shows no certificate: nothing that follows can be verified. */
  | { readonly kind: "noCertificate" }
  | { readonly kind: "tooMuch" };

/** A client's messages are below 2 KB, but for a certificate with a long chain. */
const messageBytesMax = 8_192;
const messagesAhead = 8;
const heldRecordsMax = 4;
const datagramsMax = 200;

/**
 * Stands before the handshake and gives it whole messages, each once and in the order of their numbers, whatever the network
 * made of them: the handshake behind it hashes and derives keys in the order of arrival and would never recover
 * from a lost or overtaken datagram. All it holds is bounded.
 */
export class DtlsIntake {
  readonly #waiting = new Map<number, Assembly>();
  readonly #held: Buffer[] = [];
  #next = 0;
  #recordSequence = 0;
  #lastHello: { readonly body: Buffer; readonly messageSequence: number } | undefined;
  #proofSeen = false;
  #datagrams = 0;

  take(datagram: Buffer): IntakeItem[] {
    this.#datagrams += 1;
    if (this.#datagrams > datagramsMax) return [{ kind: "tooMuch" }];
    return readRecords(datagram).flatMap((record) => this.#takeRecord(record));
  }

  /** A session that is up starts counting anew, for its life has no end: what comes now are alerts and repetitions. */
  connected(): void {
    this.#waiting.clear();
    this.#datagrams = 0;
  }

  #takeRecord(record: DtlsRecord): IntakeItem[] {
    if (record.contentType === dtlsContent.alert) return [{ kind: "alert", record }];
    // Data and changes of the cipher specification tell a media session nothing.
    if (record.contentType !== dtlsContent.handshake) return [];
    if (record.epoch > 0) return this.#takeEncrypted(record);
    return readHandshakes(record.fragment).flatMap((fragment) => this.#takeFragment(fragment));
  }

  /** The client's Finished waits for the messages that it closes. */
  #takeEncrypted(record: DtlsRecord): IntakeItem[] {
    if (this.#proofSeen) return [{ kind: "handshake", record: record.whole }];
    if (this.#held.length < heldRecordsMax) this.#held.push(Buffer.from(record.whole));
    return [];
  }

  #takeFragment(fragment: HandshakeFragment): IntakeItem[] {
    if (fragment.length > messageBytesMax) return [{ kind: "tooMuch" }];
    const ahead = fragment.messageSequence - this.#next;
    if (ahead < 0) return this.#repeatHello(fragment);
    if (ahead >= messagesAhead) return [];
    const assembly = this.#waiting.get(fragment.messageSequence) ?? new Assembly(fragment.type, fragment.length);
    this.#waiting.set(fragment.messageSequence, assembly);
    assembly.add(fragment);
    return this.#deliverable();
  }

  /** The client repeats its hello when our answer was lost; everything else answers itself by its own repetition. */
  #repeatHello(fragment: HandshakeFragment): IntakeItem[] {
    const hello = this.#lastHello;
    const isLast = hello?.messageSequence === fragment.messageSequence && this.#next === fragment.messageSequence + 1;
    if (hello === undefined || !isLast || fragment.offset !== 0) return [];
    return [this.#record(dtlsHandshake.clientHello, hello.messageSequence, hello.body)];
  }

  #deliverable(): IntakeItem[] {
    const items: IntakeItem[] = [];
    for (;;) {
      const assembly = this.#waiting.get(this.#next);
      if (assembly === undefined || !assembly.complete) return items;
      this.#waiting.delete(this.#next);
      items.push(...this.#deliver(assembly, this.#next));
      this.#next += 1;
    }
  }

  #deliver(assembly: Assembly, messageSequence: number): IntakeItem[] {
    const body = assembly.bytes;
    switch (assembly.type) {
      case dtlsHandshake.clientHello:
        this.#lastHello = { body, messageSequence };
        return [this.#record(assembly.type, messageSequence, body)];
      case dtlsHandshake.certificate:
        // A list of no certificates is three zero bytes (RFC 5246 section 7.4.6).
        if (body.length <= 3) return [{ kind: "noCertificate" }];
        return [this.#record(assembly.type, messageSequence, body)];
      case dtlsHandshake.certificateVerify: {
        this.#proofSeen = true;
        const held = this.#held.splice(0).map((record): IntakeItem => ({ kind: "handshake", record }));
        return [this.#record(assembly.type, messageSequence, body), ...held];
      }
      case dtlsHandshake.clientKeyExchange:
        return [this.#record(assembly.type, messageSequence, body)];
      default:
        // No other message of a client has a place in this handshake; a Finished comes encrypted.
        return [];
    }
  }

  #record(type: number, messageSequence: number, body: Buffer): IntakeItem {
    this.#recordSequence += 1;
    return { kind: "handshake", record: wholeHandshakeRecord(type, messageSequence, body, this.#recordSequence) };
  }
}

/** A message of which fragments come in any order, also overlapping ones. */
class Assembly {
  readonly type: number;
  readonly bytes: Buffer;
  readonly #present: Uint8Array;
  #missing: number;

  constructor(type: number, length: number) {
    this.type = type;
    this.bytes = Buffer.alloc(length);
    this.#present = new Uint8Array(length);
    this.#missing = length;
  }

  get complete(): boolean {
    return this.#missing === 0;
  }

  add(fragment: HandshakeFragment): void {
    if (fragment.type !== this.type || fragment.length !== this.bytes.length) return;
    for (let index = 0; index < fragment.bytes.length; index += 1) {
      const at = fragment.offset + index;
      if (this.#present[at] === 1) continue;
      this.#present[at] = 1;
      this.#missing -= 1;
      this.bytes[at] = fragment.bytes[index] ?? 0;
    }
  }
}
