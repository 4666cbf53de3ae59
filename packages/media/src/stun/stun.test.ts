import { fromHex, required, SeededRandom, toHex, utf8Encode } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { HmacSha1 } from "../srtp/hmac-sha1.ts";
import { ipBytes } from "./address.ts";
import { looksLikeStun, parseStun, stunAttribute, stunIsAuthentic, stunType } from "./stun-message.ts";
import { StunWriter } from "./stun-writer.ts";

const hex = (text: string): Uint8Array => required(fromHex(text.replace(/\s/g, "")), "hexadecimal");
const password = new HmacSha1(utf8Encode("VOkJxbRl1RmTxUk/WvJxBt"));
const transactionId = hex("b7e7a701bc34d686fa87dfae");

const sampleRequest = hex(`
  0001 0058 2112a442 b7e7a701bc34d686fa87dfae
  8022 0010 5354554e207465737420636c69656e74
  0024 0004 6e0001ff
  8029 0008 932ff9b151263b36
  0006 0009 6576746a3a68367659202020
  0008 0014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
  8028 0004 e57a3bcf`);
const sampleResponse = hex(`
  0101 003c 2112a442 b7e7a701bc34d686fa87dfae
  8022 000b 7465737420766563746f7220
  0020 0008 0001a147e112a643
  0008 0014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7
  8028 0004 c07d4c96`);
const sampleResponseIpv6 = hex(`
  0101 0048 2112a442 b7e7a701bc34d686fa87dfae
  8022 000b 7465737420766563746f7220
  0020 0014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9
  0008 0014 a382954e4be67bf11784c97c8292c275bfe3ed41
  8028 0004 c8fb0b4c`);

function parsed(bytes: Uint8Array) {
  const result = parseStun(bytes, bytes.length);
  if (!result.ok) throw new Error(result.code);
  return result.value;
}

describe("STUN", () => {
  it("[RFC5769-2.1] reads the sample request and knows its author", () => {
    const message = parsed(sampleRequest);
    expect(message).toMatchObject({
      type: stunType.bindingRequest,
      username: "evtj:h6vY",
      priority: 0x6e0001ff,
      role: "controlled",
      useCandidate: false,
      unknown: [],
    });
    expect(toHex(message.transactionId)).toBe("b7e7a701bc34d686fa87dfae");
    expect(stunIsAuthentic(sampleRequest, message, password)).toBe(true);
    expect(stunIsAuthentic(sampleRequest, message, new HmacSha1(utf8Encode("another")))).toBe(false);
  });

  it("[RFC5769-2.2] [RFC5769-2.3] reads the sample responses", () => {
    for (const [bytes, mapped] of [
      [sampleResponse, "0001a147e112a643"],
      [sampleResponseIpv6, "0002a1470113a9faa5d3f179bc25f4b5bed2b9d9"],
    ] as const) {
      const message = parsed(bytes);
      expect(message.type).toBe(stunType.bindingSuccess);
      expect(stunIsAuthentic(bytes, message, password)).toBe(true);
      expect(toHex(required(message.mapped, "mapped address"))).toBe(mapped);
    }
  });

  it("[RFC5769-2.2] [RFC5769-2.3] writes the sample responses' addresses", () => {
    const writer = new StunWriter();
    for (const [address, mapped] of [
      ["192.0.2.1", "0001a147e112a643"],
      ["2001:db8:1234:5678:11:2233:4455:6677", "0002a1470113a9faa5d3f179bc25f4b5bed2b9d9"],
    ] as const) {
      writer.begin(stunType.bindingSuccess, transactionId).xorMappedAddress({ address, port: 32_853 });
      const bytes = writer.integrity(password).finish();
      const message = parsed(bytes);
      expect(toHex(required(message.mapped, "mapped address"))).toBe(mapped);
      expect(stunIsAuthentic(bytes, message, password)).toBe(true);
    }
  });

  it("[RFC8489-14] what is written is read again", () => {
    const bytes = new StunWriter()
      .begin(stunType.bindingRequest, transactionId)
      .text(stunAttribute.username, "abcd:efgh1")
      .uint32(stunAttribute.priority, 0xfffffffe)
      .attribute(stunAttribute.iceControlling, hex("0102030405060708"))
      .attribute(stunAttribute.useCandidate, new Uint8Array(0))
      .attribute(0x7abc, hex("ff"))
      .integrity(password)
      .finish();
    expect(parsed(bytes)).toMatchObject({
      username: "abcd:efgh1",
      priority: 0xfffffffe,
      role: "controlling",
      useCandidate: true,
      unknown: [0x7abc],
    });
    expect(looksLikeStun(bytes, bytes.length)).toBe(true);
  });

  it("[RFC8489-14.7] any changed bit is refused", () => {
    for (let bit = 0; bit < sampleRequest.length * 8; bit += 1) {
      const bad = sampleRequest.slice();
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(parseStun(bad, bad.length).ok).toBe(false);
    }
  });

  it("[RFC8489-14.5] an attribute behind the signature has no say", () => {
    const signed = new StunWriter().begin(stunType.bindingRequest, transactionId).integrity(password);
    const bytes = signed.attribute(stunAttribute.useCandidate, new Uint8Array(0)).finish();
    const message = parsed(bytes);
    expect(message.useCandidate).toBe(false);
    expect(stunIsAuthentic(bytes, message, password)).toBe(true);
  });

  it("cut and random bytes are refused without harm", () => {
    for (let length = 0; length < sampleRequest.length; length += 1) {
      expect(parseStun(sampleRequest, length).ok).toBe(false);
    }
    const random = new SeededRandom(5);
    for (let step = 0; step < 5_000; step += 1) {
      const bytes = sampleRequest.slice(0, 20 + 4 * random.below(20));
      random.fill(bytes.subarray(20));
      bytes[3] = bytes.length - 20;
      expect(parseStun(bytes, bytes.length).ok).toBe(false);
    }
  });
});

describe("IP addresses", () => {
  it("[RFC4291-2.2] are read in all their forms", () => {
    const text = (address: string) => {
      const bytes = ipBytes(address);
      return bytes === undefined ? undefined : toHex(bytes);
    };
    expect(text("10.0.255.1")).toBe("0a00ff01");
    expect(text("::")).toBe("0".repeat(32));
    expect(text("fe80::1%eth0")).toBe("fe800000000000000000000000000001");
    expect(text("::ffff:192.0.2.1")).toBe("00000000000000000000ffffc0000201");
    for (const wrong of ["", "1.2.3", "1.2.3.256", "1:2", "1::2::3", "g::", "::1.2.3", "1:2:3:4:5:6:7:8:9", "host"]) {
      expect(text(wrong)).toBeUndefined();
    }
  });
});
