/** @file Random numbers that layers such as dropout ask the host for. */
import { sizeOf, type Program, type RandomSource } from "../engine/index.ts";

/** Numbers uniform in [0, 1) for every noise input of a program, ready to feed. One stream per step, for a resume to the bit. */
export function drawNoise({ inputs }: Pick<Program, "inputs">, random: RandomSource): Record<string, Float32Array> {
  const isNoise = (name: string) => /\.noise(\.\d+)?$/.test(name);
  return Object.fromEntries(
    Object.entries(inputs)
      .filter(([name]) => isNoise(name))
      .map(([name, { shape }]) => [name, Float32Array.from({ length: sizeOf(shape) }, () => random.uniform())]),
  );
}
