import { DigestServer, ha1, Registrar } from "@centrala/sip";
import { afterEach, describe, expect, it } from "vitest";
import { SimulatedCall } from "./caller.ts";
import { SipLine } from "./line.ts";
import { SimulatedPhone } from "./phone.ts";
import { type AnswersAfter, CallTaker, type TakenCall } from "./taker.ts";
import { visit } from "./visit.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function line(...options: Parameters<typeof SipLine.open>): Promise<SipLine> {
  const made = await SipLine.open(...options);
  open.push(made);
  return made;
}

/** Somebody who is phoned, and the calls that were taken. */
async function callee(answersAfterMs: AnswersAfter) {
  const own = await line({ admit: () => ({ kind: "accept", principal: "anybody" }) });
  const taker = new CallTaker(own, answersAfterMs);
  own.onOther((event) => event.kind === "incoming" && void taker.incoming(event));
  const taken = Promise.withResolvers<TakenCall>();
  const rung = Promise.withResolvers<void>();
  taker.onCall(taken.resolve);
  taker.onRing(rung.resolve);
  return { line: own, taker, taken: taken.promise, rung: rung.promise };
}

async function phone(to: SipLine, from = "+359888123456"): Promise<SimulatedCall> {
  return SimulatedCall.place(await line(), {
    uri: `sip:100@127.0.0.1:${to.port}`,
    peer: { transport: "UDP", address: "127.0.0.1", port: to.port },
    from,
    displayName: 'A "quoted" name',
  });
}

/** A tone, loud enough to be told from silence. */
function tone(durationMs: number, frequencyHz: number): Int16Array {
  const step = (2 * Math.PI * frequencyHz) / 8_000;
  return Int16Array.from({ length: durationMs * 8 }, (_, index) => Math.round(12_000 * Math.sin(index * step)));
}

/** How strong a frequency is in the tenth of a second in which it is strongest, from 0 to 1. */
function strongest(samples: Int16Array, frequencyHz: number): number {
  let most = 0;
  for (let start = 0; start + 800 <= samples.length; start += 160)
    most = Math.max(most, strength(samples.subarray(start, start + 800), frequencyHz));
  return most;
}

function strength(samples: Int16Array, frequencyHz: number): number {
  let real = 0;
  let imaginary = 0;
  let power = 0;
  for (const [index, sample] of samples.entries()) {
    const angle = (2 * Math.PI * frequencyHz * index) / 8_000;
    real += sample * Math.cos(angle);
    imaginary += sample * Math.sin(angle);
    power += sample * sample;
  }
  return power === 0 ? 0 : (2 * (real * real + imaginary * imaginary)) / (power * samples.length);
}

describe("a simulated call", () => {
  it("rings, is answered, is heard both ways with keys, and ends on both sides when the caller hangs up", async () => {
    const far = await callee(0);
    const call = await phone(far.line);
    const taken = await far.taken;
    await call.answered;
    expect({ called: taken.called, from: taken.from }).toEqual({
      called: "100",
      from: expect.stringContaining("<sip:+359888123456@127.0.0.1:"),
    });
    await Promise.all([call.audio.say(tone(400, 440)), taken.audio.say(tone(400, 1_000))]);
    call.audio.press("1#");
    while (taken.audio.keysHeard.length < 2) await new Promise((resolve) => setImmediate(resolve));
    call.hangUp();
    const outcome = await call.ended;
    await taken.ended;
    expect({ answered: outcome.answered, by: outcome.cause?.by, keys: taken.audio.keysHeard }).toEqual({
      answered: true,
      by: "local",
      keys: "1#",
    });
    expect(strongest(taken.audio.heard(), 440)).toBeGreaterThan(0.9);
    expect(strongest(call.audio.heard(), 1_000)).toBeGreaterThan(0.9);
  });

  it("is told when the far end hangs up", async () => {
    const far = await callee(0);
    const call = await phone(far.line);
    const taken = await far.taken;
    await call.answered;
    taken.hangUp();
    expect((await call.ended).cause?.by).toBe("remote");
    expect(call.state).toBe("ended");
  });

  it("is given up before the answer, and the ringing stops", async () => {
    const far = await callee(null);
    const call = await phone(far.line);
    await far.rung;
    call.hangUp();
    expect(await call.ended).toMatchObject({ answered: false, cause: { by: "local" } });
    while (far.taker.calls > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it("is refused with the far end's status", async () => {
    const call = await phone(await line({ admit: () => ({ kind: "refuse", status: 404 }) }));
    expect(await call.ended).toMatchObject({ answered: false, status: 404 });
  });

  it("ends for everybody when the far end ends all its calls", async () => {
    const far = await callee(0);
    const calls = await Promise.all([phone(far.line, "1"), phone(far.line, "2"), phone(far.line, "3")]);
    await Promise.all(calls.map((call) => call.answered));
    far.taker.end();
    expect((await Promise.all(calls.map((call) => call.ended))).map((outcome) => outcome.cause?.by)).toEqual([
      "remote",
      "remote",
      "remote",
    ]);
    expect(far.taker.calls).toBe(0);
  });
});

describe("a visit", () => {
  it("performs its steps after the answer and hangs up", async () => {
    const far = await callee(0);
    const call = await phone(far.line);
    const taken = far.taken;
    const outcome = await visit(
      call,
      [
        { kind: "press", keys: "42" },
        { kind: "say", samples: tone(100, 440) },
      ],
      10_000,
    );
    expect(outcome.answered).toBe(true);
    expect((await taken).audio.keysHeard).toBe("42");
  });

  it("gives up when nobody answers in time", async () => {
    const far = await callee(null);
    const outcome = await visit(await phone(far.line), [{ kind: "wait", durationMs: 60_000 }], 1);
    expect(outcome.answered).toBe(false);
  });

  it("ends early when the far end hangs up", async () => {
    const far = await callee(0);
    void far.taken.then((taken) => taken.hangUp());
    const outcome = await visit(await phone(far.line), [{ kind: "wait", durationMs: 60_000 }], 10_000);
    expect(outcome).toMatchObject({ answered: true, cause: { by: "remote" } });
  });
});

describe("a simulated telephone", () => {
  /** A registrar that wants digest, and who is registered there. */
  async function registrar() {
    const bindings = new Registrar({ expiresMinS: 60 });
    const random = (await line()).entropy;
    const digest = new DigestServer({ realm: "centrala", key: new Uint8Array(32), entropy: random });
    const account = {
      ha1Md5: ha1("MD5", "desk", "centrala", "secret"),
      ha1Sha256: ha1("SHA-256", "desk", "centrala", "secret"),
    };
    const own = await line({
      registrar: bindings,
      admit: (request) => {
        const verdict = digest.check(Date.now(), request, (name) => (name === "desk" ? account : undefined));
        if (verdict.kind === "accepted") return { kind: "accept", principal: verdict.username };
        const values = digest.challenge(Date.now(), { stale: verdict.kind === "stale" });
        return { kind: "refuse", status: 401, headers: values.map((value) => ["www-authenticate", value] as const) };
      },
    });
    return { own, registered: () => bindings.lookup(Date.now(), "desk").length };
  }

  async function desk(port: number, password: string): Promise<SimulatedPhone> {
    const registrarPeer = { transport: "UDP", address: "127.0.0.1", port } as const;
    const made = await SimulatedPhone.open({
      registrar: registrarPeer,
      domain: "127.0.0.1",
      username: "desk",
      password,
      answersAfterMs: 0,
    });
    open.push(made);
    return made;
  }

  it("registers with digest, and takes the registration back when it is closed", async () => {
    const { own, registered } = await registrar();
    const telephone = await desk(own.port, "secret");
    expect(await telephone.registered()).toBe(true);
    expect(registered()).toBe(1);
    await telephone.close();
    expect(registered()).toBe(0);
  });

  it("is told when its password is wrong", async () => {
    const { own, registered } = await registrar();
    expect(await (await desk(own.port, "guess")).registered()).toBe(false);
    expect(registered()).toBe(0);
  });
});
