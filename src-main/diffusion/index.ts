/** @file Diffusion on the host: how noise grows with time, and the solvers that walk it back. Knows no network. */
export {
  labelPosterior,
  type LabelChains,
  type LabelPosterior,
  type LabelSampler,
  noisyLabel,
  type SampledLabels,
  sampleLabels,
  sharesAt,
} from "./label-diffusion.ts";
export { linearNoise, type NoiseSchedule, scaledLinearNoise } from "./noise-schedule.ts";
export { cleanOf, type Denoised, noiseOf, type PredictionType, targetOf } from "./prediction-type.ts";
export { samplingTimes, sampleLatent, type SampleOptions, type SampleProgress, type SolverName } from "./sample.ts";
