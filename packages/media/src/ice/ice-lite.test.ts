import { required, SeededRandom, utf8Encode } from "@centrala/kit";
import { describe, expect, it } from "vitest";
import { HmacSha1 } from "../srtp/hmac-sha1.ts";
import type { TransportAddress } from "../stun/address.ts";
import { parseStun, stunAttribute, stunIsAuthentic, stunType } from "../stun/stun-message.ts";
import { newTransactionId, StunWriter } from "../stun/stun-writer.ts";
import {
  consentTimeoutMs,
  IceLite,
  type IceOutcome,
  newIceCredentials,
  peerAddressesMax,
  ufragAskedFor,
} from "./ice-lite.ts";

const random = new SeededRandom(2026);
const office: TransportAddress = { address: "10.0.0.7", port: 50_000 };
const mobile: TransportAddress = { address: "198.51.100.9", port: 61_000 };

interface Check {
  readonly password?: string;
  readonly username?: string;
  readonly nominates?: boolean;
  readonly role?: number;
  readonly extra?: number;
  readonly type?: number;
}

function check(agent: IceLite, wish: Check = {}): Uint8Array {
  const writer = new StunWriter().begin(wish.type ?? stunType.bindingRequest, newTransactionId(random));
  writer.text(stunAttribute.username, wish.username ?? `${agent.local.ufrag}:brow`);
  writer.attribute(wish.role ?? stunAttribute.iceControlling, new Uint8Array(8));
  if (wish.nominates === true) writer.attribute(stunAttribute.useCandidate, new Uint8Array(0));
  if (wish.extra !== undefined) writer.attribute(wish.extra, new Uint8Array(1));
  return writer.integrity(new HmacSha1(utf8Encode(wish.password ?? agent.local.password))).finish();
}

function handle(agent: IceLite, now: number, from: TransportAddress, wish?: Check): IceOutcome {
  const bytes = check(agent, wish);
  const parsed = parseStun(bytes, bytes.length);
  if (!parsed.ok) throw new Error(parsed.code);
  return agent.handle(now, bytes, parsed.value, from);
}

function answer(agent: IceLite, outcome: IceOutcome) {
  const bytes = required(outcome.response, "response");
  const parsed = parseStun(bytes, bytes.length);
  if (!parsed.ok) throw new Error(parsed.code);
  const authentic = stunIsAuthentic(bytes, parsed.value, new HmacSha1(utf8Encode(agent.local.password)));
  return { type: parsed.value.type, errorCode: parsed.value.errorCode, authentic };
}

const newAgent = () => new IceLite(newIceCredentials(random), "brow");

describe("ICE lite", () => {
  it("[RFC8445-5.3] credentials are of the alphabet, long enough, and new each time", () => {
    const first = newIceCredentials(random);
    expect(first.ufrag).toMatch(/^[A-Za-z0-9+/]{8}$/);
    expect(first.password).toMatch(/^[A-Za-z0-9+/]{24}$/);
    expect(newIceCredentials(random)).not.toEqual(first);
  });

  it("[RFC8445-7.3] a valid check is answered with its address and connects", () => {
    const agent = newAgent();
    const outcome = handle(agent, 1_000, office);
    expect(answer(agent, outcome)).toEqual({ type: stunType.bindingSuccess, errorCode: undefined, authentic: true });
    expect(outcome).toMatchObject({ verdict: "valid", event: { kind: "connected", peer: office } });
    expect(agent.state).toEqual({ state: "connected", peer: office, lastCheckAt: 1_000 });
    expect(agent.knows(office)).toBe(true);
    expect(agent.knows(mobile)).toBe(false);
  });

  it("[RFC8489-9.1.3] a wrong password or name is refused and changes nothing", () => {
    const agent = newAgent();
    for (const wish of [{ password: "guess" }, { username: `${agent.local.ufrag}:else` }, { username: "none" }]) {
      const outcome = handle(agent, 1_000, office, wish);
      expect(answer(agent, outcome)).toEqual({ type: stunType.bindingError, errorCode: 401, authentic: false });
      expect(outcome.verdict).toBe("refused");
    }
    expect(agent.state).toEqual({ state: "waiting" });
  });

  it("[RFC8445-7.3.1.1] a browser that takes the controlled role is told to change it", () => {
    const agent = newAgent();
    const outcome = handle(agent, 1_000, office, { role: stunAttribute.iceControlled });
    expect(answer(agent, outcome)).toEqual({ type: stunType.bindingError, errorCode: 487, authentic: true });
    expect(agent.state).toEqual({ state: "waiting" });
  });

  it("[RFC8489-6.3.1] an attribute that must be understood and is not is answered by 420", () => {
    const agent = newAgent();
    const outcome = handle(agent, 1_000, office, { extra: 0x7fff });
    expect(answer(agent, outcome)).toEqual({ type: stunType.bindingError, errorCode: 420, authentic: true });
  });

  it("[RFC8445-2.5] indications and responses are left alone", () => {
    const agent = newAgent();
    for (const type of [stunType.bindingIndication, stunType.bindingSuccess, stunType.bindingError]) {
      expect(handle(agent, 1_000, office, { type })).toEqual({
        response: undefined,
        event: undefined,
        verdict: "ignored",
      });
    }
  });

  it("[RFC8445-8.1.1] sends to the first working address until the browser nominates one", () => {
    const agent = newAgent();
    handle(agent, 0, office);
    expect(handle(agent, 10, mobile).event).toBeUndefined();
    expect(agent.state).toMatchObject({ peer: office });
    expect(handle(agent, 20, mobile, { nominates: true }).event).toEqual({ kind: "moved", peer: mobile, from: office });
  });

  it("[RFC8445-8.1.1] follows a nomination to the new network", () => {
    const agent = newAgent();
    handle(agent, 0, office, { nominates: true });
    const outcome = handle(agent, 9_000, mobile, { nominates: true });
    expect(outcome.event).toEqual({ kind: "moved", peer: mobile, from: office });
    expect(agent.state).toEqual({ state: "connected", peer: mobile, lastCheckAt: 9_000 });
  });

  it("[RFC7675-5.1] an address without checks for 15 s gives way to one that has them", () => {
    const agent = newAgent();
    handle(agent, 0, office, { nominates: true });
    expect(handle(agent, consentTimeoutMs - 1, mobile).event).toBeUndefined();
    expect(handle(agent, consentTimeoutMs, mobile).event).toEqual({ kind: "moved", peer: mobile, from: office });
  });

  it("[RFC7675-5.1] without a check for 15 s the browser is gone, and comes back with the next", () => {
    const agent = newAgent();
    expect(agent.deadline()).toBeUndefined();
    handle(agent, 1_000, office);
    handle(agent, 3_000, office);
    const gone = 3_000 + consentTimeoutMs;
    expect(agent.deadline()).toBe(gone);
    expect(agent.poll(gone - 1)).toBeUndefined();
    expect(agent.poll(gone)).toEqual({ kind: "lost" });
    expect(agent.poll(gone + 1)).toBeUndefined();
    expect(agent.state).toEqual({ state: "lost", peer: office, since: gone });
    expect(handle(agent, gone + 500, mobile).event).toEqual({ kind: "connected", peer: mobile });
  });

  it("addresses are limited; the one in use is never dropped", () => {
    const agent = newAgent();
    handle(agent, 0, office, { nominates: true });
    for (let port = 1; port <= 20; port += 1) handle(agent, port, { address: "10.0.0.8", port });
    expect(agent.peers().length).toBe(peerAddressesMax);
    expect(agent.knows(office)).toBe(true);
    expect(agent.knows({ address: "10.0.0.8", port: 1 })).toBe(false);
  });

  it("a check names the agent it is for", () => {
    const agent = newAgent();
    const bytes = check(agent);
    const parsed = parseStun(bytes, bytes.length);
    expect(parsed.ok && ufragAskedFor(parsed.value)).toBe(agent.local.ufrag);
  });
});
