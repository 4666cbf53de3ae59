import { createHash, X509Certificate } from "node:crypto";
import { fail, ok, type Result } from "@centrala/kit";
import type { SrtpMasterKey } from "@centrala/media";
import { CipherContext, DtlsServer } from "werift";
import { DtlsIntake, type IntakeItem } from "./dtls-intake.ts";
import type { DtlsRecord } from "./dtls-records.ts";
import { type DtlsRefusal, finishedHandshake, srtpProfileAesCm80, verifyPeer } from "./dtls-verify.ts";

/** Certificate and private key as PEM, ECDSA on P-256. */
export interface DtlsCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

export type DtlsFailure = DtlsRefusal | "DTLS_TOO_MUCH" | "DTLS_ALERT" | "DTLS_HANDSHAKE";

export interface DtlsKeys {
  /** For what we send. */
  readonly local: SrtpMasterKey;
  /** For what the browser sends. */
  readonly remote: SrtpMasterKey;
}

export type DtlsOutcome =
  | { readonly kind: "connected"; readonly keys: DtlsKeys }
  | { readonly kind: "failed"; readonly code: DtlsFailure; readonly message: string }
  /** The browser closed the session. */
  | { readonly kind: "closed" };

export interface DtlsSessionOptions {
  readonly certificate: DtlsCertificate;
  /** SHA-256 of the browser's certificate in lower-case hexadecimal. */
  readonly fingerprint: string;
  readonly send: (datagram: Buffer) => void;
  readonly outcome: (outcome: DtlsOutcome) => void;
}

// werift's names are numbers: ecdsa_3 and sha256_4.
const ecdsaSha256 = { signature: 3, hash: 4 } as const;
const curveP256 = 23;

/**
 * One DTLS session in the passive role (RFC 5763). werift does the handshake; whole messages in order go in by
 * {@link DtlsIntake}, and keys come out only after {@link verifyPeer}. One outcome of connected or failed, then perhaps closed.
 */
export class DtlsSession {
  readonly #options: DtlsSessionOptions;
  readonly #intake = new DtlsIntake();
  readonly #server: DtlsServer;
  #state: "handshaking" | "connected" | "ended" = "handshaking";

  constructor(options: DtlsSessionOptions) {
    this.#options = options;
    this.#server = new DtlsServer({
      transport: this.#transport(),
      cert: options.certificate.certPem,
      key: options.certificate.keyPem,
      signatureHash: ecdsaSha256,
      srtpProfiles: [srtpProfileAesCm80],
      extendedMasterSecret: true,
      // Without this line the client is never asked who it is.
      certificateRequest: true,
    });
    this.#server.onConnect.once(() => this.#connected());
    this.#server.onError.subscribe((error) => this.#fail("DTLS_HANDSHAKE", String(error)));
  }

  receive(datagram: Buffer): void {
    for (const item of this.#intake.take(datagram)) {
      if (this.#state !== "ended") this.#take(item);
    }
  }

  /** Idempotent; nothing is sent or reported afterwards. */
  close(): void {
    this.#state = "ended";
    // werift repeats its flight until the next one has begun: let it believe that all were sent.
    this.#server.dtls.flight = 6;
  }

  #take(item: IntakeItem): void {
    switch (item.kind) {
      case "handshake":
        this.#server.transport.socket.onData(item.record, ["", 0]);
        return;
      case "alert":
        this.#takeAlert(item.record);
        return;
      case "noCertificate":
        this.#fail("DTLS_NO_CERTIFICATE", "the client showed no certificate");
        return;
      case "tooMuch":
        this.#fail("DTLS_TOO_MUCH", "the client sends without end");
        return;
    }
  }

  /** RFC 5246 section 7.2: level and description. Of a session that is up only an encrypted one counts: anyone may forge a plain one. */
  #takeAlert(record: DtlsRecord): void {
    const alert = record.epoch === 0 ? record.fragment : this.#decrypted(record);
    if (alert === undefined || alert.length < 2) return;
    const [level, description] = [alert[0], alert[1]];
    if (this.#state === "handshaking" && level === 2) this.#fail("DTLS_ALERT", `alert ${description}`);
    if (this.#state !== "connected" || record.epoch === 0 || (level !== 2 && description !== 0)) return;
    this.close();
    this.#options.outcome({ kind: "closed" });
  }

  #decrypted(record: DtlsRecord): Buffer | undefined {
    try {
      return this.#server.cipher.cipher.decrypt(this.#server.sessionType, Buffer.from(record.fragment), {
        type: record.contentType,
        version: 0xfefd,
        epoch: record.epoch,
        sequenceNumber: record.sequence,
      });
    } catch {
      return undefined;
    }
  }

  #connected(): void {
    if (this.#state !== "handshaking") return;
    const verified = verifyPeer(finishedHandshake(this.#server), this.#options.fingerprint);
    if (!verified.ok) {
      this.#fail(verified.code, verified.message);
      return;
    }
    this.#state = "connected";
    this.#intake.connected();
    const keys = this.#server.extractSessionKeys(16, 14);
    this.#options.outcome({
      kind: "connected",
      keys: {
        local: { key: Uint8Array.from(keys.localKey), salt: Uint8Array.from(keys.localSalt) },
        remote: { key: Uint8Array.from(keys.remoteKey), salt: Uint8Array.from(keys.remoteSalt) },
      },
    });
  }

  #fail(code: DtlsFailure, message: string): void {
    if (this.#state !== "handshaking") return;
    this.close();
    this.#options.outcome({ kind: "failed", code, message });
  }

  #transport() {
    return {
      type: "udp",
      // werift asks nobody where it is.
      address: { address: "", port: 0, family: "IPv4" },
      closed: false,
      onData: () => {},
      send: async (datagram: Buffer) => {
        if (this.#state !== "ended") this.#options.send(datagram);
      },
      close: async () => {},
    };
  }
}

/** A new certificate, signed by itself: its fingerprint in the answer is what the browser trusts. */
export async function newDtlsCertificate(): Promise<DtlsCertificate> {
  const { certPem, keyPem } = await CipherContext.createSelfSignedCertificateWithKey(ecdsaSha256, curveP256);
  return { certPem, keyPem };
}

/** SHA-256 of a certificate as a=fingerprint writes it, or a refusal when it can't be read. */
export function certificateFingerprint(certificate: DtlsCertificate): Result<string, "DTLS_CERTIFICATE"> {
  try {
    const { raw } = new X509Certificate(certificate.certPem);
    const hex = createHash("sha256").update(raw).digest("hex").toUpperCase();
    return ok(hex.replace(/..(?=.)/g, "$&:"));
  } catch (error) {
    return fail("DTLS_CERTIFICATE", String(error));
  }
}
