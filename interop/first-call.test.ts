import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Browser, buildWebApp, pageHears, pageSounds, shoot } from "./support/browser.ts";
import { Caller } from "./support/caller.ts";
import { password, startCentre, type TestCentre } from "./support/centre.ts";
import { eventually, pause } from "./support/eventually.ts";
import { furnish, numbers } from "./support/fixtures.ts";
import { havePeers } from "./support/peers.ts";
import { halfSecondsWith, tones } from "./support/sounds.ts";

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name }).first();

describe.runIf(havePeers("chromium"))("a call in the browser", () => {
  let centre: TestCentre;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    buildWebApp();
    centre = await startCentre();
    await furnish(centre);
    browser = await Browser.open(tones.operator);
    page = await browser.page(`${centre.url}/desk`);
  });
  afterAll(async () => {
    await browser?.close();
    await centre?.close();
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === "fail" && page !== undefined) await shoot(page, `failed-${task.name.slice(0, 40)}`);
  });

  it("the manager signs in and goes available with the headset", async () => {
    await page.getByLabel("Login").fill("boss");
    await page.getByLabel("Password", { exact: true }).fill(password);
    await button(page, "Sign in").click();
    await button(page, "Go available").click();
    await page.getByText("Ready for calls").first().waitFor();
    await eventually(
      async () => {
        const reply = await centre.request("GET", "/api/desk", undefined, { cookie: centre.manager });
        const desk = reply.body as { headset: string; state: string };
        return desk.headset === "attached" && desk.state === "available";
      },
      { what: "the headset to be attached" },
    );
  });

  it("the call rings, is answered, both hear each other, and the result is remembered", async () => {
    const caller = await Caller.dial(centre, numbers.queue, "+359881000050");
    await button(page, "Answer").click();
    await caller.hears(tones.operator);
    await pageHears(page, tones.caller);
    await shoot(page, "desk-talking");
    await pause(2_000);

    await button(page, "Hold").click();
    await button(page, "Resume").waitFor();
    await caller.hearsNot(tones.operator);
    await button(page, "Resume").click();
    await caller.hears(tones.operator);
    await button(page, "End").click();
    await caller.ended();
    await page.getByRole("radio", { name: /Solved/ }).click();
    await page.getByRole("radio", { name: /Solved/, checked: true }).waitFor();
    await page.getByLabel("Note").fill("wanted to hear a tone");
    await button(page, "Finish").click();
    await page.getByText("Ready for calls").first().waitFor();

    const contact = await centre.ended("+359881000050");
    expect(contact).toMatchObject({ answered: true, endCode: "OPERATOR_HUNG_UP", disposition: "Solved" });
    const { channels } = await centre.recording(contact.id);
    const [left = new Int16Array(0), right = new Int16Array(0)] = channels;
    // Of the two seconds above; how long the rest took is the machine's affair.
    expect(halfSecondsWith(left, tones.caller)).toBeGreaterThanOrEqual(3);
    expect(halfSecondsWith(right, tones.operator)).toBeGreaterThanOrEqual(3);
    expect(halfSecondsWith(left, tones.operator)).toBe(0);
    expect(halfSecondsWith(right, tones.caller)).toBe(0);
  });

  it("the history shows the contact with its note, its recording and its steps", async () => {
    const contact = await centre.ended("+359881000050");
    await page.goto(`${centre.url}/history/${contact.id}`);
    await page.getByText("wanted to hear a tone").first().waitFor();
    await page.getByText("sets the result “Solved”").waitFor();
    await page.goto(`${centre.url}/history`);
    await page.getByText("0881 000 050").first().waitFor();
  });

  it("nothing went wrong in the page", () => {
    expect(browser.errors).toEqual([]);
  });
});

describe.runIf(havePeers("chromium"))("the first hour, from the set-up link on", () => {
  let centre: TestCentre;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    buildWebApp();
    centre = await startCentre({ setUp: false });
    browser = await Browser.open(tones.operator);
    page = await browser.page(`${centre.url}/setup?token=${centre.setupToken}`);
  });
  afterAll(async () => {
    await browser?.close();
    await centre?.close();
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === "fail" && page !== undefined) await shoot(page, `failed-${task.name.slice(0, 40)}`);
  });

  it("the link opens the guide: account and centre are made, and the headset is checked", async () => {
    await page.getByLabel("Your name").fill("Maria Petrova");
    await page.getByLabel("Login").fill("maria");
    await page.getByLabel("Password", { exact: true }).fill(password);
    await button(page, "Next").click();
    await page.getByLabel("Name of the centre").fill("First Centre");
    await button(page, "Create the centre").click();
    await page.getByRole("heading", { name: "Your headset" }).waitFor();
    await shoot(page, "guide-headset");
    await button(page, "Connect the headset").click();
    await page.getByRole("meter").first().waitFor();
    await button(page, "Next").click();
  });

  it("the test call rings, is answered and heard, and gets a result", async () => {
    await button(page, "Receive a test call").click();
    await button(page, "Answer").click();
    await pageSounds(page);
    await shoot(page, "guide-talking");
    await pause(3_000);
    await button(page, "End the call").click();
    await button(page, "Solved").click();
    await page.getByLabel("Note").fill("my very first call");
    await button(page, "Finish").click();
    await page.getByText("That was the whole product").waitFor();
    await page.getByText("sets the result “Solved”").waitFor();
    await button(page, "Play").waitFor();
    await shoot(page, "guide-over");
  });

  it("the contact is remembered with the caller's voice on the left and the operator's tone on the right", async () => {
    await centre.signIn("maria");
    const contact = await centre.ended("+35921112233");
    expect(contact).toMatchObject({ answered: true, disposition: "Solved", operators: [{ name: "Maria Petrova" }] });
    expect(contact.notes).toMatchObject([{ text: "my very first call" }]);
    const { channels } = await centre.recording(contact.id);
    const [left = new Int16Array(0), right = new Int16Array(0)] = channels;
    expect(left.some((sample) => Math.abs(sample) > 3_000)).toBe(true);
    expect(halfSecondsWith(left, tones.operator)).toBe(0);
    expect(halfSecondsWith(right, tones.operator)).toBeGreaterThanOrEqual(3);
  });

  it("the guide goes on to colleagues, customers, one's own number and other computers, and ends at the desk", async () => {
    for (const title of ["Colleagues", "Customers", "Your own number", "Other computers"]) {
      await button(page, title === "Colleagues" ? "Next" : "Later").click();
      await page.getByRole("heading", { name: title }).waitFor();
      await shoot(page, `guide-${title.split(" ")[0]?.toLowerCase() ?? ""}`);
    }
    await button(page, /Next|Later/).click();
    await button(page, "To the desk").click();
    await page.getByText("You are off duty").first().waitFor();
    expect(browser.errors).toEqual([]);
  });
});
