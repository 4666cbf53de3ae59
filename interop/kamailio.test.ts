import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Baresip } from "./support/baresip.ts";
import { Caller } from "./support/caller.ts";
import { startCentre, type TestCentre } from "./support/centre.ts";
import { DeskPhone, type PhoneCall } from "./support/desk-phone.ts";
import { eventually } from "./support/eventually.ts";
import { type FarCall, FarEnd } from "./support/far-end.ts";
import { furnish, numbers } from "./support/fixtures.ts";
import { Kamailio } from "./support/kamailio.ts";
import type { Operator } from "./support/operator.ts";
import { havePeers } from "./support/peers.ts";
import { freePort, parties } from "./support/ports.ts";
import { tones, voice } from "./support/sounds.ts";

const account = { username: "acc1", password: "kamailio-4711-secret" };
const outsideHz = 1_017;
const voiceOfBoris = 857;

const lines = [
  { transport: "udp", address: parties.carrier, hides: false },
  { transport: "tls", address: parties.otherCarrier, hides: true },
] as const;

describe.runIf(havePeers("kamailio", "kamailio-tls-modules", "baresip-core"))("[Kamailio]", () => {
  let centre: TestCentre;
  let anna: Operator;
  let boris: Operator;
  let phone: DeskPhone;
  let far: FarEnd;
  const carriers: Record<string, Kamailio> = {};
  const ports: Record<string, number> = {};
  const closing: (() => unknown)[] = [];

  beforeAll(async () => {
    const starting = startCentre();
    far = await FarEnd.open(parties.stranger);
    centre = await starting;
    await furnish(centre);
    const farEnd = `${parties.stranger}:${far.port}`;
    const words = { ...upper(account), CENTRE: parties.server, FAR: farEnd, EXPIRES: "2" };
    const CERTIFICATE = join(centre.folder, "keys", "server.crt");
    const KEY = join(centre.folder, "keys", "server.key");
    for (const { transport, address, hides } of lines) {
      const destinations = [`${parties.server}:${centre.ports.sip}?`, farEnd];
      const SECURE = `${address}:${await freePort(address)}`;
      const secure = { CERTIFICATE, KEY, SECURE, FRONT: SECURE };
      const kamailio = await Kamailio.start({
        address,
        words: { ...words, ...(hides ? secure : {}), ACCOUNT: account.username, TRANSPORT: transport },
        parts: hides ? ["TLS", "HIDES", "SHA256"] : [],
        destinations: hides ? [] : destinations.map((destination) => `sip:${destination}`),
      });
      carriers[transport] = kamailio;
      const port = hides ? Number(SECURE.split(":")[1]) : kamailio.port;
      ports[transport] = port;
      // What it shows is nobody's but its own: it is taken because the line's setting names it.
      const tlsCa = hides ? readFileSync(CERTIFICATE, "utf8") : null;
      const settings = { host: address, port, sources: [address], transport, calledFrom: "to", tlsCa };
      const registration = { ...account, authUsername: null, expiresS: 300 };
      await centre.put("trunk", transport, { name: transport, ...settings, registration, optionsEveryS: 10 });
    }
    anna = await centre.hire("anna");
    boris = await centre.hire("boris");
    phone = await DeskPhone.open(centre, anna, tones.operator);
    await anna.available();
  });
  afterAll(async () => {
    phone?.close();
    far?.close();
    await centre?.close();
    for (const kamailio of Object.values(carriers)) await kamailio.stop();
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  describe.each(lines)("a line registered over $transport", ({ transport, address, hides }) => {
    let kamailio: Kamailio;
    beforeAll(async () => {
      kamailio = carriers[transport] as Kamailio;
      const other = lines.find((line) => line.transport !== transport)?.transport ?? "";
      await centre.change("client", "main", { callerNumberId: "to-queue" });
      await centre.change("number", "to-queue", { trunkId: transport });
      await centre.change("trunk", transport, { priority: 1 });
      await centre.change("trunk", other, { priority: 9 });
    });

    /** From outside, by way of Kamailio. */
    async function calls(from: string): Promise<{ caller: Caller; rung: PhoneCall }> {
      const uri = `sip:${numbers.queue}@${address}:${kamailio.port}`;
      const peer = { transport: "UDP", address, port: kamailio.port } as const;
      const caller = await Caller.dial(centre, numbers.queue, from, { address: parties.stranger, uri, peer });
      closing.push(() => caller.call.hangUp());
      return { caller, rung: await phone.rung() };
    }

    async function dials(): Promise<{ contactId: string; own: PhoneCall; call: FarCall }> {
      const target = { kind: "number", number: "0888 123 456" };
      const { contactId } = await anna.api<{ contactId: string }>("POST", "/api/desk/dial", { target });
      const own = await phone.rung();
      await own.answers();
      return { contactId, own, call: await far.rung() };
    }

    it("stays registered although every nonce has gone stale by the time of the next", async () => {
      await kamailio.says(/^saved/, 3);
      await kamailio.says(/^challenged -[4-9]/);
      const state = await centre.trunkState(transport);
      expect(state?.registration.state).toBe("registered");
      await eventually(async () => (await centre.trunkState(transport))?.health.state === "up", { what: "OPTIONS" });
    });

    it("a call comes in through its routes, is heard, and ends from either side", async () => {
      const first = await calls("+359881500001");
      expect((await anna.desk()).offer?.contact.party.e164).toBe("+359881500001");
      await first.rung.answers();
      await first.caller.hears(tones.operator);
      await first.rung.hears(tones.caller);
      await first.rung.holds(true);
      await first.caller.hearsNot(tones.operator);
      await first.rung.holds(false);
      await first.caller.hears(tones.operator);
      await first.caller.hangsUp();
      await first.rung.ended();
      await anna.finish();
      const second = await calls("+359881500002");
      await second.rung.answers();
      await second.caller.hears(tones.operator);
      second.rung.hangsUp();
      await second.caller.ended();
      await anna.finish();
      expect(kamailio.said.filter((line) => line.startsWith("lost"))).toEqual([]);
      const sent = await messages(centre, "+359881500001");
      expect(sent.find((text) => text.startsWith("INVITE "))?.includes("198.51.100.8")).toBe(hides);
    });

    it("a caller who gives up stops the ringing", async () => {
      const { caller, rung } = await calls("+359881500003");
      await caller.hangsUp();
      await rung.ended();
      await anna.seen("free again", (desk) => desk.offer === null && desk.contact === null);
    });

    it("a call goes out by digest and Service-Route, is held from outside, and ends from either side", async () => {
      const first = await dials();
      first.call.letsHear();
      void first.call.audio.say(voice(outsideHz));
      await first.own.hears(outsideHz);
      first.call.answers();
      await first.call.hears(tones.operator);
      await first.call.holds(true);
      await first.call.holds(false);
      void first.call.audio.say(voice(outsideHz));
      await first.own.hears(outsideHz);
      await first.call.hears(tones.operator);
      first.call.hangsUp();
      await first.own.ended();
      await anna.finish();
      const preloaded = kamailio.said.filter((line) => line.startsWith("preloaded"));
      expect(preloaded.at(-1)).toContain(`sip:${address}:${ports[transport]};lr;transport=${transport};carrier=yes`);

      const second = await dials();
      second.call.answers();
      await second.call.hears(tones.operator);
      await anna.api("POST", `/api/desk/contacts/${second.contactId}/end`);
      await second.call.ended();
      await anna.finish();
      expect(await centre.contact(second.contactId)).toMatchObject({ answered: true, endCode: "OPERATOR_HUNG_UP" });
    });

    it("a call that is given up before the answer is cancelled out there", async () => {
      const { call, contactId } = await dials();
      call.rings();
      await anna.api("POST", `/api/desk/contacts/${contactId}/end`);
      await call.ended();
      await anna.seen("free again", (desk) => desk.contact === null || desk.contact.phase === "wrap-up");
      if ((await anna.desk()).contact !== null) await anna.finish();
      expect((await centre.contact(contactId)).answered).toBe(false);
    });
  });

  it("its dispatcher sends calls once OPTIONS is answered, and goes on by 503 when a line is full", async () => {
    const kamailio = carriers.udp as Kamailio;
    expect(await kamailio.says(new RegExp(`^up sip:${parties.server}`))).toHaveLength(1);
    await centre.change("trunk", "udp", { maxCalls: 1 });
    await centre.change("number", "kept", { trunkId: "udp" });
    const peer = { transport: "UDP", address: kamailio.address, port: kamailio.port } as const;
    const uri = `sip:dispatched${numbers.kept}@${kamailio.address}:${kamailio.port}`;
    const options = { address: parties.stranger, uri, peer };
    const first = await Caller.dial(centre, numbers.kept, "+359881500005", options);
    await first.answered();
    const second = await Caller.dial(centre, numbers.kept, "+359881500006", options);
    const elsewhere = await far.rung();
    elsewhere.answers();
    await second.answered();
    expect(await kamailio.says(/^failed 503/)).toHaveLength(1);
    await second.hangsUp();
    await elsewhere.ended();
    await first.hangsUp();
    await centre.change("trunk", "udp", { maxCalls: 100 });
    expect(kamailio.said.filter((line) => line.startsWith("down"))).toEqual([]);
  });

  it("a telephone behind it, over TCP where we are spoken to over UDP, is called, holds, and calls", async () => {
    const words = { CENTRE: parties.server, TARGET: `${parties.server}:${centre.ports.sip}`, EXPIRES: "60" };
    const edge = await Kamailio.start({ address: parties.edge, words, parts: ["EDGE"] });
    closing.push(() => edge.stop());
    const server = { address: edge.address, port: edge.port };
    await centre.change("number", "to-queue", { trunkId: "carrier" });
    const telephone = await Baresip.start({ ...boris.phone, server, toneHz: voiceOfBoris, transport: "tcp" });
    closing.push(() => telephone.stop());
    await telephone.registered();
    await boris.available();
    await anna.goes("break");
    const caller = await Caller.dial(centre, numbers.queue, "+359881500010");
    closing.push(() => caller.call.hangUp());
    await telephone.rings();
    await telephone.answers();
    await caller.hears(voiceOfBoris);
    await telephone.hears(tones.caller);
    telephone.command("hold");
    await boris.seen("on hold", (desk) => desk.contact?.held === true);
    telephone.command("resume");
    await caller.hears(voiceOfBoris);
    telephone.hangUp();
    await caller.ended();
    await boris.finish();

    telephone.dial(`sip:0888123456@${edge.address}:${edge.port}`);
    const call = await far.rung();
    call.answers();
    void call.audio.say(voice(outsideHz));
    await call.hears(voiceOfBoris);
    await telephone.hears(outsideHz);
    call.hangsUp();
    await telephone.saw("CALL_CLOSED");
    await boris.finish();
    await boris.goes("offline");
  });
});

function upper(words: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(words).map(([name, value]) => [name.toUpperCase(), value]));
}

/** The messages of the newest contact with this caller, once it has ended. */
function messages(centre: TestCentre, number: string): Promise<readonly string[]> {
  return eventually(
    async () => {
      const { id } = await centre.ended(number);
      const { items } = await centre.api<{ items: { text: string }[] }>("GET", `/api/contacts/${id}/ladder`);
      return items.some(({ text }) => text.startsWith("INVITE ")) ? items.map(({ text }) => text) : undefined;
    },
    { what: "the ladder" },
  );
}
