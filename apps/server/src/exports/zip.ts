import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32, createDeflateRaw } from "node:zlib";

export type ZipFile = { readonly name: string; readonly content: AsyncIterable<string> | Iterable<string> };
type Written = {
  readonly name: Buffer;
  readonly offset: number;
  readonly crc: number;
  readonly packed: number;
  readonly unpacked: number;
};

/** Sizes follow the data (bit 3), names are UTF-8 (bit 11): APPNOTE 4.4.4. */
const flags = 0x0808;
const version = 20;
const deflated = 8;
/** 1980-01-01: the clock says nothing that a reader of the file needs. */
const day = 0x0021;
/** No ZIP64 here: sizes and places have 32 bits. */
const bytesMax = 0xffffffff;

/**
 * A ZIP of these files, piece by piece while their contents come: nothing of it is held. Its files are at most 4 GB.
 * @throws RangeError when they are more
 */
export async function* zipStream(files: Iterable<ZipFile>): AsyncGenerator<Uint8Array> {
  const written: Written[] = [];
  let offset = 0;
  for (const file of files) {
    const name = Buffer.from(file.name);
    const start = offset;
    const header = Buffer.concat([Buffer.from("PK\u0003\u0004"), fieldsOf(0, 0, 0, name.length), name]);
    yield header;
    const sum = { crc: 0, unpacked: 0 };
    let packed = 0;
    for await (const piece of deflate(file.content, sum)) {
      packed += piece.length;
      yield piece;
    }
    const descriptor = Buffer.alloc(16);
    descriptor.write("PK\u0007\u0008", "latin1");
    descriptor.writeUInt32LE(sum.crc, 4);
    descriptor.writeUInt32LE(packed, 8);
    descriptor.writeUInt32LE(sum.unpacked, 12);
    yield descriptor;
    written.push({ name, offset: start, packed, ...sum });
    offset += header.length + packed + descriptor.length;
    if (offset > bytesMax || sum.unpacked > bytesMax) throw new RangeError("a ZIP of more than 4 GB");
  }
  yield directoryOf(written, offset);
}

async function* deflate(content: ZipFile["content"], sum: { crc: number; unpacked: number }) {
  async function* counted() {
    for await (const text of content) {
      const bytes = Buffer.from(text);
      sum.crc = crc32(bytes, sum.crc);
      sum.unpacked += bytes.length;
      yield bytes;
    }
  }
  const packer = createDeflateRaw({ level: 6 });
  const filled = pipeline(Readable.from(counted()), packer);
  // A failure of the content comes out of the packer as well, where it is met below.
  filled.catch(() => undefined);
  try {
    for await (const piece of packer) yield piece as Uint8Array;
    await filled;
  } finally {
    packer.destroy();
  }
}

/** From "version needed" to "extra field length", as local and central headers have them (APPNOTE 4.3.7, 4.3.12). */
function fieldsOf(crc: number, packed: number, unpacked: number, nameBytes: number): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(version, 0);
  fields.writeUInt16LE(flags, 2);
  fields.writeUInt16LE(deflated, 4);
  fields.writeUInt16LE(day, 8);
  fields.writeUInt32LE(crc, 10);
  fields.writeUInt32LE(packed, 14);
  fields.writeUInt32LE(unpacked, 18);
  fields.writeUInt16LE(nameBytes, 22);
  return fields;
}

function directoryOf(files: readonly Written[], offset: number): Buffer {
  const entries = files.map((file) => {
    const place = Buffer.alloc(14);
    place.writeUInt32LE(file.offset, 10);
    const madeBy = Buffer.from([version, 0]);
    const fields = fieldsOf(file.crc, file.packed, file.unpacked, file.name.length);
    return Buffer.concat([Buffer.from("PK\u0001\u0002"), madeBy, fields, place, file.name]);
  });
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.write("PK\u0005\u0006", "latin1");
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([directory, end]);
}
