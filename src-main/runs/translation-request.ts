/** @file Trainings and runs that translate, checked against the project: from a pairing to what a run sees. */
import type { FrameRow, ModelRow, PairingRow, TranslationPlan, TranslationRequest } from "../api/contract.ts";
import type { Modalities, PairFacts } from "../methods/index.ts";
import { Problem, type Statement } from "../problem/index.ts";
import type { DataSnapshot, NewRun, Project } from "../project/index.ts";

type SnapshotFrame = DataSnapshot["frames"][number];

export interface TranslationFrames {
  pairing: PairingRow;
  /**
   * Of both modalities, as the project lists them: training and unlabelled to learn from, validation to look at. Never test. Sources without counterpart are
   * context of the others of their series.
   */
  frames: SnapshotFrame[];
}

/** `pairingId`: default the newest. Throws `Problem` where there is none. */
export function translationFrames(project: Project, pairingId?: number): TranslationFrames {
  const pairing = pairingId === undefined ? project.pairings.latest() : project.pairings.row(pairingId);
  if (pairing === null) {
    throw new Problem({
      code: "not-enough-data",
      title: "No two modalities are paired yet.",
      detail: "A translation is learned from images of two modalities, most often of the same patients.",
      hint: "Pair them first, e.g. `aliquot pair PROJECT --from T1 --to T2`.",
    });
  }
  const modalityOf = sidesOf(project, pairing.pairingId);
  const rows = new Map(project.images.frames().map((row) => [row.frameId, row]));
  const seriesOf = seriesOfProject(project);
  const learned = new Set(
    [...modalityOf].flatMap(([frameId, { counterpart }]) =>
      counterpart === undefined ? [] : seriesOf(rows.get(frameId)!),
    ),
  );
  const frames = [...rows.values()].flatMap((row): SnapshotFrame[] => {
    const { frameId, imageId, caseId, split } = row;
    const modality = modalityOf.get(frameId);
    if (modality === undefined || split === null || split === "test") return [];
    // A pair lies within one patient, and so in one split; a source without counterpart teaches only where nothing is paired.
    const isAlone = modality.side === "source" && modality.counterpart === undefined;
    if (!isAlone || (pairing.kind === "unpaired" && split !== "val"))
      return [{ frameId, imageId, caseId, split, revisionId: null, modality }];
    // Its series has one scale and its slices their neighbors, as where it is translated and judged.
    return learned.has(seriesOf(row))
      ? [{ frameId, imageId, caseId, split, revisionId: null, isContext: true, modality }]
      : [];
  });
  return { pairing, frames };
}

/** What images whose intensities have one scale have in common: a series, else the other images of a patient. */
function seriesOfProject(project: Project): (row: Pick<FrameRow, "frameId" | "caseId">) => string {
  const volumes = project.slices.volumes();
  return ({ frameId, caseId }) => `${caseId} ${volumes.get(frameId)?.id ?? "images"}`;
}

/** Which modality each image of the pairing is of, and of a source its counterpart. */
function sidesOf(project: Project, pairingId: number): Map<number, NonNullable<SnapshotFrame["modality"]>> {
  const modalityOf = new Map<number, NonNullable<SnapshotFrame["modality"]>>();
  for (const { source, target, alignment, relation } of project.pairings.frames(pairingId)) {
    if (source !== null) {
      modalityOf.set(source, {
        side: "source",
        ...(target !== null && { counterpart: target }),
        ...(relation !== null && { relation }),
        ...(target !== null && alignment !== null && { alignment: alignment.transform }),
      });
    }
    if (target !== null && !modalityOf.has(target)) modalityOf.set(target, { side: "target" });
  }
  return modalityOf;
}

/** `pairingId`: default the newest. Throws `Problem` where there is none. */
export function modalityFrames(
  project: Project,
  pairingId?: number,
): { pairing: Modalities; of: ReturnType<typeof sidesOf> } {
  const { pairing } = translationFrames(project, pairingId);
  const { source, target, kind } = pairing;
  return { pairing: { source, target, kind }, of: sidesOf(project, pairing.pairingId) };
}

export function pairFacts({ pairing, frames }: TranslationFrames): PairFacts {
  const { source, target, kind } = pairing;
  const learned = frames.filter(({ split, isContext }) => split !== "val" && isContext !== true);
  const isPair = ({ modality }: SnapshotFrame): boolean => modality?.counterpart !== undefined;
  const count = (side: "source" | "target"): number => learned.filter(({ modality }) => modality?.side === side).length;
  return {
    source,
    target,
    kind,
    train: learned.filter(isPair).length,
    validate: frames.filter(({ split }) => split === "val").filter(isPair).length,
    sources: count("source"),
    targets: count("target"),
  };
}

/** Throws `Problem` for a model that does not translate so, or where nothing is to be translated. */
export function planTranslation(
  project: Project,
  request: TranslationRequest,
  device: string,
): { run: NewRun; plan: TranslationPlan } {
  const model =
    request.modelId === undefined ? newestTranslator(project, request) : project.models.get(request.modelId);
  const modalities = modalitiesOf(project, model);
  checkDirection(model, modalities, request);
  const pairing = pairingsOf(project, modalities)[0]!;
  const hasCounterpart = project.pairings.paired(pairing.pairingId);
  const rows = new Map(project.images.frames().map((row) => [row.frameId, row]));
  const sources = project.pairings.ofSide(pairing.rule, "source").flatMap((frameId) => rows.get(frameId) ?? []);
  const wanted = sources.filter(({ frameId }) => request.all === true || !hasCounterpart.has(frameId));
  const known = project.translations.madeBy(model.modelId, new Set(rows.keys()));
  const asked = wanted.filter(({ frameId }) => !known.has(frameId));
  const judging = asked.filter(({ split }) => split === "val" || split === "test");
  // A patient with a translated image never judges a model: one of no split would lose that choice unasked.
  const unsorted = asked.filter(({ split }) => split === null);
  const chosen = asked.filter(({ split }) => split === "train" || split === "unlabelled");
  const remarks: Statement[] = [];
  if (judging.length > 0) {
    remarks.push({
      text: "Images of the validation and test splits are left out: {images}. Translated images are kept with their patient, and never judge a model.",
      values: { images: judging.length },
    });
  }
  if (unsorted.length > 0) {
    remarks.push({
      text: "Images of no split are left out: {images}. Give their patients the training or unlabelled split to have them translated.",
      values: { images: unsorted.length },
    });
  }
  const again = wanted.length - asked.length;
  if (again > 0) {
    remarks.push({
      text: "Images that this model has translated before are left out: {images}. Remove what it made of them to have them made anew.",
      values: { images: again },
    });
  }
  if (chosen.length === 0) {
    const [images, count] = [sources.length, unsorted.length];
    throw nothingToTranslate(modalities, { images, judging: judging.length, unsorted: count, again });
  }
  const seriesOf = seriesOfProject(project);
  const series = new Set(chosen.map(seriesOf));
  const isChosen = new Set(chosen.map(({ frameId }) => frameId));
  // The intensities of a series have one scale, whatever of it is translated.
  const frames = sources
    .filter((row) => series.has(seriesOf(row)))
    .map(({ frameId, imageId, caseId, split }): SnapshotFrame => {
      const context = isChosen.has(frameId) ? {} : { isContext: true as const };
      return { frameId, imageId, caseId, split, revisionId: null, ...context };
    });
  const { modelId, method, classes } = model;
  const run: NewRun = {
    kind: "translate",
    method,
    settings: {},
    seed: 0,
    device,
    steps: chosen.length,
    snapshot: { frames, classes, fromModel: modelId, modalities },
    modelId,
    remarks,
  };
  return { run, plan: { ...modalities, remarks } };
}

/** Of the modalities of a model, newest first. Throws `Problem` where there is none. */
export function pairingsOf(project: Project, modalities: { source: string; target: string }): PairingRow[] {
  const pairings = project.pairings
    .list()
    .filter(({ source, target }) => source === modalities.source && target === modalities.target);
  if (pairings.length > 0) return pairings;
  throw new Problem({
    code: "not-found",
    title: `The project does not say which images are of ${modalities.source}.`,
    detail: `The model learned from a pairing of ${modalities.source} and ${modalities.target} that is not here.`,
    hint: `Pair them: aliquot pair PROJECT --from "${modalities.source}" --to "${modalities.target}".`,
  });
}

/** Throws `Problem` for a model that translates nothing. */
export function modalitiesOf(project: Project, model: ModelRow): NonNullable<DataSnapshot["modalities"]> {
  const { modalities } = project.runs.recipe(model.runId).snapshot;
  if (model.makes.includes("translations") && modalities !== undefined) return modalities;
  throw new Problem({
    code: "bad-request",
    title: `Model ${model.modelId} translates no images.`,
    detail: `It was made with ${model.method}.`,
    hint: "Train one first, with reggan or cyclegan.",
  });
}

/** Of the direction that is asked for, where one is. */
function newestTranslator(project: Project, { from, to }: TranslationRequest): ModelRow {
  const models = project.models.list();
  const translators = models
    .filter(({ makes }) => makes.includes("translations"))
    .toSorted((a, b) => b.modelId - a.modelId);
  const ways = translators.map((model) => ({ model, ...modalitiesOf(project, model) }));
  const found = ways.find(
    ({ source, target }) => (from === undefined || isNamed(from, source)) && (to === undefined || isNamed(to, target)),
  );
  if (found !== undefined) return found.model;
  if (translators.length === 0) {
    throw new Problem({
      code: "not-found",
      title: models.length === 0 ? "The project has no model yet." : "The project has no model that translates images.",
      hint: "Train one first, with reggan or cyclegan.",
    });
  }
  const known = [...new Set(ways.map(({ source, target }) => `${source} to ${target}`))];
  throw new Problem({
    code: "not-found",
    title: `No model of the project translates ${from ?? "anything"} to ${to ?? "anything"}.`,
    detail: `There are models that translate ${known.join(", ")}.`,
    hint: "Ask for one of these, or pair the two modalities and train a model on them.",
  });
}

const isNamed = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

function checkDirection(
  { modelId }: ModelRow,
  { source, target }: { source: string; target: string },
  { from = source, to = target }: TranslationRequest,
): void {
  if (isNamed(from, source) && isNamed(to, target)) return;
  throw new Problem({
    code: "bad-request",
    title: `Model ${modelId} does not translate ${from} to ${to}.`,
    detail: `It translates ${source} to ${target}.`,
    hint: `Ask for that, or pair ${from} with ${to} and train a model on them.`,
  });
}

function nothingToTranslate(
  { source, target }: { source: string; target: string },
  { images, judging, unsorted, again }: Record<"images" | "judging" | "unsorted" | "again", number>,
): Problem {
  const judged = `${judging} of ${images} are of patients of the validation or test split, whose images are never translated`;
  const open = `${unsorted} of ${images} are of patients of no split, who could judge no model once an image of theirs is translated`;
  const made = `${again} of ${images} were translated by this model before`;
  const reasons = [...(judging > 0 ? [judged] : []), ...(unsorted > 0 ? [open] : []), ...(again > 0 ? [made] : [])];
  const none = images === 0 ? `The project has no image of ${source} any more.` : null;
  return new Problem({
    code: "not-enough-data",
    title: `There is no image of ${source} to translate.`,
    detail:
      none ??
      (reasons.length > 0
        ? `${reasons.join("; ")}.`
        : `All ${images} images of ${source} have a counterpart of ${target}.`),
    hint:
      unsorted > 0
        ? "Give their patients the training or unlabelled split first: in the image list, or with `aliquot split`."
        : again > 0
          ? "Remove the translated images to have them made anew, or translate with another model."
          : judging > 0
            ? "Move patients to the training or unlabelled split if they are not to judge a model."
            : "Ask for all of them (--all) if they are to be translated nevertheless.",
  });
}
