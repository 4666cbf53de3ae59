import { readdirSync, readFileSync } from "node:fs";
import { SeededRandom } from "@centrala/kit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAuthParams } from "./auth.ts";
import { parseContact } from "./contact.ts";
import { Headers } from "./headers.ts";
import type { SipMessage } from "./message.ts";
import { parseMessage } from "./parse.ts";
import { serialise } from "./serialise.ts";
import { StreamParser } from "./stream.ts";
import { agent } from "./torture.fixture.ts";
import { validateRequest, validateResponse } from "./validate.ts";
import { formatNameAddr, formatSipUri, formatVia, parseNameAddr, parseSipUri, parseVia } from "./values.ts";

const seed = 4711;
const token = fc.stringMatching(/^[a-zA-Z0-9.!%*_+`'~-]{1,12}$/);
const host = fc.oneof(fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,20}$/), fc.ipV4(), fc.ipV6());
// What a reason phrase or an opaque header value may be: text on one line, trimmed.
const line = fc
  .string({ unit: "binary", maxLength: 40 })
  .map((text) => text.replaceAll(/[\r\n\ufeff\ud800-\udfff]/g, "").trim());
const body = fc.uint8Array({ maxLength: 200 });
const params = fc
  .array(
    fc.tuple(
      token,
      fc.oneof(
        line.filter((value) => value !== ""),
        fc.constant(true as const),
      ),
    ),
    { maxLength: 4 },
  )
  .map((entries) => new Map<string, string | true>(entries.map(([name, value]) => [name.toLowerCase(), value])));
const headers = fc
  .array(fc.tuple(fc.oneof(token, fc.constantFrom("Via", "Contact", "From", "CSeq")), line), { maxLength: 12 })
  .map((entries) => entries.filter(([name]) => !/^(l|content-length)$/i.test(name)));

function withLength(entries: [string, string][], bytes: Uint8Array): Headers {
  return new Headers([...entries, ["Content-Length", String(bytes.length)]]);
}

const message: fc.Arbitrary<SipMessage> = fc.oneof(
  fc.record({ method: token.filter((text) => !text.startsWith("SIP")), headers, body }).map(
    (parts): SipMessage => ({
      kind: "request",
      method: parts.method,
      uri: "sip:user@example.org;x=%20",
      headers: withLength(parts.headers, parts.body),
      body: parts.body,
    }),
  ),
  fc.record({ status: fc.integer({ min: 100, max: 699 }), reason: line, headers, body }).map(
    (parts): SipMessage => ({
      kind: "response",
      status: parts.status,
      reason: parts.reason,
      headers: withLength(parts.headers, parts.body),
      body: parts.body,
    }),
  ),
);

/** A message as plain data, because a Headers object keeps its lines to itself. */
function plain(value: SipMessage): unknown {
  return { ...value, headers: [...value.headers.entries()], body: [...value.body] };
}

describe("what is written is read back", () => {
  it("parse(serialise(m)) is m, from a datagram and from a stream", () => {
    fc.assert(
      fc.property(message, (sent) => {
        const bytes = serialise(sent);
        const received = parseMessage(bytes);
        expect(received.ok && plain(received.message)).toEqual(plain(sent));
        const parser = new StreamParser();
        parser.push(bytes);
        const streamed = parser.next();
        expect(streamed?.ok && plain(streamed.message)).toEqual(plain(sent));
      }),
      { seed, numRuns: 400 },
    );
  });

  it("Via, addresses and SIP URIs come back as they were", () => {
    const via = fc.record({ transport: fc.constantFrom("UDP", "TCP", "WSS"), host, port: fc.nat(65535), params });
    fc.assert(
      fc.property(via, (value) => {
        expect(parseVia(formatVia(value))).toEqual(value);
      }),
      { seed, numRuns: 300 },
    );
    const display = line.filter((text) => text !== "");
    const address = fc.record({ display, uri: fc.constant("sip:a@x;lr"), params });
    fc.assert(
      fc.property(address, (value) => {
        expect(parseNameAddr(formatNameAddr(value))).toEqual(value);
      }),
      { seed, numRuns: 300 },
    );
    const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
    const pairs = fc
      .array(fc.tuple(token, text), { maxLength: 3 })
      .map((list) => new Map(list.map(([name, value]) => [name.toLowerCase(), value])));
    const uri = fc.record({
      scheme: fc.constantFrom("sip" as const, "sips" as const),
      user: text,
      password: text,
      host,
      port: fc.nat(65535),
      params: pairs,
      headers: pairs,
    });
    fc.assert(
      fc.property(uri, (value) => {
        expect(parseSipUri(formatSipUri(value))).toEqual(value);
      }),
      { seed, numRuns: 300 },
    );
  });
});

const directory = new URL("./rfc4475/", import.meta.url);
const corpus = readdirSync(directory).map((name) => new Uint8Array(readFileSync(new URL(name, directory))));

/** One to eight changes of a message: a byte replaced, a piece cut, doubled or moved in from another message. */
function mutate(random: SeededRandom): Uint8Array {
  let bytes = Uint8Array.from(random.pick(corpus));
  for (let changes = 1 + random.below(8); changes > 0; changes -= 1) {
    const at = random.below(bytes.length + 1);
    const until = Math.min(bytes.length, at + random.below(40));
    const kind = random.below(4);
    if (kind === 0)
      bytes[at] = random.pick([0, 10, 13, 32, 34, 37, 44, 58, 59, 60, 61, 62, 64, 92, 255, random.below(256)]);
    else if (kind === 1) bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(until)]);
    else if (kind === 2) bytes = Uint8Array.from([...bytes.subarray(0, until), ...bytes.subarray(at)]);
    else {
      const other = random.pick(corpus);
      const from = random.below(other.length);
      bytes = Uint8Array.from([...bytes.subarray(0, at), ...other.subarray(from, from + 40), ...bytes.subarray(at)]);
    }
  }
  return bytes;
}

/** Everything an agent does with what came in; must not throw. */
function digest(bytes: Uint8Array): void {
  const parser = new StreamParser();
  parser.push(bytes);
  while (parser.next() !== undefined);
  const result = parseMessage(bytes);
  const received = result.ok ? result.message : result.request;
  if (received === undefined) return;
  if (received.kind === "request") validateRequest(received, agent);
  else validateResponse(received);
  for (const [, value] of received.headers.entries()) {
    parseVia(value);
    parseContact(value);
    parseAuthParams(value);
    parseSipUri(value);
  }
  const again = parseMessage(serialise(received));
  if (result.ok) expect(again.ok && plain(again.message)).toEqual(plain(withRightLength(received)));
}

/** Serialising corrects or adds Content-Length; nothing else may change. */
function withRightLength(value: SipMessage): SipMessage {
  const length = String(value.body.length);
  const corrected = value.headers.clone();
  if (corrected.has("content-length")) corrected.set("content-length", length);
  else corrected.push("content-length", length);
  return { ...value, headers: corrected };
}

describe("hostile input", () => {
  it(`5,000 mutations of the RFC 4475 messages never throw (seed ${seed})`, () => {
    const random = new SeededRandom(seed);
    for (let round = 0; round < 5_000; round += 1) {
      const bytes = mutate(random);
      try {
        digest(bytes);
      } catch (error) {
        throw new Error(`round ${round} of seed ${seed}: ${new TextDecoder("latin1").decode(bytes)}`, { cause: error });
      }
    }
  });
});
