import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Strangers } from "./strangers.ts";
import { type TestApp, testApp } from "./testing/test-app.ts";

let test: TestApp;
let manager: string;
let port: number;
const sockets: Socket[] = [];

beforeAll(async () => {
  test = await testApp();
  manager = await test.setUp();
  port = (await test.servers.listen()).httpPort;
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  return test.stop();
});

/** A connection that is open, and a promise of its end. */
async function open(localAddress = "127.0.0.1"): Promise<{ readonly socket: Socket; readonly ended: Promise<void> }> {
  const socket = connect({ port, host: "127.0.0.1", localAddress });
  sockets.push(socket);
  socket.on("error", () => undefined).resume();
  await new Promise((resolve) => socket.once("connect", resolve));
  return { socket, ended: new Promise((resolve) => socket.once("close", () => resolve())) };
}
const get = (path: string, cookie: string) =>
  fetch(`http://localhost:${port}${path}`, { headers: { cookie, connection: "close" } });

describe("doors held open", () => {
  it("take nobody's place: bodies that are still coming are no work yet", async () => {
    const head = `POST /api/session HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`;
    const slow = await Promise.all(Array.from({ length: 250 }, () => open()));
    for (const { socket } of slow) socket.write(head);
    expect((await get("/api/session", manager)).status).toBe(200);
    // A stranger's body comes within ten seconds or not at all.
    await slow[0]?.ended;
    expect((await get("/api/session", manager)).status).toBe(200);
  });

  it("are closed by the oldest where one place has too many, and never for who signed in", async () => {
    const signedIn = await open("127.0.0.50");
    signedIn.socket.write(`GET /api/session HTTP/1.1\r\nHost: localhost:${port}\r\nCookie: ${manager}\r\n\r\n`);
    await new Promise((resolve) => signedIn.socket.once("data", resolve));
    const first = await open("127.0.0.50");
    for (let count = 0; count < 300; count += 1) await open("127.0.0.50");
    await first.ended;
    signedIn.socket.write(`GET /api/session HTTP/1.1\r\nHost: localhost:${port}\r\nCookie: ${manager}\r\n\r\n`);
    const answer = await new Promise<string>((resolve) =>
      signedIn.socket.once("data", (data) => resolve(String(data))),
    );
    expect(answer).toContain("200 OK");
    expect((await get("/api/session", manager)).status).toBe(200);
  });

  it("are no places of whoever hung up while they were looked up", async () => {
    const { sessions } = test.store;
    const find = sessions.find.bind(sessions);
    let lookUp = (): void => undefined;
    const wait = new Promise<void>((resolve) => (lookUp = resolve));
    Object.assign(sessions, { find: (...asked: Parameters<typeof find>) => wait.then(() => find(...asked)) });
    const others = test.servers.services.strangers.size;
    const ask = `GET /api/setup HTTP/1.1\r\nHost: localhost:${port}\r\nCookie: centrala=nobody\r\n\r\n`;
    const gone = await Promise.all(Array.from({ length: 1_100 }, (_, at) => open(`127.0.0.${60 + (at % 5)}`)));
    for (const { socket } of gone) socket.end(ask).destroySoon();
    await Promise.all(gone.map(({ ended }) => ended));
    await expect.poll(() => test.servers.services.strangers.size, { timeout: 20_000 }).toBeLessThan(others + 50);
    lookUp();
    Object.assign(sessions, { find });
    expect((await get("/api/session", manager)).status).toBe(200);
  });

  it("have an end in all", () => {
    const strangers = new Strangers();
    const ended: number[] = [];
    for (let count = 0; count < 4_100; count += 1)
      strangers.add({
        remoteAddress: `10.0.${Math.floor(count / 200)}.1`,
        remotePort: count,
        localPort: 1,
        once: () => undefined,
        destroy: () => void ended.push(count),
      } as unknown as Socket);
    expect([strangers.size, ended.length, ended[0], ended.at(-1)]).toEqual([4_000, 100, 0, 99]);
  });
});
