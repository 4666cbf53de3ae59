import { readFileSync } from "node:fs";
import { readWav, sine, toneLevel, writeWav } from "@centrala/media";
import { afterAll, describe, expect, it } from "vitest";
import { Outside } from "../outside/outside.ts";
import { FileRefused } from "../outside/refusal.ts";
import { makePrompt } from "./prompts.ts";

/** Half a second of 440 Hz as MP3: 16 kHz, one channel, 16 kbit/s. */
const mp3 = Buffer.from(
  `
  //MoxAAKeALlH0MYAuAXJftsAAD4Pg+D7xBB8HwQBAEKROD4Pn4gDHB/wQg47v5Tz/Kef6Pf0GlKBf/+DQBPX3j9/TCi84Rm//MoxBEQsOqoAZ
  uQAAYZHGKIFFDxxUB8g3hD4QHGLegA6h3MQIc4c4o/5FSKmReL3/oomKQNfiUJA038qdBq///6BnSmUFt4//MoxAkPeHJEAd5IAWAaAoYEoMhh
  AgLGEEGaYtx3py6GDH7Kf4ZXZcRjrC1mJoSOYAYfpg5ARmAcACncrFD0AjwL///8oyzp//MoxAYNCG5IAOf2gSJAgBAoOMACEwWRDEyZM++Iwy
  pOyMbZCfjAZAIEy8OO28TQU0zcCDglazqyKxSq///67kK7VCOAOAAk//MoxAwOsHo4AO/6gDB0TTEQjDIlGzTjNDGV394zWwRQMGnBdTOE5TVq
  BjIcoDGUFwUFhftajju5GKfC///6FjBUAELgAAge//MoxAwPOH40AO/6gBoVQwnzIYCDPkITjQTjLtQX42MoCqMKLA8TLlQTEbvjAlTBgSR0FC
  AAVHnrhiWUd7v///xhpUpcoxSj//MoxAoOUHJAAM/4ZSGTRuMAiAWTATwMAwNIJXMTvYPTKkAxEwMMCSMWD03HgjKiCMlBMFBpHFp0Vv7CVf//
  /CXwI6ywQyBw//MoxAsMeG5MAOf2gSBwwePzFiMM97UwrZFzMXRCTTAtALQ2ReOv1TOjUHKiEbNIHllOGP//+5BbRG4p8kQPCBoY5A5nQRHG//
  MoxBQMgHJIAOe4gU8mwImCeZoX5ikBCGXk8Y58pgZOiALJPtEguYp81f///Upa0qUtiAQIYGCZhUWGNjaafthniegHA2PA//MoxB0MkG5MAOe4
  gWE0CGYDGhoCSmKS6YlAxfFlz8y7kGr///zsQt1VVSACBcLmAhsYZPpk7EGOr+8Z+RCBhAhMmooZzUUZ//MoxCUL4G5QAOe2gZjAklpMN/CJ+k
  A6///7sEM/bss4SBBhkAmNgoZzHZxRhGvO90eRwjhikhMmZ1CZW7RhNMGAQulo3OAJ//MoxDAM0HJIAOe4gV0lhar///3EmUpjFkjAgHMHhIxE
  LzJ5wNoXk0x/3To2HvMNcDQYKZoO8GKj4YmB5a5dLvS0qMr///wr//MoxDcMoGpIAOe4gcNtfTkRUEgADAbBBMEcGkw3RMTEikVMHkNMLgAAIC
  wIBXMBAAswFACkUGCUNPPh3v/uAGAgqCfUO92w//MoxD8M8HZgAV4YAHBMwaGxw1mWkYYMFRzYqlhMGgR6AwHDgT4QIxxoAMNgIgAvZ/iCgvRY
  xl//I4cBMFEif/5TMicMETf///MoxEYX4XKcAZygAPzqRopE3b/pCADJhD/8BkwSAZlP//cZS5yafBo6MjI+uSQRAKjHEGpZgMlSUSYyqJIkk1
  3DoyExgJmq//MoxCEMyJacEcwYAYC2IK4KdkNxN+K4KdCG9N+L+VVMQU1FMy4xMDBVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVV
`,
  "base64",
);

const sound = (name: string): Buffer => readFileSync(new URL(`./testing/sounds/${name}`, import.meta.url));
const outside = new Outside();
afterAll(() => outside.close());

/** What is said of a file that cannot be a prompt; "ok" of one that can. */
async function saidOf(file: Uint8Array): Promise<string> {
  try {
    await makePrompt(outside, file);
    return "ok";
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error;
    return error.said.code;
  }
}

describe("a prompt", () => {
  const wav = writeWav({ sampleRateHz: 16_000, channels: [sine(440, 500, -6, 16_000)] });

  it.each([
    ["MP3", mp3],
    ["MP3 with a tag", Buffer.concat([Buffer.from("ID3\x04\0\0\0\0\0\x02ab", "latin1"), mp3])],
    ["WAV", wav],
    ["Ogg Vorbis", sound("tone.ogg")],
    ["Ogg Opus", sound("tone.opus")],
  ])("is made of %s", async (_name, file) => {
    const made = await makePrompt(outside, file);
    expect(made.durationMs).toBeGreaterThanOrEqual(480);
    expect(made.durationMs).toBeLessThan(650);
    const stored = readWav(made.wav);
    if (!stored.ok) throw new Error(stored.code);
    expect(stored.value.sampleRateHz).toBe(8_000);
    expect(toneLevel((stored.value.channels[0] as Int16Array).subarray(800, 3_200), 440)).toBeGreaterThan(-23);
    expect((await makePrompt(outside, file)).sha256).toBe(made.sha256);
  });

  it("is made of FLAC, with a tag before it, too", async () => {
    const flac = readFileSync(new URL("../../../../packages/media/src/codec/testing/stereo.flac", import.meta.url));
    for (const file of [flac, Buffer.concat([Buffer.from("ID3\x04\0\0\0\0\0\x02ab", "latin1"), flac])])
      expect((await makePrompt(outside, file)).durationMs).toBe(120);
  });

  it("is not made of what only looks like a sound file, and the next file is read all the same", async () => {
    const opus = sound("tone.opus");
    const files = [
      Buffer.from("ID3 this says that it is one"),
      Buffer.alloc(300_000, 0xff),
      Buffer.from("RIFF....WAVE"),
      Buffer.alloc(0),
      Buffer.from("fLaC and nothing more"),
      Buffer.from("OggS\0 and nothing more"),
      sound("tone.ogg").subarray(0, 2_000),
      // A head that promises 255 channels.
      Buffer.concat([opus.subarray(0, 37), Buffer.from([255]), opus.subarray(38)]),
      mp3,
    ];
    const said: string[] = [];
    for (const file of files) said.push(await saidOf(file));
    expect(said).toEqual([...Array.from({ length: 7 }, () => "WAV_NOT_WAV"), "WAV_UNSUPPORTED", "ok"]);
  });

  it("is not made of kinds that nothing here decodes; what they are called is said", async () => {
    const kinds = [
      sound("phone.m4a"),
      Buffer.from([0xff, 0xf1, 0x50, 0x80, 0, 0, 0, 0]),
      Buffer.from("#!AMR\n...."),
      Buffer.from("FORM....AIFF"),
      Buffer.from([0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66]),
      Buffer.from([0x1a, 0x45, 0xdf, 0xa3, 0x01]),
    ];
    const said: unknown[] = [];
    for (const file of kinds)
      said.push(
        await makePrompt(outside, file).catch((error: unknown) => error instanceof FileRefused && error.said.params),
      );
    expect(said).toEqual([
      { kind: "M4A, AAC" },
      { kind: "AAC" },
      { kind: "AMR" },
      { kind: "AIFF" },
      { kind: "WMA" },
      { kind: "WebM, Matroska" },
    ]);
  });
});
