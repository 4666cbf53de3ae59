import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { splitMultipart } from "./multipart.ts";
import { agent, requestOf, responseOf, textOf } from "./torture.fixture.ts";
import { validateRequest, validateResponse } from "./validate.ts";
import { parseCSeq, parseNameAddr, parseSipUri, parseVia } from "./values.ts";

function load(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`./rfc4475/${name}.dat`, import.meta.url)));
}

function params(...entries: [string, string | true][]): Map<string, string | true> {
  return new Map(entries);
}

const valid = { ok: true };

describe("RFC 4475 section 3.1.1: valid messages", () => {
  it("[RFC4475-3.1.1.1 wsinv] folding, spaces, escapes, compact and mixed-case names are read", () => {
    const request = requestOf(load("wsinv"));
    expect(request.method).toBe("INVITE");
    expect(request.uri).toBe("sip:vivekg@chair-dnrc.example.com;unknownparam");
    expect(parseNameAddr(request.headers.get("To") ?? "")).toEqual({
      uri: "sip:vivekg@chair-dnrc.example.com",
      params: params(["tag", "1918181833n"]),
    });
    expect(parseNameAddr(request.headers.get("From") ?? "")).toEqual({
      display: 'J Rosenberg \\"',
      uri: "sip:jdrosen@example.com",
      params: params(["tag", "98asjd8"]),
    });
    expect(request.headers.get("Max-Forwards")).toBe("0068");
    expect(parseCSeq(request.headers.get("CSeq") ?? "")).toEqual({ seq: 9, method: "INVITE" });
    expect(request.headers.getAll("Via").map(parseVia)).toEqual([
      { transport: "UDP", host: "192.0.2.2", params: params(["branch", "390skdjuw"]) },
      { transport: "TCP", host: "spindle.example.com", params: params(["branch", "z9hG4bK9ikj8"]) },
      { transport: "UDP", host: "192.168.255.111", params: params(["branch", "z9hG4bK30239"]) },
    ]);
    expect(request.headers.get("Subject")).toBe("");
    expect(request.headers.get("NewFangledHeader")).toBe("newfangled value continued newfangled value");
    expect(request.headers.get("UnknownHeaderWithUnusualValue")).toBe(";;,,;;,;");
    expect(request.headers.getAll("Route")).toEqual([
      "<sip:services.example.com;lr;unknownwith=value;unknown-no-value>",
    ]);
    expect(parseNameAddr(request.headers.get("Contact") ?? "")).toEqual({
      display: 'Quoted string ""',
      uri: "sip:jdrosen@example.com",
      params: params(["newparam", "newvalue"], ["secondparam", true], ["q", "0.33"]),
    });
    expect(request.body.length).toBe(150);
    expect(validateRequest(request, agent)).toEqual(valid);
  });

  it("[RFC4475-3.1.1.2 intmeth] every character a token, user, quoted string and Call-ID may have is taken", () => {
    const request = requestOf(load("intmeth"));
    const method = "!interesting-Method0123456789_*+`.%indeed'~";
    expect(request.method).toBe(method);
    expect(parseSipUri(request.uri)).toEqual({
      scheme: "sip",
      user: "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
      password: "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)",
      host: "example.com",
      params: new Map(),
      headers: new Map(),
    });
    expect(parseNameAddr(request.headers.get("To") ?? "")).toEqual({
      display: "BEL:\x07 NUL:\x00 DEL:\x7f",
      uri: "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com",
      params: new Map(),
    });
    expect(parseNameAddr(request.headers.get("From") ?? "")).toEqual({
      display: "token1~` token2'+_ token3*%!.-",
      uri: "sip:mundane@example.com",
      params: params(["fromparam''~+*_!.-%", "работающий"], ["tag", "_token~1'+`*%!-."]),
    });
    expect(request.headers.get("Call-ID")).toBe("intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{");
    expect(request.headers.get("extensionHeader-!.%*+_`'~")).toBe("\ufeff大停電");
    expect(parseCSeq(request.headers.get("CSeq") ?? "")).toEqual({ seq: 139122385, method });
    expect(validateRequest(request)).toEqual(valid);
    expect(validateRequest(request, agent)).toEqual({
      ok: false,
      status: 501,
      reason: "Not Implemented",
      headers: [["allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, REGISTER, MESSAGE"]],
    });
  });

  it("[RFC4475-3.1.1.3 esc01] escapes in URIs are resolved once", () => {
    const request = requestOf(load("esc01"));
    expect(parseSipUri(request.uri)?.user).toBe("sips:user@example.com");
    expect(parseSipUri(request.headers.get("To") ?? "")?.user).toBe("user");
    expect(parseSipUri(parseNameAddr(request.headers.get("From") ?? "")?.uri ?? "")?.user).toBe("I have spaces");
    const contact = parseNameAddr(request.headers.get("Contact") ?? "")?.uri ?? "";
    expect(parseSipUri(contact)).toEqual({
      scheme: "sip",
      user: "caller",
      host: "host5.example.net",
      params: params(["lr", true], ["name", "value%41"]),
      headers: new Map(),
    });
    expect(validateRequest(request, agent)).toEqual(valid);
  });

  it("[RFC4475-3.1.1.4 escnull] an escaped NUL belongs to the user part", () => {
    const request = requestOf(load("escnull"));
    expect(parseSipUri(request.headers.get("To") ?? "")?.user).toBe("null-\0-null");
    const users = request.headers.getAll("Contact").map((value) => parseSipUri(parseNameAddr(value)?.uri ?? "")?.user);
    expect(users).toEqual(["\0", "\0\0"]);
    expect(validateRequest(request, agent)).toEqual(valid);
  });

  it("[RFC4475-3.1.1.5 esc02] a percent sign outside URIs escapes nothing", () => {
    const request = requestOf(load("esc02"));
    expect(request.method).toBe("RE%47IST%45R");
    expect(parseNameAddr(request.headers.get("To") ?? "")?.display).toBe("%Z%45");
    expect(parseVia(request.headers.get("Via") ?? "")?.params.get("branch")).toBe("z9hG4bK209%fzsnel234");
    expect(request.headers.getAll("Contact")).toEqual([
      "<sip:alias1@host1.example.com>",
      "<sip:alias3@host3.example.com>",
    ]);
    expect(request.headers.get("C%6Fntact")).toBe("<sip:alias2@host2.example.com>");
    expect(validateRequest(request, agent)).toMatchObject({ status: 501 });
  });

  it("[RFC4475-3.1.1.6 lwsdisp] a display name may touch its angle bracket", () => {
    const request = requestOf(load("lwsdisp"));
    expect(parseNameAddr(request.headers.get("From") ?? "")).toEqual({
      display: "caller",
      uri: "sip:caller@example.com",
      params: params(["tag", "323"]),
    });
    expect(validateRequest(request, agent)).toEqual(valid);
  });

  it("[RFC4475-3.1.1.7 longreq] long values and 34 Vias are taken", () => {
    const request = requestOf(load("longreq"));
    const vias = request.headers.getAll("Via").map((value) => parseVia(value)?.host);
    expect(vias).toEqual([
      ...Array.from({ length: 33 }, (_, index) => `sip${33 - index}.example.com`),
      "host.example.com",
    ]);
    expect(parseNameAddr(request.headers.get("To") ?? "")?.display).toBe(
      `I have a user name of ${"extreme".repeat(10)} proportion`,
    );
    expect(parseNameAddr(request.headers.get("From") ?? "")?.params.size).toBe(3);
    expect(request.headers.get("Call-ID")).toBe(`longreq.one${"really".repeat(20)}longcallid`);
    expect(request.body.length).toBe(150);
    expect(validateRequest(request, agent)).toEqual(valid);
  });

  it("[RFC4475-3.1.1.8 dblreq] what follows the body in a datagram is ignored", () => {
    const request = requestOf(load("dblreq"));
    expect([request.method, request.uri, request.body.length]).toEqual(["REGISTER", "sip:example.com", 0]);
    expect(request.headers.get("Call-ID")).toBe("dblreq.0ha0isndaksdj99sdfafnl3lk233412");
    expect(validateRequest(request, agent)).toEqual(valid);
  });

  it("[RFC4475-3.1.1.9 semiuri] a semicolon in the user part starts no parameter", () => {
    const request = requestOf(load("semiuri"));
    expect(parseSipUri(request.uri)).toEqual({
      scheme: "sip",
      user: "user;par=u@example.net",
      host: "example.com",
      params: new Map(),
      headers: new Map(),
    });
    expect(request.headers.getAll("Accept")).toEqual([
      "application/sdp",
      "application/pkcs7-mime",
      "multipart/mixed",
      "multipart/signed",
      "message/sip",
      "message/sipfrag",
    ]);
    expect(validateRequest(request, agent)).toEqual(valid);
  });

  it("[RFC4475-3.1.1.10 transports] any token is a transport", () => {
    const request = requestOf(load("transports"));
    const transports = request.headers.getAll("Via").map((value) => parseVia(value)?.transport);
    expect(transports).toEqual(["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]);
    expect(validateRequest(request, agent)).toEqual(valid);
  });

  it("[RFC4475-3.1.1.11 mpart01] a multipart body with binary parts comes through byte by byte", () => {
    const request = requestOf(load("mpart01"));
    expect(request.body.length).toBe(553);
    const parts = splitMultipart(request.body, "7a9cbec02ceef655") ?? [];
    expect(parts.map(({ headers }) => headers.get("Content-Type"))).toEqual(["text/plain", "application/octet-stream"]);
    expect(parts.map(({ body }) => body.length)).toEqual([5, 342]);
    // The second part is DER: a sequence of 0x152 bytes after these four.
    expect(textOf(parts[0]?.body ?? new Uint8Array(0))).toBe("Hello");
    expect([...(parts[1]?.body.subarray(0, 4) ?? [])]).toEqual([0x30, 0x82, 0x01, 0x52]);
    expect(validateRequest(request)).toEqual(valid);
    // Who must understand both parts says so; who cannot show them refuses the message, not the parser.
    expect(validateRequest(request, agent)).toMatchObject({ status: 415 });
    const contentTypes = new Set([...agent.contentTypes, "text/plain", "application/octet-stream"]);
    expect(validateRequest(request, { ...agent, contentTypes })).toEqual(valid);
  });

  it("[RFC4475-3.1.1.12 unreason] a reason phrase may hold any UTF-8", () => {
    const response = responseOf(load("unreason"));
    expect([response.status, response.reason]).toEqual([200, "= 2**3 * 5**2 но сто девяносто девять - простое"]);
    expect(validateResponse(response)).toEqual(valid);
  });

  it("[RFC4475-3.1.1.13 noreason] a reason phrase may be empty", () => {
    const response = responseOf(load("noreason"));
    expect([response.status, response.reason]).toEqual([100, ""]);
    expect(validateResponse(response)).toEqual(valid);
  });
});
