// CPU of the media worker's code per packet: relayed, relayed and recorded, mixed, and played. A second process makes and
// takes the packets, so that the figures hold this side only: JavaScript, event loop and the kernel's share of both ways.
import { type ChildProcess, fork } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LegId } from "@centrala/contract";
import { SeededRandom } from "@centrala/kit";
import { encodeG711, RtpSender, sine, writeWav } from "@centrala/media";
import { MediaHost } from "../packages/phone/src/engines/embedded/host.ts";
import { report } from "./support/figures.ts";

type Variant = "relay" | "relay and transcode" | "relay and record" | "mix of three" | "play";
type Figure = {
  readonly variant: Variant;
  readonly calls: number;
  readonly packetsPerSecond: number;
  readonly microsecondsPerPacket: number;
  readonly corePercent: number;
};

const windowMs = Number(process.env["BENCH_WINDOW_MS"] ?? 4_000);
const calls = Number(process.env["BENCH_CALLS"] ?? 100);

if (process.send !== undefined) generate();
else await measureAll();

async function measureAll(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "centrala-bench-"));
  writeFileSync(join(folder, "music.wav"), writeWav({ sampleRateHz: 8_000, channels: [sine(500, 5_000)] }));
  const figures: Figure[] = [];
  for (const variant of ["relay", "relay and transcode", "relay and record", "mix of three", "play"] as const) {
    figures.push(await measure(variant, folder));
  }
  rmSync(folder, { recursive: true });
  report("media", figures, { calls, windowMs });
}

async function measure(variant: Variant, folder: string): Promise<Figure> {
  const host = new MediaHost(
    {
      ports: { first: 30_000, last: 31_999 },
      bindAddress: "127.0.0.1",
      webRtc: null,
      mediaLostAfterMs: 60_000,
    },
    () => {},
    (error) => console.error(error),
  );
  const legsPerCall = variant === "mix of three" ? 3 : variant === "play" ? 1 : 2;
  const generator = fork(import.meta.filename, [], { serialization: "json" });
  const ports = await ask(generator, { legs: calls * legsPerCall });
  const targets: number[] = [];
  for (const [index, port] of ports.entries()) targets.push(await open(host, variant, index, port));
  for (let call = 0; call < calls; call += 1) connect(host, variant, call, legsPerCall, folder);
  await ask(generator, { targets, speak: variant !== "play" });
  await pause(1_000);
  const before = { cpu: process.cpuUsage(), at: performance.now(), stats: host.stats() };
  await pause(windowMs);
  const cpu = process.cpuUsage(before.cpu);
  const seconds = (performance.now() - before.at) / 1_000;
  const packets = host.stats().packetsSent - before.stats.packetsSent;
  generator.kill();
  await host.close();
  const microseconds = cpu.user + cpu.system;
  return {
    variant,
    calls,
    packetsPerSecond: Math.round(packets / seconds),
    microsecondsPerPacket: Math.round((microseconds / packets) * 10) / 10,
    corePercent: Math.round(microseconds / seconds / 100) / 100,
  };
}

async function open(host: MediaHost, variant: Variant, index: number, port: number): Promise<number> {
  const legId = legOf(index);
  const opened = await host.openRtpLeg(legId);
  if (!opened.ok) throw new Error(opened.message);
  const remote = {
    address: "127.0.0.1",
    port,
    codec: variant === "relay and transcode" && index % 2 === 1 ? ("pcmu" as const) : ("pcma" as const),
    payloadType: variant === "relay and transcode" && index % 2 === 1 ? 0 : 8,
    telephoneEventPayloadType: 101,
    ptimeMs: 20,
    sends: true,
    receives: true,
  };
  host.command({ kind: "setRemote", legId, remote });
  return opened.value.port;
}

function connect(host: MediaHost, variant: Variant, call: number, legsPerCall: number, folder: string): void {
  const legIds = Array.from({ length: legsPerCall }, (_, index) => legOf(call * legsPerCall + index));
  const [first, second] = legIds;
  if (first === undefined) return;
  if (variant === "play") {
    const items = [{ kind: "file" as const, path: join(folder, "music.wav") }];
    host.command({ kind: "play", playId: `play-${call}`, legId: first, items, loop: true });
    return;
  }
  const hears = Object.fromEntries(legIds.map((legId) => [legId, legIds.filter((other) => other !== legId)]));
  host.command({ kind: "setRoom", roomId: `room-${call}`, hears });
  if (variant !== "relay and record" || second === undefined) return;
  const path = join(folder, `${call}.wav`);
  host.command({
    kind: "record",
    recordingId: `rec-${call}`,
    path,
    leftLegId: first,
    rightLegIds: [second],
    codec: "pcma",
  });
}

function legOf(index: number): LegId {
  return `leg-${index}`;
}

/** The other process: one socket a leg, a packet every 20 ms each, spread over the 20 ms. */
function generate(): void {
  const sockets: ReturnType<typeof createSocket>[] = [];
  process.on("message", async (message: { legs?: number; targets?: number[]; speak?: boolean }) => {
    for (let index = 0; index < (message.legs ?? 0); index += 1) {
      const socket = createSocket({ type: "udp4", lookup: (host, _options, done) => done(null, host, 4) });
      socket.on("message", () => {});
      await new Promise<void>((done) => socket.bind(0, "127.0.0.1", done));
      sockets.push(socket);
    }
    if (message.targets !== undefined && message.speak === true) speak(sockets, message.targets);
    process.send?.(sockets.map((socket) => socket.address().port));
  });
}

function speak(sockets: readonly ReturnType<typeof createSocket>[], targets: readonly number[]): void {
  const tone = encodeG711("alaw", sine(400, 20));
  const senders = sockets.map((_, index) => new RtpSender(new SeededRandom(index + 1)));
  const packets = sockets.map(() => new Uint8Array(172));
  const startedAt = performance.now();
  let sent = 0;
  setInterval(() => {
    const now = performance.now();
    const due = Math.floor(((now - startedAt) / 20) * sockets.length);
    for (; sent < due; sent += 1) {
      const index = sent % sockets.length;
      const packet = packets[index] as Uint8Array;
      packet.set(tone, 12);
      senders[index]?.next(packet, 8, 160, 160, now);
      sockets[index]?.send(packet, 0, 172, targets[index] ?? 0, "127.0.0.1");
    }
  }, 1);
}

function ask(child: ChildProcess, message: object): Promise<number[]> {
  return new Promise((resolve) => {
    child.once("message", (answer) => resolve(answer as number[]));
    child.send(message);
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
