import { SeededRandom, toHex } from "@centrala/kit";
import { SrtpReceiver, SrtpSender } from "@centrala/media";
import { expect, it } from "vitest";
import { RtpHeader, RtpPacket, SrtcpSession, SrtpSession } from "werift";

const packets = 3_000;
const random = new SeededRandom(3711);

function bytes(length: number): Buffer {
  const buffer = Buffer.alloc(length);
  random.fill(buffer);
  return buffer;
}

const [ourKey, ourSalt, theirKey, theirSalt] = [bytes(16), bytes(14), bytes(16), bytes(14)];
const keys = {
  localMasterKey: theirKey,
  localMasterSalt: theirSalt,
  remoteMasterKey: ourKey,
  remoteMasterSalt: ourSalt,
};

/** Random packets of one source from sequence number 64,000, so that it wraps on the way. */
function plainPackets(): RtpPacket[] {
  return Array.from({ length: packets }, (_, index) => {
    const header = new RtpHeader({
      payloadType: random.below(2) === 0 ? 0 : 8,
      sequenceNumber: (64_000 + index) & 0xffff,
      timestamp: index * 160,
      ssrc: 0xabcdef01,
      marker: random.below(50) === 0,
    });
    return new RtpPacket(header, bytes(random.below(300)));
  });
}

it("[RFC3711-3.3] another implementation restores our packets, 3,000 across a wrap of the sequence number", () => {
  const sender = new SrtpSender({ key: ourKey, salt: ourSalt });
  const other = new SrtpSession({ keys, profile: 1 });
  for (const packet of plainPackets()) {
    const plain = packet.serialize();
    const room = Buffer.concat([plain, Buffer.alloc(10)]);
    expect(sender.protect(room, plain.length)).toBe(room.length);
    expect(toHex(other.decrypt(room))).toBe(toHex(plain));
  }
});

it("[RFC3711-3.3] we restore another implementation's packets, 3,000 across a wrap of the sequence number", () => {
  const receiver = new SrtpReceiver({ key: theirKey, salt: theirSalt });
  const other = new SrtpSession({ keys, profile: 1 });
  for (const packet of plainPackets()) {
    const plain = packet.serialize();
    const secret = Buffer.from(other.encrypt(packet.payload, packet.header));
    expect(receiver.unprotect(secret, secret.length)).toBe(plain.length);
    expect(toHex(secret.subarray(0, plain.length))).toBe(toHex(plain));
  }
});

it("[RFC3711-3.4] SRTCP agrees with another implementation both ways", () => {
  const sender = new SrtpSender({ key: ourKey, salt: ourSalt });
  const receiver = new SrtpReceiver({ key: theirKey, salt: theirSalt });
  const other = new SrtcpSession({ keys, profile: 1 });
  for (let index = 0; index < 200; index += 1) {
    const plain = Buffer.concat([Buffer.from("80c90001abcdef01", "hex"), bytes(4 * random.below(40))]);
    const room = Buffer.concat([plain, Buffer.alloc(14)]);
    expect(sender.protectRtcp(room, plain.length)).toBe(room.length);
    expect(toHex(other.decrypt(room))).toBe(toHex(plain));
    const secret = Buffer.from(other.encrypt(plain));
    expect(receiver.unprotectRtcp(secret, secret.length)).toBe(plain.length);
    expect(toHex(secret.subarray(0, plain.length))).toBe(toHex(plain));
  }
});
