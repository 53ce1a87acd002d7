/** @file Random numbers that layers such as dropout ask the host for. */
import { sizeOf, type Program } from "../engine/index.ts";

/** Fills an array with numbers uniform in [0, 1). */
export interface NoiseSource {
  fill(target: Float32Array): void;
}

/** Numbers uniform in [0, 1) for every noise input of a program, ready to feed. One stream per step, for a resume to the bit. */
export function drawNoise({ inputs }: Pick<Program, "inputs">, random: NoiseSource): Record<string, Float32Array> {
  const isNoise = (name: string) => /\.noise(\.\d+)?$/.test(name);
  return Object.fromEntries(
    Object.entries(inputs)
      .filter(([name]) => isNoise(name))
      .map(([name, { shape }]) => {
        const numbers = new Float32Array(sizeOf(shape));
        random.fill(numbers);
        return [name, numbers];
      }),
  );
}
