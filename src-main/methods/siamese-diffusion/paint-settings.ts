/** @file What may be chosen anew for every picture that is painted. Light: the main process checks it before a run is queued. */
import { type NoiseSchedule, samplingTimes, scaledLinearNoise } from "../../diffusion/index.ts";
import { Problem } from "../../problem/index.ts";
import { choice, number, parseSettings, type SettingField, type SettingsOf, type SettingValue } from "../settings.ts";
import { OWN } from "./backbone/record.ts";
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

type Trained = Readonly<Record<string, SettingValue>>;

/** Whether a model that was `trained` with such settings can go by images: it has a second branch that ever saw one. */
export const readsReferences = (trained: Trained): boolean =>
  trained["imageBranch"] !== false && trained["imageWeight"] !== 0;

/**
 * Whether a model that was `trained` with such settings knows what it is pushed away from: pictures without the condition, and without a mask. A backbone knows them;
 * a prior of its own learns the second before any mask comes in.
 */
export const learnedGuidance = ({ backbone, stages, conditionDrop, controlDrop }: Trained): boolean =>
  (backbone !== undefined && backbone !== OWN) || (conditionDrop !== 0 && (stages !== "joint" || controlDrop !== 0));

/** Settings that mean something with such a model. */
export const paintFieldsOf = (trained: Trained): readonly SettingField[] =>
  paintFields.filter(({ key }) => {
    if (key === "referenceWeight") return readsReferences(trained);
    return learnedGuidance(trained) || (key !== "guidance" && key !== "conditionGuidance");
  });

/**
 * Throws `Problem` "bad-request" for a value out of range, where the solver has no times for so many steps, and for a reference or a
 * guidance that the model, `trained` with such settings, has not learned.
 */
export function parsePaintSettings(
  given: Readonly<Record<string, SettingValue>>,
  trained: Trained = {},
): PaintSettings {
  const isGuidable = learnedGuidance(trained);
  const chosen = parseSettings(METHOD, paintSettings, { ...(!isGuidable && { guidance: 1 }), ...given });
  const { solver, samplingSteps, guidance, conditionGuidance } = chosen;
  if (!isGuidable && (guidance !== 1 || conditionGuidance !== 1)) {
    throw new Problem({
      code: "bad-request",
      title: `${METHOD}: this model cannot be guided.`,
      detail: "It was trained without ever leaving the mask or the condition away, and does not know pictures without.",
      hint: "Leave guidance and guidance of the set at 1, or train a model that leaves some away (controlDrop, conditionDrop).",
    });
  }
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
