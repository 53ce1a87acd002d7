/** @file The quality of a set of pairs as figures to be read: a value, and how sure it is. */
import type { SynthesisQuality } from "../../../src-main/api/contract.ts";
import type { Texts } from "../../texts/index.ts";

export interface QualityFigure {
  name: "alignment" | "nearCopies" | "diversity" | "frechet" | "kernel";
  title: string;
  /** Null: there is none. */
  value: string | null;
  /** The interval, what is to be expected, or why there is none. */
  beside: string;
  isWarning: boolean;
}

type Estimated = SynthesisQuality["frechet"];

/** `made`: pairs of the run, the withheld ones with them. */
export function qualityFigures(quality: SynthesisQuality, made: number, texts: Texts): QualityFigure[] {
  const t = texts.synthesise.quality;
  const { alignment, nearCopies, expectedByChance } = quality;
  const two = (value: number): string => texts.formats.decimals(value, 2);
  const estimate = (name: "diversity" | "frechet" | "kernel", of: Estimated): QualityFigure =>
    of.kind === "estimate"
      ? { name, title: t[name], value: inDigits(of.value), beside: intervalOf(of), isWarning: false }
      : { name, title: t[name], value: null, beside: t.tooFewOf(of.images, of.needed), isWarning: true };
  const inDigits = (value: number): string => texts.formats.decimals(value, digitsFor(value));
  const intervalOf = ({ value, low, high }: { value: number; low: number; high: number }): string => {
    const digits = digitsFor(value);
    return t.interval(texts.formats.decimals(low, digits), texts.formats.decimals(high, digits));
  };
  return [
    alignment === null
      ? {
          name: "alignment",
          title: t.alignment,
          value: null,
          beside: texts.synthesise.notMeasured,
          isWarning: false,
        }
      : {
          name: "alignment",
          title: t.alignment,
          value: two(alignment.median),
          beside: t.alignmentSpread(two(alignment.lowest), alignment.poor),
          isWarning: alignment.median < 0.5,
        },
    nearCopies === null || expectedByChance === null
      ? { name: "nearCopies", title: t.nearCopies, value: null, beside: t.noVerdict, isWarning: true }
      : {
          name: "nearCopies",
          title: t.nearCopies,
          value: t.nearCopiesOf(nearCopies, made),
          beside: t.expected(texts.formats.decimals(expectedByChance, 1)),
          isWarning: nearCopies > Math.ceil(expectedByChance),
        },
    estimate("diversity", quality.diversity),
    estimate("frechet", quality.frechet),
    estimate("kernel", quality.kernel),
  ];
}

/** Two figures at least of what is below 1. */
function digitsFor(value: number): 2 | 3 | 4 {
  const size = Math.abs(value);
  if (size >= 0.1 || size === 0) return 2;
  return size >= 0.01 ? 3 : 4;
}
