import { cpus } from "node:os";

export type Row = Readonly<Record<string, string | number | boolean>>;

/** Prints a benchmark's rows as a table, and once more as one line of JSON. */
export function report(bench: string, rows: readonly Row[], more: Readonly<Record<string, unknown>> = {}): void {
  const machine = { processor: cpus()[0]?.model ?? "unknown", cores: cpus().length, node: process.version };
  console.log(`${machine.processor}, ${machine.cores} cores, Node ${machine.node}`);
  console.table(rows);
  for (const [name, value] of Object.entries(more)) console.log(`${name}: ${String(value)}`);
  console.log(JSON.stringify({ bench, ...machine, ...more, figures: rows }));
}

/** The value at this share of the samples, 0 without any. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

/** "lowest / median / highest" of one figure over the runs. */
export function spread(samples: readonly number[], digits = 2): string {
  return [quantile(samples, 0), median(samples), quantile(samples, 1)]
    .map((value) => value.toFixed(digits))
    .join(" / ");
}

export function rounded(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}
