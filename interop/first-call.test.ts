import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Browser, buildWebApp, pageHears, seriousFaults, shoot } from "./support/browser.ts";
import { Caller } from "./support/caller.ts";
import { password, startCentre, type TestCentre } from "./support/centre.ts";
import { eventually, pause } from "./support/eventually.ts";
import { furnish, numbers } from "./support/fixtures.ts";
import { havePeers } from "./support/peers.ts";
import { shareWith, tones } from "./support/sounds.ts";

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
    await button(page, "Resume").click();
    await caller.hears(tones.operator);
    await button(page, "End").click();
    await caller.ended();
    await page.getByRole("radio", { name: /Solved/ }).click();
    await page.getByLabel("Note").fill("wanted to hear a tone");
    await button(page, "Finish").click();
    await page.getByText("Ready for calls").first().waitFor();

    const contact = await centre.ended("+359881000050");
    expect(contact).toMatchObject({ answered: true, endCode: "OPERATOR_HUNG_UP", disposition: "Solved" });
    const { channels } = await centre.recording(contact.id);
    const [left = new Int16Array(0), right = new Int16Array(0)] = channels;
    expect(shareWith(left, tones.caller)).toBeGreaterThan(0.4);
    expect(shareWith(right, tones.operator)).toBeGreaterThan(0.4);
    expect(shareWith(left, tones.operator)).toBe(0);
    expect(shareWith(right, tones.caller)).toBe(0);
  });

  it("the history shows the contact with its note, its recording and its steps", async () => {
    const contact = await centre.ended("+359881000050");
    await page.goto(`${centre.url}/history/${contact.id}`);
    await page.getByText("wanted to hear a tone").first().waitFor();
    await page.getByText("sets the result “Solved”").waitFor();
    await page.goto(`${centre.url}/history`);
    await page.getByText("+359 88 100 0050").first().waitFor();
  });

  it("nothing went wrong in the page", () => {
    expect(browser.errors).toEqual([]);
  });

  describe.each(["en", "ru", "bg"])("every page in %s", (language) => {
    it("has nothing that axe finds serious, and fits a narrow screen", async () => {
      const contact = await centre.ended("+359881000050");
      await page.evaluate((chosen) => localStorage.setItem("centrala.language", chosen), language);
      const paths = ["desk", "floor", "history", `history/${contact.id}`, "missed", "customers", ...studio];
      const faults: string[] = [];
      for (const path of paths) {
        await page.goto(`${centre.url}/${path}`);
        await page.getByRole("main").waitFor();
        await page.waitForLoadState("networkidle");
        const name = path.startsWith("history/") ? "contact" : path.replace("/", "-");
        await shoot(page, `${name}-${language}`);
        for (const fault of await seriousFaults(page))
          faults.push(`${name}: ${fault.rule} (${fault.impact}) ${fault.help}: ${fault.at}`);
        await page.setViewportSize({ width: 360, height: 740 });
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        if (width > 360) faults.push(`${name}: is ${width} pixels wide on a screen of 360`);
        await shoot(page, `${name}-${language}-narrow`);
        await page.setViewportSize({ width: 1440, height: 900 });
      }
      expect(faults).toEqual([]);
    });
  });
});

const studio = ["studio"];
