import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Sentence, say } from "@centrala/contract";
import { day } from "@centrala/kit";
import {
  type CustomerImport,
  centreScope,
  type ImportReport,
  type ImportState,
  isStoreError,
  noReport,
} from "@centrala/store";
import type { App } from "../app.ts";
import { HttpProblem } from "../http/errors.ts";
import type { Outside } from "../outside/outside.ts";
import { FileRefused } from "../outside/refusal.ts";
import type { ImportOptions, ListFile, PlanQuestion, Reading } from "./list.ts";

const undoDays = 30;
const batchRows = 250;
/** Numbers of batches after which the planner is told anew: each time the tables are several times as large. */
const analyseAfter: ReadonlySet<number> = new Set([4, 16, 64, 256]);
/** Questions of a check, of 500 rows each, from one note of progress to the next. */
const progressEvery = 4;
const filesMax = 20;
const fileKeptMs = day;
const safeId = /^[0-9a-f-]{36}$/;

type ImportChange = Parameters<App["store"]["customerImports"]["change"]>[2];
type Job = { readonly stop: AbortController; readonly ended: Promise<void> };

/**
 * Imports of customers on their way: a file waits in the data folder, is read and planned in a worker, and its cards are
 * stored in small transactions, so that nothing else waits. What happened stands in the database.
 */
export class CustomerImports {
  readonly #app: App;
  readonly #outside: Outside;
  readonly #jobs = new Map<string, Job>();
  readonly #files = new Map<string, { readonly centreId: string; readonly name: string; readonly until: number }>();
  #emptied: Promise<void> | undefined;

  constructor(app: App, outside: Outside) {
    this.#app = app;
    this.#outside = outside;
  }

  /** Takes a file and shows how it is read. @throws FileRefused */
  async take(
    centreId: string,
    id: string,
    file: { readonly name: string; readonly bytes: Uint8Array },
    madeBy: string,
    options: ImportOptions,
  ): Promise<Reading> {
    await this.#forgetFiles(centreId);
    await mkdir(this.#folder(), { recursive: true, mode: 0o700 });
    const name = file.name.slice(0, 200);
    this.#files.set(id, { centreId, name, until: this.#app.clock() + fileKeptMs });
    try {
      await writeFile(this.#path(id), file.bytes, { mode: 0o600 });
      const reading = await this.read(id, options);
      await this.#app.store.customerImports.create(centreScope(centreId), { id, fileName: name, madeBy });
      return reading;
    } catch (error) {
      await this.#drop(id);
      throw error;
    }
  }

  read(id: string, options: ImportOptions): Promise<Reading> {
    return this.#outside.run("listReading", this.#listFile(id, options));
  }

  /** Whether the file is still there; it is kept for a day. */
  has(id: string): boolean {
    return this.#files.has(id);
  }

  runs(id: string): boolean {
    return this.#jobs.has(id);
  }

  /** Begins to decide about each row. */
  async check(centreId: string, id: string, options: ImportOptions): Promise<void> {
    const { customerImports } = this.#app.store;
    const file = this.#listFile(id, options);
    const first = { state: "checking", done: 0, total: 0, clientId: options.clientId } as const;
    await this.#begin(centreId, id, first, async (signal) => {
      await customerImports.clearRows(centreScope(centreId), id);
      let asked = 0;
      const onAsk = async (question: unknown): Promise<unknown> => {
        const said = question as PlanQuestion;
        if (said.kind === "known") {
          asked += 1;
          if (asked % progressEvery === 1) await customerImports.change(centreScope(centreId), id, { done: said.rows });
          return customerImports.known(centreScope(centreId), options.clientId, said.handles);
        }
        await customerImports.addRows(centreScope(centreId), id, said.text);
        return null;
      };
      const { rows, ...outcome } = await this.#outside.run("listPlan", file, { onAsk, signal });
      const report: ImportReport = { ...noReport, ...outcome };
      await customerImports.change(centreScope(centreId), id, { state: "checked", total: rows, done: 0, report });
    });
  }

  /** Begins, or goes on, to store the cards of a checked import. `onChanged` is told now and then that customers changed. */
  async run(centreId: string, before: CustomerImport, onChanged: () => void): Promise<void> {
    const { customerImports } = this.#app.store;
    const { id } = before;
    const report = { ...before.report, failure: null, undoUntil: this.#app.clock() + undoDays * day };
    await this.#begin(centreId, id, { state: "running", report }, async (signal) => {
      for (let batches = 1; ; batches += 1) {
        signal.throwIfAborted();
        const outcome = await customerImports.applyNext(centreScope(centreId), id, batchRows);
        if (outcome.rows === 0) break;
        // The planner takes young tables for nearly empty until it is told.
        if (analyseAfter.has(batches)) await customerImports.analyse();
        if (batches % 16 === 0) onChanged();
      }
      await customerImports.change(centreScope(centreId), id, { state: "done", done: before.total });
      await this.#drop(id);
      onChanged();
    });
  }

  async undo(centreId: string, before: CustomerImport, onChanged: () => void): Promise<void> {
    const { customerImports } = this.#app.store;
    const { id } = before;
    await this.#begin(centreId, id, { state: "undoing", done: 0 }, async (signal) => {
      for (;;) {
        signal.throwIfAborted();
        const outcome = await customerImports.undoNext(centreScope(centreId), id, batchRows);
        if (outcome.cards === 0) break;
      }
      await customerImports.change(centreScope(centreId), id, { state: "undone" });
      onChanged();
    });
  }

  /** Ends what runs of an import and waits for its last batch. */
  async stop(id: string): Promise<void> {
    const job = this.#jobs.get(id);
    job?.stop.abort(new Error("stopped"));
    await job?.ended;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#jobs.keys()].map((id) => this.stop(id)));
  }

  /** Of two at once (two presses, a run and its undo) one begins. @throws CONFLICT for the other */
  async #begin(
    centreId: string,
    id: string,
    first: ImportChange,
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    if (this.#jobs.has(id)) throw new HttpProblem("CONFLICT");
    const stop = new AbortController();
    const begun = this.#app.store.customerImports.change(centreScope(centreId), id, first);
    const ended = begun
      .then(() => work(stop.signal))
      .catch((error: unknown) => this.#failed(centreId, id, error, stop.signal.aborted))
      .finally(() => this.#jobs.delete(id));
    this.#jobs.set(id, { stop, ended });
    await begun;
  }

  async #failed(centreId: string, id: string, error: unknown, stopped: boolean): Promise<void> {
    // What was stopped stands where it was: a row that is stored is not stored again.
    if (stopped) return;
    const { code, params } = whyFailed(error);
    const said = { code, params };
    this.#app.log.warn({ centreId, importId: id, err: String(error) }, "an import did not finish");
    const { customerImports } = this.#app.store;
    const state: ImportState = "failed";
    const now = await customerImports.get(centreScope(centreId), id).catch(() => undefined);
    if (now !== undefined)
      await customerImports
        .change(centreScope(centreId), id, { state, report: { ...now.report, failure: said } })
        .catch((failure: unknown) => this.#app.log.warn({ err: String(failure) }, "an import's end was not written"));
  }

  #listFile(id: string, options: ImportOptions): ListFile {
    return { path: this.#path(id), name: this.#files.get(id)?.name ?? "", options };
  }

  #folder(): string {
    return join(this.#app.places.data, "imports");
  }

  #path(id: string): string {
    if (!safeId.test(id)) throw new Error(`not a name for a file: ${id}`);
    return join(this.#folder(), id);
  }

  async #drop(id: string): Promise<void> {
    this.#files.delete(id);
    await rm(this.#path(id), { force: true });
  }

  /** Files of yesterday, those of a centre above twenty, and after a restart all: nobody waits for them any more. */
  async #forgetFiles(centreId: string): Promise<void> {
    this.#emptied ??= rm(this.#folder(), { recursive: true, force: true });
    await this.#emptied;
    const now = this.#app.clock();
    let own = [...this.#files.values()].filter((file) => file.centreId === centreId).length;
    for (const [id, file] of this.#files) {
      const tooMany = file.centreId === centreId && own >= filesMax;
      if (this.runs(id) || (file.until > now && !tooMany)) continue;
      if (file.centreId === centreId) own -= 1;
      await this.#drop(id);
    }
  }
}

/** What is no fault of the file must not be put down to it. */
function whyFailed(error: unknown): Sentence {
  if (error instanceof FileRefused) return error.said;
  if (isDiskFull(error)) return say("IMPORT_DISK_FULL");
  return isStoreError(error) ? say("IMPORT_INTERRUPTED") : say("FILE_DAMAGED");
}

function isDiskFull(error: unknown): boolean {
  const code = (error as { readonly code?: unknown }).code;
  return code === "DISK_FULL" || code === "ENOSPC" || code === "EDQUOT";
}
