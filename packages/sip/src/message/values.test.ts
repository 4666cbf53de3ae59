import { describe, expect, it } from "vitest";
import { formatAuth, parseAuthParams } from "./auth.ts";
import { parseContact } from "./contact.ts";
import {
  formatNameAddr,
  formatVia,
  parseCSeq,
  parseDeltaSeconds,
  parseMediaType,
  parseNameAddr,
  parseQValue,
  parseVia,
} from "./values.ts";

describe("Via", () => {
  it("[RFC3261-20.42] sent-by, port and parameters are read and written back", () => {
    const text = "SIP/2.0/WSS df7jal23ls0d.invalid:443;branch=z9hG4bK56sdasks;rport;received=192.0.2.1";
    const via = parseVia(text);
    expect(via).toEqual({
      transport: "WSS",
      host: "df7jal23ls0d.invalid",
      port: 443,
      params: new Map<string, string | true>([
        ["branch", "z9hG4bK56sdasks"],
        ["rport", true],
        ["received", "192.0.2.1"],
      ]),
    });
    expect(via && formatVia(via)).toBe(text);
  });

  it("[RFC5118-4.1] an IPv6 address loses its brackets when read and gets them when written", () => {
    const via = parseVia("SIP/2.0/UDP [2001:db8::9:1]:5060;branch=z9hG4bKas3-111;received=[2001:db8::2]");
    expect([via?.host, via?.port, via?.params.get("received")]).toEqual(["2001:db8::9:1", 5060, "[2001:db8::2]"]);
    expect(via && formatVia(via)).toBe("SIP/2.0/UDP [2001:db8::9:1]:5060;branch=z9hG4bKas3-111;received=[2001:db8::2]");
  });

  it.each([
    "",
    "SIP/2.0",
    "SIP/2.0/UDP",
    "SIP/2.0/UDP ",
    "SIP/2.0/UDP host:99999",
    'SIP/2.0/UDP host;a="b',
    "SIP/2.0/UDP [::1",
    "HTTP/1.1/UDP host",
    "SIP/2.0/UDP host junk",
  ])("[RFC3261-25.1] %j is no Via", (text) => {
    expect(parseVia(text)).toBeUndefined();
  });
});

describe("NameAddr", () => {
  it("[RFC3261-20.10] quoted names, bracketed and bare URIs are told apart", () => {
    expect(parseNameAddr('"Bob \\"B\\"" <sip:b@x;lr>;tag=1')).toEqual({
      display: 'Bob "B"',
      uri: "sip:b@x;lr",
      params: new Map([["tag", "1"]]),
    });
    expect(parseNameAddr("sip:b@x;lr;tag=1")).toEqual({
      uri: "sip:b@x",
      params: new Map<string, string | true>([
        ["lr", true],
        ["tag", "1"],
      ]),
    });
  });

  it("an unquoted name may hold what cannot be mistaken for anything else", () => {
    expect(parseNameAddr("Jörg (Büro) <sip:j@x>")).toEqual({
      display: "Jörg (Büro)",
      uri: "sip:j@x",
      params: new Map(),
    });
  });

  it("a written name is quoted and read back as it was", () => {
    const address = { display: 'A "\\" ü', uri: "sip:a@x", params: new Map([["x", "a b"]]) };
    expect(formatNameAddr(address)).toBe('"A \\"\\\\\\" ü" <sip:a@x>;x="a b"');
    expect(parseNameAddr(formatNameAddr(address))).toEqual(address);
  });

  it.each([
    "",
    "<sip:a",
    "sip:a b",
    '"a <sip:a@x>',
    "<sip:a@x> junk",
    "a; b <sip:a@x>",
    "sip:a@x <sip:b@x>",
    "sip:a@x?b=c",
  ])("[RFC3261-25.1] %j is no address", (text) => {
    expect(parseNameAddr(text)).toBeUndefined();
  });

  it("[RFC3261-20.10] Contact has an expiry, a preference or a star; malformed ones count as absent", () => {
    expect(parseContact("*")).toBe("*");
    expect(parseContact("<sip:a@x>;expires=60;q=0.7")).toMatchObject({ expiresSeconds: 60, q: 0.7 });
    const odd = parseContact("<sip:a@x>;expires=soon;q=2");
    expect(odd !== "*" && [odd?.expiresSeconds, odd?.q]).toEqual([undefined, undefined]);
  });
});

describe("numbers and types", () => {
  it("[RFC3261-8.1.1.5] CSeq is below 2^31", () => {
    expect(parseCSeq("2147483647 INVITE")).toEqual({ seq: 2147483647, method: "INVITE" });
    expect(["2147483648 INVITE", "-1 INVITE", "1", "INVITE", "1 IN VITE", "1INVITE", ""].map(parseCSeq)).toEqual(
      Array(7).fill(undefined),
    );
  });

  it("[RFC3261-20.19] delta-seconds run to 2^32 - 1", () => {
    expect(["0", "4294967295", "4294967296", "-1", "1.5", ""].map(parseDeltaSeconds)).toEqual([
      0,
      4294967295,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("[RFC3261-25.1] a q value has at most three decimals and is at most 1", () => {
    expect(["0", "1", "0.5", "0.125", "1.000", "0."].map(parseQValue)).toEqual([0, 1, 0.5, 0.125, 1, 0]);
    expect(["1.1", "0.1234", "2", "x", ".5", ""].map(parseQValue)).toEqual(Array(6).fill(undefined));
  });

  it("[RFC3261-20.15] media types compare in lower case", () => {
    expect(parseMediaType("Application/SDP ; charset=UTF-8")).toEqual({
      type: "application/sdp",
      params: new Map([["charset", "UTF-8"]]),
    });
    expect(["sdp", "a/", "/b", "a/b/c"].map(parseMediaType)).toEqual(Array(4).fill(undefined));
  });
});

describe("authentication parameters", () => {
  it("[RFC7616-3.3] a challenge is read and written with its quotes", () => {
    const text = 'Digest realm="centrala, \\"x\\"", nonce="84a4", algorithm=SHA-256, qop="auth", stale=true';
    const auth = parseAuthParams(text);
    expect(auth).toEqual({
      scheme: "Digest",
      params: new Map([
        ["realm", 'centrala, "x"'],
        ["nonce", "84a4"],
        ["algorithm", "SHA-256"],
        ["qop", "auth"],
        ["stale", "true"],
      ]),
    });
    expect(auth && formatAuth(auth, "challenge")).toBe(text);
  });

  it("[RFC7616-3.4] qop and nc are bare in credentials", () => {
    const params = new Map([
      ["username", "bob"],
      ["uri", "sip:x"],
      ["qop", "auth"],
      ["nc", "00000001"],
    ]);
    expect(formatAuth({ scheme: "Digest", params }, "credentials")).toBe(
      'Digest username="bob", uri="sip:x", qop=auth, nc=00000001',
    );
  });

  it.each(["", 'Digest realm="x', 'Dig"est a=1'])("[RFC3261-25.1] %j is refused", (text) => {
    expect(parseAuthParams(text)).toBeUndefined();
  });
});
