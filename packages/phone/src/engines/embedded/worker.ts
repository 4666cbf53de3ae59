import { parentPort, workerData } from "node:worker_threads";
import { assertNever, required } from "@centrala/kit";
import { MediaHost, monotonicNow, systemEntropy } from "./host.ts";
import type { WorkerOptions, WorkerReply, WorkerRequest } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import { putThreadFirst } from "./priority.ts";
import { WebRtcMux } from "./webrtc/index.ts";

// The media worker: owns all sockets and timers of the engine; the main thread never sees a packet.
const port = required(parentPort, "the parent's port");
const outbox = new Outbox<WorkerReply>((replies) => port.postMessage(replies));
const options = workerData as WorkerOptions;
const host = new MediaHost(options, (event) => reply({ kind: "event", event }), fault);
const mux = options.webRtc === null ? undefined : webRtcMux(options.webRtc);

putThreadFirst();

// Until the browsers' port is bound, requests wait in the message port.
const started = await mux?.start();
if (started !== undefined && !started.ok) {
  reply({ kind: "unusable", code: started.code, message: started.message });
} else {
  if (mux !== undefined) {
    host.attachWebRtc({
      open: (legId, sdpOffer) => mux.open(legId, sdpOffer),
      close: (legId) => mux.close(legId),
      send: (legId, packet, length) => void mux.send(legId, packet, length),
    });
  }
  port.on("message", (requests: readonly WorkerRequest[]) => {
    for (const request of requests) void handle(request).catch(fault);
  });
  reply({ kind: "ready" });
  await preparePorts();
}

async function preparePorts(): Promise<void> {
  const ports = await host.preparePorts();
  if (ports.length > 0) reply({ kind: "readyPorts", ports });
}

function webRtcMux(webRtc: NonNullable<WorkerOptions["webRtc"]>): WebRtcMux {
  return new WebRtcMux({
    port: options.ports.first,
    bindAddresses: webRtcBinds(options.bindAddress),
    addresses: webRtc.addresses,
    certificate: webRtc.certificate,
    entropy: systemEntropy,
    clock: monotonicNow,
    onRtp: (legId, packet, length) => host.webRtcReceived(legId, packet, length),
    onState: (legId, state, reason) => host.webRtcChanged(legId, state, reason),
    onFault: fault,
  });
}

/** "::" is all addresses of both families; one of IPv6 leaves this computer's own pages the loopback. */
function webRtcBinds(bind: string): string[] {
  if (!bind.includes(":")) return [bind];
  return bind === "::" ? ["0.0.0.0", "::"] : ["127.0.0.1", bind];
}

async function handle(request: WorkerRequest): Promise<void> {
  switch (request.kind) {
    case "command":
      host.command(request.command);
      return;
    case "openRtpLeg":
      reply({ kind: "opened", request: request.request, result: await host.openRtpLeg(request.legId) });
      await preparePorts();
      return;
    case "takeRtpLeg":
      host.takeRtpLeg(request.legId, request.port);
      await preparePorts();
      return;
    case "openWebRtcLeg": {
      const result = await host.openWebRtcLeg(request.legId, request.sdpOffer);
      reply({ kind: "answered", request: request.request, result });
      return;
    }
    case "stats":
      reply({ kind: "stats", request: request.request, stats: host.stats() });
      return;
    case "setWebRtcAddresses":
      mux?.setAddresses(request.addresses);
      return;
    case "close":
      await host.close();
      await mux?.close();
      reply({ kind: "closed", request: request.request });
      setImmediate(() => port.close());
      return;
    default:
      assertNever(request);
  }
}

function fault(error: unknown): void {
  reply({ kind: "fault", message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}

function reply(message: WorkerReply): void {
  outbox.post(message, !canWait(message));
}

/** What nobody waits for: figures, and the ends of what was ended from there. */
function canWait(message: WorkerReply): boolean {
  if (message.kind === "readyPorts") return true;
  if (message.kind !== "event") return false;
  const { event } = message;
  switch (event.kind) {
    case "quality":
    case "level":
      return true;
    case "playEnded":
      return event.reason === "stopped";
    case "keysCollected":
      return event.outcome === "cancelled";
    default:
      return false;
  }
}
