import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { fail, ok, type Result } from "@centrala/kit";
import { recordingHeaderBytes, recoverWavHeader } from "@centrala/media";

export type RecordingCode = "RECORDING_WRITE_FAILED" | "RECORDING_DISK_FULL" | "RECORDING_DISK_SLOW";

/** A finished recording as the journal seals it. */
export interface SealedRecording {
  readonly bytes: number;
  /** Whole milliseconds. */
  readonly durationMs: number;
  /** Of the whole file with its final header, lower-case hexadecimal. */
  readonly sha256: string;
  /** How much was left out because the disk was full or too slow. */
  readonly cutMs?: number;
}

/** A disk that is this far behind (four minutes of one call) is not waited for. */
const pendingBytesMax = 4 * 1024 * 1024;

/** What of Node's files a recording needs. */
export interface FileMaker {
  open(path: string): Promise<Pick<FileHandle, "write" | "datasync" | "close">>;
}

const disk: FileMaker = {
  open: async (path) => {
    await mkdir(dirname(path), { recursive: true });
    return open(path, "wx", 0o600);
  },
};

/**
 * Appends blocks to a file in order, without ever blocking the thread. While the disk is full, or hopelessly behind, blocks
 * are left out: what was written stays, and the recording goes on in the same file when there is space again. Any other
 * error ends it, and what was written before is kept.
 */
export class RecordingFile {
  readonly #path: string;
  readonly #headerOf: (frames: number) => Uint8Array;
  readonly #files: FileMaker;
  #handle: Awaited<ReturnType<FileMaker["open"]>> | undefined;
  #chain: Promise<void> = Promise.resolve();
  #pendingBytes = 0;
  #position = 0;
  #leftOut: { readonly code: RecordingCode; bytes: number } | undefined;
  /** What ended the file for good. */
  failed: RecordingCode | undefined;

  /**
   * Creates the file (and its folders) with its header; a file that is already there is not touched, but an error.
   * @param headerOf the header of so many frames of two bytes
   */
  constructor(path: string, headerOf: (frames: number) => Uint8Array, files: FileMaker = disk) {
    this.#path = path;
    this.#headerOf = headerOf;
    this.#files = files;
    this.#append(new Uint8Array(0));
  }

  /** Queues a block. */
  append(block: Uint8Array): void {
    if (this.failed !== undefined) return;
    if (this.#pendingBytes + block.length > pendingBytesMax) this.#leaveOut("RECORDING_DISK_SLOW", block.length);
    else this.#append(block);
  }

  /** Writes the final header over the first one, flushes to the disk, closes and seals what is there. */
  async close(): Promise<Result<SealedRecording, RecordingCode>> {
    await this.#chain;
    const failed = this.failed ?? (this.#frames === 0 ? this.#leftOut?.code : undefined);
    const finished = this.#position > 0 && (await this.#finish());
    if (finished && (this.#frames > 0 || failed === undefined)) {
      const bytes = this.#position;
      const cutMs = Math.round((this.#leftOut?.bytes ?? 0) / 16);
      try {
        const sealed = { bytes, durationMs: Math.round(this.#frames / 8), sha256: await hashFile(this.#path) };
        return ok(cutMs === 0 ? sealed : { ...sealed, cutMs });
      } catch (error) {
        this.#fail(error);
      }
    }
    return fail(failed ?? this.failed ?? "RECORDING_WRITE_FAILED", `${this.#path} could not be written`);
  }

  get #frames(): number {
    return Math.max(0, this.#position - recordingHeaderBytes) / 2;
  }

  #append(block: Uint8Array): void {
    this.#pendingBytes += block.length;
    this.#chain = this.#chain.then(() => this.#write(block));
  }

  async #write(block: Uint8Array): Promise<void> {
    this.#pendingBytes -= block.length;
    if (this.failed !== undefined) return;
    try {
      const handle = await this.#opened();
      await writeFully(handle, block, this.#position);
      this.#position += block.length;
    } catch (error) {
      if (isFull(error)) this.#leaveOut("RECORDING_DISK_FULL", block.length);
      else this.#fail(error);
    }
  }

  /** The file with its header, tried again until there is space for both. */
  async #opened(): Promise<Pick<FileHandle, "write" | "datasync" | "close">> {
    this.#handle ??= await this.#files.open(this.#path);
    if (this.#position === 0) {
      const header = this.#headerOf(0);
      await writeFully(this.#handle, header, 0);
      this.#position = header.length;
    }
    return this.#handle;
  }

  async #finish(): Promise<boolean> {
    try {
      if (this.#handle === undefined) return false;
      await writeFully(this.#handle, this.#headerOf(this.#frames), 0);
      await this.#handle.datasync();
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    } finally {
      await this.#handle?.close().catch((error: unknown) => this.#fail(error));
    }
  }

  #leaveOut(code: RecordingCode, bytes: number): void {
    this.#leftOut ??= { code, bytes: 0 };
    this.#leftOut.bytes += bytes;
  }

  #fail(error: unknown): void {
    this.failed ??= isFull(error) ? "RECORDING_DISK_FULL" : "RECORDING_WRITE_FAILED";
  }
}

function isFull(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOSPC" || code === "EDQUOT";
}

/**
 * Mends a recording whose end was never written (a crash, a power cut) by taking its sizes from the file's length, and
 * seals it. A whole recording comes out unchanged.
 */
export async function repairRecording(path: string): Promise<Result<SealedRecording, "RECORDING_UNREADABLE">> {
  try {
    const handle = await open(path, "r+");
    try {
      const head = new Uint8Array(recordingHeaderBytes);
      await handle.read(head, 0, head.length, 0);
      const mended = recoverWavHeader(head, (await handle.stat()).size);
      if (!mended.ok) return fail("RECORDING_UNREADABLE", `${path}: ${mended.message}`);
      await writeFully(handle, mended.value.header, 0);
      await handle.truncate(mended.value.fileBytes);
      await handle.datasync();
      const { fileBytes, durationMs } = mended.value;
      return ok({ bytes: fileBytes, durationMs: Math.round(durationMs), sha256: await hashFile(path) });
    } finally {
      await handle.close();
    }
  } catch (error) {
    return fail("RECORDING_UNREADABLE", `${path}: ${error instanceof Error ? error.message : "cannot be read"}`);
  }
}

/** SHA-256 of a file in pieces, so that a long recording never holds up the packets of others. */
async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  const { size } = await stat(path);
  if (size > 0) for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

async function writeFully(handle: Pick<FileHandle, "write">, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}
