import { describe, expect, it } from "vitest";
import { createResponse } from "./build.ts";
import { findBody } from "./multipart.ts";
import { headerLinesMax, messageBytesMax, parseMessage } from "./parse.ts";
import { serialise } from "./serialise.ts";
import { StreamParser } from "./stream.ts";
import { agent, failureOf, requestOf, responseOf, textOf, wire } from "./torture.fixture.ts";
import { validateRequest, validateResponse } from "./validate.ts";

const options = wire(`OPTIONS sip:b@x SIP/2.0
Via: SIP/2.0/UDP a.x;branch=z9hG4bK1
Max-Forwards: 70
From: <sip:a@x>;tag=1
To: <sip:b@x>
Call-ID: 1@a
CSeq: 1 OPTIONS
Timestamp: 54
Record-Route: <sip:p1;lr>, <sip:p2;lr>
Content-Length: 2

hi`);

function replaced(from: string, to: string): Uint8Array {
  return wire(textOf(options).replaceAll("\r\n", "\n").replace(from, to));
}

describe("parseMessage", () => {
  it("[RFC3261-7.5] line breaks before the start line are ignored, alone they are a keep-alive", () => {
    expect(requestOf(new Uint8Array([13, 10, 13, 10, ...options])).method).toBe("OPTIONS");
    expect(parseMessage(wire("\n\n"))).toEqual({ ok: false, reason: "no message, only a keep-alive" });
    expect(parseMessage(new Uint8Array(0)).ok).toBe(false);
  });

  it("[RFC3261-18.3] without Content-Length the body runs to the datagram's end", () => {
    expect(textOf(requestOf(replaced("Content-Length: 2\n", "")).body)).toBe("hi");
  });

  it("[RFC3261-25.1] bad header lines are refused with 400 to whoever sent them", () => {
    expect(failureOf(replaced("Timestamp: 54", "Time stamp"))).toMatchObject({
      status: 400,
      reason: "header line without a colon",
    });
    expect(failureOf(replaced("Timestamp: 54", "Time stamp: 54"))).toMatchObject({ reason: "malformed header name" });
    expect(failureOf(new TextEncoder().encode(textOf(options).replace("54", "5\n4"))).reason).toBe(
      "line break inside a header",
    );
  });

  it("an ACK is never answered, nor a request without a usable Via, nor other protocols", () => {
    expect(failureOf(replaced("OPTIONS sip:b@x", "ACK  sip:b@x")).status).toBeUndefined();
    expect(failureOf(replaced("Via: SIP/2.0/UDP a.x", "Via: x\nBad")).status).toBeUndefined();
    expect(failureOf(wire("GET / HTTP/1.1\nHost: x\n\n"))).toEqual({ ok: false, reason: "no SIP start line" });
    expect(failureOf(wire("SIP/2.0 99 Low\n\n")).status).toBeUndefined();
  });

  it("messages have limits: 256 header lines (513) and 64 KiB (dropped)", () => {
    const lines = "X: y\n".repeat(headerLinesMax);
    expect(failureOf(replaced("Max-Forwards: 70\n", lines))).toMatchObject({
      status: 513,
      reason: "too many header lines",
    });
    const large = new Uint8Array(messageBytesMax + 1).fill(97);
    expect(failureOf(large)).toEqual({ ok: false, reason: "message too large" });
  });
});

describe("serialise", () => {
  it("[RFC3261-7.3.1] names are written as the RFC writes them, Content-Length as it is", () => {
    const request = requestOf(options);
    request.body = new Uint8Array([1, 2, 3]);
    request.headers.delete("record-route");
    request.headers.append("x-my-header", "1");
    expect(textOf(serialise(request))).toBe(
      textOf(
        wire(`OPTIONS sip:b@x SIP/2.0
Via: SIP/2.0/UDP a.x;branch=z9hG4bK1
Max-Forwards: 70
From: <sip:a@x>;tag=1
To: <sip:b@x>
Call-ID: 1@a
CSeq: 1 OPTIONS
Timestamp: 54
Content-Length: 3
X-My-Header: 1

\u0001\u0002\u0003`),
      ),
    );
  });
});

describe("createResponse", () => {
  it("[RFC3261-8.2.6.2] copies what identifies the request, tags To, and records the route for dialogs", () => {
    const response = createResponse(requestOf(options), 200, undefined, {
      toTag: "t",
      headers: [["Contact", "<sip:b@1>"]],
    });
    expect(textOf(serialise(response))).toBe(
      textOf(
        wire(`SIP/2.0 200 OK
Via: SIP/2.0/UDP a.x;branch=z9hG4bK1
Record-Route: <sip:p1;lr>, <sip:p2;lr>
From: <sip:a@x>;tag=1
To: <sip:b@x>;tag=t
Call-ID: 1@a
CSeq: 1 OPTIONS
Contact: <sip:b@1>
Content-Length: 0

`),
      ),
    );
    expect(validateResponse(response)).toEqual({ ok: true });
  });

  it("[RFC3261-8.2.6.1] Timestamp is copied into 100 only, an existing tag stays", () => {
    const request = requestOf(replaced("To: <sip:b@x>", "To: <sip:b@x>;tag=old"));
    const trying = createResponse(request, 100);
    const refused = createResponse(request, 486, undefined, { toTag: "new" });
    expect([trying.headers.get("timestamp"), refused.headers.get("timestamp")]).toEqual(["54", undefined]);
    expect([refused.reason, refused.headers.get("to"), refused.headers.has("record-route")]).toEqual([
      "Busy Here",
      "<sip:b@x>;tag=old",
      false,
    ]);
  });
});

describe("validateRequest", () => {
  function statusOf(from: string, to: string): [number, string] | undefined {
    const validation = validateRequest(requestOf(replaced(from, to)), agent);
    return validation.ok ? undefined : [validation.status, validation.reason];
  }

  it("[RFC3261-8.2.1] a registered method we do not serve is 405 with Allow", () => {
    const request = requestOf(wire(textOf(options).replaceAll("\r\n", "\n").replaceAll("OPTIONS", "PUBLISH")));
    expect(validateRequest(request, agent)).toEqual({
      ok: false,
      status: 405,
      reason: "Method Not Allowed",
      headers: [["allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, REGISTER, MESSAGE"]],
    });
  });

  it("[RFC3261-8.2.3] a body needs a type, an encoding we know, unless its handling is optional", () => {
    expect(statusOf("x", "x")).toEqual([400, "content-type is missing"]);
    expect(statusOf("Timestamp: 54", "Content-Type: a/b")).toEqual([415, "Unsupported Media Type"]);
    expect(statusOf("Timestamp: 54", "Content-Type: a/b\nContent-Disposition: x ; handling=optional")).toBeUndefined();
    expect(statusOf("Timestamp: 54", "c: application/sdp\ne: gzip")).toEqual([415, "Unsupported Media Type"]);
  });

  it("[RFC3261-8.2.2.3] a supported extension may be required", () => {
    expect(statusOf("Timestamp: 54", "c: application/sdp\nRequire: Timer")).toBeUndefined();
    expect(statusOf("Timestamp: 54", "c: application/sdp\nRequire: timer, 100rel")?.[0]).toBe(420);
  });

  it("[RFC3261-20.22] Max-Forwards is at most 255", () => {
    expect(statusOf("Max-Forwards: 70", "Max-Forwards: 256")).toEqual([400, "malformed max-forwards"]);
  });
});

describe("StreamParser", () => {
  const second = wire("SIP/2.0 200 OK\nVia: SIP/2.0/TCP a\nl: 0\n\n");

  function drain(parser: StreamParser): string[] {
    const seen: string[] = [];
    for (let result = parser.next(); result !== undefined; result = parser.next()) {
      const { ok } = result;
      seen.push(
        ok
          ? `${result.message.kind} ${textOf(result.message.body)}`
          : `${result.status} ${result.reason} ${result.fatal}`,
      );
    }
    return seen;
  }

  it("[RFC3261-18.3] cuts by Content-Length whatever the pieces are", () => {
    const stream = new Uint8Array([...options, 13, 10, 13, 10, ...second, ...options]);
    for (let size = 1; size <= stream.length; size += 7) {
      const parser = new StreamParser();
      const seen: string[] = [];
      for (let at = 0; at < stream.length; at += size) {
        parser.push(stream.subarray(at, at + size));
        seen.push(...drain(parser));
      }
      expect(seen).toEqual(["request hi", "response ", "request hi"]);
      expect([parser.takePings(), parser.takePings()]).toEqual([1, 0]);
    }
  });

  it("[RFC3261-20.14] without a usable Content-Length the framing is lost", () => {
    for (const [line, answer] of [
      ["", "400 Content-Length is missing true"],
      ["Content-Length: x\n", "400 malformed Content-Length true"],
      ["Content-Length: 99999999\n", "513 message too large true"],
    ] as const) {
      const parser = new StreamParser();
      parser.push(replaced("Content-Length: 2\n", line));
      expect(drain(parser)).toEqual([answer]);
      parser.push(options);
      expect([parser.failed, drain(parser)]).toEqual([true, []]);
    }
  });

  it("a bad head with a good length is refused and the next message is read", () => {
    const parser = new StreamParser();
    parser.push(replaced("Timestamp: 54", "Time stamp"));
    parser.push(options);
    expect(drain(parser)).toEqual(["400 header line without a colon undefined", "request hi"]);
  });

  it("headers without end are given up at 64 KiB", () => {
    const parser = new StreamParser();
    parser.push(wire("OPTIONS sip:b@x SIP/2.0\nX: "));
    for (let pushed = 0; pushed <= messageBytesMax; pushed += 1_024) {
      parser.push(new Uint8Array(1_024).fill(97));
      drain(parser);
    }
    expect(parser.failed).toBe(true);
  });
});

describe("findBody", () => {
  it("[RFC5621-3] finds SDP as the whole body or as a part of a multipart one", () => {
    const sdp = "v=0\r\n";
    const multipart = wire(`SIP/2.0 200 OK
Content-Type: multipart/mixed; boundary="b1"

--b1
Content-Type: text/plain

x
--b1
Content-Type: application/sdp

v=0

--b1--
`);
    expect(textOf(findBody(responseOf(multipart), "application/sdp") ?? new Uint8Array(0))).toBe(sdp);
    expect(findBody(responseOf(multipart), "image/png")).toBeUndefined();
    const plain = responseOf(wire("SIP/2.0 200 OK\nc: application/SDP;x=1\n\nv=0\n"));
    expect(textOf(findBody(plain, "application/sdp") ?? new Uint8Array(0))).toBe(sdp);
  });
});
