/** @file What a model was made from, for the metadata of its file: which data to the byte, at which pixel spacing, by which version. */
import { createHash } from "node:crypto";
import packageFile from "../../package.json" with { type: "json" };
import type { CaseSource } from "../dataset/index.ts";
import type { Bundle } from "./bundle.ts";

/**
 * "sha256:" and the digest over one line for each frame that was trained with or chosen by, sorted: role, SHA-256 of the image file, number of the frame in it,
 * SHA-256 of the annotation ("-" without), or what is said of the whole image. The same data gives the same digest in every project.
 */
export function trainingDataOf(bundle: Bundle): string {
  const lines = bundle.recipe.frames.map(({ frameId, sourceSha256, frameIndex, role, hasMask, values }) => {
    const mask = hasMask ? bundle.digest(`mask/${frameId}`) : "-";
    return `${role} ${sourceSha256} ${frameIndex} ${values === undefined ? mask : JSON.stringify(values)}`;
  });
  return `sha256:${createHash("sha256").update(lines.toSorted().join("\n")).digest("hex")}`;
}

/** `trainingData`: as `trainingDataOf`. `imageSpacing`: median distance of pixel centers in mm over the annotated ones, where they tell it. */
export async function provenanceOf(bundle: Bundle, cases: CaseSource): Promise<Record<string, string>> {
  const spacings: { x: number; y: number }[] = [];
  for (const { frameId, hasMask } of bundle.recipe.frames) {
    if (!hasMask) continue; // unlabelled images may be many, and decoding each takes long
    const { spacing } = await cases.frame(frameId);
    if (spacing !== null) spacings.push(spacing);
  }
  const trainingData = trainingDataOf(bundle);
  const appVersion = packageFile.version;
  if (spacings.length === 0) return { trainingData, appVersion };
  const spacing = { x: median(spacings.map(({ x }) => x)), y: median(spacings.map(({ y }) => y)), unit: "mm" };
  return { trainingData, appVersion, imageSpacing: JSON.stringify(spacing) };
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1]!;
}
