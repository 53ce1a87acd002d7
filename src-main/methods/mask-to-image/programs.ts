/** @file The step programs of GenSeg's three levels: Zhang et al. 2025, doi 10.1038/s41467-025-61754-6. */
import {
  add,
  mul,
  scalar,
  type Scope,
  softmax,
  sqrt,
  square,
  stopGradient,
  sub,
  sumOver,
  type Tensor,
} from "../../engine/index.ts";
import { CANDIDATES, cellShares } from "../../networks/index.ts";
import {
  adam,
  adamW,
  crossEntropy,
  differenceGradient,
  inferStep,
  logisticAdversarial,
  softDicePerImage,
  trainStep,
  unrolledGradient,
  unrolledLoss,
  type UnrolledOptions,
  type VirtualStep,
  withGradients,
} from "../../training/index.ts";
import { cellCount, type Cells, type LevelNetworks, NETWORKS, OWN_NETWORKS, type SynthesisShape } from "./networks.ts";

const {
  generator: GENERATOR,
  discriminator: DISCRIMINATOR,
  segmenter: SEGMENTER,
  architecture: ARCHITECTURE,
} = NETWORKS;

/** Of the mean absolute error in the generator's loss. Isola et al. 2017, arXiv:1611.07004, section 3.3. */
const L1_WEIGHT = 100;
/** pix2pix's; the architecture search takes them over. */
const BETAS = { beta1: 0.5, beta2: 0.999 };

export interface ProgramOptions {
  shape: SynthesisShape;
  /** Of the images that the segmenter learns from: the generator's 0 and 1. */
  range: { low: number; high: number };
  /** The kept candidate of each cell, once the architecture is decided; until then shares come in from outside. */
  kept?: readonly number[];
  /** Default: the method's own. */
  networks?: LevelNetworks;
}

/** The second half of what the segmenter learns from. */
export type SecondHalf = "none" | "given" | "synthetic";

export interface SegmenterOptions extends ProgramOptions {
  second: SecondHalf;
  /** Weight of the loss on the second half. */
  gamma: number;
  weightDecay: number;
}

export interface HypergradientOptions {
  /** By differentiating through the virtual step, or by differences of first gradients. */
  way: "exact" | "differences";
  /** The architecture acts on the image alone, or on the generator's next weights as well. */
  route: "direct" | "both";
  /** Of the step that differences take, along the whole of the weights. */
  length: number;
}

export interface ArchitectureOptions extends SegmenterOptions {
  /** "random": a walk with steps of the same length, to compare with. */
  direction: HypergradientOptions | "random";
  /** Images to judge by at once. */
  validationBatch: number;
  architectureDecay: number;
}

const pictures = ({ channels, size }: SynthesisShape, batch: number) => ({ shape: [batch, channels, size, size] });
const labelMaps = ({ size }: SynthesisShape, batch: number) =>
  ({ shape: [batch, size, size], dtype: "uint8" }) as const;

/** Shares of all cells [cells, 3]: an input, so that no level but the third can move them. */
function sharesInput({ shape, kept, networks = OWN_NETWORKS }: ProgramOptions): Record<string, { shape: number[] }> {
  const cells = networks.cellCount(shape);
  return cells === 0 || kept !== undefined ? {} : { shares: { shape: [cells, CANDIDATES.length] } };
}

const cellsFrom = (inputs: Readonly<Record<string, Tensor>>, { kept }: ProgramOptions): Cells =>
  kept ?? inputs["shares"] ?? null;

/** Real pairs, and the shares. */
function levelOneInputs(options: ProgramOptions) {
  const { shape } = options;
  const { batchSize } = shape;
  return { image: pictures(shape, batchSize), labelMap: labelMaps(shape, batchSize), ...sharesInput(options) };
}

type Range = ProgramOptions["range"];
const toUnit = (image: Tensor, { low, high }: Range): Tensor => mul(sub(image, low), 1 / (high - low));
const fromUnit = (painted: Tensor, { low, high }: Range): Tensor => add(mul(painted, high - low), low);

/** Level I, discriminator: tells images from what the generator paints for their masks. Output `total`. */
export function discriminatorStep(options: ProgramOptions) {
  const { shape, range, networks = OWN_NETWORKS } = options;
  return trainStep({
    name: "train.discriminator",
    networks: [GENERATOR, DISCRIMINATOR],
    trained: DISCRIMINATOR,
    inputs: levelOneInputs(options),
    loss(scopes, inputs) {
      const { image, labelMap } = inputs as { image: Tensor; labelMap: Tensor };
      const cells = cellsFrom(inputs, options);
      const painted = networks.paint(scopes[GENERATOR].frozen().in("train"), labelMap, { cells, shape });
      const score = (picture: Tensor) => networks.judge(scopes[DISCRIMINATOR], labelMap, picture, shape);
      const total = logisticAdversarial.discriminator(score(toUnit(image, range)), score(stopGradient(painted)));
      return { total: mul(total, 0.5) };
    },
    optimizer: adam(BETAS),
  });
}

/** Level I, generator: paints images that the discriminator believes and that are near the real one. Outputs `total`, `l1`, `adversarial`. */
export function generatorStep(options: ProgramOptions) {
  return trainStep({
    name: "train.generator",
    networks: [GENERATOR, DISCRIMINATOR],
    trained: GENERATOR,
    inputs: levelOneInputs(options),
    loss(scopes, inputs) {
      const { image, labelMap } = inputs as { image: Tensor; labelMap: Tensor };
      const cells = cellsFrom(inputs, options);
      return generatorLoss(scopes[GENERATOR], scopes[DISCRIMINATOR], { image, labelMap, cells }, options);
    },
    optimizer: adam(BETAS),
  });
}

function generatorLoss(
  generator: Scope,
  discriminator: Scope,
  { image, labelMap, cells }: { image: Tensor; labelMap: Tensor; cells: Cells },
  { shape, range, networks = OWN_NETWORKS }: ProgramOptions,
): { total: Tensor; l1: Tensor; adversarial: Tensor } {
  const painted = networks.paint(generator, labelMap, { cells, shape });
  const adversarial = logisticAdversarial.generator(networks.judge(discriminator.frozen(), labelMap, painted, shape));
  const l1 = networks.distance(painted, toUnit(image, range));
  return { total: add(adversarial, mul(l1, L1_WEIGHT)), l1, adversarial };
}

/** Inputs of level II: a half of real pairs and, unless there is no second, its label maps; its images too where they are given. */
function halves({ shape, second }: SegmenterOptions) {
  const { batchSize } = shape;
  return {
    image: pictures(shape, batchSize),
    labelMap: labelMaps(shape, batchSize),
    ...(second !== "none" && { secondLabelMap: labelMaps(shape, batchSize) }),
    ...(second === "given" && { secondImage: pictures(shape, batchSize) }),
  };
}

/**
 * Level II's loss: cross-entropy and the overlap of each image. Each half has a pass of its own, so that what only the second depends on,
 * the architecture, is followed through the second alone: half of all second derivatives.
 */
function segmenterLoss(
  segmenter: Scope,
  { image, labelMap, secondImage, secondLabelMap }: Readonly<Record<string, Tensor>>,
  { shape, gamma, networks = OWN_NETWORKS }: SegmenterOptions,
): { total: Tensor; real: Tensor; second?: Tensor } {
  const loss = (picture: Tensor, truth: Tensor) => {
    const logits = networks.segment(segmenter, picture, shape);
    return add(crossEntropy(logits, truth), softDicePerImage(logits, truth));
  };
  const real = loss(image!, labelMap!);
  if (secondImage === undefined) return { total: real, real };
  const second = loss(secondImage, secondLabelMap!);
  return { total: add(real, mul(second, gamma)), real, second };
}

/** Level II: the segmenter learns from real pairs and the second half; neither generator nor architecture moves. Outputs `total`, `real`, `second`. */
export function segmenterStep(options: SegmenterOptions) {
  const { shape, range, second, weightDecay, networks = OWN_NETWORKS } = options;
  const isPainted = second === "synthetic";
  return trainStep({
    name: "train.segmenter",
    networks: isPainted ? [SEGMENTER, GENERATOR] : [SEGMENTER],
    trained: SEGMENTER,
    inputs: { ...halves(options), ...(isPainted && sharesInput(options)) },
    loss(scopes: Readonly<Record<string, Scope>>, inputs) {
      const fed = inputs as Readonly<Record<string, Tensor>>;
      if (!isPainted) return segmenterLoss(scopes[SEGMENTER]!, fed, options);
      const generator = scopes[GENERATOR]!.frozen().in("train");
      const cells = cellsFrom(fed, options);
      const painted = stopGradient(networks.paint(generator, fed["secondLabelMap"]!, { cells, shape }));
      return segmenterLoss(scopes[SEGMENTER]!, { ...fed, secondImage: fromUnit(painted, range) }, options);
    },
    optimizer: adamW({ weightDecay }),
  });
}

/**
 * Level III: the architecture follows the slope of the validation loss after a virtual step of the segmenter, taken on the very batch
 * and noise of its next real one. Rates of the virtual steps come in as `segmenterRate` and `generatorRate`. Outputs `total` (the
 * validation loss after the virtual step) and `slope` (norm of the hypergradient). Equation: specification of the method, sections 3 and 10.3.
 */
export function architectureStep(options: ArchitectureOptions) {
  const { shape, direction, validationBatch, architectureDecay, networks = OWN_NETWORKS } = options;
  const cells = networks.cellCount(shape);
  if (cells === 0) throw new Error("architectureStep: the generator has no cells to search.");
  const isRandom = direction === "random";
  return trainStep({
    name: "train.architecture",
    networks: isRandom ? [ARCHITECTURE] : [ARCHITECTURE, SEGMENTER, GENERATOR, DISCRIMINATOR],
    trained: ARCHITECTURE,
    inputs: isRandom
      ? { direction: { shape: [cells, CANDIDATES.length] } }
      : {
          ...halves({ ...options, second: "synthetic" }),
          validationImage: pictures(shape, validationBatch),
          validationLabelMap: labelMaps(shape, validationBatch),
          segmenterRate: { shape: [] },
          ...(direction.route === "both" && { generatorRate: { shape: [] } }),
        },
    loss(scopes: Readonly<Record<string, Scope>>, inputs): { total: Tensor } & Record<string, Tensor> {
      const fed = inputs as Readonly<Record<string, Tensor>>;
      if (isRandom) {
        cellShares(scopes[ARCHITECTURE]!, cells);
        const logits = scopes[ARCHITECTURE]!.parameters();
        return { total: withGradients(scalar(0), logits, [fed["direction"]!]) };
      }
      const unrolled = lookahead(scopes, fed, { ...options, direction });
      const slopes =
        direction.way === "exact"
          ? unrolledGradient(unrolled)
          : differenceGradient({ ...unrolled, length: direction.length });
      const slope = sqrt(sumOver(square(slopes[0]!)));
      return { total: withGradients(unrolledLoss(unrolled), unrolled.wrt, slopes), slope };
    },
    optimizer: adamW({ ...BETAS, weightDecay: architectureDecay }),
  });
}

/** What level III asks: the validation loss after virtual steps, of the generator (where both routes count) and of the segmenter, by the logits of the cells. */
export function lookahead(
  scopes: Readonly<Record<string, Scope>>,
  fed: Readonly<Record<string, Tensor>>,
  options: ArchitectureOptions & { direction: HypergradientOptions },
): UnrolledOptions {
  const { shape, range, gamma, direction, networks = OWN_NETWORKS } = options;
  const cells = cellShares(scopes[ARCHITECTURE]!, networks.cellCount(shape));
  const generator = scopes[GENERATOR]!.in("train");
  const segmenter = scopes[SEGMENTER]!.in("train");
  const painted = networks.paint(generator, fed["secondLabelMap"]!, { cells, shape });
  const training = segmenterLoss(segmenter, { ...fed, secondImage: fromUnit(painted, range) }, options);
  const validation = { image: fed["validationImage"]!, labelMap: fed["validationLabelMap"]! };
  const outer = segmenterLoss(segmenter, validation, options).total;
  const learning: VirtualStep = {
    loss: training.total,
    coupled: mul(training.second!, gamma),
    weights: segmenter.parameters(),
    rate: fed["segmenterRate"]!,
  };
  const painting = (): VirtualStep => {
    const { image, labelMap } = fed as { image: Tensor; labelMap: Tensor };
    const { total } = generatorLoss(generator, scopes[DISCRIMINATOR]!, { image, labelMap, cells }, options);
    return { loss: total, weights: generator.parameters(), rate: fed["generatorRate"]! };
  };
  const steps = direction.route === "both" ? [painting(), learning] : [learning];
  return { outer, steps, wrt: scopes[ARCHITECTURE]!.parameters() };
}

/** Shares of the cells as they are: [cells, 3]. */
export function sharesProgram(shape: SynthesisShape) {
  return inferStep({
    name: "shares",
    networks: [ARCHITECTURE],
    inputs: {},
    outputs: (scopes) => ({ shares: cellShares(scopes[ARCHITECTURE], cellCount(shape)) }),
  });
}

/** Probabilities of background and classes, [N, 1 + classes, S, S]. */
export function segmentationProgram(shape: SynthesisShape, batch: number) {
  return inferStep({
    networks: [SEGMENTER],
    inputs: { image: pictures(shape, batch) },
    outputs: (scopes, { image }) => ({
      probabilities: softmax(OWN_NETWORKS.segment(scopes[SEGMENTER], image, shape), { axis: 1 }),
    }),
  });
}

/** Images in [0, 1] for label maps; with dropout, its only noise, as in training. */
export function paintingProgram(options: ProgramOptions, batch: number) {
  const { shape, networks = OWN_NETWORKS } = options;
  return inferStep({
    name: "paint",
    networks: [GENERATOR],
    inputs: { labelMap: labelMaps(shape, batch), ...sharesInput(options) },
    outputs: (scopes, inputs) => {
      const { labelMap } = inputs as { labelMap: Tensor };
      const cells = cellsFrom(inputs as Readonly<Record<string, Tensor>>, options);
      return { image: networks.paint(scopes[GENERATOR].in("train"), labelMap, { cells, shape }) };
    },
  });
}
