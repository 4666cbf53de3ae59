/** RFC 6347 section 4.1 and RFC 5246 section 6.2.1. */
export const dtlsContent = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;

/** RFC 5246 section 7.4, as far as a client sends them. */
export const dtlsHandshake = {
  clientHello: 1,
  certificate: 11,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const;

export const recordHeaderBytes = 13;
export const handshakeHeaderBytes = 12;

/** One record of a datagram; the arrays are views of it. */
export interface DtlsRecord {
  readonly contentType: number;
  readonly epoch: number;
  /** The 48-bit sequence number within the epoch. */
  readonly sequence: number;
  readonly fragment: Buffer;
  readonly whole: Buffer;
}

/** One handshake message, or a fragment of one. */
export interface HandshakeFragment {
  readonly type: number;
  /** Length of the whole message. */
  readonly length: number;
  readonly messageSequence: number;
  readonly offset: number;
  readonly bytes: Buffer;
}

const recordsMax = 16;

/** The records of a datagram, up to the first that is cut off or of another protocol. */
export function readRecords(datagram: Buffer): DtlsRecord[] {
  const records: DtlsRecord[] = [];
  let at = 0;
  while (at + recordHeaderBytes <= datagram.length && records.length < recordsMax) {
    const end = at + recordHeaderBytes + datagram.readUInt16BE(at + 11);
    // 0xfe is the major version of every DTLS up to 1.2.
    if (datagram[at + 1] !== 0xfe || end > datagram.length) break;
    records.push({
      contentType: datagram.readUInt8(at),
      epoch: datagram.readUInt16BE(at + 3),
      sequence: datagram.readUIntBE(at + 5, 6),
      fragment: datagram.subarray(at + recordHeaderBytes, end),
      whole: datagram.subarray(at, end),
    });
    at = end;
  }
  return records;
}

/** The handshake messages in the fragment of an unencrypted record, up to the first that is malformed. */
export function readHandshakes(record: Buffer): HandshakeFragment[] {
  const fragments: HandshakeFragment[] = [];
  let at = 0;
  while (at + handshakeHeaderBytes <= record.length) {
    const length = record.readUIntBE(at + 1, 3);
    const offset = record.readUIntBE(at + 6, 3);
    const bytes = record.readUIntBE(at + 9, 3);
    const begin = at + handshakeHeaderBytes;
    if (begin + bytes > record.length || offset + bytes > length) break;
    fragments.push({
      type: record.readUInt8(at),
      length,
      messageSequence: record.readUInt16BE(at + 4),
      offset,
      bytes: record.subarray(begin, begin + bytes),
    });
    at = begin + bytes;
  }
  return fragments;
}

/** An unencrypted record that carries one whole handshake message. */
export function wholeHandshakeRecord(type: number, messageSequence: number, body: Buffer, sequence: number): Buffer {
  const record = Buffer.alloc(recordHeaderBytes + handshakeHeaderBytes + body.length);
  record[0] = dtlsContent.handshake;
  record.writeUInt16BE(0xfefd, 1);
  record.writeUIntBE(sequence, 5, 6);
  record.writeUInt16BE(handshakeHeaderBytes + body.length, 11);
  record[recordHeaderBytes] = type;
  record.writeUIntBE(body.length, recordHeaderBytes + 1, 3);
  record.writeUInt16BE(messageSequence, recordHeaderBytes + 4);
  record.writeUIntBE(body.length, recordHeaderBytes + 9, 3);
  body.copy(record, recordHeaderBytes + handshakeHeaderBytes);
  return record;
}
