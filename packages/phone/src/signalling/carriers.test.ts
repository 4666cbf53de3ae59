import { createSocket, type Socket } from "node:dgram";
import { connect, createServer } from "node:net";
import { parseMessage, type SipMessage, type SipRequest } from "@centrala/sip";
import { afterEach, describe, expect, it } from "vitest";
import { sdp } from "./raw-phone.ts";
import { dial, startService, type TestService, trunkTo } from "./testing.ts";
import type { SignallingOptions } from "./types.ts";

const started: TestService[] = [];
const carriers: Carrier[] = [];

afterEach(async () => {
  for (const carrier of carriers.splice(0)) carrier.close();
  await Promise.all(started.splice(0).map(({ service }) => service.close()));
});

type Answer = readonly [status: string, lines?: readonly string[], body?: string] | undefined;

/** A carrier on one UDP port that answers as it is told to, and counts. */
class Carrier {
  readonly #socket: Socket;
  readonly #seen: SipRequest[] = [];
  #wake: () => void = () => {};
  answer: (request: SipRequest) => Answer = () => ["200 OK"];

  static async open(): Promise<Carrier> {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    const carrier = new Carrier(socket);
    carriers.push(carrier);
    return carrier;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (bytes, from) => {
      const result = parseMessage(bytes);
      if (!result.ok || result.message.kind !== "request") return;
      const { message } = result;
      this.#seen.push(message);
      if (message.method !== "ACK") this.#say(message, this.answer(message), from.port);
      this.#wake();
    });
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** The next request that fits, among those not looked at yet. */
  async next(fits: (request: SipRequest) => boolean): Promise<SipRequest> {
    for (;;) {
      const at = this.#seen.findIndex(fits);
      if (at >= 0) return this.#seen.splice(0, at + 1)[at] as SipRequest;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  send(text: string, port: number): void {
    this.#socket.send(text, port, "127.0.0.1");
  }

  close(): void {
    this.#socket.close();
  }

  #say(request: SipRequest, answer: Answer, port: number): void {
    if (answer === undefined) return;
    const [status, lines = [], body = ""] = answer;
    const copied = ["Via", "From", "Call-ID", "CSeq"].map((name) => `${name}: ${request.headers.get(name) ?? ""}`);
    const type = body === "" ? [] : ["Content-Type: application/sdp"];
    const head = [`SIP/2.0 ${status}`, ...copied, `To: ${request.headers.get("to")};tag=far`, ...lines, ...type];
    this.#socket.send(`${head.join("\r\n")}\r\n\r\n${body}`, port, "127.0.0.1");
  }
}

const of = (method: string) => (message: SipMessage) => message.kind === "request" && message.method === method;
const registration = { username: "acc1", authUsername: null, password: "secret-123456", expiresS: 300 };

async function us(options: Partial<SignallingOptions> = {}): Promise<TestService> {
  return startService(options, started);
}

describe("a carrier's way (RFC 3608)", () => {
  it("[RFC3608-6.1] calls of a registration take its Service-Route, by the first hop, in their order", async () => {
    const test = await us();
    const [registrar, edge] = [await Carrier.open(), await Carrier.open()];
    const route = [`<sip:orig@127.0.0.1:${edge.port};lr>`, "<sip:scscf.ims.example;lr>"];
    registrar.answer = () => [
      "200 OK",
      [`Service-Route: ${route.join(", ")}`, "Path: <sip:edge@127.0.0.1;lr>", "Expires: 300"],
    ];
    edge.answer = () => ["200 OK", [`Contact: <sip:gw@127.0.0.1:${edge.port}>`], sdp(41_000)];
    test.service.setTrunks([trunkTo(registrar.port, { registration })]);
    await test.next("trunkState", ({ state }) => state.registration.state === "registered");
    test.service.dialTrunk(dial());
    const invite = await edge.next(of("INVITE"));
    expect([invite.uri, invite.headers.getAll("route"), invite.headers.has("path")]).toEqual([
      `sip:100@127.0.0.1:${registrar.port}`,
      route,
      false,
    ]);
    await test.next("answered");
    expect((await edge.next(of("ACK"))).method).toBe("ACK");
  });
});

describe("a carrier that sends a call elsewhere", () => {
  async function redirecting(contacts: (second: Carrier) => string, mayRedirect = () => true, number = "100") {
    const lines: string[] = [];
    const test = await us({
      mayRedirect,
      log: (_level, message, details) => void lines.push(`${message} ${String(details.contact)}`),
    });
    const [first, second] = [await Carrier.open(), await Carrier.open()];
    first.answer = () => ["302 Moved Temporarily", [`Contact: ${contacts(second)}`]];
    second.answer = () => ["200 OK", [`Contact: <sip:gw@127.0.0.1:${second.port}>`], sdp(41_000)];
    test.service.setTrunks([trunkTo(first.port)]);
    await test.next("trunkState");
    test.service.dialTrunk(dial({ number }));
    return { test, second, lines };
  }

  it("[RFC3261-8.1.3.4] is followed where it stays with the carrier, as the same call", async () => {
    const { test, second } = await redirecting(({ port }) => `<sip:00100@127.0.0.1:${port}>`);
    const invite = await second.next(of("INVITE"));
    expect(invite.uri).toBe(`sip:00100@127.0.0.1:${second.port}`);
    expect(await test.next("answered")).toEqual({ kind: "answered", legId: "out-1", trunkId: "trunk" });
    expect(test.service.trunkStates()[0]?.calls).toBe(1);
  });

  it("is not followed to a number that may not be dialled, but to the one that was, by whatever prefix", async () => {
    const refuse = () => false;
    const dear = await redirecting(({ port }) => `<sip:+881612345678@127.0.0.1:${port}>`, refuse, "+359888123456");
    expect(await dear.test.next("ended")).toMatchObject({ code: "TRUNK_REJECTED", sipStatus: 302 });
    const same = await redirecting(({ port }) => `<sip:9900359888123456@127.0.0.1:${port}>`, refuse, "+359888123456");
    expect((await same.second.next(of("INVITE"))).uri).toContain("9900359888123456");
  });

  it("is not followed to somebody else: the leg ends with the status, and the log names the place", async () => {
    const { test, lines } = await redirecting(() => "<sip:premium@198.51.100.77>");
    expect(await test.next("ended")).toMatchObject({ code: "TRUNK_REJECTED", sipStatus: 302 });
    expect(lines).toContain("a carrier sends a call to somebody else, which is not followed sip:premium@198.51.100.77");
    expect(test.service.trunkStates()[0]?.calls).toBe(0);
  });

  it("[LIMIT] in a circle ends", async () => {
    const test = await us();
    const carrier = await Carrier.open();
    carrier.answer = () => ["302 Moved Temporarily", [`Contact: <sip:again@127.0.0.1:${carrier.port}>`]];
    test.service.setTrunks([trunkTo(carrier.port)]);
    await test.next("trunkState");
    test.service.dialTrunk(dial());
    expect(await test.next("ended")).toMatchObject({ code: "TRUNK_REJECTED", sipStatus: 302 });
  });
});

describe("a carrier that was away", () => {
  it("is registered at again by its first sign of life, not by the clock", async () => {
    const clock = { now: 1_000_000 };
    const test = await us({ clock: () => clock.now });
    const carrier = await Carrier.open();
    let back = false;
    carrier.answer = () => (back ? ["200 OK", ["Expires: 300"]] : ["503 Service Unavailable"]);
    test.service.setTrunks([trunkTo(carrier.port, { registration })]);
    await test.next("trunkState", ({ state }) => state.registration.state === "unreachable");
    back = true;
    // Any packet of the carrier's; the clock of the back-off stands still.
    carrier.send("OPTIONS sip:us SIP/2.0\r\n\r\n", test.service.sipPort);
    await test.next("trunkState", ({ state }) => state.registration.state === "registered");
    expect(clock.now).toBe(1_000_000);
  });

  it("is registered at again when it answers OPTIONS", async () => {
    const clock = { now: 1_000_000 };
    const test = await us({ clock: () => clock.now });
    const carrier = await Carrier.open();
    let back = false;
    carrier.answer = ({ method }) => {
      if (method === "OPTIONS") return back ? ["404 Not Found"] : undefined;
      return back ? ["200 OK", ["Expires: 300"]] : ["503 Service Unavailable"];
    };
    test.service.setTrunks([trunkTo(carrier.port, { registration, optionsEveryS: 3_600 })]);
    await test.next("trunkState", ({ state }) => state.registration.state === "unreachable");
    back = true;
    // OPTIONS is asked ten seconds after, whatever the setting says; the registration would have waited longer.
    const registered = test.next("trunkState", ({ state }) => state.registration.state === "registered");
    clock.now += 10_000;
    await registered;
    await carrier.next(of("OPTIONS"));
  });
});

describe("a trunk whose settings change", () => {
  it("keeps its calls, its health and its addresses", async () => {
    const test = await us();
    const carrier = await Carrier.open();
    carrier.answer = ({ method }) =>
      method === "INVITE" ? ["200 OK", [`Contact: <sip:gw@127.0.0.1:${carrier.port}>`], sdp(41_000)] : ["200 OK"];
    const settings = trunkTo(carrier.port, { sources: [], maxCalls: 1 });
    test.service.setTrunks([settings]);
    await test.next("trunkState");
    test.service.dialTrunk(dial());
    await test.next("answered");
    test.service.setTrunks([{ ...settings, priority: 7 }]);
    expect(test.service.trunkStates()[0]?.calls).toBe(1);
    // maxCalls still holds, and a call from the carrier is not a stranger's although no source is named.
    test.service.dialTrunk(dial({ legId: "out-2" }));
    expect(await test.next("ended", ({ legId }) => legId === "out-2")).toMatchObject({ code: "UNREACHABLE" });
    const via = `Via: SIP/2.0/UDP 127.0.0.1:${carrier.port};branch=z9hG4bKx;rport`;
    const who = "From: <sip:02@127.0.0.1>;tag=f\r\nTo: <sip:100@127.0.0.1>\r\nCall-ID: x\r\nCSeq: 1 INVITE";
    const contact = `Contact: <sip:gw@127.0.0.1:${carrier.port}>\r\nContent-Type: application/sdp`;
    test.service.setTrunks([{ ...settings, priority: 8, maxCalls: 5 }]);
    carrier.send(
      `INVITE sip:100@127.0.0.1 SIP/2.0\r\n${via}\r\n${who}\r\n${contact}\r\n\r\n${sdp(41_000)}`,
      test.service.sipPort,
    );
    await test.next("incoming");
    expect(test.service.trunkStates()[0]?.calls).toBe(2);
    test.service.setTrunks([]);
    test.service.setTrunks([settings]);
    expect(test.service.trunkStates()[0]?.calls).toBe(2);
    test.service.drop("out-1", "DROPPED");
    expect(test.service.trunkStates()[0]?.calls).toBe(1);
  });
});

describe("a connection that a carrier closes", () => {
  it("[RFC5626-4.4.1] is opened and registered by anew at once, and not again and again", async () => {
    const test = await us();
    const registers: number[] = [];
    let wake: () => void = () => {};
    const registrar = createServer((socket) => {
      registers.push(socket.remotePort ?? 0);
      socket.on("data", (bytes: Uint8Array) => {
        const text = new TextDecoder().decode(bytes);
        const copied = ["Via", "From", "To", "Call-ID", "CSeq", "Contact"].flatMap(
          (name) => new RegExp(`^${name}: .*$`, "im").exec(text)?.[0] ?? [],
        );
        const lines = ["SIP/2.0 200 OK", ...copied, "Expires: 300", "Content-Length: 0", "", ""];
        // It says so, and closes: a switch that starts anew, or one that keeps nothing open.
        socket.end(lines.join("\r\n"));
        wake();
      });
    });
    await new Promise<void>((resolve) => registrar.listen(0, "127.0.0.1", resolve));
    const address = registrar.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    test.service.setTrunks([trunkTo(port, { transport: "tcp", registration })]);
    while (registers.length < 2) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    while (test.service.counters().connections > 0) await new Promise((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(registers.length).toBe(2);
    expect(test.service.trunkStates()[0]?.registration.state).toBe("registered");
    registrar.close();
  });
});

describe("a connection that the far end closed during the call", () => {
  it("[RFC3261-12.2.1.1] BYE goes to the address of its Contact by a new one", async () => {
    const test = await us();
    const arrived: string[] = [];
    let wake: () => void = () => {};
    const listener = createServer((socket) =>
      socket.on("data", (bytes: Uint8Array) => {
        arrived.push(...new TextDecoder().decode(bytes).split("\r\n").slice(0, 1));
        wake();
      }),
    );
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    const address = listener.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    test.service.setTrunks([trunkTo(port, { transport: "tcp" })]);
    await test.next("trunkState");
    const socket = connect(test.service.sipPort, "127.0.0.1");
    const answer = new Promise<string>((resolve) => {
      let text = "";
      socket.on("data", (bytes: Uint8Array) => {
        text += new TextDecoder().decode(bytes);
        if (/SIP\/2\.0 200[^]*\r\n\r\nv=0/.test(text)) resolve(text);
      });
    });
    const request = (method: string, toTag: string, body = "") =>
      [
        `${method} sip:100@127.0.0.1;transport=tcp SIP/2.0`,
        `Via: SIP/2.0/TCP 127.0.0.1:${port};branch=z9hG4bK${method}`,
        "From: <sip:02@127.0.0.1>;tag=f",
        `To: <sip:100@127.0.0.1>${toTag}`,
        "Call-ID: closing",
        `CSeq: 1 ${method}`,
        `Contact: <sip:gw@127.0.0.1:${port};transport=tcp>`,
        ...(body === "" ? [] : ["Content-Type: application/sdp"]),
        `Content-Length: ${body.length}`,
        "",
        body,
      ].join("\r\n");
    socket.write(request("INVITE", "", sdp(41_000)));
    const { leg } = await test.next("incoming");
    test.service.answer(leg.legId, 30_000);
    const toTag = /\r\nTo: [^\r]*(;tag=[^;\r]+)/.exec(await answer)?.[1] ?? "";
    socket.write(request("ACK", toTag));
    await test.next("answered");
    socket.destroy();
    while (test.service.counters().connections > 0) await new Promise((resolve) => setImmediate(resolve));
    test.service.drop(leg.legId, "DROPPED");
    while (arrived.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    expect(arrived[0]).toBe(`BYE sip:gw@127.0.0.1:${port};transport=tcp SIP/2.0`);
    listener.close();
  });
});
