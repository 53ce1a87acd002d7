/**
 * @file What a method is: a recipe that can be started on cases. Its declaration is light, so that the main process may
 * list methods; the code that computes is loaded by `start` and `openPredictor`, in a process of their own.
 */
import type { Statement } from "../problem/index.ts";
import type { Grader } from "./grading/label-target.ts";
import {
  parseSettings,
  type SettingField,
  type SettingsOf,
  type SettingsShape,
  type SettingValue,
} from "./settings.ts";
import type { ComputeDevice, GeneratorResources, StartRequest } from "./start-request.ts";
import type { ImageGenerator, Predictor, Registrar, Reviewer, Translator, VolumeReviewer } from "./trained-models.ts";
import type { Preset, TrainingFacts } from "./training-facts.ts";
import type { TrainingSession } from "./training-session.ts";

/** What a training chooses its model by: a figure among those of its run, and which way it is better. */
export interface JudgedBy {
  /** Stored in project files: never rename. */
  figure: string;
  better: "higher" | "lower";
}

/** What can be asked of a model: to outline images, to paint them for masks, to translate them to another modality, or to say what whole images show: a class or grade, or numbers. */
export type ModelOutput = "masks" | "images" | "translations" | "grades" | "numbers";

/** What of a training follows the time that there is. Settings are complete. */
export interface Pacing {
  /** Settings that count the steps of its stages, in the order in which they are worked. */
  stages(settings: Readonly<Record<string, SettingValue>>): readonly string[];
  /** Steps of all stages below which it is not worth beginning. */
  fewest(settings: Readonly<Record<string, SettingValue>>): number;
  /** Settings to take where so many do not fit; null: there are none. */
  smaller?(settings: Readonly<Record<string, SettingValue>>): Record<string, SettingValue> | null;
}

export interface Method {
  /** Stored in project files: never rename. */
  id: string;
  title: string;
  summary: string;
  settings: SettingField[];
  /** The first is what a form starts with. None: the defaults of the settings. */
  presets?: readonly Preset[];
  /**
   * Frames at least, checked before a run is queued: annotated ones to train and to validate. `unlabelled`: images without
   * annotation; a method that does not say it does not get any.
   */
  needs: { train: number; validate: number; unlabelled?: number };
  /** It learns from a pairing of two modalities in place of annotated images. */
  learnsPairs?: boolean;
  /** It learns labels of whole images in place of annotations: one of classes or grades, or one or several of numbers. */
  learnsLabels?: "grades" | "numbers";
  /** What can be asked of the models of such a training. Default of a definition: masks. */
  makes(settings: Readonly<Record<string, SettingValue>>): readonly ModelOutput[];
  /** What its models are chosen by. Default: the mean Dice of the validation images, "validationDice". */
  judgedBy(settings: Readonly<Record<string, SettingValue>>): JudgedBy;
  /** Whether such settings search an architecture, so that `TrainingSession.stopSearch` can be called. Default: none does. */
  searches?(settings: Readonly<Record<string, SettingValue>>): boolean;
  /** For the person who starts a run with such data and settings. Throws `Problem` where it could only fail. */
  remarks?(facts: TrainingFacts, settings: Readonly<Record<string, SettingValue>>): Statement[];
  /** Checked settings with defaults filled in. Throws `Problem` "bad-request". */
  parse(given: Readonly<Record<string, SettingValue>>): Record<string, SettingValue> & { steps: number };
  /** Steps of the whole training with such complete settings, as its session will say. Default: the setting `steps`. */
  totalSteps(settings: Readonly<Record<string, SettingValue>>): number;
  /** How it is sized where it is to end by an hour. Default: by the setting `steps`. */
  pacing: Pacing;
  start(request: StartRequest): Promise<TrainingSession>;
  /** Throws `Problem` where its models make no masks. */
  openPredictor(onnx: Uint8Array, device: ComputeDevice): Promise<Predictor>;
  /** For methods that train a teacher beside the student: both, from what `weights` of a training gave. */
  openReviewer?(weights: Uint8Array, device: ComputeDevice): Promise<Reviewer | VolumeReviewer>;
  /** For methods that train a generator: it, from what `weights` of a training gave. */
  openGenerator?(weights: Uint8Array, device: ComputeDevice, resources?: GeneratorResources): Promise<ImageGenerator>;
  /** For methods that translate: what does, from what `weights` of a training gave. */
  openTranslator?(weights: Uint8Array, device: ComputeDevice): Promise<Translator>;
  /** For methods that learn labels of whole images: what says them, from what `weights` of a training gave. */
  openGrader?(weights: Uint8Array, device: ComputeDevice): Promise<Grader>;
  /** For methods that register: what does. Throws `Problem` where the training did without. */
  openRegistrar?(weights: Uint8Array, device: ComputeDevice): Promise<Registrar>;
  /** What may be chosen anew for every image that the generator paints. Default: nothing. */
  paintSettings: readonly SettingField[];
  /** Those that mean something with a model that was `trained` with such settings. Default: all. */
  paintSettingsOf?(trained: Readonly<Record<string, SettingValue>>): readonly SettingField[];
  /** As `parse`, of `paintSettings`. `trained`: settings of the training that made the model. */
  parsePaint(
    given: Readonly<Record<string, SettingValue>>,
    trained?: Readonly<Record<string, SettingValue>>,
  ): Record<string, SettingValue>;
}

/** Fewer updates leave any network about where it began. */
const FEWEST_STEPS = 50;

/** What a definition may leave to its default. */
type Defaulted = "makes" | "judgedBy" | "totalSteps" | "pacing" | "paintSettings" | "parsePaint";

interface MethodDefinition<Shape extends SettingsShape>
  extends Omit<Method, "settings" | "parse" | "start" | Defaulted>, Partial<Pick<Method, Defaulted>> {
  settings: Shape;
  /** Defaults that hang on other settings: they go before those of the settings. */
  defaultsFor?(given: Readonly<Record<string, SettingValue>>): Record<string, SettingValue>;
  start(request: Omit<StartRequest, "settings"> & { settings: SettingsOf<Shape> }): Promise<TrainingSession>;
}

export function defineMethod<Shape extends SettingsShape & { steps: SettingsShape[string] }>(
  definition: MethodDefinition<Shape>,
): Method {
  const { id, settings: shape, defaultsFor, ...rest } = definition;
  const parse = (given: Readonly<Record<string, SettingValue>>): SettingsOf<Shape> =>
    parseSettings(id, shape, { ...defaultsFor?.(given), ...given });
  return {
    makes: () => ["masks"],
    judgedBy: () => ({ figure: "validationDice", better: "higher" }),
    totalSteps: ({ steps }) => steps as number,
    pacing: { stages: () => ["steps"], fewest: () => FEWEST_STEPS },
    paintSettings: [],
    parsePaint: (given) => parseSettings(id, {}, given),
    ...rest,
    id,
    settings: Object.entries(shape).map(([key, setting]) => setting.field(key)),
    parse: (given) => parse(given) as Record<string, SettingValue> & { steps: number },
    start: (request) => definition.start({ ...request, settings: parse(request.settings) }),
  };
}
