/** @file Initial values of parameters. Each parameter draws from its own stream, named after it. */
import { sizeOf, type Init } from "../engine/index.ts";

/** Normal with variance 2 / fan-in, for layers followed by a rectifier: w [out, in, ..kernel]. He et al. 2015, arXiv:1502.01852. */
export const heNormal: Init = (shape, random) => {
  const deviation = Math.sqrt(2 / sizeOf(shape.slice(1)));
  return Float32Array.from({ length: sizeOf(shape) }, () => deviation * random.normal());
};

export function filled(value: number): Init {
  return (shape) => new Float32Array(sizeOf(shape)).fill(value);
}
