/** @file The programs of Siamese-Diffusion: steps that train, and what paints and scores. */
import {
  abs,
  add,
  constant,
  exp,
  gradients,
  mean,
  mul,
  reshape,
  scalar,
  slice,
  sqrt,
  square,
  sub,
  sumOver,
  type Scope,
  type Tensor,
} from "../../engine/index.ts";
import type { PredictionType } from "../../diffusion/index.ts";
import { denoiserDecoder, denoiserEncoder, type DenoiserInput, klDecoder, klEncoder } from "../../networks/index.ts";
import { adamW, ema, inferStep, meanAbsoluteError, trainStep, type InputSpecs } from "../../training/index.ts";
import {
  type NoisyBatch,
  priorErrors,
  siameseLosses,
  type SiameseOptions,
  squaredErrors,
  noised,
  targetTensor,
} from "./losses.ts";
import {
  averageOf,
  CONDITIONS,
  controlMaps,
  denoiserShape,
  hintOfImage,
  hintOfMask,
  latentShape,
  type LatentScale,
  NETWORKS,
  pictureOf,
  rawLatent,
  readHint,
  scaledLatent,
  type SiameseShape,
} from "./networks.ts";

const { encoder: ENCODER, decoder: DECODER, control: CONTROL, codec: CODEC } = NETWORKS;

/** Bounds between which errors are told apart by time: what is hard at one time is not at another. */
export const TIME_BINS = [0, 200, 500, 1000] as const;
export const BIN_NAMES = ["early", "middle", "late"] as const;

export interface StepOptions {
  shape: SiameseShape;
  predicts: PredictionType;
  scale: LatentScale;
  batchSize: number;
  /** A string is the name of an input that is fed on every run. */
  emaDecay: number | string;
}

export interface SiameseStepOptions extends StepOptions, Pick<SiameseOptions, "imageBranch" | "consistencyWeight"> {
  /** Everything learns from the first step: there was no prior. */
  joint: boolean;
  /** Samples that go through online augmentation; 0: none. */
  augmented: number;
}

type Fed = Readonly<Record<string, Tensor>>;

const pictures = ({ channels, size }: SiameseShape, batch: number) => ({ shape: [batch, channels, size, size] });
const labelMaps = ({ size }: SiameseShape, batch: number) => ({ shape: [batch, size, size], dtype: "uint8" }) as const;
const latents = (shape: SiameseShape, batch: number) => ({ shape: [batch, ...latentShape(shape)] });

/** Images and what is drawn for them. */
function noisyInputs(shape: SiameseShape, batch: number): InputSpecs {
  const each = { shape: [batch] };
  return {
    image: pictures(shape, batch),
    noise: latents(shape, batch),
    ...(shape.adapter === "autoencoder" && { codeNoise: latents(shape, batch) }),
    time: each,
    signal: each,
    noiseLevel: each,
    condition: { ...each, dtype: "int32" },
  };
}

export const binInputs = (batch: number): InputSpecs => ({ bins: { shape: [BIN_NAMES.length, batch] } });

function noisyBatch(
  scopes: Readonly<Record<string, Scope>>,
  fed: Fed,
  { shape, scale }: Pick<StepOptions, "shape" | "scale">,
): NoisyBatch {
  const codec = scopes[CODEC] as Scope; // absent where no adapter looks at it
  const raw = rawLatent(codec, fed["image"]!, shape, fed["codeNoise"]);
  const { noise, time, signal, noiseLevel, condition } = fed as Record<
    "noise" | "time" | "signal" | "noiseLevel" | "condition",
    Tensor
  >;
  return { clean: scaledLatent(raw, scale), noise, time, signal, noiseLevel, condition };
}

/** Mean error of each bin of times; `bins` holds 1 / count where a sample is in the bin. */
export function binErrors(perSample: Tensor, bins: Tensor): Record<string, Tensor> {
  const means = BIN_NAMES.map((name, bin) => {
    const row = reshape(slice(bins, { axes: [0], starts: [bin], ends: [bin + 1] }), { to: perSample.shape });
    return [name, sumOver(mul(row, perSample))] as const;
  });
  return Object.fromEntries(means);
}

/** Networks whose numbers a program needs, the autoencoder where it is one. */
const withCodec = (shape: SiameseShape, names: readonly string[]): string[] => [
  ...names,
  ...(shape.adapter === "autoencoder" ? [CODEC] : []),
];

const averages = (names: readonly string[], decay: number | string) =>
  names.map((name) => ema({ from: name, to: averageOf(name), decay }));

/** Stage P: encoder and decoder learn from images alone. Outputs `total` and one per bin of times. */
export function priorStep({ shape, predicts, scale, batchSize, emaDecay }: StepOptions) {
  return trainStep({
    name: "train.prior",
    networks: withCodec(shape, [ENCODER, DECODER]),
    trained: [ENCODER, DECODER],
    inputs: { ...noisyInputs(shape, batchSize), ...binInputs(batchSize) },
    loss(scopes: Readonly<Record<string, Scope>>, inputs) {
      const fed = inputs as Fed;
      const networks = { encoder: scopes[ENCODER]!, decoder: scopes[DECODER]! };
      const errors = priorErrors(networks, noisyBatch(scopes, fed, { shape, scale }), { shape, predicts });
      return { total: mean(errors), ...binErrors(errors, fed["bins"]!) };
    },
    optimizer: adamW(),
    after: averages([ENCODER, DECODER], emaDecay),
  });
}

/**
 * Stage S: control and decoder learn, as siameseLosses says. Outputs `total`, `maskBranch`, `imageBranch`, `consistency`, `noiseConsistency`, `augmentation`, one
 * error of the mask branch per bin of times, and the norms of the gradients `controlGradient`, `decoderGradient`.
 */
export function siameseStep(options: SiameseStepOptions) {
  const { shape, predicts, scale, batchSize, emaDecay, imageBranch, consistencyWeight, joint, augmented } = options;
  const trained = joint ? [ENCODER, DECODER, CONTROL] : [DECODER, CONTROL];
  return trainStep({
    name: "train.siamese",
    networks: withCodec(shape, [ENCODER, DECODER, CONTROL]),
    trained,
    inputs: {
      ...noisyInputs(shape, batchSize),
      ...binInputs(batchSize),
      labelMap: labelMaps(shape, batchSize),
      kept: { shape: [batchSize] },
      ...(imageBranch && { imageWeight: { shape: [] } }),
      ...(imageBranch && augmented > 0 && { augmented: { shape: [augmented] } }),
    } as InputSpecs,
    loss(scopes: Readonly<Record<string, Scope>>, inputs) {
      const fed = inputs as Fed;
      const networks = { encoder: scopes[ENCODER]!, decoder: scopes[DECODER]!, control: scopes[CONTROL]! };
      const batch = {
        ...noisyBatch(scopes, fed, { shape, scale }),
        maskHint: hintOfMask(fed["labelMap"]!, shape),
        imageHint: hintOfImage(fed["image"]!, shape),
        kept: fed["kept"]!,
        imageWeight: fed["imageWeight"] ?? scalar(0),
        ...(fed["augmented"] !== undefined && { augmented: fed["augmented"] }),
      };
      const losses = siameseLosses(networks, batch, { shape, predicts, imageBranch, consistencyWeight });
      const { total, mask, image, consistency, noiseConsistency, augmentation } = losses;
      return {
        total,
        maskBranch: mask,
        ...(image && { imageBranch: image }),
        ...(consistency && { consistency }),
        ...(noiseConsistency && predicts === "v" && { noiseConsistency }),
        ...(augmentation && { augmentation }),
        ...binErrors(losses.perSample, fed["bins"]!),
        controlGradient: gradientNorm(total, networks.control),
        decoderGradient: gradientNorm(total, networks.decoder),
      };
    },
    optimizer: adamW(),
    after: averages(trained, emaDecay),
  });
}

/** The gradients are those that the optimizer takes: written twice, computed once. */
export function gradientNorm(total: Tensor, network: Scope): Tensor {
  const squares = gradients(total, network.parameters()).map((slope) => sumOver(square(slope)));
  return sqrt(squares.reduce((sum, one) => add(sum, one)));
}

/** Of the divergence of the code from the standard normal distribution, summed over a code. Rombach et al. 2022, arXiv:2112.10752. */
const DIVERGENCE_WEIGHT = 1e-6;
/** Of errors in differences of neighboring pixels: without them edges blur. */
const EDGE_WEIGHT = 0.5;

/** The autoencoder learns to give images back. Outputs `total`, `absolute`, `edges`, `divergence`. */
export function codecStep({ shape, batchSize }: Pick<StepOptions, "shape" | "batchSize">) {
  return trainStep({
    name: "train.codec",
    networks: [CODEC],
    trained: CODEC,
    inputs: { image: pictures(shape, batchSize), codeNoise: latents(shape, batchSize) },
    loss(scopes, { image, codeNoise }) {
      const codec = scopes[CODEC];
      const centered = sub(mul(image, 2), 1);
      const { mean: center, logVariance } = klEncoder(codec.at("encoder"), centered);
      const code = add(center, mul(exp(mul(logVariance, 0.5)), codeNoise));
      const back = klDecoder(codec.at("decoder"), code, shape.channels);
      const absolute = meanAbsoluteError(back, centered);
      const error = sub(back, centered);
      const edges = add(mean(abs(difference(error, 2))), mean(abs(difference(error, 3))));
      const each = sub(sub(add(square(center), exp(logVariance)), 1), logVariance);
      const divergence = mul(sumOver(each), 0.5 / batchSize);
      const total = add(add(absolute, mul(edges, EDGE_WEIGHT)), mul(divergence, DIVERGENCE_WEIGHT));
      return { total, absolute, edges, divergence };
    },
    optimizer: adamW(),
  });
}

/** Of neighbors along an axis. */
function difference(x: Tensor, axis: number): Tensor {
  const length = x.shape[axis]!;
  const part = (start: number) => slice(x, { axes: [axis], starts: [start], ends: [start + length - 1] });
  return sub(part(1), part(0));
}

/** Latent images before they are scaled, for their mean and deviation. */
export function latentProgram(shape: SiameseShape, batch: number) {
  return inferStep({
    name: "encode",
    networks: withCodec(shape, []),
    inputs: { image: pictures(shape, batch) },
    outputs: (scopes: Readonly<Record<string, Scope>>, { image }) => ({
      latent: rawLatent(scopes[CODEC]!, image, shape),
    }),
  });
}

/** Which networks a program that does not train reads: those under training, their averages, or those of a model. */
export type Weights = Readonly<Record<"encoder" | "decoder" | "control", string>>;
export const MODEL_WEIGHTS: Weights = { encoder: ENCODER, decoder: DECODER, control: CONTROL };

/** Of the control: none, as in the prior; the mask's alone; or that which mixes the image's into it too. */
export type ScoredBranches = "none" | "mask" | "both";

/** Errors of each sample of a batch [B], and of the mixed branch at `imageWeight`, for a record of how a training does. */
export function scoringProgram(
  { shape, predicts, scale }: Pick<StepOptions, "shape" | "predicts" | "scale">,
  { batch, weights, branches }: { batch: number; weights: Weights; branches: ScoredBranches },
) {
  const isControlled = branches !== "none";
  const names = [weights.encoder, weights.decoder, ...(isControlled ? [weights.control] : [])];
  return inferStep({
    name: { none: "score.prior", mask: "score.mask", both: "score" }[branches],
    networks: withCodec(shape, names),
    inputs: {
      ...noisyInputs(shape, batch),
      ...(isControlled && { labelMap: labelMaps(shape, batch) }),
      ...(branches === "both" && { imageWeight: { shape: [] } }),
    } as InputSpecs,
    outputs(scopes: Readonly<Record<string, Scope>>, inputs): Record<string, Tensor> {
      const fed = inputs as Fed;
      const drawn = noisyBatch(scopes, fed, { shape, scale });
      const [encoder, decoder] = [scopes[weights.encoder]!, scopes[weights.decoder]!];
      if (!isControlled) return { maskBranch: priorErrors({ encoder, decoder }, drawn, { shape, predicts }) };
      const control = scopes[weights.control]!;
      const input: DenoiserInput = { latent: noised(drawn), time: drawn.time, condition: drawn.condition };
      const denoiser = denoiserShape(shape);
      const features = denoiserEncoder(encoder, input, denoiser);
      const maps = (hint: Tensor) => controlMaps(control, input, readHint(control, hint, shape), shape);
      const masked = maps(hintOfMask(fed["labelMap"]!, shape));
      const target = targetTensor(predicts, drawn);
      const errors = (residuals: readonly Tensor[]) =>
        squaredErrors(denoiserDecoder(decoder, features, denoiser, residuals), target);
      if (branches === "mask") return { maskBranch: errors(masked) };
      const imaged = maps(hintOfImage(fed["image"]!, shape));
      const mixed = masked.map((map, row) => add(map, mul(imaged[row]!, fed["imageWeight"]!)));
      return { maskBranch: errors(masked), imageBranch: errors(mixed) };
    },
  });
}

/** What the control branch reads of label maps, and of images where there are any to go by. Once per image, whatever the number of steps. */
export function hintProgram(shape: SiameseShape, batch: number, kind: "mask" | "image") {
  return inferStep({
    name: `hint.${kind}`,
    networks: [CONTROL],
    inputs: { picture: kind === "mask" ? labelMaps(shape, batch) : pictures(shape, batch) },
    outputs: (scopes, { picture }) => ({
      hint: readHint(
        scopes[CONTROL],
        kind === "mask" ? hintOfMask(picture, shape) : hintOfImage(picture, shape),
        shape,
      ),
    }),
  });
}

export interface DenoiseOptions {
  shape: SiameseShape;
  batch: number;
  /** Also without any control, and also without the condition: what guidance takes the difference to. */
  passes: Passes;
  /** Beside the mask an image steers. */
  hasReference: boolean;
}

/** Which predictions a guided one is made of; see guidance.ts. */
export interface Passes {
  free: boolean;
  masked: boolean;
}

/**
 * One look at latent images [N, C, H, W]: output `full`, steered by hint and condition; with the passes also `masked`, without the condition, and `free`,
 * without the hint too. Of images to go by: inputs `reference` (their hints) and `imageWeight`.
 */
export function denoiseProgram({ shape, batch, passes, hasReference }: DenoiseOptions) {
  const { width } = denoiserShape(shape);
  const [, height, breadth] = latentShape(shape) as [number, number, number];
  const read = { shape: [batch, width, height, breadth] };
  return inferStep({
    name: "denoise",
    networks: [ENCODER, DECODER, CONTROL],
    inputs: {
      latent: latents(shape, batch),
      time: { shape: [batch] },
      hint: read,
      ...(hasReference && { reference: read, imageWeight: { shape: [] } }),
    } as InputSpecs,
    outputs(scopes: Readonly<Record<string, Scope>>, inputs): Record<string, Tensor> {
      const fed = inputs as Fed;
      const denoiser = denoiserShape(shape);
      const row = (condition: number) =>
        constant(new Int32Array(batch).fill(condition), { shape: [batch], dtype: "int32" });
      const look = (condition: number) => {
        const input = { latent: fed["latent"]!, time: fed["time"]!, condition: row(condition) };
        const features = denoiserEncoder(scopes[ENCODER]!, input, denoiser);
        const maps = () => {
          const masked = controlMaps(scopes[CONTROL]!, input, fed["hint"]!, shape);
          if (!hasReference) return masked;
          const imaged = controlMaps(scopes[CONTROL]!, input, fed["reference"]!, shape);
          return masked.map((map, index) => add(map, mul(imaged[index]!, fed["imageWeight"]!)));
        };
        return {
          controlled: () => denoiserDecoder(scopes[DECODER]!, features, denoiser, maps()),
          free: () => denoiserDecoder(scopes[DECODER]!, features, denoiser),
        };
      };
      const none = look(CONDITIONS.none);
      return {
        full: look(CONDITIONS.set).controlled(),
        ...(passes.masked && { masked: none.controlled() }),
        ...(passes.free && { free: none.free() }),
      };
    },
  });
}

/** Images in [0, 1] of scaled latent ones. */
export function pictureProgram(shape: SiameseShape, scale: LatentScale, batch: number) {
  return inferStep({
    name: "picture",
    networks: withCodec(shape, []),
    inputs: { latent: latents(shape, batch) },
    outputs: (scopes: Readonly<Record<string, Scope>>, { latent }) => ({
      image: pictureOf(scopes[CODEC]!, latent, shape, scale),
    }),
  });
}
