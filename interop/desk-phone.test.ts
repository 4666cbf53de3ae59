import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Baresip } from "./support/baresip.ts";
import { Caller } from "./support/caller.ts";
import { startCentre, type TestCentre } from "./support/centre.ts";
import { DeskPhone, type PhoneCall } from "./support/desk-phone.ts";
import { eventually } from "./support/eventually.ts";
import { FarEnd } from "./support/far-end.ts";
import { furnish, numbers } from "./support/fixtures.ts";
import { hearsFrom } from "./support/listening.ts";
import type { Operator } from "./support/operator.ts";
import { havePeers } from "./support/peers.ts";
import { parties } from "./support/ports.ts";
import { shareWith, tones, voice } from "./support/sounds.ts";

/** Between the notes of the scale, so that music on hold is not mistaken for anybody's voice. */
const voices = { anna: 453, boris: 857, outside: 1_017 } as const;

let centre: TestCentre;
let anna: Operator;
let boris: Operator;
let far: FarEnd;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  centre = await startCentre();
  await furnish(centre);
  await centre.change("client", "main", { callerNumberId: "to-queue" });
  far = await FarEnd.open(parties.otherCarrier);
  await centre.change("trunk", "carrier", {
    host: parties.otherCarrier,
    port: far.port,
    sources: [parties.carrier, parties.otherCarrier],
  });
  anna = await centre.hire("anna", { extension: "211" });
  boris = await centre.hire("boris", { extension: "212", queueId: null });
});
afterAll(async () => {
  far?.close();
  await centre?.close();
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  for (const operator of [anna, boris]) {
    const { contact } = await operator.desk();
    if (contact?.phase === "wrap-up") await operator.finish();
    await operator.goes("offline");
  }
});

async function onDuty(operator: Operator, hz: number): Promise<DeskPhone> {
  const phone = await DeskPhone.open(centre, operator, hz);
  closing.push(() => phone.close());
  await operator.available();
  return phone;
}

async function calls(from: string): Promise<Caller> {
  const caller = await Caller.dial(centre, numbers.queue, from);
  closing.push(() => caller.call.hangUp());
  return caller;
}

/** A caller talks with anna on her telephone. */
async function talk(phone: DeskPhone, from: string): Promise<{ caller: Caller; first: PhoneCall }> {
  const caller = await calls(from);
  const first = await phone.rung();
  await first.answers();
  await caller.hears(voices.anna);
  await first.hears(tones.caller);
  return { caller, first };
}

/** What telephones were told of their transfers, in order of their messages; written down a moment after the call. */
function told(contactId: string, count: number): Promise<string[]> {
  return eventually(
    async () => {
      const path = `/api/contacts/${contactId}/ladder`;
      const { items } = await centre.api<{ items: { direction: string; text: string }[] }>("GET", path);
      const notices = items.filter(({ direction, text }) => direction === "out" && text.startsWith("NOTIFY "));
      const words = notices.map(({ text }) => text.trim().split("\n").at(-1)?.trim() ?? "");
      return words.length >= count ? words : undefined;
    },
    { what: `${count} notices of transfers` },
  );
}

describe("the keys of a desk phone", () => {
  it("hold puts the caller to the music, transfer with two calls joins caller and colleague in one contact", async () => {
    const phone = await onDuty(anna, voices.anna);
    const { caller, first } = await talk(phone, "+359881200001");
    const colleague = await onDuty(boris, voices.boris);
    await first.holds(true);
    await caller.hearsNot(voices.anna);
    await anna.seen("on hold", (desk) => desk.contact?.held === true);

    const second = await phone.dials("212");
    const rung = await colleague.rung();
    await second.rings();
    await rung.answers();
    await second.talks();
    await second.hears(voices.boris);
    await rung.hears(voices.anna);
    await caller.hearsNot(voices.boris);

    expect(await first.transfers(second)).toBe(202);
    await Promise.all([first.ended(), second.ended()]);
    await caller.hears(voices.boris);
    await rung.hears(tones.caller);
    await anna.seen("wrap-up", (desk) => desk.contact?.phase === "wrap-up");
    await caller.hangsUp();
    await rung.ended();

    const contact = await centre.ended(caller.number);
    expect(contact.operators.map(({ id }) => id)).toEqual(["anna", "boris"]);
    const sound = await centre.recording(contact.id);
    const right = sound.channels[1] ?? new Int16Array(0);
    expect(shareWith(right, voices.anna)).toBeGreaterThan(0);
    expect(shareWith(right, voices.boris)).toBeGreaterThan(0);
    expect(await told(contact.id, 2)).toEqual(["SIP/2.0 100 Trying", "SIP/2.0 200 OK"]);
    await boris.finish();
  });

  it("the second call given up gives the caller back, and goes to and fro before", async () => {
    const phone = await onDuty(anna, voices.anna);
    const { caller, first } = await talk(phone, "+359881200002");
    await first.holds(true);
    const second = await phone.dials("0888123456");
    const call = await far.rung();
    call.rings();
    await second.rings();
    call.answers();
    void call.audio.say(voice(voices.outside));
    await second.hears(voices.outside);
    await second.holds(true);
    await first.holds(false);
    await caller.hears(voices.anna);
    await first.holds(true);
    second.hangsUp();
    await call.ended();
    await first.holds(false);
    await caller.hears(voices.anna);
    await first.hears(tones.caller);
    first.hangsUp();
    await caller.ended();
  });

  it("transfer to the number whose second call still rings hands the caller over to it", async () => {
    const phone = await onDuty(anna, voices.anna);
    const { caller, first } = await talk(phone, "+359881200003");
    await first.holds(true);
    const second = await phone.dials("0888123456");
    const call = await far.rung();
    call.rings();
    await second.rings();
    expect(await first.transfers("0888123456")).toBe(202);
    await Promise.all([first.ended(), second.ended()]);
    call.answers();
    void call.audio.say(voice(voices.outside));
    await caller.hears(voices.outside);
    await hearsFrom(call.audio, tones.caller, "the far end");
    expect(far.calls).toEqual([]);
    await caller.hangsUp();
    await call.ended();
    expect((await centre.ended(caller.number)).endCode).toBe("TRANSFERRED_OUTSIDE");
  });

  it("transfer to whom there is not, and to whom nobody can ring now, is told so, and the talk goes on", async () => {
    const phone = await onDuty(anna, voices.anna);
    const { caller, first } = await talk(phone, "+359881200004");
    expect(await first.transfers("somebody")).toBe(202);
    expect(await first.transfers("212")).toBe(202);
    await caller.hears(voices.anna);
    await first.hears(tones.caller);
    await caller.hangsUp();
    await first.ended();
    const contact = await centre.ended(caller.number);
    expect((await told(contact.id, 4)).sort()).toEqual([
      "SIP/2.0 100 Trying",
      "SIP/2.0 100 Trying",
      "SIP/2.0 404 Not Found",
      "SIP/2.0 480 Temporarily Unavailable",
    ]);
  });
});

describe.runIf(havePeers("baresip-core"))("[baresip] the transfer key", () => {
  it("sends the caller to a colleague and to a number outside", async () => {
    const telephone = await Baresip.start({ ...anna.phone, server: centre.peer(), toneHz: voices.anna });
    closing.push(() => telephone.stop());
    await telephone.registered();
    await anna.available();
    const colleague = await onDuty(boris, voices.boris);
    const caller = await calls("+359881200005");
    await telephone.rings();
    await telephone.answers();
    await caller.hears(voices.anna);
    telephone.command("transfer", centre.uri("212"));
    const rung = await colleague.rung();
    await rung.answers();
    await caller.hears(voices.boris);
    await telephone.saw("CALL_CLOSED");
    await anna.finish();

    expect(await rung.transfers("0888123456")).toBe(202);
    await rung.ended();
    const call = await far.rung();
    call.answers();
    void call.audio.say(voice(voices.outside));
    await caller.hears(voices.outside);
    await caller.hangsUp();
    await call.ended();
    const contact = await centre.ended(caller.number);
    expect(await told(contact.id, 4)).toEqual([
      "SIP/2.0 100 Trying",
      "SIP/2.0 200 OK",
      "SIP/2.0 100 Trying",
      "SIP/2.0 200 OK",
    ]);
  });
});
