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
}

/** A disk that is this far behind (four minutes of one call) is not waited for. */
const pendingBytesMax = 4 * 1024 * 1024;

/** Appends blocks to a file in order, without ever blocking the thread; the first error is kept and ends it. */
export class RecordingFile {
  readonly #path: string;
  #handle: FileHandle | undefined;
  #chain: Promise<void>;
  #pendingBytes = 0;
  #position = 0;
  failed: RecordingCode | undefined;

  /** Creates the file (and its folders) and writes `header`; a file that is already there is not touched, but an error. */
  constructor(path: string, header: Uint8Array) {
    this.#path = path;
    this.#chain = this.#open().catch((error: unknown) => this.#fail(error));
    this.append(header);
  }

  /** Queues a block; false when the recording has failed. */
  append(block: Uint8Array): boolean {
    if (this.#pendingBytes + block.length > pendingBytesMax) this.failed ??= "RECORDING_DISK_SLOW";
    if (this.failed !== undefined) return false;
    this.#pendingBytes += block.length;
    this.#chain = this.#chain.then(() => this.#write(block)).catch((error: unknown) => this.#fail(error));
    return true;
  }

  /** Writes the final header over the first one, flushes to the disk, closes and seals. */
  async close(finalHeader: Uint8Array, durationMs: number): Promise<Result<SealedRecording, RecordingCode>> {
    this.#chain = this.#chain.then(() => this.#finish(finalHeader)).catch((error: unknown) => this.#fail(error));
    await this.#chain;
    await this.#handle?.close().catch((error: unknown) => this.#fail(error));
    if (this.failed !== undefined) return fail(this.failed, `${this.#path} could not be written`);
    try {
      return ok({ bytes: this.#position, durationMs: Math.round(durationMs), sha256: await hashFile(this.#path) });
    } catch (error) {
      this.#fail(error);
      return fail("RECORDING_WRITE_FAILED", `${this.#path} could not be read again`);
    }
  }

  async #open(): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true });
    this.#handle = await open(this.#path, "wx", 0o600);
  }

  async #write(block: Uint8Array): Promise<void> {
    this.#pendingBytes -= block.length;
    if (this.failed !== undefined || this.#handle === undefined) return;
    await writeFully(this.#handle, block, this.#position);
    this.#position += block.length;
  }

  async #finish(finalHeader: Uint8Array): Promise<void> {
    if (this.#handle === undefined) return;
    await writeFully(this.#handle, finalHeader, 0);
    await this.#handle.datasync();
  }

  #fail(error: unknown): void {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    this.failed ??= code === "ENOSPC" || code === "EDQUOT" ? "RECORDING_DISK_FULL" : "RECORDING_WRITE_FAILED";
  }
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

async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}
