import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import { say } from "@centrala/contract";
import { type FileRefusal, FileRefused } from "./refusal.ts";
import { type TaskAnswer, type TaskInput, type TaskName, tasks } from "./tasks.ts";

/** A task that gets no processor is waited for as many times as long. */
const busyWaitsMax = 4;
const tickMs = 10;

/** What the worker of a task says. */
export type WorkerWord =
  | { readonly kind: "done"; readonly answer: unknown }
  | { readonly kind: "refused"; readonly refusal: FileRefusal }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "ask"; readonly request: number; readonly question: unknown };

export type RunOptions = {
  /** Answers what the task asks while it runs; its work stands still meanwhile. */
  readonly onAsk?: (question: unknown) => Promise<unknown>;
  /** Ends the task: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
};

export type OutsideOptions = {
  /** Tasks that wait in a lane before the next one is refused. */
  readonly waitingMax?: number;
  readonly onFault?: (task: string, message: string) => void;
};

type Waiting = { readonly start: () => void };
type Lane = { running: boolean; readonly waiting: Waiting[] };

/**
 * Work on files that strangers made: each runs in a process of its own with a limit of memory and time, one at a time in
 * its lane, so that the worst a file can do is to be refused.
 */
export class Outside {
  readonly #waitingMax: number;
  readonly #onFault: (task: string, message: string) => void;
  readonly #lanes = { short: newLane(), long: newLane() };
  readonly #workers = new Set<ChildProcess>();
  #closed = false;

  constructor(options: OutsideOptions = {}) {
    this.#waitingMax = options.waitingMax ?? 16;
    this.#onFault = options.onFault ?? (() => undefined);
  }

  /**
   * Runs a named task in a worker.
   * @throws FileRefused with what the task refused; TOO_LARGE when it would need more memory or time than it may have;
   *   OVERLOADED when too many wait
   */
  async run<Name extends TaskName>(
    name: Name,
    input: TaskInput<Name>,
    options: RunOptions = {},
  ): Promise<TaskAnswer<Name>> {
    const lane = this.#lanes[tasks[name].lane];
    await this.#turn(lane, options.signal);
    try {
      return (await this.#work(name, input, options)) as TaskAnswer<Name>;
    } finally {
      const next = lane.waiting.shift();
      lane.running = next !== undefined;
      next?.start();
    }
  }

  /** Ends what runs and takes nothing new. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const worker of this.#workers) worker.kill("SIGKILL");
  }

  #turn(lane: Lane, signal: AbortSignal | undefined): Promise<void> {
    if (!lane.running) {
      lane.running = true;
      return Promise.resolve();
    }
    if (lane.waiting.length >= this.#waitingMax)
      return Promise.reject(new FileRefused("OVERLOADED", say("FILES_WAITING")));
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { start: resolve };
      lane.waiting.push(waiting);
      signal?.addEventListener("abort", () => {
        const place = lane.waiting.indexOf(waiting);
        if (place < 0) return;
        lane.waiting.splice(place, 1);
        reject(signal.reason);
      });
    });
  }

  #work(name: TaskName, input: unknown, { onAsk, signal }: RunOptions): Promise<unknown> {
    if (this.#closed) return Promise.reject(new FileRefused("OVERLOADED", say("FILES_WAITING")));
    const { lane, memoryMb, timeoutMs } = tasks[name];
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const worker = fork(fileURLToPath(new URL("./worker.ts", import.meta.url)), [], {
        // No flags of the parent are inherited: a test runner's would break it. Nor are its settings and secrets.
        execArgv: [
          `--max-old-space-size=${memoryMb}`,
          "--no-memory-protection-keys",
          "--disable-warning=ExperimentalWarning",
        ],
        env: {},
        serialization: "advanced",
        stdio: ["ignore", "ignore", "ignore", "ipc"],
      });
      // Calls come first where there are few processors; a short task has too little time to wait for them.
      if (lane === "long" && worker.pid !== undefined) lowerPriority(worker.pid);
      this.#workers.add(worker);
      let ended = false;
      const end = (settle: () => void): void => {
        if (ended) return;
        ended = true;
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        this.#workers.delete(worker);
        worker.kill("SIGKILL");
        settle();
      };
      const tooHeavy = (): void => end(() => reject(new FileRefused("TOO_LARGE", say("FILE_TOO_HEAVY"))));
      const abort = (): void => end(() => reject(signal?.reason));
      let waits = 0;
      const late = (): void => {
        waits += 1;
        // Where the machine is busy with calls, a task has got less than the time that it may take.
        if (waits >= busyWaitsMax || (cpuMsOf(worker.pid) ?? timeoutMs) >= timeoutMs / 2) return tooHeavy();
        timer = setTimeout(late, timeoutMs);
      };
      let timer = setTimeout(late, timeoutMs);
      signal?.addEventListener("abort", abort);
      worker.on("message", (word: WorkerWord) => {
        switch (word.kind) {
          case "done":
            return end(() => resolve(word.answer));
          case "refused":
            return end(() => reject(refusedOf(word.refusal)));
          case "failed":
            this.#onFault(name, word.message);
            return end(() => reject(new FileRefused("UNSUPPORTED_FILE", say("FILE_DAMAGED"))));
          case "ask":
            (onAsk ?? refuseToAnswer)(word.question).then(
              (answer) => void (worker.connected && worker.send({ request: word.request, answer })),
              (error: unknown) => end(() => reject(error)),
            );
        }
      });
      worker.on("error", (error) => {
        this.#onFault(name, String(error));
        end(() => reject(new FileRefused("OVERLOADED", say("FILES_WAITING"))));
      });
      // Whatever ends it by itself (mostly its limit of memory) is the file's doing.
      worker.on("exit", tooHeavy);
      worker.send({ name, input });
    });
  }
}

/** Processor time that a process has had, where the system tells it (Linux). */
function cpuMsOf(pid: number | undefined): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * tickMs;
  } catch {
    return null;
  }
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already, or the system does not permit it.
  }
}

function newLane(): Lane {
  return { running: false, waiting: [] };
}

function refusedOf({ code, said }: FileRefusal): FileRefused {
  return new FileRefused(code, said);
}

function refuseToAnswer(): Promise<never> {
  return Promise.reject(new Error("the task asks, and nobody answers"));
}
