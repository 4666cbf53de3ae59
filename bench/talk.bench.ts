// Sound through the whole server: bridged calls forwarded, and recorded as well, and music for callers who wait.
import { quantile, report, rounded, spread } from "./support/figures.ts";
import { numbers, pause, Rig } from "./support/rig.ts";

const runs = Number(process.env["BENCH_RUNS"] ?? 3);
const seconds = Number(process.env["BENCH_SECONDS"] ?? 5);
const calls = Number(process.env["BENCH_CALLS"] ?? 100);
const only = process.env["BENCH_ONLY"];
/** One law for both ends, so that packets pass as they are. */
const voice = { active: true, codecs: "8" };

type Kind = "plain" | "recorded" | "music";
const rows: Record<string, string | number>[] = [];
for (const kind of ["plain", "recorded", "music"] as const) {
  if (only !== undefined && only !== kind) continue;
  const rig = await Rig.start({ record: kind === "recorded" });
  try {
    rows.push(await measure(rig, kind));
  } finally {
    await rig.close();
  }
}
report("talk", rows);

async function measure(rig: Rig, kind: Kind): Promise<Record<string, string | number>> {
  const ends = kind === "music" ? { callers: calls, far: 0 } : { callers: calls, far: calls };
  await rig.order({ kind: "behave", phones: { ...voice, talkMs: null }, far: { ...voice, talkMs: null } });
  await rig.order({ kind: "voices", ...ends, speak: kind !== "music" });
  const number = kind === "music" ? numbers.queue : numbers.bridged;
  await rig.begin({ number, count: calls, rate: 50, holdMs: null, ...voice });
  await pause(2_500);
  const cores: number[] = [];
  const lost: number[] = [];
  const p50: number[] = [];
  const p99: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    await rig.reset();
    const cpu = await rig.measured(() => pause(seconds * 1_000));
    const { sent, received, delaysMs } = (await rig.figures()).voice;
    cores.push((((cpu.server + cpu.database) / cpu.tookMs) * 10_000) / calls);
    if (kind === "music") continue;
    lost.push(sent === 0 ? 100 : Math.max(0, (1 - received / sent) * 100));
    p50.push(quantile(delaysMs, 0.5));
    p99.push(quantile(delaysMs, 0.99));
  }
  const { talking } = await rig.figures();
  await rig.order({ kind: "hangUp", rate: 100 });
  await rig.settled();
  return {
    sound: kind,
    calls: talking,
    "% of a core per 100 calls": spread(cores, 1),
    "delay p50 ms": rounded(quantile(p50, 0.5)),
    "delay p99 ms": spread(p99, 1),
    "loss %": rounded(quantile(lost, 0.5)),
  };
}
