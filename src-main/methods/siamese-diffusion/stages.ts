/** @file The stages of a training: which come, and what each hands on to the next. */
import type { State } from "../../engine/runtime/index.ts";
import { cosineRate, type Schedule, warmUp } from "../../training/index.ts";
import { averageOf, NETWORKS } from "./networks.ts";
import type { Weights } from "./programs.ts";
import type { SiameseSettings } from "./settings.ts";

/** Stored in checkpoints and part of what names the randomness: never rename. */
export type StageName = "codec" | "prior" | "siamese";

export interface Stage {
  name: StageName;
  steps: number;
  rate: Schedule;
}

/** Of a stage, in which its rate rises; and the share of it that is left at its end. */
const RISE = 0.08;
const LEFT = 0.05;

export function stagesOf(settings: SiameseSettings): Stage[] {
  const { adapter, stages, codecSteps, priorSteps, steps, priorRate, learningRate } = settings;
  const stage = (name: StageName, count: number, rate: number): Stage => ({
    name,
    steps: count,
    rate: warmUp(Math.max(1, Math.floor(RISE * count)), cosineRate({ rate, steps: count, final: LEFT * rate })),
  });
  return [
    ...(adapter === "autoencoder" ? [stage("codec", codecSteps, priorRate)] : []),
    ...(stages === "two" ? [stage("prior", priorSteps, priorRate)] : []),
    stage("siamese", steps, learningRate),
  ];
}

/** What a model says of its numbers; a checkpoint holds those under training beside them. */
export const AVERAGES = "averages";

/** Input of the steps that keep averages. */
export const AVERAGE_DECAY = "averageDecay";

/**
 * Share of the averages that is kept at step `at`, from 0, of a stage: little at first. Kept as `decay` says from the first step on, 22 % of the random weights
 * that a prior begins with would be left in it after 1500 steps at 0.999, and go on from there.
 */
export function averageDecay(at: number, decay: number): number {
  return Math.min(decay, (1 + at) / (10 + at));
}

/** Where step `step` of the whole training, from 0, is. After the last step: at the end of the last stage. */
export function placeOf(stages: readonly Stage[], step: number): { stage: Stage; at: number } {
  let at = step;
  for (const stage of stages) {
    if (at < stage.steps || stage === stages.at(-1)) return { stage, at };
    at -= stage.steps;
  }
  throw new Error("siamese-diffusion: a training has at least one stage.");
}

const below = (states: State, network: string): [string, State[string]][] =>
  Object.entries(states)
    .filter(([name]) => name.startsWith(`${network}.`))
    .map(([name, value]) => [name.slice(network.length + 1), value]);

/** A network's numbers under another name. */
export function renamed(states: State, from: string, to: string): State {
  return Object.fromEntries(below(states, from).map(([name, value]) => [`${to}.${name}`, value]));
}

const { encoder, decoder, control, codec } = NETWORKS;

/**
 * What goes on after a stage: the averages of the prior become the networks, and nothing of its optimizer stays. Networks that a stage did not touch, those of an
 * earlier model while the codec learned, go on as they are.
 */
export function handedOn(states: State): State {
  return {
    ...renamed(states, codec, codec),
    ...renamed(states, encoder, encoder),
    ...renamed(states, decoder, decoder),
    ...renamed(states, averageOf(encoder), encoder),
    ...renamed(states, averageOf(decoder), decoder),
  };
}

/** Before the first step with masks: the control's encoder is a copy of the encoder, or the control is that of an earlier model; the averages are of what is there. */
export function begun(states: State, earlier: State = {}): State {
  const copied = {
    ...renamed(states, control, control),
    ...renamed(states, encoder, `${control}.encoder`),
    ...renamed(earlier, control, control),
  };
  return { ...copied, ...renamed(copied, control, averageOf(control)) };
}

/** Networks that pictures are made with while a stage lasts. Without training the encoder stays as it is. */
export function paintingWeights({ stages }: Pick<SiameseSettings, "stages">, stage: StageName): Weights {
  const isLearning = stage === "prior" || stages === "joint";
  return {
    encoder: isLearning ? averageOf(encoder) : encoder,
    decoder: averageOf(decoder),
    control: averageOf(control),
  };
}

/** Whether masks steer anything in a model: not before the last stage of its training. */
export const hasControl = (tensors: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(tensors).some((name) => name.startsWith(`${control}.`));

/** The networks of a model, under their own names and in the order of these: a resumed training makes its states in another order. */
export function modelStates(states: State, weights: Weights): State {
  const model = {
    ...renamed(states, codec, codec),
    ...renamed(states, weights.encoder, encoder),
    ...renamed(states, weights.decoder, decoder),
    ...renamed(states, weights.control, control),
  };
  return Object.fromEntries(Object.entries(model).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
