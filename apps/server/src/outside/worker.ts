// One task on one file from outside, in a process with limits of its own (outside.ts); what it says last is its answer.
import type { WorkerWord } from "./outside.ts";
import { FileRefused } from "./refusal.ts";
import { type Ask, isTaskName, loadTask } from "./tasks.ts";

const asked = new Map<number, (answer: unknown) => void>();
let requests = 0;

const say = (word: WorkerWord): void => void process.send?.(word);
const ask: Ask = (question) =>
  new Promise((resolve) => {
    requests += 1;
    asked.set(requests, resolve);
    say({ kind: "ask", request: requests, question });
  });
type FromParent =
  | { readonly request: number; readonly answer: unknown }
  | { readonly name: string; readonly input: unknown };

process.on("message", (message: FromParent) => {
  if ("name" in message) return void work(message.name, message.input);
  asked.get(message.request)?.(message.answer);
  asked.delete(message.request);
});
// The server is gone: nobody waits for the file any more.
process.on("disconnect", () => process.exit());

async function work(name: string, input: unknown): Promise<void> {
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
}
