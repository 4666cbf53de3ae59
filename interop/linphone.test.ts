import type { SipRefusal } from "@centrala/contract";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Caller } from "./support/caller.ts";
import { startCentre, type TestCentre } from "./support/centre.ts";
import { DeskPhone } from "./support/desk-phone.ts";
import { eventually } from "./support/eventually.ts";
import { FarEnd } from "./support/far-end.ts";
import { furnish, numbers } from "./support/fixtures.ts";
import { Linphone, type LinphoneOptions } from "./support/linphone.ts";
import type { Operator } from "./support/operator.ts";
import { havePeers } from "./support/peers.ts";
import { parties } from "./support/ports.ts";
import { tones, voice } from "./support/sounds.ts";

const voices = { boris: 857, outside: 1_017 } as const;

describe.runIf(havePeers("linphone-cli"))("[linphone] as a telephone", () => {
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
    const sources = [parties.carrier, parties.otherCarrier];
    await centre.change("trunk", "carrier", { host: parties.otherCarrier, port: far.port, sources });
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
      await operator.seen("no call", ({ contact }) => contact === null || contact.phase === "wrap-up");
      if ((await operator.desk()).contact !== null) await operator.finish();
      await operator.goes("offline");
    }
  });

  async function onDuty(settings: LinphoneOptions["settings"] = {}, transport: "udp" | "tcp" = "udp") {
    const options = { ...anna.phone, server: centre.peer(), toneHz: tones.operator, settings, transport };
    const phone = await Linphone.start(options);
    closing.push(() => phone.stop());
    await anna.available();
    return phone;
  }

  async function calls(from: string): Promise<Caller> {
    const caller = await Caller.dial(centre, numbers.queue, from);
    closing.push(() => caller.call.hangUp());
    return caller;
  }

  it("answers, holds, asks a colleague and hands the caller over; sends another one outside", async () => {
    const phone = await onDuty();
    const colleague = await DeskPhone.open(centre, boris, voices.boris);
    closing.push(() => colleague.close());
    await boris.available();
    const caller = await calls("+359881600001");
    await phone.says(/incoming call from sip:\+359881600001@/);
    phone.types("answer");
    await caller.hears(tones.operator);
    await phone.hears(tones.caller);
    phone.types("pause");
    await anna.seen("on hold", (desk) => desk.contact?.held === true);
    phone.types("resume");
    await caller.hears(tones.operator);
    phone.types("pause");
    await anna.seen("on hold again", (desk) => desk.contact?.held === true);
    phone.types("call 212");
    const rung = await colleague.rung();
    await rung.answers();
    await rung.hears(tones.operator);
    phone.types("transfer 1 --to-call 2");
    await phone.says(/has been transfered/);
    await caller.hears(voices.boris);
    await rung.hears(tones.caller);
    await caller.hangsUp();
    await rung.ended();
    await anna.finish();

    const next = await calls("+359881600002");
    await phone.says(/incoming call from sip:\+359881600002@/);
    phone.types("answer");
    await next.hears(tones.operator);
    phone.types("transfer 0888123456");
    const call = await far.rung();
    call.answers();
    void call.audio.say(voice(voices.outside));
    await next.hears(voices.outside);
    await next.hangsUp();
    await call.ended();
  });

  it("calls out, hears what is before the answer, and its keys arrive", async () => {
    const phone = await onDuty();
    phone.types("call 0888123456");
    const call = await far.rung();
    call.letsHear();
    void call.audio.say(voice(voices.outside));
    await phone.hears(voices.outside);
    call.answers();
    await call.hears(tones.operator);
    phone.types("5");
    await eventually(() => call.audio.keysHeard === "5", { what: "the key" });
    call.hangsUp();
    await phone.says(/Call \d+ .* ended/);
  });

  it("offers ICE, feedback and session timers over TCP, and sends keys by INFO: taken as far as they are spoken", async () => {
    const phone = await onDuty(
      {
        sip: [
          ...["use_info=1", "use_rfc2833=0"],
          ...["session_expires_enabled=1", "session_expires_value=120", "session_expires_refresher=uac"],
        ],
        proxy_0: ["avpf=1", "avpf_rr_interval=1", "nat_policy_ref=ice"],
        net: ["nat_policy_ref=ice"],
        nat_policy_0: ["ref=ice", "protocols=ice"],
      },
      "tcp",
    );
    phone.types("call 0888123456");
    const call = await far.rung();
    call.answers();
    void call.audio.say(voice(voices.outside));
    await call.hears(tones.operator);
    await phone.hears(voices.outside);
    phone.types("7");
    await eventually(() => call.audio.keysHeard === "7", { what: "the key" });
    call.hangsUp();
    await phone.says(/Call \d+ .* ended/);
    const { log } = phone;
    expect(
      [/^m=audio \d+ RTP\/AVPF /m, /^a=candidate:/m, /^INFO /m, /^Session-Expires: ?120/m].map((what) =>
        what.test(log),
      ),
    ).toEqual([true, true, true, true]);
  });

  it("demands encrypted sound: is refused both ways, and System says why", async () => {
    const phone = await onDuty({ sip: ["media_encryption=srtp", "media_encryption_mandatory=1"] });
    phone.types("call 0888123456");
    await phone.says(/Call \d+ .*(?:ended|failed|error)/i);
    const refusals = async () => {
      const { items } = await centre.api<{ items: readonly SipRefusal[] }>("GET", "/api/system/refusals");
      return items.toSorted((a, b) => b.lastAt - a.lastAt);
    };
    expect((await refusals())[0]).toMatchObject({ reason: "encryptionDemanded", status: 488, deviceId: anna.phoneId });
    const caller = await calls("+359881600003");
    const answered = () => /^SIP\/2\.0 488 /m.test(phone.log.slice(phone.log.indexOf("INVITE sip:anna@")));
    await eventually(answered, { what: "the refusal" });
    await anna.seen("the offer has ended", (desk) => desk.offer === null && desk.contact === null);
    await caller.hangsUp();
    expect((await centre.offers(caller.number))[0]).toBe("unreachable");
    expect((await refusals())[0]).toMatchObject({ reason: "soundRefused", status: 488, deviceId: anna.phoneId });
  });
});
