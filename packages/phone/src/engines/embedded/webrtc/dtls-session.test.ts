import { createHash, X509Certificate } from "node:crypto";
import { required, SeededRandom } from "@centrala/kit";
import { beforeAll, describe, expect, it } from "vitest";
import { DtlsClient } from "werift";
import { type DtlsCertificate, type DtlsOutcome, DtlsSession, newDtlsCertificate } from "./dtls-session.ts";

let ours: DtlsCertificate;
let browser: DtlsCertificate;
let stranger: DtlsCertificate;

beforeAll(async () => {
  [ours, browser, stranger] = await Promise.all([newDtlsCertificate(), newDtlsCertificate(), newDtlsCertificate()]);
});

function fingerprintOf(certificate: DtlsCertificate): string {
  return createHash("sha256").update(new X509Certificate(certificate.certPem).raw).digest("hex");
}

interface Wish {
  readonly certificate?: DtlsCertificate;
  readonly key?: DtlsCertificate;
  readonly fingerprint?: string;
  readonly profiles?: (1 | 7)[];
  readonly spoil?: (client: DtlsClient) => void;
  /** Changes what the client's datagrams become on their way. */
  readonly network?: (datagram: Buffer, deliver: (datagram: Buffer) => void) => void;
}

interface Met {
  readonly session: DtlsSession;
  readonly client: DtlsClient;
  readonly outcome: DtlsOutcome;
  readonly outcomes: DtlsOutcome[];
}

/** A client and a session joined by two queues; resolves with the session's first outcome. */
function meet(wish: Wish = {}): Promise<Met> {
  return new Promise((resolve) => {
    const outcomes: DtlsOutcome[] = [];
    const deliver = (datagram: Buffer) => setImmediate(() => session.receive(Buffer.from(datagram)));
    const network = wish.network ?? ((datagram: Buffer, next: (datagram: Buffer) => void) => next(datagram));
    const transport = {
      type: "test",
      address: { address: "", port: 0, family: "IPv4" },
      closed: false,
      onData: (_data: Buffer, _address: readonly [string, number]) => {},
      send: async (datagram: Buffer) => network(datagram, deliver),
      close: async () => {},
    };
    const session = new DtlsSession({
      certificate: ours,
      fingerprint: wish.fingerprint ?? fingerprintOf(browser),
      send: (datagram) => setImmediate(() => transport.onData(Buffer.from(datagram), ["", 0])),
      outcome: (outcome) => {
        outcomes.push(outcome);
        if (outcomes.length === 1) setImmediate(() => resolve({ session, client, outcome, outcomes }));
      },
    });
    const client = new DtlsClient({
      transport,
      cert: (wish.certificate ?? browser).certPem,
      key: (wish.key ?? wish.certificate ?? browser).keyPem,
      signatureHash: { signature: 3, hash: 4 },
      srtpProfiles: wish.profiles ?? [1],
      extendedMasterSecret: true,
    });
    wish.spoil?.(client);
    void client.connect();
  });
}

describe("DTLS session", () => {
  it("[RFC5764-4.2] an honest client gets the keys that it derived itself", async () => {
    const { client, outcome } = await meet();
    const theirs = client.extractSessionKeys(16, 14);
    const bytes = (buffer: Buffer) => Uint8Array.from(buffer);
    expect(outcome).toEqual({
      kind: "connected",
      keys: {
        local: { key: bytes(theirs.remoteKey), salt: bytes(theirs.remoteSalt) },
        remote: { key: bytes(theirs.localKey), salt: bytes(theirs.localSalt) },
      },
    });
  });

  it("[RFC8122-5] a certificate that is not the offer's gets no keys", async () => {
    const { outcome } = await meet({ certificate: stranger });
    expect(outcome).toMatchObject({ kind: "failed", code: "DTLS_FINGERPRINT" });
  });

  it("[RFC5246-7.4.8] the offer's certificate without its private key gets no keys", async () => {
    const { outcome } = await meet({ certificate: browser, key: stranger });
    expect(outcome).toMatchObject({ kind: "failed", code: "DTLS_CERTIFICATE_VERIFY" });
  });

  it("[RFC5246-7.4.9] a client that saw another handshake gets no keys", async () => {
    const spoil = (client: DtlsClient) => {
      client.cipher.verifyData = () => Buffer.alloc(12);
    };
    expect((await meet({ spoil })).outcome).toMatchObject({ kind: "failed", code: "DTLS_FINISHED" });
  });

  it("[RFC5246-7.4.6] a client without a certificate gets no keys", async () => {
    const network = (datagram: Buffer, deliver: (datagram: Buffer) => void) => deliver(withoutCertificate(datagram));
    expect((await meet({ network })).outcome).toMatchObject({ kind: "failed", code: "DTLS_NO_CERTIFICATE" });
  });

  it("[RFC5764-4.1] a client that offers another protection only gets no keys", async () => {
    const { outcome } = await meet({ profiles: [7] });
    expect(outcome.kind).toBe("failed");
  });

  it("[RFC6347-4.2.3] messages may be overtaken, repeated and cut into pieces", async () => {
    const random = new SeededRandom(9);
    let held: Buffer[] = [];
    const network = (datagram: Buffer, deliver: (datagram: Buffer) => void) => {
      held.push(...cut(datagram, 40), ...cut(datagram, 90));
      setTimeout(() => {
        const batch = held;
        held = [];
        batch.sort(() => random.below(3) - 1);
        for (const piece of batch) deliver(piece);
      }, 5);
    };
    expect((await meet({ network })).outcome.kind).toBe("connected");
  });

  it("[RFC5246-7.2.1] the client's end counts only when it is encrypted", async () => {
    const { session, client, outcomes } = await meet();
    const plain = Buffer.from("15fefd00000000000000090002" + "0100", "hex");
    session.receive(plain);
    expect(outcomes.length).toBe(1);
    const header = { type: 21, version: 0xfefd, epoch: 1, sequenceNumber: 5 };
    const secret = client.cipher.cipher.encrypt(client.sessionType, Buffer.from("0100", "hex"), header);
    const record = Buffer.concat([Buffer.from("15fefd00010000000000050000", "hex"), secret]);
    record.writeUInt16BE(secret.length, 11);
    session.receive(record);
    expect(outcomes[1]).toEqual({ kind: "closed" });
  });

  it("random records harm nothing, and a flood ends the handshake", () => {
    const outcomes: DtlsOutcome[] = [];
    const session = new DtlsSession({
      certificate: ours,
      fingerprint: fingerprintOf(browser),
      send: () => {},
      outcome: (outcome) => outcomes.push(outcome),
    });
    const random = new SeededRandom(1);
    for (let step = 0; step < 300; step += 1) {
      const bytes = Buffer.alloc(random.below(300));
      random.fill(bytes);
      if (bytes.length > 13) bytes.set([20 + random.below(5), 0xfe, 0xfd, 0, random.below(2)]);
      if (bytes.length > 13) bytes.writeUInt16BE(bytes.length - 13, 11);
      session.receive(bytes);
    }
    expect(outcomes.length).toBe(1);
    expect(required(outcomes[0], "outcome").kind).toBe("failed");
  });
});

/** Each record with one handshake message, cut into records with fragments of at most `size` bytes. */
function cut(datagram: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (const record of records(datagram)) {
    if (record[0] !== 22 || record.readUInt16BE(3) !== 0) {
      pieces.push(record);
      continue;
    }
    const body = record.subarray(25);
    for (let at = 0; at < body.length; at += size) {
      const part = body.subarray(at, at + size);
      const piece = Buffer.concat([record.subarray(0, 25), part]);
      piece.writeUInt16BE(12 + part.length, 11);
      piece.writeUIntBE(at, 19, 3);
      piece.writeUIntBE(part.length, 22, 3);
      pieces.push(piece);
    }
  }
  return pieces;
}

function withoutCertificate(datagram: Buffer): Buffer {
  const changed = records(datagram).map((record) => {
    if (record[0] !== 22 || record.readUInt16BE(3) !== 0 || record[13] !== 11) return record;
    const empty = Buffer.alloc(28);
    record.copy(empty, 0, 0, 25);
    empty.writeUInt16BE(15, 11);
    empty.writeUIntBE(3, 14, 3);
    empty.writeUIntBE(0, 19, 3);
    empty.writeUIntBE(3, 22, 3);
    return empty;
  });
  return Buffer.concat(changed);
}

function records(datagram: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < datagram.length; ) {
    const end = at + 13 + datagram.readUInt16BE(at + 11);
    found.push(datagram.subarray(at, end));
    at = end;
  }
  return found;
}
