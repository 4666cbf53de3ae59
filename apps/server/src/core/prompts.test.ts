import { readWav, sine, toneLevel, writeWav } from "@centrala/media";
import { describe, expect, it } from "vitest";
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

describe("a prompt", () => {
  it("is made of MP3 as of WAV, in a thread of its own", async () => {
    const wav = writeWav({ sampleRateHz: 16_000, channels: [sine(440, 500, -6, 16_000)] });
    for (const file of [mp3, Buffer.concat([Buffer.from("ID3\x04\0\0\0\0\0\x02ab", "latin1"), mp3]), wav]) {
      const made = await makePrompt(file);
      if (!made.ok) throw new Error(`${made.code}: ${made.message}`);
      expect(made.value.durationMs).toBeGreaterThanOrEqual(480);
      expect(made.value.durationMs).toBeLessThan(650);
      const stored = readWav(made.value.wav);
      if (!stored.ok) throw new Error(stored.code);
      expect(stored.value.sampleRateHz).toBe(8_000);
      expect(toneLevel((stored.value.channels[0] as Int16Array).subarray(800, 3_200), 440)).toBeGreaterThan(-23);
    }
  });

  it("is not made of what only looks like a sound file, and the next file is read all the same", async () => {
    const files = [
      Buffer.from("ID3 this says that it is one"),
      Buffer.alloc(300_000, 0xff),
      Buffer.from("RIFF....WAVE"),
      Buffer.alloc(0),
    ];
    const codes = await Promise.all(
      [...files, mp3].map(async (file) => {
        const made = await makePrompt(file);
        return made.ok ? "ok" : made.code;
      }),
    );
    expect(codes).toEqual(["WAV_NOT_WAV", "WAV_NOT_WAV", "WAV_NOT_WAV", "WAV_NOT_WAV", "ok"]);
  });

  it("is refused, not waited for, when too many files come at once", async () => {
    const made = await Promise.all(Array.from({ length: 18 }, () => makePrompt(Buffer.alloc(0))));
    expect(made.map((each) => (each.ok ? "ok" : each.code)).slice(14)).toEqual([
      "WAV_NOT_WAV",
      "WAV_NOT_WAV",
      "WAV_TOO_LARGE",
      "WAV_TOO_LARGE",
    ]);
  });
});
