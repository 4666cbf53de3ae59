import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseAuthParams } from "./auth.ts";
import { parseContact } from "./contact.ts";
import { agent, failureOf, proxy, requestOf, responseOf } from "./torture.fixture.ts";
import { type Validation, validateRequest, validateResponse } from "./validate.ts";
import { parseNameAddr, parseSipUri, parseUri } from "./values.ts";

function load(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`./rfc4475/${name}.dat`, import.meta.url)));
}

function asAgent(name: string): Validation {
  return validateRequest(requestOf(load(name)), agent);
}

function refusal(status: number, reason: string, headers: [string, string][] = []): Validation {
  return { ok: false, status, reason, headers };
}

const valid = { ok: true };

describe("RFC 4475 section 3.3: application layer", () => {
  it("[RFC4475-3.3.1 insuf] without Call-ID, From and To a request is refused with 400", () => {
    expect(asAgent("insuf")).toEqual(refusal(400, "from is missing"));
  });

  it("[RFC4475-3.3.2 unkscm] an unknown scheme in the Request-URI is refused with 416", () => {
    const request = requestOf(load("unkscm"));
    expect(request.uri).toBe("nobodyKnowsThisScheme:totallyopaquecontent");
    expect(validateRequest(request)).toEqual(valid);
    expect(validateRequest(request, agent)).toEqual(refusal(416, "Unsupported URI Scheme"));
    expect(validateRequest(request, proxy)).toEqual(refusal(416, "Unsupported URI Scheme"));
  });

  it("[RFC4475-3.3.3 novelsc] a known scheme that is not for calls is refused with 416", () => {
    const request = requestOf(load("novelsc"));
    expect(parseUri(request.uri)).toEqual({
      scheme: "other",
      name: "soap.beep",
      text: "soap.beep://192.0.2.103:3002",
    });
    expect(validateRequest(request, agent)).toEqual(refusal(416, "Unsupported URI Scheme"));
  });

  it("[RFC4475-3.3.4 unksm2] unknown schemes in To, From and Contact are no error of the message", () => {
    const { headers } = requestOf(load("unksm2"));
    const uris = ["To", "From", "Contact"].map((name) => parseNameAddr(headers.get(name) ?? "")?.uri);
    expect(uris).toEqual(["isbn:2983792873", "http://www.example.com", "name:John_Smith"]);
    expect(asAgent("unksm2")).toEqual(valid);
  });

  it("[RFC4475-3.3.5 bext01] extensions in Require and Proxy-Require are refused with 420 and named", () => {
    expect(asAgent("bext01")).toEqual(
      refusal(420, "Bad Extension", [
        ["unsupported", "nothingSupportsThis, nothingSupportsThisEither"],
        ["warning", '399 centrala "not supported here: nothingSupportsThis, nothingSupportsThisEither"'],
      ]),
    );
    expect(validateRequest(requestOf(load("bext01")), proxy)).toEqual(
      refusal(420, "Bad Extension", [["unsupported", "noProxiesSupportThis, norDoAnyProxiesSupportThis"]]),
    );
  });

  it("[RFC4475-3.3.6 invut] an unknown Content-Type is refused with 415 and the types that are known", () => {
    expect(asAgent("invut")).toEqual(
      refusal(415, "Unsupported Media Type", [["accept", "application/sdp, multipart/mixed"]]),
    );
  });

  it("[RFC4475-3.3.7 regaut01] an unknown authorization scheme is read and left to the registrar's challenge", () => {
    const { headers } = requestOf(load("regaut01"));
    expect(parseAuthParams(headers.get("Authorization") ?? "")).toEqual({
      scheme: "NoOneKnowsThisScheme",
      params: new Map([["opaque-data", "here"]]),
    });
    expect(asAgent("regaut01")).toEqual(valid);
  });

  it("[RFC4475-3.3.8 multi01] a header that may stand once and stands twice is refused with 400", () => {
    expect(asAgent("multi01")).toEqual(refusal(400, "more than one to"));
  });

  it("[RFC4475-3.3.9 mcl01] two Content-Lengths are refused with 400", () => {
    expect(failureOf(load("mcl01"))).toMatchObject({ status: 400, reason: "malformed Content-Length" });
  });

  it("[RFC4475-3.3.10 bcast] a response with a second Via is dropped by a user agent", () => {
    expect(validateResponse(responseOf(load("bcast")))).toEqual({ ok: false, reason: "more than one via" });
  });

  it("[RFC4475-3.3.11 zeromf] Max-Forwards 0 is answered by a user agent, 483 by a proxy", () => {
    expect(asAgent("zeromf")).toEqual(valid);
    expect(validateRequest(requestOf(load("zeromf")), proxy)).toEqual(refusal(483, "Too Many Hops"));
  });

  it("[RFC4475-3.3.12 cparam01] an unknown parameter of Contact is the header's, not the URI's", () => {
    const { headers } = requestOf(load("cparam01"));
    expect(parseContact(headers.get("Contact") ?? "")).toEqual({
      address: { uri: "sip:+19725552222@gw1.example.net", params: new Map([["unknownparam", true]]) },
    });
    expect(asAgent("cparam01")).toEqual(valid);
  });

  it("[RFC4475-3.3.13 cparam02] an unknown parameter inside angle brackets is the URI's", () => {
    const { headers } = requestOf(load("cparam02"));
    const address = parseNameAddr(headers.get("Contact") ?? "");
    expect(address).toEqual({ uri: "sip:+19725552222@gw1.example.net;unknownparam", params: new Map() });
    expect(parseSipUri(address?.uri ?? "")?.params).toEqual(new Map([["unknownparam", true]]));
    expect(asAgent("cparam02")).toEqual(valid);
  });

  it("[RFC4475-3.3.14 regescrt] headers inside a Contact URI are kept with it and never become the message's", () => {
    const { headers } = requestOf(load("regescrt"));
    const uri = parseSipUri(parseNameAddr(headers.get("Contact") ?? "")?.uri ?? "");
    expect(uri?.headers).toEqual(new Map([["route", "<sip:sip.example.com>"]]));
    expect(headers.has("Route")).toBe(false);
    expect(asAgent("regescrt")).toEqual(valid);
  });

  it("[RFC4475-3.3.15 sdp01] an Accept that excludes our answer is refused with 406", () => {
    expect(asAgent("sdp01")).toEqual(refusal(406, "Not Acceptable"));
  });
});

describe("RFC 4475 section 3.4: backward compatibility", () => {
  it("[RFC4475-3.4.1 inv2543] an INVITE of RFC 2543, without branch, From tag and Max-Forwards, is accepted", () => {
    const { headers } = requestOf(load("inv2543"));
    expect(parseNameAddr(headers.get("From") ?? "")).toEqual({
      uri: "sip:+13035551111@ift.client.example.net;user=phone",
      params: new Map(),
    });
    expect(headers.has("Max-Forwards")).toBe(false);
    expect(asAgent("inv2543")).toEqual(valid);
  });
});
