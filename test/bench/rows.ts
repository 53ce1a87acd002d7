/** @file The row that every benchmark writes, and how it is shown. */
import { cpus } from "node:os";

export interface Row {
  suite: string;
  workload: string;
  unit: string;
  ours: number;
  /** null where the peer is not installed, or there is none. */
  peer: number | null;
  peerName: string;
  /** ours / peer: of times below 1 we are better, of rates above 1. */
  ratio: number | null;
  runs: number;
  machine: string;
}

/** A row without a peer, measured on this machine. */
export function ownRow(suite: string, figures: Pick<Row, "workload" | "unit" | "ours" | "runs">): Row {
  return { suite, ...figures, peer: null, peerName: "", ratio: null, machine: machineName() };
}

export function machineName(): string {
  return `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown CPU"}, ${process.platform}-${process.arch}`;
}

export function quantile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * fraction;
  const low = Math.floor(position);
  const high = Math.ceil(position);
  return sorted[low]! + (sorted[high]! - sorted[low]!) * (position - low);
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** A Markdown table, ready for docs/benchmarks.md. */
export function table(rows: readonly Row[]): string {
  const figure = (value: number | null) =>
    value === null ? "–" : value >= 100 ? value.toFixed(0) : value.toPrecision(3);
  return [
    "| suite | workload | unit | ours | peer | ratio | runs |",
    "|---|---|---|---|---|---|---|",
    ...rows.map(
      (row) =>
        `| ${row.suite} | ${row.workload} | ${row.unit} | ${figure(row.ours)} | ${figure(row.peer)} ${row.peerName} | ${figure(row.ratio)} | ${row.runs} |`,
    ),
  ].join("\n");
}
