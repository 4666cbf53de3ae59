// The certificate library registers its parts through this one, which therefore comes first.
import "reflect-metadata";
import { createHash, X509Certificate as NodeCertificate, webcrypto } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Instant } from "@centrala/kit";
import * as x509 from "@peculiar/x509";
import { nameConstraints, nameConstraintsId, permitsName } from "./name-constraints.ts";

/** What the HTTPS (and SIPS) listener needs, and what people are told about it. */
export type ServerCertificate = {
  readonly kind: "local" | "given";
  /** Server certificate and, when local, its authority. */
  readonly certPem: string;
  readonly keyPem: string;
  readonly validUntil: Instant;
  /** SHA-256 of the local authority, as colon-separated hexadecimal. */
  readonly authorityFingerprint: string | null;
  readonly authorityPem: string | null;
};
export type CertificateOptions = {
  /** Folder with mode 0700 for authority and server keys. */
  readonly folder: string;
  /** Addresses and names under which the machine is reached; localhost is always added. */
  readonly names: readonly string[];
  readonly now: Instant;
  /** Paths of a given certificate chain and its key, which then take the place of our own. */
  readonly tlsCert?: string | null;
  readonly tlsKey?: string | null;
};

const day = 86_400_000;
/** In the folder of keys; left out of backups. */
export const authorityKeyName = "authority.key";
/** Trusted by hand by everybody who works here: long enough not to be asked again and again, short enough to be forgotten. */
const authorityDays = 1_825;
/** Apple's limit for certificates that people trusted by hand is 825 days. */
const serverDays = 397;
const renewDays = 30;
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);

/**
 * The certificate to serve: the given one, or our own from a local authority that is made at the first start. Our own is
 * made again when the machine's names changed or its end is near; the authority stays, so that people trust it once.
 * Rejects with code SETTING_INVALID when a given certificate cannot be read.
 */
export async function ensureCertificate(options: CertificateOptions): Promise<ServerCertificate> {
  if (options.tlsCert != null || options.tlsKey != null)
    return readGiven(options.tlsCert ?? null, options.tlsKey ?? null);
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const names = [
    ...new Set(["localhost", hostname(), "127.0.0.1", "::1", ...options.names].filter(isUsable).map(plainName)),
  ].sort();
  const { authority, server } = await ensurePair(options.folder, names, options.now);
  return {
    kind: "local",
    certPem: `${server.certPem}\n${authority.pem}`,
    keyPem: server.keyPem,
    validUntil: new NodeCertificate(server.certPem).validToDate.getTime(),
    authorityFingerprint: new NodeCertificate(authority.pem).fingerprint256,
    authorityPem: authority.pem,
  };
}

async function readGiven(certPath: string | null, keyPath: string | null): Promise<ServerCertificate> {
  if (certPath === null || keyPath === null)
    throw settingError("CENTRALA_TLS_CERT and CENTRALA_TLS_KEY are given together");
  try {
    const [certPem, keyPem] = await Promise.all([readFile(certPath, "utf8"), readFile(keyPath, "utf8")]);
    const validUntil = new NodeCertificate(certPem).validToDate.getTime();
    return { kind: "given", certPem, keyPem, validUntil, authorityFingerprint: null, authorityPem: null };
  } catch (error) {
    throw settingError(
      `the certificate of CENTRALA_TLS_CERT cannot be read: ${error instanceof Error ? error.message : ""}`,
    );
  }
}

function settingError(message: string): Error {
  return Object.assign(new Error(message), { code: "SETTING_INVALID" });
}

type Authority = {
  readonly pem: string;
  readonly certificate: x509.X509Certificate;
  /** Null after a backup was restored: the key is in none, so that a stolen one makes nobody any site. */
  readonly key: webcrypto.CryptoKey | null;
};
type SigningAuthority = Authority & { readonly key: webcrypto.CryptoKey };

/** Authority and server certificate as they are while they fit; what has to be signed anew may need a new authority. */
async function ensurePair(
  folder: string,
  names: readonly string[],
  now: Instant,
): Promise<{ readonly authority: Authority; readonly server: ServerPair }> {
  const known = await readAuthority(folder, now);
  const kept = known === undefined ? undefined : await readServer(folder, names, now, known.certificate);
  if (known !== undefined && kept !== undefined) return { authority: known, server: kept };
  const authority = known !== undefined && maySign(known, names) ? known : await makeAuthority(folder, names, now);
  return { authority, server: await makeServer(folder, names, now, authority) };
}

async function readAuthority(folder: string, now: Instant): Promise<Authority | undefined> {
  const [certPath, keyPath] = authorityPaths(folder);
  if (!existsSync(certPath)) return undefined;
  const pem = await readFile(certPath, "utf8");
  const certificate = new x509.X509Certificate(pem);
  if (certificate.notAfter.getTime() <= now + serverDays * day) return undefined;
  const key = existsSync(keyPath) ? await importKey(await readFile(keyPath, "utf8")) : null;
  return { pem, certificate, key };
}

/** One of an older version has no constraints and goes on until its end is near. */
function maySign(authority: Authority, names: readonly string[]): authority is SigningAuthority {
  const constraints = authority.certificate.getExtension(nameConstraintsId);
  if (authority.key === null) return false;
  return constraints === null || names.every((name) => permitsName(new Uint8Array(constraints.value), name));
}

function authorityPaths(folder: string): [string, string] {
  return [join(folder, "authority.crt"), join(folder, authorityKeyName)];
}

async function makeAuthority(folder: string, names: readonly string[], now: Instant): Promise<SigningAuthority> {
  const [certPath, keyPath] = authorityPaths(folder);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const name = `CN=Centrala on ${hostname().replaceAll(/[^A-Za-z0-9.-]/g, "")}`;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name,
    notBefore: new Date(now - day),
    notAfter: new Date(now + authorityDays * day),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      // Whoever has its key can be this centre for those who trust it, and no other site in the world.
      new x509.Extension(nameConstraintsId, true, nameConstraints(names)),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const pem = certificate.toString("pem");
  await writeKey(keyPath, await exportKey(keys.privateKey));
  await writeWhole(certPath, pem);
  return { pem, certificate, key: keys.privateKey };
}

type ServerPair = { readonly certPem: string; readonly keyPem: string };

async function readServer(
  folder: string,
  names: readonly string[],
  now: Instant,
  authority: x509.X509Certificate,
): Promise<ServerPair | undefined> {
  try {
    const certPem = await readFile(join(folder, "server.crt"), "utf8");
    const keyPem = await readFile(join(folder, "server.key"), "utf8");
    const certificate = new x509.X509Certificate(certPem);
    const sameIssuer = await certificate.verify({ publicKey: authority, date: new Date(now) });
    const lasts = certificate.notAfter.getTime() > now + renewDays * day;
    const held = namesOf(certificate);
    return sameIssuer && lasts && names.every((name) => held.has(name)) ? { certPem, keyPem } : undefined;
  } catch {
    // Missing or broken files are made anew.
    return undefined;
  }
}

async function makeServer(
  folder: string,
  names: readonly string[],
  now: Instant,
  authority: SigningAuthority,
): Promise<ServerPair> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: "CN=Centrala",
    issuer: authority.certificate.subject,
    notBefore: new Date(now - day),
    notAfter: new Date(now + serverDays * day),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: authority.key,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value }) as const),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate),
    ],
  });
  const pair = { certPem: certificate.toString("pem"), keyPem: await exportKey(keys.privateKey) };
  await writeKey(join(folder, "server.key"), pair.keyPem);
  await writeWhole(join(folder, "server.crt"), pair.certPem);
  return pair;
}

function namesOf(certificate: x509.X509Certificate): Set<string> {
  const extension = certificate.getExtension(x509.SubjectAlternativeNameExtension);
  return new Set((extension?.names.items ?? []).map((name) => plainName(name.value)));
}

/** Lower case, and IPv6 in its shortest form, so that two spellings compare as equal. */
function plainName(name: string): string {
  const short = name.includes(":") ? URL.parse(`http://[${name}]`)?.hostname.replace(/^\[|\]$/g, "") : undefined;
  return (short ?? name).toLowerCase();
}

function isUsable(name: string): boolean {
  return name !== "" && !name.includes("%") && (isIP(name) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(name));
}

function serial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  // The highest bit stays clear: a serial number is positive (RFC 5280 section 4.1.2.2).
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString("hex");
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [der] = x509.PemConverter.decode(pem);
  return webcrypto.subtle.importKey("pkcs8", der ?? new ArrayBuffer(0), algorithm, true, ["sign"]);
}

async function writeKey(path: string, pem: string): Promise<void> {
  await writeWhole(path, `${pem}\n`, 0o600);
  await chmod(path, 0o600);
}

/** A file is there whole or not at all. */
async function writeWhole(path: string, text: string, mode = 0o644): Promise<void> {
  const temporary = `${path}.${createHash("sha256").update(text).digest("hex").slice(0, 8)}`;
  await writeFile(temporary, text, { mode });
  await rename(temporary, path);
}
