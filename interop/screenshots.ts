// Takes the documents' picture of the floor anew: `node interop/screenshots.ts`. The demonstration centre runs while it does so.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { Browser, buildWebApp } from "./support/browser.ts";
import { root, startCentre, type TestCentre } from "./support/centre.ts";
import { pause } from "./support/eventually.ts";
import { tones } from "./support/sounds.ts";

const images = join(root, "docs", "images");

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
  if (manager === undefined) throw new Error("the demonstration centre has no manager");
  // Time for calls to be answered, so that the floor has something to show.
  await pause(60_000);
  await shootFloor(await signIn(browser, centre, manager), centre);
} finally {
  await browser.close();
  await centre.close();
}
