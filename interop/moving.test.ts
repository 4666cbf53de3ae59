import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Asterisk, asteriskRoot } from "./support/asterisk.ts";
import { Baresip } from "./support/baresip.ts";
import { Caller } from "./support/caller.ts";
import { root, startCentre, type TestCentre } from "./support/centre.ts";
import { addFlow, addTrunk, furnish } from "./support/fixtures.ts";
import type { Operator } from "./support/operator.ts";
import { freePort, freeRange, parties } from "./support/ports.ts";
import { tones } from "./support/sounds.ts";

/** What the old queue of the PBX is heard by: Asterisk's Milliwatt(). */
const oldQueueHz = 1_004;
const pbx = parties.otherCarrier;

/** The guide's own files, with this test's addresses in them. */
function fromGuide(beginning: string, port: number): string {
  const guide = readFileSync(join(root, "docs/guide/moving.md"), "utf8");
  const blocks = [...guide.matchAll(/```ini\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");
  const found = blocks.find((block) => block.startsWith(beginning));
  if (found === undefined) throw new Error(`the guide has no ${beginning}`);
  return found
    .replaceAll("192.168.1.10:5060", `${parties.server}:${port}`)
    .replaceAll("192.168.1.10", parties.server)
    .replace("qualify_frequency=30", "qualify_frequency=2");
}

describe.runIf(asteriskRoot !== undefined)("moving beside Asterisk, with the files of docs/guide/moving.md", () => {
  let centre: TestCentre;
  let anna: Operator;
  let phone: Baresip;
  let asterisk: Asterisk;
  let port = 0;

  beforeAll(async () => {
    centre = await startCentre();
    await furnish(centre);
    port = await freePort(pbx);
    await addTrunk(centre, "pbx", pbx, {
      port,
      transferredCallerIn: "p-asserted-identity",
      trustsIdentity: true,
      priority: 1,
    });
    await addFlow(centre, "from-pbx", "600", { first: { kind: "queue", queueId: "main", otherwise: null } }, "pbx");
    anna = await centre.hire("anna");
    phone = await Baresip.start({ ...anna.phone, server: centre.peer(), toneHz: tones.operator });
    await phone.registered();
    await anna.available();
    const [first, last] = (await freeRange(100, pbx)).split("-");
    asterisk = await Asterisk.start({
      "rtp.conf": `[general]\nrtpstart=${first}\nrtpend=${last}\n`,
      "queues.conf": "[general]\n[orders]\nmember => Local/900@old-phone\n",
      "pjsip.conf": `[transport]\ntype=transport\nprotocol=udp\nbind=${pbx}:${port}\n
[carrier]\ntype=endpoint\ncontext=from-carrier\nallow=!all,alaw\ntrust_id_inbound=yes\ndirect_media=no\n
[carrier]\ntype=identify\nendpoint=carrier\nmatch=${parties.carrier}\n
${fromGuide("[centrala]", centre.ports.sip)}`,
      "extensions.conf": `[general]\n${fromGuide("[queue-600]", centre.ports.sip)}
[from-carrier]\ninclude => switch\nexten => 600,1,Goto(queue-600,s,1)\n
[old-phone]\nexten => 900,1,Answer()\n same => n,Milliwatt()\n`,
    });
    await asterisk.says("pjsip show contacts", /Avail/);
  }, 120_000);
  afterAll(async () => {
    await phone?.stop();
    await asterisk?.stop();
    await centre?.close();
  });

  function calls(number: string, from: string, headers: readonly (readonly [string, string])[] = []): Promise<Caller> {
    const peer = { transport: "UDP", address: pbx, port } as const;
    return Caller.dial(centre, number, from, { uri: `sip:${number}@${pbx}:${port}`, peer, headers });
  }
  async function pressesTheKey(to: "on" | "off"): Promise<void> {
    const caller = await calls("7760", "+359881000100");
    await asterisk.says("database get centrala 600", new RegExp(`Value: ${to}`));
    await caller.ended();
  }

  it("leads to the old queue until the key is pressed, then to Centrala with the caller's number, and back", async () => {
    const before = await calls("600", "+359881000101");
    await before.hears(oldQueueHz);
    await before.hangsUp();

    await pressesTheKey("on");
    const during = await calls("600", "+359881000102");
    expect(await phone.rings()).toContain("359881000102");
    expect(await anna.seen("the offer", (desk) => desk.offer !== null)).toMatchObject({
      offer: { contact: { party: { e164: "+359881000102" }, number: { number: "600" } } },
    });
    await phone.answers();
    await during.hears(tones.operator);
    await phone.hears(tones.caller);

    await pressesTheKey("off");
    const after = await calls("600", "+359881000103");
    await after.hears(oldQueueHz);
    await after.hangsUp();
    await during.hears(tones.operator);
    await during.hangsUp();
    await anna.finish();
  }, 120_000);

  it("shows nobody who withholds the number, and takes a call back into the old queue from a call flow", async () => {
    await pressesTheKey("on");
    const withheld = await calls("600", "anonymous", [
      ["P-Asserted-Identity", `<sip:+359881000107@${pbx}>`],
      ["Privacy", "id"],
    ]);
    const desk = await anna.seen("the offer", (view) => view.offer !== null);
    expect(JSON.stringify(desk.offer)).not.toContain("881000107");
    await withheld.hangsUp();

    await addFlow(centre, "back", "602", {
      first: { kind: "transfer", target: { kind: "number", number: "601" }, otherwise: null },
    });
    const back = await Caller.dial(centre, "602", "+359881000108");
    await back.hears(oldQueueHz);
    await back.hangsUp();
    await pressesTheKey("off");
  }, 120_000);

  it("leads to the old queue by itself when Centrala refuses the call or is away", async () => {
    await pressesTheKey("on");
    await centre.api("DELETE", "/api/config/number/from-pbx");
    const refused = await calls("600", "+359881000104");
    await refused.hears(oldQueueHz);
    await refused.hangsUp();

    await centre.stop();
    await asterisk.says("pjsip show contacts", /Unavail/);
    const later = await calls("600", "+359881000106");
    await later.hears(oldQueueHz);
    await later.hangsUp();
  }, 180_000);
});
