import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { buildWebApp, shoot } from "./support/browser.ts";
import { Caller } from "./support/caller.ts";
import { startCentre, type TestCentre } from "./support/centre.ts";
import { eventually, pause } from "./support/eventually.ts";
import { type FarCall, FarEnd } from "./support/far-end.ts";
import { furnish, numbers } from "./support/fixtures.ts";
import { havePeers } from "./support/peers.ts";
import { parties } from "./support/ports.ts";
import { followLine, followSockets, Seat } from "./support/seat.ts";
import { toneDb, tones, voice } from "./support/sounds.ts";

/** Between the notes of the scale, so that music on hold is not mistaken for anybody's voice. */
const voices = { anna: 453, boris: 857, outside: 1_017 } as const;
/** The words as they are today: a translator's better ones break nothing here. */
const bg = words<{
  because: { missed: string };
  why: { transfer: string; back: string };
  missed: { callBack: string };
}>("desk");
const states = words<{ state: Record<"available" | "offered" | "talking" | "held" | "wrap-up" | "break", string> }>(
  "common",
).state;

function words<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(`../apps/web/src/i18n/${file}.bg.json`, import.meta.url), "utf8")) as T;
}

/** What is heard while it rings in Bulgaria. */
const ringbackHz = 425;

describe.runIf(havePeers("chromium"))("a day at the desk", () => {
  let centre: TestCentre;
  let anna: Seat;
  let boris: Seat;
  let far: FarEnd;
  const callers: Caller[] = [];

  /** Every caller has a number of their own, so that no test meets the contacts of another. */
  async function calls(to: string = numbers.queue, from = `+35988800${1_000 + callers.length}`): Promise<Caller> {
    const caller = await Caller.dial(centre, to, from);
    callers.push(caller);
    return caller;
  }

  async function answered(by: Seat, from?: string): Promise<{ caller: Caller; contactId: string }> {
    const caller = await calls(numbers.queue, from);
    const contactId = await by.answers();
    await caller.hears(by.hz);
    await by.hears(tones.caller);
    return { caller, contactId };
  }

  async function speaks(call: FarCall): Promise<void> {
    call.answers();
    void call.audio.say(voice(voices.outside));
  }

  beforeAll(async () => {
    buildWebApp();
    centre = await startCentre();
    await furnish(centre);
    // Longer than any machine needs to answer; the one test whose rule is the ringing's end sets its own.
    await centre.change("queue", "main", { ringTimeoutMs: 60_000 });
    await centre.change("client", "main", { callerNumberId: "to-queue", greeting: "Test centre, good day!" });
    far = await FarEnd.open(parties.otherCarrier);
    await centre.change("trunk", "carrier", {
      host: parties.otherCarrier,
      port: far.port,
      sources: [parties.carrier, parties.otherCarrier],
    });
    anna = await Seat.open(centre, await centre.hire("anna", { extension: "211" }), voices.anna);
    boris = await Seat.open(centre, await centre.hire("boris", { extension: "212" }), voices.boris, { language: "bg" });
    await centre.change("user", "boris", { roles: ["operator", "supervisor"] });
  });
  afterAll(async () => {
    await anna?.close();
    await boris?.close();
    far?.close();
    await centre?.close();
  });
  afterEach(async ({ task }) => {
    for (const seat of [anna, boris]) {
      if (task.result?.state === "fail") await shoot(seat.page, `failed-${seat.operator.id}`).catch(() => {});
    }
    for (const caller of callers) await caller.hangsUp();
    for (const seat of [anna, boris]) await seat.leaves();
  });

  it("a call is answered by key, held, muted, sent keys, recorded with a pause, and its note survives the end", async () => {
    await anna.available();
    const { caller, contactId } = await answered(anna);
    await anna.sees("Test centre, good day!");
    await anna.puts("H", true);
    await caller.hearsNot(voices.anna);
    await anna.hearsNot(tones.caller);
    await anna.puts("H", false);
    await caller.hears(voices.anna);
    await anna.hears(tones.caller);
    await anna.puts("M", true);
    await caller.hearsNot(voices.anna);
    await anna.hears(tones.caller);
    await anna.puts("M", false);
    await caller.hears(voices.anna);
    await anna.key("K");
    await anna.page.keyboard.type("12#");
    await eventually(() => caller.call.audio.keysHeard === "12#", { what: "the keys in their order" });
    await anna.page.keyboard.press("Escape");
    await anna.key("P");
    await anna.isPut("P", true);
    await pause(1_500);
    await anna.key("P");
    await anna.isPut("P", false);
    await anna.key("N");
    await anna.page.keyboard.type("typed while the call");
    await caller.hangsUp();
    await anna.page.keyboard.type(" ends");
    await anna.key("1");
    await anna.page.getByRole("radio", { name: "Solved", checked: true }).waitFor();
    await anna.sees("Wrap-up after the call");
    await anna.key("W");
    await anna.sees("Ready for calls");
    const contact = await eventually(
      async () => {
        const found = await centre.contact(contactId);
        return found.notes[0]?.text === "typed while the call ends" && found;
      },
      { what: "the note" },
    );
    expect(contact).toMatchObject({ answered: true, disposition: "Solved", endCode: "CUSTOMER_HUNG_UP" });
    const [customer = new Int16Array(0)] = (await centre.recording(contactId)).channels;
    const halfSeconds = Array.from({ length: Math.floor(customer.length / 4_000) }, (_, at) =>
      customer.subarray(at * 4_000, (at + 1) * 4_000),
    );
    expect(halfSeconds.filter((part) => toneDb(part, tones.caller) < 10).length).toBeGreaterThanOrEqual(2);
  });

  it("a declined call goes to a colleague, a missed one brings a break that says why, and who comes back is rung at once", async () => {
    await centre.change("queue", "main", { missesMax: 1 });
    await anna.available();
    const caller = await calls();
    await anna.keyed("A").waitFor();
    await boris.available();
    await centre.change("queue", "main", { ringTimeoutMs: 5_000 });
    await anna.click("Decline");
    await anna.operator.seen("free", (desk) => desk.offer === null);
    await boris.sees(bg.because.missed);
    await centre.change("queue", "main", { ringTimeoutMs: 60_000 });
    await shoot(boris.page, "desk-missed-break-bg");
    expect(await boris.operator.desk()).toMatchObject({ state: "break", stateCause: "missed" });
    await boris.keyed("W").click();
    await boris.answers();
    await caller.hears(voices.boris);
    await caller.hangsUp();
    expect(await centre.offers(caller.number)).toEqual(["declined", "rung-out", "accepted"]);
    await centre.change("queue", "main", { missesMax: 2 });
  });

  it("a break asked for in the talk begins after the wrap-up, whose limit loses nothing that was typed", async () => {
    await centre.change("queue", "main", { wrapUpMsMax: 6_000 });
    await anna.available();
    const { caller, contactId } = await answered(anna);
    await anna.keyed("E").waitFor();
    await anna.key("B");
    await anna.page.getByRole("dialog").getByRole("button", { name: "Lunch" }).click();
    await anna.sees("After the call: Break");
    await caller.hangsUp();
    await anna.sees("Your break begins in");
    await anna.key("N");
    const typed = await anna.typesUntil("typed to the last second ", "You are on a break");
    await anna.sees("Lunch");
    expect(typed).toMatch(/^typed to the last/);
    await eventually(async () => (await centre.contact(contactId)).notes[0]?.text === typed, {
      what: `the note "${typed}"`,
    });
    await centre.change("queue", "main", { wrapUpMsMax: 60_000 });
  });

  it("a caller who gives up stops the ringing", async () => {
    await anna.available();
    const caller = await calls();
    await anna.keyed("A").waitFor();
    await caller.hangsUp();
    await anna.keyed("A").waitFor({ state: "detached" });
    await anna.sees("Ready for calls");
    expect(await centre.offers(caller.number)).toEqual(["withdrawn"]);
  });

  it("a transfer at once reaches a colleague, comes back when declined, and reaches a queue and a number outside", async () => {
    await anna.available();
    const { caller } = await answered(anna);
    await boris.available();
    await anna.sends("T", "boris");
    await boris.sees(bg.why.transfer.replace("{{name}}", "anna"));
    await boris.answers();
    await caller.hears(voices.boris);
    await boris.hears(tones.caller);
    await anna.hearsNot(tones.caller);
    await anna.finishes();

    await boris.sends("T", "anna");
    await anna.keyed("X").click();
    await boris.sees(bg.why.back);
    await boris.answers();
    await caller.hears(voices.boris);

    await boris.sends("T", "Main queue");
    await anna.answers();
    await caller.hears(voices.anna);

    await anna.sends("T", "0888 123 456");
    const call = await far.rung();
    expect([call.request.uri.split("@")[0], call.header("from")]).toEqual([
      "sip:+359888123456",
      expect.stringContaining(numbers.queue),
    ]);
    await speaks(call);
    await caller.hears(voices.outside);
    await call.hears(tones.caller);
    await caller.hangsUp();
    await call.ended();
    expect((await centre.ended(caller.number)).endCode).toBe("TRANSFERRED_OUTSIDE");
  });

  it("whoever is asked first hears the operator only, then all three hear each other, and somebody outside takes over", async () => {
    await anna.available();
    const { caller } = await answered(anna);
    await boris.available();
    await anna.sends("C", "boris");
    await anna.hears(ringbackHz);
    await boris.answers();
    await anna.hears(voices.boris);
    await boris.hears(voices.anna);
    await boris.hearsNot(tones.caller);
    await caller.hearsNot(voices.boris);
    await boris.keyed("E").waitFor();
    expect(await boris.keyed("T").count()).toBe(0);
    await anna.keyed("J").waitFor();
    await anna.key("C");
    await caller.hears(voices.anna);
    await boris.operator.seen("free", (desk) => desk.state === "available");
    // Only now does the key ask again, instead of going back.
    await anna.keyed("H").waitFor();

    await anna.sends("C", "boris");
    await boris.answers();
    await anna.keyed("J").click();
    await caller.hears(voices.anna);
    await caller.hears(voices.boris);
    await anna.hears(tones.caller);
    await anna.hears(voices.boris);
    await boris.hears(tones.caller);
    await boris.hears(voices.anna);
    await boris.key("E");
    await caller.hearsNot(voices.boris);
    await caller.hears(voices.anna);

    await anna.sends("C", "0888 123 457");
    const call = await far.rung();
    call.rings();
    await anna.hears(ringbackHz);
    await speaks(call);
    await anna.hears(voices.outside);
    await call.hears(voices.anna);
    await anna.keyed("J").waitFor();
    await anna.keyed("T").click();
    await caller.hears(voices.outside);
    await call.hears(tones.caller);
    call.hangsUp();
    await caller.ended();
  });

  it("calls go out with early sound, end as busy, reach a colleague by extension, and an emergency number from off duty", async () => {
    await anna.available();
    await anna.dials("0888 200 001");
    const early = await far.rung();
    expect(early.header("from")).toContain(numbers.queue);
    early.letsHear();
    void early.audio.say(voice(voices.outside));
    await anna.hears(voices.outside);
    early.answers();
    await early.hears(voices.anna);
    early.hangsUp();
    await anna.finishes();

    await anna.dials("0888 200 002");
    const busy = await far.rung();
    busy.rings();
    await anna.hears(ringbackHz);
    busy.refuses(486);
    await anna.sees(/^Busy$/);
    await anna.finishes();

    await boris.available();
    await anna.dials("212");
    await boris.answers();
    await anna.hears(voices.boris);
    await boris.hears(voices.anna);
    await boris.key("E");
    await anna.sees("Ready for calls");

    await anna.operator.goes("offline");
    await anna.sees("You are off duty");
    await anna.dials("112");
    const emergency = await far.rung();
    expect(emergency.request.uri).toContain("sip:112@");
    emergency.answers();
    await emergency.hears(voices.anna);
    emergency.hangsUp();
    await emergency.ended();
  });

  it("a new caller gets a card in two steps, is known the next time, is called from the card, and may share the number", async () => {
    await anna.available();
    const { caller } = await answered(anna);
    await anna.key("U");
    await anna.page.getByLabel("Name").and(anna.page.locator(":focus")).waitFor();
    await anna.page.keyboard.type("Мария Иванова");
    await anna.page.keyboard.press("Enter");
    await anna.page.getByRole("heading", { name: "Мария Иванова" }).waitFor();
    await caller.hangsUp();
    await anna.leaves();

    await boris.available();
    await calls(numbers.queue, caller.number);
    await boris.keyed("A").waitFor();
    await boris.page.getByRole("heading", { name: "Мария Иванова" }).waitFor();
    await boris.sees(/anna/);
    await shoot(boris.page, "desk-known-bg");
    await boris.answers();
    await boris.key("E");
    await boris.finishes();

    await boris.picks("Мария");
    await boris.page.getByRole("heading", { name: "Мария Иванова" }).waitFor();
    await boris.click(/Обаждане на 0/);
    const call = await far.rung();
    await speaks(call);
    await boris.hears(voices.outside);
    await boris.key("E");
    await call.ended();
    await boris.finishes();

    await centre.api("POST", "/api/customers", { name: "Иван Иванов", phones: [caller.number] });
    await calls(numbers.queue, caller.number);
    await boris.answers();
    await boris.click(/Иван Иванов/);
    await boris.page.getByRole("heading", { name: "Иван Иванов" }).waitFor();
  });

  it("a reload, a second tab, a broken connection and a closed tab never cost the conversation", async () => {
    await anna.available();
    const { caller, contactId } = await answered(anna);
    const both = async () => {
      await anna.operator.seen("the same conversation", (desk) => {
        return desk.contact?.id === contactId && desk.contact.phase === "talking" && desk.headset === "attached";
      });
      await anna.hears(tones.caller);
      await caller.hears(voices.anna);
    };
    // How long the caller hears nothing depends on the machine, and may be too short to be noticed.
    await anna.page.reload();
    await both();

    const first = anna.page;
    anna.page = await anna.browser.page(`${centre.url}/desk`);
    await first.getByText("Another tab has the headset").first().waitFor();
    await both();
    await anna.page.close();
    anna.page = first;
    await anna.click("Use it in this tab");
    await both();

    await anna.sees(/^Connected$/);
    await anna.page.evaluate(followLine.install);
    await anna.page.evaluate(followSockets.breakAll);
    const line = await eventually(
      async () => {
        const shown = await anna.page.evaluate(followLine.shown);
        return shown.length > 1 && shown.at(-1) === "Connected" && shown;
      },
      { what: "the line to be connected again" },
    );
    expect(line).toEqual(["Connected", "Reconnecting", "Connected"]);
    await both();

    await anna.key("N");
    await anna.page.keyboard.type("before the tab was closed");
    // A pause in the typing saves what is there by then: only the whole of it will do.
    await anna.operator.seen("the whole note", (desk) => desk.contact?.note === "before the tab was closed");
    await anna.sees(/^Saved/);
    await anna.page.close();
    await anna.operator.seen("without headset", (desk) => desk.headset === "none");
    anna.page = await anna.browser.page(`${centre.url}/desk`);
    await both();
    await anna.page.getByText("before the tab was closed").waitFor();
  });

  it("a message left is on the missed list, is played, and leaves the list when its caller was reached", async () => {
    await boris.available();
    const caller = await calls(numbers.menu);
    await caller.hearsSomebody();
    caller.call.audio.press("1");
    const contactId = await eventually(
      async () => {
        const row = (await centre.contacts()).find((contact) => contact.party.e164 === caller.number);
        const steps = row === undefined ? [] : (await centre.contact(row.id)).timeline;
        return steps.some((step) => step.kind === "recordingStarted") && row?.id;
      },
      { what: "the message to be recorded" },
    );
    await pause(3_000);
    await caller.hangsUp();
    await centre.recording(contactId);
    const row = boris.page.locator("section:has(a[href='/missed']) li", { hasText: caller.number.slice(-3) });
    await row.waitFor();
    const { recordings } = await centre.contact(contactId);
    const sound = await boris.page.evaluate(async (url) => {
      const audio = new Audio(url);
      await new Promise((resolve, reject) => {
        audio.onloadedmetadata = resolve;
        audio.onerror = () => reject(new Error(audio.error?.message));
      });
      audio.currentTime = audio.duration / 2;
      await new Promise((resolve) => {
        audio.onseeked = resolve;
      });
      const part = await fetch(url, { headers: { range: "bytes=100-199" } });
      const partBytes = (await part.arrayBuffer()).byteLength;
      return { seconds: audio.duration, seeked: audio.currentTime, status: part.status, partBytes };
    }, `/api/recordings/${recordings[0]?.id}/audio`);
    expect(sound).toMatchObject({ status: 206, partBytes: 100 });
    expect(sound.seconds).toBeGreaterThan(1);
    expect(sound.seeked).toBeCloseTo(sound.seconds / 2, 1);

    await row.getByRole("button", { name: bg.missed.callBack.replace("{{name}}", "").trim() }).click();
    const call = await far.rung();
    await speaks(call);
    await boris.hears(voices.outside);
    await row.waitFor({ state: "detached" });
    await boris.key("E");
    await call.ended();
  });

  it("the floor shows each state, and a supervisor changes one", async () => {
    const page = await boris.browser.page(`${centre.url}/floor`);
    const shows = (word: string) =>
      page.getByRole("button", { name: /anna/ }).filter({ hasText: word }).first().waitFor();
    await anna.available();
    await page.getByRole("button", { name: /anna/ }).first().waitFor();
    await shows(states.available);
    const caller = await calls();
    await anna.operator.seen("ringing", (desk) => desk.offer !== null);
    await shows(states.offered);
    await anna.answers();
    await shows(states.talking);
    await anna.key("H");
    await anna.operator.seen("held", (desk) => desk.contact?.held === true);
    await shows(states.held);
    await caller.hangsUp();
    await anna.operator.seen("wrap-up", (desk) => desk.contact?.phase === "wrap-up");
    await shows(states["wrap-up"]);
    await page.getByRole("button", { name: /anna/ }).first().click();
    await page.getByRole("menuitem", { name: /почивка/ }).click();
    await anna.sees("A supervisor has changed your state.");
    await shows(states.break);
    await page.close();
  });

  it("at 360 pixels everything is done by touch", async () => {
    await anna.page.setViewportSize({ width: 360, height: 740 });
    await anna.available();
    const caller = await calls();
    await anna.keyed("A").click();
    await caller.hears(voices.anna);
    await anna.page.getByText("Customer", { exact: true }).click();
    await anna.keyed("T").click();
    await anna.page.getByRole("option").first().waitFor();
    await shoot(anna.page, "desk-transfer-narrow");
    await anna.page.keyboard.press("Escape");
    await anna.keyed("H").click();
    await anna.isPut("H", true);
    await caller.hearsNot(voices.anna);
    await anna.keyed("H").click();
    await anna.isPut("H", false);
    await caller.hears(voices.anna);
    await anna.keyed("E").click();
    await caller.ended();
    await anna.keyed("W").click();
    await anna.sees("Ready for calls");
    await anna.page.setViewportSize({ width: 1440, height: 900 });
  });

  it("nothing went wrong in the pages", () => {
    expect([...anna.browser.errors, ...boris.browser.errors].filter((error) => !error.includes("WebSocket"))).toEqual(
      [],
    );
  });
});
