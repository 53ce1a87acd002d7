/** @file All operators that can be imported: a function named as ONNX names its operator, in the file of its family. */
import type { Operator } from "../call.ts";
import * as activations from "./activations.ts";
import * as arithmetic from "./arithmetic.ts";
import * as convolution from "./convolution.ts";
import * as normalization from "./normalization.ts";
import * as padding from "./pad.ts";
import * as pooling from "./pooling.ts";
import * as products from "./products.ts";
import * as reductions from "./reductions.ts";
import * as resize from "./resize.ts";
import * as shapes from "./shapes.ts";

const families: readonly Readonly<Record<string, Operator>>[] = [
  activations,
  arithmetic,
  convolution,
  normalization,
  padding,
  pooling,
  products,
  reductions,
  resize,
  shapes,
];

export const operators: ReadonlyMap<string, Operator> = new Map(families.flatMap((family) => Object.entries(family)));
