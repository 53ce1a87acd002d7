/**
 * @file How long the steps of a training take on this computer: a few of each stage are really worked, on its data, and thrown away. Programs are compiled
 * for them as they will be for the training.
 */
import { type BackboneShelf, findMethod, type ComputeDevice, type StartRequest } from "../methods/index.ts";
import type { Bundle } from "./bundle.ts";
import { trunkOf } from "./bundled-trunk.ts";
import { startWithin } from "./memory.ts";
import { openCases } from "./work.ts";

/** Of each stage. The last half counts: the first steps wait for memory, and what comes in late makes steps longer. */
const WORKED = 6;
/** Validation frames that a person is shown: work.ts. */
const SHOWN = 4;

/** All in seconds. */
export interface Pace {
  /** Per step, by the setting that counts the steps of a stage, in the order of the stages. */
  stages: { setting: string; secondsPerStep: number }[];
  /** Everything that comes once: reading, compiling. */
  startup: number;
  validation: number;
}

/** `steps` of the bundle do not matter. Throws what a start of the training throws. */
export async function measurePace(
  bundle: Bundle,
  {
    device,
    resources,
    backbones,
  }: { device: ComputeDevice; resources: StartRequest["resources"]; backbones: BackboneShelf },
): Promise<Pace> {
  const { recipe } = bundle;
  const method = findMethod(recipe.method);
  const names = method.pacing.stages(recipe.settings);
  const settings = method.parse({ ...recipe.settings, ...Object.fromEntries(names.map((name) => [name, WORKED])) });
  const cases = openCases(bundle);
  const begun = performance.now();
  const secondsSince = (start: number): number => (performance.now() - start) / 1000;
  const session = await startWithin(method, {
    cases,
    settings,
    seed: recipe.seed,
    device,
    classes: recipe.classes,
    channels: recipe.channels,
    modalities: recipe.modalities,
    targets: recipe.targets,
    trunk: await trunkOf(bundle),
    from: await bundle.readIfThere("weights"),
    resources,
    backbones,
  });
  try {
    const durations: number[] = [];
    while (session.step < names.length * WORKED) {
      const start = performance.now();
      await session.runStep();
      durations.push(secondsSince(start));
    }
    const worked = secondsSince(begun);
    const look = performance.now();
    const shown = cases.frames.filter(({ role }) => role === "validate").slice(0, SHOWN);
    const nobody = (): void => undefined;
    await session.validate(nobody, nobody, new Set(shown.map(({ frameId }) => frameId)));
    const stages = names.map((setting, place) => {
      const own = durations.slice(place * WORKED, (place + 1) * WORKED);
      return { setting, secondsPerStep: median(own.slice(own.length >> 1)) };
    });
    const counted = stages.reduce((sum, { secondsPerStep }) => sum + WORKED * secondsPerStep, 0);
    // Steps that no setting counts come at the end, however many others there are.
    const fixed = (session.steps - session.step) * stages.at(-1)!.secondsPerStep;
    return { stages, startup: Math.max(0, worked - counted) + fixed, validation: secondsSince(look) };
  } finally {
    await session.release();
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}
