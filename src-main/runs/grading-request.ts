/** @file Trainings and runs on labels of whole images, checked against the project: from what was said of images to what a run sees. */
import type { LabelDefinition, LabelTarget, LabelValue, ModelRow, Split } from "../api/contract.ts";
import type { LabelFacts, Method, TargetValue } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import type { DataSnapshot, NewRun, Project } from "../project/index.ts";
import { Random } from "../random/index.ts";

type SnapshotFrame = DataSnapshot["frames"][number];
type FrameRow = ReturnType<Project["images"]["frames"]>[number];

export interface LabelFrames {
  targets: LabelTarget[];
  /** One frame of each image: of several slices the middle one. Of the training and the validation split. */
  frames: (SnapshotFrame & { values: TargetValue[] })[];
  /** Images of these splits of which nothing is said. */
  missing: number;
  stacks: number;
}

const targetOf = ({ labelId, name, kind, options, unit }: LabelDefinition): LabelTarget => {
  return { labelId, name, kind, options, unit };
};

/** What such a method can learn. */
export function learnableLabels(project: Project, { learnsLabels }: Pick<Method, "learnsLabels">): LabelDefinition[] {
  return project.labelDefinitions.list().filter(({ kind }) => (kind === "number") === (learnsLabels === "numbers"));
}

/**
 * `labels`: ids; default the label that most images have. `judges`: whether images of a split may judge. Throws `Problem` where there is none, or it cannot
 * be learned so.
 */
export function labelFrames(
  project: Project,
  method: Pick<Method, "id" | "learnsLabels">,
  labels?: readonly number[],
  judges: (split: Split) => boolean = (split) => split === "val",
): LabelFrames {
  const targets = chosenLabels(project, method, labels).map(targetOf);
  const said = targets.map((target) => saidOf(project, target));
  const unseen = project.labelProposals.unseen();
  const all = oneFrameEach(project.images.frames()).filter(
    ({ row: { split, isSynthetic } }) => !isSynthetic && (split === "train" || split === "val"),
  );
  const frames = all.flatMap(({ row }): LabelFrames["frames"] => {
    const values = said.map((of, at) => {
      const value = of.get(row.frameId) ?? null;
      // What nobody looked at judges nothing.
      const isJudge = unseen.size > 0 && judges(row.split!);
      return isJudge && unseen.has(subjectKey(project, targets[at]!, row.imageId)) ? null : value;
    });
    return values.every((value) => value === null) ? [] : [{ ...seen(row), values }];
  });
  const used = new Set(frames.map(({ frameId }) => frameId));
  return {
    targets,
    frames,
    missing: all.length - frames.length,
    stacks: all.filter(({ row, slices }) => slices > 1 && used.has(row.frameId)).length,
  };
}

function chosenLabels(
  project: Project,
  method: Pick<Method, "id" | "learnsLabels">,
  labels?: readonly number[],
): LabelDefinition[] {
  const isNumeric = method.learnsLabels === "numbers";
  const possible = learnableLabels(project, method);
  if (labels !== undefined) {
    const chosen = [...new Set(labels)].map((id) => project.labelDefinitions.get(id));
    const wrong = chosen.find(({ kind }) => (kind === "number") !== isNumeric);
    if (wrong !== undefined || (!isNumeric && chosen.length > 1) || chosen.length === 0) {
      throw new Problem({
        code: "bad-request",
        title:
          wrong === undefined
            ? `${method.id} learns one label, not ${chosen.length}.`
            : `${method.id} does not learn ${wrong.name}: it is a label of ${wrong.kind === "number" ? "numbers" : "classes"}.`,
        hint:
          wrong?.kind === "number"
            ? `Learn it with regress. Where its numbers are grades, import them again under another name and say so in the title of the column: "${wrong.name} grade:grade(0<1<2)", the grades in their order.`
            : "Classes and grades are learned with classify or diffmic, one at a time; numbers with regress.",
      });
    }
    return chosen;
  }
  if (possible.length === 0) {
    throw new Problem({
      code: "not-enough-data",
      title: isNumeric ? "No label of numbers is defined yet." : "No label of classes or grades is defined yet.",
      detail: `${method.id} learns from what is said of whole images.`,
      hint: "Add a label and give it to some images, in the app or with `aliquot import --labels`.",
    });
  }
  const counts = possible.map(({ labelId }) => project.labels.values(labelId).length);
  return [possible[counts.indexOf(Math.max(...counts))]!];
}

/** Values by frame, as networks take them: places among the classes of the target, behind them those that its model does not know. */
function saidOf(project: Project, target: LabelTarget): Map<number, number> {
  const { labelId, options, kind } = target;
  const all = [...options, ...unknownClasses(project, target)];
  return new Map(
    project.labels.values(labelId).map(({ frameId, value }) => {
      return [frameId, kind === "number" ? Number(value) : all.indexOf(String(value))];
    }),
  );
}

/** Classes that the label got since. */
const unknownClasses = (project: Project, { labelId, options }: LabelTarget): string[] =>
  project.labelDefinitions.get(labelId).options.filter((option) => !options.includes(option));

const subjectKey = (project: Project, { labelId }: LabelTarget, imageId: number): string =>
  `${labelId} ${project.labels.subjectOf(project.labelDefinitions.get(labelId), imageId)}`;

const seen = ({ frameId, imageId, caseId, split }: FrameRow): SnapshotFrame => {
  return { frameId, imageId, caseId, split, revisionId: null };
};

function oneFrameEach(rows: readonly FrameRow[]): { row: FrameRow; slices: number }[] {
  return [...Map.groupBy(rows, ({ imageId }) => imageId).values()].map((slices) => {
    return { row: slices[slices.length >> 1]!, slices: slices.length };
  });
}

export function labelFacts(project: Project, { targets, frames, missing, stacks }: LabelFrames): LabelFacts {
  const rows = new Map(project.images.frames().map((row) => [row.frameId, row]));
  const sizes = new Set(
    frames.map(({ frameId }) => {
      const { width, height } = rows.get(frameId)!;
      return `${width} ${height}`;
    }),
  );
  return {
    targets: targets.map((target, at) => {
      const of = (split: Split): number[] =>
        frames.flatMap(({ split: own, values }) => (own === split && values[at] !== null ? [values[at]!] : []));
      const [train, validate] = [of("train"), of("val")];
      const counted = (values: readonly number[]): number[] =>
        target.kind === "number"
          ? [values.length]
          : target.options.map((_, place) => values.filter((value) => value === place).length);
      return {
        ...target,
        train: counted(train),
        validate: counted(validate),
        zeros: target.kind === "number" ? train.filter((value) => value === 0).length : 0,
        isConstant: new Set(train).size === 1,
      };
    }),
    patients: new Set(frames.flatMap(({ split, caseId }) => (split === "train" ? caseId : []))).size,
    missing,
    sizes: sizes.size,
    stacks,
  };
}

export interface GradingRequest {
  modelId: number;
  /** Default "unlabelled". */
  split?: Split | undefined;
  frameIds?: readonly number[] | undefined;
  /** How often each image is asked. Default 10. */
  samples?: number | undefined;
}

const SAMPLES = 10;
/** Images with known truth that are looked at beside those asked for. */
const MOST_JUDGED = 300;

export const isGrader = ({ makes }: Pick<ModelRow, "makes">): boolean =>
  makes.includes("grades") || makes.includes("numbers");

/** Images of a split of which the label is not said; beside them validation images, to tell how good the model is. Throws `Problem` where there is none. */
export function planGrading(project: Project, request: GradingRequest, device: string): NewRun {
  const { split = "unlabelled", frameIds, samples = SAMPLES } = request;
  const model = project.models.get(request.modelId);
  const targets = knownTargets(project, model);
  const said = targets.map((target) => saidOf(project, target));
  const images = oneFrameEach(project.images.frames()).filter(({ row }) => !row.isSynthetic);
  const wantedImages =
    frameIds === undefined
      ? null
      : new Set(project.images.frames().flatMap((row) => (frameIds.includes(row.frameId) ? row.imageId : [])));
  const asked = images.filter(({ row }) =>
    wantedImages === null ? row.split === split : wantedImages.has(row.imageId),
  );
  // Never in place of what somebody said: where all labels are there, nothing is asked.
  const open = asked.filter(({ row }) => said.some((of) => !of.has(row.frameId)));
  if (open.length === 0) {
    const others = images.filter(({ row }) => row.split !== null && row.split !== split);
    const without = others.filter(({ row }) => said.some((of) => !of.has(row.frameId))).length;
    const elsewhere =
      frameIds !== undefined || without === 0
        ? ""
        : ` Of the other splits ${without} ${without === 1 ? "image lacks" : "images lack"} it: choose one of these.`;
    throw new Problem({
      code: "not-enough-data",
      title: "There is nothing to grade.",
      detail: `${frameIds === undefined ? `The ${split} split has` : "The choice holds"} ${asked.length} images, ${asked.length} of them with ${targets.map(({ name }) => name).join(" and ")}.${elsewhere}`,
      hint: "Proposals are made for images of which nobody said it: import more, or leave some without a label.",
    });
  }
  const chosen = new Set(open.map(({ row }) => row.frameId));
  const judged = judgedFrames(project, targets, "val").filter(({ frameId }) => !chosen.has(frameId));
  const frames = [...open.map(({ row }) => seen(row)), ...drawn(judged, MOST_JUDGED)];
  return modelRun(project, "predict", model, { frames, targets, samples }, device);
}

/**
 * So many, whole patients at a time, by chance: sets are often imported class by class, and the first ones prove nothing of the others. Always the same
 * ones, so that nobody can ask again until they like the answer.
 */
function drawn(frames: readonly SnapshotFrame[], most: number): SnapshotFrame[] {
  if (frames.length <= most) return [...frames];
  const random = new Random("judged");
  const patients = [...Map.groupBy(frames, ({ caseId }) => caseId)].toSorted(([a], [b]) => a - b);
  return random
    .shuffle(patients)
    .flatMap(([, own]) => random.shuffle(own))
    .slice(0, most);
}

/** On the labels as they are now. Throws `Problem` where none is said. */
export function planGradeEvaluation(
  project: Project,
  { modelId, split, samples = SAMPLES }: { modelId: number; split: Split; samples?: number | undefined },
  device: string,
): NewRun {
  const model = project.models.get(modelId);
  const targets = knownTargets(project, model);
  const frames = judgedFrames(project, targets, split);
  if (frames.length === 0) {
    throw new Problem({
      code: "not-enough-data",
      title: "There is nothing to evaluate on.",
      detail: `No image of the ${split} split has a ${targets.map(({ name }) => name).join(" or ")} that a person looked at.`,
      hint: "Label some of its images, or choose another split.",
    });
  }
  return modelRun(project, "evaluate", model, { frames, targets, samples }, device);
}

/** Images of a split with a label that somebody looked at. */
function judgedFrames(project: Project, targets: readonly LabelTarget[], split: Split): SnapshotFrame[] {
  const said = targets.map((target) => saidOf(project, target));
  const unseen = project.labelProposals.unseen();
  return oneFrameEach(project.images.frames()).flatMap(({ row }): SnapshotFrame[] => {
    if (row.split !== split || row.isSynthetic) return [];
    const values = said.map((of, at) =>
      unseen.size > 0 && unseen.has(subjectKey(project, targets[at]!, row.imageId))
        ? null
        : (of.get(row.frameId) ?? null),
    );
    return values.every((value) => value === null) ? [] : [{ ...seen(row), values }];
  });
}

/** The model's own, checked: the project must know them, with the same classes. */
function knownTargets(project: Project, { runId, name }: ModelRow): LabelTarget[] {
  const { targets = [] } = project.runs.recipe(runId).snapshot;
  for (const target of targets) {
    const { options } = project.labelDefinitions.get(target.labelId);
    const lost = target.options.filter((option) => !options.includes(option));
    if (lost.length === 0) continue;
    throw new Problem({
      code: "conflict",
      title: `The model ${name} knows classes of ${target.name} that the project does not have: ${lost.join(", ")}.`,
      detail: `The project has ${options.join(", ")}.`,
      hint: "Add these classes again, or train a new model.",
    });
  }
  return targets;
}

function modelRun(
  project: Project,
  kind: "predict" | "evaluate",
  { modelId, method, classes }: ModelRow,
  { frames, targets, samples }: { frames: SnapshotFrame[]; targets: LabelTarget[]; samples: number },
  device: string,
): NewRun {
  const unknown = targets.map((target) => unknownClasses(project, target));
  const snapshot = { frames, classes, fromModel: modelId, targets, unknownClasses: unknown };
  return { kind, method, settings: { samples }, seed: 0, device, steps: frames.length, snapshot, modelId };
}

/** What a model's place or number is called in the project; numbers to four digits, within the label's range. */
export function valueOf(project: Project, { labelId, options, kind }: LabelTarget, value: number): LabelValue {
  if (kind !== "number") return options[value]!;
  const { minimum, maximum } = project.labelDefinitions.get(labelId);
  return Math.min(maximum ?? Infinity, Math.max(minimum ?? -Infinity, Number(value.toPrecision(4))));
}
