/** @file Training, prediction and evaluation in a run's process; experiments and synthesis have files of their own. Each returns whether it came to its end or was stopped. */
import type { RunDoing } from "../api/contract.ts";
import type { CaseSource, SourceFrame, ViewCount } from "../dataset/index.ts";
import { describeOrigin, NonFiniteError } from "../engine/runtime/index.ts";
import { decodeFrame } from "../imaging/index.ts";
import type { TuningCache } from "../engine/runtime/index.ts";
import {
  type BackboneShelf,
  backboneNotHere,
  type Compare,
  type ComputeDevice,
  findMethod,
  type Judge,
  type OwnJudgment,
  type Predictor,
  type Show,
  requireKnownClasses,
  type StartRequest,
  type TakeAnswers,
  type VolumeReviewer,
} from "../methods/index.ts";
import { evaluateLabelMaps } from "../metrics/index.ts";
import { Problem } from "../problem/index.ts";
import { decodeLabelMap, deserializeFrame, encodeLabelMap, labelMapDice, serializeFrame } from "../voxels/index.ts";
import { type Bundle, sourceFrames } from "./bundle.ts";
import { trunkOf } from "./bundled-trunk.ts";
import { type BestCheckpoint, decodeBestCheckpoint, encodeBestCheckpoint } from "./checkpoint.ts";
import { ImageScores } from "./image-scores.ts";
import { grade } from "./grading-work.ts";
import { LabelScores } from "./label-scores.ts";
import { startWithin } from "./memory.ts";
import type { ReportedSample, RunParent } from "./messages.ts";
import { Progress } from "./progress.ts";
import { provenanceOf, trainingDataOf } from "./provenance.ts";
import { recordingPredictor, recordingReviewer } from "./recorded-prediction.ts";
import { recordedSlices } from "./recorded-volumes.ts";
import { type LookOptions, predictedFrames } from "./predicted-frames.ts";
import { breathe } from "./stopping.ts";
import { evaluateTranslations } from "./translation-evaluation-work.ts";
import { ValidationScores } from "./validation-scores.ts";
import { VolumeEvaluation } from "./volume-evaluation.ts";

/** Steps that are timed when a run is profiled, and those before them, in which memory is still being allocated. */
const PROFILED = { warmUp: 3, runs: 5 };

/** Between two checkpoints, seconds: what a power cut may cost. */
const CHECKPOINT_SECONDS = 20;

/** Validation frames whose masks are told of at each validation, for a person to look at. */
const SAMPLES = 4;

export type Outcome = "done" | "stopped";

/** What the queue last asked for while the work was under way. */
export type Asked = "stop" | "finish" | null;

/** Checkpoints to go on from; undefined at the beginning. */
export interface Saved {
  last: Uint8Array | undefined;
  best: Uint8Array | undefined;
}

export interface Work {
  bundle: Bundle;
  resources: StartRequest["resources"];
  saved: Saved;
  device: ComputeDevice;
  parent: RunParent;
  asked(): Asked;
  /** Whether a search of an architecture is to end. */
  isSearchOver(): boolean;
  /** Time the operators of a few steps of a training. */
  profile: boolean;
  /** Networks of this computer that trainings stand on. */
  backbones: BackboneShelf;
  /** Measured lowerings of this computer. */
  tuning: TuningCache;
}

const secondsSince = (start: number): number => (performance.now() - start) / 1000;

export async function train(work: Work): Promise<Outcome> {
  const { bundle, saved, device, parent, asked, isSearchOver, profile, tuning, resources, backbones } = work;
  const { recipe } = bundle;
  if (recipe.backbone && backbones.find(recipe.backbone.id) === null) throw backboneNotHere(recipe.backbone);
  const cases = openCases(bundle);
  let doing: RunDoing = null;
  const tellDoing = (next: RunDoing): void => {
    if (doing === next) return;
    doing = next;
    parent.postMessage({ kind: "doing", doing });
  };
  const request: StartRequest = {
    cases,
    settings: recipe.settings,
    seed: recipe.seed,
    device,
    classes: recipe.classes,
    channels: recipe.channels,
    resume: saved.last,
    from: await bundle.readIfThere("weights"),
    modalities: recipe.modalities,
    targets: recipe.targets,
    trunk: await trunkOf(bundle),
    trainingData: trainingDataOf(bundle),
    tuning,
    resources: {
      ...resources,
      onReserved(program, bytes) {
        resources?.onReserved?.(program, bytes);
        tellDoing("compiling");
      },
    },
    backbones,
    profile: profile
      ? { ...PROFILED, report: (one) => parent.postMessage({ kind: "profile", profile: one }) }
      : undefined,
  };
  const method = findMethod(recipe.method);
  const judged = method.judgedBy(recipe.settings);
  tellDoing("reading");
  await breathe();
  const session = await startWithin(method, request);
  if ((session.remarks ?? []).length > 0) parent.postMessage({ kind: "remarks", remarks: session.remarks! });
  let best: BestCheckpoint | null = saved.best === undefined ? null : decodeBestCheckpoint(saved.best);
  const progress = new Progress(parent);
  const volumeOf = new Map(cases.frames.map(({ frameId, volume }) => [frameId, volume?.id ?? frameId]));
  const sampled = new Set(spread(cases.frames.filter(({ role }) => role === "validate")));
  let savedAt = performance.now();
  const saveLast = async (): Promise<void> => {
    progress.flush(session.step); // figures of steps before a checkpoint are never told again
    parent.postMessage({
      kind: "checkpoint",
      checkpoint: "last",
      step: session.step,
      bytes: await session.checkpoint(),
    });
    savedAt = performance.now();
  };
  const scoreOf = async (
    validation: (judge: Judge, compare: Compare, take: TakeAnswers) => Promise<OwnJudgment> | Promise<void>,
    samples?: ReportedSample[],
  ): Promise<OwnJudgment> => {
    const images = new ImageScores();
    const labels = new LabelScores(recipe.targets ?? [], cases.frames);
    const scores = new ValidationScores(recipe.classes, session.judgesVolumes === true ? volumeOf : undefined);
    const own = await validation(
      async (frameId, prediction) => {
        const score = scores.add(frameId, prediction, await cases.labelMap(frameId));
        if (sampled.has(frameId)) samples?.push({ frameId, kind: "mask", score, bytes: encodeLabelMap(prediction) });
      },
      (made, real, size) => images.add(made, real, size),
      (frameId, answers) => labels.add(frameId, answers),
    );
    if (recipe.targets !== undefined) {
      const figures = labels.figures(judged.figure);
      return { ...own, score: figures[judged.figure] ?? null, figures: { ...own?.figures, ...figures } };
    }
    return own === undefined ? { score: scores.mean } : { ...own, figures: { ...own.figures, ...images.means } };
  };
  const isBetterThan = (score: number, { score: before }: Pick<BestCheckpoint, "score">): boolean =>
    before === null || (judged.better === "higher" ? score > before : score < before);
  /** `isFinal`: no better weights are to come, so these may become the model. */
  const validate = async ({ isFinal = false } = {}): Promise<void> => {
    const start = performance.now();
    const samples: ReportedSample[] = [];
    const show: Show = (frameId, picture, ofPicture) => {
      if (sampled.has(frameId))
        samples.push({ frameId, kind: "picture", score: ofPicture, bytes: serializeFrame(picture) });
    };
    const {
      score,
      figures = {},
      remarks = [],
    } = await scoreOf((judge, compare, take) => session.validate(judge, show, sampled, compare, take), samples);
    progress.add(session.step, { ...(score !== null && { [judged.figure]: score }), ...figures });
    await session.validated?.(score);
    for (const [network, validation] of Object.entries(session.alsoValidate ?? {})) {
      const { score: also } = await scoreOf(validation);
      if (also !== null) progress.add(session.step, { [`${judged.figure} ${network}`]: also });
    }
    const isBetter = best === null || score === null || isBetterThan(score, best);
    if (isBetter && (isFinal || session.isCandidate !== false)) {
      best = { step: session.step, score, weights: await session.weights() };
      const bytes = encodeBestCheckpoint(best);
      parent.postMessage({ kind: "checkpoint", checkpoint: "best", step: best.step, bytes });
    }
    progress.validationDone(secondsSince(start), session.validateEvery);
    await saveLast();
    parent.postMessage({ kind: "validation", step: session.step, samples, remarks });
  };

  try {
    let stopSearch = session.stopSearch?.bind(session);
    while (session.step < session.steps) {
      await breathe();
      if (isSearchOver() && stopSearch !== undefined) {
        await stopSearch();
        stopSearch = undefined;
        await saveLast(); // a resumed training knows of it, wherever it is killed
      }
      const wish = asked();
      if (wish === "finish") break;
      if (wish === "stop") {
        await saveLast();
        return "stopped";
      }
      const start = performance.now();
      const losses = await session.runStep().catch((error: unknown) => {
        if (!(error instanceof NonFiniteError)) throw error;
        // Nothing of this step was kept: the states are those of the step before, worth saving unless they were broken then.
        if (error.origin.kind !== "state") saveLast();
        throw notFinite(error, session.step + 1);
      });
      tellDoing(null);
      progress.stepDone(session.step, secondsSince(start), losses);
      if (session.step % session.validateEvery === 0 || session.step === session.steps) await validate();
      else if (secondsSince(savedAt) > CHECKPOINT_SECONDS) await saveLast();
    }
    // A run that was killed after its last step, or is finished before its first validation, still has to look at what it made.
    if (best === null) await validate({ isFinal: true });
    else if (session.step < session.steps) await saveLast();
    const { step, score, weights } = best!;
    const onnx = await session.exportOnnx({ weights, about: await provenanceOf(bundle, cases) });
    parent.postMessage({ kind: "model", step, score, weights, onnx });
    return "done";
  } finally {
    await session.release();
  }
}

export async function predict(work: Work): Promise<Outcome> {
  const { bundle, device, parent, asked } = work;
  const { recipe } = bundle;
  if (findMethod(recipe.method).openGrader !== undefined) return grade(work);
  const cases = openCases(bundle);
  const onnx = await bundle.read("onnx");
  const method = findMethod(recipe.method);
  const weights = await bundle.readIfThere("weights");
  const predictor = await method.openPredictor(onnx, device);
  requireKnownClasses(predictor, recipe.classes);
  const reviewer = weights === undefined ? undefined : await method.openReviewer?.(weights, device);
  const views = recipe.settings["views"] as ViewCount;
  const progress = new Progress(parent);
  if (reviewer?.kind === "volumes") {
    await predictor.release(); // the weights hold its network too
    return proposeForSeries({ cases, parent, asked }, { reviewer, views }, progress);
  }
  const recording = reviewer ? recordingReviewer(reviewer, views) : recordingPredictor(predictor, views);
  try {
    if (recording === null) return await proposeOnly({ cases, parent, asked }, predictor, progress);
    for (const { frameId, role } of cases.frames) {
      if (role === "refer") recording.refer(await cases.labelMap(frameId));
    }
    // Those with known truth last: a person who waits for proposals has them first.
    const frames = cases.frames.filter(({ role }) => role === "predict");
    frames.push(...cases.frames.filter(({ role }) => role === "judge"));
    for (const [index, { frameId, role }] of frames.entries()) {
      await breathe();
      if (asked() === "stop") return "stopped";
      const start = performance.now();
      const { prediction, review } = await recording.predict(await cases.frame(frameId));
      const { labelMap, confidence, expectedDice } = prediction;
      if (role === "judge") {
        const truth = await cases.labelMap(frameId);
        parent.postMessage({ kind: "judged", frameId, dice: labelMapDice(labelMap, truth), review });
      } else {
        const mask = encodeLabelMap(labelMap);
        parent.postMessage({ kind: "proposal", frameId, mask, confidence, expectedDice, review });
      }
      progress.stepDone(index + 1, secondsSince(start));
    }
    progress.flush(frames.length);
    return "done";
  } finally {
    await reviewer?.release();
    await predictor.release();
  }
}

/** With a review record for each slice. Those with known truth last. */
async function proposeForSeries(
  { cases, parent, asked }: Pick<Work, "parent" | "asked"> & { cases: CaseSource },
  { reviewer, views }: { reviewer: VolumeReviewer; views: ViewCount },
  progress: Progress,
): Promise<Outcome> {
  const isJudged = (frame: SourceFrame): boolean => frame.role === "judge";
  const frames = [...cases.frames.filter((frame) => !isJudged(frame)), ...cases.frames.filter(isJudged)];
  const looked = frames.filter(({ role }) => role !== "refer").length;
  let done = 0;
  try {
    const slices = recordedSlices(reviewer, { ...cases, frames }, { views, ...looking(asked, progress) });
    for await (const { frame, prediction, review, seconds } of slices) {
      const { frameId, role } = frame;
      const { labelMap, confidence, expectedDice } = prediction;
      if (role === "judge") {
        const truth = await cases.labelMap(frameId);
        parent.postMessage({ kind: "judged", frameId, dice: labelMapDice(labelMap, truth), review });
      } else if (role === "predict") {
        const mask = encodeLabelMap(labelMap);
        parent.postMessage({ kind: "proposal", frameId, mask, confidence, expectedDice, review });
      }
      progress.stepDone(++done, seconds);
    }
    progress.flush(done);
    return done < looked ? "stopped" : "done";
  } finally {
    await reviewer.release();
  }
}

/** Without review records: the model takes no square image. */
async function proposeOnly(
  { cases, parent, asked }: Pick<Work, "parent" | "asked"> & { cases: CaseSource },
  predictor: Predictor,
  progress: Progress,
): Promise<Outcome> {
  const frames = cases.frames.filter(({ role }) => role === "predict" || role === "context");
  let done = 0;
  for await (const { frame, prediction, seconds } of predictedFrames(
    predictor,
    { ...cases, frames },
    looking(asked, progress),
  )) {
    const { labelMap, confidence, expectedDice } = prediction;
    if (frame.role === "predict") {
      const mask = encodeLabelMap(labelMap);
      parent.postMessage({ kind: "proposal", frameId: frame.frameId, mask, confidence, expectedDice });
    }
    progress.stepDone(++done, seconds);
  }
  progress.flush(done);
  return done < frames.length ? "stopped" : "done";
}

function looking(asked: Work["asked"], progress: Progress): LookOptions {
  return {
    async goesOn() {
      await breathe();
      return asked() !== "stop";
    },
    onProgress: (frames) => progress.flush(frames),
  };
}

export async function evaluate(work: Work): Promise<Outcome> {
  const { bundle, device, parent, asked } = work;
  const { recipe } = bundle;
  if (findMethod(recipe.method).openGrader !== undefined) return grade(work);
  if (findMethod(recipe.method).openTranslator !== undefined) return evaluateTranslations(work);
  const cases = openCases(bundle);
  const onnx = await bundle.read("onnx");
  const predictor = await findMethod(recipe.method).openPredictor(onnx, device);
  requireKnownClasses(predictor, recipe.classes);
  const progress = new Progress(parent);
  const classes = predictor.classes.map(({ value }) => value);
  try {
    const rows = [];
    const volumes = new VolumeEvaluation(classes);
    let done = 0;
    for await (const { frame: looked, prediction, pixels, seconds } of predictedFrames(
      predictor,
      cases,
      looking(asked, progress),
    )) {
      const { frameId, volume, role } = looked;
      const start = performance.now();
      done++;
      if (role === "context") continue;
      const { labelMap } = prediction;
      const frame = await pixels();
      const truth = await cases.labelMap(frameId);
      if (volume !== undefined) volumes.add(volume, { frame, prediction: labelMap, truth });
      const scores = evaluateLabelMaps(labelMap, truth, { classes, spacing: frame.spacing });
      for (const score of scores) {
        const { value: classValue, unit: hd95Unit, dice, iou, hd95 } = score;
        rows.push({ frameId, classValue, dice, iou, hd95, hd95Unit });
      }
      progress.stepDone(done, seconds + secondsSince(start));
    }
    if (done < cases.frames.length) return "stopped";
    parent.postMessage({ kind: "evaluation", rows, volumes: volumes.rows });
    progress.flush(cases.frames.length);
    return "done";
  } finally {
    await predictor.release();
  }
}

/** Images and annotations are read from the bundle when asked for: a set may be larger than memory. They are untrusted, hence in this process. */
export function openCases(bundle: Bundle): CaseSource {
  const byId = new Map(bundle.recipe.frames.map((frame) => [frame.frameId, frame]));
  return {
    frames: sourceFrames(bundle.recipe.frames),
    async frame(frameId) {
      const { source, fileName, frameIndex } = byId.get(frameId)!;
      const bytes = await bundle.read(source);
      return source.startsWith("frame/")
        ? deserializeFrame(bytes)
        : decodeFrame(bytes, { fileName, frame: frameIndex });
    },
    labelMap: async (frameId) => decodeLabelMap(await bundle.read(`mask/${frameId}`)),
  };
}

/** Ids of a few of them, first to last. */
function spread(frames: readonly { frameId: number }[]): number[] {
  const count = Math.min(SAMPLES, frames.length);
  return Array.from({ length: count }, (_, place) => frames[Math.floor((place * frames.length) / count)]!.frameId);
}

function notFinite(error: NonFiniteError, step: number): Problem {
  const { origin, broken } = error;
  const hints = {
    input: "Look at the training images: one of them holds values that are not numbers.",
    state: "Start again from an earlier model, or from the beginning.",
    op: "Start again with a smaller learning rate.",
    unknown: "Start again with a smaller learning rate.",
  };
  return new Problem(
    {
      code: "run-failed",
      title: `Training stopped at step ${step}: the ${broken.kind === "loss" ? "loss is" : "weights are"} not a number any more.`,
      detail: `${describeOrigin(origin)} The checkpoint from before this step was kept.`,
      hint: hints[origin.kind],
    },
    { cause: error },
  );
}
