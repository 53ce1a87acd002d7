/**
 * @file The engine beside its peers. Every contestant is a process of its own; ours and the peer take turns in rounds, so that a
 * busy moment of the machine hits both.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir, type CpuInfo } from "node:os";
import { join } from "node:path";
import { chooseDevice, type NamedDevice } from "../../../src-main/engine/runtime/index.ts";
import { sentenceOf } from "../../../src-main/problem/index.ts";
import { type Row, machineName, median } from "../rows.ts";
import { startOurs, startPeer, type Contestant, type Round, type Setting } from "./contestant.ts";
import { THREADS, type Peer, type Workload } from "./workload.ts";
import { workloads } from "./workloads.ts";

export interface EngineBenchOptions {
  /** Which workloads, by name; default all. */
  only?: RegExp;
  /** Rounds of each workload; default 5. */
  rounds?: number;
  /** Measure lowerings first. Default: each op's own rule. */
  tune?: boolean;
  /** Where; default: the CPU, and the GPU too where there is one. */
  device?: NamedDevice;
}

/**
 * Rows of all chosen workloads. `ours` and `peer` are medians over all steps; `ratio` is the median over rounds of
 * (our median of that round / the peer's). Memory: peak of the whole process, in MiB.
 */
export async function benchEngine(options: EngineBenchOptions = {}): Promise<Row[]> {
  const { only, rounds = 5, tune = false, device } = options;
  const chosen = workloads.filter(({ name }) => only?.test(name) ?? true);
  if (chosen.length === 0) {
    throw new Error(`bench: --only ${only} fits no workload of: ${workloads.map(({ name }) => name).join(", ")}.`);
  }
  const folder = await mkdtemp(join(tmpdir(), "aliquot-bench-tuning-"));
  const tuningFile = tune ? join(folder, "tuning.json") : undefined;
  const rows: Row[] = [];
  try {
    for (const workload of chosen) {
      rows.push(...(await benchWorkload(workload, rounds, { device: device ?? "cpu", tuningFile })));
    }
    const gpu = device === undefined ? await findGpu() : null;
    for (const workload of gpu === null ? [] : chosen.filter(({ onGpu }) => onGpu)) {
      rows.push(...(await benchWorkload(workload, rounds, { device: gpu!, tuningFile })));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return rows;
}

/** What `auto` trains on, unless that is the CPU: then no row is written, and the reason is said. */
async function findGpu(): Promise<NamedDevice | null> {
  const { device, reason } = await chooseDevice("auto");
  if (device !== "cpu") return device;
  console.error(`bench: no rows for a GPU: ${reason.map(sentenceOf).join("; ")}.`);
  return null;
}

async function benchWorkload(workload: Workload, rounds: number, setting: Setting): Promise<Row[]> {
  // Tuning opens many sessions: in a process of its own, so that the measured one's peak memory is that of its steps.
  if (setting.tuningFile !== undefined) await (await startOurs(workload, setting)).stop();
  const ours = await startOurs(workload, setting);
  const rows: Row[] = [];
  if (workload.peers.length === 0) rows.push(await rowWithoutPeer(ours, workload, rounds, setting));
  for (const peer of workload.peers) rows.push(...(await benchBeside(ours, { peer, workload, rounds, setting })));
  if (workload.also?.includes("overhead")) rows.push(await overheadRow(ours, workload, setting));
  await ours.stop();
  return rows;
}

interface Turn {
  ours: Round;
  peer: Round | null;
}

async function takeTurns(ours: Contestant, peer: Contestant | null, count: number): Promise<Turn[]> {
  const turns: Turn[] = [];
  const before = cpus();
  for (let turn = 0; turn < count; turn++)
    turns.push({ ours: await ours.round(), peer: peer ? await peer.round() : null });
  warnIfBusy(before, turns);
  return turns;
}

/** Share of the machine that others may use before the figures are called into question. */
const QUIET = 0.1;

/** Says so where processes that are not measured kept the machine busy meanwhile. `before`: the processors' clocks at the start. */
function warnIfBusy(before: readonly CpuInfo[], turns: readonly Turn[]): void {
  const since = (of: (times: CpuInfo["times"]) => number) =>
    cpus().reduce((total, { times }, index) => total + of(times) - of(before[index]!.times), 0);
  const all = since(({ user, nice, sys, irq, idle }) => user + nice + sys + irq + idle);
  const busy = since(({ user, nice, sys, irq }) => user + nice + sys + irq);
  const measured = turns.reduce((total, turn) => total + turn.ours.cpu + (turn.peer?.cpu ?? 0), 0);
  const foreign = (busy - measured) / all;
  if (foreign > QUIET) {
    const percent = Math.round(100 * foreign);
    console.error(`bench: other processes used ${percent} % of the machine meanwhile: measure again when it is idle.`);
  }
}

type Figures = Pick<Row, "unit" | "ours" | "peer" | "peerName" | "ratio" | "runs">;

function row(workload: Workload, { device }: Setting, what: string, figures: Figures): Row {
  const where = device === "cpu" ? `${THREADS} threads` : device;
  return { suite: "engine", workload: `${workload.title}${what}, ${where}`, ...figures, machine: machineName() };
}

interface Match {
  peer: Peer;
  workload: Workload;
  rounds: number;
  setting: Setting;
}

async function benchBeside(ours: Contestant, { peer, workload, rounds, setting }: Match): Promise<Row[]> {
  const beside = await startPeer(peer, workload, setting);
  if (beside && beside.parameters !== ours.parameters) {
    throw new Error(
      `bench: ${workload.name}: ${beside.name} has ${beside.parameters} parameters, ours ${ours.parameters}: not the same network.`,
    );
  }
  const turns = await takeTurns(ours, beside, Math.min(rounds, workload.mostRounds ?? rounds));
  await beside?.stop();

  const peerName = beside?.name ?? `${peer.name} (not installed)`;
  const ourTimes = turns.flatMap((turn) => turn.ours.times);
  const peerRounds = turns.flatMap((turn) => (turn.peer ? [turn.peer] : []));
  const isMeasured = peerRounds.length > 0;
  const common = { peerName, runs: ourTimes.length };
  const rows = [
    row(workload, setting, "", {
      ...common,
      unit: "ms",
      ours: median(ourTimes),
      peer: isMeasured ? median(peerRounds.flatMap(({ times }) => times)) : null,
      ratio: isMeasured ? median(turns.map((turn) => median(turn.ours.times) / median(turn.peer!.times))) : null,
    }),
  ];
  if (workload.also?.includes("memory") && setting.device === "cpu") {
    const mine = Math.max(...turns.map((turn) => turn.ours.memory));
    const theirs = isMeasured ? Math.max(...peerRounds.map(({ memory }) => memory)) : null;
    const ratio = theirs === null ? null : mine / theirs;
    const figures = { ...common, unit: "MiB", ours: mine, peer: theirs, ratio };
    rows.push(row(workload, setting, ", peak memory of the process", figures));
  }
  return rows;
}

async function rowWithoutPeer(ours: Contestant, workload: Workload, rounds: number, setting: Setting): Promise<Row> {
  const turns = await takeTurns(ours, null, Math.min(rounds, workload.mostRounds ?? rounds));
  const times = turns.flatMap((turn) => turn.ours.times);
  const figures = { unit: "ms", ours: median(times), peer: null, peerName: "", ratio: null, runs: times.length };
  return row(workload, setting, "", figures);
}

/**
 * What surrounds the kernels: the time of whole steps of the same graph with sizes so small that there is hardly any arithmetic.
 * An upper bound of the cost of nodes, states and feeds; the profiler would add its own work to every node.
 */
async function overheadRow(ours: Contestant, workload: Workload, setting: Setting): Promise<Row> {
  const { times } = await ours.tinyRound();
  const figures = { unit: "ms", ours: median(times), peer: null, peerName: "", ratio: null, runs: times.length };
  return row(workload, setting, ", the same graph with next to no arithmetic", figures);
}
