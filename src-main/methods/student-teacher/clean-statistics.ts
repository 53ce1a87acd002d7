/**
 * @file Batch norm measured anew on whole images: a student's running statistics are those of altered ones, which no model will ever
 * see. Training itself is not touched.
 */
import { sizeOf } from "../../engine/index.ts";
import type { ParameterStore, State } from "../../engine/runtime/index.ts";
import { Random } from "../../random/index.ts";
import type { ReviewedNetwork } from "../trained-models.ts";
import { batchStatisticsOf, CLEAN, imageShape } from "./networks.ts";
import type { Training } from "./session.ts";

/** Images to measure on, at most: the mean over them hardly moves any more. */
const IMAGES = 64;

export interface CleanStatistics {
  /** The buffers of a network after `step` updates. */
  of(which: ReviewedNetwork, step: number): Promise<State>;
  /** Does `work` with them in the store, then puts back what was there. */
  during(which: ReviewedNetwork, step: number, work: () => Promise<void>): Promise<void>;
}

export async function cleanStatistics(
  store: ParameterStore,
  { shape, images, request, settings }: Training,
): Promise<CleanStatistics> {
  const batch = Math.max(1, Math.min(2 * settings.halfBatch, images.learned.length));
  const chosen = new Random(request.seed, "clean statistics").shuffle(images.learned).slice(0, IMAGES);
  const programs = {
    student: await store.compile(batchStatisticsOf("student", shape, batch)),
    teacher: await store.compile(batchStatisticsOf("teacher", shape, batch)),
  };
  const measure = async (which: ReviewedNetwork): Promise<State> => {
    const image = new Float32Array(sizeOf(imageShape(shape, batch)));
    const sums = new Map<string, Float64Array>();
    let batches = 0;
    for (let first = 0; first + batch <= chosen.length; first += batch, batches++) {
      for (const [place, id] of chosen.slice(first, first + batch).entries()) {
        const plain = await images.plain(id);
        image.set(plain, place * plain.length);
      }
      const outputs = await programs[which].run({ image });
      for (const [name, { data }] of Object.entries(outputs)) {
        const sum = sums.get(name) ?? new Float64Array(data.length);
        (data as Float32Array).forEach((value, at) => (sum[at]! += value));
        sums.set(name, sum);
      }
    }
    const means = [...sums].map(([name, sum]) => {
      return [name.slice(CLEAN.length), { shape: [sum.length], data: Float32Array.from(sum, (all) => all / batches) }];
    });
    return Object.fromEntries(means) as State;
  };
  const known = new Map<ReviewedNetwork, { step: number; values: State }>();
  const of = async (which: ReviewedNetwork, step: number): Promise<State> => {
    const latest = known.get(which);
    if (latest?.step === step) return latest.values;
    const values = await measure(which);
    known.set(which, { step, values });
    return values;
  };
  return {
    of,
    async during(which, step, work) {
      const clean = await of(which, step);
      const all = await store.state();
      const before = Object.fromEntries(Object.keys(clean).map((name) => [name, all[name]!]));
      await store.restore(clean);
      try {
        await work();
      } finally {
        await store.restore(before);
      }
    },
  };
}
