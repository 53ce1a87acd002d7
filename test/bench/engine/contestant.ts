/**
 * @file A process that takes part: ours or a peer, one workload each, so that peak memory is its own. It prints one JSON
 * line when it is warm, then answers each line it reads with one JSON line.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { resolve } from "node:path";
import type { NamedDevice } from "../../../src-main/engine/runtime/index.ts";
import type { Peer, Workload } from "./workload.ts";

/** The first line of a contestant. */
export interface Ready {
  /** With its version. */
  name: string;
  parameters: number;
}

/** The answer to `round`. */
export interface Round {
  /** Milliseconds of each step. */
  times: number[];
  /** Peak memory of the process so far, MiB. */
  memory: number;
  /** Processor time of all its threads during the round, milliseconds. */
  cpu: number;
}

export interface Contestant extends Ready {
  round(): Promise<Round>;
  /** Steps of the same program with sizes that hardly take any arithmetic. Only ours can. */
  tinyRound(): Promise<Round>;
  /** Resolves when the process is gone. */
  stop(): Promise<void>;
}

async function startContestant(command: string, args: readonly string[]): Promise<Contestant> {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`bench: ${[command, ...args].join(" ")} ended early; its message stands above.`);
    return JSON.parse(value);
  };
  const ask = async (question: "round" | "tiny") => {
    child.stdin.write(`${question}\n`);
    return (await answer()) as Round;
  };
  const ready = (await answer()) as Ready;
  return {
    ...ready,
    round: () => ask("round"),
    tinyRound: () => ask("tiny"),
    stop: async () => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}

export interface Setting {
  device: NamedDevice;
  /** Holds measured lowerings; what is not in it yet is measured first. */
  tuningFile?: string | undefined;
}

export function startOurs({ name, stepsPerRound }: Workload, { device, tuningFile }: Setting): Promise<Contestant> {
  const args = [resolve(import.meta.dirname, "ours.ts"), name, `${stepsPerRound}`, device];
  return startContestant(process.execPath, tuningFile === undefined ? args : [...args, tuningFile]);
}

/** The peer on the CPU, or on the GPU through CUDA where ours runs on one. null where it is not installed or not made for it. */
export async function startPeer(peer: Peer, workload: Workload, { device }: Setting): Promise<Contestant | null> {
  const peerDevice = device === "cpu" ? "cpu" : "cuda";
  const command = peer.runtime === "node" ? nodeWith(peer, peerDevice) : pythonWithTorch(peerDevice);
  if (command === null) return null;
  const file = resolve(import.meta.dirname, "../peers", peer.file);
  const steps = peer.stepsPerRound ?? workload.stepsPerRound;
  return await startContestant(command, [file, `${steps}`, peerDevice, ...(peer.args ?? [])]);
}

type PeerDevice = "cpu" | "cuda";

/** The first Python that has PyTorch: `ALIQUOT_TORCH_PYTHON`, else the usual names. */
function pythonWithTorch(device: PeerDevice): string | null {
  const named = process.env["ALIQUOT_TORCH_PYTHON"];
  const names = named ? [named] : ["python3", "/usr/bin/python3"];
  const test = device === "cpu" ? "import torch" : "import torch; assert torch.cuda.is_available()";
  return names.find((python) => spawnSync(python, ["-c", test]).status === 0) ?? null;
}

/** Node, where `npm ci --prefix test/bench/peers` was run. Its libraries have no GPU outside of a browser. */
function nodeWith(peer: Peer, device: PeerDevice): string | null {
  if (device !== "cpu") return null;
  const file = resolve(import.meta.dirname, "../peers", peer.file);
  return spawnSync(process.execPath, [file, "--installed"]).status === 0 ? process.execPath : null;
}
