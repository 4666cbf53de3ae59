import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { RawPhone, sdp, status } from "./raw-phone.ts";
import { dial, startService, type TestService, trunkTo } from "./testing.ts";
import type { SignallingOptions } from "./types.ts";

const started: TestService[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map(({ service }) => service.close()));
});

const start = (options: Partial<SignallingOptions> = {}) => startService(options, started);

/** A carrier and us, each the other's trunk by address. */
async function carrierAndUs(transport: "udp" | "tcp" = "udp") {
  const carrier = await start();
  const us = await start();
  carrier.service.setTrunks([trunkTo(us.service.sipPort, { transport })]);
  us.service.setTrunks([trunkTo(carrier.service.sipPort, { transport })]);
  await carrier.next("trunkState");
  return { carrier, us };
}

async function resolved(test: TestService): Promise<void> {
  // Targets of an IP address are there in the next turns of the loop.
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(test.service.trunkStates().length).toBeGreaterThan(0);
}

describe.each(["udp", "tcp"] as const)("a trunk call over %s", (transport) => {
  it("is placed, rings, is answered with both audio sides known, and ends with its codes", async () => {
    const { carrier, us } = await carrierAndUs(transport);
    await resolved(us);
    us.service.dialTrunk(dial());
    const incoming = await carrier.next("incoming");
    expect(incoming.leg).toEqual({
      legId: incoming.leg.legId,
      from: { kind: "trunk", trunkId: "trunk" },
      called: "100",
      caller: "+359700123",
      callerName: "Centrala",
      asserted: "+359700123",
      sipCallId: incoming.leg.sipCallId,
    });
    expect(incoming.remote).toEqual({
      address: "127.0.0.1",
      port: 20_000,
      codec: "pcma",
      payloadType: 8,
      telephoneEventPayloadType: 101,
      receiveTelephoneEventPayloadType: 101,
      signallingAddress: "127.0.0.1",
      ptimeMs: 20,
      sends: true,
      receives: true,
    });
    carrier.service.ring(incoming.leg.legId);
    await us.next("ringing");
    carrier.service.answer(incoming.leg.legId, 30_000);
    expect((await us.next("remoteAudio")).remote.port).toBe(30_000);
    expect(await us.next("answered")).toEqual({ kind: "answered", legId: "out-1", trunkId: "trunk" });
    await carrier.next("answered");
    expect(us.service.trunkStates()[0]?.calls).toBe(1);
    us.service.drop("out-1", "DROPPED");
    expect(await us.next("ended")).toEqual({ kind: "ended", legId: "out-1", code: "DROPPED", sipStatus: null });
    expect(await carrier.next("ended")).toEqual({
      kind: "ended",
      legId: incoming.leg.legId,
      code: "HUNG_UP",
      sipStatus: null,
    });
    expect([us.service.calls(), us.service.trunkStates()[0]?.calls]).toEqual([0, 0]);
  });
});

describe("outgoing calls", () => {
  it("bring early media of 183 before the answer", async () => {
    const { carrier, us } = await carrierAndUs();
    await resolved(us);
    us.service.dialTrunk(dial());
    const { leg } = await carrier.next("incoming");
    carrier.service.progress(leg.legId, 30_002);
    expect((await us.next("remoteAudio")).remote.port).toBe(30_002);
    await us.next("earlyMedia");
    carrier.service.answer(leg.legId, 30_002);
    await us.next("answered");
  });

  it("end with the code of the refusal", async () => {
    const { carrier, us } = await carrierAndUs();
    await resolved(us);
    us.service.dialTrunk(dial());
    const { leg } = await carrier.next("incoming");
    carrier.service.reject(leg.legId, 486);
    expect(await us.next("ended")).toEqual({ kind: "ended", legId: "out-1", code: "BUSY", sipStatus: 486 });
  });

  it("to an unknown number of a known trunk are 404: NUMBER_UNKNOWN", async () => {
    const { us } = await carrierAndUs();
    await resolved(us);
    us.service.dialTrunk(dial({ number: "999" }));
    expect(await us.next("ended")).toEqual({ kind: "ended", legId: "out-1", code: "NUMBER_UNKNOWN", sipStatus: 404 });
  });

  it("given up while ringing are CANCELLED at the other side", async () => {
    const { carrier, us } = await carrierAndUs();
    await resolved(us);
    us.service.dialTrunk(dial());
    const { leg } = await carrier.next("incoming");
    carrier.service.ring(leg.legId);
    await us.next("ringing");
    us.service.drop("out-1", "DROPPED");
    expect((await carrier.next("ended")).code).toBe("CANCELLED");
  });

  it("ring no longer than they may: NO_ANSWER", async () => {
    const { carrier, us } = await carrierAndUs();
    await resolved(us);
    us.service.dialTrunk(dial({ ringTimeoutMs: 50 }));
    await carrier.next("incoming");
    expect((await us.next("ended")).code).toBe("NO_ANSWER");
  });

  it("go to the next trunk when one refuses service, and by a trunk that does not exist are UNREACHABLE", async () => {
    const { carrier, us } = await carrierAndUs();
    const full = await start({ overloaded: () => true });
    full.service.setTrunks([trunkTo(us.service.sipPort)]);
    us.service.setTrunks([
      trunkTo(full.service.sipPort, { trunkId: "first" }),
      trunkTo(carrier.service.sipPort, { trunkId: "second" }),
    ]);
    await resolved(us);
    us.service.dialTrunk(dial({ trunkIds: ["first", "second"] }));
    const { leg } = await carrier.next("incoming");
    carrier.service.answer(leg.legId, 30_000);
    expect((await us.next("answered")).trunkId).toBe("second");
    us.service.dialTrunk(dial({ legId: "out-2", trunkIds: ["none"] }));
    expect((await us.next("ended")).code).toBe("UNREACHABLE");
  });

  it("leave a target that shows no sign of life for the next one", async () => {
    const { carrier } = await carrierAndUs();
    const us = await start({ attemptMs: 100 });
    carrier.service.setTrunks([trunkTo(us.service.sipPort)]);
    const silent = createSocket("udp4");
    await new Promise<void>((resolve) => silent.bind(0, "127.0.0.1", resolve));
    us.service.setTrunks([
      trunkTo(silent.address().port, { trunkId: "first" }),
      trunkTo(carrier.service.sipPort, { trunkId: "second" }),
    ]);
    await resolved(us);
    us.service.dialTrunk(dial({ trunkIds: ["first", "second"] }));
    await carrier.next("incoming");
    silent.close();
  });
});

describe("phones and registration", () => {
  const registration = { username: "trunk1", authUsername: null, password: "secret", expiresS: 300 };

  /** The carrier takes our registration like a phone's. */
  async function registered(transport: "udp" | "tcp" = "udp") {
    const carrier = await start({ realm: "carrier" });
    carrier.service.setDevices([carrier.service.deviceAccount("d-1", "trunk1", "secret")]);
    const us = await start();
    us.service.setTrunks([trunkTo(carrier.service.sipPort, { transport, registration, calledFrom: "to" })]);
    await us.next("trunkState", ({ state }) => state.registration.state === "registered");
    await carrier.next("deviceBindings");
    return { carrier, us };
  }

  it.each(["udp", "tcp"] as const)("register with digest over %s and are called there", async (transport) => {
    const { carrier, us } = await registered(transport);
    expect(carrier.service.deviceReachable("d-1")).toBe(true);
    carrier.service.dialDevice({
      legId: "ring-1",
      deviceId: "d-1",
      caller: "+359888",
      callerName: "Caller",
      ringTimeoutMs: 20_000,
      autoAnswer: false,
      rtpPort: 21_000,
    });
    // The registered contact is named after the account, which is no number of ours.
    expect((await carrier.next("ended")).code).toBe("NUMBER_UNKNOWN");
    expect(us.service.counters().challenged).toBe(0);
  });

  it("answer the challenge of an INVITE, and come in as a device", async () => {
    const { carrier, us } = await registered();
    us.service.dialTrunk(dial());
    const { leg } = await carrier.next("incoming");
    expect([leg.from, leg.called]).toEqual([{ kind: "device", deviceId: "d-1" }, "100"]);
  });

  it("with a wrong password are refused, and told so", async () => {
    const carrier = await start({ realm: "carrier" });
    carrier.service.setDevices([carrier.service.deviceAccount("d-1", "trunk1", "secret")]);
    const us = await start();
    const wrong = { ...registration, password: "wrong" };
    us.service.setTrunks([trunkTo(carrier.service.sipPort, { registration: wrong })]);
    const { state } = await us.next("trunkState", (event) => event.state.registration.state === "refused");
    expect(state.registration.sipStatus).toBe(401);
    expect(carrier.service.deviceReachable("d-1")).toBe(false);
  });

  it("keep their bindings over a restart of the server", async () => {
    const { carrier } = await registered();
    const told = carrier.events.filter((event) => event.kind === "deviceBindings");
    const last = told.at(-1);
    const stored = JSON.parse(JSON.stringify(last?.bindings ?? [])) as unknown[];
    const reborn = await start({ realm: "carrier" });
    reborn.service.restoreBindings(stored.map((binding) => ({ deviceId: "d-1", binding })));
    expect(reborn.service.deviceReachable("d-1")).toBe(true);
    reborn.service.restoreBindings([{ deviceId: "d-2", binding: { nonsense: true } }]);
    expect(reborn.service.deviceReachable("d-2")).toBe(false);
  });

  it("whose connection was closed are not reachable at once, and never connected to", async () => {
    const { carrier, us } = await registered("tcp");
    expect(carrier.service.deviceReachable("d-1")).toBe(true);
    await us.service.close();
    const { reachable, bindings } = await carrier.next("deviceBindings", (event) => event.bindings.length === 0);
    expect([reachable, bindings, carrier.service.deviceReachable("d-1")]).toEqual([false, [], false]);
    const reborn = await start({ realm: "carrier" });
    const before = carrier.events.flatMap((event) => (event.kind === "deviceBindings" ? event.bindings : []));
    reborn.service.restoreBindings(before.map((binding) => ({ deviceId: "d-1", binding })));
    expect([before.length > 0, reborn.service.deviceReachable("d-1")]).toEqual([true, false]);
  });

  it("that are not registered are UNREACHABLE", async () => {
    const us = await start();
    us.service.dialDevice({
      legId: "ring-1",
      deviceId: "nobody",
      caller: null,
      callerName: null,
      ringTimeoutMs: 1_000,
      autoAnswer: false,
      rtpPort: 21_000,
    });
    expect((await us.next("ended")).code).toBe("UNREACHABLE");
  });
});

describe("health and recovery", () => {
  it("OPTIONS tells a trunk up", async () => {
    const { carrier } = await carrierAndUs();
    const us = await start();
    us.service.setTrunks([trunkTo(carrier.service.sipPort, { optionsEveryS: 10 })]);
    const { state } = await us.next("trunkState", (event) => event.state.health.state === "up");
    expect(state.health.roundTripMs).toBeGreaterThanOrEqual(0);
  });

  it("a stored dialog is ended by the next run", async () => {
    const { carrier, us } = await carrierAndUs();
    await resolved(us);
    us.service.dialTrunk(dial());
    const { leg } = await carrier.next("incoming");
    carrier.service.answer(leg.legId, 30_000);
    await us.next("answered");
    const stored = us.service.storedDialog("out-1") ?? "";
    const reborn = await start();
    expect([reborn.service.endStored(stored), reborn.service.endStored("{}")]).toEqual([true, false]);
    expect((await carrier.next("ended")).code).toBe("HUNG_UP");
  });

  it("traces a leg's messages without credentials and gives them when it is over", async () => {
    const { carrier, us } = await carrierAndUs();
    await resolved(us);
    us.service.dialTrunk(dial());
    const { leg } = await carrier.next("incoming");
    carrier.service.reject(leg.legId, 603);
    await us.next("ended");
    const lines = us.service.trace("out-1").map(({ direction, firstLine }) => `${direction} ${firstLine}`);
    // Who is held up for 200 ms says 100 first, and who is for half a second sends the request again.
    const said = [...new Set(lines)].filter((line) => line !== "in SIP/2.0 100 Trying");
    expect(said.slice(0, 2)).toEqual([
      `out INVITE sip:100@127.0.0.1:${carrier.service.sipPort} SIP/2.0`,
      "in SIP/2.0 603 Decline",
    ]);
    await us.service.close();
    expect(us.traces.get("out-1")?.length).toBeGreaterThanOrEqual(3);
  });

  it("a taken port is told with its setting", async () => {
    const first = await start();
    await expect(start({ sipPort: first.service.sipPort })).rejects.toMatchObject({
      code: "SIP_PORT_TAKEN",
      setting: "CENTRALA_SIP_PORT",
    });
  });
});

describe("refused calls", () => {
  it("of a known line each leave a reason that people understand", async () => {
    const log: string[] = [];
    const us = await start({ log: (level, message) => log.push(`${level} ${message}`) });
    us.service.setTrunks([trunkTo(9)]);
    await resolved(us);
    const caller = await RawPhone.open(us.service.sipPort);
    const call = async (callId: string, wanted: number, options: { body?: string; extra?: string[] }) => {
      caller.send("INVITE", 1, { callId, body: sdp(4_000), ...options });
      await caller.next(status(wanted));
    };
    await call("codecs", 488, { body: sdp(4_000, "sendrecv", "18 101") });
    await call("srtp", 488, { body: sdp(4_000).replace("RTP/AVP", "RTP/SAVP") });
    await call("extension", 420, { extra: ["Require: 100rel, precondition"] });
    caller.send("INVITE", 1, { callId: "permission", body: sdp(4_000) });
    const { leg } = await us.next("incoming");
    us.service.reject(leg.legId, 403);
    await caller.next(status(403));
    expect(
      us.service.refusals.list().map((one) => [one.reason, one.status, one.detail, one.trunkId, one.called]),
    ).toEqual(
      expect.arrayContaining([
        ["notPermitted", 403, "", "trunk", "100"],
        ["extensionDemanded", 420, "100rel, precondition", "trunk", "100"],
        ["encryptionDemanded", 488, "RTP/SAVP", "trunk", "100"],
        ["noCommonCodec", 488, "G729", "trunk", "100"],
      ]),
    );
    expect(log).toEqual(Array(4).fill("warn a SIP request was refused"));
    caller.close();
  });
});

describe("a telephone that takes none of our sound", () => {
  it("is in the list with its status, because nobody else says why it never rings", async () => {
    const us = await start();
    const phone = await RawPhone.open(us.service.sipPort);
    us.service.setTrunks([trunkTo(phone.port)]);
    await resolved(us);
    us.service.dialTrunk(dial());
    const invite = await phone.next((message) => message.kind === "request" && message.method === "INVITE");
    phone.answer(invite, 488);
    await us.next("ended");
    expect(us.service.refusals.list()).toMatchObject([
      { reason: "soundRefused", status: 488, method: "INVITE", trunkId: "trunk", called: "100" },
    ]);
    phone.close();
  });
});

describe("strangers", () => {
  function request(method: string, extra: readonly string[] = [], branch = method): string {
    return [
      `${method} sip:100@127.0.0.1 SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK${branch};rport`,
      "Max-Forwards: 70",
      "From: <sip:evil@127.0.0.1>;tag=a",
      "To: <sip:100@127.0.0.1>",
      `Call-ID: ${branch}`,
      `CSeq: 1 ${method}`,
      ...extra,
      "Content-Length: 0",
      "",
      "",
    ].join("\r\n");
  }

  async function ask(port: number, messages: readonly string[]): Promise<string[]> {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    const answers: string[] = [];
    const all = new Promise<void>((resolve) => {
      socket.on("message", (bytes) => {
        answers.push(bytes.toString());
        if (answers.length === messages.length) resolve();
      });
    });
    for (const message of messages) socket.send(message, port, "127.0.0.1");
    await all;
    socket.close();
    return answers;
  }

  const firstLine = (text: string) => text.split("\r\n")[0];

  it("always get the same 401 with a fresh nonce, whatever they ask for", async () => {
    const us = await start();
    const contact = "Contact: <sip:evil@127.0.0.1>";
    const answers = await ask(us.service.sipPort, [
      request("INVITE", [contact]),
      request("REGISTER", [contact]),
      request("OPTIONS"),
      request("OPTIONS", ["Require: nonsense"], "x"),
    ]);
    expect(answers.map(firstLine)).toEqual(Array(4).fill("SIP/2.0 401 Unauthorized"));
    const nonces = new Set(answers.map((text) => /nonce="([^"]+)"/.exec(text)?.[1]));
    expect(nonces.size).toBe(4);
    expect(answers.filter((text) => /^(server|user-agent):/im.test(text))).toEqual([]);
    expect(us.service.counters().transactions).toBe(0);
  });

  it("with malformed messages are counted and answered 400 where that is possible", async () => {
    const us = await start();
    const bad = request("OPTIONS").replace("CSeq: 1 OPTIONS", "CSeq: x OPTIONS");
    const [answer] = await ask(us.service.sipPort, [bad]);
    expect(firstLine(answer ?? "")).toMatch(/^SIP\/2\.0 400 /);
    expect(us.service.counters().malformed).toBe(1);
  });

  it("over TCP get keep-alives answered and are cut off when they break the framing", async () => {
    const us = await start();
    const socket = connect(us.service.sipPort, "127.0.0.1");
    const received: string[] = [];
    socket.on("data", (bytes: Buffer) => received.push(bytes.toString()));
    socket.write("\r\n\r\n");
    await new Promise<void>((resolve) => socket.once("data", () => resolve()));
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.write("this is no SIP\r\n\r\n");
    await closed;
    expect(received.join("")).toBe("\r\n");
  });

  it("[LIMIT] who floods is answered no more", async () => {
    const us = await start();
    const flood = Array.from({ length: 220 }, (_, index) => request("OPTIONS", [], `flood${index}`));
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    for (const message of flood) socket.send(message, us.service.sipPort, "127.0.0.1");
    await expect.poll(() => us.service.counters().rateLimited, { timeout: 10_000 }).toBeGreaterThan(0);
    expect(us.service.counters().challenged).toBeGreaterThanOrEqual(100);
    socket.close();
  });
});
