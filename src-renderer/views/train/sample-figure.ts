/** @file The figure that stands with a validation image. */
import type { RunSample } from "../../../src-main/api/contract.ts";
import { texts } from "../../texts/index.ts";

/** `figure`: what the run is judged by, in words; masks have a Dice of their own. */
export function sampleFigure({ kind, score }: Pick<RunSample, "kind" | "score">, figure: string): string {
  const { samples, figures } = texts.train;
  const text = score === null ? texts.units.none : texts.formats.decimals(score, kind === "mask" ? 2 : 3);
  return samples.figure(kind === "mask" ? figures.dice : figure, text);
}
