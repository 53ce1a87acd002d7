/**
 * @file What is trained on a backbone's frozen front half: our compact decoder and control, by the equations of the siamese training as they are. The maps
 * of the front half come in as numbers: nothing is told back to it. Sections 5, 6 and 15 of the specification.
 */
import {
  add,
  type Init,
  mean,
  mul,
  reshape,
  type Scope,
  slice,
  stopGradient,
  sumOver,
  type Tensor,
  concat,
} from "../../../engine/index.ts";
import {
  compactControl,
  compactDecoder,
  type CompactInput,
  type CompactShape,
  fanInUniformShare,
  filled,
  hint,
} from "../../../networks/index.ts";
import { adamW, ema, inferStep, type InputSpecs, trainStep } from "../../../training/index.ts";
import { squaredErrors } from "../losses.ts";
import { averageOf, CONDITIONS, hintOfImage, hintOfMask, NETWORKS } from "../networks.ts";
import { binErrors, binInputs, gradientNorm } from "../programs.ts";
import type { DenoiserName, SiameseShape } from "../shape.ts";
import { LATENT_CHANNELS, LATENT_FACTOR, ROW_HALVINGS } from "./record.ts";

const { decoder: DECODER, control: CONTROL } = NETWORKS;

/** Fixes every parameter. Written into models. */
export interface BackboneShape extends Pick<SiameseShape, "size" | "classes" | "denoiser" | "hint" | "outlets"> {
  /** Channels of the 13 maps. */
  rowWidths: readonly number[];
  /** Whether the noise that the backbone's own UNet predicts is added. */
  hasBase: boolean;
}

/** S is that of section 15 of the specification. */
const COMPACT: Readonly<Record<DenoiserName, { widths: readonly [number, number, number]; hintWidth: number }>> = {
  XS: { widths: [16, 24, 32], hintWidth: 4 },
  S: { widths: [64, 96, 128], hintWidth: 8 },
  M: { widths: [96, 160, 224], hintWidth: 16 },
};

type Fed = Readonly<Record<string, Tensor>>;

const compactShape = ({ denoiser }: BackboneShape): CompactShape => ({
  widths: COMPACT[denoiser].widths,
  latentChannels: LATENT_CHANNELS,
  conditions: Object.keys(CONDITIONS).length,
});

/** Share of the usual start at which outlets begin. */
const SMALL = 0.3;
const outletInit = ({ outlets }: BackboneShape): Init => (outlets === "zero" ? filled(0) : fanInUniformShare(SMALL));

/** Images are in color: the backbone's are. */
const hintShape = (shape: BackboneShape): SiameseShape => ({ ...shape, channels: 3, adapter: "identity" });

function readHint(control: Scope, picture: Tensor, shape: BackboneShape): Tensor {
  const { widths, hintWidth } = COMPACT[shape.denoiser];
  const options = { kind: shape.hint, width: hintWidth, halvings: Math.log2(LATENT_FACTOR), channels: widths[0] };
  return hint(control.at("hint"), picture, { ...options, outlet: outletInit(shape) });
}

const sideOf = ({ size }: BackboneShape): number => size / LATENT_FACTOR;
const pictures = ({ size }: BackboneShape, batch: number) => ({ shape: [batch, 3, size, size] });
const labelMaps = ({ size }: BackboneShape, batch: number) => ({ shape: [batch, size, size], dtype: "uint8" }) as const;
const latents = (shape: BackboneShape, batch: number) => ({
  shape: [batch, LATENT_CHANNELS, sideOf(shape), sideOf(shape)],
});

/** Names of the inputs of a look at latent images; `prefix`: of a second look. */
export const lookName = (prefix: string, name: string): string => `${prefix}${name}`;

/** A latent image and what the backbone says of it. */
function lookInputs(shape: BackboneShape, batch: number, prefix = ""): InputSpecs {
  const rows = shape.rowWidths.map((channels, row) => {
    const side = sideOf(shape) / 2 ** ROW_HALVINGS[row]!;
    return [lookName(prefix, `row${row}`), { shape: [batch, channels, side, side] }] as const;
  });
  return {
    [lookName(prefix, "latent")]: latents(shape, batch),
    ...Object.fromEntries(rows),
    ...(shape.hasBase && { [lookName(prefix, "base")]: latents(shape, batch) }),
  };
}

const timeInputs = (batch: number): InputSpecs => ({
  time: { shape: [batch] },
  condition: { shape: [batch], dtype: "int32" },
});

interface Look {
  input: CompactInput;
  rows: Tensor[];
  base: Tensor | undefined;
}

function lookOf(fed: Fed, shape: BackboneShape, at: Pick<CompactInput, "time" | "condition">, prefix = ""): Look {
  const named = (name: string) => fed[lookName(prefix, name)];
  return {
    input: { latent: named("latent")!, ...at },
    rows: shape.rowWidths.map((_, row) => named(`row${row}`)!),
    base: named("base"),
  };
}

function predicted(
  decoder: Scope,
  { input, rows, base }: Look,
  shape: BackboneShape,
  residuals?: readonly Tensor[],
): Tensor {
  const own = compactDecoder(decoder, rows, input, compactShape(shape), residuals);
  return base === undefined ? own : add(own, base);
}

const controlOf = (control: Scope, { input }: Look, read: Tensor, shape: BackboneShape): Tensor[] =>
  compactControl(control, input, read, compactShape(shape), outletInit(shape));

const rowsOf = (tensor: Tensor, start: number, count: number): Tensor =>
  start === 0 && count === tensor.shape[0]
    ? tensor
    : slice(tensor, { axes: [0], starts: [start], ends: [start + count] });

const perImage = (values: Tensor): Tensor => reshape(values, { to: [values.shape[0]!, 1, 1, 1] });

export interface CompactStepOptions {
  shape: BackboneShape;
  batchSize: number;
  /** Of the averages; named as an input, it is fed in each step. */
  emaDecay: number | string;
  imageBranch: boolean;
  consistencyWeight: number;
  /** Samples that go through online augmentation; 0: none. */
  augmented: number;
}

/** Prefix of the inputs of the second look, at what the mixed branch saw. */
export const AGAIN = "again.";

/**
 * Outputs `total`, `maskBranch`, and where there are such: `imageBranch`, `consistency`, `augmentation`; one error of the mask branch per bin of times, and the
 * norms of the gradients `controlGradient`, `decoderGradient`.
 */
export function compactStep(options: CompactStepOptions) {
  const { shape, batchSize, emaDecay, imageBranch, consistencyWeight, augmented } = options;
  return trainStep({
    name: "train.siamese",
    networks: [DECODER, CONTROL],
    trained: [DECODER, CONTROL],
    inputs: {
      ...lookInputs(shape, batchSize),
      ...timeInputs(batchSize),
      ...binInputs(batchSize),
      noise: latents(shape, batchSize),
      labelMap: labelMaps(shape, batchSize),
      kept: { shape: [batchSize] },
      ...(imageBranch && { image: pictures(shape, batchSize), imageWeight: { shape: [] } }),
      ...(augmented > 0 && { ...lookInputs(shape, augmented, AGAIN), augmented: { shape: [augmented] } }),
    } as InputSpecs,
    loss(scopes: Readonly<Record<string, Scope>>, inputs) {
      const fed = inputs as Fed;
      const { perSample, total, ...terms } = losses(scopes, fed, { shape, imageBranch, consistencyWeight, augmented });
      return {
        total,
        ...terms,
        ...binErrors(perSample, fed["bins"]!),
        controlGradient: gradientNorm(total, scopes[CONTROL]!),
        decoderGradient: gradientNorm(total, scopes[DECODER]!),
      };
    },
    optimizer: adamW(),
    after: [DECODER, CONTROL].map((name) => ema({ from: name, to: averageOf(name), decay: emaDecay })),
  });
}

/** As losses.ts says it, with maps that are constants: ε is predicted. `perSample`: errors of the mask branch. */
function losses(
  scopes: Readonly<Record<string, Scope>>,
  fed: Fed,
  {
    shape,
    imageBranch,
    consistencyWeight,
    augmented,
  }: Pick<CompactStepOptions, "shape" | "imageBranch" | "consistencyWeight" | "augmented">,
): { total: Tensor; perSample: Tensor } & Record<string, Tensor> {
  const [decoder, control] = [scopes[DECODER]!, scopes[CONTROL]!];
  const { time, condition, noise, kept } = fed as Record<"time" | "condition" | "noise" | "kept", Tensor>;
  const look = lookOf(fed, shape, { time, condition });
  const size = time.shape[0]!;
  const masks = hintOfMask(fed["labelMap"]!, hintShape(shape));
  const hints = imageBranch ? [masks, hintOfImage(fed["image"]!, hintShape(shape))] : [masks];
  const stacked = (tensors: readonly Tensor[]) => (tensors.length === 1 ? tensors[0]! : concat(tensors, { axis: 0 }));
  const twice = (tensor: Tensor) => stacked(hints.map(() => tensor));
  const read = readHint(control, stacked(hints), shape);
  const both = { latent: twice(look.input.latent), time: twice(time), condition: twice(condition) };
  const maps = controlOf(control, { ...look, input: both }, read, shape);
  const maskMaps = maps.map((map) => rowsOf(map, 0, size));
  const shown = maskMaps.map((map) => mul(map, perImage(kept)));
  const mask = predicted(decoder, look, shape, shown);
  const perSample = squaredErrors(mask, noise);
  const maskBranch = mean(perSample);
  if (!imageBranch) return { total: maskBranch, perSample, maskBranch };

  // The image's control learns through the mixed branch; the decoder does not, nor the mask's control.
  const mixedMaps = maskMaps.map((map, row) =>
    add(stopGradient(map), mul(rowsOf(maps[row]!, size, size), fed["imageWeight"]!)),
  );
  const mixed = predicted(decoder.frozen(), look, shape, mixedMaps);
  const imageLoss = mean(squaredErrors(mixed, noise));
  const consistency = mean(mul(squaredErrors(mask, stopGradient(mixed)), kept));
  const sum = add(maskBranch, imageLoss);
  const total = consistencyWeight === 0 ? sum : add(sum, mul(consistency, consistencyWeight));
  const told = { perSample, maskBranch, imageBranch: imageLoss, consistency };
  if (augmented === 0) return { total, ...told };

  const first = (tensor: Tensor): Tensor => rowsOf(tensor, 0, augmented);
  const again = lookOf(fed, shape, { time: first(time), condition: first(condition) }, AGAIN);
  const steered = controlOf(control, again, first(read), shape);
  const errors = squaredErrors(predicted(decoder, again, shape, steered), first(noise));
  const augmentation = mul(sumOver(mul(errors, fed["augmented"]!)), 1 / size);
  return { total: add(total, augmentation), ...told, augmentation };
}

/** Networks that a program that does not train reads. */
export type CompactWeights = Readonly<Record<"decoder" | "control", string>>;
export const LIVE: CompactWeights = { decoder: DECODER, control: CONTROL };
export const AVERAGED: CompactWeights = { decoder: averageOf(DECODER), control: averageOf(CONTROL) };

/** Predictions of both branches, `mask` and `mixed`: for online augmentation, and for errors on validation images. */
export function branchesProgram(
  shape: BackboneShape,
  { batch, weights, imageBranch }: { batch: number; weights: CompactWeights; imageBranch: boolean },
) {
  return inferStep({
    name: "branches",
    networks: [weights.decoder, weights.control],
    inputs: {
      ...lookInputs(shape, batch),
      ...timeInputs(batch),
      labelMap: labelMaps(shape, batch),
      ...(imageBranch && { image: pictures(shape, batch), imageWeight: { shape: [] } }),
    } as InputSpecs,
    outputs(scopes: Readonly<Record<string, Scope>>, inputs): Record<string, Tensor> {
      const fed = inputs as Fed;
      const [decoder, control] = [scopes[weights.decoder]!, scopes[weights.control]!];
      const look = lookOf(fed, shape, { time: fed["time"]!, condition: fed["condition"]! });
      const maps = (picture: Tensor) => controlOf(control, look, readHint(control, picture, shape), shape);
      const masked = maps(hintOfMask(fed["labelMap"]!, hintShape(shape)));
      const mask = predicted(decoder, look, shape, masked);
      if (!imageBranch) return { mask };
      const imaged = maps(hintOfImage(fed["image"]!, hintShape(shape)));
      const mixed = masked.map((map, row) => add(map, mul(imaged[row]!, fed["imageWeight"]!)));
      return { mask, mixed: predicted(decoder, look, shape, mixed) };
    },
  });
}

/** What the control branch reads of label maps, and of images where there are any to go by. Once per image, whatever the number of steps. */
export function compactHintProgram(shape: BackboneShape, batch: number, kind: "mask" | "image") {
  const hintOf = kind === "mask" ? hintOfMask : hintOfImage;
  return inferStep({
    name: `hint.${kind}`,
    networks: [CONTROL],
    inputs: { picture: kind === "mask" ? labelMaps(shape, batch) : pictures(shape, batch) } as InputSpecs,
    outputs: (scopes: Readonly<Record<string, Scope>>, { picture }) => ({
      hint: readHint(scopes[CONTROL]!, hintOf(picture!, hintShape(shape)), shape),
    }),
  });
}

/** One look: outputs `steered` by the hint, or `free` of it, or both. Of images to go by: inputs `reference` (their hints) and `imageWeight`. */
export function compactLookProgram(
  shape: BackboneShape,
  {
    batch,
    steered,
    free,
    hasReference = false,
  }: { batch: number; steered: boolean; free: boolean; hasReference?: boolean },
) {
  const read = { shape: [batch, COMPACT[shape.denoiser].widths[0], sideOf(shape), sideOf(shape)] };
  return inferStep({
    name: "denoise",
    networks: steered ? [DECODER, CONTROL] : [DECODER],
    inputs: {
      ...lookInputs(shape, batch),
      ...timeInputs(batch),
      ...(steered && { hint: read }),
      ...(steered && hasReference && { reference: read, imageWeight: { shape: [] } }),
    } as InputSpecs,
    outputs(scopes: Readonly<Record<string, Scope>>, inputs): Record<string, Tensor> {
      const fed = inputs as Fed;
      const look = lookOf(fed, shape, { time: fed["time"]!, condition: fed["condition"]! });
      const decoder = scopes[DECODER]!;
      const maps = (): Tensor[] => {
        const masked = controlOf(scopes[CONTROL]!, look, fed["hint"]!, shape);
        if (!hasReference) return masked;
        const imaged = controlOf(scopes[CONTROL]!, look, fed["reference"]!, shape);
        return masked.map((map, row) => add(map, mul(imaged[row]!, fed["imageWeight"]!)));
      };
      return {
        ...(steered && { steered: predicted(decoder, look, shape, maps()) }),
        ...(free && { free: predicted(decoder, look, shape) }),
      };
    },
  });
}
