import { describe, expect, it } from "vitest";
import { createResponse } from "./build.ts";
import { bodyDepthMax, bodyPartsMax, findBody, sessionBody } from "./multipart.ts";
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

  it("[LENIENT] a line that is no header is left out, and missed when it was one that is needed", () => {
    const names = (bytes: Uint8Array) => [...requestOf(bytes).headers.entries()].map(([name]) => name);
    const all = names(options);
    const without = (name: string) => all.filter((other) => other !== name);
    expect(names(replaced("Timestamp: 54", "Time stamp"))).toEqual(without("timestamp"));
    expect(names(replaced("Timestamp: 54", "Time stamp: 54"))).toEqual(without("timestamp"));
    const broken = (from: string, to: string) => new TextEncoder().encode(textOf(options).replace(from, to));
    expect(names(broken("54", "5\n4"))).toEqual(without("timestamp"));
    expect(names(broken("tag=1", "tag\n=1"))).toEqual(without("from"));
    expect(validateRequest(requestOf(broken("tag=1", "tag\r=1")))).toMatchObject({ reason: "from is missing" });
  });

  it("[LENIENT] a datagram may end its lines in LF alone, if all of them do", () => {
    const bare = new TextEncoder().encode(textOf(options).replaceAll("\r\n", "\n"));
    expect(serialise(requestOf(bare))).toEqual(serialise(requestOf(options)));
    const mixed = new TextEncoder().encode(textOf(options).replaceAll("\r\n", "\n").replace("\n", "\r\n"));
    expect(failureOf(mixed)).toEqual({ ok: false, reason: "no empty line after the headers" });
    const parser = new StreamParser();
    parser.push(bare);
    expect(parser.next()).toBeUndefined();
  });

  it("an ACK is never answered, nor a request without a usable Via, nor other protocols", () => {
    expect(failureOf(replaced("OPTIONS sip:b@x", "ACK sip:b @x")).status).toBeUndefined();
    expect(failureOf(replaced("Via: SIP/2.0/UDP a.x", "Via: x\nContent-Length: y\nBad")).status).toBeUndefined();
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

  it("[RFC3261-8.2.3] a body that matters needs a type and an encoding we know, unless its handling is optional", () => {
    const invited = (line: string) => {
      const text = textOf(replaced("Timestamp: 54", line)).replaceAll("OPTIONS", "INVITE");
      const validation = validateRequest(requestOf(new TextEncoder().encode(text)), agent);
      return validation.ok ? undefined : [validation.status, validation.reason];
    };
    expect(invited("Timestamp: 54")).toBeUndefined();
    expect(invited("Content-Type: a/b")).toEqual([415, "Unsupported Media Type"]);
    expect(invited("Content-Type: a/b\nContent-Disposition: x ; handling=optional")).toBeUndefined();
    expect(invited("c: application/sdp\ne:")).toBeUndefined();
    expect(invited("c: application/sdp\ne: gzip")).toEqual([415, "Unsupported Media Type"]);
    // Of OPTIONS nobody needs a body.
    expect(statusOf("Timestamp: 54", "Content-Type: a/b\nContent-Encoding: gzip")).toBeUndefined();
  });

  it("[RFC3261-8.2.2.3] a supported extension may be required", () => {
    expect(statusOf("Timestamp: 54", "c: application/sdp\nRequire: Timer")).toBeUndefined();
    expect(statusOf("Timestamp: 54", "c: application/sdp\nRequire: timer, 100rel")?.[0]).toBe(420);
  });

  it("[LENIENT] Max-Forwards that is no number counts as absent: who ends a call forwards nothing", () => {
    expect(statusOf("Max-Forwards: 70", "Max-Forwards: many")).toBeUndefined();
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
    parser.push(replaced("OPTIONS sip:b@x", "OPTIONS sip:b @x"));
    parser.push(options);
    expect(drain(parser)).toEqual(["400 malformed Request-Line undefined", "request hi"]);
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
  const sdp = "v=0\r\n";
  const sdpPart = "Content-Type: application/sdp\n\nv=0\n\n";

  /** A response with these header lines and this body, as the text of its session description. */
  function session(lines: string, body: string): string {
    return textOf(sessionBody(responseOf(wire(`SIP/2.0 200 OK\n${lines}\n\n${body}`))));
  }

  it("[RFC5621-3] finds SDP as the whole body or as a part of a multipart one", () => {
    const body = `--b1\nContent-Type: text/plain\n\nx\n--b1\n${sdpPart}--b1--\n`;
    const multipart = responseOf(wire(`SIP/2.0 200 OK\nContent-Type: multipart/mixed; boundary="b1"\n\n${body}`));
    expect(textOf(findBody(multipart, "application/sdp") ?? new Uint8Array(0))).toBe(sdp);
    expect(findBody(multipart, "image/png")).toBeUndefined();
    const plain = responseOf(wire("SIP/2.0 200 OK\nc: application/SDP;x=1\n\nv=0\n"));
    expect(textOf(findBody(plain, "application/sdp") ?? new Uint8Array(0))).toBe(sdp);
  });

  it("[RFC2046-5.1.1] a boundary is a whole line; text before the first and after the last is no part", () => {
    const inner = `--bb\n${sdpPart}--bb--\n`;
    const body = `v=9\n--b\nContent-Type: multipart/mixed;boundary=bb\n\n${inner}\n--b-- \nv=8\n`;
    expect(session("c: multipart/mixed;boundary=b", body)).toBe(sdp);
  });

  it("[RFC2046-5.1.4] of alternatives the last is taken, of mixed parts the first", () => {
    const body = `--b\n${sdpPart}--b\n${sdpPart.replace("v=0", "v=1")}--b--\n`;
    expect(session("c: multipart/alternative;boundary=b", body)).toBe("v=1\r\n");
    expect(session("c: multipart/mixed;boundary=b", body)).toBe(sdp);
  });

  it("[RFC3959-4] a description for another purpose than the session is not taken", () => {
    const early = `Content-Disposition: early-session\n${sdpPart.replace("v=0", "v=1")}`;
    expect(session("c: multipart/mixed;boundary=b", `--b\n${early}--b\n${sdpPart}--b--\n`)).toBe(sdp);
    expect(session("c: application/sdp\nContent-Disposition: early-session", "v=1\n")).toBe("");
    expect(session("c: application/sdp\nContent-Disposition: session;handling=required", "v=0\n")).toBe(sdp);
  });

  it("gives nothing of a body that is none of these, and a body without type as it is", () => {
    expect(session("c: text/plain", "v=0\n")).toBe("");
    expect(session("c: multipart/mixed", `--b\n${sdpPart}--b--\n`)).toBe("");
    expect(session("X: y", "hello\n")).toBe("");
    expect(session("X: y", "v=0\n")).toBe(sdp);
    expect(session("c: sdp", "v=0\n")).toBe(sdp);
  });

  it("[LENIENT] a multipart body may lack its last line, and end its lines in LF alone", () => {
    expect(session("c: multipart/mixed;boundary=b", `--b\n${sdpPart}`)).toBe("v=0\r\n");
    const head = wire("SIP/2.0 200 OK\nc: multipart/mixed;boundary=b\n\n");
    const body = new TextEncoder().encode(`--b\n${sdpPart}--b\nContent-Type: a/b\n\nx\n--b--\n`);
    expect(textOf(sessionBody(responseOf(new Uint8Array([...head, ...body]))))).toBe("v=0\n");
  });

  it("[LIMIT] reads multipart bodies four deep and sixteen wide", () => {
    const nested = (depth: number): string =>
      depth === 0
        ? sdpPart
        : `Content-Type: multipart/mixed;boundary=b${depth}\n\n--b${depth}\n${nested(depth - 1)}--b${depth}--\n`;
    const deep = (depth: number) => session(...headAndBody(nested(depth)));
    expect([deep(bodyDepthMax), deep(bodyDepthMax + 1)]).toEqual([sdp, ""]);
    const wide = (parts: number) => `${`--b\n${sdpPart}`.repeat(parts)}--b--\n`;
    expect(session("c: multipart/mixed;boundary=b", wide(bodyPartsMax))).toBe(sdp);
    expect(session("c: multipart/mixed;boundary=b", wide(bodyPartsMax + 1))).toBe("");
  });

  function headAndBody(part: string): [string, string] {
    const at = part.indexOf("\n\n");
    return [part.slice(0, at), part.slice(at + 2)];
  }
});

describe("validateRequest of multipart bodies", () => {
  function answer(type: string, ...parts: string[]): number {
    const body = parts.map((part) => `--b\n${part}\n`).join("");
    const head = `INVITE sip:b@x SIP/2.0\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\nFrom: <sip:a@x>;tag=1\nTo: <sip:b@x>\nCall-ID: 1\nCSeq: 1 INVITE`;
    const request = requestOf(wire(`${head}\nContent-Type: ${type};boundary=b\n\n${body}--b--\n`));
    const validation = validateRequest(request, agent);
    return validation.ok ? 200 : validation.status;
  }

  const sdp = "Content-Type: application/sdp\n\nv=0\n";
  const isup = (handling: string) =>
    `Content-Type: application/ISUP;version=itu-t92+\nContent-Disposition: signal;handling=${handling}\n\n\u0001\n`;

  it("[RFC5621-5] a part that says it is required must be understood; otherwise one that is understood is enough", () => {
    expect(answer("multipart/mixed", sdp, isup("optional"))).toBe(200);
    expect(answer("multipart/mixed", sdp, isup("required"))).toBe(415);
    expect(answer("multipart/mixed", sdp, "Content-Type: application/pidf+xml\n\n<presence/>\n")).toBe(200);
    expect(answer("multipart/mixed", sdp, "\nx\n")).toBe(200);
    expect(answer("multipart/mixed", "Content-Type: text/plain\n\nx\n")).toBe(415);
    expect(answer("multipart/mixed", sdp.replace("\n\n", "\nContent-Transfer-Encoding: base64\n\n"))).toBe(415);
  });

  it("[RFC5621-6] of alternatives one that is understood is enough", () => {
    expect(answer("multipart/alternative", "Content-Type: a/b\n\nx\n", sdp)).toBe(200);
    expect(answer("multipart/alternative", "Content-Type: a/b\n\nx\n")).toBe(415);
  });

  it("[RFC2046-5.1.3] an unknown subtype is read as mixed, and one without its boundaries is malformed", () => {
    expect(answer("multipart/related", sdp, isup("optional"))).toBe(200);
    expect(answer("multipart/mixed")).toBe(200);
    expect(answer('multipart/mixed;boundary="c"', sdp)).toBe(400);
  });
});
