import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { readWav } from "@centrala/media";
import { Child } from "./child.ts";
import { eventually } from "./eventually.ts";
import { freePort, parties } from "./ports.ts";
import { halfSecondSamples, hears, temporaryFolder, toneFile } from "./sounds.ts";

export type BaresipOptions = {
  readonly username: string;
  readonly password: string;
  readonly server: { readonly address: string; readonly port: number };
  /** The tone it speaks. */
  readonly toneHz: number;
  readonly transport?: "udp" | "tcp" | "tls";
  readonly answer?: "manual" | "auto";
};

type BaresipEvent = { readonly type: string; readonly param: string; readonly peeruri: string };

const triesMax = 3;

/** A telephone that is somebody else's program: registers with digest, rings, speaks a tone, writes down what it hears. */
export class Baresip {
  readonly #options: BaresipOptions;
  readonly #folder: ReturnType<typeof temporaryFolder>;
  readonly #child: Child;
  readonly events: BaresipEvent[] = [];
  #control: Socket | undefined;
  #received = Buffer.alloc(0);

  /** Starts it and waits until it can be spoken to; it may not be registered yet. */
  static async start(options: BaresipOptions): Promise<Baresip> {
    for (let tries = 1; ; tries += 1) {
      const ports = { sip: await freePort(parties.phone), control: await freePort(parties.phone) };
      const phone = new Baresip(options, ports);
      try {
        await phone.#connect(ports.control);
        return phone;
      } catch (error) {
        await phone.stop();
        // Between our look and its own another program may have taken the port.
        if (tries === triesMax) throw error;
      }
    }
  }

  private constructor(options: BaresipOptions, ports: { readonly sip: number; readonly control: number }) {
    this.#options = options;
    this.#folder = temporaryFolder("baresip");
    const folder = this.#folder.path;
    mkdirSync(join(folder, "heard"));
    writeFileSync(join(folder, "voice.wav"), toneFile(options.toneHz));
    writeFileSync(join(folder, "config"), configuration(folder, ports));
    writeFileSync(join(folder, "accounts"), this.#account());
    writeFileSync(join(folder, "contacts"), "");
    this.#child = new Child("baresip", "baresip", ["-4", "-f", folder], {
      cwd: folder,
      env: { ...process.env, HOME: folder },
    });
  }

  get output(): string {
    return this.#child.output;
  }

  /** Waits for an event after those already taken note of. */
  async saw(type: string, withinMs = 30_000): Promise<BaresipEvent> {
    const event = await eventually(() => this.events.find((candidate) => candidate.type === type), {
      what: `baresip's ${type} (it saw ${this.events.map((candidate) => candidate.type).join(" ")})`,
      withinMs,
    }).catch((error: unknown) => {
      throw new Error(
        `${String(error)} ${this.events.map((candidate) => candidate.type).join(" ")}\n${this.#child.tail()}`,
      );
    });
    this.events.splice(0, this.events.indexOf(event) + 1);
    return event;
  }

  async registered(): Promise<void> {
    await this.#child.printed(/\} 200 OK/);
  }

  /** Waits until it rings; gives who calls. */
  async rings(): Promise<string> {
    return (await this.saw("CALL_INCOMING")).peeruri;
  }

  async answers(): Promise<void> {
    this.command("accept");
    await this.saw("CALL_ESTABLISHED");
  }

  /** Declines a ringing call (486), or hangs up. */
  hangUp(): void {
    this.command("hangup");
  }

  dial(number: string): void {
    this.command("dial", number);
  }

  command(command: string, params = ""): void {
    const text = JSON.stringify({ command, params, token: "" });
    this.#control?.write(`${Buffer.byteLength(text)}:${text},`);
  }

  /** Waits until it hears the tone, in half a second received from now on. */
  async hears(hz: number): Promise<void> {
    const before = this.#newestHeard();
    const fresh = this.heard().length + halfSecondSamples;
    const isFresh = (): boolean => this.#newestHeard() !== before || this.heard().length >= fresh;
    await eventually(() => isFresh() && hears(this.heard(), hz), { what: `the telephone to hear ${hz} Hz` });
  }

  /** What it has heard so far in its newest call. */
  heard(): Int16Array {
    const newest = this.#newestHeard();
    if (newest === undefined) return new Int16Array(0);
    const bytes = new Uint8Array(readFileSync(join(this.#folder.path, "heard", newest)));
    // The file is still being written: its header does not know its length yet.
    new DataView(bytes.buffer).setUint32(40, Math.max(0, bytes.length - 44), true);
    const wav = readWav(bytes);
    return wav.ok ? (wav.value.channels[0] ?? new Int16Array(0)) : new Int16Array(0);
  }

  async stop(): Promise<void> {
    this.command("quit");
    await this.#child.stop("SIGTERM", 3_000);
    this.#control?.destroy();
    this.#folder.remove();
  }

  #newestHeard(): string | undefined {
    return readdirSync(join(this.#folder.path, "heard"))
      .filter((name) => name.includes("-dec"))
      .sort()
      .at(-1);
  }

  #account(): string {
    const { username, password, server, transport, answer } = this.#options;
    const uri = `<sip:${username}@${server.address}:${server.port};transport=${transport ?? "udp"}>`;
    return `${uri};auth_user=${username};auth_pass=${password};answermode=${answer ?? "manual"};regint=120;audio_codecs=PCMA/8000/1,PCMU/8000/1\n`;
  }

  async #connect(port: number): Promise<void> {
    const control = await eventually<Socket | "ended" | undefined>(
      () => {
        if (!this.#child.isRunning) return "ended";
        return new Promise((resolve) => {
          const socket = connect(port, parties.phone, () => resolve(socket));
          socket.once("error", () => resolve(undefined));
        });
      },
      { what: "baresip's control port" },
    );
    if (control === "ended") throw new Error(`baresip ended: ${this.#child.tail()}`);
    this.#control = control;
    this.#control.on("data", (part: Buffer) => this.#read(part));
    this.#control.on("error", () => {});
  }

  /** Netstrings of JSON: "12:{...}," */
  #read(part: Buffer): void {
    this.#received = Buffer.concat([this.#received, part]);
    for (;;) {
      const colon = this.#received.indexOf(58);
      const length = colon < 0 ? Number.NaN : Number(this.#received.subarray(0, colon).toString());
      if (!Number.isFinite(length) || this.#received.length < colon + length + 2) return;
      const message = JSON.parse(
        this.#received.subarray(colon + 1, colon + 1 + length).toString(),
      ) as Partial<BaresipEvent>;
      this.#received = this.#received.subarray(colon + length + 2);
      if (message.type !== undefined)
        this.events.push({ type: message.type, param: message.param ?? "", peeruri: message.peeruri ?? "" });
    }
  }
}

function configuration(folder: string, ports: { readonly sip: number; readonly control: number }): string {
  return [
    `sip_listen ${parties.phone}:${ports.sip}`,
    "call_local_timeout 60",
    "call_max_calls 4",
    `audio_path ${folder}`,
    `audio_source aufile,${join(folder, "voice.wav")}`,
    "audio_player aubridge,nobody",
    "audio_alert aubridge,nobody",
    "ausrc_srate 8000",
    "auplay_srate 8000",
    "ausrc_channels 1",
    "auplay_channels 1",
    "audio_level no",
    "jitter_buffer_delay 1-5",
    "rtp_timeout 0",
    "module_path /usr/lib/baresip/modules",
    "module g711.so",
    "module aufile.so",
    "module aubridge.so",
    "module sndfile.so",
    `snd_path ${join(folder, "heard")}`,
    "module_tmp uuid.so",
    "module_tmp account.so",
    "module_app menu.so",
    "module_app ctrl_tcp.so",
    `ctrl_tcp_listen ${parties.phone}:${ports.control}`,
    "",
  ].join("\n");
}
