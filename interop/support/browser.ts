import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { writeWav } from "@centrala/media";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { root } from "./centre.ts";
import { eventually } from "./eventually.ts";
import { spokenTone, temporaryFolder } from "./sounds.ts";

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
];

/** Builds the web app if its sources changed, as `npm start` does. */
export function buildWebApp(): void {
  const toolchain = pathToFileURL(join(root, "scripts/lib/toolchain.mjs")).href;
  const script = `import { buildWeb } from ${JSON.stringify(toolchain)}; buildWeb(process.execPath);`;
  const result = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  if (result.status !== 0) throw new Error(`the web app could not be built: ${result.stderr}${result.stdout}`);
}

/** A Chromium whose microphone speaks a tone, and in which can be measured what comes out of the loudspeaker. */
export class Browser {
  readonly #folder: ReturnType<typeof temporaryFolder>;
  readonly context: BrowserContext;
  /** Errors that pages wrote into the console or threw; a good page has none. */
  readonly errors: string[] = [];

  static async open(
    microphoneHz: number,
    viewport = { width: 1440, height: 900 },
    moreFlags: readonly string[] = [],
  ): Promise<Browser> {
    const folder = temporaryFolder("browser");
    const microphone = join(folder.path, "microphone.wav");
    writeFileSync(microphone, writeWav({ sampleRateHz: 48_000, channels: [spokenTone(microphoneHz, 2_000, 48_000)] }));
    const context = await chromium.launchPersistentContext(join(folder.path, "profile"), {
      executablePath: "/usr/bin/chromium",
      headless: true,
      args: [...flags, ...moreFlags, `--use-file-for-fake-audio-capture=${microphone}`],
      viewport,
      reducedMotion: "reduce",
    });
    await context.addInitScript(tapLoudspeaker);
    return new Browser(folder, context);
  }

  private constructor(folder: ReturnType<typeof temporaryFolder>, context: BrowserContext) {
    this.#folder = folder;
    this.context = context;
  }

  async page(url: string): Promise<Page> {
    const page = await this.context.newPage();
    page.on("pageerror", (error) => this.errors.push(`${page.url()}: ${error.message}`));
    page.on("console", (message) => {
      // A request that is refused (nobody is signed in yet) is written into the console by the browser itself.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
        this.errors.push(`${page.url()}: ${message.text()}`);
    });
    await page.goto(url);
    return page;
  }

  async close(): Promise<void> {
    await this.context.close();
    this.#folder.remove();
  }
}

/** How far a tone stands above its surroundings in what the page plays, in dB. Asked from outside, because pages forbid `eval`. */
export function pageDb(page: Page, hz: number): Promise<number> {
  return page.evaluate((tone) => (window as unknown as Loudspeaker).loudspeakerDb?.(tone) ?? -100, hz);
}

/** Waits until the page's loudspeaker plays the tone: 20 dB above its surroundings. */
export async function pageHears(page: Page, hz: number): Promise<void> {
  await eventually(async () => (await pageDb(page, hz)) > 20, { what: `the page to play ${hz} Hz` });
}

export type Loudspeaker = { readonly loudspeakerDb?: (hz: number) => number };

/** Waits until something audible comes out of the page's loudspeaker. */
export async function pageSounds(page: Page): Promise<void> {
  await page.waitForFunction(
    () => (window as unknown as { loudspeakerRms: () => number }).loudspeakerRms() > 0.01,
    undefined,
    { polling: 50 },
  );
}

/**
 * Runs before the page's own scripts: whatever stream becomes audible is analysed as well. `loudspeakerDb(hz)` says how far
 * a tone stands above the median of the spectrum, `loudspeakerRms()` how loud it is (1 is full scale).
 */
export function tapLoudspeaker(): void {
  const taps: { analyser: AnalyserNode; context: AudioContext }[] = [];
  const tap = (stream: MediaStream): void => {
    if (stream.getAudioTracks().length === 0) {
      stream.addEventListener("addtrack", () => tap(stream), { once: true });
      return;
    }
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 8_192;
    // Without a memory: it would go on showing the tone of a stream that has ended.
    analyser.smoothingTimeConstant = 0;
    context.createMediaStreamSource(stream).connect(analyser);
    taps.push({ analyser, context });
  };
  const property = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject");
  if (property?.set === undefined) return;
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
    ...property,
    set(stream: MediaStream | null) {
      property.set?.call(this, stream);
      if (stream instanceof MediaStream) tap(stream);
    },
  });
  Object.assign(window, {
    loudspeakerRms: (): number =>
      Math.max(
        0,
        ...taps.map(({ analyser }) => {
          const samples = new Float32Array(analyser.fftSize);
          analyser.getFloatTimeDomainData(samples);
          return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
        }),
      ),
    loudspeakerDb: (hz: number): number =>
      Math.max(
        -100,
        ...taps.map(({ analyser, context }) => {
          const bins = new Float32Array(analyser.frequencyBinCount);
          analyser.getFloatFrequencyData(bins);
          const at = Math.round((hz * analyser.fftSize) / context.sampleRate);
          const peak = Math.max(...bins.subarray(at - 2, at + 3));
          const floor = [...bins.subarray(0, Math.round((3_400 * analyser.fftSize) / context.sampleRate))].sort(
            (a, b) => a - b,
          );
          const median = floor[Math.floor(floor.length / 2)] ?? 0;
          return peak > -70 ? peak - Math.max(median, -120) : -100;
        }),
      ),
  });
}

export type Fault = { readonly rule: string; readonly impact: string; readonly help: string; readonly at: string };

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe-core finds serious or critical on the page as it stands. */
export async function seriousFaults(page: Page): Promise<readonly Fault[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe: tool } = window as unknown as { axe: typeof import("axe-core") };
    const { violations } = await tool.run(document, { resultTypes: ["violations"] });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, impact, help, nodes }) =>
        nodes.map((node) => ({
          rule: id,
          impact: impact ?? "",
          help,
          at: `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`,
        })),
      );
  });
}

/** Writes a screenshot where they are collected: CENTRALA_SCREENSHOTS, else nowhere. */
export async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env.CENTRALA_SCREENSHOTS;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
