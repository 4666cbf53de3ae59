import "reflect-metadata";
import { webcrypto, X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, request } from "node:https";
import { type AddressInfo, isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ensureCertificate } from "./certificates.ts";

let folder: string;
const now = Date.now();
const day = 86_400_000;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "centrala-keys-"));
});
afterAll(() => rm(folder, { recursive: true }));

const ensure = (names: readonly string[], at = now) => ensureCertificate({ folder, names, now: at });

it("makes an authority and a certificate that clients who trust it take for every address", async () => {
  const certificate = await ensure(["192.168.1.20", "fe80::1", "2001:db8::0:1"]);
  const server = createServer({ cert: certificate.certPem, key: certificate.keyPem }, (_request, response) =>
    response.end("hello"),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const status = await new Promise<number | undefined>((resolve, reject) => {
    request({ host: "127.0.0.1", port, ca: certificate.authorityPem ?? "", servername: "localhost" }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
  await new Promise((resolve) => server.close(resolve));
  expect(status).toBe(200);
  expect(new X509Certificate(certificate.certPem).subjectAltName).toContain("IP Address:192.168.1.20");
  expect(certificate.authorityFingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
});

it("makes an authority that can sign for this machine and local networks only, for five years", async () => {
  const { authorityPem } = await ensure([]);
  const authority = new X509Certificate(authorityPem ?? "");
  expect(Math.round((authority.validToDate.getTime() - now) / day)).toBe(1_825);
  const forge = async (name: string) => {
    const key = await webcrypto.subtle.importKey(
      "pkcs8",
      x509.PemConverter.decode(await readFile(join(folder, "authority.key"), "utf8"))[0] ?? new ArrayBuffer(0),
      { name: "ECDSA", namedCurve: "P-256" },
      true,
      ["sign"],
    );
    const keys = await webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    const forged = await x509.X509CertificateGenerator.create({
      subject: "CN=Forged",
      issuer: new x509.X509Certificate(authorityPem ?? "").subject,
      notBefore: new Date(now - day),
      notAfter: new Date(now + day),
      signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
      publicKey: keys.publicKey,
      signingKey: key,
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: isIP(name) === 0 ? "dns" : "ip", value: name }])],
    });
    const keyPem = x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
    const server = createServer({ cert: forged.toString("pem"), key: keyPem }, (_request, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const trusted = { ca: authorityPem ?? "", checkServerIdentity: () => undefined };
    const outcome = await new Promise<string>((resolve) => {
      request({ host: "127.0.0.1", port, ...trusted }, (response) => resolve(String(response.resume().statusCode)))
        .on("error", (error: Error) => resolve(error.message))
        .end();
    });
    await new Promise((resolve) => server.close(resolve));
    return outcome;
  };
  for (const name of ["localhost", "127.0.0.1", "192.168.9.9", "fe80::1"])
    expect([name, await forge(name)]).toEqual([name, "200"]);
  for (const name of ["bank.example", "8.8.8.8", "2001:db8::99"])
    expect([name, await forge(name)]).toEqual([name, "permitted subtree violation"]);
});

it("is made anew when a name comes that it may not sign for, or when its key was left behind", async () => {
  const before = await ensure([]);
  expect((await ensure(["10.9.9.9"])).authorityFingerprint).toBe(before.authorityFingerprint);
  const named = await ensure(["centre.example", "2001:db8::7"]);
  expect(named.authorityFingerprint).not.toBe(before.authorityFingerprint);
  expect((await ensure(["centre.example", "2001:db8::7"])).certPem).toBe(named.certPem);
  // A restored backup has no authority's key: what was signed goes on until something new has to be.
  await rm(join(folder, "authority.key"));
  expect((await ensure(["centre.example"])).certPem).toBe(named.certPem);
  expect((await ensure(["other.example"])).authorityFingerprint).not.toBe(named.authorityFingerprint);
  await rm(folder, { recursive: true });
});

it("keeps the keys to their owner", async () => {
  await ensure([]);
  for (const name of ["authority.key", "server.key"]) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
});

it("stays the same until an address comes or the end is near; the authority outlives both", async () => {
  const names = ["192.168.1.20", "fe80::1", "2001:db8::0:1"];
  const first = await ensure(names);
  expect((await ensure(names)).certPem).toBe(first.certPem);
  const moved = await ensure([...names, "10.0.0.4"]);
  expect(moved.certPem).not.toBe(first.certPem);
  const renewed = await ensure([...names, "10.0.0.4"], now + 380 * day);
  expect(renewed.validUntil).toBeGreaterThan(moved.validUntil);
  expect([moved.authorityFingerprint, renewed.authorityFingerprint]).toEqual([
    first.authorityFingerprint,
    first.authorityFingerprint,
  ]);
});

it("serves a given certificate, and says which setting is broken", async () => {
  const own = await ensure([]);
  const cert = join(folder, "given.crt");
  const key = join(folder, "given.key");
  await writeFile(cert, own.certPem);
  await writeFile(key, own.keyPem);
  expect(await ensureCertificate({ folder, names: [], now, tlsCert: cert, tlsKey: key })).toMatchObject({
    kind: "given",
    authorityPem: null,
  });
  await expect(ensureCertificate({ folder, names: [], now, tlsCert: cert, tlsKey: null })).rejects.toMatchObject({
    code: "SETTING_INVALID",
  });
  await writeFile(cert, "not a certificate");
  await expect(ensureCertificate({ folder, names: [], now, tlsCert: cert, tlsKey: key })).rejects.toMatchObject({
    code: "SETTING_INVALID",
  });
});
