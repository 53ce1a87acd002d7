/**
 * @file Performs one cell of an experiment: trains on what the split shows, then judges the weights of the last step on the test
 * cases. Nothing is chosen by any score, so there is no validation.
 */
import type { CaseSource, ChannelCount, Prediction } from "../dataset/index.ts";
import {
  type ComputeDevice,
  findMethod,
  type LabelTarget,
  type Predictor,
  type StartRequest,
  type TrainedClass,
} from "../methods/index.ts";
import { countOverlap, type Overlap } from "../metrics/index.ts";
import { type LabelMap, labelMapDice } from "../voxels/index.ts";
import { learnedBy, seesUnlabelled } from "./arms.ts";
import type { Cell } from "./experiment.ts";
import { type Painted, paintPairs, withPairs } from "./painted-pairs.ts";
import type { ExperimentSplit, StudyFrame } from "./plan.ts";
import { performGrades } from "./perform-grades.ts";
import { seriesOf } from "./series.ts";
import { progressAfter, stepThrough } from "./trained-within.ts";
import { casesOf } from "./training-cases.ts";
import { translateSources, withSources } from "./translated-images.ts";

/** What is experimented on. */
export interface Study extends Pick<CaseSource, "frame" | "labelMap"> {
  readonly frames: readonly StudyFrame[];
  readonly classes: readonly TrainedClass[];
  readonly channels: ChannelCount;
  /** Of a study of a label of whole images: what `StudyFrame.grade` is a place in. */
  readonly label?: LabelTarget | undefined;
  /** Of a study with images of two modalities. */
  readonly modalities?: StartRequest["modalities"];
  /** What an arm on a trunk begins with. */
  readonly trunk?: StartRequest["trunk"];
}

/** How well one class of one patient was outlined, all its annotated images taken together; or recognized, of a label. */
export interface CaseScore {
  caseId: number;
  classValue: number;
  /**
   * Dice, 1 where the class is neither there nor predicted: each arm is judged on the same patients and classes. Of a label: which share of the patient's
   * images of the class was said right; there is none of classes that the patient does not have.
   */
  score: number;
}

/** What a model expected of its own outline of one image, and how good it is. */
export interface FrameScore {
  frameId: number;
  expectedDice: number;
  /** Mean over the classes that either shows. */
  dice: number;
}

/** How far a cell has come. */
export interface CellCheckpoint {
  /** Of the network that the arm trains for itself, which is not at its end. */
  within?: Uint8Array | undefined;
  /** Of that network when it is done: with them it makes the same again. */
  weights?: Uint8Array | undefined;
  /** Of the training that is judged. */
  checkpoint?: Uint8Array | undefined;
}

export interface CellProgress {
  /** Where it goes on. */
  resume?: CellCheckpoint | undefined;
  isStopped(): boolean;
  stepDone(step: number, seconds: number, losses: Readonly<Record<string, number>>): void;
  /** Called after every step; decides by itself whether to take a checkpoint, which takes time to make. */
  mayCheckpoint(step: number, checkpoint: () => Promise<CellCheckpoint>): Promise<void>;
}

/** Lets messages come in: computing blocks the thread. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export interface PerformOptions {
  device: ComputeDevice;
  resources?: StartRequest["resources"];
  progress: CellProgress;
  onFrame?: (frame: FrameScore) => void;
  /** Told what the painter of the arm made, before it is learned from. */
  onPainted?: (painted: Painted) => void | Promise<void>;
}

/** Scores of every test case and class, or null when stopped. Throws what the methods throw. */
export async function performCell(study: Study, cell: Cell, options: PerformOptions): Promise<CaseScore[] | null> {
  const { arm, split } = cell;
  const { device, resources, progress } = options;
  if (learnedBy(arm) === "grades") return performGrades(study, cell, options);
  const { painter, sources } = arm;
  const common = { device, resources, progress, saved: progress.resume ?? {} };
  if (painter !== undefined) {
    const cases = casesOf(study, split, { withUnlabelled: painter.seesUnlabelled === true });
    const painted = await paintPairs(study, split, { painter, cases, ...common });
    if (painted === null) return null;
    await options.onPainted?.(painted);
    return trainOnMade(withPairs(study, split, painted.pairs), cell, { ...options, weights: painted.weights });
  }
  if (sources?.translator !== undefined) {
    const translated = await translateSources(study, split, { translator: sources.translator, ...common });
    return translated && trainOnMade(translated, cell, { ...options, weights: translated.weights });
  }
  return trainAndJudge(study, sources === undefined ? cell : { arm, split: withSources(study, split) }, options);
}

/** The training that is judged, after that of a network whose `weights` made some of what it learns from. */
function trainOnMade(
  made: { study: Study; split: ExperimentSplit },
  { arm }: Cell,
  { weights, ...options }: PerformOptions & { weights: Uint8Array },
): Promise<CaseScore[] | null> {
  const progress = progressAfter(arm, weights, options.progress);
  return trainAndJudge(made.study, { arm, split: made.split }, { ...options, progress });
}

async function trainAndJudge(
  study: Study,
  cell: Cell,
  { device, resources, progress, onFrame }: PerformOptions,
): Promise<CaseScore[] | null> {
  const method = findMethod(cell.arm.method);
  const session = await method.start({
    cases: casesOf(study, cell.split, {
      withUnlabelled: seesUnlabelled(cell.arm),
      validationShare: cell.arm.validationShare,
    }),
    settings: cell.arm.settings,
    seed: cell.split.seed,
    device,
    classes: study.classes,
    channels: study.channels,
    resume: progress.resume?.checkpoint,
    resources,
  });
  let onnx: Uint8Array;
  try {
    const take = async (): Promise<CellCheckpoint> => ({ checkpoint: await session.checkpoint() });
    if (!(await stepThrough(session, progress, take))) return null;
    onnx = await session.exportOnnx();
  } finally {
    await session.release();
  }
  return await judge(study, cell, { onnx, device, isStopped: () => progress.isStopped(), onFrame });
}

interface Judged {
  onnx: Uint8Array;
  device: ComputeDevice;
  isStopped(): boolean;
  onFrame: ((frame: FrameScore) => void) | undefined;
}

async function judge(
  study: Study,
  { arm, split }: Cell,
  { onnx, device, isStopped, onFrame }: Judged,
): Promise<CaseScore[] | null> {
  const predictor = await findMethod(arm.method).openPredictor(onnx, device);
  const test = new Set(split.test);
  const overlaps = new Map<number, Map<number, Overlap>>(
    split.test.map((caseId) => [
      caseId,
      new Map(study.classes.map(({ value }) => [value, { both: 0, onlyA: 0, onlyB: 0 }])),
    ]),
  );
  try {
    const judged = study.frames.filter(({ caseId }) => test.has(caseId));
    const goOn = async (): Promise<void> => {
      await breathe();
      if (isStopped()) throw new Stopped();
    };
    for await (const { frame, prediction } of predictions(predictor, { ...study, frames: judged }, goOn)) {
      const { labelMap, expectedDice } = prediction;
      const { frameId, caseId } = frame;
      const truth = await study.labelMap(frameId);
      addOverlap(overlaps.get(caseId)!, labelMap, truth);
      onFrame?.({ frameId, expectedDice, dice: labelMapDice(labelMap, truth) });
    }
  } catch (error) {
    if (error instanceof Stopped) return null;
    throw error;
  } finally {
    await predictor.release();
  }
  return [...overlaps].flatMap(([caseId, byClass]) =>
    [...byClass].map(([classValue, overlap]) => ({ caseId, classValue, score: diceOrAbsent(overlap) })),
  );
}

class Stopped extends Error {}

/** Of annotated frames, one by one; or of series with masks on all slices, where the model reads volumes. */
async function* predictions(
  { predict, predictVolume }: Predictor,
  study: Pick<Study, "frames" | "frame">,
  goOn: () => Promise<void>,
): AsyncGenerator<{ frame: StudyFrame; prediction: Prediction }> {
  if (predictVolume === undefined) {
    for (const frame of study.frames.filter(({ isAnnotated }) => isAnnotated)) {
      await goOn();
      yield { frame, prediction: await predict(await study.frame(frame.frameId)) };
    }
    return;
  }
  for (const slices of seriesOf(study.frames)) {
    if (!slices.every(({ isAnnotated }) => isAnnotated)) continue;
    const volume = { count: slices.length, slice: (index: number) => study.frame(slices[index]!.frameId) };
    let index = 0;
    for (const prediction of await predictVolume(volume, goOn)) yield { frame: slices[index++]!, prediction };
  }
}

function addOverlap(byClass: ReadonlyMap<number, Overlap>, prediction: LabelMap, truth: LabelMap): void {
  for (const [value, sum] of byClass) {
    const maskOf = ({ data }: LabelMap): Uint8Array => data.map((label) => (label === value ? 1 : 0));
    const { both, onlyA, onlyB } = countOverlap(maskOf(prediction), maskOf(truth));
    sum.both += both;
    sum.onlyA += onlyA;
    sum.onlyB += onlyB;
  }
}

function diceOrAbsent({ both, onlyA, onlyB }: Overlap): number {
  const total = 2 * both + onlyA + onlyB;
  return total === 0 ? 1 : (2 * both) / total;
}
