import { describe, expect, it } from "vitest";
import { equalSipUris, formatSipUri, parseSipUri, parseTelUri, parseUri, type SipUri } from "./uri.ts";

function uri(text: string): SipUri {
  const parsed = parseSipUri(text);
  if (parsed === undefined) throw new Error(`no SIP URI: ${text}`);
  return parsed;
}

describe("SIP URIs", () => {
  it("[RFC3261-19.1.1] every part is read and written back", () => {
    const text = "sips:alice:secret@[2001:db8::1]:5061;transport=tcp;lr?subject=project%20x&priority=urgent";
    expect(uri(text)).toEqual({
      scheme: "sips",
      user: "alice",
      password: "secret",
      host: "2001:db8::1",
      port: 5061,
      params: new Map<string, string | true>([
        ["transport", "tcp"],
        ["lr", true],
      ]),
      headers: new Map([
        ["subject", "project x"],
        ["priority", "urgent"],
      ]),
    });
    expect(formatSipUri(uri(text))).toBe(text);
  });

  it("[RFC3261-19.1.2] what a part must not contain is escaped as UTF-8", () => {
    expect(formatSipUri({ ...uri("sip:x"), user: "j@s,ü #", host: "x" })).toBe("sip:j%40s,%C3%BC%20%23@x");
    expect(uri("sip:j%40s,%C3%BC%20%23@x").user).toBe("j@s,ü #");
  });

  it("a bare # of a service code is taken and written escaped", () => {
    expect(uri("sip:*21#4711@x").user).toBe("*21#4711");
    expect(formatSipUri(uri("sip:*21#4711@x"))).toBe("sip:*21%234711@x");
  });

  it.each(["sip:", "sip:a@", "sip:a b@x", "sip:x:70000", "sip:a@x y", "http://x", "sip:[::1"])(
    "[RFC3261-25.1] %j is no SIP URI",
    (text) => {
      expect(parseSipUri(text)).toBeUndefined();
    },
  );

  it.each([
    ["sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"],
    ["sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"],
    ["sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"],
    [
      "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
      "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
    ],
    [
      "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
      "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
    ],
  ])("[RFC3261-19.1.4] %s and %s are equal", (a, b) => {
    expect([equalSipUris(uri(a), uri(b)), equalSipUris(uri(b), uri(a))]).toEqual([true, true]);
  });

  it.each([
    ["sip:ALICE@atlanta.com", "sip:alice@atlanta.com"],
    ["sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"],
    ["sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"],
    ["sip:bob@biloxi.com", "sips:bob@biloxi.com"],
    ["sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"],
    ["sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"],
    ["sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"],
  ])("[RFC3261-19.1.4] %s and %s differ", (a, b) => {
    expect([equalSipUris(uri(a), uri(b)), equalSipUris(uri(b), uri(a))]).toEqual([false, false]);
  });
});

describe("other URIs", () => {
  it("[RFC3966-5.1] visual separators are no part of a telephone number", () => {
    expect(parseTelUri("tel:+1-201-555-0123;phone-context=x")).toEqual({
      scheme: "tel",
      number: "+12015550123",
      params: new Map([["phone-context", "x"]]),
    });
    expect(parseUri("TEL:7042")).toEqual({ scheme: "tel", number: "7042", params: new Map() });
    expect(["tel:", "tel:+", "tel:1+2", "tel:12x"].map(parseUri)).toEqual(Array(4).fill(undefined));
  });

  it("[RFC3986-3.1] other schemes are kept as text, malformed ones refused", () => {
    expect(parseUri("urn:service:sos")).toEqual({ scheme: "other", name: "urn", text: "urn:service:sos" });
    expect(["urn:", "1x:y", "no scheme", ":x", "http://a b"].map(parseUri)).toEqual(Array(5).fill(undefined));
  });
});
