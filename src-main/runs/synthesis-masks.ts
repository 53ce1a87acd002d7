/** @file The masks that a synthesis paints images for: from which annotated ones each is made, and how far it is changed. */
import type { PairOrigin, SynthesisPlan } from "../api/contract.ts";
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
  /** That it was drawn for. */
  grade?: NonNullable<PairOrigin["grade"]>;
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
  const ranges = rangesOf(plan);
  const gradeOf = gradesOf(plan);
  return {
    mask(index) {
      const { candidates, first, isOfGrade } = order[index]!;
      // A mask blended of two grades would be of neither.
      const partners = (isOfGrade ? candidates : sources).map(({ parent }) => parent);
      const options = { ranges, seed, ...(plan.shapes === "blended" && { blend: BLENDING, partners }) };
      const refused: Extract<MaskDraw, { outcome: "refused" }>[] = [];
      for (let step = 0; step < candidates.length; step++) {
        const { parent, placement, original } = candidates[(first + step) % candidates.length]!;
        const draw = augmentMask(parent, { ...options, index });
        if (draw.outcome === "made") {
          const { labelMap, record } = draw;
          const grade = isOfGrade ? gradeOf.get(parent.frameId) : undefined;
          const isFar = familiar.isFar(labelMap);
          return { classNumbers: labelMap.data, placement, original, record, ...(grade && { grade }), isFar };
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
  { count, quota, grades }: Pick<SynthesisPlan, "count" | "quota" | "grades">,
  sources: readonly Source[],
  { values, seed }: { values: readonly number[]; seed: number },
): { candidates: readonly Source[]; first: number; isOfGrade: boolean }[] {
  const ofClasses = Object.entries(quota).map(([value, pairs]) => ({
    pairs,
    key: Number(value),
    isOfGrade: false,
    from: sources.filter(({ parent }) => parent.facts.classes.includes(values.indexOf(Number(value)) + 1)),
  }));
  const ofGrades = (grades?.asked ?? []).map(({ grade, pairs, said, predicted }) => ({
    pairs,
    key: grade,
    isOfGrade: true,
    from: sources.filter(({ parent: { frameId } }) => said.includes(frameId) || predicted.includes(frameId)),
  }));
  const asked = [...ofClasses, ...ofGrades];
  const rest = count - asked.reduce((total, { pairs }) => total + pairs, 0);
  const turns = [...asked, { pairs: rest, key: 0, isOfGrade: false, from: sources }].map(
    ({ pairs, key, from, isOfGrade }) => {
      return { pairs, candidates: new Random(seed, "parents", key).shuffle(from), isOfGrade, next: 0 };
    },
  );
  const slots = turns.flatMap((turn) => Array.from({ length: turn.pairs }, () => turn));
  return new Random(seed, "order of parents").shuffle(slots).map((turn) => {
    const { candidates, isOfGrade } = turn;
    return { candidates, isOfGrade, first: turn.next++ % Math.max(1, candidates.length) };
  });
}

/** Of each frame whose mask is asked for. */
function gradesOf({ grades }: Pick<SynthesisPlan, "grades">): Map<number, NonNullable<PairOrigin["grade"]>> {
  if (grades === undefined) return new Map();
  const { labelId, name, asked } = grades;
  type Known = [frameId: number, grade: NonNullable<PairOrigin["grade"]>];
  return new Map(
    asked.flatMap(({ grade, said, predicted }) => [
      ...said.map((frameId): Known => [frameId, { labelId, name, grade, isPredicted: false }]),
      ...predicted.map((frameId): Known => [frameId, { labelId, name, grade, isPredicted: true }]),
    ]),
  );
}
