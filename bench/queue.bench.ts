// Calls through a queue to operators on SIP telephones: cost and latency with 50 and 500 operators, then a backlog of
// waiting callers: what waiting costs, and how long a free operator waits for the next call.
import { quantile, report, rounded, spread } from "./support/figures.ts";
import { numbers, pause, quiet, Rig } from "./support/rig.ts";

const runs = Number(process.env["BENCH_RUNS"] ?? 3);
const seconds = Number(process.env["BENCH_SECONDS"] ?? 8);
/** As in calls.bench.ts; with short talks, so that few operators are enough for many calls. */
const warmUp = { seconds: Number(process.env["BENCH_WARM_UP"] ?? 15), rate: 60, talkMs: 300 };
const waitingCallers = Number(process.env["BENCH_WAITING"] ?? 1_000);
const talkMs = 5_000;
const only = process.env["BENCH_ONLY"];
const settings = [
  { operators: 50, rate: 6 },
  { operators: 500, rate: 20 },
].filter(({ operators }) => only === undefined || only === String(operators));

const rows: Record<string, string | number>[] = [];
let backlog: Record<string, string | number> | undefined;
for (const setting of settings) {
  const rig = await Rig.start({ operators: setting.operators });
  try {
    rows.push(await measureQueue(rig, setting));
    if (setting.operators === 50) backlog = await measureBacklog(rig);
  } finally {
    await rig.close();
  }
}
report("queue", rows);
if (backlog !== undefined) report("backlog", [backlog]);

async function measureQueue(
  rig: Rig,
  setting: { readonly operators: number; readonly rate: number },
): Promise<Record<string, string | number>> {
  const totals: number[] = [];
  const servers: number[] = [];
  const p50: number[] = [];
  const p99: number[] = [];
  let failures = 0;
  await callFor(rig, warmUp.rate, warmUp.seconds, warmUp.talkMs);
  for (let run = 0; run < runs; run += 1) {
    const { cpu, figures } = await callFor(rig, setting.rate, seconds);
    const { begun } = figures.callers;
    failures += begun - figures.taken;
    totals.push((cpu.server + cpu.database) / begun);
    servers.push(cpu.server / begun);
    p50.push(quantile(figures.offerMs, 0.5));
    p99.push(quantile(figures.offerMs, 0.99));
  }
  return {
    ...setting,
    "CPU ms a call, min / median / max": spread(totals),
    "of it server": rounded(quantile(servers, 0.5)),
    "offer p50 ms": spread(p50, 1),
    "offer p99 ms": spread(p99, 1),
    failures,
  };
}

async function callFor(
  rig: Rig,
  rate: number,
  forSeconds: number,
  holdMs = talkMs,
): Promise<{ cpu: Awaited<ReturnType<Rig["measured"]>>; figures: Awaited<ReturnType<Rig["figures"]>> }> {
  await rig.reset();
  const cpu = await rig.measured(async () => {
    await rig.begin({ number: numbers.queue, count: rate * forSeconds, rate, holdMs, ...quiet });
    await rig.settled();
    await pause(1_000);
  });
  return { cpu, figures: await rig.figures() };
}

/** Operators end their calls by themselves; the time from there to the next INVITE is what a free operator waits. */
async function measureBacklog(rig: Rig): Promise<Record<string, string | number>> {
  await rig.order({ kind: "behave", phones: { ...quiet, talkMs: null }, far: { ...quiet, talkMs: null } });
  await rig.reset();
  await rig.begin({ number: numbers.queue, count: 50 + waitingCallers, rate: 100, holdMs: null, ...quiet });
  await pause(2_000);
  const silent = await rig.measured(() => pause(4_000));
  const { talking } = await rig.figures();
  await rig.order({ kind: "behave", phones: { ...quiet, talkMs }, far: { ...quiet, talkMs: null } });
  await rig.order({ kind: "phonesHangUp", overMs: talkMs });
  await pause(10_000);
  const figures = await rig.figures();
  await rig.order({ kind: "hangUp", rate: 300 });
  await rig.settled();
  return {
    waiting: talking - 50,
    "% of a core, waiting": rounded(((silent.server + silent.database) / silent.tookMs) * 100, 1),
    "free to INVITE p50 ms": rounded(quantile(figures.idleMs, 0.5), 1),
    "free to INVITE p99 ms": rounded(quantile(figures.idleMs, 0.99), 1),
    "handed out": figures.idleMs.length,
  };
}
