/** @file Figures of a model that translates, in words. */
import type { TranslationEvaluation, TranslationFigure, TranslationMean } from "../api/contract.ts";
import { figure } from "./run-commands.ts";
import { counted } from "./terminal.ts";

export const translationFigures: readonly { key: TranslationFigure; name: string; digits: number; unit: string }[] = [
  { key: "nmae", name: "NMAE", digits: 4, unit: "" },
  { key: "psnr", name: "PSNR", digits: 2, unit: " dB" },
  { key: "ssim", name: "SSIM", digits: 3, unit: "" },
  { key: "shiftDown", name: "edges down", digits: 2, unit: " px" },
  { key: "shiftAcross", name: "edges across", digits: 2, unit: " px" },
];

/** With its interval, where there is one. */
export function meanText({ mean, low, high }: TranslationMean, digits: number, unit: string): string {
  if (mean === null) return "–";
  const value = `${figure(mean, digits)}${unit}`;
  return low === null || high === null ? value : `${value} (${figure(low, digits)} to ${figure(high, digits)})`;
}

/** How the figures were taken, so that nobody compares them with others. */
export function conventionText({ size, dataRange }: Pick<TranslationEvaluation, "size" | "dataRange">): string {
  return (
    `Images in [-1, 1], data range ${dataRange}, at ${size} × ${size} pixels as the network sees them. NMAE and PSNR where the target is no background; ` +
    "SSIM of the whole square, background included, with a uniform window of 7 × 7. Means over images; in brackets 95 % intervals by resampling patients."
  );
}

export function translationLines(evaluation: TranslationEvaluation): string[] {
  const { modelId, split, source, target, images, excluded, patients, figures } = evaluation;
  return [
    `Model ${modelId}, ${source} to ${target}, on ${counted(images, "pair")} of ${counted(patients, "patient")} (${split}):`,
    ...translationFigures.map(({ key, name, digits, unit }) => `  ${name}: ${meanText(figures[key], digits, unit)}`),
    ...(excluded === 0 ? [] : [`  Left out: ${counted(excluded, "pair")} with an image of one value.`]),
    ...(patients > 1 ? [] : ["  Of one patient there are no intervals."]),
    conventionText(evaluation),
  ];
}
