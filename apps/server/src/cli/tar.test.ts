import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ArchiveFile, readTar, TarWriter } from "./tar.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "centrala-tar-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const longName = `prompts/01a2006c-1381-7d75-a7d8-eb459c78f592/${"p".repeat(64)}.wav`;
const contents: Readonly<Record<string, Buffer>> = {
  "manifest.json": Buffer.from("{}\n"),
  "empty.bin": Buffer.alloc(0),
  "block.bin": Buffer.alloc(512, 1),
  "more.bin": Buffer.alloc(513, 2),
  [longName]: Buffer.from("sound"),
};

async function write(): Promise<string> {
  const path = join(folder, "archive.tar");
  const archive = await TarWriter.create(path);
  await archive.addText("manifest.json", contents["manifest.json"]?.toString() ?? "");
  for (const [name, bytes] of Object.entries(contents).slice(1)) {
    writeFileSync(join(folder, "file"), bytes);
    await archive.addFile(name, join(folder, "file"));
  }
  await archive.finish();
  await archive.close();
  return path;
}

describe("an archive", () => {
  it("gives back what was put in", async () => {
    const path = await write();
    const bytes = readFileSync(path);
    const read = (await readTar(path)).map(({ name, offset, size }) => [name, bytes.subarray(offset, offset + size)]);
    expect(Object.fromEntries(read)).toEqual(contents);
  });

  it("is read by any other tar", async () => {
    const path = await write();
    const out = join(folder, "out");
    mkdirSync(out);
    execFileSync("tar", ["-xf", path, "-C", out]);
    for (const [name, bytes] of Object.entries(contents)) expect(readFileSync(join(out, name))).toEqual(bytes);
  });

  it("never replaces a file that is there", async () => {
    const path = await write();
    await expect(TarWriter.create(path)).rejects.toMatchObject({ code: "EEXIST" });
  });

  it("refuses a name that is too long, before anything is written of it", async () => {
    const archive = await TarWriter.create(join(folder, "archive.tar"));
    await expect(archive.addText("x".repeat(101), "text")).rejects.toThrow(/too long/);
    await archive.finish();
    await archive.close();
    expect(await readTar(join(folder, "archive.tar"))).toEqual([]);
  });
});

/** A file on a disk with so much room, which takes a write as far as it fits. */
function fileWithRoom(bytesMax: number): ArchiveFile & { readonly bytes: () => Buffer } {
  const parts: Buffer[] = [];
  let left = bytesMax;
  const write = async (bytes: Uint8Array, offset: number, length: number) => {
    if (left === 0) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    const bytesWritten = Math.min(length, left, 700);
    parts.push(Buffer.from(bytes.subarray(offset, offset + bytesWritten)));
    left -= bytesWritten;
    return { bytesWritten, buffer: bytes };
  };
  return {
    write: write as unknown as ArchiveFile["write"],
    sync: async () => undefined,
    close: async () => undefined,
    bytes: () => Buffer.concat(parts),
  };
}

describe("a disk that takes less than it is given", () => {
  async function fill(file: ArchiveFile): Promise<void> {
    const archive = new TarWriter(file);
    writeFileSync(join(folder, "file"), Buffer.alloc(5_000, 3));
    await archive.addText("manifest.json", "{}");
    await archive.addFile("five.bin", join(folder, "file"));
    await archive.finish();
  }

  it("gets the rest afterwards: nothing that was not written passes for written", async () => {
    const file = fileWithRoom(20_000);
    await fill(file);
    const path = join(folder, "archive.tar");
    writeFileSync(path, file.bytes());
    expect((await readTar(path)).map(({ name, size }) => [name, size])).toEqual([
      ["manifest.json", 2],
      ["five.bin", 5_000],
    ]);
  });

  it.each([0, 100, 3_000, 7_000])("and is full after %i bytes: the archive fails", async (room) => {
    await expect(fill(fileWithRoom(room))).rejects.toMatchObject({ code: "ENOSPC" });
  });

  it("a file that is gone adds nothing, and what comes after it is whole", async () => {
    const file = fileWithRoom(20_000);
    const archive = new TarWriter(file);
    await expect(archive.addFile("gone.bin", join(folder, "gone"))).rejects.toMatchObject({ code: "ENOENT" });
    await archive.addText("manifest.json", "{}");
    await archive.finish();
    const path = join(folder, "archive.tar");
    writeFileSync(path, file.bytes());
    expect((await readTar(path)).map(({ name }) => name)).toEqual(["manifest.json"]);
  });
});

describe("an archive that is broken", () => {
  it.each([100, 600, 1_024, 2_000])("cut after %i bytes is told as broken", async (length) => {
    const path = await write();
    truncateSync(path, length);
    await expect(readTar(path)).rejects.toMatchObject({ code: "ARCHIVE_BROKEN" });
  });

  it.each([
    ["no archive", Buffer.alloc(2_048, "x")],
    ["an empty file", Buffer.alloc(0)],
  ])("%s is told as broken", async (_name, bytes) => {
    const path = join(folder, "other");
    writeFileSync(path, bytes);
    await expect(readTar(path)).rejects.toMatchObject({ code: "ARCHIVE_BROKEN" });
  });

  it("with a size that is no number is told as broken", async () => {
    const path = await write();
    const bytes = readFileSync(path);
    bytes.write("99zz", 124);
    writeFileSync(path, bytes);
    await expect(readTar(path)).rejects.toMatchObject({ code: "ARCHIVE_BROKEN" });
  });
});
