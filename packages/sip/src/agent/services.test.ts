import { describe, expect, it } from "vitest";
import { DigestServer, ha1 } from "../auth/index.ts";
import { parseSipUri } from "../message/index.ts";
import { Registrar } from "../registrar/index.ts";
import { sipText } from "../transaction/testing.ts";
import { defaultNextHop } from "./core.ts";
import { readKeys } from "./keys.ts";
import { answerBody, answersAll, call, offer, type TestNode, text, VirtualNetwork } from "./testing.ts";

const account = {
  ha1Md5: ha1("MD5", "trunk", "carrier", "secret"),
  ha1Sha256: ha1("SHA-256", "trunk", "carrier", "secret"),
};
const credentials = { username: "trunk", password: "secret" };

/** A carrier that wants digest for everything, and us. */
function carrierAndUs(seed = 1) {
  const network = new VirtualNetwork(seed);
  const digest = new DigestServer({ realm: "carrier", key: new Uint8Array(32), entropy: network.random });
  const registrar = new Registrar({ expiresMinS: 120 });
  const carrier = network.add("10.0.0.2", {
    registrar,
    admit: (now, request) => {
      const verdict = digest.check(now, request, (name) => (name === "trunk" ? account : undefined));
      if (verdict.kind === "accepted") return { kind: "accept", principal: verdict.username };
      const values = digest.challenge(now, { stale: verdict.kind === "stale" });
      return { kind: "refuse", status: 401, headers: values.map((value) => ["www-authenticate", value] as const) };
    },
  });
  return { network, carrier, registrar, us: network.add("10.0.0.1") };
}

function registration(us: TestNode, carrier: TestNode, extra = {}) {
  return {
    id: "trunk-1",
    registrar: "sip:carrier.example",
    aor: "sip:trunk@carrier.example",
    contactUser: "trunk-1",
    credentials,
    expiresS: 600,
    peers: [us.peerTo(carrier)],
    ...extra,
  };
}

describe("registration at a carrier", () => {
  it("[RFC3261-10.2] registers with digest, tells how we are seen, and refreshes in time", () => {
    const { network, carrier, us, registrar } = carrierAndUs();
    us.agent.register(network.now, registration(us, carrier));
    network.run(1_000);
    expect(us.told("registration")).toEqual([
      {
        kind: "registration",
        id: "trunk-1",
        state: "registered",
        status: 200,
        until: us.told("registration")[0]?.until,
        seenAs: { host: "10.0.0.1", port: 5060 },
        serviceRoute: [],
      },
    ]);
    expect(registrar.lookup(network.now, "trunk").map((binding) => binding.contact)).toEqual([
      "sip:trunk-1@10.0.0.1:5060",
    ]);
    network.run(3_600_000);
    expect(registrar.lookup(network.now, "trunk").length).toBe(1);
    expect(us.told("registration").every((event) => event.state === "registered")).toBe(true);
  });

  it("[RFC3261-10.2.8] takes the longer lifetime a registrar asks for by 423", () => {
    const { network, carrier, us, registrar } = carrierAndUs();
    us.agent.register(network.now, registration(us, carrier, { expiresS: 60 }));
    network.run(1_000);
    expect(us.told("registration").map((event) => event.state)).toEqual(["registered"]);
    expect(registrar.lookup(network.now + 110_000, "trunk").length).toBe(1);
  });

  it("tells a wrong password as refused, after a second nonce, and backs off", () => {
    const { network, carrier, us } = carrierAndUs();
    us.agent.register(
      network.now,
      registration(us, carrier, { credentials: { username: "trunk", password: "wrong" } }),
    );
    network.run(50_000);
    expect(us.told("registration").map(({ state, status }) => [state, status])).toEqual([["refused", 401]]);
    expect(us.sent.length).toBe(3);
    network.run(3_600_000);
    expect(us.sent.length).toBeLessThan(80);
  });

  it("tries the next target when one does not answer, then tells unreachable and backs off", () => {
    const { network, carrier, us } = carrierAndUs();
    const dead = { transport: "UDP", address: "10.9.9.9", port: 5060 } as const;
    us.agent.register(network.now, registration(us, carrier, { peers: [dead, us.peerTo(carrier)] }));
    network.run(40_000);
    expect(us.told("registration").map((event) => event.state)).toEqual(["registered"]);
    us.agent.register(network.now, registration(us, carrier, { id: "trunk-2", peers: [dead] }));
    network.run(40_000);
    expect(us.told("registration").map((event) => event.state)).toEqual(["registered", "unreachable"]);
  });

  it("takes the registration back", () => {
    const { network, carrier, us, registrar } = carrierAndUs();
    us.agent.register(network.now, registration(us, carrier));
    network.run(1_000);
    us.agent.unregister(network.now, "trunk-1");
    network.run(1_000);
    expect(us.told("registration").map((event) => event.state)).toEqual(["registered", "removed"]);
    expect(us.agent.poll(network.now) ?? 0).toBeLessThan(network.now + 33_000);
    expect(carrier.sent.filter((line) => line.includes("200")).length).toBeGreaterThan(0);
    expect(registrar.lookup(network.now, "trunk")).toEqual([]);
    expect(registrar.lookup(network.now, "trunk")).toEqual([]);
  });
});

describe("addresses", () => {
  it("[RFC3581-4] a Contact learnt from the registrar's challenge is the only one that is ever registered", () => {
    const learnt: { host: string; port: number }[] = [];
    const { network, carrier, registrar } = carrierAndUs();
    const us = network.add("10.0.0.3", {
      addressFor: () => learnt[0] ?? { host: "192.168.1.5", port: 5060 },
      seenAs: (_peer, seen) => void learnt.push(seen),
    });
    us.agent.register(network.now, registration(us, carrier));
    network.run(1_000);
    expect(registrar.lookup(network.now, "trunk").map((binding) => binding.contact)).toEqual([
      "sip:trunk-1@10.0.0.3:5060",
    ]);
  });
});

describe("digest on our calls", () => {
  it("[RFC3261-22.2] answers the challenge of an INVITE with the next CSeq, and its ACK carries the credentials", () => {
    const { network, carrier, us } = carrierAndUs();
    answersAll(carrier, false);
    call(us, carrier, { credentials });
    network.run(1_000);
    expect(us.kinds()).toEqual(["answered"]);
    expect(us.sent.map((line) => line.split(" ")[0])).toEqual(["INVITE", "ACK", "INVITE", "ACK"]);
    expect(carrier.told("acked").length).toBe(1);
  });

  it("[RFC3261-22.2] gives up after a wrong password", () => {
    const { network, carrier, us } = carrierAndUs();
    call(us, carrier, { credentials: { username: "trunk", password: "wrong" } });
    network.run(1_000);
    expect(us.told("ended").map((event) => [event.cause.by, event.cause.status])).toEqual([["remote", 401]]);
    expect(us.sent.map((line) => line.split(" ")[0])).toEqual(["INVITE", "ACK", "INVITE", "ACK", "INVITE", "ACK"]);
  });
});

describe("REFER", () => {
  /** A phone that talks with bob, and asks him what these lines say. */
  function asked(lines: (dialog: { readonly callId: string; readonly tags: readonly [string, string] }) => string[]) {
    const network = new VirtualNetwork(3);
    const bob = network.add("10.0.0.2");
    const phone = network.add("10.0.0.1");
    answersAll(bob, false);
    call(phone, bob);
    network.run(1_000);
    const there = bob.told("incoming")[0];
    const invite = there?.request.headers;
    const callId = invite?.get("call-id") ?? "";
    const from = invite?.get("from") ?? "";
    const tags = [bobTag(network, bob, phone), from.slice(from.indexOf("tag="))] as const;
    const refer = sipText([
      "REFER sip:100@10.0.0.2 SIP/2.0",
      "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKrefer",
      "Max-Forwards: 70",
      `From: ${from}`,
      `To: ${invite?.get("to") ?? ""};${tags[0]}`,
      `Call-ID: ${callId}`,
      "CSeq: 50 REFER",
      ...lines({ callId, tags }),
      "Content-Length: 0",
    ]);
    bob.agent.handleBytes(network.now, refer, { transport: "UDP", address: "10.0.0.1", port: 5060 });
    network.run(1_000);
    const id = there?.call ?? 0;
    /** Everything bob has sent since he answered. */
    const sent = () =>
      bob.sent.slice(bob.sent.indexOf("SIP/2.0 200 OK") + 1).map((line) => line.split(" ").slice(0, 2).join(" "));
    return { network, bob, id, sent };
  }

  it("[RFC3515-2.4.4] is accepted and told; whoever decides says by NOTIFY what came of it, once", () => {
    const { network, bob, id, sent } = asked(() => ["Refer-To: <sip:300@10.0.0.2>"]);
    expect(bob.told("refer")).toEqual([{ kind: "refer", call: id, target: "sip:300@10.0.0.2", replaces: null }]);
    expect(sent()).toEqual(["SIP/2.0 202", "NOTIFY sip:200@10.0.0.1:5060"]);
    expect(bob.agent.notifyRefer(network.now, id, 200)).toBe(true);
    network.run(1_000);
    expect(sent().length).toBe(3);
    expect(bob.agent.notifyRefer(network.now, id, 200)).toBe(false);
  });

  it.each([0, 1])("[RFC3891-3] with Replaces names the call, whichever end its tags are seen from", (side) => {
    const { bob, id } = asked(({ callId, tags }) => {
      const [to, from] = side === 0 ? tags : [tags[1], tags[0]];
      const value = encodeURIComponent(`${callId};to-${to};from-${from}`);
      return [`Refer-To: <sip:300@10.0.0.2?Replaces=${value}>`];
    });
    expect(bob.told("refer").map(({ replaces }) => replaces)).toEqual([id]);
  });

  it("[RFC3891-3] with Replaces of no call of ours ends as 481, and is not told", () => {
    const { bob, sent } = asked(() => ["Refer-To: <sip:300@10.0.0.2?Replaces=other%3Bto-tag%3Da%3Bfrom-tag%3Db>"]);
    expect([bob.told("refer"), sent()[0], sent().length]).toEqual([[], "SIP/2.0 202", 2]);
  });

  it.each([[[]], [["Refer-To: <sip:300@10.0.0.2>", "Refer-To: <sip:301@10.0.0.2>"]]])(
    "[RFC3515-2.4.2] with other than one Refer-To is 400: %j",
    (lines: string[]) => {
      const { bob, sent } = asked(() => lines);
      expect([bob.told("refer"), sent()]).toEqual([[], ["SIP/2.0 400"]]);
    },
  );
});

/** The stored form of bob's call holds the tags of its dialog. */
function bobTag(network: VirtualNetwork, bob: TestNode, phone: TestNode): string {
  const stored = bob.agent.store(bob.told("incoming")[0]?.call ?? 0) ?? "{}";
  const { dialog } = JSON.parse(stored) as { dialog: string };
  expect(phone.network).toBe(network);
  return `tag=${(JSON.parse(dialog) as { localTag: string }).localTag}`;
}

describe("session timer", () => {
  function invite(extra: readonly string[]) {
    return sipText(
      [
        "INVITE sip:100@10.0.0.2 SIP/2.0",
        "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKtimer",
        "Max-Forwards: 70",
        "From: <sip:200@10.0.0.1>;tag=a",
        "To: <sip:100@10.0.0.2>",
        "Call-ID: timer",
        "CSeq: 1 INVITE",
        "Contact: <sip:200@10.0.0.1>",
        "Supported: timer",
        ...extra,
        "Content-Type: application/sdp",
        "Content-Length: 5",
      ],
      "offer",
    );
  }
  const source = { transport: "UDP", address: "10.0.0.1", port: 5060 } as const;

  it("[RFC4028-9] an interval that is too short is 422 with Min-SE", () => {
    const network = new VirtualNetwork(1);
    const bob = network.add("10.0.0.2");
    bob.agent.handleBytes(network.now, invite(["Session-Expires: 30"]), source);
    network.run(100);
    expect(bob.sent).toEqual(["SIP/2.0 422 Session Interval Too Small"]);
  });

  it("[RFC4028-10] a far end that promised to refresh and does not is ended with BYE", () => {
    const network = new VirtualNetwork(1);
    const bob = network.add("10.0.0.2");
    answersAll(bob, false);
    bob.agent.handleBytes(network.now, invite(["Session-Expires: 180"]), source);
    network.run(10);
    const tag = bobTag(network, bob, bob);
    const ack = sipText([
      "ACK sip:100@10.0.0.2 SIP/2.0",
      "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKtimerack",
      "From: <sip:200@10.0.0.1>;tag=a",
      `To: <sip:100@10.0.0.2>;${tag}`,
      "Call-ID: timer",
      "CSeq: 1 ACK",
      "Content-Length: 0",
    ]);
    bob.agent.handleBytes(network.now, ack, source);
    network.run(200_000);
    expect(bob.told("ended").map((event) => event.cause.by)).toEqual(["session"]);
  });
});

describe("requests outside of calls", () => {
  const request = (method: string, extra: readonly string[] = []) =>
    sipText([
      `${method} sip:100@10.0.0.2 SIP/2.0`,
      `Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK${method}${extra.length}`,
      "Max-Forwards: 70",
      "From: <sip:200@10.0.0.1>;tag=a",
      "To: <sip:100@10.0.0.2>",
      `Call-ID: ${method}`,
      `CSeq: 1 ${method}`,
      ...extra,
      "Content-Length: 0",
    ]);
  const source = { transport: "UDP", address: "10.0.0.1", port: 5060 } as const;

  function answers(bytes: Uint8Array): string[] {
    const network = new VirtualNetwork(1);
    const bob = network.add("10.0.0.2");
    bob.agent.handleBytes(network.now, bytes, source);
    network.run(10);
    return bob.sent;
  }

  it("[RFC3261-11.2] OPTIONS is answered 200", () => {
    expect(answers(request("OPTIONS"))).toEqual(["SIP/2.0 200 OK"]);
  });

  it("[RFC3262] reliable provisional responses are not offered: Require: 100rel is 420", () => {
    const invite = request("INVITE", ["Contact: <sip:200@10.0.0.1>", "Require: 100rel"]);
    expect(answers(invite)).toEqual(["SIP/2.0 420 Bad Extension"]);
  });

  it("[RFC3261-8.2.1] a method that is not served is 405, one that nobody knows 501", () => {
    expect([answers(request("SUBSCRIBE")), answers(request("FLY"))]).toEqual([
      ["SIP/2.0 405 Method Not Allowed"],
      ["SIP/2.0 501 Not Implemented"],
    ]);
  });

  it("[RFC3261-8.2.2.2] the same INVITE by a second way is 482", () => {
    const network = new VirtualNetwork(1);
    const bob = network.add("10.0.0.2");
    const invite = request("INVITE", ["Contact: <sip:200@10.0.0.1>"]);
    bob.agent.handleBytes(network.now, invite, source);
    const second = text(invite).replace("z9hG4bKINVITE1", "z9hG4bKother");
    bob.agent.handleBytes(network.now, sipText(second.split("\r\n").slice(0, -2)), source);
    network.run(10);
    expect(bob.sent).toEqual(["SIP/2.0 482 Loop Detected"]);
  });

  it("what makes no call leaves no state: OPTIONS, refusals, CANCEL of nothing", () => {
    const network = new VirtualNetwork(1);
    const bob = network.add("10.0.0.2", { admit: () => ({ kind: "accept", principal: "carrier" }) });
    const contact = "Contact: <sip:200@10.0.0.1>";
    for (const bytes of [
      request("OPTIONS"),
      request("CANCEL"),
      request("NOTIFY"),
      request("FLY"),
      request("INVITE", [contact, "Require: 100rel"]),
    ]) {
      bob.agent.handleBytes(network.now, bytes, source);
    }
    network.run(10);
    expect(bob.sent.map((line) => line.split(" ")[1])).toEqual(["200", "481", "481", "501", "420"]);
    expect(bob.agent.counters.transactions).toBe(0);
  });

  it("asks before it answers who was not let in, and tells every refusal", () => {
    const network = new VirtualNetwork(1);
    const told: string[] = [];
    const asked: string[] = [];
    const bob = network.add("10.0.0.2", {
      admit: () => ({ kind: "refuse", status: 404 }),
      mayAnswer: (_now, { method }) => asked.push(method) < 2,
      refused: ({ status, principal, reason }) => told.push(`${status} ${principal} ${reason}`),
    });
    for (const bytes of [request("CANCEL"), request("CANCEL", ["X: 1"]), request("OPTIONS")]) {
      bob.agent.handleBytes(network.now, bytes, source);
    }
    network.run(10);
    expect([bob.sent.length, asked, told]).toEqual([
      2,
      ["CANCEL", "CANCEL"],
      ["481 null Call/Transaction Does Not Exist"],
    ]);
  });

  it("[RFC3261-16] OPTIONS ping tells status and silence", () => {
    const network = new VirtualNetwork(1);
    const bob = network.add("10.0.0.2");
    const alice = network.add("10.0.0.1");
    alice.agent.ping(network.now, "up", alice.peerTo(bob), "sip:10.0.0.2", "sip:centrala@10.0.0.1");
    const dead = { transport: "UDP", address: "10.9.9.9", port: 5060 } as const;
    alice.agent.ping(network.now, "down", dead, "sip:10.9.9.9", "sip:centrala@10.0.0.1");
    network.run(60_000);
    expect(alice.events).toEqual([
      { kind: "pinged", id: "up", status: 200, roundTripMs: 10 },
      { kind: "pinged", id: "down", status: null, roundTripMs: 32_000 },
    ]);
  });

  it("[LIMIT] a full agent answers 503 with Retry-After", () => {
    const network = new VirtualNetwork(1);
    const bob = network.add("10.0.0.2", { callsMax: 1 });
    const alice = network.add("10.0.0.1");
    call(alice, bob);
    call(alice, bob);
    network.run(1_000);
    expect(alice.told("ended").map((event) => [event.cause.status, event.cause.retryAfterS])).toEqual([[503, 10]]);
  });
});

describe("leaves", () => {
  it("reads keys of both INFO bodies", () => {
    const relay = (signal: string) => readKeys("application/dtmf-relay", `Signal=${signal}\r\nDuration=160\r\n`);
    expect([relay("5"), relay(" *"), relay("11"), relay("x"), readKeys("application/dtmf", "d\r\n")]).toEqual([
      "5",
      "*",
      "#",
      "",
      "D",
    ]);
    const nortel = "p=Digit-Collection\r\ny=Digits\r\ns=success\r\nu=12345678\r\ni=87654321\r\nd=4#\r\n";
    expect(readKeys("application/vnd.nortelnetworks.digits", nortel)).toBe("4#");
    expect(readKeys("text/plain", "Signal=5")).toBe("");
  });

  it("sends to a far end behind a NAT where it was seen, and otherwise where its Contact says", () => {
    const hop = (uri: string, address: string) => {
      const parsed = parseSipUri(uri);
      if (parsed === undefined) throw new Error(uri);
      const { address: to, port } = defaultNextHop(parsed, { transport: "UDP", address, port: 41_000 });
      return `${to}:${port}`;
    };
    expect([
      hop("sip:a@192.168.1.5:5070", "203.0.113.1"),
      hop("sip:a@192.168.1.5:5070", "192.168.1.9"),
      hop("sip:a@203.0.113.7", "203.0.113.1"),
      hop("sip:a@gw.example.com", "203.0.113.1"),
    ]).toEqual(["203.0.113.1:41000", "192.168.1.5:5070", "203.0.113.7:5060", "203.0.113.1:41000"]);
  });

  it("keeps bodies apart", () => {
    expect([text(offer), text(answerBody)]).toEqual(["offer", "answer"]);
  });
});
