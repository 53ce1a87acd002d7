/**
 * @file Where the time of a program goes: per operator type and per layer, from ONNX Runtime's timing report.
 * Pure: taking the report is runtime/profile.ts.
 */
import type { OnnxNode, Origin } from "./onnx/model.ts";

/** Times are milliseconds per run, shares are of the run. */
export interface Profile {
  /** Name of the program. */
  program: string;
  /** Runs that were timed. */
  runs: number;
  /** Median duration of a run, as its caller saw it. */
  runMs: number;
  /** Inside operators. */
  kernelMs: number;
  /** Everything else: scheduling, allocation, passing tensors in and out. Median over runs of what is left of each. */
  outsideMs: number;
  /** Slowest first. */
  operators: OperatorTime[];
  /** Slowest first. */
  layers: LayerTime[];
}

export interface OperatorTime {
  /** ONNX operator, or what ONNX Runtime fused it into. */
  type: string;
  /** Execution provider, e.g. "CPU". */
  provider: string;
  callsPerRun: number;
  ms: number;
  share: number;
}

export interface LayerTime {
  /** Path of the layer; "" for what belongs to none. */
  path: string;
  callsPerRun: number;
  forwardMs: number;
  backwardMs: number;
  updateMs: number;
  ms: number;
  share: number;
}

/** One entry of ONNX Runtime's report (Chrome's trace format): microseconds. */
export interface ProfileEvent {
  cat: string;
  name: string;
  ts: number;
  dur: number;
  args?: { op_name?: string; provider?: string };
}

/** Reorderings and copies that ONNX Runtime put in by itself, and that carry no name of ours. */
const INSERTED: Origin = { path: "(inserted by ONNX Runtime)", pass: "forward", opName: "" };

export interface ProfileOptions {
  program: string;
  nodes: readonly OnnxNode[];
  /** Milliseconds of each run as its caller saw it. Only as many runs count, the last ones of the report. */
  durations: readonly number[];
}

/** Sums the report over runs. `durations` must not be empty. */
export function summarizeProfile(events: readonly ProfileEvent[], options: ProfileOptions): Profile {
  const { program, nodes, durations } = options;
  const runs = durations.length;
  const starts = events.filter(({ name }) => name === "model_run").map(({ ts }) => ts);
  const counted = starts.toSorted((a, b) => a - b).slice(-runs);
  const first = counted[0] ?? 0;
  const kernels = events.filter(({ cat, name, ts }) => cat === "Node" && name.endsWith(KERNEL) && ts >= first);
  const originOf = originsByName(nodes);
  const runMs = median(durations);

  const operators = new Map<string, OperatorTime>();
  const layers = new Map<string, LayerTime>();
  let kernelMs = 0;
  const inKernels = durations.map(() => 0);
  for (const { name, ts, dur, args } of kernels) {
    inKernels[counted.findLastIndex((start) => start <= ts)]! += dur / 1e3;
    const ms = dur / 1e3 / runs;
    kernelMs += ms;
    const type = args?.op_name ?? "?";
    const provider = (args?.provider ?? "?").replace(/ExecutionProvider$/, "");
    const operator = entry(operators, `${type} ${provider}`, () => ({
      type,
      provider,
      callsPerRun: 0,
      ms: 0,
      share: 0,
    }));
    operator.callsPerRun += 1 / runs;
    operator.ms += ms;

    const { path, pass } = originOf(name.slice(0, -KERNEL.length));
    const layer = entry(layers, path, () => {
      return { path, callsPerRun: 0, forwardMs: 0, backwardMs: 0, updateMs: 0, ms: 0, share: 0 };
    });
    layer.callsPerRun += 1 / runs;
    layer[`${pass}Ms`] += ms;
    layer.ms += ms;
  }
  const finished = <Row extends { ms: number; share: number }>(rows: Map<string, Row>): Row[] =>
    [...rows.values()].map((row) => ({ ...row, share: row.ms / runMs })).sort((a, b) => b.ms - a.ms);
  return {
    program,
    runs,
    runMs,
    kernelMs,
    outsideMs: median(durations.map((duration, run) => duration - inKernels[run]!)),
    operators: finished(operators),
    layers: finished(layers),
  };
}

const KERNEL = "_kernel_time";

/** ONNX Runtime appends to the names of nodes that it fuses or re-lays out: ".../MatMul/MatmulTransposeFusion/", "..._nchwc". */
function originsByName(nodes: readonly OnnxNode[]): (name: string) => Origin {
  const known = new Map(nodes.map(({ name, origin }) => [name, origin ?? INSERTED]));
  return (name) => {
    for (
      let part = name.replace(/_nchwc$/, "");
      part !== "";
      part = part.slice(0, Math.max(0, part.lastIndexOf("/")))
    ) {
      const origin = known.get(part);
      if (origin) return origin;
    }
    return INSERTED;
  };
}

function entry<Row>(rows: Map<string, Row>, key: string, make: () => Row): Row {
  const row = rows.get(key) ?? make();
  rows.set(key, row);
  return row;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

/** The profile as lines of text: a summary, then a table of operators and one of layers. At most `rows` rows each. */
export function profileTables(profile: Profile, rows = 25): string[] {
  const { program, runs, runMs, kernelMs, outsideMs, operators, layers } = profile;
  const ms = (value: number) => value.toFixed(value < 10 ? 2 : 1);
  const share = (value: number) => `${(100 * value).toFixed(1)} %`;
  const calls = (value: number) => String(Math.round(value * 10) / 10);
  const rest = (all: readonly { ms: number }[]) => all.slice(rows).reduce((total, row) => total + row.ms, 0);
  const others = (all: readonly { ms: number }[]) =>
    all.length > rows ? [`… and ${all.length - rows} more: ${ms(rest(all))} ms`] : [];
  return [
    `Program ${program}: ${ms(runMs)} ms a run (${runs} runs timed); ` +
      `${ms(kernelMs)} ms in operators, ${ms(outsideMs)} ms outside of them.`,
    "",
    ...textTable([
      ["operator", "device", "calls", "ms", "share"],
      ...operators.slice(0, rows).map((row) => {
        return [row.type, row.provider, calls(row.callsPerRun), ms(row.ms), share(row.share)];
      }),
    ]),
    ...others(operators),
    "",
    ...textTable([
      ["layer", "calls", "forward", "backward", "update", "ms", "share"],
      ...layers.slice(0, rows).map((row) => {
        const times = [row.forwardMs, row.backwardMs, row.updateMs, row.ms].map(ms);
        return [row.path || "(no layer)", calls(row.callsPerRun), ...times, share(row.share)];
      }),
    ]),
    ...others(layers),
  ];
}

/** Columns of words to the left, of numbers to the right. */
function textTable(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isText = rows[0]!.map((_, column) => rows.slice(1).every((row) => !/^[\d.]+( %)?$/.test(row[column]!)));
  return rows.map((row) =>
    row
      .map((cell, column) => (isText[column] ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd(),
  );
}
