/** @file How near the images that a model translates are to real ones: pair by pair, then pictures of some. */
import { type SourceFrame, translationSeries } from "../dataset/index.ts";
import { type ComparedPair, comparisonPicture, findMethod, nothingInPairs, type Translator } from "../methods/index.ts";
import { edgeShift } from "../metrics/index.ts";
import { Problem } from "../problem/index.ts";
import { serializeFrame } from "../voxels/index.ts";
import { scoreImage } from "./image-scores.ts";
import type { EvaluatedTranslation, ReportedSample } from "./messages.ts";
import { Progress } from "./progress.ts";
import { goOn } from "./stopping.ts";
import { openCases, type Outcome, type Work } from "./work.ts";

/** Pairs that are shown: from the worst to the best at equal steps, the median in their middle. */
const PICTURES = 5;

export async function evaluateTranslations({ bundle, device, parent, asked }: Work): Promise<Outcome> {
  const { recipe } = bundle;
  const cases = openCases(bundle);
  const progress = new Progress(parent);
  const translator = await findMethod(recipe.method).openTranslator!(await bundle.read("weights"), device);
  const { size } = translator;
  const rows = new Map<number, EvaluatedTranslation>();
  const look = lookThrough(cases, translator, asked);
  try {
    let start = performance.now();
    await look(isJudged, async (frame, pair) => {
      rows.set(frame.frameId, evaluated(frame, pair, size));
      progress.stepDone(rows.size, (performance.now() - start) / 1000);
      start = performance.now();
    });
    const ranked = [...rows.values()].filter(({ nmae }) => nmae !== null).sort((a, b) => b.nmae! - a.nmae!);
    if (ranked.length === 0) throw nothingInPairs(rows.size);
    const shown = new Map(spread(ranked).map(({ frameId, nmae }) => [frameId, nmae]));
    const pictures: ReportedSample[] = [];
    await look(
      ({ frameId }) => shown.has(frameId),
      async ({ frameId }, pair) => {
        const bytes = serializeFrame(comparisonPicture(size, pair!));
        pictures.push({ frameId, kind: "picture", score: shown.get(frameId)!, bytes });
      },
    );
    parent.postMessage({ kind: "translation-evaluation", rows: [...rows.values()], pictures });
    progress.flush(rows.size);
    return "done";
  } finally {
    await translator.release();
  }
}

const isJudged = ({ role, modality }: SourceFrame): boolean =>
  role !== "context" && modality?.counterpart !== undefined;

type OnPair = (frame: SourceFrame, pair: ComparedPair | null) => Promise<void>;

/** Series by series; after each pair it may be stopped. */
function lookThrough(
  cases: ReturnType<typeof openCases>,
  translator: Translator,
  asked: Work["asked"],
): (isWanted: (frame: SourceFrame) => boolean, onPair: OnPair) => Promise<void> {
  const ofSide = (wanted: string): SourceFrame[] => cases.frames.filter(({ modality }) => modality?.side === wanted);
  const sources = translationSeries(ofSide("source"));
  const targetSeries = new Map(
    translationSeries(ofSide("target")).flatMap((series) => series.map(({ frameId }) => [frameId, series] as const)),
  );
  const ranges = new Map<SourceFrame[], ReturnType<Translator["rangeOf"]>>();
  const rangeOf = (series: SourceFrame[]): ReturnType<Translator["rangeOf"]> => {
    const range =
      ranges.get(series) ??
      translator.rangeOf(
        series.map(
          ({ frameId }) =>
            () =>
              cases.frame(frameId),
        ),
      );
    ranges.set(series, range);
    return range;
  };
  return async (isWanted, onPair) => {
    for (const series of sources) {
      const wanted = series.filter((frame) => isJudged(frame) && isWanted(frame));
      if (wanted.length === 0) continue;
      try {
        await translator.compare(
          {
            count: series.length,
            frame: (index) => cases.frame(series[index]!.frameId),
            isWanted: (index) => wanted.includes(series[index]!),
          },
          async (index) => {
            const { counterpart, alignment, relation } = series[index]!.modality!;
            const range = await rangeOf(targetSeries.get(counterpart!)!);
            return { frame: await cases.frame(counterpart!), range, alignment, relation };
          },
          async (index, pair) => {
            await onPair(series[index]!, pair);
            await goOn(asked);
          },
        );
      } catch (error) {
        // A series without anything to see is no reason to leave the others.
        if (!(error instanceof Problem) || error.code !== "not-enough-data") throw error;
        for (const frame of wanted) await onPair(frame, null);
      }
    }
  };
}

function evaluated({ frameId, modality }: SourceFrame, pair: ComparedPair | null, size: number): EvaluatedTranslation {
  const square = { width: size, height: size };
  const score = pair === null ? null : scoreImage(pair.made, pair.real, square);
  const shift = pair === null || score === null ? null : edgeShift(pair.made, pair.real, square);
  return {
    frameId,
    targetFrameId: modality!.counterpart!,
    nmae: score?.nmae ?? null,
    psnr: score?.psnr ?? null,
    ssim: score?.ssim ?? null,
    shiftDown: shift?.down ?? null,
    shiftAcross: shift?.across ?? null,
  };
}

/** A few of them, first to last. */
function spread<Value>(values: readonly Value[]): Value[] {
  const count = Math.min(PICTURES, values.length);
  if (count < 2) return [...values];
  return Array.from({ length: count }, (_, at) => values[Math.round((at * (values.length - 1)) / (count - 1))]!);
}
