import type { Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { buildWebApp, seriousFaults, shoot } from "./support/browser.ts";
import { Caller } from "./support/caller.ts";
import { startCentre, type TestCentre } from "./support/centre.ts";
import { eventually, pause } from "./support/eventually.ts";
import { furnish, numbers } from "./support/fixtures.ts";
import { havePeers } from "./support/peers.ts";
import { Seat } from "./support/seat.ts";
import { tones } from "./support/sounds.ts";

/** Who called, by what became of the call; the lists show them in groups of figures. */
const talked = { number: "+359881000201", shown: "0881 000 201" };
const gaveUp = { number: "+359881000202", shown: "0881 000 202" };
const leftMessage = { number: "+359881000203", shown: "0881 000 203" };

describe.runIf(havePeers("chromium"))("finding a contact again", () => {
  let centre: TestCentre;
  let anna: Seat;
  let page: Page;

  beforeAll(async () => {
    buildWebApp();
    centre = await startCentre();
    await furnish(centre);
    anna = await Seat.open(centre, await centre.hire("anna"), tones.operator);
    page = anna.page;
    await talks();
    await leaves();
    const caller = await Caller.dial(centre, numbers.queue, gaveUp.number);
    await caller.answered();
    await caller.hangsUp();
    await centre.ended(gaveUp.number);
    await anna.leaves();
    // From here on she looks at the whole centre.
    await centre.change("user", "anna", { roles: ["operator", "manager"] });
    await page.goto(`${centre.url}/history`);
  });
  afterAll(async () => {
    await anna?.close();
    await centre?.close();
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") await shoot(page, `failed-${task.name.slice(0, 40)}`).catch(() => {});
  });

  /** A talk with both voices in its recording of more than four seconds, and a result. */
  async function talks(): Promise<void> {
    await anna.available();
    const caller = await Caller.dial(centre, numbers.queue, talked.number);
    const contactId = await anna.answers();
    await caller.hears(tones.operator);
    await anna.hears(tones.caller);
    await pause(4_000);
    await caller.hangsUp();
    await anna.key("1");
    await page.getByRole("radio", { name: "Solved", checked: true }).waitFor();
    await anna.operator.finish();
    await anna.operator.goes("offline");
    await centre.recording(contactId);
  }

  /** A message of six seconds: long enough for a slow machine to see that it plays. */
  async function leaves(): Promise<void> {
    const caller = await Caller.dial(centre, numbers.menu, leftMessage.number);
    await caller.hearsSomebody();
    caller.call.audio.press("1");
    await eventually(
      async () => (await centre.contacts()).find((row) => row.party.e164 === leftMessage.number && row.hasRecording),
      { what: "the message to be recorded" },
    );
    await pause(6_000);
    await caller.hangsUp();
    await centre.recording((await centre.ended(leftMessage.number)).id);
  }

  const rows = (): Locator => page.locator("[data-row]");
  /** Waits until the list shows these callers and nobody else. */
  async function lists(...callers: readonly { readonly shown: string }[]): Promise<void> {
    const wanted = callers.map((caller) => caller.shown).sort();
    let found: string[] = [];
    await eventually(
      async () => {
        const texts = await rows().allTextContents();
        found = texts.map((text) => /0881 000 2\d\d/.exec(text)?.[0] ?? text).sort();
        return JSON.stringify(found) === JSON.stringify(wanted);
      },
      { what: `the list to show ${wanted.join(" and ")}` },
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; it shows ${found.join(" and ")}`, { cause: error });
    });
  }

  async function choose(filter: string, option: string): Promise<void> {
    await page.locator(`input[aria-label="${filter}"]`).click();
    await page.getByRole("option", { name: option, exact: true }).click();
  }
  const clear = (): Promise<void> => page.getByRole("button", { name: "Clear the filters" }).click();

  it("filters by number, operator, queue, result and answer change the list", async () => {
    await lists(talked, gaveUp, leftMessage);
    await page.getByRole("textbox", { name: "Name, number, note", exact: true }).fill("881 000 202");
    await lists(gaveUp);
    await clear();
    await choose("Operator", "anna");
    await lists(talked);
    await clear();
    // The flow names the queue in which the message stands.
    await choose("Queue", "Main queue");
    await lists(talked, gaveUp, leftMessage);
    await choose("Answered", "Not answered");
    await lists(gaveUp, leftMessage);
    await clear();
    await choose("Result", "Solved");
    await lists(talked);
    expect(await seriousFaults(page)).toEqual([]);
    await clear();
    await lists(talked, gaveUp, leftMessage);
  });

  it("a time is typed as the page's language writes it, or chosen from the calendar by keys", async () => {
    await choose("Time", "From and to …");
    const to = page.getByRole("textbox", { name: "To", exact: true });
    await to.fill("31.12.2020");
    await to.press("Enter");
    await page.getByText("No contacts in this selection").waitFor();
    expect(await to.inputValue()).toBe("31/12/2020");
    await to.fill("31.2");
    await to.press("Enter");
    await page.getByText("There is no such date").waitFor();
    await to.fill("");
    await to.press("Enter");
    await lists(talked, gaveUp, leftMessage);
    await page.getByRole("textbox", { name: "From", exact: true }).press("Alt+ArrowDown");
    const today = page.locator("[role=gridcell] button[aria-current=date]");
    await eventually(() => today.evaluate((day) => day === document.activeElement), {
      what: "today to have the focus",
    });
    expect(await seriousFaults(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await page.getByRole("grid", { name: /20\d\d$/ }).waitFor({ state: "detached" });
    expect(new URL(page.url()).searchParams.get("from")).toMatch(/^"?20\d\d-\d\d-\d\d"?$/);
    await lists(talked, gaveUp, leftMessage);
    await clear();
  });

  it("a contact tells its way in words, and its player has two sides and plays", async () => {
    await rows().filter({ hasText: talked.shown }).press("Enter");
    for (const words of ["anna answers", "sets the result “Solved”"]) await page.getByText(words).first().waitFor();
    await page.getByRole("switch", { name: "Every technical step" }).press("Space");
    const steps = await eventually(
      async () => {
        const shown = await page.locator("ol li").allTextContents();
        return shown.length > 10 && shown;
      },
      { what: "the technical steps" },
    );
    // A fact that has no sentence would show its own name.
    expect(steps.filter((step) => /[a-z][A-Z]/.test(step) || step.includes("{{"))).toEqual([]);
    const player = page.getByRole("slider", { name: /^Recording/ });
    const canvases = player.locator("canvas");
    await canvases.first().waitFor();
    expect(await canvases.count()).toBeGreaterThanOrEqual(2);
    const contact = await centre.ended(talked.number);
    const peaks = await centre.api<{ customer: number[]; operator: number[] }>(
      "GET",
      `/api/recordings/${contact.recordings[0]?.id}/peaks`,
    );
    expect([peaks.customer, peaks.operator].map((side) => Math.max(...side) > 0.1)).toEqual([true, true]);
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await page.getByRole("button", { name: "Pause", exact: true }).waitFor();
    await eventually(async () => Number(await player.getAttribute("aria-valuenow")) > 0, {
      what: "the player to move on",
    });
    for (const side of ["Customer", "Operator"]) {
      const button = page.getByRole("button", { name: side, exact: true });
      await button.click();
      expect(await button.getAttribute("aria-pressed")).toBe("false");
    }
    expect(await seriousFaults(page)).toEqual([]);
    await shoot(page, "contact-played");
  });

  it("a message is heard in the list of missed callers, and a close is taken back, both by keys", async () => {
    await page.goto(`${centre.url}/missed`);
    await lists(gaveUp, leftMessage);
    await page.getByRole("button", { name: `Hear the message of ${leftMessage.shown}` }).press("Enter");
    const bar = page.getByRole("region", { name: "Listening" });
    const position = bar.getByRole("slider", { name: "Position" });
    await eventually(async () => Number(await position.inputValue()) > 0, {
      what: "the message to be heard",
      everyMs: 20,
    });
    expect(await bar.getByText("could not be played").count()).toBe(0);
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole("button", { name: `Take off the list: ${gaveUp.shown}` }).press("Enter");
    await page.getByRole("menuitem", { name: "Wrong number" }).press("Enter");
    await lists(leftMessage);
    const undo = page.getByRole("button", { name: "Undo" });
    await eventually(() => undo.evaluate((button) => button === document.activeElement), { what: "the focus on Undo" });
    const contact = await centre.ended(gaveUp.number);
    expect(contact).toMatchObject({ missedClosed: { operator: "anna", reason: "Wrong number" } });
    await shoot(page, "missed-closed");
    await page.keyboard.press("Enter");
    await lists(gaveUp, leftMessage);
    expect(await centre.contact(contact.id)).toMatchObject({ missedClosed: null });
  });

  it("the desk's own list plays the message as well", async () => {
    await page.goto(`${centre.url}/desk`);
    await page.getByRole("button", { name: `Hear the message of` }).press("Enter");
    const position = page.getByRole("region", { name: "Listening" }).getByRole("slider", { name: "Position" });
    await eventually(async () => Number(await position.inputValue()) > 0, {
      what: "the message to be heard",
      everyMs: 20,
    });
    expect(await seriousFaults(page)).toEqual([]);
    expect(anna.browser.errors).toEqual([]);
  });
});
