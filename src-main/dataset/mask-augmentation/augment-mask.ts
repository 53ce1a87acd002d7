/**
 * @file New masks from annotated ones: a geometry, or two masks blended and then a geometry, drawn until the rules let one through. What was
 * drawn is a record of plain numbers, which gives the same mask again, bit for bit.
 */
import { Problem } from "../../problem/index.ts";
import { Random } from "../../random/index.ts";
import type { LabelMap } from "../../voxels/index.ts";
import { blendDistances, shapeOfDistances } from "./class-distances.ts";
import { drawGeometry, type Geometry, type GeometryRanges, IDENTITY } from "./geometry.ts";
import { canBlend, type MaskParent } from "./mask-parent.ts";
import {
  type Implausibility,
  implausibilityOf,
  PLAUSIBLE,
  type PlausibilityRules,
  type Rejections,
  factsOfBoth,
  shapeFacts,
  shareOutside,
} from "./plausibility.ts";
import { HALF, warpLabelMap } from "./warp.ts";

/** How a mask came to be. "flip": its parent mirrored, since nothing else that was drawn passed the rules. */
export type MaskKind = "affine" | "elastic" | "blend" | "flip";

/** All that it takes to make the mask again, and to tell a person where it comes from. JSON keeps it as it is. */
export interface MaskRecord {
  version: 1;
  kind: MaskKind;
  /** The parent; of a blend also the second one. */
  parents: { frameId: number; checksum: string }[];
  seed: number;
  index: number;
  /** Which draw of this seed and index it is, from 1; of a flip the number of draws before it. */
  draw: number;
  geometry: Geometry;
  /** Share of the second parent; null: no blend. */
  blend: number | null;
  threshold: number;
}

export interface BlendRange {
  chance: number;
  /** Share of the second mask. */
  smallest: number;
  largest: number;
}

export interface MaskDrawOptions {
  ranges: GeometryRanges;
  /** With `index` it fixes all that is drawn, whatever was drawn before. */
  seed: number;
  index: number;
  rules?: PlausibilityRules;
  /** Draws before the parent's flip is given. */
  draws?: number;
  /** Share of a pixel that must lie inside, of masks of one class that are not bent; 0.1 was that of GenSeg's program, which thickens thin shapes. */
  threshold?: number;
}

export interface MaskAugmentationOptions extends MaskDrawOptions {
  /** Null or absent: no blending. */
  blend?: BlendRange | null;
  /** Masks to blend with; those that do not fit the parent (`canBlend`) are passed over. */
  partners?: readonly MaskParent[];
}

/** Draws that were thrown away are counted by reason, in both cases. */
export type MaskDraw =
  | { outcome: "made"; labelMap: LabelMap; record: MaskRecord; rejections: Rejections }
  | { outcome: "refused"; reason: "parent-empty" | "nothing-plausible"; rejections: Rejections };

const DRAWS = 20;

/**
 * A new mask from `parent`. When no draw of `draws` passes the rules it is the parent's flip; where flips are ruled out (chance 0), or the
 * parent has no foreground, a refusal that says so: the parent itself would be a copy under another name.
 */
export function augmentMask(parent: MaskParent, options: MaskAugmentationOptions): MaskDraw {
  if (parent.facts.classes.length === 0) return { outcome: "refused", reason: "parent-empty", rejections: {} };
  return drawMask(parent, options);
}

/** As `augmentMask`, but a mask without foreground passes: moved, it is as empty as before. For images that move along. */
export function drawMask(parent: MaskParent, options: MaskAugmentationOptions): MaskDraw {
  const { ranges, seed, index, draws = DRAWS, threshold = HALF } = options;
  const random = new Random(seed, "mask", index);
  const rejections: Rejections = {};
  for (let draw = 1; draw <= draws; draw++) {
    const trial = drawTrial(parent, options, random);
    const { labelMap, reason } = judge(parent, trial, options);
    if (reason === null) {
      const record = recordOf(parent, trial, { kind: kindOf(trial), seed, index, draw, threshold });
      return { outcome: "made", labelMap, record, rejections };
    }
    rejections[reason] = (rejections[reason] ?? 0) + 1;
  }
  const flip = { x: ranges.flip.x > 0, y: ranges.flip.x === 0 && ranges.flip.y > 0 };
  if (!flip.x && !flip.y) return { outcome: "refused", reason: "nothing-plausible", rejections };
  const trial: Trial = { geometry: { ...IDENTITY, flip }, partner: null, fraction: 0 };
  const { labelMap } = makeMask(parent, trial, threshold);
  return {
    outcome: "made",
    labelMap,
    record: recordOf(parent, trial, { kind: "flip", seed, index, draw: draws, threshold }),
    rejections,
  };
}

/**
 * The mask of a record again, from the same annotations. Throws `Problem` "conflict" where one of them has changed or gone since, or the
 * record is of a later version.
 */
export function replayMask(record: MaskRecord, parentOf: (frameId: number) => MaskParent | undefined): LabelMap {
  if (record.version !== 1) {
    throw new Problem({
      code: "conflict",
      title: "This synthetic mask was made by a later version of Aliquot.",
      detail: `Its record has version ${String(record.version)}; known is 1.`,
      hint: "Open the project with that version, or make new masks.",
    });
  }
  const parents = record.parents.map(({ frameId, checksum }) => {
    const parent = parentOf(frameId);
    if (parent?.checksum === checksum) return parent;
    throw new Problem({
      code: "conflict",
      title: `The mask of image ${frameId} is not the one that this synthetic mask was made from.`,
      detail: parent === undefined ? "It is not there any more." : "It was changed since.",
      hint: "Keep the synthetic mask as it is stored, or make new ones from the present annotation.",
    });
  });
  const trial = { geometry: record.geometry, partner: parents[1] ?? null, fraction: record.blend ?? 0 };
  return makeMask(parents[0]!, trial, record.threshold).labelMap;
}

interface Trial {
  geometry: Geometry;
  partner: MaskParent | null;
  /** Share of the partner. */
  fraction: number;
}

function drawTrial(parent: MaskParent, { ranges, blend, partners }: MaskAugmentationOptions, random: Random): Trial {
  const geometry = drawGeometry(ranges, random);
  const [chance, choice, share] = [random.uniform(), random.uniform(), random.uniform()];
  if (!blend || chance >= blend.chance) return { geometry, partner: null, fraction: 0 };
  const fitting = (partners ?? []).filter((other) => canBlend(parent, other));
  return {
    geometry,
    partner: fitting[Math.floor(choice * fitting.length)] ?? null,
    fraction: blend.smallest + (blend.largest - blend.smallest) * share,
  };
}

interface MadeMask {
  labelMap: LabelMap;
  /** Before the geometry. */
  shape: LabelMap;
}

function makeMask(parent: MaskParent, { geometry, partner, fraction }: Trial, threshold: number): MadeMask {
  const { labelMap } = parent;
  if (partner !== null) {
    const distances = parent.distances();
    const order = distances.classes.map(({ value }) => value);
    const blended = blendDistances(
      { map: labelMap, distances },
      { map: partner.labelMap, distances: partner.distances(order) },
      fraction,
    );
    return {
      labelMap: warpLabelMap(labelMap, geometry, { distances: blended }),
      shape: shapeOfDistances(blended),
    };
  }
  const distances = geometry.elastic === null ? {} : { distances: parent.distances() };
  return { labelMap: warpLabelMap(labelMap, geometry, { threshold, ...distances }), shape: labelMap };
}

/** A blend must be plausible as a picture of its parents, a moved mask as one of what was moved. */
function judge(
  parent: MaskParent,
  trial: Trial,
  { rules = PLAUSIBLE, threshold = HALF }: MaskAugmentationOptions,
): { labelMap: LabelMap; reason: Implausibility | null } {
  const { labelMap, shape } = makeMask(parent, trial, threshold);
  const { partner, geometry } = trial;
  const ofBlend = partner && implausibilityOf(shape, factsOfBoth(parent.facts, partner.facts), rules);
  if (ofBlend !== null) return { labelMap, reason: ofBlend };
  if (shareOutside(shape, geometry) > rules.mostOutside) return { labelMap, reason: "left-frame" };
  return { labelMap, reason: implausibilityOf(labelMap, partner === null ? parent.facts : shapeFacts(shape), rules) };
}

const kindOf = ({ partner, geometry }: Trial): MaskKind =>
  partner !== null ? "blend" : geometry.elastic !== null ? "elastic" : "affine";

function recordOf(
  parent: MaskParent,
  { geometry, partner, fraction }: Trial,
  rest: Pick<MaskRecord, "kind" | "seed" | "index" | "draw" | "threshold">,
): MaskRecord {
  const parents = (partner === null ? [parent] : [parent, partner]).map(({ frameId, checksum }) => ({
    frameId,
    checksum,
  }));
  return { version: 1, ...rest, parents, geometry, blend: partner === null ? null : fraction };
}
