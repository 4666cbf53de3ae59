import type { Locator, Page } from "playwright-core";
import { Browser, pageDb, pageHears } from "./browser.ts";
import { password, type TestCentre } from "./centre.ts";
import { eventually } from "./eventually.ts";
import type { Operator } from "./operator.ts";

export type SeatOptions = {
  readonly language?: "en" | "ru" | "bg";
  readonly viewport?: { readonly width: number; readonly height: number };
};

/** Remembers a page's WebSockets, so that a test can break them. */
export const followSockets = {
  install: (): void => {
    const sockets: WebSocket[] = [];
    class Followed extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        sockets.push(this);
      }
    }
    Object.assign(window, { WebSocket: Followed, followedSockets: sockets });
  },
  breakAll: (): void => {
    for (const socket of (window as unknown as { followedSockets: WebSocket[] }).followedSockets) socket.close();
  },
};

/** The button that is there when a key works: its own, or a neighbour of what stands in a menu. */
const shownWith: Readonly<Record<string, string>> = {
  A: "A",
  X: "X",
  E: "E",
  H: "H",
  M: "M",
  P: "P",
  T: "T",
  C: "T",
  K: "T",
  J: "J",
  W: "W",
};

/** A person at the desk's page, in a browser of their own whose microphone speaks their tone. */
export class Seat {
  readonly operator: Operator;
  readonly browser: Browser;
  readonly hz: number;
  page: Page;

  /** Signs in and opens the desk. */
  static async open(centre: TestCentre, operator: Operator, hz: number, options: SeatOptions = {}): Promise<Seat> {
    const browser = await Browser.open(hz, options.viewport);
    const language = options.language ?? "en";
    await browser.context.addInitScript(followSockets.install);
    await browser.context.addInitScript((chosen) => localStorage.setItem("centrala.language", chosen), language);
    const page = await browser.page(`${centre.url}/desk`);
    await page.locator('input[autocomplete="username"]').fill(operator.id);
    await page.locator('input[type="password"]').fill(password);
    await page.keyboard.press("Enter");
    await page.locator("footer").waitFor();
    return new Seat(operator, browser, page, hz);
  }

  private constructor(operator: Operator, browser: Browser, page: Page, hz: number) {
    this.operator = operator;
    this.browser = browser;
    this.page = page;
    this.hz = hz;
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole("button", { name }).first();
  }

  /** The button that has this key, in whatever language the page is. */
  keyed(letter: string): Locator {
    return this.page.locator(`button[aria-keyshortcuts="Alt+${letter}"]`).first();
  }

  async click(name: string | RegExp): Promise<void> {
    await this.button(name).click();
  }

  /** Alt and a key by its place on the keyboard, as on every layout; as soon as the page shows what the key is for. */
  async key(letter: string): Promise<void> {
    const shown = shownWith[letter];
    if (shown !== undefined) await this.keyed(shown).waitFor();
    await this.page.keyboard.press(/^\d$/.test(letter) ? `Alt+Digit${letter}` : `Alt+Key${letter}`);
  }

  text(words: string | RegExp): Locator {
    return this.page.getByText(words).first();
  }

  async sees(words: string | RegExp, withinMs = 15_000): Promise<void> {
    await this.text(words).waitFor({ timeout: withinMs });
  }

  /** Goes available by the headset, whatever the state before. */
  async available(): Promise<void> {
    await eventually(
      async () => {
        const { state, headset } = await this.operator.desk();
        if (state === "available") return headset === "attached";
        // The page may still be behind and show another button with this key.
        await this.keyed("W").click({ timeout: 1_000 });
        return false;
      },
      { what: `${this.operator.id} to be available with the headset`, everyMs: 300 },
    );
  }

  async answers(): Promise<string> {
    await this.operator.seen("ringing", (desk) => desk.offer !== null);
    await this.keyed("A").waitFor({ timeout: 5_000 });
    await this.key("A");
    const desk = await this.operator.seen("talking", (view) => view.contact?.phase === "talking");
    return desk.contact?.id ?? "";
  }

  hears(hz: number): Promise<void> {
    return pageHears(this.page, hz);
  }

  hearsNot(hz: number): Promise<boolean> {
    return eventually(async () => (await pageDb(this.page, hz)) < 8, { what: `the page not to play ${hz} Hz` });
  }

  /** Opens the transfer (T) or the question before it (C) and chooses by typing. */
  async sends(letter: "T" | "C", to: string): Promise<void> {
    await this.key(letter);
    await this.#choose(to);
  }

  /** Types into the field above the desk's left column and takes what is typed as it stands. */
  async dials(text: string): Promise<void> {
    await this.key("D");
    await this.page.keyboard.type(text);
    await this.page.keyboard.press("Enter");
  }

  /** Finds by a part of the name. */
  async picks(text: string): Promise<void> {
    await this.key("D");
    await this.#choose(text);
  }

  async #choose(text: string): Promise<void> {
    await this.page.locator("input:focus").waitFor();
    await this.page.keyboard.type(text);
    // A number is shown without what people write between its digits.
    const shown = /^[\d\s]+$/.test(text) ? text.replace(/\s/g, "") : text;
    await this.page.getByRole("option", { name: shown, disabled: false }).first().waitFor();
    await this.page.keyboard.press("Enter");
  }

  /** Goes off duty, whatever was going on. */
  async leaves(): Promise<void> {
    const { contact, state } = await this.operator.desk();
    if (contact !== null && contact.phase !== "wrap-up") {
      await this.operator.api("POST", `/api/desk/contacts/${contact.id}/end`).catch(() => undefined);
    }
    await this.finishes();
    if (state !== "offline") await this.operator.goes("offline");
    await this.operator.seen("off duty", (desk) => desk.state === "offline");
  }

  /** Ends the wrap-up if there is one. */
  async finishes(): Promise<void> {
    const desk = await this.operator.seen("wrap-up or idle", (view) => view.contact?.phase !== "talking");
    if (desk.contact?.phase === "wrap-up") await this.operator.finish();
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}
