import { type ChildProcess, spawn } from "node:child_process";
import { eventually } from "./eventually.ts";

const linesKeptMax = 20_000;

/** A program that runs beside the test: what it prints is kept, and it never outlives the test by accident. */
export class Child {
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #lines: string[] = [];
  #rest = "";
  #exit: { readonly code: number | null; readonly signal: string | null } | undefined;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;

  constructor(
    name: string,
    command: string,
    args: readonly string[],
    options: { env?: NodeJS.ProcessEnv; cwd?: string; takesInput?: boolean } = {},
  ) {
    this.#name = name;
    const { takesInput = false, ...rest } = options;
    this.#process = spawn(command, args, { stdio: [takesInput ? "pipe" : "ignore", "pipe", "pipe"], ...rest });
    // Who ended reads nothing any more, which is no news here.
    this.#process.stdin?.on("error", () => {});
    this.#process.stdout?.on("data", (part: Buffer) => this.#read(part.toString()));
    this.#process.stderr?.on("data", (part: Buffer) => this.#read(part.toString()));
    this.exited = new Promise((resolve) => {
      const done = (code: number | null, signal: string | null): void => {
        this.#exit ??= { code, signal };
        running.delete(this);
        resolve(this.#exit);
      };
      this.#process.once("error", (error) => {
        this.#lines.push(String(error));
        done(127, null);
      });
      this.#process.once("close", done);
    });
    running.add(this);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#exit === undefined;
  }

  /** Everything printed so far. */
  get output(): string {
    return [...this.#lines, this.#rest].join("\n");
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** The first group of the first line that matches, as soon as it is printed. */
  async printed(pattern: RegExp, withinMs = 20_000): Promise<string> {
    return eventually(
      () => {
        const found = this.#lines.map((line) => pattern.exec(line)).find((match) => match !== null);
        if (found === undefined && !this.isRunning) throw new Error(`${this.#name} ended: ${this.tail()}`);
        return found === undefined ? undefined : (found[1] ?? found[0]);
      },
      { what: `${this.#name} to print ${pattern}`, withinMs },
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.tail()}`);
    });
  }

  tail(lines = 40): string {
    return [...this.#lines.slice(-lines), this.#rest].join("\n");
  }

  /** Types a line, where the program takes any. */
  type(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  kill(signal: NodeJS.Signals): void {
    if (this.isRunning) this.#process.kill(signal);
  }

  /** Asks it to end, and after the grace makes it. */
  async stop(signal: NodeJS.Signals = "SIGTERM", graceMs = 10_000): Promise<void> {
    this.kill(signal);
    const timer = setTimeout(() => this.kill("SIGKILL"), graceMs);
    await this.exited;
    clearTimeout(timer);
  }

  #read(text: string): void {
    const parts = `${this.#rest}${text}`.split("\n");
    this.#rest = parts.pop() ?? "";
    this.#lines.push(...parts);
    if (this.#lines.length > linesKeptMax) this.#lines.splice(0, this.#lines.length - linesKeptMax);
  }
}

const running = new Set<Child>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
