/** @file Writes the bundle of a run from the project: what its process gets to see, and nothing else. */
import type { RunKind, Split } from "../api/contract.ts";
import type { FrameRole } from "../dataset/index.ts";
import { type ExperimentPlan, trainingKey } from "../experiments/index.ts";
import { findMethod } from "../methods/index.ts";
import type { DataSnapshot, Project } from "../project/index.ts";
import { type BundleEntry, type BundleFrame, type BundleRecipe, writeBundle } from "./bundle.ts";

type SnapshotFrame = DataSnapshot["frames"][number];

const rolesOfKind = {
  // The test split is not here: nothing of it may reach a training, not even its choice of model.
  train: { train: "train", val: "validate", unlabelled: "train", test: null },
  predict: { train: "predict", val: "predict", unlabelled: "predict", test: "predict" },
  evaluate: { train: "evaluate", val: "evaluate", unlabelled: "evaluate", test: "evaluate" },
  // Its plan says what each training sees.
  experiment: { train: "train", val: "train", unlabelled: "train", test: null },
} as const satisfies Record<string, Record<Split, FrameRole | null>>;

function roleOf(kind: RunKind, { split, revisionId }: SnapshotFrame): FrameRole | null {
  if (kind === "predict" && revisionId !== null) return split === "val" ? "judge" : "refer";
  if (split === null) return kind === "predict" ? "predict" : null;
  // Whatever is drawn on it by now, the run was planned without.
  if (kind === "train" && revisionId === null) return split === "train" || split === "unlabelled" ? "unlabelled" : null;
  if (kind === "experiment" && revisionId === null) return split === "test" ? null : "unlabelled";
  return rolesOfKind[kind][split];
}

export async function writeRunData(project: Project, runId: number, path: string): Promise<void> {
  const { snapshot, ...recipe } = project.runs.recipe(runId);
  const unseen = project.annotations.unseenRevisions(snapshot.frames.flatMap(({ revisionId }) => revisionId ?? []));
  const volumes = project.slices.volumes();
  const frames = snapshot.frames.map((frame): BundleFrame => {
    const role = roleOf(recipe.kind, frame);
    if (role === null) {
      throw new Error(
        `run ${runId}: frame ${frame.frameId} of split ${frame.split} must not be used to ${recipe.kind}.`,
      );
    }
    const { row, frameIndex } = project.images.frame(frame.frameId);
    const { frameId, imageId, caseId, split } = frame;
    const isAlone = project.images.isStoredAlone(frameId);
    const volume = volumes.get(frameId);
    // The stored name of the file may tell more than messages should: the row's name is what the user sees.
    return {
      frameId,
      imageId,
      caseId,
      split,
      role,
      source: isAlone ? `slice/${frameId}` : `source/${imageId}`,
      frameIndex: isAlone ? 0 : frameIndex,
      fileName: row.name,
      hasMask: frame.revisionId !== null,
      ...(frame.revisionId !== null && unseen.has(frame.revisionId) ? { isUnseen: true } : {}),
      ...(volume === undefined ? {} : { volume }),
    };
  });
  const isColor = snapshot.frames.some(({ frameId }) => project.images.frame(frameId).metadata.channels === 3);

  const entries: BundleEntry[] = [];
  const pictured = frames.filter(({ role }) => role !== "refer");
  const frameOfSource = new Map(pictured.map(({ source, frameId }) => [source, frameId]));
  for (const [name, frameId] of frameOfSource) {
    const read = () => project.images.sourceOfFrame(frameId).bytes;
    entries.push({ name, size: read().length, read });
    await new Promise((resolve) => setImmediate(resolve)); // the window stays alive meanwhile
  }
  const addBytes = (name: BundleEntry["name"], bytes: Uint8Array): void => {
    entries.push({ name, size: bytes.length, read: () => bytes });
  };
  for (const { frameId, revisionId } of snapshot.frames) {
    if (revisionId !== null) addBytes(`mask/${frameId}`, project.annotations.revision(revisionId));
  }
  if (recipe.kind === "train" || recipe.kind === "experiment") {
    if (snapshot.fromModel !== null) addBytes("weights", project.models.weights(snapshot.fromModel));
    for (const kind of ["last", "best"] as const) {
      const saved = project.runs.checkpoint(runId, kind);
      if (saved !== null) addBytes(`checkpoint/${kind}`, saved.bytes);
    }
  } else {
    addBytes("onnx", project.models.onnx(snapshot.fromModel!));
    // Teacher and student, for review records.
    if (recipe.kind === "predict" && findMethod(recipe.method).openReviewer !== undefined) {
      addBytes("weights", project.models.weights(snapshot.fromModel!));
    }
  }
  const channels = isColor ? 3 : 1;
  const experiment = recipe.kind === "experiment" ? { experiment: experimentOf(project, runId) } : {};
  await writeBundle(path, { ...recipe, ...experiment, classes: snapshot.classes, channels, frames }, entries);
}

function experimentOf(project: Project, runId: number): NonNullable<BundleRecipe["experiment"]> {
  const plan = project.experiments.plan(runId) as ExperimentPlan;
  return { plan, done: project.experiments.scores(runId).map(trainingKey) };
}
