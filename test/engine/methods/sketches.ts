/** @file What the sketches of the five methods share: small pictures, repeated steps, and who reaches whom in a graph. */
import type { Tensor } from "../../../src-main/engine/index.ts";
import { ParameterStore, scalars, type Feeds } from "../../../src-main/engine/runtime/index.ts";
import { Random } from "../../../src-main/random/index.ts";
import { drawNoise, type TrainStep } from "../../../src-main/training/index.ts";

export const SIDE = 16;
export const random = new Random(9, "batches");
export const newStore = () => new ParameterStore({ device: "cpu", random: (name) => new Random(5, name), threads: 1 });
export const normals = (count: number) => Float32Array.from({ length: count }, () => random.normal());

/** Discs on noise: images [N, 1, S, S] and masks of 0 and 1. */
export function discs(count: number): { image: Float32Array; mask: Float32Array; labelMap: Uint8Array } {
  const mask = new Float32Array(count * SIDE * SIDE);
  for (let one = 0; one < count; one++) {
    const [x, y, radius] = [random.between(5, 11), random.between(5, 11), random.between(3, 5)];
    for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
      if (Math.hypot((pixel % SIDE) - x, Math.floor(pixel / SIDE) - y) < radius) mask[one * SIDE * SIDE + pixel] = 1;
    }
  }
  const image = normals(mask.length).map((value, at) => 0.2 * value + mask[at]!);
  return { image, mask, labelMap: Uint8Array.from(mask) };
}

/** Runs a step on the same feeds again and again; the losses of each run. */
export async function repeat(store: ParameterStore, step: TrainStep, feeds: Feeds, runs: number) {
  const compiled = await store.compile(step);
  const losses: Record<string, number>[] = [];
  for (let run = 0; run < runs; run++)
    losses.push(scalars(await compiled.run({ ...drawNoise(step, random), ...feeds })));
  return losses;
}

/** A term's first and last value. */
export const ends = (losses: Record<string, number>[], term: string) =>
  [losses[0]![term]!, losses.at(-1)![term]!] as const;

/** All states that a tensor depends on, by name. */
export function statesOf(tensor: Tensor): Map<string, Tensor> {
  const states = new Map<string, Tensor>();
  const seen = new Set<Tensor>();
  const pending = [tensor];
  while (pending.length > 0) {
    const next = pending.pop()!;
    if (seen.has(next)) continue;
    seen.add(next);
    if (next.node.leaf?.kind === "state") states.set(next.node.leaf.name, next);
    pending.push(...next.node.inputs);
  }
  return states;
}
