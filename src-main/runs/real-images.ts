/** @file The real images that paintings are compared with. */
import { type CaseSource, pictureOf, picturesOfMask, preprocessLabelMap } from "../dataset/index.ts";
import type { ImageGenerator } from "../methods/index.ts";
import { openRealImages, type RealImages } from "../metrics/index.ts";
import type { PixelSpacing } from "../voxels/index.ts";

/** All that a generator learned from, on the scale of what it paints: one that is left out could not be found again. `spacings`: by frame. */
export async function realImages(
  cases: Pick<CaseSource, "frames" | "frame" | "labelMap">,
  { size, channels, classes, asPainted }: Pick<ImageGenerator, "size" | "channels" | "classes" | "asPainted">,
): Promise<{ real: RealImages<number>; spacings: ReadonlyMap<number, PixelSpacing | null> }> {
  const images = [];
  const spacings = new Map<number, PixelSpacing | null>();
  const values = classes.map(({ value }) => value);
  for (const { frameId, caseId, hasLabelMap } of cases.frames) {
    const frame = await cases.frame(frameId);
    spacings.set(frameId, frame.spacing);
    const square = { ...asPainted(frame), channels, size };
    const known = { id: frameId, group: caseId, image: pictureOf(square) };
    // What a prior learned without a mask has none to share.
    if (!hasLabelMap) {
      images.push(known);
      continue;
    }
    const mask = preprocessLabelMap(await cases.labelMap(frameId), { size, classes: values });
    images.push({ ...known, maskAlone: picturesOfMask(square, mask) });
  }
  return { real: openRealImages(images), spacings };
}
