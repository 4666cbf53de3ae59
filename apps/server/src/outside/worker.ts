// One task on one file from outside, in a thread with limits of its own (outside.ts); what it says last is its answer.
import { parentPort, workerData } from "node:worker_threads";
import type { WorkerWord } from "./outside.ts";
import { FileRefused } from "./refusal.ts";
import { type Ask, isTaskName, loadTask } from "./tasks.ts";

const port = parentPort;
if (port === null) throw new Error("runs as a worker only");
const asked = new Map<number, (answer: unknown) => void>();
let requests = 0;

const say = (word: WorkerWord): void => port.postMessage(word);
const ask: Ask = (question) =>
  new Promise((resolve) => {
    requests += 1;
    asked.set(requests, resolve);
    say({ kind: "ask", request: requests, question });
  });
port.on("message", ({ request, answer }: { readonly request: number; readonly answer: unknown }) => {
  asked.get(request)?.(answer);
  asked.delete(request);
});

const { name, input } = workerData as { readonly name: string; readonly input: unknown };
try {
  if (!isTaskName(name)) throw new Error(`there is no task ${name}`);
  const task = await loadTask(name);
  say({ kind: "done", answer: await task(input, ask) });
} catch (error) {
  if (error instanceof FileRefused) {
    const { code, params, message } = error.said;
    say({ kind: "refused", refusal: { code: error.code, said: { code, params, message } } });
  } else say({ kind: "failed", message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
