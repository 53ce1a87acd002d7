/** @file Everything that `npm run bench -- engine` measures. A new workload adds one line here. */
import { bcpStep } from "./bcp-step.ts";
import { bcpVolumesStep } from "./bcp-volumes-step.ts";
import { convolutionLibraries, convolutions } from "./convolution.ts";
import { diffusionStep } from "./diffusion-step.ts";
import { gensegIterations } from "./genseg-iteration.ts";
import { gradingStep } from "./grading-step.ts";
import { pix2pixStep } from "./pix2pix-step.ts";
import { regganSteps } from "./reggan-step.ts";
import { siameseSampling } from "./siamese-sampling.ts";
import { siameseTrainings } from "./siamese-step.ts";
import { tinyStep } from "./tiny-step.ts";
import { translations } from "./translation.ts";
import { unetInference } from "./unet-inference.ts";
import { unetStep } from "./unet-step.ts";
import { warpWorkload } from "./warp.ts";
import type { Workload } from "./workload.ts";

export const workloads: readonly Workload[] = [
  unetStep,
  ...convolutions,
  pix2pixStep,
  diffusionStep,
  ...regganSteps,
  ...translations,
  warpWorkload,
  ...siameseTrainings,
  ...siameseSampling,
  ...gensegIterations,
  bcpStep,
  bcpVolumesStep,
  gradingStep,
  tinyStep,
  unetInference,
  convolutionLibraries,
];
