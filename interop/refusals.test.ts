import { connect } from "node:tls";
import { SeededRandom } from "@centrala/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Baresip } from "./support/baresip.ts";
import { Caller } from "./support/caller.ts";
import { startCentre, type TestCentre } from "./support/centre.ts";
import { eventually, within } from "./support/eventually.ts";
import { furnish, numbers } from "./support/fixtures.ts";
import { havePeers } from "./support/peers.ts";
import { parties } from "./support/ports.ts";
import { callUntilAnswered, hangUp, refusedCall, sipp, step } from "./support/sipp.ts";
import { tones } from "./support/sounds.ts";
import { digestParameter, digestResponse, header, plainRequest, Wire } from "./support/wire.ts";

let centre: TestCentre;

beforeAll(async () => {
  centre = await startCentre();
  await furnish(centre);
  await centre.hire("anna");
});
afterAll(() => centre?.close());

/** An answer without what differs from one to the next by its nature. */
function likeOthers(answer: string): string {
  return answer
    .replace(/nonce="[^"]*"/g, "nonce")
    .replace(/tag=[^\s;]+/g, "tag")
    .replace(/branch=[^\s;]+/g, "branch")
    .replace(/^(Call-ID|CSeq|From|To|Via):.*$/gim, "$1");
}

describe.runIf(havePeers("sip-tester"))("[SIPp] refusals and transports", () => {
  it("a number that is not the centre's gets 404 on a known trunk", async () => {
    const result = await sipp({
      address: parties.carrier,
      target: centre.peer(),
      number: numbers.unknown,
      steps: refusedCall("+359881000010", 404),
    });
    expect(result.errors).toBe("");
  });

  it("a stranger's call gets 401 whatever it dials", async () => {
    for (const number of [numbers.queue, numbers.unknown]) {
      const result = await sipp({
        address: parties.stranger,
        target: centre.peer(),
        number,
        steps: refusedCall("+359881000011", 401),
      });
      expect(result.errors).toBe("");
    }
    expect((await centre.contacts()).some((row) => row.party.e164 === "+359881000011")).toBe(false);
  });

  it("a caller over TCP is answered", async () => {
    const from = "+359881000012";
    const result = await sipp({
      address: parties.carrier,
      target: centre.peer(),
      number: numbers.kept,
      transport: "tcp",
      steps: [...callUntilAnswered(from), step.pause(500), ...hangUp(from, 2)],
    });
    expect(result.errors).toBe("");
    expect(await centre.ended(from)).toMatchObject({ endCode: "ABANDONED_IN_SCENARIO" });
  });

  it("a far end that holds and resumes by re-INVITE is answered as RFC 3264 says", async () => {
    const from = "+359881000013";
    const reoffer = (cseq: number, direction: string, answer: string): string[] => [
      step.within("INVITE", cseq, from, { direction }),
      step.receive(100, { optional: true }),
      step.receive(200, { checkBody: `a=${answer}` }),
      step.within("ACK", cseq, from),
    ];
    const result = await sipp({
      address: parties.carrier,
      target: centre.peer(),
      number: numbers.kept,
      steps: [
        ...callUntilAnswered(from),
        ...reoffer(2, "sendonly", "recvonly"),
        ...reoffer(3, "inactive", "inactive"),
        ...reoffer(4, "sendrecv", "sendrecv"),
        ...hangUp(from, 5),
      ],
    });
    expect(result.errors).toBe("");
  });

  it("a caller who gives up before the answer gets 487", async () => {
    const from = "+359881000018";
    const result = await sipp({
      address: parties.carrier,
      target: centre.peer(),
      number: numbers.unanswered,
      steps: [
        step.invite(from),
        step.receive(100, { optional: true }),
        step.receive(180),
        step.sameTransaction("CANCEL", from),
        step.receive(200),
        step.receive(487),
        step.sameTransaction("ACK", from),
      ],
    });
    expect(result.errors).toBe("");
    expect(await centre.ended(from)).toMatchObject({ answered: false, endCode: "ABANDONED_IN_SCENARIO" });
  });

  it("OPTIONS of the carrier is answered", async () => {
    const carrier = await Wire.open(parties.carrier);
    const uri = `sip:127.0.0.1:${centre.ports.sip}`;
    const answer = await carrier.ask(
      plainRequest({ method: "OPTIONS", uri, from: carrier, user: "carrier" }),
      centre.peer(),
    );
    carrier.close();
    expect(answer).toMatch(/^SIP\/2\.0 200 /);
    expect(header(answer, "Allow")).toContain("INVITE");
  });
});

describe("who is not known learns nothing", () => {
  it("existing and invented users, with and without passwords, get the same 401", async () => {
    const uri = `sip:127.0.0.1:${centre.ports.sip}`;
    const register = (wire: Wire, user: string, headers: readonly string[] = []): Promise<string> =>
      wire.ask(
        plainRequest({ method: "REGISTER", uri, to: `sip:${user}@127.0.0.1`, from: wire, user, headers }),
        centre.peer(),
      );
    const tries = async (user: string, address: string): Promise<string[]> => {
      const wire = await Wire.open(address);
      const first = await register(wire, user);
      const challenge = header(first, "WWW-Authenticate");
      const [nonce, realm] = [digestParameter(challenge, "nonce"), digestParameter(challenge, "realm")];
      const values = { nonce, nc: "00000001", cnonce: "abc", qop: "auth" };
      const guess = { username: user, realm, password: "guess" };
      const response = digestResponse("SHA-256", guess, { method: "REGISTER", uri }, values);
      const authorization = `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=SHA-256, qop=auth, nc=00000001, cnonce="abc"`;
      const second = await register(wire, user, [`Authorization: ${authorization}`]);
      wire.close();
      return [first, second].map(likeOthers);
    };
    // Each from an address of its own: how often an address was asked before shows in the answer.
    const anna = await tries("anna", "127.0.0.41");
    expect(anna[0]).toMatch(/^SIP\/2\.0 401 /);
    expect(await tries("nobody", "127.0.0.42")).toEqual(anna);
  });

  it("a flood of broken packets is counted and harms nobody", async () => {
    const wire = await Wire.open(parties.stranger);
    const random = new SeededRandom(4711);
    const good = plainRequest({ method: "INVITE", uri: centre.uri(numbers.queue), from: wire, user: "flood" });
    for (let index = 0; index < 2_000; index += 1) {
      const bytes = Buffer.from(good);
      for (let changed = 0; changed < 1 + random.below(20); changed += 1)
        bytes[random.below(bytes.length)] = random.below(256);
      await wire.send(bytes.subarray(0, 1 + random.below(bytes.length)), centre.peer());
    }
    const caller = await Caller.dial(centre, numbers.kept, "+359881000014");
    await caller.answered();
    await caller.hangsUp();
    wire.close();
    expect(await centre.ended("+359881000014")).toMatchObject({ direction: "inbound" });
    expect(await centre.metrics()).toMatch(/centrala_phone_total\{counter="malformed"\} [1-9]/);
  });

  it("broken packets on the voice ports of a running call are left out", async () => {
    const caller = await Caller.dial(centre, numbers.kept, "+359881000015");
    await caller.answered();
    const wire = await Wire.open(parties.stranger);
    const [first, last] = centre.ports.rtp.split("-").map(Number) as [number, number];
    const random = new SeededRandom(4712);
    for (let port = first; port <= last; port += 1) {
      const bytes = Uint8Array.from({ length: 1 + random.below(200) }, () => random.below(256));
      await wire.send(bytes, { transport: "UDP", address: parties.server, port });
    }
    wire.close();
    const before = caller.call.audio.packetsReceived;
    await eventually(() => caller.call.audio.packetsReceived > before + 25, { what: "the prompt to go on" });
    await caller.hangsUp();
    await centre.ended("+359881000015");
  });
});

describe("transports of telephones", () => {
  it("TLS answers with the centre's certificate, and a request over it is challenged", async () => {
    const answer = await within(
      new Promise<string>((resolve, reject) => {
        const socket = connect({ host: parties.server, port: centre.ports.sips, rejectUnauthorized: false }, () => {
          const text = [
            `OPTIONS sip:127.0.0.1:${centre.ports.sips} SIP/2.0`,
            "Via: SIP/2.0/TLS 127.0.0.4:5061;branch=z9hG4bKtls1;rport",
            "From: <sip:stranger@127.0.0.4>;tag=1",
            `To: <sip:127.0.0.1:${centre.ports.sips}>`,
            "Call-ID: tls-1",
            "CSeq: 1 OPTIONS",
            "Max-Forwards: 70",
            "Content-Length: 0",
            "",
            "",
          ];
          socket.write(text.join("\r\n"));
        });
        socket.setEncoding("latin1");
        socket.once("data", (data: string) => {
          socket.destroy();
          resolve(data);
        });
        socket.once("error", reject);
      }),
      "an answer over TLS",
    );
    expect(answer).toMatch(/^SIP\/2\.0 401 /);
  });

  it.runIf(havePeers("baresip-core")).each(["tcp", "tls"] as const)(
    "a telephone registers over %s and is rung there",
    async (transport) => {
      const operator = await centre.hire(`over-${transport}`);
      const phone = await Baresip.start({
        ...operator.phone,
        server: centre.peer(transport === "tls" ? "TLS" : "TCP"),
        transport,
        toneHz: tones.operator,
      });
      await phone.registered();
      await operator.available();
      const caller = await Caller.dial(centre, numbers.queue, transport === "tls" ? "+359881000016" : "+359881000017");
      await phone.rings();
      await phone.answers();
      await caller.hears(tones.operator);
      await caller.hangsUp();
      await phone.saw("CALL_CLOSED");
      await operator.finish();
      await operator.goes("offline");
      await phone.stop();
    },
  );
});
