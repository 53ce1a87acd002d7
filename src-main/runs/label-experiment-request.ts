/** @file An experiment on a label of whole images: from a request to its run's row, data snapshot and plan, checked against the project. */
import { type Arm, type ExperimentPlan, gradedFrame, planExperiment } from "../experiments/index.ts";
import { findMethod, presetsOf, regionOf } from "../methods/index.ts";
import type { DataSnapshot, NewRun, Project } from "../project/index.ts";
import { classPixels } from "../voxels/index.ts";
import { type ExperimentRequest, experimentRun, fittedWithin } from "./experiment-run.ts";
import { armsTrunk, onTrunk } from "./experiment-trunk.ts";
import { labelFacts, labelFrames, type LabelFrames } from "./grading-request.ts";
import { thisMachine, trainingFacts } from "./training-request.ts";

interface LabelExperimentRequest extends Omit<ExperimentRequest, "arms"> {
  arms: readonly Arm[];
}

/**
 * Labelled images of train and validation teach and judge, but for labels that were accepted without a look at them; the test split is left alone. Throws
 * `Problem` for wrong settings or too little data.
 */
export function planLabelExperiment(
  project: Project,
  request: LabelExperimentRequest,
  device: string,
): { run: NewRun; plan: ExperimentPlan } {
  const { arms } = request;
  const method = findMethod(arms[0]!.method);
  const said = labelFrames(project, method, request.label === undefined ? undefined : [request.label], () => true);
  const [label] = said.targets;
  const isPainting = arms.some(({ classPainter }) => classPainter !== undefined);
  const frames = isPainting ? withMasks(project, said.frames) : said.frames;
  const facts = () => {
    // All of them teach in some split.
    const pooled = { ...said, frames: said.frames.map((frame) => ({ ...frame, split: "train" as const })) };
    const trained = { classes: [], labelled: pooled.frames, validated: [], unlabelled: [] };
    return { ...trainingFacts(project, trained), labels: labelFacts(project, pooled) };
  };
  const fitted =
    said.frames.length === 0 ? {} : presetsOf(findMethod("classify"))[0]!.settingsFor(facts(), thisMachine());
  const trunk = armsTrunk(project, arms, request.settings["network"]);
  const size = Number(request.settings["size"] ?? trunk?.size ?? fitted["size"]);
  const { network, ...asked } = request.settings;
  const settings = {
    ...fitted,
    size,
    ...(arms.some(({ id }) => id === "diffmic") && { regionSide: regionOf(size) }),
    ...(isPainting && fittedWithin(project, arms)),
    ...asked,
    // A trunk is of its arm alone.
    ...(network !== undefined && network !== trunk?.id && { network }),
  };
  const study = frames.map(({ revisionId, ...frame }) => gradedFrame(frame, revisionId !== null));
  const plan = planExperiment(study, { ...request, settings, arms: onTrunk(arms, trunk, size), label });
  // What a training by itself refuses, before the first of them starts.
  for (const arm of plan.arms)
    findMethod(arm.method).remarks?.(trunk === null ? facts() : { ...facts(), trunk }, arm.settings);
  const snapshot: DataSnapshot = {
    ...{ frames, classes: project.classes.list(), fromModel: null, targets: said.targets },
    ...(trunk && { trunk }),
  };
  return { plan, run: experimentRun(plan, { settings, device, snapshot }) };
}

/** With the masks that somebody has looked at and that show something: others are nothing to paint from. */
function withMasks(project: Project, frames: LabelFrames["frames"]): LabelFrames["frames"] {
  const unseen = new Set(project.annotations.unseenFrames());
  const rows = new Map(project.images.frames().map((row) => [row.frameId, row]));
  return frames.map((frame) => {
    const { frameId } = frame;
    if (rows.get(frameId)!.annotation === null || unseen.has(frameId)) return frame;
    const revisionId = project.annotations.head(frameId);
    const isShown = [...classPixels(project.annotations.revision(revisionId))].some(([, pixels]) => pixels > 0);
    return isShown ? { ...frame, revisionId } : frame;
  });
}
