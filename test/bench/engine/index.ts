/**
 * @file The engine beside its peers. Every contestant is a process of its own; ours and the peer take turns in rounds, so that a
 * busy moment of the machine hits both.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Row, machineName, median } from "../rows.ts";
import { startOurs, startPeer, type Contestant, type Round } from "./contestant.ts";
import { THREADS, type Peer, type Workload } from "./workload.ts";
import { workloads } from "./workloads.ts";

export interface EngineBenchOptions {
  /** Which workloads, by name; default all. */
  only?: RegExp;
  /** Rounds of each workload; default 5. */
  rounds?: number;
  /** Measure lowerings first, as a training does. Default: each op's own rule. */
  tune?: boolean;
}

/**
 * Rows of all chosen workloads. `ours` and `peer` are medians over all steps; `ratio` is the median over rounds of
 * (our median of that round / the peer's). Memory: peak of the whole process, in MiB.
 */
export async function benchEngine({ only, rounds = 5, tune = false }: EngineBenchOptions = {}): Promise<Row[]> {
  const chosen = workloads.filter(({ name }) => only?.test(name) ?? true);
  if (chosen.length === 0) {
    throw new Error(`bench: --only ${only} fits no workload of: ${workloads.map(({ name }) => name).join(", ")}.`);
  }
  const folder = await mkdtemp(join(tmpdir(), "aliquot-bench-tuning-"));
  try {
    const tuningFile = tune ? join(folder, "tuning.json") : undefined;
    const rows: Row[] = [];
    for (const workload of chosen) rows.push(...(await benchWorkload(workload, { rounds, tuningFile })));
    return rows;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function benchWorkload(
  workload: Workload,
  { rounds, tuningFile }: { rounds: number; tuningFile: string | undefined },
): Promise<Row[]> {
  // Tuning opens many sessions: in a process of its own, so that the measured one's peak memory is that of its steps.
  if (tuningFile !== undefined) await (await startOurs(workload, tuningFile)).stop();
  const count = Math.min(rounds, workload.mostRounds ?? rounds);
  const ours = await startOurs(workload, tuningFile);
  const rows: Row[] = [];
  for (const peer of workload.peers) rows.push(...(await benchBeside(ours, peer, workload, count)));
  if (workload.also?.includes("overhead")) rows.push(await overheadRow(ours, workload));
  await ours.stop();
  return rows;
}

interface Turn {
  ours: Round;
  peer: Round | null;
}

async function takeTurns(ours: Contestant, peer: Contestant | null, count: number): Promise<Turn[]> {
  const turns: Turn[] = [];
  for (let turn = 0; turn < count; turn++)
    turns.push({ ours: await ours.round(), peer: peer ? await peer.round() : null });
  return turns;
}

function row(
  workload: Workload,
  what: string,
  figures: Pick<Row, "unit" | "ours" | "peer" | "peerName" | "ratio" | "runs">,
): Row {
  return {
    suite: "engine",
    workload: `${workload.title}${what}, ${THREADS} threads`,
    ...figures,
    machine: machineName(),
  };
}

async function benchBeside(ours: Contestant, peer: Peer, workload: Workload, count: number): Promise<Row[]> {
  const beside = await startPeer(peer, workload.stepsPerRound);
  if (beside && beside.parameters !== ours.parameters) {
    throw new Error(
      `bench: ${workload.name}: ${beside.name} has ${beside.parameters} parameters, ours ${ours.parameters}: not the same network.`,
    );
  }
  const turns = await takeTurns(ours, beside, count);
  await beside?.stop();

  const peerName = beside?.name ?? `${peer.name} (not installed)`;
  const runs = count * workload.stepsPerRound;
  const peerRounds = turns.flatMap((turn) => (turn.peer ? [turn.peer] : []));
  const isMeasured = peerRounds.length > 0;
  const rows = [
    row(workload, "", {
      unit: "ms",
      ours: median(turns.flatMap((turn) => turn.ours.times)),
      peer: isMeasured ? median(peerRounds.flatMap(({ times }) => times)) : null,
      peerName,
      ratio: isMeasured ? median(turns.map((turn) => median(turn.ours.times) / median(turn.peer!.times))) : null,
      runs,
    }),
  ];
  if (workload.also?.includes("memory")) {
    const mine = Math.max(...turns.map((turn) => turn.ours.memory));
    const theirs = isMeasured ? Math.max(...peerRounds.map(({ memory }) => memory)) : null;
    const ratio = theirs === null ? null : mine / theirs;
    rows.push(
      row(workload, ", peak memory of the process", { unit: "MiB", ours: mine, peer: theirs, peerName, ratio, runs }),
    );
  }
  return rows;
}

/**
 * Time of a step outside ONNX Runtime's kernels, from a run under its profiler. The profiler's own work counts as ours, so this
 * is an upper bound.
 */
async function overheadRow(ours: Contestant, workload: Workload): Promise<Row> {
  const { outsideMs, runs } = await ours.profile();
  return row(workload, ", outside kernels", {
    unit: "ms",
    ours: outsideMs,
    peer: null,
    peerName: "",
    ratio: null,
    runs,
  });
}
