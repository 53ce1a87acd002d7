/** @file What a workload is: a program of ours that can take one step, and the peer programs that take the same step. */
import { sizeOf, type Program } from "../../../src-main/engine/index.ts";
import {
  ParameterStore,
  type Feeds,
  type NamedDevice,
  type TuningCache,
} from "../../../src-main/engine/runtime/index.ts";
import { Random } from "../../../src-main/random/index.ts";

/** For ours and every peer. */
export const THREADS = 2;

/** A program in `test/bench/peers`. It speaks the protocol of contestant.ts. */
export interface Peer {
  readonly runtime: "python" | "node";
  readonly file: string;
  /** What the row calls it where it is not installed; an installed one says its version. */
  readonly name: string;
  readonly args?: readonly string[];
  /** Steps of a round where ours would be too many. */
  readonly stepsPerRound?: number;
}

export interface StartOptions {
  /** `tiny`: the same program with sizes that run in a moment, for the test that keeps the workloads alive. */
  sizes: "full" | "tiny";
  device: NamedDevice;
  /** Measured lowerings; without it each op's own rule. */
  tuning?: { cache: TuningCache } | undefined;
}

export interface Running {
  /** How many numbers the networks hold: a peer with another count is another network. */
  readonly parameters: number;
  /** One step; the numbers among its outputs, by name. */
  step(): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

export interface Workload {
  /** Chosen by `--only`. */
  readonly name: string;
  /** What the row says. */
  readonly title: string;
  /** One round of ours, then one of the peer: enough steps for about a second. */
  readonly stepsPerRound: number;
  /** For peers so slow that fewer must do. */
  readonly mostRounds?: number;
  readonly peers: readonly Peer[];
  /** Worth a row on a GPU too. */
  readonly onGpu?: boolean;
  /** Rows beside the time of a step. `overhead`: what a step takes when there is next to nothing to compute. */
  readonly also?: readonly ("memory" | "overhead")[];
  start(options: StartOptions): Promise<Running>;
}

/** Compiles `program` on a fresh store and feeds it the same numbers at every step. `networks`: whose parameters count. */
export async function startProgram(
  program: Program,
  { feeds, networks, device, tuning }: { feeds: Feeds; networks: readonly string[] } & Omit<StartOptions, "sizes">,
): Promise<Running> {
  const store = new ParameterStore({
    device,
    random: (name) => new Random(1, name),
    threads: THREADS,
    ...(tuning === undefined ? {} : { tuning }),
  });
  const compiled = await store.compile(program);
  return {
    parameters: countParameters(program, networks),
    step: async () => {
      const outputs = await compiled.run(feeds);
      return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, Number(data[0])]));
    },
    stop: () => store.release(),
  };
}

export function countParameters(program: Program, networks: readonly string[]): number {
  const counted = program.states.filter(({ name }) => networks.includes(name.split(".")[0]!));
  return counted.reduce((total, { shape }) => total + sizeOf(shape), 0);
}

/** Standard normal numbers; the same for the same name. */
export function normals(name: string, shape: readonly number[]): Float32Array {
  const random = new Random(2, name);
  return Float32Array.from({ length: sizeOf(shape) }, () => random.normal());
}
