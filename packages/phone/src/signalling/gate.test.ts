import { SeededRandom } from "@centrala/kit";
import {
  type Admission,
  answerChallenge,
  createResponse,
  type Peer,
  parseMessage,
  type SipRequest,
} from "@centrala/sip";
import { describe, expect, it } from "vitest";
import { accountOf } from "./devices.ts";
import { Gate } from "./gate.ts";
import { networkOf } from "./guard.ts";
import { Refusals } from "./refusals.ts";
import { sourceSet } from "./sources.ts";
import { trunkTo } from "./testing.ts";
import type { Trunk, Trunks } from "./trunks.ts";

const minute = 60_000;
const carrier = "203.0.113.1";

/** A gate with accounts "phone0" to "phone999", password "right", and one trunk of the carrier that owns 100. */
function newGate(home: readonly string[] = []) {
  const random = new SeededRandom(7);
  const lines: string[] = [];
  const refusals = new Refusals((_level, message, details) => lines.push(`${message} ${JSON.stringify(details)}`));
  const trunk = {
    settings: trunkTo(5060, { sources: [carrier], maxCalls: 1 }),
    sources: sourceSet([carrier]),
    state: { calls: 0 },
  } as unknown as Trunk;
  const trunks = {
    bySource: (address: string) => (address === carrier ? [trunk] : []),
    get: () => trunk,
  } as unknown as Trunks;
  const gate = new Gate({
    signalling: {
      entropy: random,
      log: (_level: string, message: string) => lines.push(message),
      ownerOf: (candidates: readonly { trunkId: string; called: string }[]) =>
        candidates.find(({ called }) => called === "100")?.trunkId ?? null,
    } as never,
    trunks,
    refusals,
    isDevicePeer: (peer) => home.includes(`${peer.address}:${peer.port}`),
    isDeviceAddress: (address) => home.some((place) => place.startsWith(`${address}:`)),
    isOwnHost: () => false,
  });
  gate.setAccounts(
    Array.from({ length: 1_000 }, (_, index) => accountOf("centrala", `d${index}`, `phone${index}`, "right")),
  );
  return { gate, refusals, lines, trunk, random };
}

type Setup = ReturnType<typeof newGate>;

function request(method: string, user: string, to = "us"): SipRequest {
  const text = [
    `${method} sip:${to === "us" ? "" : `${to}@`}us SIP/2.0`,
    "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa;rport",
    `From: <sip:${user}@us>;tag=a`,
    `To: <sip:${method === "REGISTER" ? user : to}@us>`,
    "Call-ID: a",
    `CSeq: 1 ${method}`,
    "Content-Length: 0",
    "",
    "",
  ].join("\r\n");
  const result = parseMessage(new TextEncoder().encode(text));
  if (!result.ok || result.message.kind !== "request") throw new Error("no request");
  return result.message;
}

const from = (address: string, port = 5060): Peer => ({ transport: "UDP", address, port });
const statusOf = (admission: Admission) => (admission.kind === "refuse" ? admission.status : admission.kind);

/** Asks without credentials; undefined when there is no challenge. */
function challenge({ gate }: Setup, now: number, user: string, source: Peer) {
  const plain = request("REGISTER", user);
  const admission = gate.admit(now, plain, source);
  if (admission.kind !== "refuse" || admission.status !== 401) return undefined;
  return createResponse(plain, 401, undefined, { headers: admission.headers });
}

function withPassword(setup: Setup, response: ReturnType<typeof challenge>, user: string, password: string) {
  const again = request("REGISTER", user);
  if (response === undefined) throw new Error("there was no challenge");
  const header = answerChallenge(response, again, { username: user, password }, setup.random);
  again.headers.set(header?.[0] ?? "", header?.[1] ?? "");
  return again;
}

function tryPassword(setup: Setup, now: number, user: string, source: Peer, password: string) {
  const response = challenge(setup, now, user, source);
  return response === undefined
    ? "drop"
    : statusOf(setup.gate.admit(now, withPassword(setup, response, user, password), source));
}

describe("whom a telephone registers", () => {
  it("[LENIENT] is itself, in whatever letters and escapes it writes its name, and nobody else", () => {
    const registered = (to: string) => {
      const setup = newGate();
      const phone = from("198.51.100.7");
      const again = withPassword(setup, challenge(setup, 0, "phone1", phone), "phone1", "right");
      again.headers.set("to", to);
      return statusOf(setup.gate.admit(1, again, phone));
    };
    expect(
      ["<sip:phone1@us>", "<sip:Phone1@us:5060;transport=udp>", "<sip:%70hone1@us>", "sip:PHONE1@us;x"].map(registered),
    ).toEqual(Array(4).fill("accept"));
    expect(["<sip:phone2@us>", "<sip:us>", "<sip:x@us;y=:phone1@>", '"phone1" <>'].map(registered)).toEqual(
      Array(4).fill(403),
    );
  });
});

describe("guessing of SIP passwords", () => {
  it("one nonce and 15,000 guesses: three are looked at, and then even the right one is not", () => {
    const setup = newGate();
    const attacker = from("198.51.100.7");
    const response = challenge(setup, 0, "phone1", attacker);
    for (let guess = 0; guess < 15_000; guess += 1) {
      setup.gate.admit(guess / 10, withPassword(setup, response, "phone1", `guess${guess}`), attacker);
    }
    expect(setup.refusals.counts().get("passwordWrong")).toBe(3);
    expect(statusOf(setup.gate.admit(2_000, withPassword(setup, response, "phone1", "right"), attacker))).not.toBe(
      "accept",
    );
  });

  it("a source gets five a minute, then pauses that double up to an hour, for whatever account", () => {
    const setup = newGate();
    const attacker = from("198.51.100.7");
    let now = 0;
    const looked: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      const before = setup.refusals.counts().get("passwordWrong") ?? 0;
      for (let guess = 0; guess < 20; guess += 1) {
        tryPassword(setup, now, `phone${round * 20 + guess}`, attacker, "wrong");
        now += 100;
      }
      looked.push((setup.refusals.counts().get("passwordWrong") ?? 0) - before);
      const [pause] = setup.gate.pauses(now);
      expect([pause?.kind, pause?.name]).toEqual(["source", "198.51.100.7"]);
      now = pause?.until ?? now;
      expect(setup.gate.pauses(now)).toEqual([]);
    }
    expect(looked).toEqual(Array(8).fill(5));
    // 1 + 2 + 4 + 8 + 16 + 32 + 60 + 60 minutes of pauses.
    expect(Math.round(now / minute)).toBe(183);
  });

  it("many sources: the account is paused elsewhere, and its own telephone goes on", () => {
    const setup = newGate(["192.0.2.1:5060"]);
    const tries = Array.from({ length: 40 }, (_, index) =>
      tryPassword(setup, index, "phone1", from(`198.51.100.${index}`), "wrong"),
    );
    expect(tries.filter((status) => status === 401).length).toBe(5);
    expect(setup.gate.pauses(100).map(({ kind, name, failures }) => ({ kind, name, failures }))).toEqual([
      { kind: "account", name: "phone1", failures: 5 },
    ]);
    expect(tryPassword(setup, 100, "phone1", from("203.0.113.50"), "right")).toBe("drop");
    expect(tryPassword(setup, 100, "phone1", from("192.0.2.1"), "right")).toBe("accept");
  });

  it("guesses before and after a restart shut out no telephone that comes back to where it was", () => {
    const setup = newGate();
    setup.gate.remember(0, [{ deviceId: "d1", address: "192.0.2.1" }]);
    for (let index = 0; index < 5; index += 1) tryPassword(setup, 1, "phone1", from(`198.51.100.${index}`), "wrong");
    expect(tryPassword(setup, 2, "phone1", from("203.0.113.50"), "right")).toBe("drop");
    expect(tryPassword(setup, 2, "phone1", from("192.0.2.1"), "right")).toBe("accept");
    expect(tryPassword(setup, 2, "phone2", from("192.0.2.1"), "right")).toBe("accept");
  });

  it("who was right from an address before is not shut out by others there, but by own mistakes", () => {
    const setup = newGate();
    const office = "192.0.2.1";
    expect(tryPassword(setup, 0, "phone1", from(office), "right")).toBe("accept");
    for (let guess = 0; guess < 5; guess += 1) tryPassword(setup, 1, "phone9", from(office, 6_000), "wrong");
    expect(tryPassword(setup, 2, "phone1", from(office), "right")).toBe("accept");
    expect(tryPassword(setup, 2, "phone2", from(office), "right")).toBe("drop");
    for (let guess = 0; guess < 5; guess += 1) tryPassword(setup, 3, "phone1", from(office), "wrong");
    expect(tryPassword(setup, 4, "phone1", from(office), "right")).toBe("drop");
    expect(tryPassword(setup, 3 + minute, "phone1", from(office), "right")).toBe("accept");
  });

  it("slow guessing is stopped by the hour", () => {
    const setup = newGate();
    let looked = 0;
    for (let guess = 0; guess < 240; guess += 1) {
      const source = from(`198.51.${guess}.1`);
      if (tryPassword(setup, guess * 15_000, "phone1", source, "wrong") === 401) looked += 1;
    }
    expect(looked).toBeLessThanOrEqual(25);
  });

  it("an IPv6 network counts as one source", () => {
    expect(["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::9", "::1", "192.0.2.1"].map(networkOf)).toEqual([
      "2001:db8:1:2::/64",
      "2001:db8:1:2::/64",
      "0:0:0:0::/64",
      "192.0.2.1",
    ]);
  });
});

describe("answers to strangers", () => {
  it("500 telephones behind one address register within a second", () => {
    const setup = newGate();
    const statuses = Array.from({ length: 500 }, (_, index) =>
      challenge(setup, index, `phone${index}`, from("192.0.2.1", 10_000 + index)),
    ).map((response, index) => {
      const again = withPassword(setup, response, `phone${index}`, "right");
      return statusOf(setup.gate.admit(600 + index, again, from("192.0.2.1", 10_000 + index)));
    });
    expect(statuses).toEqual(Array(500).fill("accept"));
    expect(setup.gate.counters.rateLimited).toBe(0);
  });

  it("a flood of OPTIONS under an office's address leaves its telephones their challenges", () => {
    const setup = newGate(["192.0.2.1:5060"]);
    let answered = 0;
    for (let index = 0; index < 3_600; index += 1) {
      const admission = setup.gate.admit(index * 3, request("OPTIONS", "x"), from("192.0.2.1", 7_000));
      if (admission.kind === "refuse") answered += 1;
    }
    expect(answered).toBeLessThan(200);
    expect(tryPassword(setup, 10_800, "phone1", from("192.0.2.1", 5_062), "right")).toBe("accept");
    // A registered place is asked as often as it likes.
    expect(setup.gate.mayAnswer(10_800, from("192.0.2.1"))).toBe(true);
  });

  it("one limit stands before everything else that strangers are answered", () => {
    const { gate } = newGate();
    const answered = Array.from({ length: 500 }, () => gate.mayAnswer(0, from("198.51.100.7"))).filter(Boolean);
    expect([answered.length, gate.mayAnswer(0, from(carrier))]).toEqual([100, true]);
  });

  it("large datagrams of strangers are not read", () => {
    const { gate } = newGate(["192.0.2.1:5060"]);
    const read = [from("198.51.100.7"), from(carrier), from("192.0.2.1")].map((source) => gate.mayRead(58_000, source));
    expect([...read, gate.mayRead(8_192, from("198.51.100.7"))]).toEqual([false, true, true, true]);
    expect(gate.counters.oversized).toBe(1);
  });

  it("from a carrier's address the name of an account gets the answer of any other", () => {
    const { gate } = newGate();
    const ask = (user: string) => statusOf(gate.admit(0, request("INVITE", user, "999"), from(carrier)));
    expect([ask("phone1"), ask("nobody")]).toEqual([404, 404]);
  });
});

describe("refusals", () => {
  it("are told with line, number and reason, counted together, and logged once a minute", () => {
    const setup = newGate();
    const { gate, refusals, lines, trunk } = setup;
    for (let call = 0; call < 50; call += 1) gate.admit(call, request("INVITE", "caller", "999"), from(carrier));
    expect(refusals.list()).toEqual([
      {
        reason: "numberUnknown",
        status: 404,
        method: "INVITE",
        source: carrier,
        transport: "UDP",
        trunkId: "trunk",
        deviceId: null,
        account: null,
        called: "999",
        detail: "",
        count: 50,
        firstAt: 0,
        lastAt: 49,
      },
    ]);
    expect(lines.length).toBe(1);
    gate.admit(minute, request("INVITE", "caller", "999"), from(carrier));
    expect(lines[1]).toContain('"times":50');
    trunk.state = { ...trunk.state, calls: 1 };
    gate.admit(minute, request("INVITE", "caller", "100"), from(carrier));
    gate.admit(minute, request("INVITE", "caller", "100"), from("198.51.100.7"));
    expect(refusals.list().map(({ reason, called, status }) => [reason, called, status])).toEqual([
      ["numberUnknown", "999", 404],
      ["lineBusy", "100", 503],
      ["sourceUnknown", "100", 401],
    ]);
  });

  it("[ATTACK] show nothing that moves a cursor or turns the line round", () => {
    const { gate, refusals, lines } = newGate();
    const plain = request("INVITE", "caller", "999");
    const evil: SipRequest = { ...plain, uri: "sip:\u202e9\u001b[2J9\u009b9@us" };
    gate.admit(0, evil, from("198.51.100.7"));
    const { source, called } = refusals.list()[0] ?? { source: "", called: null };
    expect(source).toBe("198.51.100.7");
    const shown = `${called} ${lines.join(" ")}`;
    for (const hidden of ["\u202e", "\u001b", "\u009b"]) expect(shown).not.toContain(hidden);
  });

  it("[LIMIT] strangers displace neither what concerns a line, nor fill the log", () => {
    const { gate, refusals, lines } = newGate();
    gate.admit(0, request("INVITE", "caller", "999"), from(carrier));
    for (let index = 0; index < 5_000; index += 1) {
      gate.admit(1, request("INVITE", "x", `${index}`), from(`10.${index >> 8}.${index & 255}.1`));
    }
    const list = refusals.list();
    expect([list.length <= 101, list.some(({ reason }) => reason === "numberUnknown"), lines.length]).toEqual([
      true,
      true,
      31,
    ]);
  });

  it("who proves who it is was not refused", () => {
    const setup = newGate();
    const phone = from("192.0.2.1");
    setup.gate.admit(0, request("INVITE", "phone1", "200"), phone);
    expect(setup.refusals.list().length).toBe(1);
    tryPassword(setup, 1, "phone1", phone, "right");
    expect(setup.refusals.list()).toEqual([]);
  });
});
