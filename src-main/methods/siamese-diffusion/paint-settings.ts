/** @file What may be chosen anew for every picture that is painted. Light: the main process checks it before a run is queued. */
import { type NoiseSchedule, samplingTimes, scaledLinearNoise } from "../../diffusion/index.ts";
import { Problem } from "../../problem/index.ts";
import { choice, number, parseSettings, type SettingField, type SettingsOf, type SettingValue } from "../settings.ts";
import { METHOD } from "./shape.ts";

const whole = { integer: true } as const;

export const NOISE_SCHEDULE: NoiseSchedule = scaledLinearNoise();

/** What may be chosen anew for every picture. */
export const paintSettings = {
  solver: choice({
    label: "Solver",
    help: "DPM-Solver++ needs fewer steps; DDIM is the paper's.",
    default: "dpm-solver++",
    options: ["dpm-solver++", "ddim"],
    names: { "dpm-solver++": "DPM-Solver++ 2M", ddim: "DDIM" },
  }),
  samplingSteps: number({
    label: "Sampling steps",
    help: "Looks at a picture on its way from noise. For DDIM a number that divides 1000.",
    default: 20,
    min: 1,
    max: 500,
    ...whole,
  }),
  guidance: number({
    label: "Guidance",
    help: "How strongly pictures are pushed towards their mask. 1: not beyond what was learned, and three times as fast.",
    default: 1.5,
    min: 0,
    max: 10,
  }),
  conditionGuidance: number({
    label: "Guidance of the set",
    help: "How strongly pictures are pushed towards the look of the set.",
    default: 1,
    min: 0,
    max: 10,
  }),
  finalAlpha: choice({
    label: "Last step",
    help: "What it leaves of the noise: nothing, or as much as Stable Diffusion's programs do. As usual: nothing with own networks, as much as those on a backbone.",
    default: "usual",
    options: ["usual", "one", "first"],
    names: { usual: "as usual", one: "nothing", first: "as Stable Diffusion" },
  }),
  referenceWeight: number({
    label: "Reference image",
    help: "How strongly pictures also go by the real image that their mask comes from, moved as the mask is. 0: not at all. At 1 they may copy it; copies are withheld.",
    default: 0,
    min: 0,
    max: 1,
  }),
};

export type PaintSettings = SettingsOf<typeof paintSettings>;

export const paintFields: readonly SettingField[] = Object.entries(paintSettings).map(([key, setting]) =>
  setting.field(key),
);

/** Whether a model that was `trained` with such settings can go by images: it has a second branch that ever saw one. */
export const readsReferences = (trained: Readonly<Record<string, SettingValue>>): boolean =>
  trained["imageBranch"] !== false && trained["imageWeight"] !== 0;

/**
 * Throws `Problem` "bad-request" for a value out of range, where the solver has no times for so many steps, and for a reference where the model, `trained` with
 * such settings, has not learned to read any.
 */
export function parsePaintSettings(
  given: Readonly<Record<string, SettingValue>>,
  trained: Readonly<Record<string, SettingValue>> = {},
): PaintSettings {
  const chosen = parseSettings(METHOD, paintSettings, given);
  const { solver, samplingSteps } = chosen;
  if (chosen.referenceWeight > 0 && !readsReferences(trained)) {
    throw new Problem({
      code: "bad-request",
      title: `${METHOD}: this model cannot go by reference images.`,
      detail: "It was trained by masks alone, without the second branch.",
      hint: "Leave the reference image at 0, or use a model that was trained with the second branch.",
    });
  }
  try {
    samplingTimes(NOISE_SCHEDULE, samplingSteps, solver);
  } catch (cause) {
    const problem = {
      code: "bad-request",
      title: `${METHOD}: ${samplingSteps} sampling steps are not possible with ${solver}.`,
      detail: `DDIM takes numbers that divide ${NOISE_SCHEDULE.steps}: 10, 20, 25, 40, 50, 100, say.`,
      hint: "Choose such a number, or DPM-Solver++.",
    } as const;
    throw new Problem(problem, { cause });
  }
  return chosen;
}
