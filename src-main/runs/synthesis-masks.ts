/** @file The masks that a synthesis paints images for: from which annotated ones each is made, and how far it is changed. */
import type { SynthesisPlan } from "../api/contract.ts";
import {
  augmentMask,
  type CaseSource,
  GENSEG_RANGES,
  type GeometryRanges,
  type MaskDraw,
  type MaskParent,
  maskParent,
  type MaskRecord,
  openFamiliarMasks,
  placeInSquare,
  type Placement,
  preprocessLabelMap,
  refusedMasks,
} from "../dataset/index.ts";
import { Random } from "../random/index.ts";
import type { LabelMap, Size } from "../voxels/index.ts";

/** "More like these": as large a share of the usual movements. */
const NARROW = 1 / 3;
const BENDING = { chance: 0.5, amplitude: 0.04, cells: 4 };
const BLENDING = { chance: 0.5, smallest: 0.2, largest: 0.8 };

export interface SynthesisMask {
  /** Class numbers `[size, size]`. */
  classNumbers: Uint8Array;
  /** Of the parent's picture in the square. */
  placement: Placement;
  /** Size of the parent. */
  original: Size;
  record: MaskRecord;
  /** From all masks that the generator learned from: what it paints there is a guess. */
  isFar: boolean;
}

export interface SynthesisMasks {
  /** The mask of a place in the run: the same whatever was made before. Throws `Problem` where none of the annotated masks gives a new one. */
  mask(index: number): SynthesisMask;
}

interface Source {
  parent: MaskParent;
  placement: Placement;
  original: Size;
}

interface Options {
  cases: Pick<CaseSource, "frames" | "labelMap">;
  plan: Omit<SynthesisPlan, "judge">;
  classes: readonly { value: number }[];
  /** Side of the square, pixels. */
  size: number;
  seed: number;
}

/** Reads all source masks. */
export async function openSynthesisMasks({ cases, plan, classes, size, seed }: Options): Promise<SynthesisMasks> {
  const values = classes.map(({ value }) => value);
  const sources: Source[] = [];
  const learned: LabelMap[] = [];
  for (const { frameId, role, hasLabelMap } of cases.frames) {
    if (!hasLabelMap) continue;
    const map = await cases.labelMap(frameId);
    const data = preprocessLabelMap(map, { size, classes: values });
    const square = { width: size, height: size, data };
    learned.push(square);
    if (role !== "train" || (plan.parents !== null && !plan.parents.includes(frameId))) continue;
    const parent = maskParent(frameId, square);
    sources.push({ parent, placement: placeInSquare(map, size), original: { width: map.width, height: map.height } });
  }
  const familiar = openFamiliarMasks(learned);
  const order = orderOf(plan, sources, { values, seed });
  const parents = sources.map(({ parent }) => parent);
  const options = {
    ranges: rangesOf(plan),
    seed,
    ...(plan.shapes === "blended" && { blend: BLENDING, partners: parents }),
  };
  return {
    mask(index) {
      const { candidates, first } = order[index]!;
      const refused: Extract<MaskDraw, { outcome: "refused" }>[] = [];
      for (let step = 0; step < candidates.length; step++) {
        const { parent, placement, original } = candidates[(first + step) % candidates.length]!;
        const draw = augmentMask(parent, { ...options, index });
        if (draw.outcome === "made") {
          const { labelMap, record } = draw;
          return { classNumbers: labelMap.data, placement, original, record, isFar: familiar.isFar(labelMap) };
        }
        refused.push(draw);
      }
      throw refusedMasks(refused);
    },
  };
}

function rangesOf({ shapes, parents }: Omit<SynthesisPlan, "judge">): GeometryRanges {
  const { flip, pad, scale, shearDegrees, rotationDegrees, translation } = GENSEG_RANGES;
  const elastic = shapes === "moved" ? null : BENDING;
  if (parents === null) return { ...GENSEG_RANGES, elastic };
  return {
    flip,
    pad: pad * NARROW,
    scale: { smallest: 1 - (1 - scale.smallest) * NARROW, largest: 1 + (scale.largest - 1) * NARROW },
    shearDegrees: shearDegrees * NARROW,
    rotationDegrees: rotationDegrees * NARROW,
    translation: translation * NARROW,
    elastic: elastic && { ...elastic, amplitude: elastic.amplitude * NARROW },
  };
}

/** From which masks, in turn, each place takes its parent. Places with a quota lie anywhere among the others. */
function orderOf(
  { count, quota }: Pick<SynthesisPlan, "count" | "quota">,
  sources: readonly Source[],
  { values, seed }: { values: readonly number[]; seed: number },
): { candidates: readonly Source[]; first: number }[] {
  const asked = Object.entries(quota).flatMap(([value, pairs]) => Array.from({ length: pairs }, () => Number(value)));
  const slots = [...asked, ...Array.from({ length: count - asked.length }, () => null)];
  const turns = new Map<number | null, { candidates: Source[]; next: number }>();
  return new Random(seed, "order of parents").shuffle(slots).map((value) => {
    const turn = turns.get(value) ?? {
      candidates: new Random(seed, "parents", value ?? 0).shuffle(
        value === null
          ? sources
          : sources.filter(({ parent }) => parent.facts.classes.includes(values.indexOf(value) + 1)),
      ),
      next: 0,
    };
    turns.set(value, turn);
    return { candidates: turn.candidates, first: turn.next++ % Math.max(1, turn.candidates.length) };
  });
}
