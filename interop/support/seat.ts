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

/** Keeps what a page says of its connection, change by change: what was over before anybody looked was shown all the same. */
export const followLine = {
  install: (): void => {
    const shown: string[] = [];
    const look = (): void => {
      const text = document.querySelector("footer [data-status]")?.textContent;
      if (text && text !== shown.at(-1)) shown.push(text);
    };
    new MutationObserver(look).observe(document, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
      attributeFilter: ["data-status"],
    });
    look();
    Object.assign(window, { lineShown: shown });
  },
  shown: (): readonly string[] => (window as unknown as { lineShown: readonly string[] }).lineShown,
};

/** Keeps what stood last in any field that was typed into. */
const followTyping = {
  install: (): void => {
    const keep = (event: Event): void => {
      Object.assign(window, { typedLast: (event.target as HTMLTextAreaElement).value });
    };
    document.addEventListener("input", keep, { capture: true });
  },
  typed: (): string => (window as unknown as { typedLast?: string }).typedLast ?? "",
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

  /**
   * Alt and a key by its place on the keyboard, as on every layout; as soon as the page shows what the key is for. A button
   * whose command is still under way is disabled, and its key does nothing.
   */
  async key(letter: string): Promise<void> {
    const shown = shownWith[letter];
    if (shown !== undefined) await this.#keyedBy(shown, ":enabled").waitFor();
    await this.page.keyboard.press(/^\d$/.test(letter) ? `Alt+Digit${letter}` : `Alt+Key${letter}`);
  }

  /** Presses a key that puts something on or off, and waits until the page shows it so: the next press means the opposite. */
  async puts(letter: "H" | "M", isOn: boolean): Promise<void> {
    await this.key(letter);
    await this.isPut(letter, isOn);
  }

  async isPut(letter: "H" | "M" | "P", isOn: boolean): Promise<void> {
    await this.#keyedBy(letter, `[aria-pressed="${isOn}"]:enabled`).waitFor();
  }

  #keyedBy(letter: string, condition: string): Locator {
    return this.page.locator(`button[aria-keyshortcuts="Alt+${letter}"]${condition}`).first();
  }

  /** Types the words again and again until the page shows others; gives what stood in the field at the last. */
  async typesUntil(words: string, shown: string): Promise<string> {
    await this.page.evaluate(followTyping.install);
    while (!(await this.text(shown).isVisible())) await this.page.keyboard.type(words, { delay: 20 });
    return this.page.evaluate(followTyping.typed);
  }

  text(words: string | RegExp): Locator {
    return this.page.getByText(words).first();
  }

  async sees(words: string | RegExp): Promise<void> {
    await this.text(words).waitFor();
  }

  /** Goes available by the headset, from off duty or from a break, unless it is so already. */
  async available(): Promise<void> {
    const { state } = await this.operator.desk();
    // Once, and only where the page knows that nothing is going on: in the wrap-up this key is another button's, and in
    // this button's place stands the one for a break as soon as the operator is available.
    if (state !== "available")
      await this.page.locator('[data-scene="idle"] button[aria-keyshortcuts="Alt+W"]').first().click();
    await this.operator.seen("available with the headset", (desk) => {
      return desk.state === "available" && desk.headset === "attached";
    });
  }

  async answers(): Promise<string> {
    await this.operator.seen("ringing", (desk) => desk.offer !== null);
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

  /** Finds by a part of the name and opens the card; Enter alone would call. */
  async picks(text: string): Promise<void> {
    await this.key("D");
    await this.#choose(text, "Shift+Enter");
  }

  async #choose(text: string, key = "Enter"): Promise<void> {
    await this.page.locator("input:focus").waitFor();
    await this.page.keyboard.type(text);
    // A number may be shown with other spaces than it was typed with.
    const digits = text.replace(/\s/g, "");
    const shown = /^\d+$/.test(digits) ? new RegExp([...digits].join("\\s?")) : text;
    await this.page.getByRole("option", { name: shown, disabled: false, selected: true }).waitFor();
    await this.page.keyboard.press(key);
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

  /** Ends the wrap-up if there is one, once the call is over. */
  async finishes(): Promise<void> {
    const { contact } = await this.operator.seen("wrap-up or idle", (view) => {
      return view.contact === null || view.contact.phase === "wrap-up";
    });
    if (contact !== null) await this.operator.finish();
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}
