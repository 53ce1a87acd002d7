/** @file What a translation makes of validation pairs: figures, and pictures beside what they should be, with the flow that is estimated between them. */
import type { CompiledProgram } from "../../engine/runtime/index.ts";
import type { Frame } from "../../voxels/index.ts";
import type { Compare, OwnJudgment, Show } from "../training-session.ts";
import { flowColors, flowFigures } from "./flow.ts";
import { gray, panels } from "./panels.ts";
import type { TranslationPictures, ValidationPair } from "./pictures.ts";

interface Programs {
  pictures: TranslationPictures;
  size: number;
  slices: number;
  /** Of one image. */
  translate: CompiledProgram;
  /** Of one pair; null: nothing registers. */
  register: CompiledProgram | null;
}

/** Pictures beside each other: source, translation, target, and the estimated flow or else the difference. */
export async function judgeTranslations(
  { pictures, size, slices, translate, register }: Programs,
  show: Show | undefined,
  compare: Compare | undefined,
): Promise<OwnJudgment> {
  const sums: Record<string, number> = {};
  let score = 0;
  let scored = 0;
  for (let index = 0; index < pictures.validated; index++) {
    const pair = await pictures.validation(index);
    const made = (await translate.run({ source: pair.source }))["image"]!.data as Float32Array;
    const own = compare?.(made, pair.target, { width: size, height: size }) ?? null;
    if (own !== null) {
      score += own;
      scored++;
    }
    let flow: Float32Array | null = null;
    if (register !== null) {
      flow = (await register.run({ translated: made, target: pair.target }))["flow"]!.data as Float32Array;
      for (const [name, value] of Object.entries(flowFigures(flow, size))) sums[name] = (sums[name] ?? 0) + value;
    }
    show?.(pair.frameId, besideEachOther({ pair, made, flow, size, slices }), own);
  }
  const figures = Object.entries(sums).map(([name, sum]) => [name, sum / pictures.validated]);
  return {
    score: scored === 0 ? null : score / scored,
    figures: Object.fromEntries(figures) as Record<string, number>,
  };
}

interface Shown {
  pair: ValidationPair;
  made: Float32Array;
  flow: Float32Array | null;
  size: number;
  slices: number;
}

function besideEachOther({ pair, made, flow, size, slices }: Shown): Frame {
  const { placement, source, target } = pair;
  const middle = source.subarray(((slices - 1) / 2) * size * size);
  const colors = flow === null ? null : flowColors(flow, size);
  return panels(size, placement, [
    (at) => gray(middle[at]!),
    (at) => gray(made[at]!),
    (at) => gray(target[at]!),
    (at) => (colors === null ? gray(Math.abs(made[at]! - target[at]!) - 1) : colors(at)),
  ]);
}
