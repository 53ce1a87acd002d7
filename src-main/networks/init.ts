/** @file Initial values of parameters. Each parameter draws from its own stream, named after it. */
import { sizeOf, type Init } from "../engine/index.ts";

/** A rule that draws numbers, as against a copy of another parameter. */
type Draw = Extract<Init, (...call: never[]) => unknown>;

/** Normal with variance 2 / fan-in, for layers followed by a rectifier: w [out, in, ..kernel]. He et al. 2015, arXiv:1502.01852. */
export const heNormal: Init = (shape, random) => {
  const deviation = Math.sqrt(2 / sizeOf(shape.slice(1)));
  return Float32Array.from({ length: sizeOf(shape) }, () => deviation * random.normal());
};

/** `heNormal` before a leaky rectifier of that slope. */
export function leakyHeNormal(slope: number): Init {
  return (shape, random) => normal(Math.sqrt(2 / ((1 + slope ** 2) * sizeOf(shape.slice(1)))))(shape, random);
}

export function filled(value: number): Init {
  return (shape) => new Float32Array(sizeOf(shape)).fill(value);
}

/** Normal with mean 0: 0.02 is the start of DCGAN and pix2pix (Radford et al. 2015, arXiv:1511.06434). */
export function normal(deviation: number): Draw {
  return (shape, random) => Float32Array.from({ length: sizeOf(shape) }, () => deviation * random.normal());
}

/** Uniform in ±bound. */
export function uniform(bound: number): Draw {
  return (shape, random) => Float32Array.from({ length: sizeOf(shape) }, () => bound * (2 * random.uniform() - 1));
}

/** Uniform in ±1 / √fan-in, as PyTorch's linear and convolution layers start: w [out, in, ..kernel]. */
export const fanInUniform: Init = (shape, random) => uniform(1 / Math.sqrt(sizeOf(shape.slice(1))))(shape, random);

/** Uniform in ±1 / √fan-in of the weights beside it, as PyTorch's biases start. */
export function fanInUniformBias(fanIn: number): Init {
  return uniform(1 / Math.sqrt(fanIn));
}

/** A share of what `fanInUniform` starts with. */
export function fanInUniformShare(share: number): Init {
  return (shape, random) => uniform(share / Math.sqrt(sizeOf(shape.slice(1))))(shape, random);
}
