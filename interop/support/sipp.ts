import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Child } from "./child.ts";
import { eventually } from "./eventually.ts";
import { freePort } from "./ports.ts";
import { temporaryFolder } from "./sounds.ts";

export type SippOptions = {
  /** The address it calls from; a carrier is known by it. */
  readonly address: string;
  readonly steps: readonly string[];
  /** Where calls go; absent: it waits for calls. */
  readonly target?: { readonly address: string; readonly port: number };
  /** What is dialled, user part of the Request-URI. */
  readonly number?: string;
  readonly transport?: "udp" | "tcp" | "tls";
  readonly calls?: number;
  readonly port?: number;
  readonly timeoutS?: number;
};

export type SippResult = { readonly ok: boolean; readonly messages: string; readonly errors: string };

const transportFlag = { udp: "u1", tcp: "t1", tls: "l1" } as const;

/** A run of SIPp, which takes every message it did not expect for a failure. */
export class Sipp {
  readonly port: number;
  readonly #child: Child;
  readonly #folder: ReturnType<typeof temporaryFolder>;
  readonly result: Promise<SippResult>;

  /** Starts it; a waiting one is bound when this resolves. */
  static async start(options: SippOptions): Promise<Sipp> {
    const port = options.port ?? (await freePort(options.address));
    const peer = new Sipp(options, port, await freePort(options.address));
    if (options.target === undefined)
      await eventually(() => isBound(options.address, port) || !peer.isRunning, { what: "SIPp to wait for calls" });
    return peer;
  }

  private constructor(options: SippOptions, port: number, mediaPort: number) {
    this.port = port;
    this.#folder = temporaryFolder("sipp");
    const file = (name: string): string => join(this.#folder.path, name);
    writeFileSync(file("scenario.xml"), scenario(options.steps));
    const { target } = options;
    this.#child = new Child(
      "SIPp",
      "sipp",
      [
        ...["-sf", file("scenario.xml"), "-i", options.address, "-p", String(port), "-mp", String(mediaPort)],
        ...[
          "-m",
          String(options.calls ?? 1),
          "-l",
          String(options.calls ?? 1),
          "-nostdin",
          "-t",
          transportFlag[options.transport ?? "udp"],
        ],
        ...[
          "-timeout",
          `${options.timeoutS ?? 90}s`,
          "-timeout_error",
          "-trace_msg",
          "-message_file",
          file("messages.log"),
        ],
        ...["-trace_err", "-error_file", file("errors.log")],
        ...(target === undefined ? [] : ["-s", options.number ?? "100", `${target.address}:${target.port}`]),
      ],
      { cwd: this.#folder.path, env: { ...process.env, TERM: "dumb" } },
    );
    this.result = this.#child.exited.then(({ code }) => this.#read(code));
  }

  get isRunning(): boolean {
    return this.#child.isRunning;
  }

  /** All messages sent and received so far. */
  get messages(): string {
    return textOf(join(this.#folder.path, "messages.log"));
  }

  /** Ends it, finished or not, and removes its files. */
  async stop(): Promise<void> {
    await this.#child.stop("SIGKILL");
    this.#folder.remove();
  }

  #read(code: number | null): SippResult {
    const { messages } = this;
    const errors = textOf(join(this.#folder.path, "errors.log"));
    this.#folder.remove();
    return { ok: code === 0, messages, errors: code === 0 ? "" : `code ${code}\n${errors}\n${this.#child.tail(15)}` };
  }
}

/** Runs a scenario to its end. */
export async function sipp(options: SippOptions): Promise<SippResult> {
  return (await Sipp.start(options)).result;
}

/** Looked up in the system's table: to try the port would take it at the very moment in which SIPp wants it. */
function isBound(address: string, port: number): boolean {
  const hexadecimal = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, "0");
  const host = address
    .split(".")
    .reverse()
    .map((part) => hexadecimal(Number(part), 2))
    .join("");
  return readFileSync("/proc/net/udp", "latin1").includes(` ${host}:${hexadecimal(port, 4)} `);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function scenario(all: readonly string[]): string {
  const invite = all.findIndex((text) => text.includes("INVITE sip:"));
  const steps = all.map((text, index) => text.replace("[branch-OF-INVITE]", `[branch-${index - invite}]`));
  return `<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="test">\n${steps.join("\n")}\n</scenario>\n`;
}

const sdp = (direction: string): string =>
  [
    "v=0",
    "o=sipp 1 1 IN IP[local_ip_type] [local_ip]",
    "s=-",
    "c=IN IP[media_ip_type] [media_ip]",
    "t=0 0",
    "m=audio [media_port] RTP/AVP 8 0 101",
    "a=rtpmap:8 PCMA/8000",
    "a=rtpmap:0 PCMU/8000",
    "a=rtpmap:101 telephone-event/8000",
    `a=${direction}`,
  ].join("\n");

function send(
  lines: readonly string[],
  body: string | null,
  type = "application/sdp",
  attributes = 'retrans="500"',
): string {
  const rest =
    body === null ? ["Content-Length: 0", "", ""] : [`Content-Type: ${type}`, "Content-Length: [len]", "", body, ""];
  return `<send ${attributes}><![CDATA[\n${[...lines, ...rest].join("\n")}\n]]></send>`;
}

/** Pieces of a scenario; a call is a list of them. */
export const step = {
  invite: (from: string, headers: readonly string[] = [], direction = "sendrecv"): string =>
    send(
      [
        "INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0",
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport",
        `From: "Caller" <sip:${from}@[local_ip]:[local_port]>;tag=[pid]s[call_number]`,
        "To: <sip:[service]@[remote_ip]:[remote_port]>",
        "Call-ID: [call_id]",
        "CSeq: 1 INVITE",
        "Contact: <sip:caller@[local_ip]:[local_port];transport=[transport]>",
        "Max-Forwards: 70",
        ...headers,
      ],
      sdp(direction),
    ),
  /** A request inside the dialog. */
  within: (
    method: string,
    cseq: number,
    from: string,
    options: { body?: string; type?: string; direction?: string; headers?: readonly string[] } = {},
  ): string =>
    send(
      [
        `${method} [next_url] SIP/2.0`,
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport",
        "[routes]",
        `From: "Caller" <sip:${from}@[local_ip]:[local_port]>;tag=[pid]s[call_number]`,
        "To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]",
        "Call-ID: [call_id]",
        `CSeq: ${cseq} ${method}`,
        "Contact: <sip:caller@[local_ip]:[local_port];transport=[transport]>",
        "Max-Forwards: 70",
        ...(options.headers ?? []),
      ],
      options.direction === undefined ? (options.body ?? null) : sdp(options.direction),
      options.type,
      method === "ACK" ? "" : undefined,
    ),
  /** ACK of a refusal, and CANCEL, belong to the INVITE's own transaction. */
  sameTransaction: (method: "ACK" | "CANCEL", from: string): string =>
    send(
      [
        `${method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0`,
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch-OF-INVITE];rport",
        `From: "Caller" <sip:${from}@[local_ip]:[local_port]>;tag=[pid]s[call_number]`,
        `To: <sip:[service]@[remote_ip]:[remote_port]>${method === "ACK" ? "[peer_tag_param]" : ""}`,
        "Call-ID: [call_id]",
        `CSeq: 1 ${method}`,
        "Max-Forwards: 70",
      ],
      null,
      undefined,
      method === "ACK" ? "" : undefined,
    ),
  receive: (
    status: number,
    options: { optional?: boolean; check?: readonly [header: string, pattern: string]; checkBody?: string } = {},
  ): string =>
    `<recv response="${status}" rrs="true"${options.optional === true ? ' optional="true"' : ""}>${checkAction(options)}</recv>${referenced(options)}`,
  receiveRequest: (
    method: string,
    options: { optional?: boolean; check?: readonly [header: string, pattern: string]; checkBody?: string } = {},
  ): string =>
    `<recv request="${method}" rrs="true"${options.optional === true ? ' optional="true"' : ""}>${checkAction(options)}</recv>${referenced(options)}`,
  reply: (status: number, reason: string, options: { direction?: string; headers?: readonly string[] } = {}): string =>
    send(
      [
        `SIP/2.0 ${status} ${reason}`,
        "[last_Via:]",
        "[last_Record-Route:]",
        "[last_From:]",
        status === 100 ? "[last_To:]" : "[last_To:];tag=[pid]u[call_number]",
        "[last_Call-ID:]",
        "[last_CSeq:]",
        "Contact: <sip:callee@[local_ip]:[local_port];transport=[transport]>",
        ...(options.headers ?? []),
      ],
      options.direction === undefined ? null : sdp(options.direction),
      undefined,
      status >= 200 && options.direction !== undefined ? 'retrans="500"' : "",
    ),
  /** An answer inside the dialog, whose To has its tag already. */
  replyWithin: (status: number, reason: string, direction?: string): string =>
    send(
      [
        `SIP/2.0 ${status} ${reason}`,
        "[last_Via:]",
        "[last_From:]",
        "[last_To:]",
        "[last_Call-ID:]",
        "[last_CSeq:]",
        "Contact: <sip:callee@[local_ip]:[local_port];transport=[transport]>",
      ],
      direction === undefined ? null : sdp(direction),
      undefined,
      "",
    ),
  pause: (durationMs: number): string => `<pause milliseconds="${durationMs}"/>`,
} as const;

/** INVITE up to the answer, with whatever provisional answers come. */
export function callUntilAnswered(from: string, headers: readonly string[] = []): string[] {
  const optional = [100, 180, 183].map((status) => step.receive(status, { optional: true }));
  return [step.invite(from, headers), ...optional, step.receive(200), step.within("ACK", 1, from)];
}

export function hangUp(from: string, cseq: number): string[] {
  return [step.within("BYE", cseq, from), step.receive(200)];
}

/** INVITE that is refused with exactly this status. */
export function refusedCall(from: string, status: number): string[] {
  return [
    step.invite(from),
    step.receive(100, { optional: true }),
    step.receive(status),
    step.sameTransaction("ACK", from),
  ];
}

type Check = { readonly check?: readonly [header: string, pattern: string]; readonly checkBody?: string };

function checkAction({ check, checkBody }: Check): string {
  if (check === undefined && checkBody === undefined) return "";
  const where = check === undefined ? 'search_in="msg"' : `search_in="hdr" header="${check[0]}:"`;
  const pattern = (check?.[1] ?? checkBody ?? "").replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
  return `<action><ereg regexp="${pattern}" ${where} check_it="true" assign_to="found"/></action>`;
}

function referenced({ check, checkBody }: Check): string {
  return check === undefined && checkBody === undefined ? "" : '<Reference variables="found"/>';
}
