import { Worker } from "node:worker_threads";
import { assertNever, fail, type Instant, ok, type Result } from "@centrala/kit";
import type { DtlsWorkerData, FromDtlsWorker, ToDtlsWorker } from "./dtls-messages.ts";
import type { DtlsCertificate, DtlsKeys } from "./dtls-session.ts";

/** Handshakes under way at a time; a browser whose datagrams are left out repeats them. */
export const handshakesMax = 32;
/** A handshake takes a few round trips; repetitions after losses come at 1, 2 and 4 s. */
export const handshakeTimeoutMs = 15_000;
const restartPauseMs = 1_000;

/** Who wants to know what becomes of one session. */
export interface DtlsListener {
  dtlsSend(datagram: Uint8Array): void;
  dtlsConnected(keys: DtlsKeys): void;
  dtlsFailed(code: string, message: string): void;
  dtlsClosed(): void;
}

interface Session {
  readonly listener: DtlsListener;
  /** Undefined when the session is up. */
  deadline: Instant | undefined;
}

/** The near end of the DTLS worker: sessions by number, their limits, and a new worker when one died. */
export class DtlsThread {
  readonly #clock: () => Instant;
  readonly #guard: (work: () => void) => void;
  readonly #sessions = new Map<number, Session>();
  #certificate: DtlsCertificate | undefined;
  #worker: Worker | undefined;
  #lastSession = 0;
  #handshaking = 0;
  #restartAt: Instant | undefined;
  #closed = false;
  restarts = 0;

  /**
   * @param certificate undefined to make a new one at the first start
   * @param guard runs what a message of the worker causes, and keeps a bug in it from ending the thread
   */
  constructor(clock: () => Instant, certificate: DtlsCertificate | undefined, guard: (work: () => void) => void) {
    this.#clock = clock;
    this.#guard = guard;
    this.#certificate = certificate;
  }

  get handshaking(): number {
    return this.#handshaking;
  }

  /** Starts the worker; gives the certificate's fingerprint as a=fingerprint writes it. */
  start(): Promise<Result<string, "DTLS_UNUSABLE">> {
    return new Promise((resolve) => {
      this.#spawn((result) => resolve(result));
    });
  }

  /** Ends the worker; no listener is told anything afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#sessions.clear();
    await this.#worker?.terminate();
  }

  /** The number of a new session, undefined when {@link handshakesMax} are under way or the worker is being replaced. */
  open(fingerprint: string, listener: DtlsListener): number | undefined {
    if (this.#handshaking >= handshakesMax || this.#worker === undefined) return undefined;
    this.#lastSession += 1;
    this.#handshaking += 1;
    this.#sessions.set(this.#lastSession, { listener, deadline: this.#clock() + handshakeTimeoutMs });
    this.#tell({ kind: "open", session: this.#lastSession, fingerprint });
    return this.#lastSession;
  }

  /** Passes a copy of a datagram on. */
  receive(session: number, datagram: Uint8Array): void {
    if (this.#sessions.has(session)) this.#tell({ kind: "datagram", session, bytes: new Uint8Array(datagram) });
  }

  /** Idempotent. */
  end(session: number): void {
    const known = this.#sessions.get(session);
    if (known === undefined) return;
    this.#settle(known);
    this.#sessions.delete(session);
    this.#tell({ kind: "close", session });
  }

  /** Call twice a second or so: ends handshakes that take too long, and replaces a dead worker. */
  poll(now: Instant): void {
    for (const [session, { deadline, listener }] of this.#sessions) {
      if (deadline === undefined || now < deadline) continue;
      this.end(session);
      listener.dtlsFailed("DTLS_TIMEOUT", "the handshake took too long");
    }
    if (this.#restartAt !== undefined && now >= this.#restartAt) {
      this.#restartAt = undefined;
      this.restarts += 1;
      this.#spawn(() => {});
    }
  }

  #spawn(settled: (result: Result<string, "DTLS_UNUSABLE">) => void): void {
    const workerData: DtlsWorkerData = { certificate: this.#certificate };
    // No flags of the parent are inherited: the worker needs none, and a test runner's would break it.
    const worker = new Worker(new URL("./dtls-worker.ts", import.meta.url), {
      workerData,
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: 24 },
    });
    worker.on("message", (message: FromDtlsWorker) => {
      if (message.kind === "ready") {
        this.#certificate = message.certificate;
        this.#worker = worker;
        settled(ok(message.fingerprint));
      } else if (message.kind === "unusable") {
        // The same certificate would be as unusable for the next worker.
        this.#closed = true;
        settled(fail("DTLS_UNUSABLE", message.message));
        void worker.terminate();
      } else this.#guard(() => this.#hear(message));
    });
    worker.on("error", (error) => settled(fail("DTLS_UNUSABLE", String(error))));
    worker.on("exit", () => {
      settled(fail("DTLS_UNUSABLE", "the worker ended"));
      this.#guard(() => this.#lost());
    });
  }

  /** Sessions that are up keep their keys and go on; handshakes are lost and begin again at the browser's next offer. */
  #lost(): void {
    this.#worker = undefined;
    if (this.#closed) return;
    this.#restartAt = this.#clock() + restartPauseMs;
    for (const [number, session] of this.#sessions) {
      this.#sessions.delete(number);
      if (session.deadline === undefined) continue;
      this.#settle(session);
      session.listener.dtlsFailed("DTLS_WORKER_LOST", "the handshake's worker ended");
    }
  }

  #hear(message: Exclude<FromDtlsWorker, { kind: "ready" | "unusable" }>): void {
    const session = this.#sessions.get(message.session);
    if (session === undefined) return;
    switch (message.kind) {
      case "send":
        session.listener.dtlsSend(message.bytes);
        return;
      case "outcome":
        this.#takeOutcome(message, session);
        return;
      default:
        assertNever(message);
    }
  }

  #takeOutcome({ outcome, session: number }: Extract<FromDtlsWorker, { kind: "outcome" }>, session: Session): void {
    this.#settle(session);
    switch (outcome.kind) {
      case "connected":
        session.listener.dtlsConnected(outcome.keys);
        return;
      case "failed":
        this.end(number);
        session.listener.dtlsFailed(outcome.code, outcome.message);
        return;
      case "closed":
        this.end(number);
        session.listener.dtlsClosed();
        return;
      default:
        assertNever(outcome);
    }
  }

  #settle(session: Session): void {
    if (session.deadline === undefined) return;
    session.deadline = undefined;
    this.#handshaking -= 1;
  }

  #tell(message: ToDtlsWorker): void {
    this.#worker?.postMessage(message);
  }
}
