import { createHash, createHmac, timingSafeEqual, verify, X509Certificate } from "node:crypto";
import { fail, ok, type Result } from "@centrala/kit";
import type { DtlsServer } from "werift";

/** Why a peer was not believed. */
export type DtlsRefusal =
  | "DTLS_NO_CERTIFICATE"
  | "DTLS_NO_SRTP"
  | "DTLS_TRANSCRIPT"
  | "DTLS_FINGERPRINT"
  | "DTLS_CERTIFICATE_VERIFY"
  | "DTLS_FINISHED";

/** A handshake message as the server kept it. */
interface KeptMessage {
  readonly msg_type: number;
  readonly fragment: Buffer;
  serialize(): Buffer;
}

/** What is needed of a finished handshake. */
export interface FinishedHandshake {
  /** All messages in the order of the transcript (RFC 5246 section 7.4.9). */
  readonly messages: readonly KeptMessage[];
  readonly masterSecret: Buffer;
  /** The certificate and the key that the server worked with; they must be those of the transcript. */
  readonly certificate: Buffer | undefined;
  readonly peerPublicKey: Buffer | undefined;
  readonly srtpProfile: number | undefined;
}

/** SRTP_AES128_CM_HMAC_SHA1_80 (RFC 5764 section 4.1.2). */
export const srtpProfileAesCm80 = 1;

/** ClientHello to the client's Finished, with a certificate asked for and given; the server's Finished may follow. */
const transcriptTypes = [1, 2, 11, 12, 13, 14, 11, 16, 15, 20];
const at = { certificate: 6, keyExchange: 7, proof: 8, finished: 9 } as const;
/** RFC 5246 section 7.4.1.4.1; SHA-1 and MD5 are not among them. */
const hashNames: Readonly<Record<number, string>> = { 4: "sha256", 5: "sha384", 6: "sha512" };
const keyKinds: Readonly<Record<number, string>> = { 1: "rsa", 3: "ec" };

/**
 * Verifies the client of a handshake, which werift's bare server does not do: the certificate is the offer's, its owner signed this
 * very handshake (RFC 5246 section 7.4.8), and both sides saw the same messages (section 7.4.9).
 * @param fingerprint SHA-256 of the certificate in lower-case hexadecimal, from the offer's a=fingerprint
 */
export function verifyPeer(handshake: FinishedHandshake, fingerprint: string): Result<void, DtlsRefusal> {
  const { messages } = handshake;
  if (handshake.srtpProfile !== srtpProfileAesCm80) return fail("DTLS_NO_SRTP", "no SRTP profile was agreed");
  if (!transcriptTypes.every((type, index) => messages[index]?.msg_type === type)) {
    const types = messages.map((message) => message.msg_type).join(" ");
    return fail("DTLS_TRANSCRIPT", `unexpected messages: ${types}`);
  }
  const certificate = firstCertificate(body(messages, at.certificate));
  if (certificate === undefined || !same(certificate, handshake.certificate)) {
    return fail("DTLS_NO_CERTIFICATE", "the client showed no certificate");
  }
  if (!same(body(messages, at.keyExchange).subarray(1), handshake.peerPublicKey)) {
    return fail("DTLS_TRANSCRIPT", "the keys come from another key exchange");
  }
  if (createHash("sha256").update(certificate).digest("hex") !== fingerprint) {
    return fail("DTLS_FINGERPRINT", "the certificate is not the one of the offer");
  }
  if (!ownerSigned(certificate, body(messages, at.proof), transcript(messages, at.proof))) {
    return fail("DTLS_CERTIFICATE_VERIFY", "the certificate's owner did not sign this handshake");
  }
  const expected = clientFinished(handshake.masterSecret, transcript(messages, at.finished));
  if (!same(body(messages, at.finished), expected)) {
    return fail("DTLS_FINISHED", "the client saw another handshake");
  }
  return ok(undefined);
}

/** What {@link verifyPeer} needs, taken out of werift's server. */
export function finishedHandshake(server: DtlsServer): FinishedHandshake {
  return {
    messages: server.dtls.sortedHandshakeCache,
    masterSecret: server.cipher.masterSecret,
    certificate: server.cipher.remoteCertificate,
    peerPublicKey: server.cipher.remoteKeyPair.publicKey,
    srtpProfile: server.srtp.srtpProfile,
  };
}

/** RFC 5246 section 7.4.9: PRF(master_secret, "client finished", Hash(messages)), 12 bytes. */
export function clientFinished(masterSecret: Buffer, messages: Buffer): Buffer {
  const seed = Buffer.concat([Buffer.from("client finished"), createHash("sha256").update(messages).digest()]);
  const first = createHmac("sha256", masterSecret).update(seed).digest();
  return createHmac("sha256", masterSecret).update(first).update(seed).digest().subarray(0, 12);
}

function body(messages: readonly KeptMessage[], index: number): Buffer {
  return messages[index]?.fragment ?? Buffer.alloc(0);
}

function transcript(messages: readonly KeptMessage[], before: number): Buffer {
  return Buffer.concat(messages.slice(0, before).map((message) => message.serialize()));
}

/** RFC 5246 section 7.4.2: the length of the list, then each certificate behind its length. */
function firstCertificate(message: Buffer): Buffer | undefined {
  if (message.length < 6) return undefined;
  const length = message.readUIntBE(3, 3);
  return length > 0 && 6 + length <= message.length ? message.subarray(6, 6 + length) : undefined;
}

/** @param message CertificateVerify: hash, signature algorithm, length, signature */
function ownerSigned(certificate: Buffer, message: Buffer, signed: Buffer): boolean {
  const hash = hashNames[message[0] ?? 0];
  const kind = keyKinds[message[1] ?? 0];
  if (message.length < 4 || hash === undefined || kind === undefined) return false;
  const signature = message.subarray(4, 4 + message.readUInt16BE(2));
  try {
    const { publicKey } = new X509Certificate(certificate);
    return publicKey.asymmetricKeyType === kind && verify(hash, signed, publicKey, signature);
  } catch {
    // A certificate that cannot be read proves nothing.
    return false;
  }
}

function same(a: Buffer, b: Buffer | undefined): boolean {
  return b !== undefined && a.length === b.length && timingSafeEqual(a, b);
}
