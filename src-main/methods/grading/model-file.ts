/** @file What a model of labels says of itself, in the metadata of its weights. */
import { NORMALIZATION } from "../../dataset/index.ts";
import { Problem } from "../../problem/index.ts";
import type { LabelSampler } from "../../diffusion/index.ts";
import type { LabelTarget } from "./label-target.ts";
import type { GraderShape } from "./networks.ts";
import type { Variant } from "./programs.ts";
import type { Mirroring } from "./variation.ts";

/** Stored in files: never rename. */
export type GradingMethod = "classify" | "regress" | "diffmic";

export interface GraderDescription {
  method: GradingMethod;
  shape: GraderShape;
  targets: readonly LabelTarget[];
  /** How an image is varied when it is asked again. */
  mirror: Mirroring;
  /** By which probabilities are made milder; 1: as they come. */
  temperature: number;
  /** Of numbers to learn from: what is added and multiplied to come from deviations to the unit. */
  scale?: readonly { mean: number; deviation: number }[];
  /** Of a diffusion. */
  chain?: LabelChain;
}

export interface LabelChain {
  variant: Variant;
  isCentred: boolean;
  sampler: LabelSampler;
  /** Whether the image has a network of its own, or the features of the look at the whole. */
  image: "trained" | "features";
  /** Estimates are kept within; null: as they come. Models of earlier versions do not say it: [-0.5, 1.5]. */
  clip?: readonly [number, number] | null;
  /** Of the paper's variant: the noise is centred on the sum of both looks' probabilities, not on their mean. */
  isSummed?: boolean;
  /** It goes by the guesses alone. */
  isBlind?: boolean;
}

const FORMAT = "1";

export function describeGrader(description: GraderDescription): Record<string, string> {
  const { method, ...rest } = description;
  return { method, grader: FORMAT, normalization: NORMALIZATION, description: JSON.stringify(rest) };
}

/** Throws `Problem` "unsupported-file" where the metadata is not of such a model. */
export function readGrader(metadata: Readonly<Record<string, string>>): GraderDescription {
  const { method = "", grader, normalization, description } = metadata;
  if (grader === FORMAT && normalization === NORMALIZATION && description !== undefined) {
    return { method: method as GradingMethod, ...(JSON.parse(description) as Omit<GraderDescription, "method">) };
  }
  throw new Problem({
    code: "unsupported-file",
    title: "The model says nothing of labels of whole images.",
    detail: method === "" ? "Its file does not say what made it." : `It was made by ${method}.`,
    hint: "Choose a model that was trained with classify, diffmic or regress.",
  });
}
