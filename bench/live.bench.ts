// What screens cost: calls through a queue of 500 operators at 20 a second, first with nobody looking, then with 500 desks
// and 30 floors connected over real WebSockets. Processor time is the difference, a second of calls.
import { type ChildProcess, fork } from "node:child_process";
import { report, rounded } from "./support/figures.ts";
import { numbers, pause, quiet, Rig } from "./support/rig.ts";
import { sessionsOf } from "./support/sessions.ts";
import type { TabsFigures, TabsOrder } from "./support/tabs.ts";

const seconds = Number(process.env["BENCH_SECONDS"] ?? 10);
const runs = Number(process.env["BENCH_RUNS"] ?? 3);
const operators = Number(process.env["BENCH_OPERATORS"] ?? 500);
const floors = Number(process.env["BENCH_FLOORS"] ?? 30);
const rate = Number(process.env["BENCH_RATE"] ?? 20);
const talkMs = 5_000;
/** As many tabs as one person may have. */
const tabsPerPerson = 12;

const rig = await Rig.start({ operators });
const tabs = fork(new URL("./support/tabs.ts", import.meta.url));
try {
  await callFor(15);
  const before = await shares();
  const residentBefore = rig.residentKib();
  const opened = await openTabs(tabs);
  await pause(2_000);
  await order<TabsFigures>(tabs, { kind: "figures" });
  const after: Awaited<ReturnType<typeof share>>[] = [];
  const sent: TabsFigures[] = [];
  for (let run = 0; run < runs; run += 1) {
    await order<TabsFigures>(tabs, { kind: "figures" });
    after.push(await share());
    sent.push(await order<TabsFigures>(tabs, { kind: "figures" }));
  }
  const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
  const took = median(after.map(({ tookMs }) => tookMs)) / 1_000;
  report(
    "live",
    [
      {
        desks: operators,
        floors,
        rate,
        "% of a core without": rounded(median(before), 1),
        "% of a core with": rounded(median(after.map(({ percent }) => percent)), 1),
        "kB/s sent": rounded(median(sent.map((figures) => bytesOf(figures))) / 1_000 / took, 1),
        failures: after.reduce((sum, { failures }) => sum + failures, 0),
        "KiB resident a tab": rounded((rig.residentKib() - residentBefore) / opened, 1),
      },
    ],
    { kinds: JSON.stringify(sent.at(-1)) },
  );
} finally {
  tabs.kill();
  await rig.close();
}

async function shares(): Promise<number[]> {
  const found: number[] = [];
  for (let run = 0; run < runs; run += 1) found.push((await share()).percent);
  return found;
}

async function share(): Promise<{ readonly percent: number; readonly tookMs: number; readonly failures: number }> {
  const cpu = await callFor(seconds);
  const { callers, taken } = await rig.figures();
  return { percent: (cpu.server / cpu.tookMs) * 100, tookMs: cpu.tookMs, failures: callers.begun - taken };
}

async function callFor(forSeconds: number): Promise<Awaited<ReturnType<Rig["measured"]>>> {
  await rig.reset();
  return rig.measured(async () => {
    await rig.begin({ number: numbers.queue, count: rate * forSeconds, rate, holdMs: talkMs, ...quiet });
    await rig.settled();
  });
}

async function openTabs(child: ChildProcess): Promise<number> {
  const { items } = await rig.centre.api<{ items: readonly { id: string; login: string; roles: string[] }[] }>(
    "GET",
    "/api/config/user",
  );
  const people = items.filter((item) => /^op\d+$/.test(item.login));
  // A floor is a supervisor's: the first few are made ones, and look from several tabs.
  const supervisors = people.slice(0, Math.ceil(floors / (tabsPerPerson - 1)));
  for (const person of supervisors)
    await rig.centre.api("PUT", `/api/config/user/${person.id}`, { ...person, roles: ["operator", "supervisor"] });
  const cookies = await sessionsOf(
    rig.centre,
    people.map(({ id }) => id),
  );
  const lookers = Array.from({ length: floors }, (_, index) => cookies[index % supervisors.length] ?? "");
  await order(child, { kind: "open", url: rig.centre.url, desks: cookies, floors: lookers });
  return cookies.length + lookers.length;
}

function bytesOf(figures: TabsFigures): number {
  return Object.values(figures).reduce((sum, { bytes }) => sum + bytes, 0);
}

function order<T>(child: ChildProcess, what: TabsOrder): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once("message", (reply: { value?: T; error?: string }) =>
      reply.error === undefined ? resolve(reply.value as T) : reject(new Error(reply.error)),
    );
    child.send(what);
  });
}
