/** Screenshots of guide, floor, studio, history and customers, and what axe says of them: `node apps/web/dev/pages-shots.ts FOLDER [name-part]`. */
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { contact, desk } from "./desk-fixtures.ts";
import { answers, contactDetail, floor } from "./pages-fixtures.ts";
import { type Answers, openHouse, openStage } from "./stage.ts";

const folder = process.argv[2] ?? "/tmp/shots";
const only = process.argv[3] ?? "";
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
await mkdir(folder, { recursive: true });

const sizes = {
  laptop: { width: 1366, height: 768 },
  phone: { width: 360, height: 740 },
  wide: { width: 1920, height: 1080 },
};
type Place = {
  name: string;
  path: string;
  view?: object;
  answers?: Answers;
  act?: (page: Page) => Promise<void>;
  wide?: boolean;
};
const unset: Answers = {
  "GET /api/setup": { needed: true, version: "0.1.0" },
  "GET /api/session": { status: 401, json: { code: "NOT_SIGNED_IN", message: "" } },
};
const offline = desk({ state: "offline", device: "headset", phones: [] });
const onPhone = { device: "phone" };
const caller = { party: { ...contact().party, name: "Test caller" }, customer: null };

async function tryNumber(page: Page): Promise<void> {
  await page.locator('input[type="tel"]').fill("+881612345678");
  await page.keyboard.press("Enter");
  await page.getByRole("status").getByText("+881").waitFor();
}

async function openPrices(page: Page): Promise<void> {
  await page.locator("form details summary").click();
  await page.locator("form fieldset").last().scrollIntoViewIfNeeded();
  await page.locator("form").last().getByRole("table").first().scrollIntoViewIfNeeded();
}

const places: Place[] = [
  { name: "studio-out-form", path: "/studio/out", act: openPrices },
  { name: "studio-out", path: "/studio/out", act: tryNumber },
  { name: "setup-account", path: "/setup?token=abc", answers: unset, act: typeAccount },
  { name: "setup-centre", path: "/setup?token=abc", answers: unset, act: typeAndGoOn },
  { name: "setup-headset", path: "/setup?step=headset", view: offline },
  { name: "setup-call-start", path: "/setup?step=testCall", view: desk({ ...onPhone, state: "offline" }) },
  {
    name: "setup-call-rings",
    path: "/setup?step=testCall",
    view: desk({
      ...onPhone,
      state: "offered",
      offer: {
        offerId: "o1",
        purpose: "queue",
        from: null,
        until: Date.now() + 19_000,
        contact: contact({ ...caller, phase: "ringing", talkingSince: null }),
      },
    }),
  },
  {
    name: "setup-call-talking",
    path: "/setup?step=testCall",
    view: desk({ ...onPhone, state: "talking", contact: contact(caller) }),
  },
  {
    name: "setup-call-wrapup",
    path: "/setup?step=testCall",
    view: desk({
      ...onPhone,
      state: "wrap-up",
      contact: contact({ ...caller, phase: "wrap-up", wrapUpUntil: Date.now() + 47_000 }),
    }),
  },
  { name: "setup-colleagues", path: "/setup?step=colleagues", view: offline },
  { name: "setup-customers", path: "/setup?step=customers", view: offline, act: uploadFile },
  { name: "setup-number", path: "/setup?step=number", view: offline },
  { name: "setup-computers", path: "/setup?step=computers", view: offline },
  { name: "invitation", path: "/invitation/abc", answers: unset },
  { name: "floor", path: "/floor", wide: true },
  { name: "floor-wall", path: "/floor?wall=1", wide: true },
  { name: "history", path: "/history", wide: true },
  {
    name: "history-dates",
    path: "/history?range=custom&from=2026-03-05",
    act: async (page) => {
      await page.locator("[class*=filters] input[inputmode=numeric]").first().press("Alt+ArrowDown");
      await page.keyboard.press("ArrowDown");
    },
  },
  { name: "contact", path: "/history/x0" },
  { name: "missed", path: "/missed" },
  {
    name: "missed-heard",
    path: "/missed",
    answers: { "POST /api/missed/x0/close": { ok: true }, "POST /api/missed/x0/reopen": { ok: true } },
    act: hearAndClose,
  },
  {
    name: "contact-closed",
    path: "/history/x0",
    answers: {
      "GET /api/contacts/x0": {
        ...contactDetail,
        missedClosed: { at: Date.now(), operator: "Десислава Илиева", reason: "Грешен номер" },
      },
    },
  },
  { name: "customers", path: "/customers" },
  { name: "customer", path: "/customers/k1" },
  { name: "customer-new", path: "/customers/new?phone=%2B359887123456" },
  { name: "studio-overview", path: "/studio" },
  { name: "studio-people", path: "/studio/people" },
  { name: "studio-person", path: "/studio/people?id=u2", act: invite },
  { name: "studio-devices", path: "/studio/devices?id=phone-1" },
  { name: "studio-queues", path: "/studio/queues" },
  { name: "studio-queue", path: "/studio/queues?id=orders" },
  {
    name: "studio-queue-people",
    path: "/studio/queues?id=orders",
    act: (page) => page.getByRole("tab").nth(1).click(),
  },
  { name: "studio-queue-hears", path: "/studio/queues?id=orders", act: (page) => page.getByRole("tab").nth(2).click() },
  {
    name: "studio-queue-results",
    path: "/studio/queues?id=orders",
    act: (page) => page.getByRole("tab").nth(4).click(),
  },
  { name: "studio-numbers", path: "/studio/numbers?id=n1" },
  { name: "studio-lines", path: "/studio/lines" },
  { name: "studio-line", path: "/studio/lines?id=zadarma" },
  { name: "studio-line-new", path: "/studio/lines?id=new" },
  { name: "studio-flows", path: "/studio/flows" },
  { name: "studio-flow", path: "/studio/flows?id=main", wide: true },
  {
    name: "studio-flow-menu",
    path: "/studio/flows?id=main",
    act: (page) => page.locator("nav button[class*=stepButton]").nth(2).click(),
  },
  { name: "studio-try", path: "/studio/flows?id=main", act: tryFlow },
  { name: "studio-try-end", path: "/studio/flows?id=main", act: tryToEnd },
  { name: "studio-prompts", path: "/studio/prompts" },
  { name: "studio-prompt", path: "/studio/prompts?id=welcome-green" },
  { name: "studio-hours", path: "/studio/hours?id=office" },
  { name: "studio-clients", path: "/studio/clients?id=nord" },
  { name: "studio-centre", path: "/studio/centre" },
  { name: "studio-file", path: "/studio/file" },
  { name: "studio-tokens", path: "/studio/tokens" },
  { name: "studio-system", path: "/studio/system" },
];

async function typeAccount(page: Page): Promise<void> {
  await page.locator("input").nth(0).fill("Десислава Константинова-Илиева");
  await page.locator("input").nth(1).fill("ilieva");
  await page.locator("input[type=password]").fill("три сини лодки");
}
async function typeAndGoOn(page: Page): Promise<void> {
  await typeAccount(page);
  await page.locator("button[type=submit]").click();
}
async function uploadFile(page: Page): Promise<void> {
  const file = { name: "customers.csv", mimeType: "text/csv", buffer: Buffer.from("x") };
  await page.locator("input[type=file]").setInputFiles(file);
}
/** Closes the first caller by keys and plays what the second has left. */
async function hearAndClose(page: Page): Promise<void> {
  const row = (index: number) => page.locator(`[data-row="${index}"]`);
  await row(0).locator("button[aria-haspopup]").press("Enter");
  await page.getByRole("menuitem").nth(2).click();
  await page.locator("[role=status] button").first().waitFor();
  await row(1).locator("button[aria-pressed]").click();
}
/** Steps into the flow by keys, up to its menu with a wrong key pressed once. */
async function tryFlow(page: Page): Promise<void> {
  await page.locator("header button[aria-pressed]").click();
  await page.locator("section [role=radiogroup] label").nth(1).click();
  await page.locator("section[tabindex='-1']").focus();
  for (const key of ["Enter", "7"]) await page.keyboard.press(key);
}
async function tryToEnd(page: Page): Promise<void> {
  await tryFlow(page);
  for (const key of ["1", "Enter"]) await page.keyboard.press(key);
}
async function invite(page: Page): Promise<void> {
  await page.locator("fieldset button").last().click();
}

const { browser, origin, close } = await openHouse();
let bad = 0;
for (const place of places.filter((each) => each.name.includes(only))) {
  for (const language of ["en", "ru", "bg"] as const) {
    for (const size of ["laptop", "phone", ...(place.wide ? (["wide"] as const) : [])] as const) {
      const name = `${place.name}-${size}-${language}`;
      const quick =
        process.env["SHOTS"] === "quick" && !(language === "bg" || (language === "ru" && size === "laptop"));
      if (quick) continue;
      const view = place.view ?? desk();
      const stage = await openStage(browser, {
        ...sizes[size],
        language,
        scheme: language === "ru" ? "dark" : "light",
        answers: { ...answers, ...place.answers },
        live: [
          { kind: "desk", view },
          { kind: "floor", revision: 1, view: floor },
        ],
      });
      try {
        await stage.page.goto(origin + place.path);
        await stage.page.locator("h1, [class*=wall]").first().waitFor({ timeout: 8_000 });
        await stage.page.waitForLoadState("networkidle");
        await place.act?.(stage.page);
        await stage.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 350)));
        await stage.page.screenshot({ path: join(folder, `${name}.png`) });
        const overflow = await stage.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        if (overflow > 1) stage.log.push(`page is ${overflow} px too wide`);
        if (size !== "wide") stage.log.push(...(await audit(stage.page)));
      } catch (error) {
        stage.log.push(`failed ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
        await stage.page.screenshot({ path: join(folder, `${name}.png`) }).catch(() => {});
      }
      const log = [...new Set(stage.log)].filter((line) => !/ERR_|404|recordings\/r1\/audio/.test(line));
      if (log.length > 0) {
        bad += 1;
        console.log(name, log);
      }
      await stage.context.close();
    }
  }
}
await close();
console.log(`${bad} screens with something to mend; contact ${contactDetail.timeline.length} lines`);

async function audit(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const run = (
      window as unknown as {
        axe: {
          run: (root: Document) => Promise<{
            violations: { id: string; impact: string; nodes: { target: string[]; failureSummary?: string }[] }[];
          }>;
        };
      }
    ).axe;
    const { violations } = await run.run(document);
    return violations
      .filter((each) => each.impact === "serious" || each.impact === "critical")
      .map(
        (each) =>
          `axe ${each.id}: ${each.nodes
            .slice(0, 3)
            .map((node) => `${node.target.join(" ")} ${node.failureSummary?.split("\n")[1]?.trim() ?? ""}`)
            .join(" | ")}`,
      );
  });
}
