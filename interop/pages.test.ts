import type { Page, Request } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Browser, buildWebApp, seriousFaults, shoot } from "./support/browser.ts";
import { Caller } from "./support/caller.ts";
import { password, startCentre, type TestCentre } from "./support/centre.ts";
import { eventually } from "./support/eventually.ts";
import { furnish, numbers } from "./support/fixtures.ts";
import { havePeers } from "./support/peers.ts";
import { tones } from "./support/sounds.ts";

const sections = [
  "people",
  "devices",
  "skills",
  "breaks",
  "numbers",
  "lines",
  "flows",
  "queues",
  "prompts",
  "hours",
  "clients",
  "centre",
  "file",
  "tokens",
  "system",
];
const guide = ["headset", "testCall", "colleagues", "customers", "number", "computers", "done"];
const bare = ["sign-in", "setup", "invitation/none"];
const narrowPx = 360;
const framesQuietMin = 4;
const wide = { width: 1440, height: 900 };

describe.runIf(havePeers("chromium"))("every page", () => {
  let centre: TestCentre;
  let browser: Browser;
  let page: Page;
  let inside: string[];
  /** What the page has asked for and not got yet. */
  const loading = new Set<Request>();

  beforeAll(async () => {
    buildWebApp();
    centre = await startCentre();
    await furnish(centre);
    await centre.hire("anna");
    const caller = await Caller.dial(centre, numbers.queue, "+359881000060");
    await caller.answered();
    await caller.hangsUp();
    const contact = await centre.ended("+359881000060");
    inside = [
      "desk",
      "floor",
      "history",
      `history/${contact.id}`,
      "missed",
      "customers",
      "studio",
      ...sections.map((section) => `studio/${section}`),
      ...guide.map((step) => `setup?step=${step}`),
    ];
    browser = await Browser.open(tones.operator);
    page = await browser.page(`${centre.url}/sign-in`);
    page.on("request", (request) => loading.add(request));
    page.on("requestfinished", (request) => loading.delete(request));
    page.on("requestfailed", (request) => loading.delete(request));
  });
  afterAll(async () => {
    await browser?.close();
    await centre?.close();
  });

  /** Goes there as a click on a link would, and waits until nothing is loading any more. */
  async function visit(path: string): Promise<void> {
    await page.evaluate((to) => {
      history.pushState({}, "", to);
      dispatchEvent(new PopStateEvent("popstate"));
    }, `/${path}`);
    await settled();
  }

  /** What the page before showed is no proof: nothing may be asked for, several frames long, and the page be there. */
  async function settled(): Promise<void> {
    let framesQuiet = 0;
    await eventually(
      async () => {
        const isShown = await page.evaluate(async () => {
          await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
          return document.querySelector("main") !== null && document.querySelector(".mantine-Skeleton-root") === null;
        });
        framesQuiet = isShown && loading.size === 0 ? framesQuiet + 1 : 0;
        return framesQuiet >= framesQuietMin;
      },
      { what: "the page to have loaded", everyMs: 1 },
    ).catch((error: unknown) => {
      throw new Error(
        `${page.url()} waits for ${[...loading].map((request) => request.url()).join(", ") || "itself"}`,
        {
          cause: error,
        },
      );
    });
  }

  async function faultsOf(paths: readonly string[], language: string): Promise<string[]> {
    const faults: string[] = [];
    for (const path of paths) {
      await visit(path);
      const name = path.startsWith("history/") ? "contact" : path.replace(/[/?=]/g, "-");
      await shoot(page, `${name}-${language}`);
      for (const fault of await seriousFaults(page))
        faults.push(`${name}: ${fault.rule} (${fault.impact}) ${fault.help}: ${fault.at}`);
      await page.setViewportSize({ width: narrowPx, height: 740 });
      const widthPx = await settledWidthPx();
      if (widthPx > narrowPx) faults.push(`${name}: is ${widthPx} pixels wide on a screen of ${narrowPx}`);
      await shoot(page, `${name}-${language}-narrow`);
      await page.setViewportSize(wide);
    }
    return faults;
  }

  /** How wide the page is once it has followed the window; a page that stays wider has time to become narrow. */
  async function settledWidthPx(): Promise<number> {
    await page
      .waitForFunction((px) => document.documentElement.scrollWidth <= px, narrowPx, { polling: 20, timeout: 10_000 })
      .catch(() => undefined);
    return page.evaluate(() => document.documentElement.scrollWidth);
  }

  async function speak(language: string): Promise<void> {
    await page.evaluate((chosen) => localStorage.setItem("centrala.language", chosen), language);
    await page.reload();
    await page.locator("main").waitFor();
  }

  it.each(["ru", "bg", "en"])(
    "before the sign-in has nothing in %s that axe finds serious, and fits a narrow screen",
    async (language) => {
      await speak(language);
      expect(await faultsOf(bare, language)).toEqual([]);
    },
  );

  it.each(["en", "ru", "bg"])(
    "has nothing in %s that axe finds serious, and fits a narrow screen",
    async (language) => {
      // A body that is not to be stored and that nobody reads would never end.
      const session = await page.evaluate(() => fetch("/api/session").then((reply) => reply.json()));
      if ("code" in session) {
        await visit("sign-in");
        await page.getByLabel("Login").fill("boss");
        await page.getByLabel("Password", { exact: true }).fill(password);
        await page.getByRole("button", { name: "Sign in" }).click();
        await page.getByRole("navigation").first().waitFor();
      }
      await speak(language);
      expect(await faultsOf(inside, language)).toEqual([]);
    },
  );

  it("writes no error into the console", () => {
    expect(browser.errors).toEqual([]);
  });
});
