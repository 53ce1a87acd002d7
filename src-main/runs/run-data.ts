/** @file Writes the bundle of a run from the project: what its process gets to see, and nothing else. */
import { createHash } from "node:crypto";
import type { ModelRow, RunKind, Split } from "../api/contract.ts";
import type { FrameRole } from "../dataset/index.ts";
import { type ExperimentPlan, trainingKey } from "../experiments/index.ts";
import { type BackboneRecord, findMethod, type TrunkRecord } from "../methods/index.ts";
import type { DataSnapshot, NewRun, Project, RunRecipe } from "../project/index.ts";
import { type Frame, serializeFrame } from "../voxels/index.ts";
import { type BundleEntry, type BundleFrame, type BundleRecipe, type RunIdentity, writeBundle } from "./bundle.ts";

type SnapshotFrame = DataSnapshot["frames"][number];

const rolesOfKind = {
  // The test split is not here: nothing of it may reach a training, not even its choice of model.
  train: { train: "train", val: "validate", unlabelled: "train", test: null },
  predict: { train: "predict", val: "predict", unlabelled: "predict", test: "predict" },
  evaluate: { train: "evaluate", val: "evaluate", unlabelled: "evaluate", test: "evaluate" },
  // Images and masks that the generator learned from.
  synthesise: { train: "train", val: null, unlabelled: "train", test: null },
  // Translated images stay with their patient, who then can judge nothing.
  translate: { train: "predict", val: null, unlabelled: "predict", test: null },
  // Its plan says what each training sees.
  experiment: { train: "train", val: "train", unlabelled: "train", test: null },
} as const satisfies Record<string, Record<Split, FrameRole | null>>;

function roleOf(kind: RunKind, { split, revisionId, isContext, modality, values }: SnapshotFrame): FrameRole | null {
  if (isContext === true) return "context";
  if (modality !== undefined && kind !== "experiment") return split === null ? null : rolesOfKind[kind][split];
  if (kind === "predict" && values !== undefined) return "judge";
  if (values !== undefined) return split === null ? null : rolesOfKind[kind][split];
  if (kind === "predict" && revisionId !== null) return split === "val" ? "judge" : "refer";
  if (split === null) return kind === "predict" ? "predict" : null;
  // Whatever is drawn on it by now, the run was planned without.
  if (kind === "train" && revisionId === null) return split === "train" || split === "unlabelled" ? "unlabelled" : null;
  if (kind === "experiment" && revisionId === null) return split === "test" ? null : "unlabelled";
  return rolesOfKind[kind][split];
}

/** For another machine: frames are decoded here and leave without anything that their files say of anybody. */
export interface PortableData {
  readFrame(frameId: number): Promise<Frame>;
  signal: AbortSignal;
  /** Entries of the file. */
  onProgress(done: number, total: number): void;
}

/** Images and masks of a run, and what its recipe says of them. */
function dataOf(
  project: Project,
  { kind, snapshot }: Pick<RunRecipe, "kind" | "snapshot">,
  portable: PortableData | null,
): Pick<BundleRecipe, "frames" | "classes" | "channels" | "modalities" | "targets" | "trunk"> & {
  entries: BundleEntry[];
} {
  const frames = describeFrames(project, { kind, snapshot }, { isPortable: portable !== null });
  const entries: BundleEntry[] = [];
  const pictured = frames.filter(({ role }) => role !== "refer");
  const frameOfSource = new Map(pictured.map((frame) => [frame.source, frame]));
  for (const [name, { frameId, sourceSha256: sha256 }] of frameOfSource) {
    if (portable === null) entries.push({ name, sha256, read: () => project.images.sourceOfFrame(frameId).bytes });
    else entries.push({ name, read: async () => serializeFrame(pixelsOnly(await portable.readFrame(frameId))) });
  }
  for (const { frameId, revisionId } of snapshot.frames) {
    if (revisionId !== null)
      entries.push({ name: `mask/${frameId}`, read: () => project.annotations.revision(revisionId) });
  }
  const { classes, modalities, targets } = snapshot;
  const trunk = snapshot.trunk as TrunkRecord | undefined;
  if (trunk !== undefined)
    entries.push({ name: "trunk", sha256: trunk.sha256, read: () => project.trunks.bytes(trunk.id) });
  const channels = isInColor(project, snapshot) ? 3 : 1;
  const learned = { ...(modalities !== undefined && { modalities }), ...(targets !== undefined && { targets }) };
  return { frames, classes, channels, ...learned, ...(trunk && { trunk }), entries };
}

/** Of a training that may be asked for: no run has begun, so there is nothing to go on from but a model. */
export async function writePlannedData(project: Project, plan: NewRun, path: string): Promise<void> {
  const { kind, method, settings, seed, device, steps, snapshot } = plan;
  const { entries, ...data } = dataOf(project, plan, null);
  if (snapshot.fromModel !== null) {
    const weights = project.models.weights(snapshot.fromModel);
    entries.push({ name: "weights", read: () => weights });
  }
  const run = { projectId: project.projectId, runId: 1, key: "planned" };
  await writeBundle(path, { run, kind, method, settings, seed, device, steps, ...data }, entries);
}

export async function writeRunData(
  project: Project,
  runId: number,
  path: string,
  portable: PortableData | null = null,
): Promise<void> {
  const { snapshot, ...recipe } = project.runs.recipe(runId);
  const { entries, ...data } = dataOf(project, { kind: recipe.kind, snapshot }, portable);
  const addBytes = (name: BundleEntry["name"], bytes: Uint8Array): void => {
    entries.push({ name, read: () => bytes });
  };
  if (recipe.kind === "train" || recipe.kind === "experiment") {
    if (snapshot.fromModel !== null) addBytes("weights", project.models.weights(snapshot.fromModel));
    for (const kind of ["last", "best"] as const) {
      const saved = project.runs.checkpoint(runId, kind);
      if (saved !== null) addBytes(`checkpoint/${kind}`, saved.bytes);
    }
  } else if (recipe.kind === "translate" || findMethod(recipe.method).openTranslator !== undefined) {
    addBytes("weights", project.models.weights(snapshot.fromModel!));
  } else if (recipe.kind === "synthesise") {
    addBytes("weights", project.models.weights(snapshot.fromModel!));
    const { judge } = project.syntheticPairs.request(runId);
    if (judge !== null) addBytes("judge", project.models.onnx(judge.modelId));
    addBytes("pairs", Buffer.from(JSON.stringify(project.syntheticPairs.made(runId))));
  } else if (findMethod(recipe.method).openGrader !== undefined) {
    addBytes("weights", project.models.weights(snapshot.fromModel!));
  } else {
    addBytes("onnx", project.models.onnx(snapshot.fromModel!));
    // Teacher and student, for review records.
    if (recipe.kind === "predict" && findMethod(recipe.method).openReviewer !== undefined) {
      addBytes("weights", project.models.weights(snapshot.fromModel!));
    }
  }
  const experiment = recipe.kind === "experiment" ? { experiment: experimentOf(project, runId) } : {};
  const synthesis = recipe.kind === "synthesise" ? { synthesis: project.syntheticPairs.request(runId) } : {};
  const translated = recipe.kind === "translate" ? project.translations.made(runId) : [];
  const translation = translated.length > 0 ? { translated: translated.map(({ sourceFrameId }) => sourceFrameId) } : {};
  const backbone = snapshot.backbone && { backbone: snapshot.backbone as BackboneRecord };
  const run = identityOf(project, runId);
  await writeBundle(
    path,
    { run, ...recipe, ...experiment, ...synthesis, ...translation, ...backbone, ...data },
    entries,
    portable === null ? {} : { ...portable, isDurable: true },
  );
}

/** What a run sees of each frame. Throws where one has no place in it. */
export function describeFrames(
  project: Project,
  { kind, snapshot }: { kind: RunKind; snapshot: DataSnapshot },
  { isPortable = false }: { isPortable?: boolean } = {},
): BundleFrame[] {
  const unseen = project.annotations.unseenRevisions(snapshot.frames.flatMap(({ revisionId }) => revisionId ?? []));
  const volumes = project.slices.volumes();
  return snapshot.frames.map((frame): BundleFrame => {
    const role = roleOf(kind, frame);
    if (role === null) {
      throw new Error(`frame ${frame.frameId} of split ${frame.split} must not be used to ${kind}.`);
    }
    const { row, frameIndex } = project.images.frame(frame.frameId);
    const { frameId, imageId, caseId, split, modality, values } = frame;
    const isAlone = project.images.isStoredAlone(frameId);
    const volume = volumes.get(frameId);
    // The stored name of the file may tell more than messages should: the row's name is what the user sees.
    return {
      frameId,
      imageId,
      caseId,
      split,
      role,
      source: isPortable ? `frame/${frameId}` : isAlone ? `slice/${frameId}` : `source/${imageId}`,
      frameIndex: isAlone ? 0 : frameIndex,
      fileName: isPortable ? `image ${frameId}` : row.name,
      sourceSha256: project.images.storedSha(frameId),
      hasMask: frame.revisionId !== null,
      ...(frame.revisionId !== null && unseen.has(frame.revisionId) ? { isUnseen: true } : {}),
      ...(volume === undefined ? {} : { volume }),
      ...(modality === undefined ? {} : { modality }),
      ...(values === undefined ? {} : { values }),
    };
  });
}

/** Of a run with images in color all count as such. */
export function isInColor(project: Project, { frames }: DataSnapshot): boolean {
  return frames.some(({ frameId }) => project.images.frame(frameId).metadata.channels === 3);
}

/** Of a model: it stays in color where a training goes on from it with gray images. */
export function modelChannels(project: Project, { runId }: Pick<ModelRow, "runId">): 1 | 3 {
  const { snapshot } = project.runs.recipe(runId);
  if (isInColor(project, snapshot)) return 3;
  const earlier = project.models.list().find(({ modelId }) => modelId === snapshot.fromModel);
  return earlier === undefined ? 1 : modelChannels(project, earlier);
}

function experimentOf(project: Project, runId: number): NonNullable<BundleRecipe["experiment"]> {
  const plan = project.experiments.plan(runId) as ExperimentPlan;
  return { plan, done: project.experiments.scores(runId).map(trainingKey) };
}

/** Copies of a project give one number to different runs: the digest tells them apart. */
export function identityOf(project: Project, runId: number): RunIdentity {
  const { projectId } = project;
  const { device: _, ...recipe } = project.runs.recipe(runId);
  const { createdAt } = project.runs.row(runId);
  const key = createHash("sha256")
    .update(JSON.stringify([projectId, runId, createdAt, recipe]))
    .digest("hex");
  return { projectId, runId, key };
}

/** What a training looks at. Not what a file says about itself: proposed windows and units are texts, overlays may show writing. */
function pixelsOnly({ windows: _, unit: _unit, overlays: _overlays, ...frame }: Frame): Frame {
  return { ...frame, window: null };
}
