import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Baresip } from "./support/baresip.ts";
import { Caller } from "./support/caller.ts";
import { startCentre, type TestCentre } from "./support/centre.ts";
import { eventually, pause } from "./support/eventually.ts";
import { furnish, numbers } from "./support/fixtures.ts";
import type { Operator } from "./support/operator.ts";
import { havePeers } from "./support/peers.ts";
import { parties } from "./support/ports.ts";
import { callUntilAnswered, hangUp, sipp, step } from "./support/sipp.ts";
import { shareWith, tones } from "./support/sounds.ts";

let centre: TestCentre;
let anna: Operator;
const phones: Baresip[] = [];

beforeAll(async () => {
  centre = await startCentre();
  await furnish(centre);
  anna = await centre.hire("anna");
});
afterAll(() => centre?.close());
afterEach(async () => {
  await Promise.all(phones.splice(0).map((phone) => phone.stop()));
});

/** The operator's telephone stands on the desk, registered, and the operator takes calls. */
async function onDuty(operator: Operator): Promise<Baresip> {
  const phone = await Baresip.start({ ...operator.phone, server: centre.peer(), toneHz: tones.operator });
  phones.push(phone);
  await phone.registered();
  await operator.available();
  return phone;
}

describe("a caller meets the call flow", () => {
  it.runIf(havePeers("sip-tester"))("a SIPp caller hears the prompt, presses a key, and leaves a message", async () => {
    const from = "+359881000001";
    const result = await sipp({
      address: parties.carrier,
      target: centre.peer(),
      number: numbers.menu,
      steps: [
        ...callUntilAnswered(from),
        step.pause(1_500),
        step.within("INFO", 2, from, { body: "Signal=1\nDuration=160", type: "application/dtmf-relay" }),
        step.receive(200),
        // The wish to leave a message takes three of these seconds, the message itself the rest.
        step.pause(8_000),
        ...hangUp(from, 3),
      ],
    });
    expect(result.errors).toBe("");
    const contact = await centre.ended(from);
    expect(contact).toMatchObject({ endCode: "VOICEMAIL_LEFT", voicemail: true, direction: "inbound" });
    expect(contact.timeline.map((item) => item.kind)).toEqual(
      expect.arrayContaining(["keysEntered", "recordingStarted"]),
    );
    await centre.recording(contact.id);
  });

  it("a caller hears the greeting, presses a key by RFC 4733, and the message holds the caller's voice on the left", async () => {
    const caller = await Caller.dial(centre, numbers.menu, "+359881000002");
    await caller.hearsSomebody();
    caller.call.audio.press("1");
    const recorded = await eventually(
      async () => (await centre.contacts()).find((row) => row.party.e164 === caller.number && row.hasRecording),
      { what: "the message to be recorded" },
    );
    await pause(3_000);
    await caller.hangsUp();
    const sound = await centre.recording(recorded.id);
    expect(sound.channels).toHaveLength(2);
    expect(shareWith(sound.channels[0] ?? new Int16Array(0), tones.caller)).toBeGreaterThan(0.5);
  });
});

describe.runIf(havePeers("sip-tester", "baresip-core"))("a waiting caller is answered on a SIP phone", () => {
  it("both hear each other, and the contact is remembered with both sides recorded", async () => {
    const phone = await onDuty(anna);
    const caller = await Caller.dial(centre, numbers.queue, "+359881000003");
    expect(await phone.rings()).toContain("359881000003");
    expect(await anna.seen("the offer", (desk) => desk.offer !== null)).toMatchObject({
      offer: { contact: { party: { e164: "+359881000003" }, number: { number: numbers.queue } } },
    });
    await phone.answers();
    await caller.answered();
    await caller.hears(tones.operator);
    await phone.hears(tones.caller);
    await pause(2_000);
    await caller.hangsUp();
    await phone.saw("CALL_CLOSED");
    await anna.finish("solved");

    const contact = await centre.ended("+359881000003");
    expect(contact).toMatchObject({
      answered: true,
      endCode: "CUSTOMER_HUNG_UP",
      disposition: "Solved",
      operators: [{ id: "anna" }],
      queueName: "Main queue",
    });
    const kinds = contact.timeline.map((item) => item.kind);
    for (const kind of [
      "contactStarted",
      "enqueued",
      "offerMade",
      "queueLeft",
      "talkStarted",
      "recordingStarted",
      "talkEnded",
      "dispositionSet",
      "contactEnded",
    ])
      expect(kinds).toContain(kind);

    const { channels } = await centre.recording(contact.id);
    expect(channels).toHaveLength(2);
    const [left = new Int16Array(0), right = new Int16Array(0)] = channels;
    expect(shareWith(left, tones.caller)).toBeGreaterThan(0.6);
    expect(shareWith(right, tones.operator)).toBeGreaterThan(0.6);
    expect(shareWith(left, tones.operator)).toBe(0);
    expect(shareWith(right, tones.caller)).toBe(0);
  });

  it("a caller who hangs up while it rings stops the ringing", async () => {
    const phone = await onDuty(anna);
    const caller = await Caller.dial(centre, numbers.queue, "+359881000004");
    await phone.rings();
    await caller.hangsUp();
    await phone.saw("CALL_CLOSED");
    expect(await centre.ended("+359881000004")).toMatchObject({ answered: false, endCode: "ABANDONED_IN_QUEUE" });
    await anna.seen("free again", (desk) => desk.state === "available" && desk.offer === null);
  });

  it.runIf(havePeers("sip-tester"))(
    "a SIPp caller waits, is answered, and is told nothing but the ends of its call",
    async () => {
      const phone = await onDuty(anna);
      const from = "+359881000006";
      const caller = sipp({
        address: parties.carrier,
        target: centre.peer(),
        number: numbers.queue,
        steps: [...callUntilAnswered(from), step.pause(2_500), ...hangUp(from, 2)],
      });
      await phone.rings();
      await phone.answers();
      expect((await caller).errors).toBe("");
      await phone.saw("CALL_CLOSED");
      await anna.finish();
      expect(await centre.ended(from)).toMatchObject({ answered: true, endCode: "CUSTOMER_HUNG_UP" });
    },
  );

  it("a declined call rings again at who comes back from a break", async () => {
    const phone = await onDuty(anna);
    const caller = await Caller.dial(centre, numbers.queue, "+359881000007");
    await phone.rings();
    phone.hangUp();
    await phone.saw("CALL_CLOSED");
    await anna.seen("the offer is gone", (desk) => desk.offer === null);
    await anna.goes("break");
    await anna.goes("available");
    await phone.rings();
    await phone.answers();
    await caller.hears(tones.operator);
    await caller.hangsUp();
    await anna.finish();
    const contact = await centre.ended("+359881000007");
    expect(contact.timeline.filter((item) => item.kind === "offerMade")).toHaveLength(2);
  });

  it("a declined call keeps its place and rings at another operator", async () => {
    const boris = await centre.hire("boris");
    const first = await onDuty(anna);
    const second = await onDuty(boris);
    const caller = await Caller.dial(centre, numbers.queue, "+359881000005");
    const both = [first, second] as const;
    const ringing = await eventually(
      () => both.find((phone) => phone.events.some(({ type }) => type === "CALL_INCOMING")),
      {
        what: "one of the telephones to ring",
      },
    );
    ringing.hangUp();
    const other = ringing === first ? second : first;
    await other.rings();
    await other.answers();
    await caller.hears(tones.operator);
    other.hangUp();
    await caller.ended();
    await (ringing === first ? boris : anna).finish();
    expect(await centre.offers("+359881000005")).toEqual(["declined", "accepted"]);
    expect(await centre.ended("+359881000005")).toMatchObject({ answered: true, endCode: "OPERATOR_HUNG_UP" });
    await boris.goes("offline");
  });
});

it("the journal of all this, decided again, gives the same facts", async () => {
  const { code, output } = await centre.command("replay");
  expect(output).toMatch(/ entries decided again, 0 differ/);
  expect(code).toBe(0);
});
