import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Browser, buildWebApp } from "./support/browser.ts";
import { password, startCentre, type TestCentre } from "./support/centre.ts";
import { havePeers } from "./support/peers.ts";
import { tones } from "./support/sounds.ts";

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true }).first();
const drawer = (page: Page) => page.getByRole("dialog");

describe.runIf(havePeers("chromium"))("the studio on a real server", () => {
  let centre: TestCentre;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    buildWebApp();
    centre = await startCentre();
    browser = await Browser.open(tones.operator);
    page = await browser.page(`${centre.url}/studio/skills`);
    await page.getByLabel("Login").fill("boss");
    await page.getByLabel("Password", { exact: true }).fill(password);
    await button(page, "Sign in").click();
    await page.getByRole("heading", { name: "Skills" }).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await centre?.close();
  });

  async function open(path: string, heading: string): Promise<void> {
    await page.goto(`${centre.url}/studio/${path}`);
    // An open drawer hides the page behind it from roles.
    await page.locator("h1", { hasText: heading }).waitFor();
  }
  async function save(name: string): Promise<void> {
    await button(page, "Save").click();
    await page.getByText(`“${name}” is saved`).first().waitFor();
  }
  async function stored(kind: string): Promise<Record<string, unknown>[]> {
    const answer = await page.evaluate((path) => fetch(path).then((reply) => reply.json()), `/api/config/${kind}`);
    return (answer as { items: Record<string, unknown>[] }).items;
  }

  it("makes a skill, and takes the making back", async () => {
    await button(page, "New skill").click();
    await drawer(page).getByLabel("Name").fill("Немски език");
    await save("Немски език");
    expect(await stored("skill")).toMatchObject([{ id: "nemski-ezik", name: "Немски език" }]);
    await button(page, "Undo").click();
    await page.getByText("Taken back").waitFor();
    expect(await stored("skill")).toEqual([]);
  });

  it("keeps what was typed when the drawer is closed, and saves it later", async () => {
    await open("breaks?id=new", "Break reasons");
    await drawer(page).getByLabel("Name").fill("Physiotherapy");
    await page.keyboard.press("Escape");
    await drawer(page).waitFor({ state: "hidden" });
    await button(page, "New reason").click();
    await page.getByText("This is what you typed earlier").waitFor();
    await save("Physiotherapy");
    expect((await stored("breakReason")).map((reason) => reason["id"])).toContain("physiotherapy");
  });

  it("makes a carrier line of a preset and two fields, whose password never comes back", async () => {
    await open("lines?id=new", "Carrier lines");
    await drawer(page).getByRole("combobox", { name: "Carrier", exact: true }).click();
    await page.getByRole("option", { name: "Zadarma" }).click();
    await drawer(page).getByLabel("Login at the carrier").fill("123456-100");
    await drawer(page).getByLabel("Password at the carrier").fill("very secret words");
    await drawer(page).getByText("Everything else").click();
    await drawer(page).getByLabel("Calls at once").fill("7");
    await save("Zadarma");
    const line = (await stored("trunk")).find((trunk) => trunk["id"] === "zadarma");
    expect(line).toMatchObject({ host: "sip.zadarma.com", maxCalls: 7, hasPassword: true });
    expect(JSON.stringify(line)).not.toContain("very secret");
  });

  it("changes the line again and keeps its stored password", async () => {
    await open("lines?id=zadarma", "Carrier lines");
    await drawer(page).getByLabel("Name").fill("Zadarma, main");
    await save("Zadarma, main");
    expect((await stored("trunk")).find((trunk) => trunk["id"] === "zadarma")).toMatchObject({ hasPassword: true });
  });

  it("makes a number on it, after which the line cannot be removed, and the number is named", async () => {
    await open("numbers?id=new", "Numbers");
    await drawer(page).getByRole("textbox", { name: "Number", exact: true }).fill("+359 2 987 6543");
    await drawer(page).getByRole("textbox", { name: "Label" }).fill("Sofia");
    await save("+35929876543 Sofia");
    await open("lines?id=zadarma", "Carrier lines");
    await drawer(page).getByRole("button", { name: "Remove" }).click();
    const question = page.getByRole("dialog").filter({ hasText: "This cannot be undone" });
    await question.getByRole("button", { name: "Remove" }).click();
    await question.getByRole("alert").waitFor();
    expect(await question.getByRole("alert").textContent()).toMatch(/Sofia|\+35929876543/);
  });

  it("changes a queue in all its parts", async () => {
    await open("queues", "Queues");
    const queue = (await stored("queue"))[0] ?? {};
    await open(`queues?id=${String(queue["id"])}`, "Queues");
    await page.getByRole("tab", { name: "Who answers" }).click();
    await drawer(page).getByLabel("An operator’s phone rings for").fill("25");
    await page.getByRole("tab", { name: "Results" }).click();
    await button(page, "Add a result").click();
    await drawer(page)
      .getByRole("textbox", { name: /^Result/ })
      .last()
      .fill("Sent by post");
    await save(String(queue["name"]));
    const changed = (await stored("queue")).find((each) => each["id"] === queue["id"]);
    expect(changed).toMatchObject({ ringTimeoutMs: 25_000 });
    expect(JSON.stringify(changed)).toContain("Sent by post");
  });

  it("refuses to write over what somebody else changed meanwhile, until it is asked for again", async () => {
    const queue = (await stored("queue"))[0] ?? {};
    const id = String(queue["id"]);
    await open(`queues?id=${id}`, "Queues");
    await drawer(page).getByLabel("Name").fill("Mine");
    await page.evaluate(
      ([path, body]) =>
        fetch(String(path), {
          method: "PUT",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        }),
      [`/api/config/queue/${id}`, { ...queue, name: "Theirs" }] as const,
    );
    await button(page, "Save").click();
    await page.getByText("saving again writes it over theirs").waitFor();
    expect((await stored("queue"))[0]).toMatchObject({ name: "Theirs" });
    await save("Mine");
    expect((await stored("queue"))[0]).toMatchObject({ name: "Mine" });
  });

  it("sets opening hours with a day off", async () => {
    const hours = (await stored("hours"))[0] ?? {};
    await open(`hours?id=${String(hours["id"])}`, "Opening hours");
    await drawer(page).getByLabel("Monday, from").fill("8");
    await drawer(page).getByLabel("Monday, to").first().fill("24");
    await button(page, "Add a day").click();
    await drawer(page).getByRole("textbox", { name: "Date" }).fill("24.12.2026");
    await save(String(hours["name"]));
    expect((await stored("hours"))[0]).toMatchObject({
      week: { mon: expect.arrayContaining([expect.objectContaining({ from: "08:00", to: "24:00" })]) },
      exceptions: [{ date: "2026-12-24", spans: [] }],
    });
  });

  it("puts a step into a call flow, undoes it, puts it in again, and saves", async () => {
    const flow = (await stored("scenario")).find((each) => each["id"] !== "test-call") ?? {};
    await open(`flows?id=${String(flow["id"])}`, String(flow["name"]));
    await page.getByText("No mistakes").waitFor();
    const insert = async () => {
      await page.getByRole("button", { name: "Insert a step at the start of the call" }).click();
      await page.getByRole("menuitem", { name: /^Language/ }).click();
      await page.getByRole("heading", { name: "Language" }).waitFor();
    };
    await insert();
    await button(page, "Undo").click();
    await insert();
    await save(String(flow["name"]));
    const changed = (await stored("scenario")).find((each) => each["id"] === flow["id"]);
    expect(changed).toMatchObject({ start: "language", steps: { language: { next: flow["start"] } } });
  });

  it("invites a colleague with a link", async () => {
    await open("people?id=new", "People");
    await drawer(page).getByLabel("Name").fill("Ольга Смирнова");
    await drawer(page).getByLabel("Login").fill("smirnova");
    await save("Ольга Смирнова");
    await drawer(page).getByRole("button", { name: "Invitation for Ольга Смирнова" }).click();
    expect(await drawer(page).getByLabel("Link", { exact: true }).inputValue()).toMatch(/\/invitation\//);
  });

  it("gives a SIP phone a password that is shown once", async () => {
    await open("devices?id=new", "Devices");
    await drawer(page).getByRole("combobox", { name: "Whose" }).click();
    await page.getByRole("option").first().click();
    await save("New SIP phone");
    await button(page, "New password").click();
    expect(await drawer(page).getByLabel("Password", { exact: true }).inputValue()).toMatch(/\S{10,}/);
  });

  it("records a prompt in the browser", async () => {
    await open("prompts?id=new", "Prompts");
    await drawer(page).getByLabel("Name").fill("Welcome");
    await button(page, "Record").click();
    await page.getByRole("button", { name: /^Stop \((?!0:00\))/ }).click();
    await button(page, "Use this recording").click();
    await save("Welcome");
    await page.getByText(/The sound is stored/).waitFor();
    expect((await stored("prompt"))[0]).toMatchObject({ id: "welcome", durationMs: expect.any(Number) });
  });

  it("makes a prompt of a file that is dropped, by the file's name and with one save", async () => {
    await open("prompts", "Prompts");
    const sound = readFileSync(new URL("../apps/server/src/core/testing/sounds/tone.ogg", import.meta.url));
    const dataTransfer = await page.evaluateHandle((base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], "Добре_дошли.ogg", { type: "audio/ogg" }));
      return transfer;
    }, sound.toString("base64"));
    await page.locator("h1").dispatchEvent("drop", { dataTransfer });
    await save("Добре дошли");
    await page.getByText(/The sound is stored/).waitFor();
    expect(await stored("prompt")).toContainEqual(
      expect.objectContaining({ id: "dobre-doshli", name: "Добре дошли", durationMs: 500 }),
    );
  });

  it("exports the centre as a file that would change nothing", async () => {
    const yaml = await page.evaluate(() => fetch("/api/centre-file").then((reply) => reply.text()));
    await open("file", "Centre file");
    await page.getByLabel("Or paste it here").fill(yaml);
    await button(page, "Show what would change").click();
    await page.getByText("Nothing would change").waitFor();
  });

  it("takes customers in from a file and finds them", async () => {
    await page.goto(`${centre.url}/customers`);
    await button(page, "Import a file").click();
    const rows = "Name;Phone;Note\nВасилка Андонова;0887 123 456;VIP\n;;\n";
    await page
      .locator("input[type=file]")
      .setInputFiles({ name: "c.csv", mimeType: "text/csv", buffer: Buffer.from(rows) });
    await button(page, "Check all rows").click();
    await page.getByRole("button", { name: "Store 1 row" }).click();
    await page.getByText("New cards: 1, completed: 0.").waitFor();
    await button(page, "Done").click();
    await page.getByRole("row", { name: /Василка Андонова/ }).waitFor();
  });

  it("writes no error into the console but the refusals that were asked for", () => {
    expect(browser.errors.filter((error) => !/409|422/.test(error))).toEqual([]);
  });
});
