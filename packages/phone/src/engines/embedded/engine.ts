import { Worker } from "node:worker_threads";
import type { LegId, MediaCommand, MediaEngine, MediaErrorCode, MediaEvent } from "@centrala/contract";
import { assertNever, fail, ok, type Result } from "@centrala/kit";
import { Ledger } from "./ledger.ts";
import type { EngineStartCode, HostStats, WorkerOptions, WorkerReply, WorkerRequest } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import { repairRecording } from "./recording-file.ts";

export interface EmbeddedEngineOptions extends WorkerOptions {
  /** Told of bugs that were caught, for the log. */
  readonly onFault?: (message: string) => void;
}

/** Questions that wait for the worker; more are refused at once. */
const pendingMax = 10_000;
const restartPauseMs = 500;
const closeTimeoutMs = 5_000;
/** What packets leave for collection is little and gone at once: by default it may grow to 192 MB before anybody looks. */
const resourceLimits = { maxYoungGenerationSizeMb: 24 };

type Answer = Exclude<WorkerReply, { kind: "ready" | "unusable" | "event" | "readyPorts" | "fault" }>;

const noStats: HostStats = {
  legs: 0,
  packetsReceived: 0,
  packetsSent: 0,
  packetsRefused: 0,
  recordings: 0,
  commandsIgnored: 0,
};

/**
 * The engine that needs nothing installed: sockets, mixing, prompts and recordings in a worker thread of this process. When
 * the worker dies, its legs are lost with MEDIA_FAILED, its recordings are mended and closed, and a new worker takes over.
 */
export class EmbeddedEngine implements MediaEngine {
  readonly capabilities: MediaEngine["capabilities"];
  readonly #options: EmbeddedEngineOptions;
  readonly #listeners: ((event: MediaEvent) => void)[] = [];
  readonly #pending = new Map<number, (answer: Answer | undefined) => void>();
  readonly #ledger = new Ledger();
  #worker: Worker | undefined;
  readonly #outbox = new Outbox<WorkerRequest>((requests) => this.#worker?.postMessage(requests));
  /** Ports that the worker has bound ahead: a leg that takes one need not wait for it. */
  #readyPorts: number[] = [];
  #lastRequest = 0;
  #closed = false;
  /** How often a worker had to be replaced. */
  restarts = 0;

  private constructor(options: EmbeddedEngineOptions) {
    this.#options = options;
    this.capabilities = {
      webrtc: options.webRtc !== null,
      mixing: true,
      recording: true,
      transcoding: ["pcmu", "pcma"],
    };
  }

  /** Starts the worker and binds the browsers' port; a taken port is RTP_PORT_IN_USE. */
  static async start(options: EmbeddedEngineOptions): Promise<Result<EmbeddedEngine, EngineStartCode>> {
    const engine = new EmbeddedEngine(options);
    const started = await engine.#spawn();
    return started.ok ? ok(engine) : started;
  }

  async openRtpLeg(legId: LegId): Promise<Result<{ readonly port: number }, MediaErrorCode>> {
    const isNew = this.#ledger.legOpened(legId);
    const port = isNew ? this.#readyPorts.shift() : undefined;
    if (port !== undefined) {
      this.#post({ kind: "takeRtpLeg", legId, port });
      return ok({ port });
    }
    const answer = await this.#ask((request) => ({ kind: "openRtpLeg", request, legId }));
    const result = answer?.kind === "opened" ? answer.result : this.#unanswered();
    if (!result.ok) this.#ledger.legClosed(legId);
    return result;
  }

  async openWebRtcLeg(legId: LegId, sdpOffer: string): Promise<Result<{ readonly sdpAnswer: string }, MediaErrorCode>> {
    const isNew = this.#ledger.legOpened(legId);
    const answer = await this.#ask((request) => ({ kind: "openWebRtcLeg", request, legId, sdpOffer }));
    const result = answer?.kind === "answered" ? answer.result : this.#unanswered();
    // A leg that is up stays up when a further offer is refused.
    if (!result.ok && isNew) this.#ledger.legClosed(legId);
    return result;
  }

  command(command: MediaCommand): void {
    if (this.#closed) return;
    this.#ledger.commanded(command);
    if (this.#worker !== undefined) this.#post({ kind: "command", command });
    else for (const event of this.#ledger.answerWithoutWorker(command)) this.#emit(event);
  }

  onEvent(listener: (event: MediaEvent) => void): void {
    this.#listeners.push(listener);
  }

  async stats(): Promise<HostStats> {
    const answer = await this.#ask((request) => ({ kind: "stats", request }));
    return answer?.kind === "stats" ? answer.stats : noStats;
  }

  /** The addresses that browsers are told from now on, the best first. */
  setWebRtcAddresses(addresses: readonly string[]): void {
    this.#post({ kind: "setWebRtcAddresses", addresses });
  }

  /** Ends all legs, closes all recordings (their events still come) and stops the worker. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const worker = this.#worker;
    const timer = setTimeout(() => void worker?.terminate(), closeTimeoutMs);
    await this.#ask((request) => ({ kind: "close", request }));
    clearTimeout(timer);
    await worker?.terminate();
  }

  /** Ends the worker as a crash would, so that tests can see what becomes of its legs. */
  async killWorkerForTest(): Promise<void> {
    await this.#worker?.terminate();
  }

  #spawn(): Promise<Result<void, EngineStartCode>> {
    const { onFault: _onFault, ...workerData } = this.#options;
    return new Promise((resolve) => {
      // No flags of the parent are inherited: the worker needs none, and a test runner's would break it.
      const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData, execArgv: [], resourceLimits });
      worker.on("message", (messages: readonly WorkerReply[]) => {
        for (const message of messages) receive(message);
      });
      const receive = (message: WorkerReply): void => {
        if (message.kind === "ready") {
          this.#worker = worker;
          resolve(ok(undefined));
        } else if (message.kind === "unusable") {
          resolve(fail(message.code, message.message));
          void worker.terminate();
        } else this.#hear(message);
      };
      worker.on("error", (error) => this.#options.onFault?.(String(error)));
      worker.on("exit", () => {
        resolve(fail("MEDIA_FAILED", "the media worker ended while it started"));
        if (this.#worker === worker) void this.#workerLost();
      });
    });
  }

  #hear(message: Exclude<WorkerReply, { kind: "ready" | "unusable" }>): void {
    switch (message.kind) {
      case "event":
        this.#ledger.happened(message.event);
        this.#emit(message.event);
        return;
      case "readyPorts":
        this.#readyPorts.push(...message.ports);
        return;
      case "fault":
        this.#options.onFault?.(message.message);
        return;
      case "opened":
      case "answered":
      case "stats":
      case "closed": {
        const resolve = this.#pending.get(message.request);
        this.#pending.delete(message.request);
        resolve?.(message);
        return;
      }
      default:
        assertNever(message);
    }
  }

  /** Everything the worker had is told as lost; recordings keep all but their last second. */
  async #workerLost(): Promise<void> {
    this.#worker = undefined;
    this.#outbox.clear();
    this.#readyPorts = [];
    for (const resolve of this.#pending.values()) resolve(undefined);
    this.#pending.clear();
    if (this.#closed) return;
    this.restarts += 1;
    const { events, recordings } = this.#ledger.takeAll();
    for (const event of events) this.#emit(event);
    for (const { recordingId, path } of recordings) {
      const mended = await repairRecording(path);
      if (mended.ok) this.#emit({ kind: "recordingClosed", recordingId, ...mended.value });
      else this.#emit({ kind: "recordingFailed", recordingId, code: mended.code });
    }
    await this.#restart();
  }

  async #restart(): Promise<void> {
    while (!this.#closed && this.#worker === undefined) {
      const started = await this.#spawn();
      if (started.ok) return;
      this.#options.onFault?.(`the media worker could not be started again: ${started.message}`);
      await new Promise((resolve) => setTimeout(resolve, restartPauseMs));
    }
  }

  #ask(build: (request: number) => WorkerRequest): Promise<Answer | undefined> {
    if (this.#worker === undefined || this.#pending.size >= pendingMax) return Promise.resolve(undefined);
    this.#lastRequest += 1;
    const request = this.#lastRequest;
    return new Promise((resolve) => {
      this.#pending.set(request, resolve);
      this.#post(build(request));
    });
  }

  #unanswered(): { readonly ok: false; readonly code: MediaErrorCode; readonly message: string } {
    return this.#closed
      ? fail("ENGINE_CLOSED", "the media engine is closed")
      : fail("MEDIA_FAILED", "the media worker is not there now");
  }

  #post(request: WorkerRequest): void {
    if (this.#worker !== undefined) this.#outbox.post(request, !canWait(request));
  }

  #emit(event: MediaEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

/**
 * What nobody hears the delay of: a far end speaks some time after its leg is opened, what is over may be over a moment later,
 * and music that stops again at once, because somebody was free, need not begin.
 */
function canWait(request: WorkerRequest): boolean {
  if (request.kind === "takeRtpLeg") return true;
  if (request.kind !== "command") return false;
  const { command } = request;
  switch (command.kind) {
    case "setRemote":
    case "closeLeg":
    case "closeRoom":
    case "stopPlay":
    case "stopCollect":
    case "legAlive":
    case "watchLevel":
      return true;
    case "play":
      return command.loop;
    default:
      return false;
  }
}
