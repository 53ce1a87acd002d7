/** @file What `npm run experiments` compares for each method, and the settings that the arms have in common. */
import { type Arm, arms as userArms, findArms, PAINTER, type Study } from "../../src-main/experiments/index.ts";
import type { Gate } from "../../src-main/metrics/index.ts";
import { methods, type SettingValue } from "../../src-main/methods/index.ts";
import { blobStudy } from "./blob-phantom.ts";
import { heartStudy } from "./heart-phantom.ts";
import { lesionStudy } from "./lesion-phantom.ts";
import { CONFIGURATION } from "./lesion-training.ts";

/** Images made by numbers, a population of its own for each seed. */
export interface Phantom {
  name: string;
  /** Images whose labels are seen, unless others are asked for. */
  labelled: number;
  testCases: number;
  /** `learned`: the cases that may be learned from, where they are not drawn: they differ from those to judge on. */
  studyOf(seed: number, side: number): Study & { readonly learned?: readonly number[] };
}

export interface Protocol {
  phantom: Phantom;
  /** The first is compared with. */
  arms: readonly Arm[];
  /** Ids of those that run unless others are asked for. */
  usual: readonly string[];
  /** How labelled images are taken from folders: see `SplitRequest`. */
  labelBy: "patients" | "images";
  /** For every arm whose method has such a setting. */
  settings: Readonly<Record<string, SettingValue>>;
  /** What has to be seen on the phantom, written down in docs/experiments before it was run. */
  gates: readonly (Gate & { arm: string; reference: string })[];
}

/** 3 labelled patients of six slices, 40 unlabelled, 20 to judge on: bcp specification. */
const hearts: Phantom = {
  name: "heart-phantom",
  labelled: 18,
  testCases: 20,
  studyOf: (seed, side) => heartStudy(seed, { patients: 63, side }),
};

/** 8 labelled images, 2 of them to validate; 100 others, which vary four times as much, to judge on: genseg specification, C1. */
const blobs: Phantom = {
  name: "blob-phantom",
  labelled: 8,
  testCases: 100,
  studyOf: (seed, side) => blobStudy(seed, { learned: 8, judged: 100, side }),
};

/** 24 labelled images, for generator and segmenter alike: siamese-diffusion specification, T25. */
const lesions: Phantom = {
  name: "lesion-phantom",
  labelled: 24,
  testCases: 200,
  studyOf: (seed, side) => lesionStudy(seed, { learned: 24, judged: 200, side }),
};

/** Small enough for a core and a minute or two. */
const SMALL = { size: 48, width: 8, depth: 3, steps: 800, learningRate: 0.003 } as const;

const supervised = userArms.find(({ id }) => id === "supervised")!;

/** The best of three weights on a seed for calibration: docs/experiments/bcp.md. */
const MEAN_TEACHER = "mean-teacher-1";

const meanTeachers = [1, 10, 100].map((consistencyWeight): Arm => {
  return {
    id: `mean-teacher-${consistencyWeight}`,
    title: `mean teacher, weight ${consistencyWeight}`,
    method: "mean-teacher",
    settings: { consistencyWeight },
  };
});

const bcp: Protocol = {
  phantom: hearts,
  arms: [
    supervised,
    {
      id: "collages",
      title: "labelled collages only",
      method: "bcp",
      settings: { useUnlabelled: false },
      isSupervised: true,
    },
    ...meanTeachers,
    { id: "no-mixing", title: "pseudo-labels without mixing", method: "bcp", settings: { mixing: "none" } },
    { id: "bcp", title: "BCP", method: "bcp", settings: {} },
    { id: "in", title: "BCP inwards only", method: "bcp", settings: { mixing: "in" } },
    { id: "out", title: "BCP outwards only", method: "bcp", settings: { mixing: "out" } },
    { id: "alpha-1", title: "BCP with full weight on pseudo-labels", method: "bcp", settings: { alpha: 1 } },
    { id: "no-filter", title: "BCP without component filter", method: "bcp", settings: { components: "all" } },
    {
      ...supervised,
      id: "supervised-strong",
      title: "supervised training with strong intensities",
      settings: { ...supervised.settings, strongIntensities: true },
    },
    {
      id: "strong",
      title: "BCP, student sees strong intensities",
      method: "bcp",
      settings: { strongIntensities: true },
    },
    { id: "confident", title: "BCP, doubtful pixels left out", method: "bcp", settings: { confidenceMargin: 0.5 } },
    { id: "clean-statistics", title: "BCP, statistics taken anew", method: "bcp", settings: { cleanStatistics: true } },
  ],
  usual: ["supervised", "collages", MEAN_TEACHER, "no-mixing", "bcp"],
  labelBy: "patients",
  // The average of the weights is judged, in every arm: a single last step scatters more.
  settings: { ...SMALL, halfBatch: 3, keep: "last", deploy: "teacher" },
  gates: [
    { arm: "bcp", reference: "supervised", minimumGain: 0.05, minimumPositive: 5, confidence: 0.9 },
    { arm: "bcp", reference: MEAN_TEACHER, minimumGain: 0.015, minimumPositive: 4, confidence: 0.9 },
  ],
};

/** A quarter of the labelled images is seen by the search alone, and by no other arm but the last. */
const HELD = { method: "genseg", validationShare: 0.25 } as const;
/** As on the screen. */
const [real, moved, separate, searched, searchedMoved] = findArms([
  "real",
  "moved",
  "separate",
  "genseg",
  "genseg-moved",
]) as [Arm, Arm, Arm, Arm, Arm];

/** Specification, section 14: the same split, seeds, segmenter and steps; only what the second half of each batch holds differs. */
const genseg: Protocol = {
  phantom: blobs,
  arms: [
    real,
    { id: "doubled", title: "real pairs twice", ...HELD, settings: { second: "same" } },
    moved,
    ...(["rotate", "flip", "translate"] as const).map((movement): Arm => {
      return { id: movement, title: `real pairs, ${movement} alone`, ...HELD, settings: { second: "moved", movement } };
    }),
    separate,
    {
      ...separate,
      id: "separate-moved",
      title: "real and synthetic pairs, real ones moved too",
      settings: { ...separate.settings, augmentation: true },
    },
    { id: "fixed", title: "synthetic pairs, architecture fixed", ...HELD, settings: { architecture: "fixed" } },
    { id: "random", title: "synthetic pairs, architecture at random", ...HELD, settings: { architecture: "random" } },
    searched,
    searchedMoved,
    {
      id: "validation-too",
      title: "real pairs, validation images too",
      method: "genseg",
      settings: { second: "none" },
    },
  ],
  usual: ["real", "doubled", "moved", "separate", "fixed", "random", "genseg", "genseg-moved", "validation-too"],
  // 9 images of one film say nothing of another, and leave no patient for the search.
  labelBy: "images",
  settings: {
    size: 32,
    batchSize: 4,
    generatorSteps: 500,
    steps: 400,
    generatorRate: 0.001,
    generatorWidth: 12,
    generatorWidest: 32,
    discriminatorWidth: 16,
    width: 6,
    depth: 3,
    learningRate: 0.004,
    architectureRate: 0.03,
  },
  gates: [{ arm: "separate", reference: "real", minimumGain: 0, minimumPositive: 4, confidence: 0.9 }],
};

/** Eight images a step in every arm: four real ones and four others, or of a half-real set eight. */
const painted = (id: string, title: string, settings: Arm["settings"] = {}, own: Arm["settings"] = {}): Arm => ({
  id,
  title,
  method: "genseg",
  settings: { second: "none", batchSize: 8, ...own },
  painter: {
    method: "siamese-diffusion",
    settings,
    pairs: 3,
    paint: { samplingSteps: 20, guidance: 1.5 },
  },
});

const full = painted("siamese", "Siamese-Diffusion");

/** Specification, T24 and T25: generator and segmenter learn from the same labelled images; the segmenter and its steps are the same in all arms. */
const siamese: Protocol = {
  phantom: lesions,
  arms: [
    { id: "doubled", title: "real pairs", method: "genseg", settings: { second: "same" } },
    { id: "moved", title: "real pairs and moved ones", method: "genseg", settings: { second: "moved" } },
    {
      id: "gan",
      title: "real pairs and those of a GenSeg generator",
      method: "genseg",
      settings: { generator: "separate", architecture: "fixed" },
    },
    painted("mask-only", "diffusion steered by the mask alone", { imageBranch: false }),
    // 480 steps of both branches take 1.7 times the processor time of the mask's alone.
    painted("mask-only-longer", "the same, as long at it as Siamese-Diffusion", { imageBranch: false, steps: 825 }),
    painted("image-branch", "diffusion, image's branch too", { consistencyWeight: 0, onlineAugmentation: false }),
    painted("consistency", "diffusion, consistency too", { onlineAugmentation: false }),
    full,
    painted("siamese-moved", "Siamese-Diffusion, all pairs moved too", {}, { augmentation: true }),
    {
      ...full,
      id: "siamese-unlabelled",
      title: "Siamese-Diffusion, its prior from unlabelled images too",
      painter: { ...full.painter!, seesUnlabelled: true },
    },
  ],
  usual: ["doubled", "moved", "gan", "mask-only", "siamese"],
  labelBy: "images",
  settings: {
    ...genseg.settings,
    ...Object.fromEntries(Object.entries(CONFIGURATION).map(([key, value]) => [`${PAINTER}${key}`, value])),
  },
  gates: [],
};

/** A method without an entry of its own is compared with supervised training, without a gate. */
export function protocolOf(method: string): Protocol {
  if (method === "bcp" || method === "mean-teacher") return bcp;
  if (method === "genseg") return genseg;
  if (method === "siamese-diffusion") return siamese;
  const arms = userArms.filter((arm) => arm.method === method || arm.id === "supervised" || arm.id === "augmented");
  const usual = arms.map(({ id }) => id);
  return { phantom: hearts, arms, usual, labelBy: "patients", settings: { ...SMALL, batchSize: 6 }, gates: [] };
}

export const knownMethods = (): string[] => methods.map(({ id }) => id);
