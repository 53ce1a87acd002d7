/** @file How good a model that translates is, from what its pairs scored: means over images, with intervals over patients. */
import { bootstrapPatients, meanOfDefined } from "../metrics/index.ts";
import type { Project } from "../project/index.ts";
import type { Split, TranslationEvaluation, TranslationFigure, TranslationMean } from "./contract.ts";

const FIGURES = ["nmae", "psnr", "ssim", "shiftDown", "shiftAcross"] as const satisfies readonly TranslationFigure[];

/** Images lie in [-1, 1]. */
const DATA_RANGE = 2;

/** null: not judged on the split yet. Throws `Problem` "not-found" for a model that is not there. */
export function translationEvaluation(project: Project, modelId: number, split: Split): TranslationEvaluation | null {
  const model = project.models.get(modelId);
  const known = project.translationScores.of(modelId, split);
  if (known === null) return null;
  const { runId } = known;
  const { modalities } = project.runs.recipe(runId).snapshot;
  const judged = known.rows.filter(({ nmae }) => nmae !== null);
  const patients = judged.map(({ caseId }) => caseId);
  const means = (places: readonly number[]): Record<TranslationFigure, number | null> => {
    const mean = (name: TranslationFigure) => meanOfDefined(places.map((at) => judged[at]![name])).mean;
    return byFigure(mean);
  };
  const all = means([...judged.keys()]);
  const intervals = bootstrapPatients(patients, means, { resamples: 1000 });
  const pictures = project.runSamples
    .list(runId)
    .flatMap(({ frameId, score }) => (score === null ? [] : { frameId, nmae: score }));
  return {
    modelId,
    split,
    runId,
    source: modalities!.source,
    target: modalities!.target,
    size: Number(project.runs.recipe(model.runId).settings["size"]),
    dataRange: DATA_RANGE,
    images: judged.length,
    excluded: known.rows.length - judged.length,
    patients: new Set(patients).size,
    figures: byFigure((name): TranslationMean => {
      const [low, high] = intervals?.[name] ?? [null, null];
      return { mean: all[name], low, high };
    }),
    rows: known.rows.map(({ caseId: _, ...row }) => row),
    pictures: pictures.sort((a, b) => b.nmae - a.nmae),
  };
}

function byFigure<Value>(valueOf: (name: TranslationFigure) => Value): Record<TranslationFigure, Value> {
  return Object.fromEntries(FIGURES.map((name) => [name, valueOf(name)])) as Record<TranslationFigure, Value>;
}
