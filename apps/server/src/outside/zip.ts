import { createInflateRaw } from "node:zlib";
import { say } from "@centrala/contract";
import { FileRefused } from "./refusal.ts";

export type ZipEntry = { readonly method: number; readonly start: number; readonly bytes: number };

const endRecord = 0x06054b50;
const centralHeader = 0x02014b50;
const localHeader = 0x04034b50;
const entriesMax = 10_000;
const whole32 = 0xffffffff;

/** The files of a ZIP by name, from its central directory (APPNOTE 4.3.12). @throws FileRefused when it is damaged */
export function zipEntries(zip: Uint8Array): Map<string, ZipEntry> {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  try {
    return readDirectory(zip, view, findEnd(view));
  } catch (error) {
    if (error instanceof RangeError) throw damaged();
    throw error;
  }
}

/**
 * What an entry unpacks to, piece by piece: nothing is held, so that what the directory says of its size does not matter.
 * @param take told of every piece's length; throws when it is too much
 */
export async function* unpack(
  zip: Uint8Array,
  entry: ZipEntry,
  take: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const packed = zip.subarray(entry.start, entry.start + entry.bytes);
  if (entry.method === 0) {
    take(packed.length);
    yield packed;
    return;
  }
  if (entry.method !== 8) throw damaged();
  const inflate = createInflateRaw({ chunkSize: 64 * 1024 });
  inflate.end(packed);
  try {
    for await (const piece of inflate) {
      const bytes = piece as Uint8Array;
      take(bytes.length);
      yield bytes;
    }
  } catch (error) {
    if (error instanceof FileRefused) throw error;
    throw damaged();
  } finally {
    inflate.destroy();
  }
}

function damaged(): FileRefused {
  return new FileRefused("UNSUPPORTED_FILE", say("SHEET_DAMAGED"));
}

/** The end record stands in the last 65,557 bytes, before the archive's comment. */
function findEnd(view: DataView): { readonly offset: number; readonly count: number } {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 65_557); at -= 1) {
    if (view.getUint32(at, true) !== endRecord) continue;
    return { count: view.getUint16(at + 10, true), offset: view.getUint32(at + 16, true) };
  }
  throw damaged();
}

function readDirectory(
  zip: Uint8Array,
  view: DataView,
  end: { readonly offset: number; readonly count: number },
): Map<string, ZipEntry> {
  const entries = new Map<string, ZipEntry>();
  let at = end.offset;
  for (let index = 0; index < Math.min(end.count, entriesMax); index += 1) {
    if (view.getUint32(at, true) !== centralHeader) throw damaged();
    const nameBytes = view.getUint16(at + 28, true);
    const extraBytes = view.getUint16(at + 30, true);
    const name = new TextDecoder().decode(zip.subarray(at + 46, at + 46 + nameBytes));
    const { bytes, header } = placeOf(view, at, at + 46 + nameBytes, extraBytes);
    if (view.getUint32(header, true) !== localHeader) throw damaged();
    const start = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
    entries.set(name.replace(/^\//, ""), { method: view.getUint16(at + 10, true), start, bytes });
    at += 46 + nameBytes + extraBytes + view.getUint16(at + 32, true);
  }
  return entries;
}

/** Packed length and place; where 32 bits say "see the extra field", from there (APPNOTE 4.5.3). */
function placeOf(view: DataView, at: number, extra: number, extraBytes: number) {
  const unpacked = view.getUint32(at + 24, true);
  let bytes = view.getUint32(at + 20, true);
  let header = view.getUint32(at + 42, true);
  for (let field = extra; field + 4 <= extra + extraBytes; field += 4 + view.getUint16(field + 2, true)) {
    if (view.getUint16(field, true) !== 0x0001) continue;
    let place = field + 4 + (unpacked === whole32 ? 8 : 0);
    if (bytes === whole32) {
      bytes = Number(view.getBigUint64(place, true));
      place += 8;
    }
    if (header === whole32) header = Number(view.getBigUint64(place, true));
  }
  return { bytes, header };
}
