import { X509Certificate } from "node:crypto";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

it("keeps the keys to their owner", async () => {
  for (const name of ["authority.key", "server.key"]) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
});

it("stays the same until an address comes or the end is near; the authority outlives both", async () => {
  const names = ["192.168.1.20", "fe80::1", "2001:db8::0:1"];
  const first = await ensure(names);
  expect((await ensure(names)).certPem).toBe(first.certPem);
  const moved = await ensure([...names, "10.0.0.4"]);
  expect(moved.certPem).not.toBe(first.certPem);
  const renewed = await ensure([...names, "10.0.0.4"], now + 800 * day);
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
