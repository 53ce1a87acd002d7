/**
 * @file The registration network of a trained translation by itself: how far two images of a patient are from lying on each other, as it estimates that. The
 * training left it in the model's weights.
 */
import { squareFrame } from "../../dataset/index.ts";
import { ParameterStore, type State } from "../../engine/runtime/index.ts";
import { decodeSafetensors } from "../../engine/safetensors.ts";
import { Problem } from "../../problem/index.ts";
import { Random } from "../../random/index.ts";
import { type Frame, onGridOf } from "../../voxels/index.ts";
import type { ComputeDevice } from "../start-request.ts";
import type { EstimatedFlow, Registrar } from "../trained-models.ts";
import { flowFigures } from "./flow.ts";
import { type IntensityRange, rangeOf, scaled } from "./intensities.ts";
import { readTranslation } from "./model-file.ts";
import { registers } from "./modes.ts";
import { NETWORKS } from "./networks.ts";
import { registrationProgram, translationProgram } from "./programs.ts";

/** Arrows along the longer side: more are no picture any more. */
const NODES = 28;

/** Throws `Problem` where nothing registered in the training. */
export async function openRegistrar(weights: Uint8Array, device: ComputeDevice): Promise<Registrar> {
  const { tensors, metadata } = decodeSafetensors(weights);
  const { shape, mode } = readTranslation(metadata);
  if (!registers(mode)) throw registersNothing(mode);
  const store = new ParameterStore({ device, random: (name) => new Random(0, name) });
  const wanted = [NETWORKS.forward, NETWORKS.registration];
  const own = Object.entries(tensors).filter(([name]) => wanted.some((network) => name.startsWith(`${network}.`)));
  await store.restore(Object.fromEntries(own) as State);
  const translate = await store.compile(translationProgram(shape, 1));
  const register = await store.compile(registrationProgram(shape, 1));
  const { width: size, sourceChannels: slices } = shape;

  /** All on one scale, `[images, size, size]`. */
  const squaresOf = async (frames: readonly Frame[], known?: IntensityRange): Promise<Float32Array> => {
    const squares = frames.map((frame) => squareFrame(frame, { size, channels: 1 }));
    const own = () =>
      rangeOf(
        squares.map((square) => () => square),
        size,
      );
    const range = known ?? (await own());
    const planes = new Float32Array(frames.length * size * size);
    for (const [at, { image, placement }] of squares.entries())
      planes.set(scaled(image, { size, placement }, range), at * size * size);
    return planes;
  };

  return {
    slices,
    async estimate(sources, target, { alignment, relation, ranges } = {}) {
      if (sources.length !== slices) throw new RangeError(`estimate: ${sources.length} slices, expected ${slices}.`);
      const reference = sources[(slices - 1) / 2]!;
      const { image } = await translate.run({ source: await squaresOf(sources, ranges?.source) });
      const moved = await squaresOf([onGridOf(target, reference, alignment, relation)], ranges?.target);
      const { flow } = await register.run({ translated: image!.data as Float32Array, target: moved });
      return onPixelsOf(reference, flow!.data as Float32Array, size);
    },
    release: () => store.release(),
  };
}

/** At nodes that lie evenly on the image, in pixels of it. */
function onPixelsOf(reference: Frame, flow: Float32Array, size: number): EstimatedFlow {
  const { width, height } = reference;
  const { placement } = squareFrame(reference, { size, channels: 1 });
  const scale = { x: placement.width / width, y: placement.height / height };
  const step = Math.max(width, height) / NODES;
  const area = size * size;
  const [columns, rows] = [Math.floor(width / step), Math.floor(height / step)];
  const nodes: EstimatedFlow["nodes"] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [x, y] = [(column + 0.5) * step, (row + 0.5) * step];
      const inside = (value: number, last: number): number => Math.min(last, Math.max(0, Math.round(value - 0.5)));
      const at =
        (placement.top + inside(y * scale.y, placement.height - 1)) * size +
        placement.left +
        inside(x * scale.x, placement.width - 1);
      nodes.push({ x: x - 0.5, y: y - 0.5, right: flow[area + at]! / scale.x, down: flow[at]! / scale.y });
    }
  }
  const { flowDown, flowAcross, flowLargest, flowFolds } = flowFigures(flow, size);
  return {
    width,
    height,
    columns,
    rows,
    nodes,
    mean: { right: flowAcross! / scale.x, down: flowDown! / scale.y },
    largest: flowLargest! / Math.min(scale.x, scale.y),
    folds: flowFolds!,
  };
}

function registersNothing(mode: string): Problem {
  return new Problem({
    code: "bad-request",
    title: "The model has no registration network.",
    detail: `It was trained in the mode ${mode}, in which nothing registers.`,
    hint: "Choose a model of RegGAN, or train one.",
  });
}
