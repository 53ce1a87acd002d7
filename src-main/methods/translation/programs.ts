/** @file The step programs of the five modes: Kong et al. 2021, arXiv:2110.06465; Zhu et al. 2017, arXiv:1703.10593; Isola et al. 2017, arXiv:1611.07004. */
import { add, mul, type Scope, type Tensor, warp } from "../../engine/index.ts";
import {
  adam,
  flowSmoothness,
  inferStep,
  leastSquaresAdversarial,
  meanAbsoluteError,
  trainStep,
} from "../../training/index.ts";
import { hasCycle, isConditional, type LossWeights, type Mode, registers } from "./modes.ts";
import { flowBetween, judge, NETWORKS, toSource, toTarget, type TranslationShape } from "./networks.ts";

export interface ProgramOptions {
  mode: Mode;
  shape: TranslationShape;
  weights: LossWeights;
  batchSize: number;
}

const BETAS = { beta1: 0.5, beta2: 0.999 };

const sources = ({ sourceChannels, height, width }: TranslationShape, batch: number) => ({
  shape: [batch, sourceChannels, height, width],
});
const targets = ({ targetChannels, height, width }: TranslationShape, batch: number) => ({
  shape: [batch, targetChannels, height, width],
});

/** Networks that learn on the generator's side, and those that judge. */
export function networksOf(mode: Mode): { learning: string[]; judging: string[] } {
  const { forward, backward, targetJudge, sourceJudge, registration } = NETWORKS;
  return {
    learning: [forward, ...(hasCycle(mode) ? [backward] : []), ...(registers(mode) ? [registration] : [])],
    judging: [targetJudge, ...(hasCycle(mode) ? [sourceJudge] : [])],
  };
}

/**
 * Generators and registration learn from one pass. The discriminator judges the result as it is, never the registered one: registration is to serve
 * alignment, not the adversary. Inputs `source`, `target`; outputs the terms of the loss.
 */
export function generatorStep({ mode, shape, weights, batchSize }: ProgramOptions) {
  const { learning, judging } = networksOf(mode);
  const { generator: believed } = leastSquaresAdversarial;
  return trainStep({
    name: "train.generator",
    networks: [...learning, ...judging],
    trained: learning,
    inputs: { source: sources(shape, batchSize), target: targets(shape, batchSize) },
    loss(scopes: Readonly<Record<string, Scope>>, { source, target }) {
      const of = (name: string): Scope => scopes[name]!;
      const frozen = (name: string): Scope => scopes[name]!.frozen();
      const translated = toTarget(of(NETWORKS.forward), source, shape);
      const candidate = isConditional(mode) ? [source, translated] : [translated];
      const terms: Record<string, Tensor> = {
        adversarial: believed(judge(frozen(NETWORKS.targetJudge), candidate, shape)),
      };
      const weighed = [mul(terms["adversarial"]!, weights.adversarial)];
      const count = (name: string, term: Tensor, weight: number): void => {
        terms[name] = term;
        weighed.push(mul(term, weight));
      };
      if (isConditional(mode)) count("pixel", meanAbsoluteError(translated, target), weights.pixel);
      if (registers(mode)) {
        const flow = flowBetween(of(NETWORKS.registration), translated, target, shape);
        count("correction", meanAbsoluteError(warp(translated, flow), target), weights.correction);
        count("smoothness", flowSmoothness(flow), weights.smoothness);
      }
      if (hasCycle(mode)) {
        const back = toSource(of(NETWORKS.backward), target, shape);
        count("backward", believed(judge(frozen(NETWORKS.sourceJudge), [back], shape)), weights.adversarial);
        const there = meanAbsoluteError(toSource(of(NETWORKS.backward), translated, shape), source);
        const around = meanAbsoluteError(toTarget(of(NETWORKS.forward), back, shape), target);
        count("cycle", add(there, around), weights.cycle);
      }
      return { total: weighed.reduce((total, part) => add(total, part)), ...terms };
    },
    optimizer: adam(BETAS),
  });
}

/** Tells images of one side from those made for it: `real` and `fake`, and with pix2pix their `source`. Output `total`. */
export function discriminatorStep({ mode, shape, weights, batchSize }: ProgramOptions, side: "target" | "source") {
  const network = side === "target" ? NETWORKS.targetJudge : NETWORKS.sourceJudge;
  const images = (side === "target" ? targets : sources)(shape, batchSize);
  const conditional = isConditional(mode);
  return trainStep({
    name: `train.${network}`,
    networks: [network],
    trained: network,
    inputs: { real: images, fake: images, ...(conditional && { source: sources(shape, batchSize) }) },
    loss(scopes: Readonly<Record<string, Scope>>, fed) {
      const { real, fake, source } = fed as Readonly<Record<string, Tensor>>;
      const score = (image: Tensor) => judge(scopes[network]!, conditional ? [source!, image] : [image], shape);
      const loss = leastSquaresAdversarial.discriminator(score(real!), score(fake!));
      return { total: mul(loss, weights.adversarial) };
    },
    optimizer: adam(BETAS),
  });
}

/** `source` -> `image` in [-1, 1]: all that is left of a training when it is used. */
export function translationProgram(shape: TranslationShape, batch: number) {
  return inferStep({
    name: "translate",
    networks: [NETWORKS.forward],
    inputs: { source: sources(shape, batch) },
    outputs: (scopes, { source }) => ({ image: toTarget(scopes[NETWORKS.forward], source, shape) }),
  });
}

/** The way back, `target` -> `image`: what the other discriminator is shown. */
export function backwardProgram(shape: TranslationShape, batch: number) {
  return inferStep({
    name: "translate.back",
    networks: [NETWORKS.backward],
    inputs: { target: targets(shape, batch) },
    outputs: (scopes, { target }) => ({ image: toSource(scopes[NETWORKS.backward], target, shape) }),
  });
}

/** `translated` and `target` -> the `flow` that is estimated between them, and the first `registered` by it. */
export function registrationProgram(shape: TranslationShape, batch: number) {
  return inferStep({
    name: "register",
    networks: [NETWORKS.registration],
    inputs: { translated: targets(shape, batch), target: targets(shape, batch) },
    outputs: (scopes, { translated, target }) => {
      const flow = flowBetween(scopes[NETWORKS.registration], translated, target, shape);
      return { flow, registered: warp(translated, flow) };
    },
  });
}
