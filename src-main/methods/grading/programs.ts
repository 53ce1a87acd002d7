/** @file The steps of a grader: the plain classifier's, that of the two looks that guess a label, and the denoiser's; and what each answers for an image. */
import { add, mul, oneHot, type Program, type Scope, sub, type Tensor } from "../../engine/index.ts";
import {
  adam,
  crossEntropy,
  inferStep,
  type InputSpecs,
  meanSquaredError,
  mmdRbf,
  trainStep,
} from "../../training/index.ts";
import {
  classifier,
  denoiser,
  fused,
  type GraderShape,
  imageEmbedding,
  lookAtRegions,
  lookAtWhole,
  NETWORKS,
} from "./networks.ts";

/** Largest joint norm of the denoiser's gradients. */
const CLIP_NORM = 1;

const images = ({ size, channels }: GraderShape, batch: number) => ({ shape: [batch, channels, size, size] });
const regionsOf = ({ channels, regions: { count, side } }: GraderShape, batch: number) => ({
  shape: [batch * count, channels, side, side],
});
const grades = (batch: number) => ({ shape: [batch], dtype: "uint8" }) as const;

/** image, grade -> `total`: cross-entropy. */
export function classifierStep(shape: GraderShape, batch: number): Program {
  return trainStep({
    name: "classify",
    networks: [NETWORKS.classifier],
    trained: NETWORKS.classifier,
    inputs: { image: images(shape, batch), grade: grades(batch) },
    loss: (networks, { image, grade }) => ({
      total: crossEntropy(classifier(networks.classifier, image, shape), grade),
    }),
    optimizer: adam(),
  });
}

/** image -> `logits` [batch, classes]. */
export function classifierProgram(shape: GraderShape, batch: number): Program {
  return inferStep({
    networks: [NETWORKS.classifier],
    inputs: { image: images(shape, batch) },
    outputs: (networks, { image }) => ({ logits: classifier(networks.classifier, image, shape) }),
  });
}

export interface GuidanceOptions {
  /**
   * "all": each look learns by its own answer as well as by the answer of both; "fused": by that of both alone, as the published program has it, which may leave one
   * of them uninformed.
   */
  losses: "all" | "fused";
}

/** image, regions, grade -> `total`, and the cross-entropies `both`, `whole`, `close`. */
export function guidanceStep(shape: GraderShape, batch: number, { losses }: GuidanceOptions): Program {
  return trainStep({
    name: "guide",
    networks: [NETWORKS.global, NETWORKS.local],
    trained: [NETWORKS.global, NETWORKS.local],
    inputs: { image: images(shape, batch), regions: regionsOf(shape, batch), grade: grades(batch) },
    loss(networks, { image, regions, grade }) {
      const seen = lookAtWhole(networks.global, image, shape).logits;
      const closely = lookAtRegions(networks.local, regions, shape).logits;
      const both = crossEntropy(fused(seen, closely), grade);
      const [whole, close] = [crossEntropy(seen, grade), crossEntropy(closely, grade)];
      return { total: losses === "all" ? add(both, add(whole, close)) : both, both, whole, close };
    },
    optimizer: adam({ amsgrad: true }),
  });
}

/** image -> `saliency` [batch, classes, cells, cells], `logits` [batch, classes] of the look at the whole. */
export function wholeProgram(shape: GraderShape, batch: number): Program {
  return inferStep({
    name: "look at the whole",
    networks: [NETWORKS.global],
    inputs: { image: images(shape, batch) },
    outputs: (networks, { image }) =>
      lookAtWhole(networks.global, image, shape) as Record<"saliency" | "logits", Tensor>,
  });
}

/** regions -> `attention` [batch, count], `logits` [batch, classes] of the close looks. */
export function closeProgram(shape: GraderShape, batch: number): Program {
  return inferStep({
    name: "look closely",
    networks: [NETWORKS.local],
    inputs: { regions: regionsOf(shape, batch) },
    outputs: (networks, { regions }) =>
      lookAtRegions(networks.local, regions, shape) as Record<"attention" | "logits", Tensor>,
  });
}

type Losses = Record<string, Tensor> & { total: Tensor };

export interface DenoiserOptions {
  /** Weight of the two streams that compare how predicted and true noise are distributed. 0 leaves them out. */
  distributionWeight: number;
  /** "trained": the image's network learns too; "given": its answers come as `embedded`, computed once. */
  image: "trained" | "given";
}

/**
 * The label's noise by three guesses of it, with the same noise and the same weights: image or embedded, grade, `time`, `signal` = √ᾱ and `deviation` = √(1 - ᾱ) [batch, 1],
 * `noise` and guesses `both`, `whole`, `close` [batch, classes] -> `total`, `error`, `distribution`. The mean squared error counts for the guess of both looks; for each
 * look alone it is the kernel discrepancy, with 2σ² = classes².
 */
export function denoiserStep(
  shape: GraderShape,
  batch: number,
  { distributionWeight, image: from }: DenoiserOptions,
): Program {
  const { classes, hidden } = shape;
  const row = { shape: [batch, classes] };
  const column = { shape: [batch, 1] };
  const guesses: InputSpecs = distributionWeight > 0 ? { both: row, whole: row, close: row } : { both: row };
  const inputs: InputSpecs = {
    grade: grades(batch),
    time: { shape: [batch], dtype: "int64" },
    signal: column,
    deviation: column,
    noise: row,
    ...guesses,
  };
  const loss = (scope: Scope, embedded: Tensor, given: Readonly<Record<string, Tensor>>): Losses => {
    const [time, signal, deviation, noise] = ["time", "signal", "deviation", "noise"].map((name) => given[name]!) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const truth = oneHot(given["grade"]!, { classes, axis: 1 });
    const noiseBy = (guess: Tensor): Tensor => {
      const centred = add(mul(truth, signal), mul(guess, sub(1, signal)));
      return denoiser(scope, { embedded, label: add(centred, mul(noise, deviation)), guess, time }, shape);
    };
    const error = meanSquaredError(noiseBy(given["both"]!), noise);
    if (distributionWeight === 0) return { total: error, error };
    const sigma = classes / Math.SQRT2;
    const [whole, close] = ["whole", "close"].map((name) => mmdRbf(noise, noiseBy(given[name]!), { sigma }));
    const distribution = add(whole!, close!);
    return { total: add(error, mul(distribution, distributionWeight)), error, distribution };
  };
  const step = { name: "denoise", optimizer: adam(), clipNorm: CLIP_NORM } as const;
  if (from === "given") {
    const embedded: InputSpecs = { embedded: { shape: [batch, hidden] } };
    return trainStep({
      ...step,
      networks: [NETWORKS.denoiser],
      trained: [NETWORKS.denoiser],
      inputs: { ...embedded, ...inputs },
      loss: (networks, given) => loss(networks.denoiser, given["embedded"]!, given),
    });
  }
  const image: InputSpecs = { image: images(shape, batch) };
  return trainStep({
    ...step,
    networks: [NETWORKS.image, NETWORKS.denoiser],
    trained: [NETWORKS.image, NETWORKS.denoiser],
    inputs: { ...image, ...inputs },
    loss: (networks, given) => loss(networks.denoiser, imageEmbedding(networks.image, given["image"]!, shape), given),
  });
}

/** image -> `embedded` [batch, hidden]: once for an image, however many chains are walked for it. */
export function embeddingProgram(shape: GraderShape, batch: number): Program {
  return inferStep({
    name: "embed",
    networks: [NETWORKS.image],
    inputs: { image: images(shape, batch) },
    outputs: (networks, { image }) => ({ embedded: imageEmbedding(networks.image, image, shape) }),
  });
}

/** embedded, label, guess, time -> `noise` [batch, classes]. */
export function denoiserProgram(shape: GraderShape, batch: number): Program {
  const row = { shape: [batch, shape.classes] };
  return inferStep({
    name: "denoise a label",
    networks: [NETWORKS.denoiser],
    inputs: {
      embedded: { shape: [batch, shape.hidden] },
      label: row,
      guess: row,
      time: { shape: [batch], dtype: "int64" },
    },
    outputs: (networks, given) => ({ noise: denoiser(networks.denoiser, given, shape) }),
  });
}
