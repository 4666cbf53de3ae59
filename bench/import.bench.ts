// A list of 100,000 customers while calls run: rows a second read and checked, stored, and taken back; memory of the server's
// process and of the one that reads the file; how long callers wait for their answer meanwhile, and without an import.
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { quantile, report, rounded } from "./support/figures.ts";
import { cpuTime, residentKib } from "./support/processes.ts";
import { numbers, quiet, Rig } from "./support/rig.ts";

const rows = Number(process.env["BENCH_ROWS"] ?? 100_000);
/** Calls that begin in a second, each held 2 s. */
const rate = Number(process.env["BENCH_RATE"] ?? 5);
const warmUpSeconds = Number(process.env["BENCH_WARM_UP"] ?? 15);
const quietSeconds = Number(process.env["BENCH_SECONDS"] ?? 10);

type State = { state: string; total: number; done: number; made: number; kept: number; figures: unknown };
type Phase = { readonly name: string; readonly begin: () => Promise<unknown>; readonly end: string };

const rig = await Rig.start();
try {
  const { id, options } = await upload(listOf(rows));
  const act = (what: string, body?: unknown) => () => rig.centre.api("POST", `/api/imports/${id}/${what}`, body);
  const phases: readonly Phase[] = [
    { name: "read and checked", begin: act("check", options), end: "checked" },
    { name: "stored", begin: act("run"), end: "done" },
    { name: "taken back", begin: act("undo"), end: "undone" },
  ];
  await callsWhile(() => delay(warmUpSeconds * 1_000));
  const table = [await measured("no import", () => delay(quietSeconds * 1_000), null)];
  for (const phase of phases) table.push(await measured(phase.name, () => run(phase), rows));
  const state = await rig.centre.api<State>("GET", `/api/imports/${id}`);
  if (state.total !== rows || state.made !== rows || state.kept !== 0)
    throw new Error(`rows are missing: ${JSON.stringify(state)}`);
  report("import", table, { rows, "calls a second": rate });

  async function run(phase: Phase): Promise<void> {
    await phase.begin();
    for (;;) {
      const { state: now } = await rig.centre.api<State>("GET", `/api/imports/${id}`);
      if (now === phase.end) return;
      if (["failed", "stopped"].includes(now)) throw new Error(`the import is ${now}`);
      await delay(100);
    }
  }
} finally {
  await rig.close();
}

async function measured(what: string, work: () => Promise<unknown>, counted: number | null) {
  const memory = { server: [] as number[], reader: [] as number[] };
  const watch = setInterval(() => {
    memory.server.push(residentKib(rig.centre.pid));
    for (const pid of childrenOf(rig.centre.pid)) memory.reader.push(residentKib(pid));
  }, 100);
  const before = cpuTime(rig.centre.pid, rig.centre.postmasterPid ?? 0);
  const startedAt = performance.now();
  let tookMs = 0;
  const figures = await callsWhile(async () => {
    await work();
    tookMs = performance.now() - startedAt;
  });
  clearInterval(watch);
  const after = cpuTime(rig.centre.pid, rig.centre.postmasterPid ?? 0);
  const { begun, answered, answerMs } = figures.callers;
  return {
    phase: what,
    seconds: rounded(tookMs / 1_000, 1),
    "rows/s": counted === null ? "" : Math.round((counted / tookMs) * 1_000),
    "CPU server / database, s": `${rounded((after.server - before.server) / 1_000, 1)} / ${rounded((after.database - before.database) / 1_000, 1)}`,
    "RSS server, MiB, min / max": spanOf(memory.server),
    "RSS reader, MiB, max": memory.reader.length === 0 ? "" : mib(Math.max(...memory.reader)),
    "answer p50 / p99 / max, ms": [0.5, 0.99, 1].map((share) => rounded(quantile(answerMs, share), 1)).join(" / "),
    "calls, not answered": `${begun}, ${begun - answered}`,
  };
}

/** Calls come in for as long as the work lasts. */
async function callsWhile(work: () => Promise<unknown>) {
  await rig.reset();
  let over = false;
  const working = work().finally(() => {
    over = true;
  });
  while (!over) {
    await rig.begin({ number: numbers.held, count: 1, rate, holdMs: 2_000, ...quiet });
    await delay(1_000 / rate);
  }
  await working;
  await rig.settled();
  return rig.figures();
}

/** The processes that read files; the postmaster lives apart. */
function childrenOf(parent: number): number[] {
  return readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "latin1");
      const [name, rest] = [
        stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")")),
        stat.slice(stat.lastIndexOf(")") + 2),
      ];
      return name !== "postgres" && Number(rest.split(" ")[1]) === parent ? [Number(entry)] : [];
    } catch {
      return [];
    }
  });
}

function spanOf(kib: readonly number[]): string {
  return `${mib(Math.min(...kib))} / ${mib(Math.max(...kib))}`;
}

function mib(kib: number): number {
  return Math.round(kib / 1_024);
}

async function upload(text: string) {
  const form = new FormData();
  form.append("file", new Blob([text]), "customers.csv");
  const response = await fetch(`${rig.centre.url}/api/imports`, {
    method: "POST",
    headers: { cookie: rig.centre.manager, origin: rig.centre.url },
    body: form,
  });
  if (!response.ok) throw new Error(`the list was refused: ${await response.text()}`);
  return (await response.json()) as { id: string; options: object };
}

/** A list as companies have it: names of two words and a number, a firm in every third row, a telephone, an address. */
function listOf(count: number): string {
  const first = ["Иван", "Мария", "Георги", "Елена", "Петър", "Десислава", "Николай", "Олга"];
  const last = ["Петров", "Иванова", "Георгиев", "Димитрова", "Стоянов", "Николова", "Тодоров"];
  const lines = ["Име;Фамилия;Фирма;Телефон;Имейл;Бележка"];
  for (let row = 0; row < count; row += 1) {
    const phone = `088 ${String(8_000_000 + (row % 1_000_000)).replace(/(\d{3})(\d{4})/, "$1 $2")}`;
    const firm = row % 3 === 0 ? `Зора ${row % 997} ООД` : "";
    lines.push(`${first[row % 8]};${last[row % 7]} ${row};${firm};${phone};client${row}@example.bg;`);
  }
  return `${lines.join("\r\n")}\r\n`;
}
