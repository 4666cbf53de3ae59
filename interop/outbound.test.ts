import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Baresip } from "./support/baresip.ts";
import { Caller } from "./support/caller.ts";
import { startCentre, type TestCentre } from "./support/centre.ts";
import { eventually } from "./support/eventually.ts";
import { FarEnd } from "./support/far-end.ts";
import { addTrunk, furnish, numbers } from "./support/fixtures.ts";
import type { Operator } from "./support/operator.ts";
import { havePeers } from "./support/peers.ts";
import { freePort, parties } from "./support/ports.ts";
import { Registrar } from "./support/registrar.ts";
import { Sipp, step } from "./support/sipp.ts";
import { tones, voice } from "./support/sounds.ts";
import type { DigestAlgorithm } from "./support/wire.ts";

/** Somebody in Bulgaria, as the operator types it and as the carrier gets it. */
const customer = { typed: "0888 123 456", dialled: "+359888123456" };

/** What is heard while it rings in Bulgaria. */
const ringbackHz = 425;
/** The voice of who takes over from the operator: not the operator's own. */
const outsideHz = 1_017;

let centre: TestCentre;
let anna: Operator;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  centre = await startCentre();
  await furnish(centre);
  await centre.change("client", "main", { callerNumberId: "to-queue" });
  anna = await centre.hire("anna");
});
afterAll(() => centre?.close());
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Calls go to this port of the carrier from now on: its trunk owns the number that callers see, and is tried first. */
async function carrierAt(port: number): Promise<void> {
  await centre.change("trunk", "carrier", { port });
}

/** Another carrier, tried after the first; gone after the test. */
async function nextCarrierAt(port: number): Promise<void> {
  await addTrunk(centre, "next", parties.otherCarrier, { port });
  closing.push(() => centre.api("DELETE", "/api/config/trunk/next"));
}

async function onDuty(operator: Operator): Promise<Baresip> {
  const phone = await Baresip.start({ ...operator.phone, server: centre.peer(), toneHz: tones.operator });
  closing.push(() => phone.stop());
  await phone.registered();
  await operator.available();
  return phone;
}

async function dial(operator: Operator): Promise<string> {
  const target = { kind: "number", number: customer.typed };
  const { contactId } = await operator.api<{ contactId: string }>("POST", "/api/desk/dial", { target });
  return contactId;
}

async function waitingSipp(steps: readonly string[]): Promise<Sipp> {
  const peer = await Sipp.start({ address: parties.carrier, steps });
  closing.push(() => peer.stop());
  return peer;
}

async function farEnd(address: string = parties.carrier): Promise<FarEnd> {
  const far = await FarEnd.open(address);
  closing.push(() => far.close());
  return far;
}

describe.runIf(havePeers("sip-tester", "baresip-core"))("[SIPp] a number dialled from the desk", () => {
  it("goes out through the trunk with the client's number as caller id", async () => {
    const phone = await onDuty(anna);
    const carrier = await waitingSipp([
      step.receiveRequest("INVITE", { check: ["From", `sip:.?${numbers.queue.slice(1)}@`] }),
      step.reply(180, "Ringing"),
      step.pause(300),
      step.reply(200, "OK", { direction: "sendrecv" }),
      step.receiveRequest("ACK"),
      step.receiveRequest("BYE"),
      step.replyWithin(200, "OK"),
    ]);
    await carrierAt(carrier.port);
    const contactId = await dial(anna);
    await phone.rings();
    phone.command("accept");
    await anna.seen("talking", (desk) => desk.contact?.phase === "talking");
    await anna.api("POST", `/api/desk/contacts/${contactId}/end`);
    const { errors, messages } = await carrier.result;
    expect(errors).toBe("");
    expect(messages).toContain(`INVITE sip:${customer.dialled}@`);
    await anna.finish();
    expect(await centre.contact(contactId)).toMatchObject({
      direction: "outbound",
      answered: true,
      endCode: "OPERATOR_HUNG_UP",
      party: { e164: customer.dialled },
    });
  });

  it("goes to the next trunk when the first answers 503", async () => {
    const phone = await onDuty(anna);
    const refusing = await waitingSipp([
      step.receiveRequest("INVITE"),
      step.reply(503, "Service Unavailable", { headers: ["Retry-After: 30"] }),
      step.receiveRequest("ACK"),
    ]);
    const far = await farEnd(parties.otherCarrier);
    await carrierAt(refusing.port);
    await nextCarrierAt(far.port);
    const contactId = await dial(anna);
    await phone.rings();
    phone.command("accept");
    const call = await far.rung();
    call.answers();
    await anna.seen("talking", (desk) => desk.contact?.phase === "talking");
    call.hangsUp();
    expect((await refusing.result).errors).toBe("");
    await anna.finish();
    expect(await centre.contact(contactId)).toMatchObject({ answered: true, endCode: "CUSTOMER_HUNG_UP" });
  });

  it("goes to the next trunk when the first stays silent", async () => {
    const phone = await onDuty(anna);
    const far = await farEnd(parties.otherCarrier);
    await carrierAt(await freePort(parties.carrier));
    await nextCarrierAt(far.port);
    await dial(anna);
    await phone.rings();
    phone.command("accept");
    const call = await far.rung();
    call.answers();
    await anna.seen("talking", (desk) => desk.contact?.phase === "talking");
    phone.hangUp();
    await call.ended();
    await anna.finish();
  });

  it.each([
    [486, "BUSY", "Busy Here"],
    [404, "NUMBER_UNKNOWN", "Not Found"],
    [603, "DECLINED", "Decline"],
  ] as const)("that is refused with %i ends as %s", async (status, endCode, reason) => {
    const phone = await onDuty(anna);
    const refusing = await waitingSipp([
      step.receiveRequest("INVITE"),
      step.reply(status, reason),
      step.receiveRequest("ACK"),
    ]);
    await carrierAt(refusing.port);
    const contactId = await dial(anna);
    await phone.rings();
    phone.command("accept");
    expect((await refusing.result).errors).toBe("");
    const contact = await eventually(
      async () => {
        const found = await centre.contact(contactId);
        return found.endedAt === null ? undefined : found;
      },
      { what: "the contact to end" },
    );
    expect(contact).toMatchObject({ answered: false, endCode });
    await anna.seen("free again", (desk) => desk.contact === null || desk.contact.phase === "wrap-up");
    const desk = await anna.desk();
    if (desk.contact !== null) await anna.finish();
  });
});

describe.runIf(havePeers("baresip-core"))("what is heard before the answer", () => {
  it("183 with SDP lets the operator hear the far end before it answers", async () => {
    const phone = await onDuty(anna);
    const far = await farEnd();
    await carrierAt(far.port);
    await dial(anna);
    await phone.rings();
    phone.command("accept");
    const call = await far.rung();
    call.letsHear();
    void call.audio.say(voice(tones.caller));
    await phone.hears(tones.caller);
    expect((await anna.desk()).contact?.phase).toBe("dialling");
    call.answers();
    await anna.seen("talking", (desk) => desk.contact?.phase === "talking");
    await call.hears(tones.operator);
    phone.hangUp();
    await call.ended();
    await anna.finish();
  });

  it("180 alone lets the operator hear the ringback of the country", async () => {
    const phone = await onDuty(anna);
    const far = await farEnd();
    await carrierAt(far.port);
    const contactId = await dial(anna);
    await phone.rings();
    phone.command("accept");
    const call = await far.rung();
    call.rings();
    await phone.hears(ringbackHz);
    await anna.api("POST", `/api/desk/contacts/${contactId}/end`);
    await call.ended();
    await anna.seen("free again", (desk) => desk.contact === null || desk.contact.phase === "wrap-up");
    if ((await anna.desk()).contact !== null) await anna.finish();
    expect(await centre.contact(contactId)).toMatchObject({ answered: false, endCode: "CANCELLED" });
  });
});

describe.runIf(havePeers("baresip-core"))("a transfer", () => {
  it("to an outside number joins the caller with it and frees the operator", async () => {
    const phone = await onDuty(anna);
    const far = await farEnd();
    await carrierAt(far.port);
    const caller = await Caller.dial(centre, numbers.queue, "+359881000030");
    await phone.rings();
    await phone.answers();
    const desk = await anna.seen("talking", (view) => view.contact?.phase === "talking");
    const target = { kind: "number", number: customer.typed };
    await anna.api("POST", `/api/desk/contacts/${desk.contact?.id}/transfer`, { target });
    const call = await far.rung();
    call.answers();
    void call.audio.say(voice(outsideHz));
    await call.hears(tones.caller);
    await caller.hears(outsideHz);
    await caller.hangsUp();
    await call.ended();
    await anna.finish();
    expect(await centre.ended("+359881000030")).toMatchObject({ answered: true });
  });

  it("shows the caller as the line wants it, and a withheld one to nobody", async () => {
    const phone = await onDuty(anna);
    const far = await farEnd();
    await carrierAt(far.port);
    await centre.change("trunk", "carrier", { transferredCallerIn: "diversion" });
    closing.push(() => centre.change("trunk", "carrier", { transferredCallerIn: "none" }));
    const shown: string[] = [];
    for (const from of ["+359881000031", "anonymous"]) {
      const caller = await Caller.dial(centre, numbers.queue, from);
      await phone.rings();
      await phone.answers();
      const desk = await anna.seen("talking", (view) => view.contact?.phase === "talking");
      const target = { kind: "number", number: customer.typed };
      await anna.api("POST", `/api/desk/contacts/${desk.contact?.id}/transfer`, { target });
      const call = await far.rung();
      shown.push(
        `${call.header("from").split("@")[0]} ${call.header("privacy")} ${call.header("diversion").split("@")[0]}`,
      );
      call.answers();
      await caller.hangsUp();
      await call.ended();
      await anna.finish();
    }
    expect(shown).toEqual([
      `<sip:+359881000031  <sip:${numbers.queue}`,
      `"Anonymous" <sip:anonymous id <sip:${numbers.queue}`,
    ]);
  });
});

describe("a trunk that registers", () => {
  it.each(["MD5", "SHA-256"] as const)(
    "does so with digest in %s, and again with a fresh nonce when its own is stale",
    async (algorithm: DigestAlgorithm) => {
      const account = { username: "centre-77", password: "a carrier's secret" };
      const registrar = await Registrar.open(parties.otherCarrier, algorithm, account);
      closing.push(() => registrar.close());
      registrar.usesMax = 1;
      const id = `registering-${algorithm.toLowerCase()}`;
      await addTrunk(centre, id, parties.otherCarrier, {
        port: registrar.port,
        registration: { username: account.username, password: account.password, expiresS: 60 },
      });
      await eventually(async () => (await centre.trunkState(id))?.registration.state === "registered", {
        what: "the registration",
      });
      expect(registrar).toMatchObject({ accepted: 1, refused: 0, counts: ["00000001"] });

      // The change starts the trunk anew: it unregisters or registers again with a nonce that is old by now.
      await centre.change("trunk", id, { name: "changed" });
      await eventually(() => registrar.accepted >= 2, { what: "the second registration" });
      expect(registrar.refused).toBe(0);
      await centre.api("DELETE", `/api/config/trunk/${id}`);
      await eventually(() => registrar.removed >= 1, { what: "the registration to be taken back" });
    },
  );

  it("a wrong password is said to be refused, and not tried in a loop", async () => {
    const registrar = await Registrar.open(parties.otherCarrier, "MD5", { username: "centre-78", password: "right" });
    closing.push(() => registrar.close());
    await addTrunk(centre, "wrong", parties.otherCarrier, {
      port: registrar.port,
      registration: { username: "centre-78", password: "wrong", expiresS: 60 },
    });
    const state = await eventually(
      async () => {
        const found = await centre.trunkState("wrong");
        return found?.registration.state === "refused" ? found : undefined;
      },
      { what: "the refusal" },
    );
    expect(state.registration).toMatchObject({ state: "refused", sipStatus: 403 });
    expect(registrar.refused).toBeLessThanOrEqual(2);
    await centre.api("DELETE", "/api/config/trunk/wrong");
  });
});
