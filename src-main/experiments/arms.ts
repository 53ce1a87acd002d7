/** @file The ways of training that are compared. To add one: its entry in `arms`; it joins plan, table, curve and screen. */
import { findMethod, methods, type SettingValue } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";

type Settings = Readonly<Record<string, SettingValue>>;

/** Who paints the pairs that an arm learns from beside the real ones. */
export interface ArmPainter {
  /** Of a method that makes images. It learns from the labelled images of the arm, and paints for masks made from theirs. */
  method: string;
  settings: Settings;
  /** Painted for each labelled image; real ones are learned from equally often. */
  pairs: number;
  /** How it paints, where that can be chosen. */
  paint: Settings;
  /** It learns from images without labels too. */
  seesUnlabelled?: boolean;
}

/** Labelled images of the source modality of a pairing that join those of the target. */
export interface ArmSources {
  /** Makes target images of them first; learned from the pairs of the arm's patients. Without: they join as they are. */
  translator?: { method: string; settings: Settings };
}

export interface Arm {
  /** Stored in project files: never rename. */
  id: string;
  title: string;
  method: string;
  /** What makes it this arm. All else is common to the arms. */
  settings: Settings;
  /** Sees labelled images alone, whatever its method can do. */
  isSupervised?: boolean;
  /** Share of the labelled patients whose images it sees as validation images, of a method that learns from those as well. */
  validationShare?: number;
  /** Has no meaning on series as volumes. */
  isOfImages?: boolean;
  /** Painted pairs join the labelled images. */
  painter?: ArmPainter;
  /** As `painter`, of an arm that learns labels: pairs are painted for each class alike and have the class of the image whose mask they were made of. */
  classPainter?: ArmPainter;
  /** Stands on an ONNX trunk of the project. */
  isOnTrunk?: boolean;
  /** There has to be a pairing of two modalities: images of the target are judged on. */
  sources?: ArmSources;
  /** Images a step, as a multiple of the batch size of all arms: with 2 it sees as many real ones as others, where every other image is painted. */
  timesBatch?: number;
  /** It learns in two stages: the first, counted by this setting, as long as other arms; the second `times` as many steps, which are smaller. */
  stages?: { first: string; times: number };
  /** How often a model of labels is asked about each image. Default: once. */
  samples?: number;
  /** False: compared when asked for only. */
  isUsual?: boolean;
}

/** The weights of the last step: nothing is chosen by a score. */
const LAST = { keep: "last" } as const;
/** BCP without its two ideas: the same network, steps and schedule, labelled images alone and whole. */
const SUPERVISED = { ...LAST, pretraining: "plain", mixing: "none", useUnlabelled: false } as const;

/** Of GenSeg: the same segmenter and steps; only what the second half of each batch holds differs. The generator, too, sees the labelled images alone. */
const SYNTHESIS = { method: "genseg", validationShare: 0.25, isOfImages: true, isUsual: false } as const;

/** The same segmenter on real pairs and painted ones, half of each batch. How large its networks are is the caller's to say: `PAINTER`. */
const DIFFUSION = {
  ...SYNTHESIS,
  settings: { second: "none" },
  timesBatch: 2,
  painter: { method: "siamese-diffusion", settings: {}, pairs: 3, paint: {} },
} as const;

/** As `supervised`, with more to learn from. */
const BESIDE_SOURCES = {
  method: "bcp",
  settings: SUPERVISED,
  isSupervised: true,
  isOfImages: true,
  isUsual: false,
} as const;

/** What whole images show. Nothing is known of unlabelled ones. */
const LABEL = { isSupervised: true, isOfImages: true } as const;

/** Before the names of settings that are the painter's or the translator's own. */
export const PAINTER = "painter.";
export const TRANSLATOR = "translator.";

/** The first is what the others are compared with. */
export const arms: readonly Arm[] = [
  {
    id: "supervised",
    title: "supervised training",
    method: "bcp",
    settings: SUPERVISED,
    isSupervised: true,
  },
  {
    id: "augmented",
    title: "supervised training with augmentation",
    method: "bcp",
    settings: { ...SUPERVISED, augmentation: "any" },
    isSupervised: true,
    isOfImages: true,
  },
  { id: "mean-teacher", title: "mean teacher", method: "mean-teacher", settings: LAST },
  { id: "bcp", title: "BCP", method: "bcp", settings: LAST },
  { id: "real", title: "real pairs alone", ...SYNTHESIS, settings: { second: "none" } },
  { id: "moved", title: "real pairs and moved ones", ...SYNTHESIS, settings: { second: "moved" } },
  {
    id: "separate",
    title: "real and synthetic pairs",
    ...SYNTHESIS,
    settings: { generator: "separate", architecture: "fixed" },
  },
  { id: "genseg", title: "GenSeg", ...SYNTHESIS, settings: {} },
  { id: "genseg-moved", title: "GenSeg, real pairs moved too", ...SYNTHESIS, settings: { augmentation: true } },
  { id: "siamese", title: "real pairs and those of Siamese-Diffusion", ...DIFFUSION },
  {
    id: "siamese-unlabelled",
    title: "Siamese-Diffusion, its prior from unlabelled images too",
    ...DIFFUSION,
    painter: { ...DIFFUSION.painter, seesUnlabelled: true },
  },
  {
    id: "sources",
    title: "supervised training, images of the other modality too",
    ...BESIDE_SOURCES,
    sources: {},
  },
  {
    id: "translated",
    title: "supervised training, translated images too",
    ...BESIDE_SOURCES,
    sources: { translator: { method: "reggan", settings: {} } },
  },
  { id: "classify", title: "one look by a plain network", method: "classify", settings: {}, ...LABEL },
  {
    id: "classify-trunk",
    title: "one look by a network of your own, as ONNX",
    method: "classify",
    settings: {},
    ...LABEL,
    isOnTrunk: true,
    isUsual: false,
  },
  {
    id: "diffmic",
    title: "DiffMIC",
    method: "diffmic",
    settings: {},
    ...LABEL,
    stages: { first: "guidanceSteps", times: 5 },
    samples: 10,
  },
  {
    id: "classify-synthetic",
    title: "the plain network, synthetic images of each class too",
    method: "classify",
    settings: {},
    ...LABEL,
    classPainter: { method: "pix2pix", settings: {}, pairs: 1, paint: {} },
    isUsual: false,
  },
];

/** What an arm is compared by: how it outlines, or what it says of whole images. */
export type Learned = "masks" | "grades";

export function learnedBy({ method }: Pick<Arm, "method">): Learned {
  return findMethod(method).learnsLabels === undefined ? "masks" : "grades";
}

/** The painter of an arm, if it has one. */
export const painterOf = ({ painter, classPainter }: Pick<Arm, "painter" | "classPainter">): ArmPainter | undefined =>
  painter ?? classPainter;

/** Whether it learns from images without labels too: then there have to be some. */
export function seesUnlabelled({ method, isSupervised = false }: Pick<Arm, "method" | "isSupervised">): boolean {
  return !isSupervised && findMethod(method).needs.unlabelled !== undefined;
}

type Within = Pick<Arm, "painter" | "classPainter" | "sources">;

/** Steps of one training, those of a network that makes some of what it learns from included. */
export function trainingSteps({
  method: id,
  settings,
  ...within
}: Within & { method: string; settings: Settings & { steps: number } }): number {
  return findMethod(id).totalSteps(settings) + stepsWithin(within);
}

/** Of the painter or translator alone, which come first. */
export function stepsWithin(arm: Within): number {
  const first = painterOf(arm) ?? arm.sources?.translator;
  return first === undefined ? 0 : findMethod(first.method).totalSteps(first.settings as Settings & { steps: number });
}

/** Those whose method this version has. */
export function availableArms(): Arm[] {
  const known = new Set(methods.map(({ id }) => id));
  return arms.filter(({ method }) => known.has(method));
}

/** In the order asked for. Throws `Problem` "bad-request" for an id that is not there, or one given twice. */
export function findArms(ids: readonly string[], among: readonly Arm[] = availableArms()): Arm[] {
  return ids.map((id, place) => {
    const arm = among.find((one) => one.id === id);
    if (arm !== undefined && ids.indexOf(id) === place) return arm;
    throw new Problem({
      code: "bad-request",
      title: arm === undefined ? `There is no arm "${id}" to compare.` : `The arm "${id}" is given twice.`,
      detail: `Arms: ${among.map((one) => one.id).join(", ")}.`,
      hint: "Give two or more of them, each once, the one to compare with first.",
    });
  });
}

/**
 * Checked settings of an arm. Of `common` each method takes those that it has, so that steps, image size and network are the same
 * for all; what makes the arm goes before them. Throws `Problem` "bad-request" for a value that the method refuses.
 */
export function settingsOfArm(
  { method: id, settings }: Pick<Arm, "method" | "settings">,
  common: Settings,
): Settings & { steps: number } {
  const method = findMethod(id);
  const own = new Set(method.settings.map(({ key }) => key));
  return method.parse({ ...Object.fromEntries(Object.entries(common).filter(([key]) => own.has(key))), ...settings });
}
