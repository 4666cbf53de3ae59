import { lookup } from "node:dns/promises";
import { writeFileSync } from "node:fs";
import { loadSpeech, SimulatedCall, SipLine, toWav } from "@centrala/sim";
import { type Peer, parseSipUri } from "@centrala/sip";
import { localAddresses } from "../network.ts";

/** `centrala call`: one simulated call as a tool; the process's exit code says whether it was answered. */
export async function call(address: string, options: Readonly<Record<string, unknown>>): Promise<void> {
  const uri = address.startsWith("sip:") ? address : `sip:${address}`;
  const peer = await peerOf(uri, typeof options.via === "string" ? options.via : undefined);
  const seconds = Number(options.seconds ?? 30);
  if (!Number.isFinite(seconds) || seconds <= 0) throw new Error("--seconds takes a number above 0");
  const line = await SipLine.open({ address: peer.address.startsWith("127.") ? "127.0.0.1" : localAddressToward() });
  const placed = await SimulatedCall.place(line, {
    uri,
    peer,
    from: String(options.from ?? "anonymous"),
    codecs: options.codec === "pcmu" ? ["pcmu", "pcma"] : ["pcma", "pcmu"],
  });
  const limit = setTimeout(() => placed.hangUp(), seconds * 1_000);
  void placed.answered.then(() => act(placed, options));
  const outcome = await placed.ended;
  clearTimeout(limit);
  if (typeof options.record === "string") writeFileSync(options.record, toWav(placed.audio.heard()));
  const setUpMs = placed.answeredAt === undefined ? null : Math.round(placed.answeredAt - placed.startedAt);
  process.stdout.write(
    `${JSON.stringify({ answered: outcome.answered, status: outcome.status, setUpMs, packetsSent: placed.audio.packetsSent, packetsReceived: placed.audio.packetsReceived, keysHeard: placed.audio.keysHeard })}\n`,
  );
  line.close();
  process.exitCode = outcome.answered ? 0 : 1;
}

async function act(placed: SimulatedCall, options: Readonly<Record<string, unknown>>): Promise<void> {
  if (typeof options.keys === "string") {
    for (const part of options.keys.split(",")) {
      placed.audio.press(part);
      await new Promise((resolve) => setTimeout(resolve, 1_000 + part.length * 220));
    }
  }
  if (typeof options.say === "string") {
    const speech = loadSpeech(options.say);
    if (!speech.ok) throw new Error(speech.message);
    await placed.audio.say(speech.value);
  }
}

/** Where a SIP address is reached: `via`, or its own host and port. */
export async function peerOf(uri: string, via: string | undefined): Promise<Peer> {
  const parsed = parseSipUri(uri);
  if (parsed === undefined) throw new Error(`${uri} is not a SIP address (sip:number@host:port)`);
  const [host = parsed.host, port = String(parsed.port ?? 5060)] = via === undefined ? [] : via.split(":");
  const found = await lookup(host, 4).catch(() => undefined);
  if (found === undefined) throw new Error(`the host ${host} is not known`);
  return { transport: "UDP", address: found.address, port: Number(port) };
}

function localAddressToward(): string {
  return localAddresses()[0] ?? "127.0.0.1";
}
