import { fromHex, required, SeededRandom, toHex, utf8Encode } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { AesCipher } from "./aes.ts";
import { CounterMode } from "./counter-mode.ts";
import { HmacSha1, sha1 } from "./hmac-sha1.ts";
import { deriveSessionKeys } from "./key-derivation.ts";
import { ReplayWindow } from "./replay-window.ts";
import { SrtpReceiver, SrtpSender, srtpRefusal, streamsMax } from "./srtp.ts";

const hex = (text: string): Uint8Array => required(fromHex(text.replace(/\s/g, "")), "hexadecimal");
const master = { key: hex("E1F97A0D3E018BE0D64FA32C06DE4139"), salt: hex("0EC675AD498AFEEBB6960B3AABE6") };
const makeAes = (key: Uint8Array) => new AesCipher(key);

function rtp(sequence: number, ssrc = 0xcafebabe, payload = "hello, customer"): { packet: Uint8Array; length: number } {
  const body = utf8Encode(payload);
  const packet = new Uint8Array(12 + body.length + 14);
  packet.set([0x80, 8, sequence >>> 8, sequence & 255, 0, 0, 1, 0]);
  packet.set([ssrc >>> 24, (ssrc >>> 16) & 255, (ssrc >>> 8) & 255, ssrc & 255], 8);
  packet.set(body, 12);
  return { packet, length: 12 + body.length };
}

function sent(sender: SrtpSender, sequence: number, ssrc?: number): Uint8Array {
  const { packet, length } = rtp(sequence, ssrc);
  const bytes = sender.protect(packet, length);
  expect(bytes).toBe(length + 10);
  return packet.slice(0, bytes);
}

describe("AES-128", () => {
  it("[FIPS197-C.1] gives the standard's cipher text", () => {
    const block = hex("00112233445566778899aabbccddeeff");
    new AesCipher(hex("000102030405060708090a0b0c0d0e0f")).encrypt(block, block, 1);
    expect(toHex(block)).toBe("69c4e0d86a7b0430d8cdb78070b4c55a");
  });

  it("[RFC3711-B.2] counter mode gives the document's key stream, also at block 0xfeff", () => {
    const key = new AesCipher(hex("2B7E151628AED2A6ABF7158809CF4F3C"));
    const stream = new Uint8Array(48);
    new CounterMode(key, hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD")).apply(stream, 0, 48, 0, 0, 0);
    expect(toHex(stream)).toBe(
      "e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0",
    );
    const late = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF");
    key.encrypt(late, late, 1);
    expect(toHex(late)).toBe("ec8cdf7398607cb0f2d21675ea9ea1e4");
  });
});

describe("HMAC-SHA1", () => {
  it("[FIPS180-A] hashes the standard's examples", () => {
    expect(toHex(sha1(utf8Encode("abc")))).toBe("a9993e364706816aba3e25717850c26c9cd0d89d");
    const twoBlocks = utf8Encode("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
    expect(toHex(sha1(twoBlocks))).toBe("84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  });

  it("[RFC2202-3] gives the test cases with short, equal and long keys", () => {
    const code = (key: Uint8Array, data: Uint8Array): string => {
      const out = new Uint8Array(20);
      new HmacSha1(key).update(data, 0, data.length).finishInto(out, 0);
      return toHex(out);
    };
    expect(code(new Uint8Array(20).fill(0x0b), utf8Encode("Hi There"))).toBe(
      "b617318655057264e28bc0b6fb378c8ef146be00",
    );
    expect(code(utf8Encode("Jefe"), utf8Encode("what do ya want for nothing?"))).toBe(
      "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
    );
    expect(
      code(new Uint8Array(80).fill(0xaa), utf8Encode("Test Using Larger Than Block-Size Key - Hash Key First")),
    ).toBe("aa4ae5e15272d00e95705637ce8a3b55ed402112");
  });

  it("gives the same code however the message is cut, one message after another", () => {
    const random = new SeededRandom(7);
    const whole = new HmacSha1(utf8Encode("key"));
    const cut = new HmacSha1(utf8Encode("key"));
    for (let length = 0; length < 300; length += 1) {
      const message = new Uint8Array(length);
      random.fill(message);
      const expected = [...whole.update(message, 0, length).updateUint32(0x01020304).finish()];
      const middle = random.below(length + 1);
      cut.update(message, 0, middle).update(message, middle, length);
      expect([...cut.update(Uint8Array.of(1, 2, 3, 4), 0, 4).finish()]).toEqual(expected);
    }
  });
});

describe("key derivation", () => {
  it("[RFC3711-B.3] gives the document's session keys", () => {
    const keys = deriveSessionKeys(master, "rtp", makeAes);
    expect(toHex(keys.cipherKey)).toBe("c61e7a93744f39ee10734afe3ff7a087");
    expect(toHex(keys.salt)).toBe("30cbbc08863d8c85d49db34a9ae1");
    expect(toHex(keys.authenticationKey)).toBe("cebe321f6ff7716b6fd4ab49af256a156d38baa4");
  });
});

describe("replay window", () => {
  it("[RFC3711-3.3.2] takes each of the last 64 indices once and nothing older", () => {
    const window = new ReplayWindow();
    const seen = new Set<number>();
    const random = new SeededRandom(11);
    let top = -1;
    for (let step = 0; step < 20_000; step += 1) {
      const index = Math.max(0, top - 80 + random.below(step % 50 === 0 ? 300 : 90));
      const isNew = index > top || (top - index < 64 && !seen.has(index));
      expect(window.isNew(index)).toBe(isNew);
      if (!isNew) continue;
      window.mark(index);
      seen.add(index);
      top = Math.max(top, index);
    }
  });
});

describe("SRTP", () => {
  it("[RFC3711-3.3] what one end protects the other restores, also across the wrap of the sequence number and late", () => {
    const sender = new SrtpSender(master);
    const receiver = new SrtpReceiver(master);
    const order = [65_533, 65_534, 65_535, 1, 0, 3, 2];
    const packets = [65_533, 65_534, 65_535, 0, 1, 2, 3].map((sequence) => sent(sender, sequence));
    for (const sequence of order) {
      const packet = required(
        packets.find((candidate) => ((candidate[2] ?? 0) << 8) + (candidate[3] ?? 0) === sequence),
        "packet",
      );
      const length = receiver.unprotect(packet, packet.length);
      const plain = rtp(sequence);
      expect(toHex(packet.subarray(0, length))).toBe(toHex(plain.packet.subarray(0, plain.length)));
    }
  });

  it("[RFC3711-3.3.2] a packet counts once", () => {
    const sender = new SrtpSender(master);
    const receiver = new SrtpReceiver(master);
    const packet = sent(sender, 100);
    expect(receiver.unprotect(packet.slice(), packet.length)).toBeGreaterThan(0);
    expect(receiver.unprotect(packet.slice(), packet.length)).toBe(srtpRefusal.replayed);
  });

  it("[RFC3711-9.1] a sequence number is never used for two packets", () => {
    const sender = new SrtpSender(master);
    sent(sender, 100);
    const again = rtp(100);
    expect(sender.protect(again.packet, again.length)).toBe(srtpRefusal.replayed);
  });

  it("[RFC3711-4.2] any changed bit is refused and leaves the bytes as they came", () => {
    const sender = new SrtpSender(master);
    const receiver = new SrtpReceiver(master);
    const good = sent(sender, 7);
    for (let bit = 0; bit < good.length * 8; bit += 1) {
      const bad = good.slice();
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const copy = bad.slice();
      expect(receiver.unprotect(bad, bad.length)).toBeLessThan(0);
      expect(bad).toEqual(copy);
    }
    expect(receiver.unprotect(good, good.length)).toBe(good.length - 10);
  });

  it("sources are limited and forged ones take no room", () => {
    const sender = new SrtpSender(master);
    const receiver = new SrtpReceiver(master);
    for (let ssrc = 1; ssrc <= 100; ssrc += 1) {
      const forged = rtp(1, ssrc);
      expect(receiver.unprotect(forged.packet, forged.packet.length)).toBe(srtpRefusal.notAuthentic);
    }
    for (let ssrc = 1; ssrc <= streamsMax; ssrc += 1) {
      const packet = sent(sender, 1, ssrc);
      expect(receiver.unprotect(packet, packet.length)).toBe(packet.length - 10);
    }
    const oneMore = rtp(1, 999);
    expect(sender.protect(oneMore.packet, oneMore.length)).toBe(srtpRefusal.tooManyStreams);
  });

  it("random bytes of any length are refused without harm", () => {
    const receiver = new SrtpReceiver(master);
    const random = new SeededRandom(3);
    for (let step = 0; step < 3_000; step += 1) {
      const bytes = new Uint8Array(random.below(1_700));
      random.fill(bytes);
      if (bytes.length > 0 && step % 2 === 0) bytes[0] = 0x80 | ((bytes[0] ?? 0) & 0x3f);
      expect(receiver.unprotect(bytes, bytes.length)).toBeLessThan(0);
      expect(receiver.unprotectRtcp(bytes, bytes.length)).toBeLessThan(0);
    }
  });
});

describe("SRTCP", () => {
  const report = hex("80c90001 cafebabe 81ca0002 cafebabe 01026162");

  it("[RFC3711-3.4] what one end protects the other restores, once", () => {
    const sender = new SrtpSender(master);
    const receiver = new SrtpReceiver(master);
    for (let index = 0; index < 3; index += 1) {
      const packet = new Uint8Array(report.length + 14);
      packet.set(report);
      expect(sender.protectRtcp(packet, report.length)).toBe(packet.length);
      expect(toHex(packet.subarray(report.length, report.length + 4))).toBe(`8000000${index}`);
      expect(toHex(packet.subarray(8, report.length))).not.toBe(toHex(report.subarray(8)));
      const again = packet.slice();
      expect(receiver.unprotectRtcp(packet, packet.length)).toBe(report.length);
      expect(toHex(packet.subarray(0, report.length))).toBe(toHex(report));
      expect(receiver.unprotectRtcp(again, again.length)).toBe(srtpRefusal.replayed);
    }
  });

  it("[RFC3711-4.2] any changed bit is refused", () => {
    const sender = new SrtpSender(master);
    const receiver = new SrtpReceiver(master);
    const packet = new Uint8Array(report.length + 14);
    packet.set(report);
    sender.protectRtcp(packet, report.length);
    for (let bit = 0; bit < packet.length * 8; bit += 1) {
      const bad = packet.slice();
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(receiver.unprotectRtcp(bad, bad.length)).toBeLessThan(0);
    }
  });
});
