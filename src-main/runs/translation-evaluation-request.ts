/** @file Which pairs judge a model that translates: those of a split, by the pairing of its modalities as it is now. */
import type { Modalities, PairingRow, Split } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import type { DataSnapshot, NewRun, Project } from "../project/index.ts";
import { modalitiesOf, pairingsOf } from "./translation-request.ts";

type SnapshotFrame = DataSnapshot["frames"][number];

/** Throws `Problem` where the split has no pair of images that were both acquired. */
export function planTranslationEvaluation(
  project: Project,
  { modelId, split }: { modelId: number; split: Split },
  device: string,
): NewRun {
  const model = project.models.get(modelId);
  const modalities = modalitiesOf(project, model);
  const pairing = pairingOf(project, modalities);
  const rows = project.images.frames().filter((row) => row.split === split);
  const rowOf = new Map(rows.map((row) => [row.frameId, row]));
  const pairs = project.pairings.standing(pairing.pairingId).filter(({ source }) => rowOf.has(source));
  const sources = new Set(project.pairings.ofSide(pairing.rule, "source"));
  if (pairs.length === 0) throw nothingPaired(modalities, split, rows.filter((row) => sources.has(row.frameId)).length);
  const targets = new Set(project.pairings.ofSide(pairing.rule, "target"));
  const pairOf = new Map(pairs.map((pair) => [pair.source, pair]));
  // The intensities of a series have one scale, whatever of it is judged.
  const volumes = project.slices.volumes();
  const seriesOf = (frameId: number): string => `${rowOf.get(frameId)!.caseId} ${volumes.get(frameId)?.id ?? "images"}`;
  const looked = {
    source: new Set(pairs.map(({ source }) => seriesOf(source))),
    target: new Set(pairs.map(({ target }) => seriesOf(target))),
  };
  const seenTargets = new Set(pairs.map(({ target }) => target));
  const frames = rows.flatMap(({ frameId, imageId, caseId }): SnapshotFrame[] => {
    const row = { frameId, imageId, caseId, split, revisionId: null };
    const pair = pairOf.get(frameId);
    if (pair !== undefined) {
      const { target: counterpart, alignment, relation } = pair;
      const moved = alignment === null ? {} : { alignment: alignment.transform };
      return [{ ...row, modality: { side: "source", counterpart, relation, ...moved } }];
    }
    const isTarget = seenTargets.has(frameId) || targets.has(frameId);
    const side = isTarget ? "target" : sources.has(frameId) ? "source" : null;
    if (side === null || !looked[side].has(seriesOf(frameId))) return [];
    return [{ ...row, isContext: true, modality: { side } }];
  });
  const { method, classes } = model;
  return {
    kind: "evaluate",
    method,
    settings: {},
    seed: 0,
    device,
    steps: pairs.length,
    snapshot: { frames, classes, fromModel: modelId, modalities },
    modelId,
  };
}

/** The newest that pairs images: a model may have been learned without. */
function pairingOf(project: Project, modalities: Modalities): PairingRow {
  const { source, target } = modalities;
  const pairing = pairingsOf(project, modalities).find(({ kind }) => kind !== "unpaired");
  if (pairing !== undefined) return pairing;
  throw new Problem({
    code: "not-enough-data",
    title: `No image of ${source} has a counterpart of ${target}.`,
    detail: "They were paired as unpaired: a translation is judged by what it should be.",
    hint: `Pair patients who have both: aliquot pair PROJECT --from "${source}" --to "${target}".`,
  });
}

function nothingPaired({ source, target }: Modalities, split: Split, images: number): Problem {
  return new Problem({
    code: "not-enough-data",
    title: "There is no pair to evaluate on.",
    detail: `The ${split} split has ${images} images of ${source}, none of them with a counterpart of ${target} that was acquired.`,
    hint: "Assign patients who have both to it, or choose another split.",
  });
}
