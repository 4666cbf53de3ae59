import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MediaEvent } from "@centrala/contract";
import { readWav, wavHeader } from "@centrala/media";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MediaLeg } from "./leg.ts";
import { type FileMaker, RecordingFile } from "./recording-file.ts";
import { Recordings } from "./recordings.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "centrala-recordings-"));
});
afterAll(() => rm(folder, { recursive: true }));

const headerOf = (frames: number): Uint8Array => wavHeader("alaw", 2, 8_000, frames * 2);
const block = (byte: number): Uint8Array => new Uint8Array(1_600).fill(byte);

/** A disk that says what it is told to, before each write of sound. */
function disk(says: () => string | undefined): FileMaker {
  return {
    open: async (path) => {
      const handle = await open(path, "wx");
      const write = (async (bytes: Uint8Array, offset: number, length: number, position: number) => {
        const code = position === 0 ? undefined : says();
        if (code !== undefined) throw Object.assign(new Error(code), { code });
        return handle.write(bytes, offset, length, position);
      }) as typeof handle.write;
      return { write, datasync: () => handle.datasync(), close: () => handle.close() };
    },
  };
}

describe("a recording's file", () => {
  it("[RECFILE-1] while the disk is full blocks are left out; what is there plays and it goes on when there is space", async () => {
    const path = join(folder, "full.wav");
    let full = false;
    let tried = 0;
    const file = new RecordingFile(
      path,
      headerOf,
      disk(() => {
        tried += 1;
        return full ? "ENOSPC" : undefined;
      }),
    );
    const written = async (byte: number, count: number) => {
      const before = tried;
      for (let index = 0; index < count; index += 1) file.append(block(byte));
      await expect.poll(() => tried).toBe(before + count);
    };
    await written(1, 3);
    full = true;
    await written(2, 4);
    full = false;
    await written(3, 2);
    const closed = await file.close();
    expect(closed.ok && [closed.value.durationMs, closed.value.cutMs, closed.value.bytes]).toEqual([500, 400, 8_058]);
    const bytes = await readFile(path);
    expect([bytes[58], bytes.at(-1), bytes.includes(2, 58)]).toEqual([1, 3, false]);
    const wav = readWav(bytes);
    expect(wav.ok && wav.value.channels[0]?.length).toBe(4_000);
  });

  it("[RECFILE-2] a disk that was full all the time leaves no recording, and says why", async () => {
    const file = new RecordingFile(
      join(folder, "never.wav"),
      headerOf,
      disk(() => "ENOSPC"),
    );
    file.append(block(1));
    const closed = await file.close();
    expect(closed.ok ? "" : closed.code).toBe("RECORDING_DISK_FULL");
  });

  it("[RECFILE-3] another error ends it, and what was written before is kept", async () => {
    const path = join(folder, "broken.wav");
    let broken = false;
    const file = new RecordingFile(
      path,
      headerOf,
      disk(() => (broken ? "EIO" : undefined)),
    );
    file.append(block(1));
    await expect.poll(async () => (await readFile(path)).length).toBe(1_658);
    broken = true;
    file.append(block(2));
    await expect.poll(() => file.failed).toBe("RECORDING_WRITE_FAILED");
    const closed = await file.close();
    expect(closed.ok && closed.value.durationMs).toBe(100);
  });

  it("[RECFILE-4] a disk that stands still holds up nothing and takes no more than 4 MB of memory", async () => {
    let go = (): void => {};
    const stalled = new Promise<void>((resolve) => (go = resolve));
    const path = join(folder, "slow.wav");
    const files: FileMaker = { open: (where) => stalled.then(() => disk(() => undefined).open(where)) };
    const file = new RecordingFile(path, headerOf, files);
    const blocks = 5 * 1024 * 1024;
    for (let bytes = 0; bytes < blocks; bytes += 1_600) file.append(block(1));
    go();
    const closed = await file.close();
    expect(closed.ok && closed.value.bytes <= 4 * 1024 * 1024 + 58).toBe(true);
    expect(closed.ok && (closed.value.cutMs ?? 0) > 60_000).toBe(true);
  });
});

describe("recordings", () => {
  const legOf = (legId: string) => ({ legId, recorded: [] }) as unknown as MediaLeg;

  function recordings() {
    const legs = new Map(["a", "b", "c"].map((legId) => [legId, legOf(legId)]));
    const events: MediaEvent[] = [];
    const all = new Recordings(legs, (event) => events.push(event));
    const record = (recordingId: string, leftLegId: string, rightLegIds: string[], longestMs?: number) =>
      all.record(
        {
          kind: "record",
          recordingId,
          path: join(folder, `${recordingId}.wav`),
          leftLegId,
          rightLegIds,
          codec: "pcma",
          ...(longestMs !== undefined && { longestMs }),
        },
        0,
      );
    const heard = () =>
      Object.fromEntries(
        [...legs.values()].map((leg) => [
          leg.legId,
          leg.recorded.map(({ recorder, channel }) => `${recorder.recordingId}:${channel}`).join(" "),
        ]),
      );
    return { legs, events, all, record, heard };
  }

  it("[RECORDINGS-1] each leg knows the recordings that hear it, through changes, late legs and ends", async () => {
    const { legs, all, record, heard } = recordings();
    record("r1", "a", ["b"]);
    record("r2", "b", ["late"]);
    expect(heard()).toEqual({ a: "r1:0", b: "r1:1 r2:0", c: "" });
    record("r1", "a", ["c"]);
    expect(heard()).toEqual({ a: "r1:0", b: "r2:0", c: "r1:1" });
    const late = legOf("late");
    legs.set("late", late);
    all.legOpened(late);
    expect(heard()).toEqual({ a: "r1:0", b: "r2:0", c: "r1:1", late: "r2:1" });
    expect([all.stop("r1", 1_000), all.stop("r1", 1_000), all.pause("r1", true)]).toEqual([true, false, false]);
    expect(heard()).toEqual({ a: "", b: "r2:0", c: "", late: "r2:1" });
    for (const legId of ["b", "late"]) {
      const leg = legs.get(legId) as MediaLeg;
      legs.delete(legId);
      all.legClosed(leg, 2_000);
    }
    expect(all.size).toBe(0);
    await all.close(2_000);
  });

  it("[RECORDINGS-2] a message ends at its longest time when nobody stops it", async () => {
    const { events, all, record } = recordings();
    record("message", "a", [], 60_000);
    all.poll(61_000);
    expect(all.size).toBe(1);
    all.poll(62_001);
    expect(all.size).toBe(0);
    await all.close(62_001);
    expect(events.map((event) => event.kind)).toEqual(["recordingClosed"]);
  });
});
