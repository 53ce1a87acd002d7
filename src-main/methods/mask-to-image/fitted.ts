/** @file Images and generator of a size that a computer trains in well under an hour. */
import type { Machine, TrainingFacts } from "../training-facts.ts";

/** A machine with fewer cores or less memory (bytes) than this gets the smaller networks. */
const STRONG = { cores: 8, memoryBytes: 16e9 };
const SIDES = [64, 96, 128] as const;

export const isStrong = ({ cores, memoryBytes }: Machine): boolean =>
  cores >= STRONG.cores && memoryBytes >= STRONG.memoryBytes;

/** The side of the images, at most 128, 96 on a weak machine; settings of the generator. */
export function fittedGenerator({ side }: Pick<TrainingFacts, "side">, machine: Machine) {
  const strong = isStrong(machine);
  const size = SIDES.filter((each) => strong || each < 128).findLast((each) => each <= side) ?? SIDES[0];
  return strong
    ? { size, generatorWidth: 16, generatorWidest: 128 }
    : { size, generatorWidth: 12, generatorWidest: 64 };
}
