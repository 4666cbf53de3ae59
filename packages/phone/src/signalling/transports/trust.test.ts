import { afterEach, describe, expect, it } from "vitest";
import { dial, startService, type TestService, testTls, trunkTo } from "../testing.ts";
import { certificatesOf } from "./trust.ts";

const started: TestService[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map(({ service }) => service.close()));
});

/** An authority for tests only, and a certificate of it for sip.private.example and 127.0.0.1. */
const authority = `-----BEGIN CERTIFICATE-----
MIIBmDCCAT+gAwIBAgIUV2j+H3AcX3uJztJIZBU2oL1BN58wCgYIKoZIzj0EAwIw
ITEfMB0GA1UEAwwWUHJpdmF0ZSB0ZXN0IGF1dGhvcml0eTAgFw0yNjExMjgwNzAz
NTdaGA8yMTI1MDYyMjA3MDM1N1owITEfMB0GA1UEAwwWUHJpdmF0ZSB0ZXN0IGF1
dGhvcml0eTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDQ2zBdOW8tevlwZAVtv
AyEDbcHiqgoeqKlHSCl7YlD/gkKz5XKfBCv+b+RWzJ2zMTGvwafBBfBBrrHD45JR
IqqjUzBRMB0GA1UdDgQWBBRaN4690wvqHjEOQXtmICb0u98t+TAfBgNVHSMEGDAW
gBRaN4690wvqHjEOQXtmICb0u98t+TAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49
BAMCA0cAMEQCIDEdhlFmN76pmaz++AiwD4CT3PgQeTBdBNyDFvOdhdpCAiABzkFy
XLmDkG+xO9PtWi9nWXWfX8SGXreWtiZN9GeFXw==
-----END CERTIFICATE-----`;
const issued = {
  certPem: `-----BEGIN CERTIFICATE-----
MIIBrDCCAVGgAwIBAgIUAsAGPKCJVhrPxiOPN+hU8U52c64wCgYIKoZIzj0EAwIw
ITEfMB0GA1UEAwwWUHJpdmF0ZSB0ZXN0IGF1dGhvcml0eTAgFw0yNjExMjgwNzAz
NTdaGA8yMTI1MDYyMjA3MDM1N1owHjEcMBoGA1UEAwwTc2lwLnByaXZhdGUuZXhh
bXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCAtQsZMhjcTpXqbkXdlXT1v
xPk3KMS+pgieSVu+B5LinOvb02Qgsl6qDg4fnOdFKtssJ9sXAHqQSic4oMavb8uj
aDBmMCQGA1UdEQQdMBuCE3NpcC5wcml2YXRlLmV4YW1wbGWHBH8AAAEwHQYDVR0O
BBYEFBDU15LdCaq/O3Nc7CskX/624ILKMB8GA1UdIwQYMBaAFFo3jr3TC+oeMQ5B
e2YgJvS73y35MAoGCCqGSM49BAMCA0kAMEYCIQCf3OLVf4yOC6egkxfZGO5UH7kH
aw4o6YKswEN28NwUTwIhALCpale2i5HRXfXVeS2TL7WX7LTAoJz0MYIY62goUQ50
-----END CERTIFICATE-----`,
  keyPem: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgILcSFC/s7634QPPG
Pu5CYKmzMILEMQMDcfsoLtS71FuhRANCAAQgLULGTIY3E6V6m5F3ZV09b8T5NyjE
vqYInklbvgeS4pzr29NkILJeqg4OH5znRSrbLCfbFwB6kEonOKDGr2/L
-----END PRIVATE KEY-----`,
};

/** A call to a carrier with this certificate, set as this host with this authority: what becomes of it, and the log. */
async function called(certificate: typeof testTls, host: string, tlsCa: string | null) {
  const log: string[] = [];
  const carrier = await startService({ sipsPort: 0, tls: certificate }, started);
  const resolver = { addresses: async () => ["127.0.0.1"], services: async () => [] };
  const us = await startService({ resolver, log: (level, message) => void log.push(`${level} ${message}`) }, started);
  carrier.service.setTrunks([trunkTo(us.service.sipPort)]);
  us.service.setTrunks([trunkTo(carrier.service.sipsPort ?? 0, { transport: "tls", host, tlsCa })]);
  await us.next("trunkState");
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  us.service.dialTrunk(dial({ number: "999" }));
  const { code } = await us.next("ended");
  return [code, log.join()];
}

// Whoever is spoken to says 404: so far a call gets only when the certificate was right.
const spokenTo = ["NUMBER_UNKNOWN", ""];
const refused = ["UNREACHABLE", "warn SIP over TLS could not connect"];

describe("the certificate of a TLS line", () => {
  it.each([
    ["issued by the line's authority for the name", issued, "sip.private.example", authority, spokenTo],
    ["issued by it for the address", issued, "127.0.0.1", authority, spokenTo],
    ["issued by it for another name", issued, "sip.other.example", authority, refused],
    ["issued by it, but nobody told us of it: name", issued, "sip.private.example", null, refused],
    ["issued by it, but nobody told us of it: address", issued, "127.0.0.1", null, refused],
    ["its own, given as it is, whatever name it bears", issued, "pbx.example", issued.certPem, spokenTo],
    ["self-signed and given", testTls, "pbx.example", testTls.certPem, spokenTo],
    ["self-signed, another given", testTls, "127.0.0.1", authority, refused],
    [
      "whatever, where what was given is no certificate",
      testTls,
      "127.0.0.1",
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
      refused,
    ],
  ])("%s", async (_what, certificate, host, tlsCa, expected) => {
    expect(await called(certificate, host, tlsCa)).toEqual(expected);
  });

  it("[LIMIT] twenty certificates of a text are read, and what is none is left out", () => {
    const rubbish = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    expect(certificatesOf(`${rubbish}${authority}`).length).toBe(1);
    expect(certificatesOf(`${authority}\n`.repeat(30)).length).toBe(20);
  });
});
