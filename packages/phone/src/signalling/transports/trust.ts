import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { type ConnectionOptions, checkServerIdentity, type PeerCertificate } from "node:tls";

/** What a carrier must prove before we speak to it over TLS. */
export interface Trust {
  /** The name or address that was set for it; its certificate must be for this one. */
  readonly host: string;
  /** Certificates (PEM) of those whose word counts, instead of the public authorities; empty: the public ones. */
  readonly authorities: readonly string[];
}

/**
 * How to check the certificate of a carrier at `address`. One that was set by address must be for that address, or for
 * the one it is reached at. A certificate that was given itself, and not its authority's, is its own proof: that of a
 * switch in the cellar names nobody.
 */
export function trustOptions(trust: Trust, address: string): ConnectionOptions {
  const { host, authorities } = trust;
  const certificates = authorities.flatMap(certificatesOf);
  const pinned = new Set(certificates.map(({ fingerprint256 }) => fingerprint256));
  const ca = certificates.map(String);
  return {
    rejectUnauthorized: true,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(authorities.length > 0 ? { ca, allowPartialTrustChain: true } : {}),
    checkServerIdentity: (_name: string, certificate: PeerCertificate) => {
      if (pinned.has(certificate.fingerprint256)) return undefined;
      const problem = checkServerIdentity(host, certificate);
      const moved = problem !== undefined && isIP(host) !== 0 && host !== address;
      return moved ? checkServerIdentity(address, certificate) : problem;
    },
  };
}

const certificatesMax = 20;

/** The certificates in a PEM text; what can't be read is left out. */
export function certificatesOf(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.slice(0, certificatesMax).flatMap((block) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
}
