/** One page of an Ogg file (RFC 3533). */
export type OggPage = {
  readonly serial: number;
  /** Whether its first packet began on the page before. */
  readonly continues: boolean;
  /** Lengths of its pieces: one of 255 goes on in the next. */
  readonly lacing: Uint8Array;
  readonly body: Uint8Array;
  /** The page as it stands in the file. */
  readonly whole: Uint8Array;
};

const headBytes = 27;
/** A comment with a picture in it; sound has a few kB. */
const packetBytesMax = 8 * 1024 * 1024;

export function looksLikeOgg(file: Uint8Array): boolean {
  return isPageAt(file, 0);
}

/** The pages of the first stream of a file; ends where the file is no Ogg any more. */
export function* oggPages(file: Uint8Array): Generator<OggPage> {
  let serial: number | undefined;
  for (let at = 0; isPageAt(file, at) && at + headBytes <= file.length; ) {
    const count = file[at + 26] as number;
    const lacing = file.subarray(at + headBytes, at + headBytes + count);
    const bodyAt = at + headBytes + count;
    const end = bodyAt + lacing.reduce((sum, length) => sum + length, 0);
    if (lacing.length < count || end > file.length) return;
    const own = new DataView(file.buffer, file.byteOffset + at).getUint32(14, true);
    serial ??= own;
    const continues = ((file[at + 5] as number) & 1) === 1;
    if (own === serial)
      yield { serial, continues, lacing, body: file.subarray(bodyAt, end), whole: file.subarray(at, end) };
    at = end;
  }
}

/** The packets of the first stream of a file. */
export function* oggPackets(file: Uint8Array): Generator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  for (const { continues, lacing, body } of oggPages(file)) {
    if (!continues) {
      pieces = [];
      bytes = 0;
    }
    let at = 0;
    for (const length of lacing) {
      pieces.push(body.subarray(at, at + length));
      at += length;
      bytes += length;
      if (bytes > packetBytesMax) return;
      if (length === 255) continue;
      yield joined(pieces, bytes);
      pieces = [];
      bytes = 0;
    }
  }
}

function joined(pieces: readonly Uint8Array[], bytes: number): Uint8Array {
  if (pieces.length === 1) return pieces[0] as Uint8Array;
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function isPageAt(file: Uint8Array, at: number): boolean {
  return (
    file[at] === 0x4f && file[at + 1] === 0x67 && file[at + 2] === 0x67 && file[at + 3] === 0x53 && file[at + 4] === 0
  );
}
