import { SeededRandom, utf8Encode } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { emptyBody, Headers, parseMessage, type SipMessage } from "../message/index.ts";
import type { OutgoingPacket, Peer } from "../transaction/index.ts";
import { SipAgent } from "./agent.ts";
import type { AgentEvent } from "./events.ts";

const carrier = { transport: "UDP", address: "10.0.0.9", port: 5060 } as const;
const offer = "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\n";
const credentials = { username: "acc1", password: "secret" };

/** A carrier nobody here wrote: it sends and answers text. */
class FarEnd {
  readonly peer: Peer;
  readonly agent = new SipAgent({
    entropy: new SeededRandom(7),
    userAgent: "test",
    addressFor: () => ({ host: "10.0.0.1", port: 5060 }),
    admit: () => ({ kind: "accept", principal: "trunk" }),
  });
  now = 0;
  toTag = "";
  readonly #events: AgentEvent[] = [];
  #seen: OutgoingPacket[] = [];

  constructor(peer: Peer = carrier) {
    this.peer = peer;
  }

  /** Sends a request; lines of its own replace the usual ones. @returns what was answered last */
  request(method: string, seq: number, lines: readonly string[] = [], body = ""): SipMessage | undefined {
    const own = new Set(lines.map((line) => line.split(":")[0]));
    const usual = [
      `Via: SIP/2.0/${this.peer.transport} 10.0.0.9:5070;branch=z9hG4bK${method}${seq};rport`,
      "From: <sip:gateway@10.0.0.9>;tag=gw",
      `To: <sip:100@10.0.0.1>${this.toTag}`,
      "Call-ID: c1",
      `CSeq: ${seq} ${method}`,
      "Contact: <sip:gateway@10.0.0.9:5070>",
      ...(body === "" ? [] : ["Content-Type: application/sdp"]),
    ];
    const head = [...usual.filter((line) => !own.has(line.split(":")[0])), ...lines];
    this.deliver(`${method} sip:100@10.0.0.1 SIP/2.0\r\n${head.join("\r\n")}\r\n\r\n${body}`);
    return this.sent().at(-1);
  }

  /** Answers the request that was sent last. */
  respond(to: SipMessage | undefined, status: string, lines: readonly string[] = []): void {
    const copied = ["via", "from", "call-id", "cseq"].map((name) => `${name}: ${to?.headers.get(name) ?? ""}`);
    const target = (to?.headers.get("to") ?? "").replace(/;tag=.*/, "");
    this.deliver(`SIP/2.0 ${status}\r\n${[...copied, `To: ${target};tag=far`, ...lines].join("\r\n")}\r\n\r\n`);
  }

  deliver(text: string): void {
    this.agent.handleBytes(this.now, utf8Encode(text), this.peer);
    this.#drain();
  }

  /** An established call of theirs; its number. */
  talk(lines: readonly string[] = []): number {
    this.request("INVITE", 1, lines, offer);
    const call = this.told("incoming")[0]?.call ?? 0;
    this.agent.answer(this.now, call, utf8Encode("v=0"));
    const to = this.sent().at(-1)?.headers.get("to") ?? "";
    this.toTag = to.slice(to.indexOf(";tag="));
    this.request("ACK", 1);
    this.told("acked");
    return call;
  }

  run(ms: number): void {
    this.now += ms;
    this.#drain();
  }

  /** Packets since the last call. */
  packets(): OutgoingPacket[] {
    this.#drain();
    const seen = this.#seen;
    this.#seen = [];
    return seen;
  }

  /** Messages since the last call. */
  sent(): SipMessage[] {
    return this.packets().flatMap(({ bytes }) => {
      const result = parseMessage(bytes);
      return result.ok ? [result.message] : [];
    });
  }

  told<Kind extends AgentEvent["kind"]>(kind: Kind): Extract<AgentEvent, { kind: Kind }>[] {
    this.#drain();
    const found = this.#events.filter((event): event is Extract<AgentEvent, { kind: Kind }> => event.kind === kind);
    this.#events.length = 0;
    return found;
  }

  #drain(): void {
    this.agent.poll(this.now);
    this.#seen.push(...this.agent.takePackets());
    this.#events.push(...this.agent.takeEvents());
  }
}

function line(message: SipMessage | undefined): string {
  if (message === undefined) return "nothing";
  return message.kind === "request" ? message.method : `${message.status} ${message.reason}`;
}

describe("[LENIENT] a BYE ends the call", () => {
  const aoc = '<?xml version="1.0"?><aoc xmlns="http://uri.etsi.org/ngn/params/xml/simservs/aoc"/>';

  it.each([
    ["a charging advice", ["Content-Type: application/vnd.etsi.aoc+xml"], aoc],
    ["a quality report", ["Content-Type: application/vq-rtcpxr"], "VQSessionReport"],
    ["a body without type", ["X-Result: 1"], "result=1"],
    ["an extension nobody knows", ["Require: x-charging"], ""],
    ["a Contact that is none", ["Contact: ;;"], ""],
    ["a number that is not above the last", ["CSeq: 1 BYE"], ""],
  ])("that carries %s", (_what, lines, body) => {
    const far = new FarEnd();
    far.talk();
    expect(line(far.request("BYE", 2, lines, body))).toBe("200 OK");
    expect(far.told("ended").map(({ cause }) => cause.by)).toEqual(["remote"]);
    expect(line(far.request("OPTIONS", 3))).toBe("481 Call/Transaction Does Not Exist");
  });

  it("a CANCEL that demands something ends the ringing", () => {
    const far = new FarEnd();
    far.request("INVITE", 1, [], offer);
    const branch = "Via: SIP/2.0/UDP 10.0.0.9:5070;branch=z9hG4bKINVITE1;rport";
    far.request("CANCEL", 1, [branch, "Require: x", "Content-Type: a/b"], "x");
    expect(far.told("ended").map(({ cause }) => cause.by)).toEqual(["remote"]);
  });
});

describe("session timers", () => {
  it("[RFC4028-9] a proxy asks for a far end that knows no timers: we refresh, and nothing is required of it", () => {
    const far = new FarEnd();
    far.request("INVITE", 1, ["Session-Expires: 1800", "Min-SE: 90"], offer);
    far.agent.answer(0, far.told("incoming")[0]?.call ?? 0, utf8Encode("v=0"));
    const answer = far.sent().at(-1);
    expect([answer?.headers.get("session-expires"), answer?.headers.has("require")]).toEqual([
      "1800;refresher=uas",
      false,
    ]);
    const to = answer?.headers.get("to") ?? "";
    far.toTag = to.slice(to.indexOf(";tag="));
    far.request("ACK", 1);
    far.run(899_000);
    expect(far.sent().map(line)).toEqual([]);
    for (let round = 0; round < 3; round += 1) {
      far.run(round === 0 ? 2_000 : 900_000);
      const refresh = far.sent().find((message) => line(message) === "INVITE");
      expect(refresh?.headers.get("session-expires")).toBe("1800;refresher=uac");
      // It answers without a word about timers: the proxies between us have seen the refresh.
      far.respond(refresh, "200 OK", ["Contact: <sip:gateway@10.0.0.9:5070>", "Content-Type: application/sdp"]);
      expect(far.sent().map(line)).toEqual(["ACK"]);
    }
    expect(far.told("ended")).toEqual([]);
  });

  it("[RFC4028-9] the option tag is written in any case; nobody is asked to refresh every second", () => {
    const answered = (lines: readonly string[]) => {
      const far = new FarEnd();
      far.request("INVITE", 1, lines, offer);
      far.agent.answer(0, far.told("incoming")[0]?.call ?? 0, utf8Encode("v=0"));
      const headers = far.sent().at(-1)?.headers ?? new Headers();
      return [headers.get("session-expires"), headers.get("require")];
    };
    expect(answered(["Session-Expires: 600", "Supported: Timer"])).toEqual(["600;refresher=uac", "timer"]);
    expect(answered(["Session-Expires: 1"])).toEqual([undefined, undefined]);
  });

  it("a refresh that is refused is tried again before the session ends", () => {
    const far = new FarEnd();
    far.talk(["Session-Expires: 180;refresher=uas", "Supported: timer"]);
    far.sent();
    far.run(90_000);
    const first = far.sent().find((message) => line(message) === "INVITE");
    far.respond(first, "500 Server Internal Error");
    far.run(30_000);
    const second = far.sent().find((message) => line(message) === "INVITE");
    far.respond(second, "200 OK", ["Session-Expires: 180;refresher=uac", "Contact: <sip:gateway@10.0.0.9>"]);
    far.run(60_000);
    expect(far.told("ended")).toEqual([]);
  });
});

describe("requests inside a call", () => {
  it("[RFC5057-5.2] a NOTIFY nobody asked for is refused for its event, not as if the call were gone", () => {
    const far = new FarEnd();
    far.talk();
    const answer = far.request("NOTIFY", 2, ["Event: presence"]);
    expect([line(answer), answer?.headers.get("allow-events")]).toEqual(["489 Bad Event", "refer"]);
  });

  it("[RFC5407-3.1.4] a re-INVITE before the ACK: the ACK was lost, so the call stands and the offer is looked at", () => {
    const far = new FarEnd();
    far.request("INVITE", 1, [], offer);
    const call = far.told("incoming")[0]?.call ?? 0;
    far.agent.answer(0, call, utf8Encode("v=0"));
    const to = far.sent().at(-1)?.headers.get("to") ?? "";
    far.toTag = to.slice(to.indexOf(";tag="));
    far.request("INVITE", 2, [], offer);
    expect(far.told("acked").map((event) => event.call)).toEqual([call]);
    far.agent.answerReoffer(0, call, utf8Encode("v=0"));
    far.sent();
    // Neither 2xx of the two goes out for ever: the first is acknowledged by the second INVITE.
    far.request("ACK", 2);
    far.run(5_000);
    expect(far.sent()).toEqual([]);
  });

  it("[RFC3264-4] a re-INVITE while our own offer waits for its answer in the ACK is refused with 491", () => {
    const far = new FarEnd();
    far.request("INVITE", 1);
    far.agent.answer(0, far.told("incoming")[0]?.call ?? 0, utf8Encode("v=0"));
    const to = far.sent().at(-1)?.headers.get("to") ?? "";
    far.toTag = to.slice(to.indexOf(";tag="));
    expect(line(far.request("INVITE", 2, [], offer))).toBe("491 Request Pending");
  });
});

describe("connections that close", () => {
  const connection = { transport: "TCP", address: "10.0.0.9", port: 43545, connectionId: "k1" } as const;

  it("[RFC3261-18.2.2] answers then go to the port of Via, requests to Contact", () => {
    const far = new FarEnd(connection);
    const call = far.talk();
    expect(far.agent.store(call)).toContain('"elsewhere":{"address":"10.0.0.9","port":5070}');
    far.sent();
    far.agent.end(0, call);
    expect(far.packets().map(({ peer }) => peer)).toEqual([
      { ...connection, elsewhere: { address: "10.0.0.9", port: 5070 } },
    ]);
  });

  it("a refusal opens no connection: who closes its own does not choose where we connect to", () => {
    const far = new FarEnd(connection);
    far.deliver(
      "BYE sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.9:25;branch=z9hG4bKq\r\nFrom: <sip:a>;tag=a\r\nTo: <sip:b>;tag=b\r\nCall-ID: q\r\nCSeq: 1 BYE\r\n\r\n",
    );
    expect(far.packets().map(({ peer }) => peer)).toEqual([connection]);
  });

  it("a request whose connection broke goes out once more, by a new one", () => {
    const far = new FarEnd(connection);
    const call = far.talk();
    far.sent();
    far.agent.end(0, call);
    const key = far.packets()[0]?.transactionKey ?? "";
    far.agent.transportFailed(key);
    expect(far.packets().map(({ peer }) => peer)).toEqual([{ transport: "TCP", address: "10.0.0.9", port: 5070 }]);
    far.agent.transportFailed(key);
    expect(far.packets()).toEqual([]);
  });

  it("after a crash a stored call is ended where its far end listens", () => {
    const far = new FarEnd(connection);
    const text = far.agent.store(far.talk()) ?? "";
    const next = new FarEnd(connection);
    expect(next.agent.endStored(0, text).ok).toBe(true);
    expect(next.packets().map(({ peer }) => peer.elsewhere)).toEqual([{ address: "10.0.0.9", port: 5070 }]);
  });

  it("a Contact that is a name, or private behind a router, leads nowhere else than Via's port", () => {
    const far = new FarEnd(connection);
    const call = far.talk(["Contact: <sip:gw@sbc.example.org:5099;transport=tcp>"]);
    far.sent();
    far.agent.end(0, call);
    expect(far.packets().map(({ peer }) => peer.elsewhere)).toEqual([{ address: "10.0.0.9", port: 5070 }]);
  });
});

describe("registrars", () => {
  /** Registers, and is answered so; what was told and sent then. */
  function registered(lines: readonly string[]): FarEnd {
    const far = new FarEnd();
    far.agent.register(0, {
      id: "trunk",
      registrar: "sip:carrier.example",
      aor: "sip:acc1@carrier.example",
      contactUser: "acc1",
      credentials,
      expiresS: 300,
      peers: [carrier],
    });
    far.respond(far.sent()[0], "200 OK", lines);
    return far;
  }

  const other = "<sip:acc1@10.9.9.9:5060>";
  const ours = "<sip:acc1@10.0.0.1:5060>";

  it.each([
    ["another telephone first", [`Contact: ${other};expires=3600`, `Contact: ${ours};expires=70`], 70],
    ["in one line", [`Contact: ${other};expires=3600, ${ours};expires=70`], 70],
    ["ours without the usual port", [`Contact: ${other};expires=60`, "Contact: <sip:acc1@10.0.0.1>;expires=70"], 70],
    ["ours with what it was given on the way", ["Contact: <sip:acc1@10.0.0.1:5060;ob;x=1>;q=0.5;expires=70"], 70],
    ["ours without a time, but Expires", [`Contact: ${other};expires=3600`, `Contact: ${ours}`, "Expires: 80"], 80],
    [
      "written anew, two with our user",
      [`Contact: ${other};expires=3600`, "Contact: <sip:acc1@10.9.9.8>;expires=90"],
      90,
    ],
    ["one that was taken back", [`Contact: ${ours};expires=0`, `Contact: ${other};expires=100`], 100],
    ["users of its own", ["Contact: <sip:x@10.9.9.9>;expires=3600", "Contact: <sip:y@10.9.9.9>;expires=110"], 110],
    ["no binding at all", ["Expires: 120"], 120],
    ["nothing", [], 300],
    ["no time that is one", [`Contact: ${ours};expires=soon`], 300],
  ])("[RFC3261-10.2.4] of %s our own lifetime counts", (_what, lines, seconds) => {
    expect(registered(lines).told("registration")).toMatchObject([{ state: "registered", until: seconds * 1_000 }]);
  });

  it("[RFC3608-5] tells the route that requests are to take, and nothing of Path", () => {
    const route = "<sip:orig@10.0.0.8:5065;lr>";
    const lines = [`Service-Route: ${route}, <sip:second.example;lr>`, "Service-Route: rubbish", "Path: <sip:edge;lr>"];
    expect(registered(lines).told("registration")[0]?.serviceRoute).toEqual([route, "<sip:second.example;lr>"]);
  });

  it("[RFC7616-3.3] a second challenge with another nonce is answered, the same nonce or a third is believed", () => {
    const challenges = (nonces: readonly string[]) => {
      const far = new FarEnd();
      far.agent.register(0, {
        id: "trunk",
        registrar: "sip:carrier.example",
        aor: "sip:acc1@carrier.example",
        contactUser: "acc1",
        credentials,
        expiresS: 300,
        peers: [carrier],
      });
      for (const nonce of nonces) {
        const request = far.sent().at(-1);
        if (request !== undefined) {
          far.respond(request, "401 Unauthorized", [
            `WWW-Authenticate: Digest realm="r", nonce="${nonce}", qop="auth",`,
          ]);
        }
      }
      return [
        line(far.sent().at(-1)),
        far
          .told("registration")
          .map(({ state }) => state)
          .join(),
      ];
    };
    expect(challenges(["n1", "n2"])).toEqual(["REGISTER", ""]);
    expect(challenges(["n1", "n1"])).toEqual(["nothing", "refused"]);
    expect(challenges(["n1", "n2", "n3"])).toEqual(["nothing", "refused"]);
  });

  it("a carrier that is away is asked again within half a minute, however long it was away", () => {
    const far = new FarEnd();
    far.agent.register(0, {
      id: "trunk",
      registrar: "sip:carrier.example",
      aor: "sip:acc1@carrier.example",
      contactUser: "acc1",
      credentials,
      expiresS: 300,
      peers: [carrier],
    });
    for (let second = 0; second < 1_800; second += 1) far.run(1_000);
    far.sent();
    for (let second = 0; second < 65; second += 1) far.run(1_000);
    expect(new Set(far.sent().map((message) => message.headers.get("cseq"))).size).toBeGreaterThanOrEqual(1);
    far.agent.refreshRegistration(far.now, "trunk");
    expect(far.sent().map(line)).toEqual(["REGISTER"]);
  });
});

describe("redirections", () => {
  it("[RFC3261-8.1.3.4] tell where the call should go, the preferred first", () => {
    const far = new FarEnd();
    far.agent.invite(0, {
      principal: "trunk",
      uri: "sip:0888@10.0.0.9",
      peer: carrier,
      from: "<sip:us@10.0.0.1>",
      contactUser: "us",
      callId: "c2",
      body: emptyBody,
    });
    far.respond(far.sent()[0], "302 Moved Temporarily", [
      "Contact: <sip:0888@10.0.0.9:5078>;q=0.2, <sip:0888@10.0.0.9:5077>;q=0.9",
    ]);
    expect(far.told("ended")[0]?.cause).toMatchObject({
      status: 302,
      contacts: ["sip:0888@10.0.0.9:5077", "sip:0888@10.0.0.9:5078"],
    });
  });
});
