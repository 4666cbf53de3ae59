/** Screenshots of the desk in its states, and what axe says of them: `node apps/web/dev/desk-shots.ts FOLDER [name-part]`. */
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { answers, card, contact, desk } from "./desk-fixtures.ts";
import { openHouse, openStage, type StageOptions } from "./stage.ts";

const folder = process.argv[2] ?? "/tmp/shots";
const only = process.argv[3] ?? "";
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
await mkdir(folder, { recursive: true });
const laptop = { width: 1366, height: 768 };
const phone = { width: 360, height: 740 };
const wide = { width: 1920, height: 1080 };
type Shot = { name: string; path?: string; view?: object; act?: (page: Page) => Promise<void> } & Omit<
  StageOptions,
  "answers" | "live"
> & {
    answers?: StageOptions["answers"];
  };
const talking = desk({ state: "talking", contact: contact() });
const offer = desk({
  state: "offered",
  offer: {
    offerId: "o1",
    purpose: "transfer",
    from: "Александра-Виктория Константинова-Хаджидимитрова",
    until: Date.now() + 19_000,
    contact: contact({ phase: "ringing", talkingSince: null }),
  },
});
const wrapUp = desk({
  state: "wrap-up",
  afterCall: "break",
  contact: contact({
    phase: "wrap-up",
    dispositionId: "d2",
    note: "Моли куриерът да звънне десет минути по-рано.",
    wrapUpUntil: Date.now() + 47_000,
    endCode: "CUSTOMER_HUNG_UP",
  }),
});
const stranger = contact({ customer: null });

const shots: Shot[] = [
  { name: "sign-in", path: "/sign-in", ...laptop },
  { name: "idle", view: desk(), ...laptop },
  {
    name: "message-bg",
    view: desk(),
    language: "bg",
    ...laptop,
    act: (page) => page.locator("li button[aria-pressed]").first().click(),
  },
  {
    name: "message-phone",
    view: desk(),
    ...phone,
    act: async (page) => {
      await page.keyboard.press("Alt+KeyD");
      await page.locator("li button[aria-pressed]").first().click();
    },
  },
  { name: "offline-bg", view: desk({ state: "offline", device: "headset", phones: [] }), language: "bg", ...laptop },
  { name: "offer", view: offer, ...laptop },
  { name: "offer-phone", view: offer, ...phone },
  { name: "talking", view: talking, ...laptop },
  { name: "talking-bg", view: talking, language: "bg", ...laptop },
  { name: "talking-ru-dark", view: talking, language: "ru", scheme: "dark", ...laptop },
  { name: "talking-wide", view: talking, ...wide },
  { name: "talking-phone", view: talking, language: "bg", ...phone },
  {
    name: "customer-phone",
    view: talking,
    ...phone,
    act: (page) => page.locator("label", { hasText: "Customer" }).first().click(),
  },
  { name: "wrap-up-ru", view: wrapUp, language: "ru", ...laptop },
  { name: "stranger", view: desk({ state: "talking", contact: stranger }), ...laptop },
  {
    name: "several",
    view: desk({ state: "talking", contact: stranger }),
    ...laptop,
    answers: {
      ...answers,
      "GET /api/customers/by-number": { items: [{ ...card }, { ...card, id: "k2", name: "Петър Андонов" }] },
    },
  },
  {
    name: "new-card",
    view: desk({ state: "talking", contact: stranger }),
    ...laptop,
    act: (page) => page.locator("#desk-new-card").click(),
  },
  { name: "transfer", view: talking, ...laptop, act: (page) => page.keyboard.press("Alt+KeyT") },
  {
    name: "transfer-phone-ru",
    view: talking,
    language: "ru",
    ...phone,
    act: (page) => page.keyboard.press("Alt+KeyT"),
  },
  {
    name: "consult-bg",
    view: desk({
      state: "talking",
      contact: contact({
        held: true,
        heldSince: Date.now() - 32_000,
        consult: { with: "Александра-Виктория Константинова-Хаджидимитрова", state: "talking", asked: false },
      }),
    }),
    language: "bg",
    ...laptop,
  },
  {
    name: "held-muted-ru",
    view: desk({
      state: "talking",
      contact: contact({ held: true, heldSince: Date.now() - 32_000, muted: true, recording: "paused" }),
    }),
    language: "ru",
    ...laptop,
  },
  { name: "keypad", view: talking, ...laptop, act: (page) => page.keyboard.press("Alt+KeyK") },
  { name: "keys", view: talking, ...laptop, act: (page) => page.keyboard.press("Alt+Slash") },
  {
    name: "dial",
    view: desk(),
    ...laptop,
    act: async (page) => {
      await page.keyboard.press("Alt+KeyD");
      await page.keyboard.type("0888 12");
    },
  },
  {
    name: "headset",
    view: desk({ device: "headset", state: "offline" }),
    ...laptop,
    act: (page) => page.getByText("Headset off").click(),
  },
  {
    name: "headset-missing-ru",
    view: desk({ state: "available", device: "headset" }),
    language: "ru",
    ...laptop,
    act: (page) => page.waitForTimeout(11_500),
  },
  {
    name: "break",
    view: desk(),
    ...laptop,
    act: (page) => page.keyboard.press("Alt+KeyB"),
  },
  {
    name: "elsewhere-offer",
    path: "/history",
    view: offer,
    ...laptop,
    answers: { ...answers, "GET /api/contacts": { items: [], next: null } },
  },
  {
    name: "edit-phone-bg",
    view: talking,
    language: "bg",
    ...phone,
    act: (page) => page.keyboard.press("Alt+KeyU"),
  },
  { name: "calls-phone-ru", view: desk(), language: "ru", ...phone, act: (page) => page.keyboard.press("Alt+KeyD") },
];

const house = await openHouse();
for (const shot of shots.filter((each) => each.name.includes(only))) {
  const live = shot.view ? [{ kind: "desk", view: shot.view }] : [];
  const stage = await openStage(house.browser, {
    ...shot,
    answers: shot.answers ?? (shot.path ? { "GET /api/setup": { needed: false, version: "0" } } : answers),
    live,
  });
  await stage.page.goto(`${house.origin}${shot.path ?? "/desk"}`);
  await stage.page.waitForLoadState("networkidle");
  await shot.act?.(stage.page);
  await stage.page.waitForTimeout(500);
  for (let index = 0; index < 50 && shot.view; index += 1) {
    stage.say({
      kind: "level",
      customerDbfs: -18 - 22 * Math.abs(Math.sin(index / 3)),
      operatorDbfs: -30 - 20 * Math.abs(Math.cos(index / 5)),
    });
  }
  await stage.page.waitForTimeout(300);
  await stage.page.screenshot({ path: join(folder, `${shot.name}.png`) });
  await stage.page.evaluate(axe);
  const found = await stage.page.evaluate(async () => {
    const run = (
      globalThis as unknown as {
        axe: {
          run: () => Promise<{
            violations: { id: string; impact: string; nodes: { target: string[]; failureSummary: string }[] }[];
          }>;
        };
      }
    ).axe.run();
    return (await run).violations
      .filter((each) => each.impact === "serious" || each.impact === "critical")
      .map(
        (each) =>
          `${each.id}: ${each.nodes
            .slice(0, 3)
            .map((node) => `${node.target.join(" ")} ${node.failureSummary.split("\n")[1]?.trim()}`)
            .join(" | ")}`,
      );
  });
  const wideness = await stage.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  console.log(
    shot.name,
    wideness > 0 ? `SCROLLS SIDEWAYS ${wideness}` : "",
    [...new Set(stage.log)].join("\n   "),
    found.length > 0 ? `\n   axe ${found.join("\n   axe ")}` : "",
  );
  await stage.context.close();
}
await house.close();
