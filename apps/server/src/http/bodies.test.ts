import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasModestShape } from "./bodies.ts";
import { type TestApp, testApp } from "./testing/test-app.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("the shape of a JSON text", () => {
  it("is judged by nesting and parts, whatever stands inside its texts", () => {
    expect(hasModestShape(bytes('{"a":[1,2,{"b":"[[[[,,,,\\"[["}]}'))).toBe(true);
    expect(hasModestShape(bytes(`${"[".repeat(32)}${"]".repeat(32)}`))).toBe(true);
    expect(hasModestShape(bytes(`${"[".repeat(33)}${"]".repeat(33)}`))).toBe(false);
    expect(hasModestShape(bytes('{"a":'.repeat(33)))).toBe(false);
    expect(hasModestShape(bytes(`[${"1,".repeat(90_000)}1]`))).toBe(true);
    expect(hasModestShape(bytes(`[${"1,".repeat(100_000)}1]`))).toBe(false);
    expect(hasModestShape(bytes(`["${"[,{".repeat(1_000_000)}"]`))).toBe(true);
    expect(hasModestShape(bytes(`[${"[],".repeat(60_000)}1]`))).toBe(false);
    for (const broken of ['"never closed', '"\\', "", "]]]]", '"\\"']) expect(hasModestShape(bytes(broken))).toBe(true);
  });
});

describe("bodies that would cost more than they bring", () => {
  let test: TestApp;
  let manager: string;
  let port: number;
  beforeAll(async () => {
    test = await testApp();
    manager = await test.setUp();
    port = (await test.servers.listen()).httpPort;
  });
  afterAll(() => test.stop());

  async function post(
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Readonly<Record<string, string>> = {},
    method = "POST",
  ): Promise<{ readonly status: number; readonly code: string; readonly said: string | undefined }> {
    const origin = `http://localhost:${port}`;
    const answer = await fetch(`${origin}${path}`, {
      method,
      headers: { origin, cookie: manager, "content-type": "application/json", ...headers },
      body,
    });
    const { code, said } = (await answer.json()) as { code: string; said?: { code: string } };
    return { status: answer.status, code, said: said?.code };
  }

  it("are refused in words, by the size that the route needs, by nesting and by the number of parts", async () => {
    const nested = "[".repeat(8_000_000);
    const tooComplex = { status: 400, code: "INPUT_INVALID", said: "BODY_TOO_COMPLEX" };
    const tooLarge = { status: 413, code: "TOO_LARGE", said: undefined };
    expect(await post("/api/centre-file/plan", nested)).toEqual(tooComplex);
    expect(await post("/api/centre-file/apply", `[${"{},".repeat(2_000_000)}{}]`)).toEqual(tooComplex);
    expect(await post("/api/centre-file/plan", `"${"x".repeat(9_000_000)}"`)).toEqual(tooLarge);
    expect(await post("/api/desk/state", nested)).toEqual(tooLarge);
    expect(await post("/api/desk/state", "[".repeat(200_000))).toEqual(tooComplex);
    expect(await post("/api/desk/state", `{"to":"${"x".repeat(300_000)}"}`)).toEqual(tooLarge);
    expect(await post("/api/config/queue/main", `{"name":"${"x".repeat(1_000_001)}"}`, {}, "PUT")).toEqual(tooLarge);
    // Nobody sends JSON where a file is taken.
    expect(await post("/api/imports", `"${"x".repeat(2_000)}"`)).toEqual(tooLarge);
    expect(await post("/api/imports", "{}")).toMatchObject({ status: 415, code: "UNSUPPORTED_FILE" });
  });

  it("are not unpacked, and not read in kinds that no route takes", async () => {
    const encoded = { status: 415, code: "UNSUPPORTED_FILE", said: "BODY_ENCODED" };
    const bomb = Uint8Array.from(gzipSync(Buffer.alloc(50_000_000, 0x5b)));
    for (const encoding of ["gzip", "deflate, gzip", "br", "x-unknown"])
      expect(await post("/api/desk/state", bomb, { "content-encoding": encoding })).toEqual(encoded);
    for (const type of ["text/plain", "application/xml", "application/x-www-form-urlencoded"])
      expect(await post("/api/desk/state", "a=b", { "content-type": type })).toMatchObject({ status: 415 });
    expect(await post("/api/desk/state", '{"__proto__":{"to":"x"}}')).toMatchObject({ status: 400 });
  });

  it("in many parts, with fields, names and heads without end", async () => {
    const boundary = "edge";
    const type = { "content-type": `multipart/form-data; boundary=${boundary}` };
    const part = (head: string, body: string): string => `--${boundary}\r\n${head}\r\n\r\n${body}\r\n`;
    const field = 'Content-Disposition: form-data; name="a"';
    const file = 'Content-Disposition: form-data; name="file"; filename="a.csv"';
    const ends = `--${boundary}--\r\n`;
    const bodies = [
      part(field, "x").repeat(100_000) + ends,
      part(field, "x".repeat(5_000_000)) + ends,
      part(`${field}\r\n${"X-A: b\r\n".repeat(50_000)}X-B: c`, "x") + ends,
      part(file, "name,phone") + part(file, "name,phone").repeat(10_000) + ends,
      part(file, "x".repeat(21 * 1024 * 1024)) + ends,
      part(field, "x"),
      "--edge",
      "",
    ];
    const statuses: number[] = [];
    for (const body of bodies) statuses.push((await post("/api/imports", body, type)).status);
    expect(statuses).toEqual([413, 415, 415, 200, 413, 400, 400, 415]);
    expect(await post("/api/imports", `${part(file, "name,phone\r\nA,+359881234567")}${ends}`, type)).toMatchObject({
      status: 200,
    });
  });

  it("and requests with heads without end are told so", async () => {
    for (const head of [
      "X-A: b\r\n".repeat(10_000),
      `X-A: ${"b".repeat(40_000)}\r\n`,
      `Cookie: ${"a=b; ".repeat(5_000)}\r\n`,
    ]) {
      const socket = connect({ port, host: "127.0.0.1" });
      socket.on("error", () => undefined);
      const answer = new Promise<string>((resolve) => {
        let text = "";
        socket.on("data", (data) => (text += String(data)));
        socket.once("close", () => resolve(text));
      });
      socket.write(`GET /api/session HTTP/1.1\r\nHost: localhost:${port}\r\n${head}\r\n`);
      expect(await answer).toMatch(/^HTTP\/1\.1 431 /);
    }
  });

  /** What a live connection is closed with after these frames: 0 when it was cut off without a word. */
  function closedWith(frames: readonly Buffer[]): Promise<number> {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("error", () => undefined);
    const head = [
      "GET /api/live HTTP/1.1",
      `Host: localhost:${port}`,
      `Origin: http://localhost:${port}`,
      `Cookie: ${manager}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      `Sec-WebSocket-Key: ${Buffer.alloc(16, 1).toString("base64")}`,
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
    return new Promise((resolve) => {
      let received = Buffer.alloc(0);
      let said = false;
      socket.on("data", (data: Buffer) => {
        received = Buffer.concat([received, data]);
        const answered = received.indexOf("\r\n\r\n");
        if (!said && answered >= 0) {
          said = true;
          for (const sent of frames) socket.write(sent);
        }
        const closing = answered < 0 ? -1 : received.indexOf(0x88, answered);
        if (closing < 0 || received.length < closing + 4) return;
        resolve(received.readUInt16BE(closing + 2));
        socket.destroy();
      });
      socket.once("close", () => resolve(0));
    });
  }

  /** A frame as a browser sends it, masked with zeros. */
  function frame(first: number, text: string): Buffer {
    const body = Buffer.from(text);
    const length = Buffer.alloc(body.length < 126 ? 1 : body.length < 65_536 ? 3 : 9);
    length[0] = 0x80 | (length.length === 1 ? body.length : length.length === 3 ? 126 : 127);
    if (length.length === 3) length.writeUInt16BE(body.length, 1);
    if (length.length === 9) length.writeBigUInt64BE(BigInt(body.length), 1);
    return Buffer.concat([Buffer.from([first]), length, Buffer.alloc(4), body]);
  }

  it("nor do messages of live connections cost more: too long, nested, in crumbs, packed, or very many", async () => {
    const whole = 0x81;
    expect(await closedWith([frame(whole, "[".repeat(60_000))])).toBe(1007);
    expect(await closedWith([frame(whole, `{"kind":"hello","tabId":"${"x".repeat(60_000)}"}`)])).toBe(1007);
    expect(await closedWith([frame(whole, "x".repeat(70_000))])).toBe(1009);
    const crumbs = [frame(0x01, "x"), ...Array.from({ length: 700 }, () => frame(0x00, "x".repeat(100)))];
    expect(await closedWith(crumbs)).toBe(1009);
    // Nothing was agreed on packing, and a browser masks.
    expect(await closedWith([frame(0xc1, "x")])).toBe(1002);
    expect(await closedWith([Buffer.from([whole, 1, 0x5b])])).toBe(1002);
    const hello = JSON.stringify({ kind: "hello", desk: true, floor: false, tabId: "tab", resume: null });
    expect(await closedWith(Array.from({ length: 1_000 }, () => frame(whole, hello)))).toBe(1008);
  });
});
