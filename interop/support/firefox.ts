import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Loudspeaker, tapLoudspeaker } from "./browser.ts";
import { Child } from "./child.ts";
import { eventually } from "./eventually.ts";
import { freePort } from "./ports.ts";
import { temporaryFolder } from "./sounds.ts";

/** What Firefox's make-believe microphone speaks. */
export const firefoxHz = 1_000;

const preferences = {
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
  "media.peerconnection.ice.obfuscate_host_addresses": false,
  // A loudspeaker of make-believe: without any, nothing that is analysed moves.
  "media.cubeb.force_mock_context": true,
  "media.autoplay.default": 0,
  "media.autoplay.blocking_policy": 0,
  "intl.accept_languages": "en",
  "ui.prefersReducedMotion": 1,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "browser.aboutwelcome.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "toolkit.telemetry.reportingpolicy.firstRun": false,
  "app.update.disabledForTesting": true,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,#remote-settings-dummy/v1",
};

type Message = {
  readonly id?: number;
  readonly type?: string;
  readonly method?: string;
  readonly message?: string;
  readonly result?: unknown;
  readonly params?: unknown;
};
type LogEntry = { readonly level: string; readonly text: string | null; readonly source?: { readonly realm?: string } };
type Evaluated = {
  readonly type: "success" | "exception";
  readonly result?: { readonly value?: string };
  readonly exceptionDetails?: { readonly text: string };
};

/** Keys that have no character (WebDriver, section 17.4.2). */
const keyCodes: Readonly<Record<string, string>> = { Alt: "\uE00A", Enter: "\uE007", Tab: "\uE004" };

/** A Firefox with one page and a make-believe microphone, driven by WebDriver BiDi. */
export class Firefox {
  readonly #child: Child;
  readonly #folder = temporaryFolder("firefox");
  readonly #port: number;
  #socket: WebSocket | undefined;
  #context = "";
  #asked = 0;
  readonly #waiting = new Map<number, (message: Message) => void>();
  /** Errors that the page wrote into the console or threw; a good page has none. */
  readonly errors: string[] = [];

  static async open(viewport = { width: 1440, height: 900 }): Promise<Firefox> {
    const firefox = new Firefox(await freePort(), viewport);
    try {
      await firefox.#connect();
      return firefox;
    } catch (error) {
      await firefox.close();
      throw error;
    }
  }

  private constructor(port: number, viewport: { readonly width: number; readonly height: number }) {
    this.#port = port;
    const profile = join(this.#folder.path, "profile");
    mkdirSync(profile);
    const lines = Object.entries(preferences).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`);
    writeFileSync(join(profile, "user.js"), `${lines.join("\n")}\n`);
    const { width, height } = viewport;
    const size = [`--width=${width}`, `--height=${height}`];
    this.#child = new Child(
      "Firefox",
      "firefox-esr",
      ["--headless", "--no-remote", `--remote-debugging-port=${port}`, "--profile", profile, ...size, "about:blank"],
      { env: { ...process.env, HOME: this.#folder.path, MOZ_DISABLE_CONTENT_SANDBOX: "1", LANG: "en_US.UTF-8" } },
    );
  }

  async goto(url: string): Promise<void> {
    await this.#ask("browsingContext.navigate", { context: this.#context, url, wait: "complete" });
  }

  async reload(): Promise<void> {
    await this.#ask("browsingContext.reload", { context: this.#context, wait: "complete" });
  }

  /** Runs a function in the page, which must not use anything from outside but its argument. */
  async evaluate<A, T>(work: (argument: A) => T, argument: A): Promise<Awaited<T>> {
    const text = `async () => JSON.stringify((await (${work.toString()})(${JSON.stringify(argument)})) ?? null)`;
    const target = { context: this.#context };
    const ran = (await this.#ask("script.callFunction", {
      functionDeclaration: text,
      awaitPromise: true,
      target,
      userActivation: false,
    })) as Evaluated;
    if (ran.type === "exception") throw new Error(`in the page: ${ran.exceptionDetails?.text}`);
    return JSON.parse(ran.result?.value ?? "null") as Awaited<T>;
  }

  /** Waits until something on the page fits the selector, and is not disabled. */
  async shows(selector: string): Promise<void> {
    const isThere = () =>
      this.evaluate((wanted) => {
        const found = document.querySelector(wanted);
        return found !== null && found.getClientRects().length > 0 && !found.matches(":disabled");
      }, selector);
    await eventually(isThere, { what: `Firefox to show ${selector}` }).catch(async (error: unknown) => {
      const text = await this.evaluate(() => document.body.innerText, null);
      throw new Error(`${String(error)}; it shows ${text}`);
    });
  }

  async fill(selector: string, text: string): Promise<void> {
    await this.shows(selector);
    await this.evaluate((wanted) => document.querySelector<HTMLInputElement>(wanted)?.focus(), selector);
    await this.#keys([...text].flatMap((value) => [down(value), up(value)]));
  }

  /** Clicks the button with these words, as soon as it is there. */
  async click(words: string): Promise<void> {
    const press = () =>
      this.evaluate((wanted) => {
        const buttons = [...document.querySelectorAll<HTMLButtonElement>("button:enabled")];
        const found = buttons.find(({ innerText }) => innerText.trim() === wanted);
        found?.click();
        return found !== undefined;
      }, words);
    await eventually(press, { what: `Firefox to show the button ${words}` });
  }

  /** Presses keys together: "Alt", "a". */
  async press(...keys: readonly string[]): Promise<void> {
    const values = keys.map((key) => keyCodes[key] ?? key);
    await this.#keys([...values.map(down), ...values.toReversed().map(up)]);
  }

  /** Waits until the page's loudspeaker plays the tone: 20 dB above its surroundings. */
  async hears(hz: number): Promise<void> {
    const level = (tone: number) => (window as unknown as Loudspeaker).loudspeakerDb?.(tone) ?? -100;
    await eventually(async () => (await this.evaluate(level, hz)) > 20, { what: `Firefox to play ${hz} Hz` });
  }

  async close(): Promise<void> {
    this.#socket?.close();
    await this.#child.stop("SIGTERM", 5_000);
    this.#folder.remove();
  }

  async #connect(): Promise<void> {
    await this.#child.printed(/(WebDriver BiDi listening)/, 60_000);
    const socket = new WebSocket(`ws://127.0.0.1:${this.#port}/session`);
    this.#socket = socket;
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve, { once: true });
      socket.addEventListener("error", () => reject(new Error("Firefox takes no connection")), { once: true });
    });
    socket.addEventListener("message", ({ data }) => this.#take(JSON.parse(String(data)) as Message));
    await this.#ask("session.new", { capabilities: {} });
    await this.#ask("session.subscribe", { events: ["log.entryAdded"] });
    await this.#ask("script.addPreloadScript", { functionDeclaration: tapLoudspeaker.toString() });
    const { contexts } = (await this.#ask("browsingContext.getTree", {})) as { contexts: { context: string }[] };
    this.#context = contexts[0]?.context ?? "";
    // Only a page that has the focus gets the microphone.
    await this.#ask("browsingContext.activate", { context: this.#context });
  }

  #take(message: Message): void {
    if (message.id !== undefined) {
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    } else if (message.method === "log.entryAdded") {
      const { level, text } = message.params as LogEntry;
      if (level === "error") this.errors.push(text ?? "");
    }
  }

  #keys(actions: readonly unknown[]): Promise<unknown> {
    const source = { type: "key", id: "keyboard", actions };
    return this.#ask("input.performActions", { context: this.#context, actions: [source] });
  }

  #ask(method: string, params: unknown): Promise<unknown> {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (message) => {
        if (message.type === "error") reject(new Error(`Firefox refuses ${method}: ${message.message}`));
        else resolve(message.result);
      });
      this.#socket?.send(JSON.stringify({ id, method, params }));
    });
  }
}

function down(value: string): { readonly type: string; readonly value: string } {
  return { type: "keyDown", value };
}

function up(value: string): { readonly type: string; readonly value: string } {
  return { type: "keyUp", value };
}
