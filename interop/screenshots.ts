// Takes the pictures of the documents anew: `node interop/screenshots.ts`. The demonstration centre runs while it does so.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { Browser, buildWebApp } from "./support/browser.ts";
import { root, startCentre, type TestCentre } from "./support/centre.ts";
import { pause } from "./support/eventually.ts";
import { tones } from "./support/sounds.ts";

const images = join(root, "docs", "images");
const talkedMs = 12_000;
/** A picture of somebody who is known shows more; after so many strangers a stranger will do. */
const callsMax = 6;

type Login = { readonly login: string; readonly password: string; readonly roles: string };

function loginsOf(centre: TestCentre): readonly Login[] {
  return readFileSync(join(centre.folder, "demo-logins.txt"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => /^(\S+)\s+(\S+)\s+.*\((.*)\)$/.exec(line))
    .flatMap((match) =>
      match === null ? [] : [{ login: match[1] ?? "", password: match[2] ?? "", roles: match[3] ?? "" }],
    );
}

async function signIn(browser: Browser, centre: TestCentre, who: Login): Promise<Page> {
  await browser.context.addInitScript(() => localStorage.setItem("centrala.language", "en"));
  const page = await browser.page(`${centre.url}/sign-in`);
  await page.getByLabel("Login").fill(who.login);
  await page.getByLabel("Password", { exact: true }).fill(who.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation").first().waitFor();
  return page;
}

/** The desk in the middle of a call: some levels in the waveform, a result and a note. */
async function shootDesk(page: Page): Promise<void> {
  // The demonstration's operators have telephones; whoever sits down with a headset takes over from the simulated one.
  await page.evaluate(() =>
    fetch("/api/desk/device", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ device: "headset" }),
    }),
  );
  const goAvailable = page.getByRole("button", { name: "Go available" }).first();
  const onDuty = page.getByText("Ready for calls").first();
  await goAvailable.or(onDuty).first().waitFor();
  if (await goAvailable.isVisible()) await goAvailable.click();
  await page.getByText("Headset", { exact: true }).first().waitFor();
  for (let call = 1; call <= callsMax; call += 1) {
    await page.getByRole("button", { name: "Answer" }).first().click({ timeout: 180_000 });
    await page.getByLabel("Note").fill("Asks when the order comes. Promised to call back before noon.");
    await pause(talkedMs);
    const unknown = await page.getByText("This number is on no card yet.").isVisible();
    if (!unknown || call === callsMax) await page.screenshot({ path: join(images, "desk.png") });
    await page.getByRole("button", { name: "End" }).first().click();
    if (!unknown) return;
    await page.getByRole("button", { name: "Finish" }).first().click();
  }
}

async function shootFloor(page: Page, centre: TestCentre): Promise<void> {
  await page.goto(`${centre.url}/floor`);
  await page.waitForFunction(
    () => document.querySelector("main") !== null && document.querySelector(".mantine-Skeleton-root") === null,
  );
  await pause(1_000);
  await page.screenshot({ path: join(images, "floor.png") });
}

mkdirSync(images, { recursive: true });
buildWebApp();
const centre = await startCentre({ demoCallsPerMinute: 30, log: "warn" });
const browser = await Browser.open(tones.operator, { width: 1440, height: 860 });
try {
  const logins = loginsOf(centre);
  const manager = logins.find(({ roles }) => roles.includes("manager"));
  const operator = logins.find(({ login }) => login.startsWith("emily")) ?? manager;
  if (manager === undefined || operator === undefined) throw new Error("the demonstration centre has no people");
  await shootDesk(await signIn(browser, centre, operator));
  await browser.context.clearCookies();
  await shootFloor(await signIn(browser, centre, manager), centre);
} finally {
  await browser.close();
  await centre.close();
}
