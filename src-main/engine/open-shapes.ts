/**
 * @file Which sizes of a program one emitted graph serves, so that an exported model takes any batch and image size. Nothing
 * is derived: the program is built and emitted again for other sizes, and what comes out the same is open. A lowering that
 * writes a size into a constant (a reshape, say) shows up as a difference.
 */
import type { Shape } from "./graph.ts";
import { emitProgram, type Program } from "./program.ts";

type OpenShape = readonly (number | string)[];

export interface OpenShapes {
  /** The program to emit: where a size is open, not the original one, for which ops may take a shortcut (a batch of 1). */
  readonly program: Program;
  /** Shapes to declare: "batch", "depth", "height", "width" where any size will do. */
  readonly inputs: Readonly<Record<string, OpenShape>>;
  readonly outputs: Readonly<Record<string, OpenShape>>;
  /** Open image sizes must be multiples of this: what the network halves must be even. 1 when anything goes. */
  readonly sizeMultiple: number;
}

/** Axes of images [N, C, height, width] or [N, C, depth, height, width], from the last on. */
const SPATIAL = ["width", "height", "depth"];
const LARGEST_MULTIPLE = 128;

export function openShapes(program: Program): OpenShapes {
  const found: OpenAxis[] = [];
  const last = () => found.at(-1)?.variants[0] ?? program;
  const batch: InputAxis = (shape) => (shape.length > 0 ? 0 : null);
  const opened = openAxis("batch", last(), batch, [2, 3]);
  if (opened) found.push(opened);

  let sizeMultiple = 1;
  const images = Object.values(program.inputs).filter(({ shape }) => shape.length >= 4);
  for (const [fromEnd, symbol] of SPATIAL.entries()) {
    const size = images.find(({ shape }) => shape.length > fromEnd + 2)?.shape.at(-1 - fromEnd);
    if (size === undefined) break;
    // Inputs of another size (a latent beside its image) keep theirs.
    const axisOf: InputAxis = (shape) =>
      shape.length >= Math.max(4, fromEnd + 3) && shape.at(-1 - fromEnd) === size ? shape.length - 1 - fromEnd : null;
    for (let multiple = 1; multiple <= LARGEST_MULTIPLE && size % multiple === 0; multiple *= 2) {
      // The third is far away: a network that rounds up gives neighboring sizes the same number of cells.
      const axis = openAxis(symbol, last(), axisOf, [size + multiple, size + 2 * multiple, 2 * size + multiple]);
      if (!axis) continue;
      found.push(axis);
      sizeMultiple = Math.max(sizeMultiple, multiple);
      break;
    }
  }
  const inputs = Object.entries(program.inputs).map(([name, { shape }]) => {
    const symbolOf = (axis: number) => found.find(({ axisOf }) => axisOf(shape) === axis)?.symbol;
    return [name, shape.map((size, axis) => symbolOf(axis) ?? size)] as const;
  });
  const outputs = Object.entries(program.outputs).map(([name, { shape }]) => {
    return [name, shape.map((size, axis) => outputSymbol(found, name, axis) ?? size)] as const;
  });
  return { program: last(), inputs: Object.fromEntries(inputs), outputs: Object.fromEntries(outputs), sizeMultiple };
}

/** Which axis of an input, by its shape, a symbol stands for; null for none. */
type InputAxis = (shape: Shape) => number | null;

interface OpenAxis {
  readonly symbol: string;
  readonly axisOf: InputAxis;
  readonly sizes: readonly number[];
  /** The program for the first two of the sizes: emitted for all of them, it is the same. */
  readonly variants: readonly [Program, Program];
}

/** null where the program cannot be built for all sizes, or is not the same for them. */
function openAxis(symbol: string, program: Program, axisOf: InputAxis, sizes: readonly number[]): OpenAxis | null {
  if (!Object.values(program.inputs).some(({ shape }) => axisOf(shape) !== null)) return null;
  const [one, ...others] = sizes.map((size) => resized(program, axisOf, size));
  const [two] = others;
  if (!one || !two) return null;
  const graph = emitted(one);
  if (!others.every((other) => other !== null && emitted(other) === graph)) return null;
  return { symbol, axisOf, sizes, variants: [one, two] };
}

function resized(program: Program, axisOf: InputAxis, size: number): Program | null {
  const shapes = Object.entries(program.inputs).map(([name, { shape }]) => {
    const axis = axisOf(shape);
    return [name, shape.map((other, at) => (at === axis ? size : other))] as const;
  });
  try {
    return program.withShapes?.(Object.fromEntries(shapes)) ?? null;
  } catch (error) {
    // A network says so when a size does not suit it: that size is not open.
    if (error instanceof Error) return null;
    throw error;
  }
}

function emitted(program: Program): string {
  const { nodes, initializers } = emitProgram(program);
  return JSON.stringify([nodes, initializers.map(({ name, shape, values }) => [name, shape, Array.from(values)])]);
}

/** The symbol of an axis that follows one; a name of its own where it changes with them in another way (half the height). */
function outputSymbol(found: readonly OpenAxis[], output: string, axis: number): string | null {
  const sizeIn = (program: Program) => program.outputs[output]!.shape[axis]!;
  const causes = found.filter(({ variants: [one, two] }) => sizeIn(one) !== sizeIn(two));
  if (causes.length === 0) return null;
  const [{ symbol, sizes, variants }] = causes as [OpenAxis];
  const follows = causes.length === 1 && variants.every((variant, index) => sizeIn(variant) === sizes[index]);
  return follows ? symbol : `${output}.${axis}`;
}
