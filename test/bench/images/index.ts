/** @file The suite "images": how fast files come in and pixels come out. A part is a file here and a line below. */
import type { Row } from "../rows.ts";
import { benchDecoding } from "./decode-throughput.ts";
import { decodeWorkloads } from "./decode-workloads.ts";
import { benchFolder } from "./import-folder.ts";
import { benchImport } from "./import.ts";
import { benchSeries } from "./import-series.ts";
import { benchNearCopies } from "./near-copies.ts";

export interface ImagesBenchOptions {
  /** Which parts, by name, and which of the decode workloads; default all. */
  only?: RegExp;
  /** Rounds of each decode workload. */
  rounds?: number;
}

/** A part runs when its name fits, or one of the names that it chooses among by itself. */
const parts: readonly { names: readonly string[]; run: (options: ImagesBenchOptions) => Promise<Row[]> }[] = [
  { names: ["import"], run: benchImport },
  { names: ["series"], run: benchSeries },
  { names: ["folder"], run: benchFolder },
  { names: ["near-copies"], run: benchNearCopies },
  { names: decodeWorkloads.map(({ name }) => name), run: benchDecoding },
];

export async function benchImages(options: ImagesBenchOptions = {}): Promise<Row[]> {
  const { only } = options;
  const chosen = parts.filter(({ names }) => names.some((name) => only?.test(name) ?? true));
  if (chosen.length === 0) {
    throw new Error(`bench: --only ${only} fits no workload of: ${parts.flatMap(({ names }) => names).join(", ")}.`);
  }
  const rows: Row[] = [];
  for (const { run } of chosen) rows.push(...(await run(options)));
  return rows;
}
