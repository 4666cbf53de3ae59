import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { SipRequest } from "./message.ts";
import { parseMessage } from "./parse.ts";
import { agent, failureOf, requestOf, responseOf, wire } from "./torture.fixture.ts";
import { validateRequest, validateResponse } from "./validate.ts";
import { parseDeltaSeconds, parseNameAddr, parseVia } from "./values.ts";

function load(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`./rfc4475/${name}.dat`, import.meta.url)));
}

/** Status and reason of a request that parses and is then refused as malformed, with or without capabilities. */
function refusalOf(name: string): [number, string] | undefined {
  const request = requestOf(load(name));
  const bare = validateRequest(request);
  expect(validateRequest(request, agent)).toEqual(bare);
  return bare.ok ? undefined : [bare.status, bare.reason];
}

/** A request that is not of the grammar and taken all the same. */
function accepted(name: string): SipRequest {
  const request = requestOf(load(name));
  expect(validateRequest(request, agent)).toEqual({ ok: true });
  return request;
}

/** Status and reason of a request whose bytes are refused, and whether it can be answered. */
function failure(name: string): [number | undefined, string, string | undefined] {
  const { status, reason, request } = failureOf(load(name));
  return [status, reason, request?.headers.get("Call-ID")?.split(".")[0]];
}

describe("RFC 4475 section 3.1.2: invalid messages", () => {
  it("[RFC4475-3.1.2.1 badinv01] separators without values are refused with 400", () => {
    // Empty parameters, as in its Contact, are forgiven; a Via that is only separators is none.
    const request = requestOf(load("badinv01"));
    expect(parseNameAddr(request.headers.get("Contact") ?? "")?.uri).toBe("sip:joe@example.org");
    expect(refusalOf("badinv01")).toEqual([400, "malformed via"]);
  });

  it("[RFC4475-3.1.2.2 clerr] a Content-Length beyond the datagram is refused with 400", () => {
    expect(failure("clerr")).toEqual([400, "body shorter than Content-Length", "clerr"]);
  });

  it("[RFC4475-3.1.2.3 ncl] a negative Content-Length is refused with 400", () => {
    expect(failure("ncl")).toEqual([400, "malformed Content-Length", "ncl"]);
  });

  it("[RFC4475-3.1.2.4 scalar02] numbers beyond their range in a request are refused with 400", () => {
    const { headers } = requestOf(load("scalar02"));
    expect(parseDeltaSeconds(headers.get("Expires") ?? "")).toBeUndefined();
    expect(refusalOf("scalar02")).toEqual([400, "malformed or missing cseq"]);
  });

  it("[RFC4475-3.1.2.5 scalarlg] a response with numbers beyond their range is dropped", () => {
    expect(validateResponse(responseOf(load("scalarlg")))).toEqual({ ok: false, reason: "malformed or missing cseq" });
  });

  it("[RFC4475-3.1.2.6 quotbal] a quote that is not closed is refused with 400", () => {
    expect(refusalOf("quotbal")).toEqual([400, "malformed to"]);
  });

  it("[RFC4475-3.1.2.4] of numbers beyond their range only CSeq refuses, Max-Forwards counts as absent", () => {
    const request = requestOf(load("scalar02"));
    request.headers.set("CSeq", "1 REGISTER");
    expect(request.headers.get("Max-Forwards")).toBe("300");
    expect(validateRequest(request, agent)).toEqual({ ok: true });
  });

  it("[RFC4475-3.1.2.7 ltgtruri] angle brackets around the Request-URI are ignored", () => {
    expect(accepted("ltgtruri").uri).toBe("sip:user@example.com");
  });

  it("[RFC4475-3.1.2.8 lwsruri] a space inside the Request-URI is refused with 400", () => {
    expect(failure("lwsruri")).toEqual([400, "malformed Request-Line", "lwsruri"]);
  });

  it("[RFC4475-3.1.2.9 lwsstart] more than one space in the Request-Line is one", () => {
    const { method, uri } = accepted("lwsstart");
    expect([method, uri]).toEqual(["INVITE", "sip:user@example.com"]);
  });

  it("[RFC4475-3.1.2.10 trws] spaces after the version are ignored", () => {
    const { method, uri } = accepted("trws");
    expect([method, uri]).toEqual(["OPTIONS", "sip:remote-target@example.com"]);
  });

  it.each([
    ["OPTIONS  <sip:b@x>  SIP/2.0 ", "sip:b@x", undefined],
    ["OPTIONS < sip:b@x> SIP/2.0", undefined, 400],
    ["OPTIONS <sip:b@x SIP/2.0", undefined, 400],
    ["OPTIONS <> SIP/2.0", undefined, 400],
    ["OPTIONS SIP/2.0", undefined, 400],
    ["OPTIONS  SIP/2.0", undefined, 400],
    ["OPTIONS sip:b@x  SIP/7.0 ", undefined, 505],
    ["OPTIONS sip:b@x SIP/two", undefined, 400],
  ])("[RFC4475-3.1.2.7] %j gives %j or %j", (line, uri, status) => {
    const result = parseMessage(wire(`${line}\nVia: SIP/2.0/UDP a\n\n`));
    expect(result.ok ? [result.message.kind === "request" && result.message.uri] : [undefined, result.status]).toEqual(
      status === undefined ? [uri] : [uri, status],
    );
  });

  it("[RFC4475-3.1.2.11 escruri] headers in the Request-URI are refused with 400", () => {
    expect(refusalOf("escruri")).toEqual([400, "headers in the Request-URI"]);
  });

  it("[RFC4475-3.1.2.12 baddate] a Date of another zone than GMT is ignored, for nothing here depends on it", () => {
    expect(accepted("baddate").headers.get("Date")).toBe("Fri, 01 Jan 2010 16:00:00 EST");
  });

  it("[RFC4475-3.1.2.13 regbadct] a bare Contact URI with headers is refused with 400", () => {
    expect(refusalOf("regbadct")).toEqual([400, "malformed contact"]);
  });

  it("[RFC4475-3.1.2.14 badaspec] spaces just inside angle brackets are ignored", () => {
    const { headers } = accepted("badaspec");
    expect(parseNameAddr(headers.get("To") ?? "")).toEqual({
      display: "Watson, Thomas",
      uri: "sip:t.watson@example.org",
      params: new Map(),
    });
  });

  it("[RFC4475-3.1.2.15 baddn] the quotes an unquoted display name lacks are inferred", () => {
    // The message as published also lacks the empty line at its end, which is refused.
    expect(failure("baddn")).toEqual([400, "no empty line after the headers", "baddn"]);
    const request = requestOf(new Uint8Array([...load("baddn"), 13, 10]));
    expect(["From", "To"].map((name) => parseNameAddr(request.headers.get(name) ?? ""))).toEqual([
      { display: "Bell, Alexander", uri: "sip:a.g.bell@example.com", params: new Map([["tag", "43"]]) },
      { display: "Watson, Thomas", uri: "sip:t.watson@example.org", params: new Map() },
    ]);
    expect(validateRequest(request, agent)).toEqual({ ok: true });
  });

  it("[RFC4475-3.1.2.16 badvers] another version is refused with 505", () => {
    expect(failure("badvers")).toEqual([505, "SIP version not supported", "badvers"]);
  });

  it("[RFC4475-3.1.2.17 mismatch01] a CSeq of another method is refused with 400", () => {
    expect(refusalOf("mismatch01")).toEqual([400, "cseq does not repeat the method"]);
  });

  it("[RFC4475-3.1.2.18 mismatch02] an unknown method that CSeq does not repeat is refused with 501", () => {
    expect(refusalOf("mismatch02")?.[0]).toBe(501);
  });

  it("[RFC4475-3.1.2.19 bigcode] a response with a status above 699 is dropped", () => {
    expect(parseMessage(load("bigcode"))).toEqual({ ok: false, reason: "no SIP start line" });
  });
});

describe("RFC 4475 section 3.2: transaction layer", () => {
  it("[RFC4475-3.2.1 badbranch] a branch that is only the magic cookie is refused with 400", () => {
    const request = requestOf(load("badbranch"));
    expect(parseVia(request.headers.get("Via") ?? "")?.params.get("branch")).toBe("z9hG4bK");
    expect(refusalOf("badbranch")).toEqual([400, "branch identifies nothing"]);
  });
});
