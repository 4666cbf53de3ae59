// What a call costs the server: answered and held, bridged to a second carrier, and the memory of a held call.
import { median, report, rounded, spread } from "./support/figures.ts";
import { numbers, pause, quiet, Rig } from "./support/rig.ts";

const runs = Number(process.env["BENCH_RUNS"] ?? 3);
const seconds = Number(process.env["BENCH_SECONDS"] ?? 6);
/** A server runs for months: its first seconds, in which its code is compiled, are not what a call costs. */
const warmUpSeconds = Number(process.env["BENCH_WARM_UP"] ?? 15);
const heldCalls = Number(process.env["BENCH_HELD"] ?? 1_000);

type Kind = { readonly name: string; readonly number: string; readonly rate: number };
const kinds: readonly Kind[] = [
  { name: "answered", number: numbers.held, rate: 150 },
  { name: "bridged", number: numbers.bridged, rate: 80 },
];
const only = process.env["BENCH_ONLY"];

const rig = await Rig.start();
try {
  const rows: Record<string, string | number>[] = [];
  for (const kind of kinds.filter(({ name }) => only === undefined || only === name))
    rows.push(await measureKind(kind));
  report("calls", rows);
  if (only === undefined || only === "memory") report("memory", [await measureMemory()]);
} finally {
  await rig.close();
}

async function measureKind(kind: Kind): Promise<Record<string, string | number>> {
  const totals: number[] = [];
  const servers: number[] = [];
  const databases: number[] = [];
  const answers: number[] = [];
  let failures = 0;
  await callFor(kind, warmUpSeconds);
  for (let run = 0; run < runs; run += 1) {
    const { cpu, figures } = await callFor(kind, seconds);
    const { begun, answered, answerMs } = figures.callers;
    failures += begun - answered;
    servers.push(cpu.server / begun);
    databases.push(cpu.database / begun);
    totals.push((cpu.server + cpu.database) / begun);
    answers.push(...answerMs);
  }
  return {
    call: kind.name,
    rate: kind.rate,
    "CPU ms, min / median / max": spread(totals),
    "of it server": rounded(median(servers)),
    "of it database": rounded(median(databases)),
    "answer p50 ms": rounded(median(answers), 1),
    failures,
  };
}

async function callFor(
  kind: Kind,
  forSeconds: number,
): Promise<{ cpu: Awaited<ReturnType<Rig["measured"]>>; figures: Awaited<ReturnType<Rig["figures"]>> }> {
  await rig.reset();
  const cpu = await rig.measured(async () => {
    await rig.begin({ number: kind.number, count: kind.rate * forSeconds, rate: kind.rate, holdMs: 200, ...quiet });
    await rig.settled();
    // The journal's and the trace's last writes belong to the calls.
    await pause(1_000);
  });
  return { cpu, figures: await rig.figures() };
}

/** Growth of resident memory over held calls, in a fresh process. */
async function measureMemory(): Promise<Record<string, string | number>> {
  await rig.centre.stop();
  await rig.centre.start();
  await callFor({ name: "warm", number: numbers.held, rate: 50 }, 1);
  const before = rig.residentKib();
  await rig.reset();
  await rig.begin({ number: numbers.held, count: heldCalls, rate: 100, holdMs: null, ...quiet });
  await pause(3_000);
  const after = rig.residentKib();
  const { talking } = await rig.figures();
  const waiting = await rig.measured(() => pause(4_000));
  await rig.order({ kind: "hangUp", rate: 200 });
  await rig.settled();
  return {
    "held calls": talking,
    "idle MiB": rounded(before / 1_024, 0),
    "KiB a held call": rounded((after - before) / Math.max(1, talking), 0),
    "% of a core while held": rounded(((waiting.server + waiting.database) / waiting.tookMs) * 100, 1),
  };
}
