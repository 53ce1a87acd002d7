/** @file Arms of the comparison of graders: what each is trained with, and what it is told of its images. */
import type { SourceFrame } from "../../src-main/dataset/index.ts";
import { findMethod, type SettingValue } from "../../src-main/methods/index.ts";
import { Random } from "../../src-main/random/index.ts";

type Settings = Readonly<Record<string, SettingValue>>;

export interface Arm {
  id: string;
  method: "classify" | "diffmic";
  settings: Settings;
  /** Networks whose probabilities are averaged. */
  members?: number;
  /** Classes of the images to learn from and to choose by are dealt out anew: what is left then is chance. */
  isShuffled?: boolean;
  /** As many updates as DiffMIC takes in all. */
  isLong?: boolean;
}

/** The first is what the others are compared with. Of three networks: what averaging alone is worth. */
const ARMS: readonly Arm[] = [
  { id: "cnn", method: "classify", settings: {} },
  { id: "cnn-of-3", method: "classify", settings: {}, members: 3 },
  { id: "diffmic", method: "diffmic", settings: {} },
  { id: "diffmic-out-of-fold", method: "diffmic", settings: { priors: "out-of-fold" } },
  { id: "diffmic-paper", method: "diffmic", settings: { variant: "paper" } },
  { id: "no-mmd", method: "diffmic", settings: { distributionWeight: 0 } },
  { id: "not-centred", method: "diffmic", settings: { isCentred: false } },
  { id: "truncated", method: "diffmic", settings: { sampler: "truncated", samplerSteps: 10 } },
  { id: "no-local", method: "diffmic", settings: { regions: 0 } },
  { id: "no-image", method: "diffmic", settings: { seesImage: false } },
  { id: "label-shuffle", method: "diffmic", settings: {}, isShuffled: true },
  { id: "cnn-long", method: "classify", settings: {}, isLong: true },
];
export const USUAL = { diffmic: ["cnn", "cnn-of-3", "diffmic", "diffmic-out-of-fold"], classify: ["cnn", "cnn-of-3"] };

const SETTINGS: Settings = { size: 32, width: 8, batchSize: 32, validateEvery: 200 };
const OF_METHOD: Record<Arm["method"], Settings> = {
  classify: { steps: 800 },
  diffmic: { guidanceSteps: 800, steps: 4000, regionSide: 16 },
};

/** Of an arm by its id. Throws where there is none. */
export function findArm(id: string): Arm {
  const arm = ARMS.find((each) => each.id === id);
  if (arm === undefined) throw new Error(`no arm ${id}; there are ${ARMS.map((each) => each.id).join(", ")}.`);
  return arm;
}

/** What an arm is trained with, where `asked` is set for all. */
export function settingsOf({ method, settings, isLong = false }: Arm, asked: Settings): Settings {
  const of = (id: Arm["method"]): Settings => ({
    ...SETTINGS,
    ...OF_METHOD[id],
    ...(id === method && settings),
    ...knownTo(findMethod(id).settings, asked),
  });
  if (!isLong) return of(method);
  const { guidanceSteps, steps } = of("diffmic");
  return { ...of(method), steps: Number(guidanceSteps) + Number(steps) };
}

/** Class of each image, as an arm is told it: of a shuffled one those of the test images alone are true. As many of each class in each role as before. */
export function toldGrades(
  { isShuffled = false }: Pick<Arm, "isShuffled">,
  grades: readonly number[],
  roles: readonly SourceFrame["role"][],
  seed: number,
): number[] {
  const told = [...grades];
  if (!isShuffled) return told;
  for (const role of ["train", "validate"] as const) {
    const at = [...grades.keys()].filter((each) => roles[each] === role);
    const dealt = new Random(seed, "shuffle labels", role).shuffle(at);
    for (const [place, each] of at.entries()) told[each] = grades[dealt[place]!]!;
  }
  return told;
}

/** Settings that a method has: the others are of other arms. */
function knownTo(fields: readonly { key: string }[], settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => fields.some((field) => field.key === key)));
}
