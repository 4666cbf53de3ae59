import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Child } from "./child.ts";
import { eventually } from "./eventually.ts";

/** Where a system with Asterisk lies: "/" when it is installed, or the folder of a root of its own. */
export const asteriskRoot = process.env.CENTRALA_TEST_ASTERISK;

const modules = "/usr/lib/x86_64-linux-gnu/asterisk/modules";
/** They want ports or programs that nobody needs here. */
const unwanted = ["chan_iax2", "chan_ooh323", "chan_unistim", "chan_mgcp", "pbx_dundi", "pbx_ael", "pbx_lua"];

/** An Asterisk with these files as its configuration, in a folder of its own. */
export class Asterisk {
  readonly #root: string;
  readonly #folder: string;
  readonly #child: Child;

  static async start(files: Readonly<Record<string, string>>): Promise<Asterisk> {
    const asterisk = new Asterisk(asteriskRoot ?? "/", files);
    await asterisk.#child.printed(/(Asterisk Ready)/, 60_000);
    return asterisk;
  }

  private constructor(root: string, files: Readonly<Record<string, string>>) {
    this.#root = root;
    mkdirSync(join(root, "tmp"), { recursive: true });
    const outside = mkdtempSync(join(root, "tmp", "asterisk-"));
    this.#folder = outside;
    const inside = root === "/" ? outside : outside.slice(join(root, "/").length - 1);
    const places = ["etc", "varlib", "db", "key", "spool", "run", "log"].map((name) => `ast${name}dir => ${inside}`);
    const all = {
      "asterisk.conf": ["[directories]", ...places, `astmoddir => ${modules}`, "astdatadir => /usr/share/asterisk"],
      "modules.conf": ["[modules]", "autoload=yes", ...unwanted.map((name) => `noload=${name}.so`)],
      "logger.conf": ["[general]", "[logfiles]", "console => notice,warning,error"],
    };
    for (const [name, lines] of Object.entries(all)) writeFileSync(join(outside, name), `${lines.join("\n")}\n`);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(outside, name), text);
    const config = join(inside, "asterisk.conf");
    const program = ["/usr/sbin/asterisk", "-f", "-vvv", "-C", config];
    const [command = "", ...args] = root === "/" ? program : ["chroot", root, ...program];
    this.#child = new Child("Asterisk", command, args);
  }

  /** What its console answers to a command. */
  async console(command: string): Promise<string> {
    const config = join("/", this.#folder.slice(join(this.#root, "/").length - 1), "asterisk.conf");
    const program = ["/usr/sbin/asterisk", "-C", config, "-rx", command];
    const [name = "", ...args] = this.#root === "/" ? program : ["chroot", this.#root, ...program];
    const child = new Child("the console of Asterisk", name, args);
    await child.exited;
    return child.output;
  }

  /** Waits until its console says so. */
  async says(command: string, pattern: RegExp): Promise<void> {
    await eventually(async () => pattern.test(await this.console(command)), {
      what: `Asterisk to say ${String(pattern)} to ${command}`,
      withinMs: 90_000,
    });
  }

  get output(): string {
    return this.#child.output;
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
