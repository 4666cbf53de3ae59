import { readdirSync, readFileSync } from "node:fs";
import { SeededRandom, utf8Decode } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { Registrar } from "../registrar/index.ts";
import { parsedResponse } from "../transaction/testing.ts";
import { SipAgent } from "./agent.ts";

const folder = new URL("../message/rfc4475/", import.meta.url);
const peer = { transport: "UDP", address: "192.0.2.1", port: 5060 } as const;

function torture(name: string, isRegistrar = true) {
  const agent = new SipAgent({
    entropy: new SeededRandom(1),
    userAgent: "test",
    addressFor: () => ({ host: "198.51.100.1", port: 5060 }),
    admit: () => ({ kind: "accept", principal: "user" }),
    ...(isRegistrar ? { registrar: new Registrar() } : {}),
  });
  agent.handleBytes(0, new Uint8Array(readFileSync(new URL(`${name}.dat`, folder))), peer);
  agent.poll(0);
  const packets = agent.takePackets().map(({ bytes }) => bytes);
  const response = packets[0] === undefined ? undefined : parsedResponse(packets[0]);
  return { agent, packets, response, events: agent.takeEvents() };
}

/** What this user agent and registrar says to each message: a status, the status of a call that rings, or nothing. */
const expectations: ReadonlyArray<readonly [section: string, name: string, answer: string]> = [
  ["3.1.1.1", "wsinv", "481 Call/Transaction Does Not Exist"],
  ["3.1.1.2", "intmeth", "501 Not Implemented"],
  ["3.1.1.3", "esc01", "incoming call"],
  ["3.1.1.4", "escnull", "200 OK"],
  ["3.1.1.5", "esc02", "501 Not Implemented"],
  ["3.1.1.6", "lwsdisp", "200 OK"],
  ["3.1.1.7", "longreq", "incoming call"],
  ["3.1.1.8", "dblreq", "200 OK"],
  ["3.1.1.9", "semiuri", "200 OK"],
  ["3.1.1.10", "transports", "200 OK"],
  ["3.1.1.11", "mpart01", "405 Method Not Allowed"],
  ["3.1.1.12", "unreason", ""],
  ["3.1.1.13", "noreason", ""],
  ["3.1.2.1", "badinv01", "400 malformed via"],
  ["3.1.2.2", "clerr", "400 Bad Request"],
  ["3.1.2.3", "ncl", "400 Bad Request"],
  ["3.1.2.4", "scalar02", "400 malformed or missing cseq"],
  ["3.1.2.5", "scalarlg", ""],
  ["3.1.2.6", "quotbal", "400 malformed to"],
  ["3.1.2.7", "ltgtruri", "incoming call"],
  ["3.1.2.8", "lwsruri", "400 Bad Request"],
  ["3.1.2.9", "lwsstart", "incoming call"],
  ["3.1.2.10", "trws", "200 OK"],
  ["3.1.2.11", "escruri", "400 headers in the Request-URI"],
  ["3.1.2.12", "baddate", "incoming call"],
  ["3.1.2.13", "regbadct", "400 malformed contact"],
  ["3.1.2.14", "badaspec", "200 OK"],
  ["3.1.2.15", "baddn", "400 Bad Request"],
  ["3.1.2.16", "badvers", "505 Version Not Supported"],
  ["3.1.2.17", "mismatch01", "400 cseq does not repeat the method"],
  ["3.1.2.18", "mismatch02", "501 unknown method that CSeq does not repeat"],
  ["3.1.2.19", "bigcode", ""],
  ["3.2.1", "badbranch", "400 branch identifies nothing"],
  ["3.3.1", "insuf", "400 from is missing"],
  ["3.3.2", "unkscm", "416 Unsupported URI Scheme"],
  ["3.3.3", "novelsc", "416 Unsupported URI Scheme"],
  ["3.3.4", "unksm2", "400 Bad To"],
  ["3.3.5", "bext01", "420 Bad Extension"],
  ["3.3.6", "invut", "415 Unsupported Media Type"],
  ["3.3.7", "regaut01", "200 OK"],
  ["3.3.8", "multi01", "400 more than one to"],
  ["3.3.9", "mcl01", "400 Bad Request"],
  ["3.3.10", "bcast", ""],
  ["3.3.11", "zeromf", "200 OK"],
  ["3.3.12", "cparam01", "200 OK"],
  ["3.3.13", "cparam02", "200 OK"],
  ["3.3.14", "regescrt", "200 OK"],
  ["3.3.15", "sdp01", "406 Not Acceptable"],
  ["3.4.1", "inv2543", "incoming call"],
];

describe("RFC 4475 at the user agent", () => {
  it.each(expectations)("[RFC4475-%s %s] becomes or is answered %j", (_section, name, expected) => {
    const { packets, events } = torture(name);
    const answers = packets.map((bytes) => utf8Decode(bytes).split("\r\n")[0]);
    const isCall = expected === "incoming call";
    expect(answers).toEqual(expected === "" || isCall ? [] : [`SIP/2.0 ${expected}`]);
    expect(events.map(({ kind }) => kind)).toEqual(isCall ? ["incoming"] : []);
  });

  it("no message is left out", () => {
    const files = readdirSync(folder).map((file) => file.replace(".dat", ""));
    expect(expectations.map(([, name]) => name).sort()).toEqual(files.sort());
  });

  it("[RFC4475-3.1.1.2 intmeth] 501 lists the methods that are understood", () => {
    expect(torture("intmeth").response?.headers.getAll("allow").join(", ")).toBe(
      "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER, NOTIFY, REGISTER",
    );
  });

  it.each([
    ["3.1.1.4", "escnull", ["<sip:%00@host5.example.com>;expires=600", "<sip:%00%00@host5.example.com>;expires=600"]],
    ["3.3.12", "cparam01", ["<sip:+19725552222@gw1.example.net>;expires=600"]],
    ["3.3.13", "cparam02", ["<sip:+19725552222@gw1.example.net;unknownparam>;expires=600"]],
    ["3.3.14", "regescrt", ["<sip:user@example.com?Route=%3Csip:sip.example.com%3E>;expires=600"]],
  ])("[RFC4475-%s %s] the registrar keeps %j", (_section, name, contacts) => {
    expect(torture(name).response?.headers.getAll("contact")).toEqual(contacts);
  });

  it("[RFC4475-3.3.7 regaut01] who is no registrar refuses with 405", () => {
    expect(torture("regaut01", false).response?.status).toBe(405);
  });

  it("[RFC4475-3.3.14 regescrt] a call to a Contact with headers sends none of them", () => {
    const { agent } = torture("regescrt");
    agent.invite(0, {
      principal: "user",
      uri: "sip:user@example.com?Route=%3Csip:sip.example.com%3E",
      peer,
      from: "<sip:us@198.51.100.1>",
      contactUser: "us",
      callId: "c",
      body: new Uint8Array(0),
    });
    const lines = utf8Decode(agent.takePackets()[0]?.bytes ?? new Uint8Array(0)).split("\r\n");
    expect(lines[0]).toBe("INVITE sip:user@example.com SIP/2.0");
    expect(lines.filter((line) => /^(to|route):/i.test(line))).toEqual(["To: <sip:user@example.com>"]);
  });

  it("[RFC4475-3.4.1 inv2543] an INVITE without Contact is answered, and its call ended at its From", () => {
    const { agent, events } = torture("inv2543");
    const call = events[0]?.kind === "incoming" ? events[0].call : -1;
    agent.answer(0, call, new Uint8Array([1]));
    expect(agent.store(call)).toContain('\\"remoteTarget\\":\\"sip:+13035551111@ift.client.example.net;user=phone\\"');
  });
});
