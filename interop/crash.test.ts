import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Baresip } from "./support/baresip.ts";
import { Caller } from "./support/caller.ts";
import { startCentre, type TestCentre } from "./support/centre.ts";
import { eventually, pause } from "./support/eventually.ts";
import { furnish, numbers } from "./support/fixtures.ts";
import type { Operator } from "./support/operator.ts";
import { havePeers } from "./support/peers.ts";
import { shareWith, tones } from "./support/sounds.ts";

describe.runIf(havePeers("baresip-core"))("processes that are killed while calls run", () => {
  let centre: TestCentre;
  let anna: Operator;
  let phone: Baresip;

  beforeAll(async () => {
    centre = await startCentre();
    await furnish(centre);
    anna = await centre.hire("anna");
    phone = await Baresip.start({ ...anna.phone, server: centre.peer(), toneHz: tones.operator });
    await phone.registered();
    await anna.available();
  });
  afterAll(async () => {
    await phone?.stop();
    await centre?.close();
  });

  async function talking(number: string): Promise<Caller> {
    const caller = await Caller.dial(centre, numbers.queue, number);
    await phone.rings();
    await phone.answers();
    await caller.hears(tones.operator);
    return caller;
  }

  it("kill -9 of the server loses nothing that was acknowledged, and ends what cannot go on", async () => {
    const talker = await talking("+359881000040");
    const waiting = await Caller.dial(centre, numbers.queue, "+359881000041");
    const kept = await Caller.dial(centre, numbers.kept, "+359881000042");
    await Promise.all([waiting.answered(), kept.answered()]);
    const desk = await anna.seen("talking", (view) => view.contact?.phase === "talking");
    const talkedMs = 4_000;
    await pause(talkedMs);
    await anna.api("PUT", `/api/desk/contacts/${desk.contact?.id}/note`, { text: "said so before the crash" });
    await anna.api("POST", `/api/desk/contacts/${desk.contact?.id}/result`, { dispositionId: "complaint" });
    await centre.kill();

    await centre.start();
    // Far ends hear from the new process that their calls are over; without a BYE they would talk to nobody.
    await Promise.all([talker.ended(), waiting.ended(), kept.ended(), phone.saw("CALL_CLOSED")]);
    for (const number of ["+359881000040", "+359881000041", "+359881000042"])
      expect(await centre.ended(number)).toMatchObject({ endCode: "SERVER_RESTARTED" });
    const contact = await centre.ended("+359881000040");
    expect(contact).toMatchObject({ disposition: "Complaint", notes: [{ text: "said so before the crash" }] });

    const { channels } = await centre.recording(contact.id);
    const [left = new Int16Array(0), right = new Int16Array(0)] = channels;
    expect(left.length / 8).toBeGreaterThan(talkedMs - 1_000);
    expect(shareWith(left, tones.caller)).toBeGreaterThan(0.6);
    expect(shareWith(right, tones.operator)).toBeGreaterThan(0.6);

    const { output } = await centre.command("replay");
    expect(output).toMatch(/ entries decided again, 0 differ/);
  });

  it("telephones are reachable after it without registering again", async () => {
    expect(await anna.desk()).toMatchObject({ phones: [{ id: "anna-phone", reachable: true }] });
    const before = await anna.desk();
    if (before.contact?.phase === "wrap-up") await anna.finish();
    await anna.available();
    const caller = await talking("+359881000043");
    await caller.hangsUp();
    await phone.saw("CALL_CLOSED");
    await anna.finish();
    expect(await centre.ended("+359881000043")).toMatchObject({ answered: true, endCode: "CUSTOMER_HUNG_UP" });
  });

  it("kill -9 of the database: who talks goes on talking, and the journal goes on when it is back", async () => {
    const caller = await talking("+359881000044");
    const postmaster = centre.postmasterPid ?? 0;
    expect(postmaster).toBeGreaterThan(1);
    process.kill(postmaster, "SIGKILL");
    const packets = caller.call.audio.packetsReceived;
    await eventually(() => caller.call.audio.packetsReceived > packets + 100, {
      what: "two seconds more of the operator's voice",
    });
    await caller.hears(tones.operator);
    await phone.hears(tones.caller);
    await caller.hangsUp();
    await eventually(() => centre.postmasterPid !== undefined && centre.postmasterPid !== postmaster, {
      what: "the database to run again",
      withinMs: 30_000,
    });
    await eventually(async () => (await fetch(`${centre.url}/readyz`)).ok, { what: "readiness", withinMs: 30_000 });
    await phone.saw("CALL_CLOSED", 30_000);
    await anna.finish();
    const contact = await centre.ended("+359881000044");
    expect(contact).toMatchObject({ answered: true, endCode: "CUSTOMER_HUNG_UP" });
    const { channels } = await centre.recording(contact.id);
    // The end of the call could be decided only when the journal was there again: what follows the two seconds is silence.
    expect(shareWith((channels[0] ?? new Int16Array(0)).subarray(0, 16_000), tones.caller)).toBeGreaterThan(0.6);
    const { output } = await centre.command("replay");
    expect(output).toMatch(/ entries decided again, 0 differ/);
  });

  it("the server, stopped and started in good order, goes on where it was", async () => {
    const before = (await centre.contacts()).map((row) => row.id);
    await centre.stop();
    await centre.start();
    expect((await centre.contacts()).map((row) => row.id)).toEqual(before);
    await anna.available();
    const caller = await talking("+359881000045");
    await caller.hangsUp();
    await anna.finish();
  });
});
