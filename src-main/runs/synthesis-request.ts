/** @file What may be asked of a generator, checked against the project: from a request to a run's row and what is stored of it. */
import type { GeneratorRow, GradeSources, ModelRow, SynthesisPlan, SynthesisRequest } from "../api/contract.ts";
import { findMethod } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import type { DataSnapshot, NewRun, Project } from "../project/index.ts";
import { classPixels } from "../voxels/index.ts";
import { modelChannels } from "./run-data.ts";
import { gradeSources, planGrades } from "./synthesis-grades.ts";
import { isOfVolumes } from "./volume-requests.ts";

type SnapshotFrame = DataSnapshot["frames"][number];

/** Models that paint, newest first. Reads the masks that they learned from: milliseconds for hundreds. */
export function generators(project: Project): GeneratorRow[] {
  const names = new Map(project.classes.list().map((one) => [one.value, one]));
  const made = Map.groupBy(project.syntheticPairs.list(), ({ modelId }) => modelId);
  return project.models.list().flatMap((model): GeneratorRow[] => {
    if (!paints(model)) return [];
    const { modelId, name, method, classes } = model;
    const { settings } = project.runs.recipe(model.runId);
    const { paintSettings, paintSettingsOf } = findMethod(method);
    const sources = sourcesOf(project, model).filter(({ isContext }) => isContext !== true);
    const runs = made.get(modelId) ?? [];
    const sum = (key: "made" | "accepted"): number => runs.reduce((total, row) => total + row[key], 0);
    return [
      {
        modelId,
        name,
        method,
        classes: classes.map(({ value, name, color }) => names.get(value) ?? { value, name, color }),
        sources: sources.length,
        sourcesOfClass: countClasses(project, sources),
        size: Number(settings["size"]),
        channels: modelChannels(project, model),
        architecture: architectureOf(project, model),
        paintSettings: [...(paintSettingsOf?.(settings) ?? paintSettings)],
        made: sum("made"),
        accepted: sum("accepted"),
      },
    ];
  });
}

const SHARE = /^share\/(up|down)\/(\d+)\/(4|6|8)$/;

/** Shares of the kernels of searched cells, innermost first, as its training told them at the step of the model. */
function architectureOf(project: Project, { runId, step }: ModelRow): GeneratorRow["architecture"] {
  const halves = new Map<"up" | "down", number[][]>();
  // In the order of steps: the latest one stands.
  for (const { name, step: at, value } of project.runs.metrics(runId)) {
    const [, half, cell, kernel] = SHARE.exec(name) ?? [];
    if (half === undefined || at > step) continue;
    const shares = halves.get(half as "up" | "down") ?? [];
    halves.set(half as "up" | "down", shares);
    const own = (shares[Number(cell)] ??= [0, 0, 0]);
    own["468".indexOf(kernel!)] = value;
  }
  return [...halves].map(([half, shares]) => ({ half, shares }));
}

const paints = ({ makes }: Pick<ModelRow, "makes">): boolean => makes.includes("images");

/**
 * The images that a generator learned from, as it saw them; synthetic ones are left out. Those that were removed since, and those without mask, are no parents
 * of new masks, but still what must not be copied.
 */
function sourcesOf(project: Project, { runId }: Pick<ModelRow, "runId">): SnapshotFrame[] {
  const rows = new Map(project.images.frames().map((row) => [row.frameId, row]));
  return project.runs.recipe(runId).snapshot.frames.flatMap((frame): SnapshotFrame[] => {
    const { frameId, imageId, caseId, split, revisionId } = frame;
    if (split !== "train" && split !== "unlabelled") return [];
    if (project.images.metadata(frameId).synthetic !== undefined) return [];
    const isParent = revisionId !== null && rows.has(frameId);
    return [{ frameId, imageId, caseId, split, revisionId, ...(isParent ? {} : { isContext: true as const }) }];
  });
}

function countClasses(project: Project, frames: readonly SnapshotFrame[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { revisionId } of frames) {
    for (const [value, pixels] of classPixels(project.annotations.revision(revisionId!))) {
      if (pixels > 0) counts[value] = (counts[value] ?? 0) + 1;
    }
  }
  return counts;
}

/** Throws `Problem` for a model that paints nothing, quotas that cannot be met, pairs or models that are not there. */
export function planSynthesis(
  project: Project,
  request: SynthesisRequest,
  device: string,
): { run: NewRun; synthesis: SynthesisPlan } {
  const model = project.models.get(request.modelId);
  if (!paints(model)) {
    throw new Problem({
      code: "bad-request",
      title: `Model ${model.modelId} paints no images.`,
      detail: `It was made with ${model.method}, which outlines only.`,
      hint: "Train a generator first, with genseg, pix2pix or siamese-diffusion.",
    });
  }
  checkClasses(project, model);
  const { count, quota = {}, shapes = "moved" } = request;
  const frames = sourcesOf(project, model);
  const parents = request.like === undefined ? null : parentsOf(project, request.like, frames);
  const chosen = frames.filter(
    ({ frameId, isContext }) => isContext !== true && (parents === null || parents.includes(frameId)),
  );
  if (chosen.length === 0) {
    throw new Problem({
      code: "not-enough-data",
      title: "None of the images that the generator learned from is in the project any more.",
      detail: "New masks are made of theirs.",
      hint: "Bring them back, or train a generator on the present images.",
    });
  }
  checkQuota(project, quota, { count, counts: countClasses(project, chosen) });
  const grades = request.perGrade && planGrades(project, request.perGrade, chosen);
  if (grades !== undefined) checkGrades(grades, { count, quota });
  const judge =
    request.judgeModelId === null
      ? null
      : request.judgeModelId === undefined
        ? bestJudge(project, model)
        : judgeOf(project, model, request.judgeModelId);
  const { modelId, method, classes } = model;
  const run: NewRun = {
    kind: "synthesise",
    method,
    settings: findMethod(method).parsePaint(request.settings ?? {}, project.runs.recipe(model.runId).settings),
    seed: request.seed ?? 1,
    device,
    steps: count,
    snapshot: { frames, classes, fromModel: modelId },
    modelId,
  };
  return { run, synthesis: { count, shapes, quota: { ...quota }, ...(grades && { grades }), parents, judge } };
}

/** Source masks of a generator by class and grade. Throws `Problem` where there is no such generator. */
export function generatorGrades(project: Project, modelId: number): GradeSources[] {
  const sources = sourcesOf(project, project.models.get(modelId)).filter(({ isContext }) => isContext !== true);
  return gradeSources(project, sources);
}

function checkGrades(
  { name, asked }: NonNullable<SynthesisPlan["grades"]>,
  { count, quota }: { count: number; quota: Readonly<Record<number, number>> },
): void {
  if (Object.values(quota).some((pairs) => pairs > 0)) {
    throw new Problem({
      code: "bad-request",
      title: `Pairs are asked for by class of the mask and by ${name} at once.`,
      hint: "Give quotas of one kind.",
    });
  }
  const sum = asked.reduce((total, { pairs }) => total + pairs, 0);
  if (sum <= count) return;
  throw new Problem({
    code: "bad-request",
    title: `The quotas of ${name} ask for ${sum} pairs, but ${count} are to be made.`,
    hint: "Ask for more pairs, or for fewer of a grade.",
  });
}

function checkClasses(project: Project, { classes }: ModelRow): void {
  const known = new Set(project.classes.list().map(({ value }) => value));
  const gone = classes.filter(({ value }) => !known.has(value));
  if (gone.length === 0) return;
  throw new Problem({
    code: "conflict",
    title: "The generator was trained on other classes.",
    detail: `The project has no class any more for what it paints as ${gone.map(({ name }) => name).join(", ")}.`,
    hint: "Train a generator on the present annotations.",
  });
}

/** Source masks of some pairs. */
function parentsOf(project: Project, pairIds: readonly number[], frames: readonly SnapshotFrame[]): number[] {
  const known = new Set(frames.flatMap(({ frameId, isContext }) => (isContext === true ? [] : [frameId])));
  const parents = pairIds.flatMap((pairId) => project.syntheticPairs.pair(pairId).origin.parents);
  const ids = [...new Set(parents.map(({ frameId }) => frameId))].filter((frameId) => known.has(frameId));
  if (ids.length > 0) return ids;
  throw new Problem({
    code: "bad-request",
    title: "There are no source masks of these pairs for this generator.",
    detail: "It did not learn from the images whose masks they were made of, or those were removed.",
    hint: "Choose the generator that made the pairs.",
  });
}

function checkQuota(
  project: Project,
  quota: Readonly<Record<number, number>>,
  { count, counts }: { count: number; counts: Readonly<Record<number, number>> },
): void {
  const asked = Object.entries(quota).filter(([, pairs]) => pairs > 0);
  const sum = asked.reduce((total, [, pairs]) => total + pairs, 0);
  if (sum > count) {
    throw new Problem({
      code: "bad-request",
      title: `The quotas ask for ${sum} pairs, but ${count} are to be made.`,
      hint: "Ask for more pairs, or for fewer of a class.",
    });
  }
  const names = new Map(project.classes.list().map(({ value, name }) => [value, name]));
  const missing = asked.find(([value]) => (counts[Number(value)] ?? 0) === 0);
  if (missing === undefined) return;
  throw new Problem({
    code: "not-enough-data",
    title: `No source mask shows ${names.get(Number(missing[0])) ?? `the class ${missing[0]}`}.`,
    detail: "New masks are made of annotated ones, and show what those show.",
    hint: "Leave that quota out, or annotate images that show the class and train the generator again.",
  });
}

/** The best model of single images that knows these classes and learned from real images alone; null when there is none. */
function bestJudge(project: Project, generator: ModelRow): SynthesisPlan["judge"] {
  const able = project.models.list().filter((model) => unfitness(project, generator, model) === null);
  const best = able.toSorted((a, b) => (b.validationDice ?? -1) - (a.validationDice ?? -1))[0];
  return best === undefined ? null : { modelId: best.modelId, method: best.method };
}

function judgeOf(project: Project, generator: ModelRow, modelId: number): NonNullable<SynthesisPlan["judge"]> {
  const model = project.models.get(modelId);
  const reason = unfitness(project, generator, model);
  if (reason === null) return { modelId, method: model.method };
  throw new Problem({
    code: "bad-request",
    title: `Model ${modelId} cannot judge whether image and mask agree.`,
    detail: reason,
    hint: "Choose a model that was trained on real images of the same classes, or none.",
  });
}

/** Why a model cannot judge; null: it can. */
function unfitness(project: Project, generator: ModelRow, model: ModelRow): string | null {
  if (!model.makes.includes("masks")) return "It paints images and outlines none.";
  if (paints(model)) return `It was made with ${model.method} and learned from painted images.`;
  if (isOfVolumes(project, model)) return "It reads whole series, not single images.";
  const known = new Set(model.classes.map(({ value }) => value));
  if (generator.classes.some(({ value }) => !known.has(value))) return "It does not mark all classes.";
  const { frames } = project.runs.recipe(model.runId).snapshot;
  const hasSynthetic = frames.some(({ frameId }) => project.images.metadata(frameId).synthetic !== undefined);
  return hasSynthetic ? "It learned from synthetic images too." : null;
}
