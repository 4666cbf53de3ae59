import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Child } from "./child.ts";
import { eventually } from "./eventually.ts";
import { answersTcp, freePort } from "./ports.ts";
import { temporaryFolder } from "./sounds.ts";

const fixture = fileURLToPath(new URL("../fixtures/kamailio/carrier.cfg", import.meta.url));

export type KamailioOptions = {
  readonly address: string;
  readonly port?: number;
  /** What the words in @...@ of its configuration stand for; those that its parts do not need may be missing. */
  readonly words: Readonly<Record<string, string>>;
  /** Parts of the configuration to turn on. */
  readonly parts?: readonly ("HIDES" | "SHA256" | "TLS" | "EDGE")[];
  /** Where its dispatcher sends calls, the first first. What ends in "?" gets none before it has answered OPTIONS. */
  readonly destinations?: readonly string[];
};

/** A Kamailio with our configuration on a port of its own, UDP and TCP. */
export class Kamailio {
  readonly port: number;
  readonly address: string;
  readonly #child: Child;
  readonly #folder = temporaryFolder("kamailio");

  static async start(options: KamailioOptions): Promise<Kamailio> {
    const kamailio = new Kamailio(options, options.port ?? (await freePort(options.address)));
    await eventually(() => kamailio.#isUp(), { what: "Kamailio to start" }).catch(async (error: unknown) => {
      await kamailio.stop();
      throw new Error(`${String(error)}\n${kamailio.#child.tail()}`);
    });
    return kamailio;
  }

  private constructor({ address, words, parts = [], destinations = [] }: KamailioOptions, port: number) {
    this.address = address;
    this.port = port;
    const all: Record<string, string> = {
      FRONT: `${address}:${port}`,
      ...words,
      OWN: `${address}:${port}`,
      HOST: address,
      FOLDER: this.#folder.path,
    };
    const text = readFileSync(fixture, "utf8").replace(/@([A-Z]+)@/g, (_, word: string) => all[word] ?? "none");
    // 9: asked by OPTIONS, and without calls until it has answered.
    const list = destinations.map((destination, index) => {
      const [uri, waits] = destination.split("?");
      return `1 ${uri} ${waits === undefined ? 0 : 9} ${destinations.length - index}`;
    });
    const file = join(this.#folder.path, "kamailio.cfg");
    writeFileSync(file, text);
    writeFileSync(join(this.#folder.path, "dispatcher.list"), `${list.join("\n")}\n`);
    const flags = ["-DD", "-E", "-m", "32", "-M", "4", "-Y", this.#folder.path, "-w", this.#folder.path];
    const defines = parts.flatMap((part) => ["-A", part]);
    this.#child = new Child("Kamailio", "/usr/sbin/kamailio", [...flags, ...defines, "-f", file]);
  }

  /** What it decided, line by line, without its own marks. */
  get said(): readonly string[] {
    return this.#child.lines.flatMap((line) => /\*\* (.*)$/.exec(line)?.[1] ?? []);
  }

  get output(): string {
    return this.#child.output;
  }

  /** Waits for so many lines that fit; gives them. */
  says(pattern: RegExp, count = 1): Promise<readonly string[]> {
    return eventually(
      () => {
        const found = this.said.filter((line) => pattern.test(line));
        return found.length >= count ? found : undefined;
      },
      { what: `Kamailio to say ${pattern}` },
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; it said\n${this.said.join("\n")}`);
    });
  }

  async stop(): Promise<void> {
    await this.#child.stop("SIGTERM", 5_000);
    this.#folder.remove();
  }

  /** Its processes are children of the first, which says nothing once it is ready: its TCP port does. */
  #isUp(): Promise<boolean> {
    if (!this.#child.isRunning) throw new Error("it ended");
    return answersTcp(this.address, this.port);
  }
}
