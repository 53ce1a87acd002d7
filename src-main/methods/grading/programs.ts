/** @file The steps of a grader: the plain classifier's, that of the two looks that guess a label, and the denoiser's; and what each answers for an image. */
import { add, concat, mul, oneHot, type Program, type Scope, sub, type Tensor } from "../../engine/index.ts";
import {
  adam,
  crossEntropy,
  huber,
  inferStep,
  type InputSpecs,
  meanSquaredError,
  mmdRbf,
  trainStep,
} from "../../training/index.ts";
import {
  classifier,
  classifierLook,
  denoiser,
  featureEmbedding,
  featureWidth,
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

/** Learning rate of a trunk that learned before: an input of its own. */
export const TRUNK_RATE = "trunkRate";

const ofTrunk = ({ trunk }: GraderShape) =>
  trunk.kind === "onnx"
    ? {
        groups: [
          { match: (name: string) => name.startsWith(`${NETWORKS.classifier}.trunk.`), learningRate: TRUNK_RATE },
        ],
      }
    : {};

/** image, grade -> `total`: cross-entropy. */
export function classifierStep(
  shape: GraderShape,
  batch: number,
  { labelSmoothing = 0 }: { labelSmoothing?: number } = {},
): Program {
  return trainStep({
    name: "classify",
    networks: [NETWORKS.classifier],
    trained: NETWORKS.classifier,
    inputs: { image: images(shape, batch), grade: grades(batch) },
    loss: (networks, { image, grade }) => ({
      total: crossEntropy(classifier(networks.classifier, image, shape), grade, { labelSmoothing }),
    }),
    optimizer: adam(),
    ...ofTrunk(shape),
  });
}

/**
 * image, `target` and `known` [batch, classes] -> `total`: Huber's loss of numbers in deviations, 1 deviation wide, where `known` is 1. A number has the place of a class.
 */
export function regressorStep(shape: GraderShape, batch: number): Program {
  const row = { shape: [batch, shape.classes] };
  return trainStep({
    name: "regress",
    networks: [NETWORKS.classifier],
    trained: NETWORKS.classifier,
    inputs: { image: images(shape, batch), target: row, known: row },
    loss: (networks, { image, target, known }) => ({
      total: huber(classifier(networks.classifier, image, shape), target, { weight: known }),
    }),
    optimizer: adam(),
    ...ofTrunk(shape),
  });
}

/** image -> `logits` [batch, classes], `saliency` [batch, classes, cells, cells]. */
export function classifierProgram(shape: GraderShape, batch: number): Program {
  return inferStep({
    networks: [NETWORKS.classifier],
    inputs: { image: images(shape, batch) },
    outputs: (networks, { image }) =>
      classifierLook(networks.classifier, image, shape) as Record<"saliency" | "logits", Tensor>,
  });
}

export interface GuidanceOptions {
  /**
   * "all": each look learns by its own answer as well as by the answer of both; "fused": by that of both alone, as the published program has it, which may leave one
   * of them uninformed.
   */
  losses: "all" | "fused";
  /** Share of the truth that is spread over all classes. Default 0. */
  labelSmoothing?: number;
}

/** image, regions, grade -> `total`, and the cross-entropies `both`, `whole`, `close`; without close looks image, grade -> `total`, `whole`. */
export function guidanceStep(
  shape: GraderShape,
  batch: number,
  { losses, labelSmoothing = 0 }: GuidanceOptions,
): Program {
  const cuts: InputSpecs = shape.regions.count > 0 ? { regions: regionsOf(shape, batch) } : {};
  const inputs: InputSpecs = { image: images(shape, batch), ...cuts, grade: grades(batch) };
  return trainStep({
    name: "guide",
    networks: [NETWORKS.global, NETWORKS.local],
    trained: [NETWORKS.global, NETWORKS.local],
    inputs,
    loss(networks, given): Losses {
      const seen = lookAtWhole(networks.global, given["image"]!, shape).logits;
      const of = (logits: Tensor): Tensor => crossEntropy(logits, given["grade"]!, { labelSmoothing });
      const regions = given["regions"];
      if (regions === undefined) {
        const whole = of(seen);
        return { total: whole, whole };
      }
      const closely = lookAtRegions(networks.local, regions, shape).logits;
      const [both, whole, close] = [of(fused(seen, closely)), of(seen), of(closely)];
      return { total: losses === "all" ? add(both, add(whole, close)) : both, both, whole, close };
    },
    optimizer: adam({ amsgrad: true }),
  });
}

/** image -> `features` [batch, features], `saliency` [batch, classes, cells, cells], `logits` [batch, classes] of the look at the whole. */
export function wholeProgram(shape: GraderShape, batch: number): Program {
  return inferStep({
    name: "look at the whole",
    networks: [NETWORKS.global],
    inputs: { image: images(shape, batch) },
    outputs: (networks, { image }) =>
      lookAtWhole(networks.global, image, shape) as Record<"features" | "saliency" | "logits", Tensor>,
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

/** "code": the denoiser is told the guess of its stream; "paper": both looks' guesses, of which a stream of one look has the other as 0. */
export type Variant = "code" | "paper";

/** Numbers that the denoiser is told of the guesses. */
export const guessWidth = (classes: number, variant: Variant): number => (variant === "paper" ? 2 * classes : classes);

export interface DenoiserOptions {
  /** Weight of the two streams that compare how predicted and true noise are distributed. 0 leaves them out. */
  distributionWeight: number;
  /** Leave out pairs of a row with itself: for small batches. */
  isUnbiased?: boolean;
  /** Default "code". */
  variant?: Variant;
  /** Whether the noise is centred on the guess (default), or on 0. */
  isCentred?: boolean;
  /** "trained": the image's network learns too, all of it; "features": its last layer alone, on features that were computed once; "given": not at all. */
  image: "trained" | "features" | "given";
}

/**
 * The label's noise by three guesses of it, with the same noise and the same weights: image, features or embedded, grade, `time`, `signal` = √ᾱ and `deviation` =
 * √(1 - ᾱ) [batch, 1], `noise` and guesses `both`, `whole`, `close` [batch, classes] -> `total`, `error`, `distribution`. The mean squared error counts for the guess
 * of both looks; for each look alone it is the kernel discrepancy, with 2σ² = classes².
 */
export function denoiserStep(
  shape: GraderShape,
  batch: number,
  { distributionWeight, isUnbiased = false, variant = "code", isCentred = true, image: from }: DenoiserOptions,
): Program {
  const { classes, hidden, trunk } = shape;
  const row = { shape: [batch, classes] };
  const column = { shape: [batch, 1] };
  const seesLooks = distributionWeight > 0 || variant === "paper";
  const guesses: InputSpecs = seesLooks ? { both: row, whole: row, close: row } : { both: row };
  const inputs: InputSpecs = {
    grade: grades(batch),
    time: { shape: [batch], dtype: "int64" },
    signal: column,
    deviation: column,
    noise: row,
    ...guesses,
  };
  const loss = (scope: Scope, embedded: Tensor, given: Readonly<Record<string, Tensor>>): Losses => {
    const of = (name: string): Tensor => given[name]!;
    const truth = oneHot(of("grade"), { classes, axis: 1 });
    /** What the denoiser is told in a stream. */
    const toldIn = (stream: "both" | "whole" | "close"): Tensor => {
      if (variant === "code") return of(stream);
      const part = (look: "whole" | "close") => (stream === "both" || stream === look ? of(look) : mul(of(look), 0));
      return concat([part("whole"), part("close")], { axis: 1 });
    };
    const noiseBy = (stream: "both" | "whole" | "close"): Tensor => {
      const signal = mul(truth, of("signal"));
      const centred = isCentred ? add(signal, mul(of(stream), sub(1, of("signal")))) : signal;
      const label = add(centred, mul(of("noise"), of("deviation")));
      return denoiser(scope, { embedded, label, guess: toldIn(stream), time: of("time") }, shape);
    };
    const error = meanSquaredError(noiseBy("both"), of("noise"));
    if (distributionWeight === 0) return { total: error, error };
    const kernel = { sigma: classes / Math.SQRT2, unbiased: isUnbiased };
    const distribution = add(
      mmdRbf(of("noise"), noiseBy("whole"), kernel),
      mmdRbf(of("noise"), noiseBy("close"), kernel),
    );
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
  const seen: InputSpecs =
    from === "trained" ? { image: images(shape, batch) } : { features: { shape: [batch, featureWidth(trunk)] } };
  return trainStep({
    ...step,
    networks: [NETWORKS.image, NETWORKS.denoiser],
    trained: [NETWORKS.image, NETWORKS.denoiser],
    inputs: { ...seen, ...inputs },
    loss(networks, given) {
      const embedded =
        from === "trained"
          ? imageEmbedding(networks.image, given["image"]!, shape)
          : featureEmbedding(networks.image, given["features"]!, shape);
      return loss(networks.denoiser, embedded, given);
    },
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

/** features -> `embedded` [batch, hidden]. */
export function featureEmbeddingProgram(shape: GraderShape, batch: number): Program {
  return inferStep({
    name: "embed",
    networks: [NETWORKS.image],
    inputs: { features: { shape: [batch, featureWidth(shape.trunk)] } },
    outputs: (networks, { features }) => ({ embedded: featureEmbedding(networks.image, features, shape) }),
  });
}

/** embedded, label, guess, time -> `noise` [batch, classes]. */
export function denoiserProgram(shape: GraderShape, batch: number, variant: Variant = "code"): Program {
  const row = { shape: [batch, shape.classes] };
  return inferStep({
    name: "denoise a label",
    networks: [NETWORKS.denoiser],
    inputs: {
      embedded: { shape: [batch, shape.hidden] },
      label: row,
      guess: { shape: [batch, guessWidth(shape.classes, variant)] },
      time: { shape: [batch], dtype: "int64" },
    },
    outputs: (networks, given) => ({ noise: denoiser(networks.denoiser, given, shape) }),
  });
}
