import { type FileHandle, open } from "node:fs/promises";

const block = 512;
const endBlocks = 2;
const partBytes = 64 * 1024;

/** What of Node's files an archive is written to. */
export type ArchiveFile = Pick<FileHandle, "write" | "sync" | "close">;

/** Writes a POSIX tar archive (ustar), file after file; any tar program reads it. */
export class TarWriter {
  readonly #file: ArchiveFile;

  static async create(path: string): Promise<TarWriter> {
    return new TarWriter(await open(path, "wx", 0o600));
  }

  constructor(file: ArchiveFile) {
    this.#file = file;
  }

  async addText(name: string, text: string): Promise<void> {
    const bytes = Buffer.from(text);
    await writeFully(this.#file, header(name, bytes.length));
    await writeFully(this.#file, bytes);
    await this.#pad(bytes.length);
  }

  /**
   * Adds a file as long as it is now; one that grows meanwhile (a running recording) is taken up to here. Rejects with
   * ENOENT, and adds nothing, where it is not there any more.
   */
  async addFile(name: string, path: string): Promise<void> {
    // Held open: what is deleted from now on stays readable, and the archive stays whole.
    const source = await open(path, "r");
    try {
      const { size } = await source.stat();
      await writeFully(this.#file, header(name, size));
      const part = Buffer.alloc(partBytes);
      for (let at = 0; at < size; ) {
        const { bytesRead } = await source.read(part, 0, Math.min(part.length, size - at), at);
        // Cut short meanwhile: its place in the archive is filled up.
        const taken = bytesRead > 0 ? part.subarray(0, bytesRead) : part.fill(0).subarray(0, size - at);
        await writeFully(this.#file, taken);
        at += taken.length;
      }
      await this.#pad(size);
    } finally {
      await source.close();
    }
  }

  /** Writes the end and has it on the disk. */
  async finish(): Promise<void> {
    await writeFully(this.#file, Buffer.alloc(block * endBlocks));
    await this.#file.sync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #pad(size: number): Promise<void> {
    const rest = size % block;
    if (rest > 0) await writeFully(this.#file, Buffer.alloc(block - rest));
  }
}

/** A disk that is nearly full takes a part and says so; what is missing must not pass for written. */
export async function writeFully(file: Pick<ArchiveFile, "write">, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, null);
    at += bytesWritten;
  }
}

function header(name: string, size: number): Buffer {
  const bytes = Buffer.alloc(block);
  const [folder, file] = splitName(name);
  bytes.write(file, 0);
  bytes.write("0000600\0", 100);
  bytes.write("0000000\0", 108);
  bytes.write("0000000\0", 116);
  // Sizes over 8 GB use the binary form that every modern tar knows.
  if (size < 8 ** 11) bytes.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  else {
    bytes[124] = 0x80;
    bytes.writeBigUInt64BE(BigInt(size), 128);
  }
  bytes.write("00000000000\0", 136);
  bytes.write("        ", 148);
  bytes.write("0", 156);
  bytes.write("ustar\0", 257);
  bytes.write("00", 263);
  bytes.write(folder, 345);
  let sum = 0;
  for (const byte of bytes) sum += byte;
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return bytes;
}

/** A name of up to 100 bytes stands whole; of a longer one the folders stand apart (155 bytes at most). */
function splitName(name: string): [string, string] {
  if (Buffer.byteLength(name) <= 100) return ["", name];
  for (let slash = name.indexOf("/"); slash > 0; slash = name.indexOf("/", slash + 1)) {
    const folder = name.slice(0, slash);
    const file = name.slice(slash + 1);
    if (Buffer.byteLength(file) <= 100 && Buffer.byteLength(folder) <= 155) return [folder, file];
  }
  throw new Error(`the name ${name} is too long for the archive`);
}

/** One file of an archive: its name, its size, and where its bytes begin. */
export type TarEntry = { readonly name: string; readonly size: number; readonly offset: number };

/** Lists an archive. Throws Error with code ARCHIVE_BROKEN when it is cut or is no archive. */
export async function readTar(path: string): Promise<TarEntry[]> {
  const file = await open(path, "r");
  try {
    const { size: whole } = await file.stat();
    const entries: TarEntry[] = [];
    const head = Buffer.alloc(block);
    for (let offset = 0; ; ) {
      const { bytesRead } = await file.read(head, 0, block, offset);
      if (bytesRead < block) throw broken("it ends too early");
      if (head.every((byte) => byte === 0)) return entries;
      if (head.toString("latin1", 257, 262) !== "ustar") throw broken("it is no backup of Centrala");
      const folder = head.toString("utf8", 345, 500).replace(/\0.*$/s, "");
      const last = head.toString("utf8", 0, 100).replace(/\0.*$/s, "");
      const name = folder === "" ? last : `${folder}/${last}`;
      const size =
        head[124] === 0x80 ? Number(head.readBigUInt64BE(128)) : Number.parseInt(head.toString("latin1", 124, 135), 8);
      if (!Number.isFinite(size) || offset + block + size > whole) throw broken("it ends too early");
      entries.push({ name, size, offset: offset + block });
      offset += block + Math.ceil(size / block) * block;
    }
  } finally {
    await file.close();
  }
}

function broken(why: string): Error {
  return Object.assign(new Error(`the backup cannot be read: ${why}`), { code: "ARCHIVE_BROKEN" });
}
