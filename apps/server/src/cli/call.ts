import { lookup } from "node:dns/promises";
import { writeFileSync } from "node:fs";
import { loadSpeech, SimulatedCall, SipLine, toWav } from "@centrala/sim";
import { type Peer, parseSipUri } from "@centrala/sip";
import { localAddresses } from "../network.ts";
import { numberOf } from "./number.ts";

type Plan = {
  readonly peer: Peer;
  readonly uri: string;
  readonly hangUpAfterMs: number;
  readonly keys: readonly string[];
  readonly speech: Int16Array | null;
  readonly record: string | null;
};

/** `centrala call`: one simulated call as a tool; the process's exit code says whether it was answered. */
export async function call(address: string, options: Readonly<Record<string, unknown>>): Promise<void> {
  const plan = await planOf(address, options);
  const line = await SipLine.open({
    address: plan.peer.address.startsWith("127.") ? "127.0.0.1" : localAddressToward(),
  });
  const placed = await SimulatedCall.place(line, {
    uri: plan.uri,
    peer: plan.peer,
    from: String(options.from ?? "anonymous"),
    codecs: options.codec === "pcmu" ? ["pcmu", "pcma"] : ["pcma", "pcmu"],
  });
  const limit = setTimeout(() => placed.hangUp(), plan.hangUpAfterMs);
  void placed.answered.then(() => act(placed, plan));
  const outcome = await placed.ended;
  clearTimeout(limit);
  if (plan.record !== null) writeFileSync(plan.record, toWav(placed.audio.heard()));
  const setUpMs = placed.answeredAt === undefined ? null : Math.round(placed.answeredAt - placed.startedAt);
  process.stdout.write(
    `${JSON.stringify({ answered: outcome.answered, status: outcome.status, setUpMs, packetsSent: placed.audio.packetsSent, packetsReceived: placed.audio.packetsReceived, keysHeard: placed.audio.keysHeard })}\n`,
  );
  line.close();
  process.exitCode = outcome.answered ? 0 : 1;
}

/** Everything that can be wrong with the words is found before anybody is phoned. */
async function planOf(address: string, options: Readonly<Record<string, unknown>>): Promise<Plan> {
  const uri = address.startsWith("sip:") ? address : `sip:${address}`;
  const { keys = "", say, record = null, codec = "pcma" } = options;
  if (!/^[0-9*#A-D,]*$/.test(String(keys))) throw new Error("--keys takes 0-9, *, # and A-D, with commas for pauses");
  if (codec !== "pcma" && codec !== "pcmu") throw new Error("--codec takes pcma or pcmu");
  const speech = typeof say === "string" ? readSpeech(say) : null;
  if (typeof record === "string") writeFileSync(record, "");
  return {
    peer: await peerOf(uri, typeof options.via === "string" ? options.via : undefined),
    uri,
    hangUpAfterMs: numberOf("--seconds", options.seconds ?? 30, 86_400) * 1_000,
    keys: keys === "" ? [] : String(keys).split(","),
    speech,
    record: typeof record === "string" ? record : null,
  };
}

function readSpeech(path: string): Int16Array {
  const speech = loadSpeech(path);
  if (!speech.ok) throw new Error(speech.message);
  return speech.value;
}

async function act(placed: SimulatedCall, plan: Plan): Promise<void> {
  for (const part of plan.keys) {
    placed.audio.press(part);
    await new Promise((resolve) => setTimeout(resolve, 1_000 + part.length * 220));
  }
  if (plan.speech !== null) await placed.audio.say(plan.speech);
}

/** Where a SIP address is reached: `via`, or its own host and port. */
export async function peerOf(uri: string, via: string | undefined): Promise<Peer> {
  const parsed = parseSipUri(uri);
  if (parsed === undefined) throw new Error(`${uri} is not a SIP address (sip:number@host:port)`);
  const [host = parsed.host, port = String(parsed.port ?? 5060)] = via === undefined ? [] : via.split(":");
  if (!/^[0-9]{1,5}$/.test(port) || Number(port) > 65_535) throw new Error(`${port} is no port`);
  const found = await lookup(host, 4).catch(() => undefined);
  if (found === undefined) throw new Error(`the host ${host} is not known`);
  return { transport: "UDP", address: found.address, port: Number(port) };
}

function localAddressToward(): string {
  return localAddresses()[0] ?? "127.0.0.1";
}
