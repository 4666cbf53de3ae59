import { SeededRandom } from "@centrala/kit";
import { type Peer, parseMessage, type SipRequest } from "@centrala/sip";
import { describe, expect, it } from "vitest";
import { ChallengeMemory } from "./challenge-memory.ts";
import { endCodeOf, mayTryNext, refusalCode } from "./end-codes.ts";
import { calledNumber, callerOf } from "./identity.ts";
import { LocalAddresses } from "./local-addresses.ts";
import { OwnAddresses } from "./own-addresses.ts";
import { RateLimit } from "./rate-limit.ts";
import { Targets } from "./resolver.ts";
import { holds, sourceSet } from "./sources.ts";
import { trunkTo } from "./testing.ts";
import { withoutSecrets } from "./trace.ts";
import { splitHostPort } from "./trunks.ts";

function request(lines: readonly string[]): SipRequest {
  const text = [...lines, "Content-Length: 0", "", ""].join("\r\n");
  const result = parseMessage(new TextEncoder().encode(text));
  if (!result.ok || result.message.kind !== "request") throw new Error("no request");
  return result.message;
}

const invite = (uri: string, extra: readonly string[] = [], from = '"Ivan" <sip:0888@10.0.0.1>;tag=a') =>
  request([`INVITE ${uri} SIP/2.0`, `From: ${from}`, "To: <sip:+359700100@carrier>", ...extra]);

describe("targets", () => {
  const peer = (address: string, port: number, serverName: string) => ({
    transport: "UDP",
    address,
    port,
    serverName,
  });

  it("[RFC3263-4.2] asks SRV when no port is set, by priority, and addresses otherwise", async () => {
    const asked: string[] = [];
    const targets = new Targets({
      clock: () => 0,
      entropy: new SeededRandom(1),
      resolver: {
        addresses: async (host) => {
          asked.push(host);
          return host === "a.example" ? ["192.0.2.1", "192.0.2.2"] : ["192.0.2.9"];
        },
        services: async (name) => {
          asked.push(name);
          return name !== "_sip._udp.carrier.example"
            ? []
            : [
                { host: "b.example", port: 5070, priority: 20, weight: 0 },
                { host: "a.example", port: 5060, priority: 10, weight: 5 },
              ];
        },
      },
    });
    expect(await targets.resolve("carrier.example", null, "UDP")).toEqual([
      peer("192.0.2.1", 5060, "carrier.example"),
      peer("192.0.2.2", 5060, "carrier.example"),
      peer("192.0.2.9", 5070, "carrier.example"),
    ]);
    expect(await targets.resolve("other.example", 5080, "UDP")).toEqual([peer("192.0.2.9", 5080, "other.example")]);
    expect(await targets.resolve("192.0.2.77", null, "TLS")).toEqual([
      { transport: "TLS", address: "192.0.2.77", port: 5061 },
    ]);
    expect(asked).toEqual(["_sip._udp.carrier.example", "a.example", "b.example", "other.example"]);
  });

  it("keeps an answer for a minute, and an old one while the name server is away", async () => {
    const state = { now: 0, fails: false, asked: 0 };
    const targets = new Targets({
      clock: () => state.now,
      entropy: new SeededRandom(1),
      resolver: {
        addresses: async () => {
          state.asked += 1;
          if (state.fails) throw new Error("SERVFAIL");
          return ["192.0.2.1"];
        },
        services: async () => [],
      },
    });
    const ask = async () => (await targets.resolve("h.example", 5060, "UDP")).length;
    expect([await ask(), await ask(), state.asked]).toEqual([1, 1, 1]);
    state.fails = true;
    state.now = 61_000;
    expect([await ask(), state.asked]).toEqual([1, 2]);
    state.now = 90_000_000;
    expect(await ask()).toBe(0);
  });
});

describe("own addresses", () => {
  const local = new LocalAddresses(
    () => 0,
    () => [
      { address: "127.0.0.1", netmaskBits: 8, internal: true },
      { address: "192.168.1.10", netmaskBits: 24, internal: false },
      { address: "10.8.0.2", netmaskBits: 16, internal: false },
    ],
  );
  const own = (publicAddress: string | null, bind = "0.0.0.0") =>
    new OwnAddresses({ bind, publicAddress, local, ports: () => ({ sip: 5060, sips: 5061 }) });
  const at = (address: string, transport: Peer["transport"] = "UDP"): Peer => ({ transport, address, port: 5060 });

  it("toward local peers is the interface whose network holds them", () => {
    const hosts = ["127.0.0.1", "192.168.1.77", "10.8.3.3", "172.16.0.1"].map((to) =>
      own("203.0.113.1").toward(at(to)),
    );
    expect(hosts.map(({ host }) => host)).toEqual(["127.0.0.1", "192.168.1.10", "10.8.0.2", "192.168.1.10"]);
  });

  it("toward others is the address set, with the port of the transport", () => {
    expect(own("203.0.113.1").toward(at("198.51.100.1", "TLS"))).toEqual({ host: "203.0.113.1", port: 5061 });
    expect(own(null).toward(at("198.51.100.1"))).toEqual({ host: "192.168.1.10", port: 5060 });
  });

  it("[RFC3581] is learnt from what a registrar saw, with the port the router shows to it", () => {
    const learning = own(null);
    const registrar = at("198.51.100.1");
    learning.learn(registrar, { host: "203.0.113.9", port: 61_000 });
    expect(learning.toward(registrar)).toEqual({ host: "203.0.113.9", port: 61_000 });
    expect(learning.toward(at("198.51.100.2"))).toEqual({ host: "203.0.113.9", port: 5060 });
    expect(learning.toward(at("192.168.1.77")).host).toBe("192.168.1.10");
  });

  it("is not learnt against the setting, nor from inside the network", () => {
    const learn = (publicAddress: string | null, from: string, seen: string) => {
      const addresses = own(publicAddress);
      addresses.learn(at(from), { host: seen, port: 1 });
      return addresses.learnt;
    };
    expect([
      learn("203.0.113.1", "198.51.100.1", "203.0.113.9"),
      learn(null, "192.168.1.1", "203.0.113.9"),
      learn(null, "198.51.100.1", "10.0.0.1"),
    ]).toEqual([null, null, null]);
  });
});

describe("identity", () => {
  it("reads the called number from where the trunk says", () => {
    const message = invite("sip:100@us", ["Diversion: <sip:+359200@carrier>;reason=unconditional"]);
    const read = (calledFrom: "request-uri" | "to" | "diversion") => calledNumber(message, trunkTo(1, { calledFrom }));
    expect([read("request-uri"), read("to"), read("diversion")]).toEqual(["100", "+359700100", "+359200"]);
  });

  it("takes To when the carrier calls the Contact of our registration", () => {
    const registration = { username: "acc", authUsername: null, password: "x", expiresS: 300 };
    expect(calledNumber(invite("sip:acc@us"), trunkTo(1, { registration }))).toBe("+359700100");
  });

  it("tells the caller, and nothing of one who hides", () => {
    const trusting = ["P-Asserted-Identity: <sip:+359888@carrier;user=phone>"];
    expect(callerOf(invite("sip:1@us", trusting), true)).toEqual({
      caller: "0888",
      callerName: "Ivan",
      asserted: "+359888",
    });
    expect(callerOf(invite("sip:1@us", trusting), false).asserted).toBe(null);
    const hidden = ["<sip:anonymous@anonymous.invalid>;tag=a", "<sip:Restricted@carrier>;tag=a"];
    for (const from of hidden) expect(callerOf(invite("sip:1@us", [], from), true).caller).toBe(null);
    expect(callerOf(invite("sip:1@us", ["Privacy: header; id"]), true).caller).toBe(null);
    expect(callerOf(invite("tel:1", [], "<tel:+359-88-8>;tag=a"), true).caller).toBe("+359888");
  });
});

describe("end codes", () => {
  const cause = { status: null, q850: null, text: null, retryAfterS: null, contacts: [], answered: false } as const;

  it("tell who ended the leg and why", () => {
    expect([
      endCodeOf({ ...cause, by: "remote", answered: true }, "in"),
      endCodeOf({ ...cause, by: "remote" }, "in"),
      endCodeOf({ ...cause, by: "timeout", status: 408 }, "out"),
      endCodeOf({ ...cause, by: "remote", status: 486 }, "out"),
      endCodeOf({ ...cause, by: "session", answered: true }, "out"),
    ]).toEqual(["HUNG_UP", "CANCELLED", "UNREACHABLE", "BUSY", "MEDIA_LOST"]);
  });

  it("prefer Q.850 to a status that hides it", () => {
    expect([refusalCode(503, 17), refusalCode(480, 1), refusalCode(403, null), refusalCode(480, null)]).toEqual([
      "BUSY",
      "NUMBER_UNKNOWN",
      "TRUNK_REJECTED",
      "NO_ANSWER",
    ]);
  });

  it("let another trunk try when this one is silent, out of service or does not know us", () => {
    const tries = [503, 403, 401, 486, 404].map((status) => mayTryNext({ ...cause, by: "remote", status }));
    expect([...tries, mayTryNext({ ...cause, by: "timeout" })]).toEqual([true, true, true, false, false, true]);
  });
});

describe("small parts", () => {
  it("sources hold addresses and networks, and leave out what is neither", () => {
    const set = sourceSet(["192.0.2.1", "198.51.100.0/24", "2001:db8::/32", "nonsense", "10.0.0.0/99"]);
    const held = ["192.0.2.1", "192.0.2.2", "198.51.100.200", "2001:db8::7", "10.0.0.1", "x"].map((a) => holds(set, a));
    expect(held).toEqual([true, false, true, true, false, false]);
  });

  it("host and port are taken apart, IPv6 with and without brackets", () => {
    expect(["a.example:5070", "a.example", "[2001:db8::1]:5062", "2001:db8::1", "", null].map(splitHostPort)).toEqual([
      { host: "a.example", port: 5070 },
      { host: "a.example", port: null },
      { host: "2001:db8::1", port: 5062 },
      { host: "2001:db8::1", port: null },
      null,
      null,
    ]);
  });

  it("[LIMIT] a rate limit lets a burst through, then what its pace earns, for each source alone", () => {
    const limit = new RateLimit({ burst: 2, perSecond: 1, sourcesMax: 2 });
    const taken = [0, 0, 0, 500, 1_500].map((now) => limit.take(now, "a", 1));
    expect([...taken, limit.take(1_500, "b", 2)]).toEqual([true, true, false, false, true, true]);
  });

  it("[RFC8760] a source that does not answer a challenge for both algorithms is offered MD5 alone", () => {
    const memory = new ChallengeMemory();
    expect(memory.forRegister(0, "a", "Phone")).toEqual(["SHA-256", "MD5"]);
    expect(memory.forRegister(30_000, "a", "Phone")).toEqual(["MD5"]);
    expect(memory.forOther(40_000, "a", "Phone")).toEqual(["MD5"]);
    expect(memory.forRegister(0, "b", "Phone")).toEqual(["SHA-256", "MD5"]);
    memory.answered("b");
    expect(memory.forRegister(30_000, "b", "Phone")).toEqual(["SHA-256", "MD5"]);
    expect(memory.forRegister(0, "c", "baresip v1.0.0 (x86_64/linux)")).toEqual(["MD5"]);
  });

  it("[SECRETS] no Authorization is left in a trace, folded or not", () => {
    const text = "REGISTER x\r\nAuthorization: Digest a,\r\n b=c\r\nproxy-authorization: x\r\nTo: y\r\n\r\n";
    expect(withoutSecrets(text)).toBe("REGISTER x\r\nTo: y\r\n\r\n");
  });

  it("[SECRETS] no password of an address and no key of encrypted sound is left in a trace", () => {
    const text =
      "INVITE sip:a:p4ss@b SIP/2.0\r\nFrom: <sips:bob:s3cret@host:5061;x=y>\r\nVia: SIP/2.0/UDP h:5060;rport\r\n\r\nv=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc\r\na=ice-pwd:xyz\r\na=sendrecv\r\n";
    expect(withoutSecrets(text)).toBe(
      "INVITE sip:a:***@b SIP/2.0\r\nFrom: <sips:bob:***@host:5061;x=y>\r\nVia: SIP/2.0/UDP h:5060;rport\r\n\r\nv=0\r\na=crypto:***\r\na=ice-pwd:***\r\na=sendrecv\r\n",
    );
    const plain = "BYE sip:a@b:5060 SIP/2.0\r\nContact: <sip:a@b:5060>, <sip:c@d>\r\n\r\n";
    expect(withoutSecrets(plain)).toBe(plain);
  });

  it("[SECRETS] keys by INFO, or by any type that keys travel as, are left out of a trace, in both directions", () => {
    const left = "(body not kept: keys)";
    const heads = [
      "INFO sip:a@b SIP/2.0\r\nCSeq: 4 INFO\r\nContent-Type: application/dtmf-relay\r\n\r\n",
      "\r\nINFO sip:a@b SIP/2.0\r\nc: text/plain\r\n\r\n",
      "SIP/2.0 200 OK\r\ncseq : 9  INFO\r\nContent-Type: application/dtmf\r\n\r\n",
      "NOTIFY sip:a@b SIP/2.0\r\nContent-Type: application/kpml-response+xml\r\n\r\n",
      "MESSAGE sip:a@b SIP/2.0\r\nContent-Type:\r\n application/vnd.nortelnetworks.digits\r\n\r\n",
    ];
    for (const head of heads) expect(withoutSecrets(`${head}Signal=4\r\nd=7\r\n`)).toBe(`${head}${left}`);
    const invite =
      "INVITE sip:INFO@b SIP/2.0\r\nContent-Type: application/sdp\r\n\r\na=rtpmap:101 telephone-event/8000\r\n";
    expect(withoutSecrets(invite)).toBe(invite);
    expect(withoutSecrets("BYE x\r\nAuthorization: Digest a\r\n\r\n")).toBe("BYE x\r\n\r\n");
  });
});
