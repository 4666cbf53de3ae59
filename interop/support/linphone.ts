import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Child } from "./child.ts";
import { eventually } from "./eventually.ts";
import { freePort, parties } from "./ports.ts";
import { halfSecondSamples, hears, temporaryFolder, toneFile } from "./sounds.ts";

export type LinphoneOptions = {
  readonly username: string;
  readonly password: string;
  readonly server: { readonly address: string; readonly port: number };
  /** The tone it speaks. */
  readonly toneHz: number;
  readonly transport?: "udp" | "tcp";
  /** More of its settings, by section. */
  readonly settings?: Readonly<Record<string, readonly string[]>>;
};

const wavHeaderBytes = 44;

/** A telephone that is somebody else's program, driven by what is typed into it. */
export class Linphone {
  readonly #child: Child;
  readonly #folder = temporaryFolder("linphone");
  #looked = 0;

  /** Starts it and waits until it is registered. */
  static async start(options: LinphoneOptions): Promise<Linphone> {
    const phone = new Linphone(options, await freePort(parties.phone), await freePort(parties.phone));
    phone.types("soundcard use files");
    phone.types(`play ${phone.#file("voice.wav")}`);
    phone.types(`record ${phone.#file("heard.wav")}`);
    return phone;
  }

  private constructor(options: LinphoneOptions, port: number, audioPort: number) {
    // Without the folders for its database it starts, and does nothing.
    for (const folder of [".local/share/linphone", ".config/linphone"])
      mkdirSync(this.#file(folder), { recursive: true });
    writeFileSync(this.#file("voice.wav"), toneFile(options.toneHz));
    writeFileSync(this.#file("linphonerc"), configuration(options, port, audioPort));
    const home = this.#folder.path;
    this.#child = new Child(
      "linphone",
      "linphonec",
      ["-S", "-c", this.#file("linphonerc"), "-d", "5", "-l", this.#file("log")],
      {
        cwd: home,
        env: { ...process.env, HOME: home, TERM: "dumb", XDG_CONFIG_HOME: "", XDG_DATA_HOME: "" },
        takesInput: true,
      },
    );
  }

  get output(): string {
    return this.#child.output;
  }

  /** Its own log, with every SIP message. */
  get log(): string {
    return readFileSync(this.#file("log"), "utf8");
  }

  types(command: string): void {
    this.#child.type(command);
  }

  /** Waits until it prints this, in what was not looked at yet. */
  async says(pattern: RegExp, withinMs = 30_000): Promise<string> {
    return eventually(
      () => {
        const { output } = this.#child;
        const match = pattern.exec(output.slice(this.#looked));
        if (match === null) return undefined;
        this.#looked += match.index + match[0].length;
        return match[1] ?? match[0];
      },
      { what: `linphone to say ${pattern}`, withinMs },
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.#child.tail()}`);
    });
  }

  async registered(): Promise<void> {
    await this.says(/LinphoneRegistrationOk|Registration.*successful/);
  }

  /** Waits until it hears the tone, in half a second received from now on. */
  async hears(hz: number): Promise<void> {
    const fresh = this.#heard().length + halfSecondSamples;
    const isThere = (): boolean => {
      const heard = this.#heard();
      return heard.length >= fresh && hears(heard, hz);
    };
    await eventually(isThere, { what: `linphone to hear ${hz} Hz` });
  }

  async stop(): Promise<void> {
    this.types("quit");
    await this.#child.stop("SIGTERM", 3_000);
    this.#folder.remove();
  }

  #heard(): Int16Array {
    const file = this.#file("heard.wav");
    if (!existsSync(file)) return new Int16Array(0);
    // The header is written when the file is closed; what follows it is 16 bits at 8 kHz.
    const bytes = new Uint8Array(readFileSync(file)).slice(wavHeaderBytes);
    return new Int16Array(bytes.buffer, 0, Math.floor(bytes.length / 2));
  }

  #file(name: string): string {
    return join(this.#folder.path, name);
  }
}

function configuration(options: LinphoneOptions, port: number, audioPort: number): string {
  const { username, password, server, transport = "udp", settings = {} } = options;
  const sections: Record<string, readonly string[]> = {
    sip: [
      ...[`sip_port=${port}`, `sip_tcp_port=${port}`, "sip_tls_port=0", `bind_address=${parties.phone}`],
      ...["ipv6=0", "inc_timeout=60", "default_proxy=0", "use_rfc2833=1", "use_info=0"],
    ],
    rtp: [`audio_rtp_port=${audioPort}`],
    net: ["firewall_policy=0"],
    misc: ["history_max_size=0"],
    proxy_0: [
      `reg_proxy=<sip:${server.address}:${server.port};transport=${transport}>`,
      `reg_identity=sip:${username}@${server.address}`,
      ...["reg_expires=120", "reg_sendregister=1", "publish=0"],
    ],
    auth_info_0: [`username=${username}`, `passwd=${password}`, "realm=centrala"],
    audio_codec_0: ["mime=PCMA", "rate=8000", "channels=1", "enabled=1"],
    audio_codec_1: ["mime=PCMU", "rate=8000", "channels=1", "enabled=1"],
  };
  for (const [name, lines] of Object.entries(settings)) sections[name] = [...(sections[name] ?? []), ...lines];
  return Object.entries(sections)
    .map(([name, lines]) => `[${name}]\n${lines.join("\n")}\n`)
    .join("\n");
}
