/** @file Compiles a step for the device at hand, and runs one whose update is spread over several micro-batches. */
import { cast, convolution, defineProgram, input, type Program } from "../engine/index.ts";
import type { TrainStep } from "./train-step.ts";

/** A compiled program, as `ParameterStore.compile` gives it. */
export interface RunningStep<Feeds, Outputs> {
  run(feeds: Feeds): Promise<Outputs>;
  release(): Promise<void>;
}

/** What of a `ParameterStore` is needed here. */
export interface StepStore<Feeds, Outputs> {
  compile(program: Program): Promise<RunningStep<Feeds, Outputs>>;
}

type ByName<Value> = Readonly<Record<string, Value>>;

export interface CompileStepOptions {
  /**
   * For steps in float16: called with the reason when the device has none, and the step is compiled in float32. Without it that
   * is an error.
   */
  onFallback?: (message: string) => void;
}

/**
 * Compiles a step on a store. One with `accumulate` n takes a micro-batch per run, and on every n-th run also makes the
 * update, whose outputs join those of the run. Feeds are the same on every run; rates are read when the update is made. The
 * output `micro`, 1 to n, says which part of the batch a run was. States hold the sums, so a checkpoint between any two runs
 * continues exactly.
 */
export async function compileStep<Feed, Output extends { readonly data: ArrayLike<number | bigint> }>(
  store: StepStore<ByName<Feed>, Record<string, Output>>,
  asked: TrainStep,
  { onFallback }: CompileStepOptions = {},
): Promise<RunningStep<ByName<Feed>, Record<string, Output>>> {
  let step = asked;
  if (asked.inFloat32) {
    const obstacle = await obstacleToHalf(store);
    if (obstacle && !onFallback) {
      throw new Error(`${asked.name}: ${obstacle.message} Use precision "float32".`, { cause: obstacle.cause });
    }
    if (obstacle) {
      onFallback!(`${obstacle.message} Computing in float32.`);
      step = asked.inFloat32();
    }
  }
  const { accumulation } = step;
  const adding = await store.compile(step);
  if (!accumulation) return adding;
  const { apply, count } = accumulation;
  const applying = await store.compile(apply);
  const shared = (feeds: ByName<Feed>, { inputs }: Program) =>
    Object.fromEntries(Object.entries(feeds).filter(([name]) => name in inputs));

  const runOnce = async (feeds: ByName<Feed>) => {
    for (const name of [...Object.keys(step.inputs), ...Object.keys(apply.inputs)]) {
      if (!(name in feeds))
        throw new Error(`${step.name}: input ${name} is missing; given: ${Object.keys(feeds).join(", ")}.`);
    }
    const outputs = await adding.run(shared(feeds, step));
    const micro = Number(outputs["micro"]!.data[0]);
    if (micro > count)
      throw new Error(`${step.name}: ${micro} micro-batches were added without an update: expected ${count}.`);
    return micro === count ? { ...outputs, ...(await applying.run(shared(feeds, apply))) } : outputs;
  };
  /** One run after the other: another must not slip in between the last micro-batch and its update. */
  let last: Promise<unknown> = Promise.resolve();
  return {
    run: (feeds) => {
      const result = last.then(() => runOnce(feeds));
      last = result.catch(() => undefined); // the caller of that run gets the error
      return result;
    },
    release: async () => {
      await last;
      await adding.release();
      await applying.release();
    },
  };
}

/** Why the device of the store cannot compute in float16, or null. Some find out only when they run, so a small program is run. */
async function obstacleToHalf<Feed>(
  store: StepStore<ByName<Feed>, unknown>,
): Promise<{ message: string; cause: unknown } | null> {
  const x = input("x", { shape: [1, 1, 4, 4] });
  const w = input("w", { shape: [1, 1, 3, 3] });
  const one = [1, 1];
  const halves = [x, w].map((tensor) => cast(tensor, { to: "float16" }));
  const y = convolution(halves, { stride: one, padding: one, dilation: one, groups: 1 });
  const program = defineProgram({ name: "float16.probe", outputs: { y: cast(y, { to: "float32" }) } });
  let compiled: RunningStep<ByName<Feed>, unknown> | null = null;
  try {
    compiled = await store.compile(program);
    await compiled.run({ x: new Float32Array(16) as Feed, w: new Float32Array(9) as Feed });
    return null;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { message: `float16: the device has none (${reason.split("\n")[0]}).`, cause };
  } finally {
    await compiled?.release();
  }
}
