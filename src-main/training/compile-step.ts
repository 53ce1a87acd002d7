/** @file Runs a step whose update may be spread over several micro-batches. */
import type { Program } from "../engine/index.ts";
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

/**
 * Compiles a step on a store. One with `accumulate` n takes a micro-batch per run, and on every n-th run also makes the
 * update, whose outputs join those of the run. Feeds are the same on every run; rates are read when the update is made. The
 * output `micro`, 1 to n, says which part of the batch a run was. States hold the sums, so a checkpoint between any two runs
 * continues exactly.
 */
export async function compileStep<Feed, Output extends { readonly data: ArrayLike<number | bigint> }>(
  store: StepStore<ByName<Feed>, Record<string, Output>>,
  step: TrainStep,
): Promise<RunningStep<ByName<Feed>, Record<string, Output>>> {
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
